//! I5 and I6: what a sender sent stays in order, and what was acknowledged comes before what was sent later. And it is
//! what was sent.

use std::collections::HashMap;

use super::{Evidence, Violation, violation};
use crate::history::{Room, Seq, What};

pub fn check(evidence: &Evidence, found: &mut Vec<Violation>) {
    let mut stored: HashMap<(i64, &str), (Room, Seq)> = HashMap::new();
    for (&room, log) in &evidence.truth.rooms {
        for event in &log.events {
            stored.insert((event.author, &event.nonce), (room, event.seq));
        }
    }
    let seq_of = |user: i64, room: Room, nonce: &str| {
        stored.get(&(user, nonce)).filter(|(there, _)| *there == room).map(|(_, seq)| *seq)
    };
    for log in &evidence.logs {
        let mut last: HashMap<Room, Seq> = HashMap::new();
        for record in &log.records {
            let What::Queued { room, nonce, body } = &record.what else { continue };
            let Some(seq) = seq_of(log.user, *room, nonce) else { continue };
            let stored = evidence.truth.event(*room, seq).map(|event| event.print.body);
            if stored != Some(*body) && !evidence.truth.was_changed(*room, seq) {
                let what = format!("the text stored for {nonce} is not the text that was sent");
                found.push(violation("I7", *room, seq, vec![log.client], what));
            }
            let before = last.insert(*room, seq).unwrap_or_default();
            if seq <= before {
                let what = format!("{nonce} was sent after the message at {before}");
                found.push(violation("I5", *room, seq, vec![log.client], what));
            }
        }
    }

    // Per room: when what was acknowledged, and when what was sent for the first time.
    let mut moments: HashMap<Room, Vec<(u64, Moment)>> = HashMap::new();
    for log in &evidence.logs {
        let mut sent: HashMap<&str, ()> = HashMap::new();
        for record in &log.records {
            match &record.what {
                What::Ack { room, seq, .. } => {
                    moments.entry(*room).or_default().push((record.at, Moment::Acked(*seq, log.client)));
                }
                What::Send { room, nonce } if sent.insert(nonce, ()).is_none() => {
                    if let Some(seq) = seq_of(log.user, *room, nonce) {
                        moments.entry(*room).or_default().push((record.at, Moment::Sent(seq, log.client)));
                    }
                }
                _ => {}
            }
        }
    }
    for (room, mut moments) in moments {
        moments.sort_by_key(|(at, _)| *at);
        let mut highest = (0, 0);
        for (_, moment) in moments {
            match moment {
                Moment::Acked(seq, client) => highest = highest.max((seq, client)),
                Moment::Sent(seq, client) if seq <= highest.0 => {
                    let what = format!("it was sent after {} had been acknowledged", highest.0);
                    found.push(violation("I6", room, seq, vec![client, highest.1], what));
                }
                Moment::Sent(..) => {}
            }
        }
    }
}

enum Moment {
    Acked(Seq, u32),
    Sent(Seq, u32),
}
