//! Finds the few values that matter in a frame without parsing it.
//!
//! Relies on how our server writes: no spaces, `t` first, an event's `seq` before its text. A frame that is written
//! otherwise is not recognised, and then counts as lost: it cannot pass unnoticed.

/// The frame's `t`.
pub fn kind(frame: &[u8]) -> &[u8] {
    frame.strip_prefix(br#"{"t":""#).and_then(|rest| rest.split(|byte| *byte == b'"').next()).unwrap_or_default()
}

fn find(bytes: &[u8], key: &[u8]) -> Option<usize> {
    bytes.windows(key.len()).position(|window| window == key)
}

/// The first number after `key`, which is written with its quotes and colon.
pub fn number(frame: &[u8], key: &[u8]) -> Option<i64> {
    let at = find(frame, key)? + key.len();
    digits(&frame[at..]).map(|(number, _)| number)
}

fn digits(bytes: &[u8]) -> Option<(i64, usize)> {
    let length = bytes.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let number = bytes[..length]
        .iter()
        .try_fold(0_i64, |sum, digit| sum.checked_mul(10)?.checked_add(i64::from(digit - b'0')))?;
    (length > 0).then_some((number, length))
}

/// The text after `key`, which ends with the opening quote.
pub fn text<'a>(frame: &'a [u8], key: &[u8]) -> Option<&'a [u8]> {
    let rest = &frame[find(frame, key)? + key.len()..];
    rest.split(|byte| *byte == b'"').next()
}

pub fn contains(frame: &[u8], what: &[u8]) -> bool {
    find(frame, what).is_some()
}

/// The events in a frame, each as its seq and what follows it.
pub fn events(frame: &[u8]) -> impl Iterator<Item = (i64, &[u8])> {
    const KEY: &[u8] = br#""seq":"#;
    let mut rest = frame;
    std::iter::from_fn(move || {
        let at = find(rest, KEY)? + KEY.len();
        let (seq, length) = digits(&rest[at..])?;
        rest = &rest[at + length..];
        Some((seq, rest))
    })
}

/// What a message says about itself at the beginning of its text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Marker {
    pub run: u64,
    pub sender: u32,
    pub count: u64,
    /// Nanoseconds after the run began.
    pub due: u64,
}

impl Marker {
    pub fn write(self, text: &mut Vec<u8>) {
        use std::io::Write;
        let Self { run, sender, count, due } = self;
        // Writing to a Vec cannot fail.
        let _ = write!(text, "~{run:x}.{sender:x}.{count:x}.{due:x}~");
    }

    /// The first marker in an event.
    pub fn read(event: &[u8]) -> Option<Self> {
        let start = find(event, b"\"body\":\"~")? + 9;
        let length = event[start..].iter().position(|byte| *byte == b'~')?;
        let mut parts = std::str::from_utf8(&event[start..start + length]).ok()?.split('.');
        let mut next = || u64::from_str_radix(parts.next()?, 16).ok();
        Some(Self { run: next()?, sender: u32::try_from(next()?).ok()?, count: next()?, due: next()? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_matters_is_found_in_frames_as_the_server_writes_them() {
        let marker = Marker { run: 0xab, sender: 3, count: 17, due: 1 << 40 };
        let mut body = Vec::new();
        marker.write(&mut body);
        let body = String::from_utf8(body).unwrap();
        let item = |seq: i64| format!(r#""seq":{seq},"k":"msg","author":{{"id":5}},"ts":9,"body":"{body}xxx"}}"#);
        let ev = format!(r#"{{"t":"ev","room":77,"nonce":"a-1",{}"#, item(12));
        assert_eq!(kind(ev.as_bytes()), b"ev");
        let seqs = |frame: &str| events(frame.as_bytes()).map(|(seq, _)| seq).collect::<Vec<_>>();
        assert_eq!(seqs(&ev), [12]);
        assert_eq!(events(ev.as_bytes()).next().and_then(|(_, event)| Marker::read(event)), Some(marker));
        let sub_ok = format!(
            r#"{{"t":"sub_ok","room":77,"head":14,"recovered":true,"events":[{{{},{{{}]}}"#,
            item(13),
            item(14)
        );
        assert_eq!(seqs(&sub_ok), [13, 14]);
        assert_eq!(number(sub_ok.as_bytes(), br#""head":"#), Some(14));
        assert_eq!(text(br#"{"t":"welcome","epoch":"e-1"}"#, br#""epoch":""#), Some(&b"e-1"[..]));
        assert_eq!(Marker::read(br#""body":"hello""#), None);
    }
}
