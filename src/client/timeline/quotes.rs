//! What replies quote: messages of the window as they stand there, others as the server told.

use super::{Row, Timeline};
use crate::model::doc::Doc;
use crate::model::ids::Seq;
use crate::model::message::{Quote, one_line};
use crate::protocol::{Event, Kind};

impl Timeline {
    /// What a reply to `seq` quotes, if that is known.
    pub fn quote(&self, seq: Seq) -> Option<Quote> {
        match self.sent.get(&seq) {
            Some(row) if row.is_withheld() => None,
            Some(row) => self.changed(row).as_ref().unwrap_or(row).quote(),
            None => self.quotes.get(&seq).cloned().flatten(),
        }
    }

    /// The messages that replies answer and of which nothing is known. Each is named once.
    pub fn missing_quotes(&mut self) -> Vec<Seq> {
        let answered = self.rows().filter(|row| !row.deleted).filter_map(|row| row.reply_to);
        let mut missing: Vec<Seq> =
            answered.filter(|seq| !self.sent.contains_key(seq) && !self.quotes.contains_key(seq)).collect();
        missing.sort_unstable();
        missing.dedup();
        self.quotes.extend(missing.iter().map(|seq| (*seq, None)));
        missing
    }

    pub fn know(&mut self, quote: Quote) {
        self.quotes.insert(quote.seq, Some(quote));
    }

    /// A message that is quoted may be changed where it is not shown.
    pub(super) fn requote(&mut self, event: &Event) {
        let Some(Some(quote)) = event.target.and_then(|target| self.quotes.get_mut(&target)) else { return };
        match (event.k, &event.body) {
            (Kind::Edit, Some(body)) => quote.excerpt = excerpt(event.doc.as_ref(), body),
            (Kind::Edit | Kind::Del, _) => {
                quote.excerpt.clear();
                quote.deleted = true;
            }
            _ => {}
        }
    }
}

impl Row {
    /// What a reply to it quotes, if it has a place.
    pub fn quote(&self) -> Option<Quote> {
        let excerpt = excerpt(self.doc.as_ref(), &self.body);
        Some(Quote { seq: self.seq?, author: self.author.clone(), excerpt, deleted: self.deleted })
    }
}

/// A text without its markup, on one line.
fn excerpt(doc: Option<&Doc>, body: &str) -> String {
    doc.map_or_else(|| one_line(body), |doc| one_line(&doc.plain()))
}
