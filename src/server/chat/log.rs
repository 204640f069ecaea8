//! The hub's window on the database and on the other nodes.

use std::pin::Pin;
use std::sync::Arc;

use crate::error::{Problem, Result};
use crate::model::ids::{RoomId, Seq};
use crate::server::bus::Bus;
use crate::server::hub::{Encoded, EventLog};
use crate::server::markdown;
use crate::server::store::Db;

pub struct Log {
    pub db: Db,
    pub bus: Arc<Bus>,
}

type Pending<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

impl EventLog for Log {
    fn head(&self, room: RoomId) -> Pending<'_, Result<(Seq, Seq)>> {
        Box::pin(async move { self.db.head(room).await?.ok_or_else(|| Problem::NotFound.into()) })
    }

    fn since(&self, room: RoomId, since: Seq, limit: usize) -> Pending<'_, Result<Vec<Arc<Encoded>>>> {
        Box::pin(async move {
            let rows = self.db.events_since(room, since, limit as i64).await?;
            let encode = |row: crate::server::store::events::EventRow| -> Result<Arc<Encoded>> {
                let (mut event, evicts) = row.event()?;
                event.doc = event.body.as_deref().and_then(markdown::document);
                Ok(Arc::new(Encoded::new(room, event, evicts)))
            };
            rows.into_iter().map(encode).collect::<Result<_>>()
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
