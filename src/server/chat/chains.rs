//! Chains of replies: a lens on the one conversation of a room.

use super::{Access, Chat};
use crate::error::{Problem, Result};
use crate::model::ids::Seq;

/// Messages of a chain: the nearest ones.
const CHAIN: i64 = 200;

impl Chat {
    /// The message `seq`, what it answers, directly or not, and everything that answers it, ascending.
    pub async fn chain(&self, access: &Access, seq: Seq) -> Result<Vec<Seq>> {
        let floor = access.floor();
        let mut chain = self.db.answered_by(access.room, seq, CHAIN / 2).await?;
        if seq < floor || chain.is_empty() {
            return Err(Problem::NotFound.into());
        }
        chain.retain(|seq| *seq >= floor);
        let room_left = CHAIN - i64::try_from(chain.len()).unwrap_or(CHAIN);
        chain.extend(self.db.answers_to(access.room, seq, room_left).await?);
        chain.sort_unstable();
        Ok(chain)
    }
}
