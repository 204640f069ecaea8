//! A believable server to look at: people, posts and conversations in both languages, the same at every filling.

use std::collections::HashMap;

use serde::Deserialize;

use super::{CliError, Result};
use crate::error::AppError;
use crate::model::action::{Action, Post, React, RoomPatch};
use crate::model::ids::{Millis, Nonce, RoomId, UserId};
use crate::model::mentions;
use crate::model::room::{RoomState, Visibility};
use crate::server::ids;
use crate::server::passwords::Passwords;
use crate::server::store::Db;
use crate::server::store::commit::Write;
use crate::server::store::rooms::NewRoom;
use crate::server::store::unread::Step;
use crate::server::store::users::NewUser;

const CONTENT: &str = include_str!("demo/content.toml");
const MESSAGES: usize = 5_200;
/// The time that the conversations are spread over: 20 days.
const SPAN: Millis = 20 * 24 * 60 * 60 * 1000;
/// Everybody of the demo signs in with it. A demo is for looking at, on a machine of one's own.
const PASSWORD: &str = "chat-chat-demo";

#[derive(Deserialize)]
struct Content {
    people: Vec<(String, String)>,
    topic: Vec<Topic>,
}

#[derive(Deserialize)]
struct Topic {
    category: String,
    lang: String,
    /// Title, text and tags.
    rooms: Vec<(String, String, String)>,
    said: Vec<String>,
}

/// Numbers that look like chance and are the same every time: xorshift64 (Marsaglia, 2003).
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % limit.max(1) as u64) as usize
    }
}

struct Place<'a> {
    id: RoomId,
    topic: &'a Topic,
    /// Who talks here: indices of people.
    regulars: Vec<usize>,
    said: usize,
    last_author: Option<usize>,
}

/// Fills an empty database.
pub async fn fill(db: &Db) -> Result<()> {
    if !db.is_empty().await.map_err(AppError::from)? {
        return Err(CliError::Failed(
            "the database has accounts already: the demo is for an empty one (set DATABASE_URL)".into(),
        ));
    }
    let content: Content = toml::from_str(CONTENT).map_err(|error| CliError::Failed(error.to_string()))?;
    let mut dice = Dice(0x9E37_79B9_7F4A_7C15);
    let start = ids::now() - SPAN;
    let people = people(db, &content, start).await?;
    let mut places = Vec::new();
    for topic in &content.topic {
        for post in &topic.rooms {
            places.push(place(db, topic, post, &people, start, &mut dice).await?);
        }
    }
    talk(db, &people, &mut places, start, &mut dice).await?;
    finish(db, &people, &places, &mut dice).await?;
    println!(
        "filled with {} people, {} rooms and {MESSAGES} messages; sign in as {} with the password {PASSWORD}",
        people.len(),
        places.len(),
        content.people[0].0,
    );
    Ok(())
}

async fn people(db: &Db, content: &Content, start: Millis) -> Result<Vec<UserId>> {
    // One hash for all: making each would take longer than everything else.
    let hash = Passwords::new().hash(PASSWORD.to_owned()).await?;
    let mut people = Vec::new();
    for (index, (username, display_name)) in content.people.iter().enumerate() {
        let id = ids::random();
        let user = NewUser { id, username, display_name, password_hash: &hash, admin: index == 0, now: start };
        db.add_user(user).await.map_err(AppError::from)?;
        people.push(id);
    }
    Ok(people)
}

async fn place<'a>(
    db: &Db,
    topic: &'a Topic,
    (title, body, tags): &(String, String, String),
    people: &[UserId],
    start: Millis,
    dice: &mut Dice,
) -> Result<Place<'a>> {
    // The first ten people speak Korean, the others English; a few speak both.
    let (first, others) = if topic.lang == "ko" { (0, 11) } else { (10, 10) };
    let mut regulars: Vec<usize> = (first..first + others).filter(|_| dice.below(3) > 0).collect();
    if regulars.is_empty() {
        regulars.push(first);
    }
    let owner = regulars[dice.below(regulars.len())];
    let tags: Vec<String> = tags.split(',').map(str::to_owned).collect();
    let visibility = if dice.below(12) == 0 { Visibility::Unlisted } else { Visibility::Public };
    let room = NewRoom {
        id: ids::random(),
        author: people[owner],
        title,
        body,
        category: &topic.category,
        tags: &tags,
        visibility,
        indexed: visibility == Visibility::Public && dice.below(2) == 0,
        nonce: None,
        now: start + dice.below(SPAN as usize / 4) as Millis,
    };
    let id = room.id;
    db.add_room(room).await.map_err(AppError::from)?;
    Ok(Place { id, topic, regulars, said: 0, last_author: Some(owner) })
}

/// Conversations in bursts: somebody speaks, others answer within minutes.
async fn talk(db: &Db, people: &[UserId], places: &mut [Place<'_>], start: Millis, dice: &mut Dice) -> Result<()> {
    let names = db.users_named(&named(places)).await.map_err(AppError::from)?;
    let mut writes = Vec::new();
    let mut at = start + SPAN / 4;
    let step = (SPAN - SPAN / 4) / MESSAGES as Millis;
    let mut burst = (0, 0);
    for number in 0..MESSAGES {
        if burst.1 == 0 {
            // Some rooms are livelier than others.
            burst = (dice.below(places.len()).min(dice.below(places.len())), 3 + dice.below(14));
        }
        burst.1 -= 1;
        let place = &mut places[burst.0];
        let said = &place.topic.said;
        // In the order written, begun at another place in each room, so that answers follow questions.
        let body = said[(place.said + place.regulars.len()) % said.len()].clone();
        let mut author = place.regulars[dice.below(place.regulars.len())];
        if place.last_author == Some(author) && dice.below(4) > 0 {
            author = place.regulars[dice.below(place.regulars.len())];
        }
        place.said += 1;
        place.last_author = Some(author);
        let named = mentions::named(&body);
        let meant = named.iter().filter_map(|keys| keys.iter().find_map(|key| names.get(key)));
        let mentions = meant.map(|named| named.id).collect();
        writes.push(write(
            place.id,
            people[author],
            &format!("demo-{number}"),
            mentions,
            Action::Post(Post { body, reply_to: None }),
        )?);
        at += step;
        if writes.len() == 64 || number + 1 == MESSAGES {
            let batch: Vec<&Write> = writes.iter().collect();
            db.commit(&batch, at).await.map_err(AppError::from)?;
            writes.clear();
        }
    }
    Ok(())
}

/// Reactions, places read to, and posts that are done with.
async fn finish(db: &Db, people: &[UserId], places: &[Place<'_>], dice: &mut Dice) -> Result<()> {
    let now = ids::now();
    for (number, place) in places.iter().enumerate() {
        let mut writes = Vec::new();
        let emojis = ["👍", "❤️", "😂", "🎉", "🙏"];
        for (index, person) in place.regulars.iter().enumerate() {
            if place.said > 0 && dice.below(2) == 0 {
                let target = 1 + dice.below(place.said) as i64;
                let change =
                    Action::React(React { target, emoji: emojis[dice.below(emojis.len())].to_owned(), on: true });
                writes.push(write(place.id, people[*person], &format!("react-{number}-{index}"), Vec::new(), change)?);
            }
        }
        let batch: Vec<&Write> = writes.iter().collect();
        db.commit(&batch, now - SPAN / 200).await.map_err(AppError::from)?;
        let mut steps = Vec::new();
        for person in &place.regulars {
            let read = place.said.saturating_sub(dice.below(9));
            steps.push(((people[*person], place.id), Step::Forward(read as i64)));
        }
        db.read(&steps).await.map_err(AppError::from)?;
        let state = match number % 11 {
            3 => RoomState::Resolved,
            7 => RoomState::Archived,
            _ => continue,
        };
        let room = db.room(place.id).await.map_err(AppError::from)?;
        if let Some(room) = room {
            let patch = RoomPatch { state: Some(state), ..RoomPatch::default() };
            let change = Action::Room(Box::new(patch));
            let close = write(place.id, room.author.id, &format!("state-{number}"), Vec::new(), change)?;
            db.commit(&[&close], room.last_ts).await.map_err(AppError::from)?;
        }
    }
    Ok(())
}

/// Every name that any of the texts may mean.
fn named(places: &[Place<'_>]) -> Vec<String> {
    let said = places.iter().flat_map(|place| &place.topic.said);
    let keys: HashMap<String, ()> = said.flat_map(|text| mentions::named(text).concat()).map(|key| (key, ())).collect();
    keys.into_keys().collect()
}

fn write(room: RoomId, author: UserId, nonce: &str, mentions: Vec<UserId>, action: Action) -> Result<Write> {
    let nonce = Nonce::try_from(nonce.to_owned()).map_err(|error| CliError::Failed(error.to_string()))?;
    Ok(Write { room, author, nonce, fingerprint: 0, mentions, action })
}
