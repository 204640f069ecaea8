//! Tells published messages from the rest of what Redis sends, so that a proxy can lose, double or swap them.

use crate::proxy::Fate;

/// The values of one connection, cut out of the stream as they get whole.
#[derive(Default)]
pub struct Pushes {
    unread: Vec<u8>,
    /// A message that the next one overtakes.
    held: Option<Vec<u8>>,
}

impl Pushes {
    /// What is to be sent on for these bytes. `judge` is asked for each published message.
    pub fn pass(&mut self, bytes: &[u8], mut judge: impl FnMut() -> Fate) -> Vec<u8> {
        self.unread.extend_from_slice(bytes);
        let mut out = Vec::with_capacity(bytes.len());
        while let Some(length) = value(&self.unread) {
            let whole: Vec<u8> = self.unread.drain(..length).collect();
            let fate = if is_message(&whole) { judge() } else { Fate::Pass };
            match fate {
                Fate::Drop => {}
                Fate::Swap if self.held.is_none() => self.held = Some(whole),
                Fate::Pass | Fate::Swap => out.extend_from_slice(&whole),
                Fate::Double => {
                    out.extend_from_slice(&whole);
                    out.extend_from_slice(&whole);
                }
            }
            if fate != Fate::Swap {
                out.extend(self.held.take().unwrap_or_default());
            }
        }
        out
    }
}

/// `message` pushes, in the protocol's third version or its second.
fn is_message(value: &[u8]) -> bool {
    let kind = b"$7\r\nmessage\r\n";
    (value.starts_with(b">3\r\n") || value.starts_with(b"*3\r\n")) && value[4..].starts_with(kind)
}

/// The length of the value that starts here, if it is whole.
fn value(bytes: &[u8]) -> Option<usize> {
    let end = bytes.windows(2).position(|window| window == b"\r\n")?;
    let head = end + 2;
    let count = || std::str::from_utf8(&bytes[1..end]).ok()?.parse::<i64>().ok();
    match bytes[0] {
        b'$' | b'=' | b'!' => {
            let length = usize::try_from(count()?).map_or(0, |length| length + 2);
            (bytes.len() >= head + length).then_some(head + length)
        }
        b'*' | b'>' | b'~' => items(bytes, head, count()?),
        b'%' | b'|' => items(bytes, head, 2 * count()?),
        _ => Some(head),
    }
}

fn items(bytes: &[u8], mut at: usize, count: i64) -> Option<usize> {
    for _ in 0..count {
        at += value(bytes.get(at..)?)?;
    }
    Some(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MESSAGE: &[u8] = b">3\r\n$7\r\nmessage\r\n$4\r\nroom\r\n$5\r\n\r\n$1\r\r\n";
    const OTHER: &[u8] = b"%1\r\n+a\r\n:1\r\n";

    fn pass(fates: &[Fate], pieces: &[&[u8]]) -> Vec<u8> {
        let mut fates = fates.iter();
        let mut pushes = Pushes::default();
        pieces.iter().flat_map(|piece| pushes.pass(piece, || *fates.next().unwrap())).collect()
    }

    #[test]
    fn messages_are_lost_and_doubled_wherever_the_stream_is_cut() {
        let stream = [MESSAGE, OTHER, MESSAGE].concat();
        for cut in 0..stream.len() {
            let (first, second) = stream.split_at(cut);
            assert_eq!(pass(&[Fate::Pass, Fate::Pass], &[first, second]), stream);
            assert_eq!(pass(&[Fate::Drop, Fate::Pass], &[first, second]), [OTHER, MESSAGE].concat());
            assert_eq!(pass(&[Fate::Drop, Fate::Double], &[first, second]), [OTHER, MESSAGE, MESSAGE].concat());
            assert_eq!(pass(&[Fate::Swap, Fate::Pass], &[first, second]), [OTHER, MESSAGE, MESSAGE].concat());
        }
    }
}
