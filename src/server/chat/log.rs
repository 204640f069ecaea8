//! The hub's window on the database and on the other nodes.

use std::pin::Pin;
use std::sync::Arc;

use super::names::Names;
use crate::error::{Problem, Result};
use crate::model::ids::{RoomId, Seq};
use crate::protocol::Event;
use crate::server::bus::Bus;
use crate::server::hub::{Encoded, EventLog};
use crate::server::store::Db;
use crate::server::store::events::EventRow;

pub struct Log {
    pub db: Db,
    pub bus: Arc<Bus>,
}

/// The message whose text an event carries.
fn text_of(event: &Event) -> Seq {
    event.target.unwrap_or(event.seq)
}

type Pending<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

impl EventLog for Log {
    fn head(&self, room: RoomId) -> Pending<'_, Result<Seq>> {
        Box::pin(async move { self.db.head(room).await?.ok_or_else(|| Problem::NotFound.into()) })
    }

    fn since(&self, room: RoomId, since: Seq, limit: usize) -> Pending<'_, Result<Vec<Arc<Encoded>>>> {
        Box::pin(async move {
            let rows = self.db.events_since(room, since, limit as i64).await?;
            let mut events = rows.into_iter().map(EventRow::event).collect::<std::result::Result<Vec<_>, _>>()?;
            // Of an edit it is the target that mentions somebody.
            let texts = events.iter().filter_map(|(event, _)| Some((text_of(event), event.body.as_deref()?)));
            let names = Names::of(&self.db, room, texts).await?;
            for (event, _) in &mut events {
                event.doc = event.body.as_deref().and_then(|body| names.document(text_of(event), body));
            }
            Ok(events.into_iter().map(|(event, evicts)| Arc::new(Encoded::new(room, event, evicts))).collect())
        })
    }

    fn listen(&self, room: RoomId) -> Pending<'_, Result<()>> {
        Box::pin(self.bus.listen(room))
    }

    fn hears_others(&self) -> bool {
        self.bus.is_up()
    }

    fn leave(&self, room: RoomId) -> Pending<'_, ()> {
        Box::pin(self.bus.leave(room))
    }
}
