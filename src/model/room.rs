//! Rooms, which are posts: title, body, category and tags around one conversation.

use serde::{Deserialize, Serialize};

use super::doc::Doc;
use super::ids::{Millis, RoomId, Seq};
use super::message::{History, Quote, SavedDraft};
use super::user::Author;

/// Declares an enum whose variants have one name each: on the wire, in the database and in forms.
macro_rules! named {
    ($(#[$doc:meta])* $type:ident { $($(#[$vdoc:meta])* $variant:ident = $name:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
        pub enum $type { $($(#[$vdoc])* #[serde(rename = $name)] $variant),+ }

        impl $type {
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $name),+ }
            }

            pub fn parse(name: &str) -> Option<Self> {
                match name { $($name => Some(Self::$variant),)+ _ => None }
            }
        }
    };
}

named!(
    /// Who may read a room.
    Visibility {
        /// Listed in the lobby, readable by anyone.
        Public = "public",
        /// Readable by anyone who has its address, listed nowhere.
        Unlisted = "unlisted",
        /// Readable by its members; to everybody else it does not exist.
        Private = "private",
    }
);

named!(
    /// Where a post is in its life.
    RoomState { Open = "open", Locked = "locked", Resolved = "resolved", Archived = "archived" }
);

named!(
    /// What a member may do in a room.
    Role { Owner = "owner", Moderator = "moderator", Member = "member" }
);

named!(
    /// What of a room may ask for its member's attention.
    Level {
        All = "all",
        /// Being mentioned, and nothing else.
        Mentions = "mentions",
        None = "none",
    }
);

named!(
    /// Which of several tags a room of the lobby must have.
    Match { Any = "any", All = "all" }
);

named!(
    /// How the lobby is ordered.
    Sort { Active = "active", New = "new", Popular = "popular" }
);

/// A room as its readers see it. In lists `body` is cut to an excerpt and `doc` left out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Room {
    pub id: RoomId,
    pub slug: String,
    pub title: String,
    pub body: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub doc: Option<Doc>,
    pub author: Author,
    pub category: String,
    pub tags: Vec<String>,
    pub visibility: Visibility,
    pub indexed: bool,
    pub state: RoomState,
    pub ts: Millis,
    /// Of the latest change of its text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edited_ts: Option<Millis>,
    pub last_ts: Millis,
    pub head: Seq,
    /// Where people who are no members begin to read: the room was opened to them there.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub open_from: Seq,
    pub members: i64,
    pub messages: i64,
    pub present: i64,
    // Of the reader, if they are a member, and in lists only. Not in a type of their own: reading a flattened one doubles
    // the code of both in the browser.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub level: Option<Level>,
    /// As long as that lies ahead, nothing asks for their attention.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quiet_until: Option<Millis>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub count: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mentions: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub read_seq: Option<Seq>,
}

const fn is_zero(seq: &Seq) -> bool {
    *seq == 0
}

impl Room {
    /// What may ask for its reader's attention now: until they are members everything, and nothing while it is muted.
    pub fn level_now(&self) -> Level {
        if self.quiet_until.is_some() { Level::None } else { self.level.unwrap_or(Level::All) }
    }

    /// What its reader has not read, if they are a member.
    pub fn unread(&self) -> Option<Unread> {
        Some(Unread { count: self.count?, mentions: self.mentions?, read_seq: self.read_seq? })
    }

    pub fn set_unread(&mut self, Unread { count, mentions, read_seq }: Unread) {
        (self.count, self.mentions, self.read_seq) = (Some(count), Some(mentions), Some(read_seq));
    }

    /// The canonical address of the room's page.
    pub fn path(&self) -> String {
        path_of(self.id, &self.slug)
    }
}

/// The canonical address of the page of a room.
pub fn path_of(id: RoomId, slug: &str) -> String {
    if slug.is_empty() { format!("/rooms/{id}") } else { format!("/rooms/{id}-{slug}") }
}

/// One person's place in one room.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Membership {
    pub room: RoomId,
    pub role: Role,
    pub read_seq: Seq,
    pub level: Level,
    /// As long as that lies ahead, nothing asks for their attention.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quiet_until: Option<Millis>,
}

/// What a member has not read: messages of others after `read_seq`, and how many of them mention the member. Counted
/// up to [`MOST_UNREAD`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unread {
    pub count: i64,
    pub mentions: i64,
    pub read_seq: Seq,
}

/// A room with something unread, and what that is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct News {
    pub room: Room,
    /// The first message that has not been read, and when it was said.
    pub first: Seq,
    pub since: Millis,
    /// The first unread messages that mention the reader.
    pub mentions: Vec<Quote>,
}

/// That everything was marked as read: when, which names it to whoever takes it back, and in how many rooms.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadAll {
    pub at: Millis,
    pub rooms: usize,
}

/// Nobody needs to know more precisely, and counting on would take long.
pub const MOST_UNREAD: i64 = 1_000;

/// What of a room's card in the lobby changes by itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Card {
    pub room: RoomId,
    pub title: String,
    pub state: RoomState,
    pub members: i64,
    pub messages: i64,
    pub present: i64,
    pub last_ts: Millis,
    pub head: Seq,
}

/// Somebody who belongs to a room, as its members' page shows them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    pub user: Author,
    pub role: Role,
    pub joined_ts: Millis,
    pub present: bool,
}

/// Somebody wants the reader to belong to a room.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invitation {
    pub room: RoomId,
    pub title: String,
    pub by: Author,
    pub ts: Millis,
}

/// Who is in a room: how many people, and those of the first who are to be named.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Present {
    pub n: usize,
    pub people: Vec<Author>,
}

/// A page of the lobby; `before` is the cursor of the next one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoomList {
    pub rooms: Vec<Room>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<String>,
}

/// Everything that a room's page shows at first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenRoom {
    pub room: Room,
    pub membership: Option<Membership>,
    pub history: History,
    /// The message whose page this is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub linked: Option<Linked>,
    /// The first message that the reader, a member, has not read: the page is around it, unless they asked for another.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unread_from: Option<Seq>,
    /// The day whose page this is: then `history.more` says whether the day has more messages.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub days: Option<Days>,
    /// The chain of replies that was asked for, ascending: the message, what it answers, and everything that answers it,
    /// directly or not.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub chain: Vec<Seq>,
    /// What the reader was writing here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub draft: Option<SavedDraft>,
}

/// The day whose page this is, and the nearest ones before and after it on which something was said: `yyyy-mm-dd`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Days {
    pub day: String,
    /// Minutes that the clocks by which these are days are ahead of UTC.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub tz: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
}

impl Days {
    /// What the page of a day is called below that of its room.
    pub fn address(&self, day: &str) -> String {
        day_address(day, self.tz)
    }

    /// The day, and by which clocks it is one: `2026-11-21 UTC+9`.
    pub fn title(&self) -> String {
        let (hours, minutes) = (self.tz.abs() / 60, self.tz.abs() % 60);
        let sign = if self.tz < 0 { '-' } else { '+' };
        match (self.tz, minutes) {
            (0, _) => format!("{} UTC", self.day),
            (_, 0) => format!("{} UTC{sign}{hours}", self.day),
            _ => format!("{} UTC{sign}{hours}:{minutes:02}", self.day),
        }
    }
}

/// The page of a day below that of its room: of a day in UTC, unless its clocks are some minutes ahead.
pub fn day_address(day: &str, tz: i64) -> String {
    if tz == 0 { format!("days/{day}") } else { format!("days/{day}?tz={tz}") }
}

/// The days of a year on which something was said in a room.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Calendar {
    pub year: i64,
    /// The first and the last year of the room.
    pub years: (i64, i64),
    /// Ascending: the date, and how much happened, changes and reactions included.
    pub days: Vec<(String, i64)>,
}

/// A message that has a page of its own, with its neighbours around it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Linked {
    pub seq: Seq,
    /// The beginning of its text, without markup.
    pub excerpt: String,
    pub deleted: bool,
}

/// Which rooms of all were chosen, in words: the name of a category, tags and what was searched for. `None` if none were.
pub fn chosen(category: Option<String>, tags: &[String], q: Option<&str>) -> Option<String> {
    let tags: Vec<String> = tags.iter().map(|tag| format!("#{tag}")).collect();
    let parts = [category, Some(tags.join(" ")), q.map(str::to_owned)];
    let parts: Vec<String> = parts.into_iter().flatten().filter(|part| !part.is_empty()).collect();
    (!parts.is_empty()).then(|| parts.join(" · "))
}

/// The id in `42` or `42-any-slug`.
pub fn room_id_of(segment: &str) -> Option<RoomId> {
    let digits = segment.split_once('-').map_or(segment, |(id, _)| id);
    if !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    RoomId::try_from(digits.parse::<i64>().ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_names_a_room_with_or_without_its_slug() {
        assert_eq!(room_id_of("42").map(RoomId::get), Some(42));
        assert_eq!(room_id_of("42-카페-지도").map(RoomId::get), Some(42));
        for bad in ["", "-", "x", "4x2", "+4", "-42", "99999999999999999999", "0"] {
            assert_eq!(room_id_of(bad), None, "{bad}");
        }
    }
}
