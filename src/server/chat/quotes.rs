//! What replies quote of the messages that they answer.

use std::collections::BTreeSet;

use super::{Access, Chat};
use crate::error::{Problem, Result};
use crate::model::ids::{RoomId, Seq};
use crate::model::message::{Message, Quote};
use crate::server::actor::Actor;
use crate::server::markdown::{self, Dialect};
use crate::server::store::quotes::QuotedRow;

/// Characters of a quote.
const EXCERPT: usize = 120;

impl Chat {
    /// What the replies among `messages` answer, from `floor` on, but for what is among them itself.
    pub(super) async fn quotes(&self, room: RoomId, messages: &[Message], floor: Seq) -> Result<Vec<Quote>> {
        let is_here = |seq: Seq| messages.binary_search_by_key(&seq, |message| message.seq).is_ok();
        let replies = messages.iter().filter(|message| !message.deleted);
        let targets: BTreeSet<Seq> = replies.filter_map(|reply| reply.reply_to).collect();
        let targets: Vec<Seq> = targets.into_iter().filter(|seq| *seq >= floor && !is_here(*seq)).collect();
        self.quoted(room, &targets).await
    }

    /// What these messages of a room say, ascending.
    pub(super) async fn quoted(&self, room: RoomId, seqs: &[Seq]) -> Result<Vec<Quote>> {
        self.db.quoted(room, seqs).await?.into_iter().map(quote_of).collect()
    }

    /// The quote of the message `seq`.
    pub(super) async fn quote(&self, access: &Access, seq: Seq) -> Result<Quote> {
        if seq < access.floor() {
            return Err(Problem::NotFound.into());
        }
        let found = self.db.quoted(access.room, &[seq]).await?.pop().ok_or(Problem::NotFound)?;
        quote_of(found)
    }
}

fn quote_of(row: QuotedRow) -> Result<Quote> {
    let author = row.author()?;
    let excerpt = row.body.as_deref().map_or_else(String::new, |body| markdown::excerpt(body, Dialect::Chat, EXCERPT));
    Ok(Quote { seq: row.seq, author, excerpt, deleted: row.body.is_none() })
}

/// The server function's quote.
pub async fn one(actor: &Actor, room: RoomId, seq: Seq) -> Result<Quote> {
    let chat = &actor.app.chat;
    let access = chat.access(room, actor.user_id()).await?;
    chat.quote(&access, seq).await
}
