//! Searching posts and messages, for whoever may read them.
//!
//! The index tells which texts have all the pairs of characters of the terms, which is little more than what is looked
//! for; the texts themselves, as they are now, tell the rest. So nothing deleted is found, however old the index is.

mod fold;
mod grams;
pub mod indexer;
mod initials;
pub mod names;
mod query;
mod similar;
mod snippet;

pub use self::query::Query;
pub use self::similar::similar;
use super::actor::Actor;
use super::store::Db;
use super::store::search::{Found, Gram, Scope};
use crate::error::{AppError, Problem, Result};
use crate::model::ids::{RoomId, UserId};
use crate::model::room::room_id_of;
use crate::model::search::{Hit, Hits};
use crate::model::text;

const PAGE: usize = 20;
/// How many candidates are read, in turns. Most searches have a page after the first; one that has still not after the
/// last says where to go on.
const TURNS: [i64; 9] = [32, 256, 256, 256, 256, 256, 256, 256, 256];
/// Bytes of candidates that one search looks through; where they are long it says where to go on, too.
const SCANNED: usize = 1024 * 1024;
/// After so many bytes others are served first.
const STRETCH: usize = 32 * 1024;
/// Posts that the lobby can show for one search.
const POSTS: usize = 500;

/// A page of hits, for the server function.
pub async fn page(actor: &Actor, typed: &str, room: Option<String>, before: Option<String>) -> Result<Hits> {
    let given = |value: Option<String>| value.filter(|value| !value.is_empty());
    let malformed = |field| move || AppError::from(Problem::Malformed).on(field);
    let query = Query::parse(typed).map_err(|problem| AppError::from(problem).on("q"))?;
    let room = given(room).map(|room| room_id_of(&room).ok_or_else(malformed("room"))).transpose()?;
    let before = given(before).map(|before| before.parse().map_err(|_| malformed("before")())).transpose()?;
    let reader = actor.user_id();
    if let Some(room) = room {
        actor.app.chat.access(room, reader).await?;
    }
    let mut grams = query.grams();
    grams.extend(room.map(grams::of_room));
    // Whoever can name a room that is listed nowhere has its address.
    let scope = Scope { reader, unlisted: room.is_some() };
    let search = Search { query: &query, folded, grams, scope };
    let (found, before) = search.run(&actor.app.chat.db, before.unwrap_or(i64::MAX), PAGE).await?;
    let hits = found.iter().map(|found| hit(found, &query)).collect::<Result<_>>()?;
    Ok(Hits { hits, before: before.map(|before| before.to_string()) })
}

/// The rooms whose posts fit, the newest posts first, at most as many as the lobby can show.
pub async fn posts(db: &Db, query: &Query, reader: Option<UserId>) -> Result<Vec<RoomId>> {
    let mut grams = query.grams();
    grams.push(grams::of_posts());
    let search = Search { query, folded, grams, scope: Scope { reader, unlisted: false } };
    let (found, _) = search.run(db, i64::MAX, POSTS).await?;
    Ok(found.iter().map(Found::room).collect::<std::result::Result<_, _>>()?)
}

struct Search<'a> {
    query: &'a Query,
    /// A text as it is searched, folded.
    folded: fn(&Found) -> String,
    grams: Vec<Gram>,
    scope: Scope,
}

impl Search<'_> {
    /// At most `limit` texts below `before`, newest first, and where to go on if there may be more.
    async fn run(&self, db: &Db, mut before: i64, limit: usize) -> Result<(Vec<Found>, Option<i64>)> {
        let mut fitting: Vec<Found> = Vec::new();
        let (mut scanned, mut stretch) = (0, 0);
        for turn in TURNS {
            let candidates = db.candidates(&self.grams, before, turn).await?;
            for found in db.found(&candidates, self.scope).await? {
                if scanned >= SCANNED {
                    return Ok((fitting, Some(before)));
                }
                let length = found.title.len() + found.body.len();
                (scanned, stretch, before) = (scanned + length, stretch + length, found.id);
                if stretch >= STRETCH {
                    stretch = 0;
                    tokio::task::yield_now().await;
                }
                if !self.query.fits(&(self.folded)(&found)) {
                    continue;
                }
                if fitting.len() == limit {
                    let last = fitting.last().map(|last| last.id);
                    return Ok((fitting, last));
                }
                fitting.push(found);
            }
            match candidates.last() {
                Some(last) if candidates.len() as i64 == turn => before = *last,
                _ => return Ok((fitting, None)),
            }
        }
        Ok((fitting, Some(before)))
    }
}

fn hit(found: &Found, query: &Query) -> Result<Hit> {
    Ok(Hit {
        room: found.room()?,
        slug: text::slug(&found.title),
        title: found.title.clone(),
        seq: (found.seq > 0).then_some(found.seq),
        author: found.author()?,
        ts: found.ts,
        snippet: snippet::snippet(&text_of(found), query),
    })
}

/// A text as it is searched.
fn folded(found: &Found) -> String {
    let text = fold::fold(&text_of(found));
    if found.seq > 0 { text } else { with_initials(text, &found.title) }
}

/// The folded text of a post, which is also found by the first consonants of its title.
fn with_initials(folded: String, title: &str) -> String {
    match initials::initials(&fold::fold(title)) {
        initials if initials.is_empty() => folded,
        initials => format!("{folded} {initials}"),
    }
}

/// What is searched: of a post all of it, of a message its body.
fn text_of(found: &Found) -> std::borrow::Cow<'_, str> {
    if found.seq > 0 { (&found.body).into() } else { post(&found.title, &found.body, &found.tags).into() }
}

/// The text of a post. Its tags are found with their sign and without.
fn post(title: &str, body: &str, tags: &str) -> String {
    let mut text = format!("{title}\n{body}");
    for tag in tags.split(',').filter(|tag| !tag.is_empty()) {
        text.push_str("\n#");
        text.push_str(tag);
    }
    text
}
