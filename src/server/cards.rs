//! Live cards: what changes of the rooms on somebody's lobby page, looked up for all pages together.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::extract::ws::Utf8Bytes;

use super::app::App;
use super::hub::Outgoing;
use crate::error::Result;
use crate::model::ids::{Millis, RoomId, UserId};
use crate::model::room::{Card, Visibility};
use crate::protocol::ServerFrame;

/// How often the rooms on the screens are looked at.
const EVERY: Duration = Duration::from_secs(1);
/// Looks after which it is asked again who may see what. Of what is for members only that is asked at each.
const RECHECK: u32 = 30;

/// The pages on the screens of this node.
#[derive(Default)]
pub struct Cards {
    pages: Mutex<HashMap<usize, Page>>,
    /// The number of the page that came last.
    last: AtomicU64,
}

struct Page {
    out: Arc<Outgoing>,
    reader: Option<UserId>,
    rooms: HashSet<RoomId>,
    /// Tells a page from the one that the same connection was on before, and from itself before its reader moved.
    number: u64,
    /// Only rooms are left that the reader may read. Until then the page is told nothing.
    is_admitted: bool,
    /// It was told how everything stands, and needs to know of changes only.
    is_up_to_date: bool,
}

impl Cards {
    fn pages(&self) -> MutexGuard<'_, HashMap<usize, Page>> {
        self.pages.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// From now on a connection gets the cards of `rooms`, as far as its reader may see them.
    pub fn watch(&self, out: &Arc<Outgoing>, rooms: Vec<RoomId>) {
        let page = Page {
            out: Arc::clone(out),
            reader: out.reader,
            rooms: rooms.into_iter().collect(),
            number: self.number(),
            is_admitted: false,
            is_up_to_date: false,
        };
        self.pages().insert(Arc::as_ptr(out).addr(), page);
    }

    /// The connection is on no lobby page any more.
    pub fn leave(&self, out: &Arc<Outgoing>) {
        self.pages().remove(&Arc::as_ptr(out).addr());
    }

    /// Somebody may read other rooms than until now.
    pub fn moved(&self, user: UserId) {
        for page in self.pages().values_mut().filter(|page| page.reader == Some(user)) {
            (page.is_admitted, page.number) = (false, self.number());
        }
    }

    fn number(&self) -> u64 {
        self.last.fetch_add(1, Ordering::Relaxed)
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
        admit(app, self.looks.is_multiple_of(RECHECK)).await?;
        let (pages, rooms) = {
            let pages = app.cards.pages();
            let rooms: HashSet<RoomId> = admitted(&pages).flat_map(|page| &page.rooms).copied().collect();
            (admitted(&pages).count(), rooms)
        };
        if pages == 0 {
            *self = Self { looks: self.looks, ..Self::default() };
            return Ok(());
        }
        let rooms: Vec<RoomId> = rooms.into_iter().collect();
        // One statement tells what a room is called and whether that is for its members only.
        let mut cards = app.chat.db.cards(&rooms).await?;
        for (card, _) in &mut cards {
            card.present = i64::try_from(app.presence.count(card.room)).unwrap_or(i64::MAX);
        }
        let latest = app.chat.db.latest_activity().await?;
        let cards: HashMap<RoomId, (Card, Visibility)> =
            cards.into_iter().map(|(card, visibility)| (card.room, (card, visibility))).collect();
        let members = app.chat.db.members_among(&self.of_closed_rooms(app, &cards)).await?;
        let mut frames: HashMap<RoomId, Utf8Bytes> = HashMap::new();
        let news = encode(&ServerFrame::Lobby { latest });
        for page in app.cards.pages().values_mut().filter(|page| page.is_admitted) {
            for (card, visibility) in self.due(page, &cards) {
                let is_member = |reader| members.contains(&(card.room, reader));
                if *visibility != Visibility::Private || page.reader.is_some_and(is_member) {
                    let frame = frames.entry(card.room).or_insert_with(|| encode(&ServerFrame::Card(card.clone())));
                    page.out.push_passing(frame.clone());
                }
            }
            if !page.is_up_to_date || latest != self.latest {
                page.out.push_passing(news.clone());
            }
            page.is_up_to_date = true;
        }
        self.cards = cards.into_iter().map(|(room, (card, _))| (room, card)).collect();
        self.latest = latest;
        Ok(())
    }

    /// Of what stands on a page, that which it is to be told.
    fn due<'c>(
        &self,
        page: &Page,
        cards: &'c HashMap<RoomId, (Card, Visibility)>,
    ) -> impl Iterator<Item = &'c (Card, Visibility)> {
        let known = page.rooms.iter().filter_map(|room| cards.get(room));
        known.filter(|(card, _)| !page.is_up_to_date || self.cards.get(&card.room) != Some(card))
    }

    /// Whoever is to be told of a room that is for its members only.
    fn of_closed_rooms(&self, app: &App, cards: &HashMap<RoomId, (Card, Visibility)>) -> Vec<(RoomId, UserId)> {
        let pages = app.cards.pages();
        let told = admitted(&pages).flat_map(|page| {
            let closed = self.due(page, cards).filter(|(_, visibility)| *visibility == Visibility::Private);
            closed.filter_map(|(card, _)| Some((card.room, page.reader?)))
        });
        told.collect()
    }
}

fn admitted(pages: &HashMap<usize, Page>) -> impl Iterator<Item = &Page> {
    pages.values().filter(|page| page.is_admitted)
}

/// Takes off the pages that came since, or off all of them, what their readers may not see.
async fn admit(app: &App, all: bool) -> Result<()> {
    let asked: Vec<(usize, u64, Option<UserId>, Vec<RoomId>)> = {
        let pages = app.cards.pages();
        let due = pages.iter().filter(|(_, page)| !page.is_admitted || all);
        due.map(|(key, page)| (*key, page.number, page.reader, page.rooms.iter().copied().collect())).collect()
    };
    for (key, number, reader, rooms) in asked {
        let readable: HashSet<RoomId> = app.chat.db.readable(&rooms, reader).await?.into_iter().collect();
        // What was asked for another page of the same connection says nothing of this one.
        if let Some(page) = app.cards.pages().get_mut(&key).filter(|page| page.number == number) {
            page.rooms.retain(|room| readable.contains(room));
            page.is_admitted = true;
        }
    }
    Ok(())
}

fn encode(frame: &ServerFrame) -> Utf8Bytes {
    frame.to_text().into()
}
