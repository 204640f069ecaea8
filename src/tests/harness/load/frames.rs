//! WebSocket frames as a client writes and reads them, over plain bytes.

/// What a frame is, as far as a client of ours cares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Text,
    Ping,
    Close,
    Other,
}

/// Appends a masked text frame. The mask is all zeros: a mask protects proxies from scripts, and here is neither.
pub fn text(into: &mut Vec<u8>, payload: &[u8]) {
    frame(into, 0x81, payload);
}

/// The answer to a ping.
pub fn pong(into: &mut Vec<u8>, payload: &[u8]) {
    frame(into, 0x8a, payload);
}

fn frame(into: &mut Vec<u8>, head: u8, payload: &[u8]) {
    into.push(head);
    match payload.len() {
        length @ 0..126 => into.push(0x80 | length as u8),
        length => {
            into.push(0x80 | 126);
            into.extend_from_slice(&(length as u16).to_be_bytes());
        }
    }
    into.extend_from_slice(&[0; 4]);
    into.extend_from_slice(payload);
}

/// The first frame in `bytes` and how long it is with its head; `None` if it is not there as a whole yet.
pub fn first(bytes: &[u8]) -> Option<(Kind, &[u8], usize)> {
    let (&[head, length], _) = bytes.split_first_chunk::<2>()?;
    let (start, length): (usize, usize) = match length & 0x7f {
        126 => (4, usize::from(u16::from_be_bytes(bytes.get(2..4)?.try_into().ok()?))),
        127 => (10, usize::try_from(u64::from_be_bytes(bytes.get(2..10)?.try_into().ok()?)).ok()?),
        short => (2, usize::from(short)),
    };
    let kind = match head & 0x0f {
        1 => Kind::Text,
        8 => Kind::Close,
        9 => Kind::Ping,
        _ => Kind::Other,
    };
    Some((kind, bytes.get(start..start.checked_add(length)?)?, start + length))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_is_read_when_all_of_it_is_there() {
        for length in [0, 5, 125, 126, 4_000] {
            let payload = vec![b'x'; length];
            let mut wire = vec![0x81];
            if length < 126 {
                wire.push(length as u8);
            } else {
                wire.push(126);
                wire.extend_from_slice(&(length as u16).to_be_bytes());
            }
            wire.extend_from_slice(&payload);
            assert!((0..wire.len()).all(|cut| first(&wire[..cut]).is_none()));
            wire.push(0x88);
            assert_eq!(first(&wire), Some((Kind::Text, &payload[..], wire.len() - 1)));
        }
    }
}
