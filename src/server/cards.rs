//! Live cards: what changes of the rooms on somebody's lobby page, looked up for all pages together.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::extract::ws::Utf8Bytes;

use super::app::App;
use super::hub::Outgoing;
use crate::error::Result;
use crate::model::ids::{Millis, RoomId, UserId};
use crate::model::room::Card;
use crate::protocol::ServerFrame;

/// How often the rooms on the screens are looked at.
const EVERY: Duration = Duration::from_secs(1);
/// Looks after which it is asked again who may see what.
const RECHECK: u32 = 30;

/// The pages on the screens of this node.
#[derive(Default)]
pub struct Cards(Mutex<HashMap<usize, Page>>);

struct Page {
    out: Arc<Outgoing>,
    reader: Option<UserId>,
    rooms: HashSet<RoomId>,
    /// It is not known yet which of the rooms the reader may see.
    is_new: bool,
}

impl Cards {
    fn pages(&self) -> MutexGuard<'_, HashMap<usize, Page>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// From now on a connection gets the cards of `rooms`, as far as its reader may see them.
    pub fn watch(&self, out: &Arc<Outgoing>, rooms: Vec<RoomId>) {
        let page = Page { out: Arc::clone(out), reader: out.reader, rooms: rooms.into_iter().collect(), is_new: true };
        self.pages().insert(Arc::as_ptr(out).addr(), page);
    }

    /// The connection is on no lobby page any more.
    pub fn leave(&self, out: &Arc<Outgoing>) {
        self.pages().remove(&Arc::as_ptr(out).addr());
    }
}

/// Runs until the app ends.
pub async fn run(app: App) {
    let mut told = Told::default();
    loop {
        tokio::select! {
            () = app.shutdown.cancelled() => return,
            () = tokio::time::sleep(EVERY) => {}
        }
        if let Err(error) = told.look(&app).await {
            tracing::debug!(%error, "cards could not be looked at");
        }
    }
}

/// What the pages show.
#[derive(Default)]
struct Told {
    cards: HashMap<RoomId, Card>,
    latest: Millis,
    looks: u32,
}

impl Told {
    async fn look(&mut self, app: &App) -> Result<()> {
        self.looks = self.looks.wrapping_add(1);
        self.admit(app).await?;
        let (pages, rooms) = {
            let pages = app.cards.pages();
            let rooms: HashSet<RoomId> = pages.values().flat_map(|page| &page.rooms).copied().collect();
            (pages.len(), rooms)
        };
        if pages == 0 {
            *self = Self { looks: self.looks, ..Self::default() };
            return Ok(());
        }
        let rooms: Vec<RoomId> = rooms.into_iter().collect();
        let mut cards = app.chat.db.cards(&rooms).await?;
        for card in &mut cards {
            card.present = i64::try_from(app.presence.count(card.room)).unwrap_or(i64::MAX);
        }
        let latest = app.chat.db.latest_activity().await?;
        let changed: HashMap<RoomId, Utf8Bytes> = cards
            .iter()
            .filter(|card| self.cards.get(&card.room) != Some(*card))
            .map(|card| (card.room, encode(&ServerFrame::Card(card.clone()))))
            .collect();
        let news = (latest != self.latest).then(|| encode(&ServerFrame::Lobby { latest }));
        for page in app.cards.pages().values() {
            for frame in page.rooms.iter().filter_map(|room| changed.get(room)) {
                page.out.push_passing(frame.clone());
            }
            if let Some(news) = &news {
                page.out.push_passing(news.clone());
            }
        }
        self.cards = cards.into_iter().map(|card| (card.room, card)).collect();
        self.latest = latest;
        Ok(())
    }

    /// Takes off the new pages, and now and then off all, what their readers may not see.
    async fn admit(&mut self, app: &App) -> Result<()> {
        let all = self.looks.is_multiple_of(RECHECK);
        let asked: Vec<(usize, Option<UserId>, Vec<RoomId>)> = {
            let pages = app.cards.pages();
            let due = pages.iter().filter(|(_, page)| page.is_new || all);
            due.map(|(key, page)| (*key, page.reader, page.rooms.iter().copied().collect())).collect()
        };
        for (key, reader, rooms) in asked {
            let readable: HashSet<RoomId> = app.chat.db.readable(&rooms, reader).await?.into_iter().collect();
            if let Some(page) = app.cards.pages().get_mut(&key) {
                page.rooms.retain(|room| readable.contains(room));
                if std::mem::take(&mut page.is_new) {
                    // What the page shows may be older than what others were told.
                    self.cards.retain(|room, _| !readable.contains(room));
                    self.latest = 0;
                }
            }
        }
        Ok(())
    }
}

fn encode(frame: &ServerFrame) -> Utf8Bytes {
    frame.to_text().into()
}
