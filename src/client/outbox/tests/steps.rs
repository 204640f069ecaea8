//! What can happen to outboxes.

use proptest::prelude::*;
use proptest::sample::Index;

use crate::client::outbox::TOO_OLD;
use crate::model::ids::Millis;

#[derive(Clone, Debug)]
pub enum Step {
    Write {
        tab: Index,
        room: i64,
        /// A deletion, which can be taken back.
        held: bool,
    },
    /// The oldest frame of a tab reaches the server.
    Arrive {
        tab: Index,
        verdict: Verdict,
    },
    /// The oldest answer reaches its tab, or nobody.
    Answer {
        tab: Index,
        lost: bool,
    },
    /// What was on the wire may reach the server much later, and its answers nobody.
    Cut {
        tab: Index,
    },
    /// A frame of a connection that its client has given up.
    Ghost {
        which: Index,
    },
    /// Closed, crashed or about to be reloaded: whatever it keeps stays in the storage.
    Close {
        tab: Index,
    },
    Open,
    /// A tab is given the lock of one that is gone.
    Inherit {
        tab: Index,
    },
    Retry {
        tab: Index,
    },
    Discard {
        tab: Index,
    },
    /// Somebody takes back what they may.
    TakeBack {
        tab: Index,
    },
    Wait {
        ms: Millis,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    Stored,
    NotNow,
    Refused,
}

pub fn step() -> impl Strategy<Value = Step> {
    let tab = any::<Index>;
    let verdict = prop_oneof![
        6 => Just(Verdict::Stored),
        1 => Just(Verdict::NotNow),
        1 => Just(Verdict::Refused),
    ];
    prop_oneof![
        6 => (tab(), 1_i64..3, prop::bool::weighted(0.2)).prop_map(|(tab, room, held)| Step::Write { tab, room, held }),
        6 => (tab(), verdict).prop_map(|(tab, verdict)| Step::Arrive { tab, verdict }),
        6 => (tab(), prop::bool::weighted(0.2)).prop_map(|(tab, lost)| Step::Answer { tab, lost }),
        2 => tab().prop_map(|tab| Step::Cut { tab }),
        2 => tab().prop_map(|which| Step::Ghost { which }),
        1 => tab().prop_map(|tab| Step::Close { tab }),
        1 => Just(Step::Open),
        2 => tab().prop_map(|tab| Step::Inherit { tab }),
        1 => tab().prop_map(|tab| Step::Retry { tab }),
        1 => tab().prop_map(|tab| Step::Discard { tab }),
        1 => tab().prop_map(|tab| Step::TakeBack { tab }),
        2 => (1_i64..15_000).prop_map(|ms| Step::Wait { ms }),
        1 => Just(Step::Wait { ms: TOO_OLD }),
        // The clock is set back.
        1 => Just(Step::Wait { ms: -TOO_OLD }),
    ]
}
