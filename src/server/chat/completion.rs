//! Names to complete while somebody types one.

use crate::error::Result;
use crate::model::ids::RoomId;
use crate::model::text::{USERNAME_CHARS, fold};
use crate::model::user::Author;
use crate::server::actor::Actor;

/// Names offered.
const MOST: usize = 8;
/// Messages among whose authors is looked first.
const RECENT: i64 = 300;

/// Who may be meant by `@prefix`: people who spoke here last, then members, by username or by display name.
pub async fn people(actor: &Actor, room: RoomId, prefix: &str) -> Result<Vec<Author>> {
    let chat = &actor.app.chat;
    let access = chat.access(room, actor.user_id()).await?;
    let prefix = prefix.trim_start_matches('@');
    if prefix.chars().take(4 * USERNAME_CHARS.end() + 1).count() > 4 * USERNAME_CHARS.end() {
        return Ok(Vec::new());
    }
    let prefix = fold(prefix);
    if prefix.chars().count() > *USERNAME_CHARS.end() {
        return Ok(Vec::new());
    }
    let mut people = chat.db.recent_speakers(room, access.floor(), RECENT, &prefix, MOST + 1).await?;
    if people.len() <= MOST {
        // So many of them may be known already.
        for member in chat.db.members_called(room, &prefix, 2 * MOST + 2).await? {
            if !people.contains(&member) {
                people.push(member);
            }
        }
    }
    people.retain(|person| Some(person.id) != access.user);
    people.truncate(MOST);
    Ok(people)
}
