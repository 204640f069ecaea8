//! Identifiers: integers that a JSON number can hold exactly, and the nonce that makes a retry harmless.

use serde::{Deserialize, Serialize};

/// The largest integer that every JSON reader keeps exactly, 2^53 − 1.
pub const MAX_SAFE_INTEGER: i64 = (1 << 53) - 1;

/// A place in a room's event log: ≥ 1, without gaps. 0 stands for "before the first event".
pub type Seq = i64;

/// Milliseconds since the Unix epoch, UTC.
pub type Millis = i64;

#[derive(Debug, thiserror::Error)]
#[error("not an id")]
pub struct NotAnId;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "i64", into = "i64")]
        pub struct $name(i64);

        impl $name {
            pub const fn get(self) -> i64 {
                self.0
            }
        }

        impl TryFrom<i64> for $name {
            type Error = NotAnId;

            fn try_from(value: i64) -> Result<Self, NotAnId> {
                if (1..=MAX_SAFE_INTEGER).contains(&value) { Ok(Self(value)) } else { Err(NotAnId) }
            }
        }

        impl From<$name> for i64 {
            fn from(id: $name) -> i64 {
                id.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

id!(
    /// A room. Random, so that unlisted and private rooms cannot be found by counting.
    RoomId
);
id!(
    /// A person's account.
    UserId
);

impl UserId {
    /// No account has this id: theirs are random, and larger.
    pub const NOBODY: Self = Self(1);
}

/// Made by the client for each write: the same nonce of the same author names the same write for ever.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Nonce(String);

impl Nonce {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Nonce {
    type Error = NotAnId;

    fn try_from(value: String) -> Result<Self, NotAnId> {
        let fits = (1..=64).contains(&value.len())
            && value.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-');
        if fits { Ok(Self(value)) } else { Err(NotAnId) }
    }
}

impl From<Nonce> for String {
    fn from(nonce: Nonce) -> String {
        nonce.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_positive_and_exact_in_json() {
        assert!(serde_json::from_str::<RoomId>("9007199254740991").is_ok());
        for bad in ["0", "-1", "9007199254740992", "1.5", "\"1\"", "null", "1e400"] {
            assert!(serde_json::from_str::<RoomId>(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_nonce_has_one_to_sixty_four_plain_characters() {
        assert!(Nonce::try_from("a-Z_0".to_owned()).is_ok());
        for bad in [String::new(), "a b".into(), "가".into(), "x".repeat(65)] {
            assert!(Nonce::try_from(bad).is_err());
        }
    }
}
