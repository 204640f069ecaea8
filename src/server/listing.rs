//! What search engines are shown: of rooms that let them in what was said since then, and nothing of people who keep out.

use std::collections::HashSet;

use super::store::access::Access;
use super::store::{Db, Result};
use crate::model::doc::{Block, Doc};
use crate::model::ids::{Seq, UserId};
use crate::model::message::{History, Message};
use crate::model::room::{OpenRoom, Room, Visibility};

/// What of a page search engines may list.
pub struct Listing {
    /// Whether they may list it at all.
    pub page: bool,
    /// The first seq of what they may.
    from: Seq,
    /// The authors of whom they may list nothing.
    kept_out: HashSet<UserId>,
}

impl Listing {
    /// Decides on a page. What they may not list is taken from a visitor's page that they may: it is what they see. Whoever
    /// reads it as a person finds that on a page that is not listed, and a browser with script fetches it.
    pub async fn of(db: &Db, access: &Access, open: &mut OpenRoom) -> Result<Self> {
        let mut listing = Self { page: false, from: access.indexed_from, kept_out: HashSet::new() };
        let OpenRoom { room, history, linked, days, .. } = open;
        if !is_listed(room) {
            return Ok(listing);
        }
        let authors = history.messages.iter().map(|message| message.author.id);
        let mut authors: Vec<UserId> = authors.chain(history.quotes.iter().map(|quote| quote.author.id)).collect();
        authors.sort_unstable();
        authors.dedup();
        listing.kept_out = db.unlisted_among(&authors).await?;
        listing.page = match linked {
            Some(linked) => history.messages.iter().any(|it| it.seq == linked.seq && listing.has(it)),
            // A day by the clocks of a access is one for that access.
            None if days.as_ref().is_some_and(|days| days.tz != 0) => false,
            // What is on the page stands for all of it; there is a page for every day that ever was.
            None => match history.messages.first() {
                Some(first) => first.seq >= listing.from,
                None => days.is_none(),
            },
        };
        if listing.page && access.user.is_none() {
            listing.take_from(history);
        }
        Ok(listing)
    }

    /// Whether search engines may list a message.
    pub fn has(&self, message: &Message) -> bool {
        message.seq >= self.from && !message.deleted && !self.kept_out.contains(&message.author.id)
    }

    fn take_from(&self, history: &mut History) {
        let all = history.messages.len();
        history.messages.retain(|message| message.seq >= self.from);
        history.older |= history.messages.len() < all;
        history.quotes.retain(|quote| quote.seq >= self.from && !self.kept_out.contains(&quote.author.id));
        history.notices.retain(|notice| notice.seq >= self.from);
        for message in &mut history.messages {
            if self.kept_out.contains(&message.author.id) && !message.deleted {
                message.body.clear();
                message.doc = Some(Doc(vec![Block::Withheld]));
            }
        }
    }
}

/// Whether search engines may list a room.
fn is_listed(room: &Room) -> bool {
    room.visibility == Visibility::Public && room.indexed
}
