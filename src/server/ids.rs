//! What only the server makes: random ids, nonces for forms, and the time.

use std::time::{SystemTime, UNIX_EPOCH};

use crate::model::ids::{MAX_SAFE_INTEGER, Millis};

/// A random id ≥ 1, as a room or user id. The lower 2^32 are left out, so that no id looks like a count.
pub fn random<T: TryFrom<i64>>() -> T
where
    T::Error: std::fmt::Debug,
{
    T::try_from(rand::random_range((1 << 32)..=MAX_SAFE_INTEGER)).expect("the range holds valid ids only")
}

/// A nonce for a form, or for a write that came without one.
pub fn nonce() -> String {
    uuid::Uuid::now_v7().simple().to_string()
}

/// 256 random bits as hexadecimal digits.
pub fn secret() -> String {
    use std::fmt::Write;
    rand::random::<[u8; 32]>().iter().fold(String::new(), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Milliseconds since the Unix epoch. A clock before 1970 counts as 1970.
pub fn now() -> Millis {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}
