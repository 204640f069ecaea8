//! The recent events of a room, contiguous up to its head, for connections that come back.

use std::collections::VecDeque;
use std::sync::Arc;

use crate::model::ids::Seq;
use crate::server::hub::Encoded;

/// More than a resume may bring.
const MAX_EVENTS: usize = 512;
const MAX_BYTES: usize = 1 << 20;

#[derive(Default)]
pub struct Ring {
    events: VecDeque<Arc<Encoded>>,
    bytes: usize,
}

impl Ring {
    /// Adds the next event. An edit or a deletion changes what was said before: nobody who comes back may read it.
    pub fn push(&mut self, event: Arc<Encoded>) {
        self.rewrite(&event);
        self.bytes += event.size();
        self.events.push_back(event);
        while self.events.len() > MAX_EVENTS || self.bytes > MAX_BYTES {
            match self.events.pop_front() {
                Some(oldest) => self.bytes = self.bytes.saturating_sub(oldest.size()),
                None => break,
            }
        }
    }

    /// Adds older events, ascending, as many as there is room for. They must end right before the first one here.
    pub fn prepend(&mut self, older: Vec<Arc<Encoded>>) {
        for event in older.into_iter().rev() {
            if self.events.len() >= MAX_EVENTS || self.bytes + event.size() > MAX_BYTES {
                break;
            }
            self.bytes += event.size();
            self.events.push_front(event);
        }
        // They may have been read before a change that is here already.
        let changes: Vec<_> = self.events.iter().filter(|event| event.rewrites().is_some()).cloned().collect();
        changes.iter().for_each(|change| self.rewrite(change));
    }

    pub fn first(&self) -> Option<Seq> {
        self.events.front().map(|event| event.seq)
    }

    /// The events after `since`, if they are all here.
    pub fn after(&self, since: Seq) -> Option<Vec<Arc<Encoded>>> {
        let skip = usize::try_from(since + 1 - self.first()?).ok()?;
        Some(self.events.iter().skip(skip).cloned().collect())
    }

    fn rewrite(&mut self, change: &Encoded) {
        let Some(target) = change.rewrites() else { return };
        for known in self.events.iter_mut().filter(|known| known.tells(target) && known.seq < change.seq) {
            *known = Arc::new(known.rewritten(change));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ids::{RoomId, UserId};
    use crate::model::user::Author;
    use crate::protocol::{Event, Kind};

    fn event(seq: Seq, kind: Kind, target: Option<Seq>, body: Option<&str>) -> Arc<Encoded> {
        let author = Author { id: UserId::try_from(7).unwrap(), username: "a".into(), display_name: "A".into() };
        let event = Event { body: body.map(str::to_owned), target, ..Event::new(seq, kind, author, 5) };
        Arc::new(Encoded::new(RoomId::try_from(42).unwrap(), event, None))
    }

    fn said(seq: Seq) -> Arc<Encoded> {
        event(seq, Kind::Msg, None, Some("secret"))
    }

    fn seqs(events: Option<Vec<Arc<Encoded>>>) -> Option<Vec<Seq>> {
        events.map(|events| events.iter().map(|event| event.seq).collect())
    }

    #[test]
    fn it_answers_only_for_what_it_has() {
        let mut ring = Ring::default();
        assert_eq!(seqs(ring.after(0)), None);
        for seq in 5..=7 {
            ring.push(said(seq));
        }
        assert_eq!((seqs(ring.after(3)), seqs(ring.after(4))), (None, Some(vec![5, 6, 7])));
        ring.prepend(vec![said(3), said(4)]);
        assert_eq!((seqs(ring.after(2)), seqs(ring.after(6))), (Some(vec![3, 4, 5, 6, 7]), Some(vec![7])));
    }

    #[test]
    fn deleted_text_is_not_in_it_whichever_came_first() {
        let deletion = || event(6, Kind::Del, Some(5), None);
        let mut late = Ring::default();
        late.push(said(5));
        late.push(deletion());
        let mut early = Ring::default();
        early.push(deletion());
        early.prepend(vec![said(5)]);
        for ring in [late, early] {
            let events = ring.after(4).unwrap();
            assert_eq!(events.len(), 2);
            assert!(events.iter().all(|event| !event.frame(None).as_str().contains("secret")));
        }
    }
}
