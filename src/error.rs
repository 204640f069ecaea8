//! The one error type of the program: what went wrong, where, and what the caller may do about it.

use leptos::server_fn::error::{FromServerFnError, ServerFnErrorErr};
use serde::{Deserialize, Serialize};

use crate::json::TextJson;

pub type Result<T> = std::result::Result<T, AppError>;

/// What kind of refusal this is: the `code` of an HTTP error body and of an `err` frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Code {
    Malformed,
    BadFrame,
    Unauthorized,
    Forbidden,
    NotFound,
    Conflict,
    NonceConflict,
    Gone,
    TooLarge,
    TooLong,
    Invalid,
    Locked,
    Muted,
    RateLimited,
    Busy,
    Unavailable,
    Unsupported,
    Internal,
}

impl Code {
    /// The HTTP status that carries this code.
    pub const fn status(self) -> u16 {
        match self {
            Code::Malformed | Code::BadFrame => 400,
            Code::Unauthorized => 401,
            Code::Forbidden => 403,
            Code::NotFound => 404,
            Code::Conflict | Code::NonceConflict => 409,
            Code::Gone => 410,
            Code::TooLarge => 413,
            Code::TooLong | Code::Invalid | Code::Locked | Code::Muted | Code::Unsupported => 422,
            Code::RateLimited => 429,
            Code::Busy | Code::Unavailable => 503,
            Code::Internal => 500,
        }
    }

    /// Whether the very same request may succeed later: a sender keeps it and tries again.
    pub const fn is_transient(self) -> bool {
        matches!(self, Code::RateLimited | Code::Busy | Code::Unavailable)
    }
}

/// The precise cause. Each has one sentence per language in [`crate::i18n`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Problem {
    /// The request could not be understood: a field is missing or of the wrong type.
    Malformed,
    BadFrame,
    UnknownFrame,
    SignInFirst,
    WrongCredentials,
    /// Of one's own account, typed once more.
    WrongPassword,
    /// A form that was made for somebody else than who is signed in now.
    SomebodyElse {
        /// Who is signed in now.
        name: String,
    },
    /// The browser keeps no cookies, and could not stay signed in.
    CookiesNeeded,
    ForeignOrigin,
    NotAllowed,
    NotFound,
    UsernameTaken,
    UsernameLength,
    UsernameCharacters,
    /// It cannot be told from a name that somebody has.
    NameAlike,
    /// It is kept for the service itself.
    NameReserved,
    /// Letters of scripts that are not written together.
    MixedScripts,
    PasswordLength,
    /// A stranger would try it.
    PasswordCommon,
    DisplayNameLength,
    /// A display name with what looks like a username.
    DisplayNameHandle,
    Empty,
    TooLong {
        max: usize,
    },
    UnknownCategory,
    /// Another category has the same key.
    CategoryTaken,
    /// Rooms are in it, or it is the last one.
    CategoryInUse,
    TooManyTags,
    TagLength,
    UnknownChoice,
    NonceMalformed,
    NonceReused,
    /// By a form for a new room that has opened another one.
    RoomNonceReused,
    ReplyTargetMissing,
    /// The message that was to be changed does not exist, or was deleted.
    TargetMissing,
    NoSuchDay,
    /// Nobody has this username.
    NoSuchPerson,
    /// The person was not made a member, but invited: they left by themselves, or want to be asked.
    Invited,
    NoEmoji,
    /// By one person, or on one message.
    /// Without them a room would have nobody.
    LastMember,
    TooManyReactions,
    RoomLocked,
    Muted,
    TooLarge,
    TooFast,
    Busy,
    Unavailable,
    Internal,
}

impl Problem {
    pub const fn code(&self) -> Code {
        match self {
            Problem::Malformed => Code::Malformed,
            Problem::BadFrame | Problem::NonceMalformed => Code::BadFrame,
            Problem::UnknownFrame => Code::Unsupported,
            Problem::SignInFirst | Problem::WrongCredentials => Code::Unauthorized,
            Problem::ForeignOrigin | Problem::NotAllowed => Code::Forbidden,
            Problem::NotFound | Problem::TargetMissing | Problem::NoSuchDay | Problem::NoSuchPerson => Code::NotFound,
            Problem::UsernameTaken
            | Problem::SomebodyElse { .. }
            | Problem::CategoryTaken
            | Problem::CategoryInUse
            | Problem::LastMember
            | Problem::Invited => Code::Conflict,
            Problem::NonceReused | Problem::RoomNonceReused => Code::NonceConflict,
            Problem::TooLong { .. } => Code::TooLong,
            Problem::UsernameLength
            | Problem::UsernameCharacters
            | Problem::NameAlike
            | Problem::NameReserved
            | Problem::MixedScripts
            | Problem::PasswordLength
            | Problem::PasswordCommon
            | Problem::WrongPassword
            | Problem::CookiesNeeded
            | Problem::DisplayNameLength
            | Problem::DisplayNameHandle
            | Problem::Empty
            | Problem::UnknownCategory
            | Problem::TooManyTags
            | Problem::TagLength
            | Problem::UnknownChoice
            | Problem::NoEmoji
            | Problem::TooManyReactions
            | Problem::ReplyTargetMissing => Code::Invalid,
            Problem::RoomLocked => Code::Locked,
            Problem::Muted => Code::Muted,
            Problem::TooLarge => Code::TooLarge,
            Problem::TooFast => Code::RateLimited,
            Problem::Busy => Code::Busy,
            Problem::Unavailable => Code::Unavailable,
            Problem::Internal => Code::Internal,
        }
    }
}

/// An error as it travels: `{"code", "message", "field"?, "retry_ms"?, "problem"}`.
///
/// `message` is empty until the edge (the HTTP layer or the socket) fills it in the reader's language, so that
/// nothing below the edge needs to know who is asking.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{code:?}: {problem:?} {field:?}")]
pub struct AppError {
    pub code: Code,
    #[serde(default)]
    pub message: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_ms: Option<u64>,
    pub problem: Problem,
}

impl AppError {
    /// The same error, said to be about the form field or argument `name`.
    pub fn on(mut self, name: &str) -> Self {
        self.field = Some(name.to_owned());
        self
    }

    /// The same error, with the time in milliseconds after which another try makes sense.
    pub fn retry_after(mut self, ms: u64) -> Self {
        self.retry_ms = Some(ms);
        self
    }
}

impl From<Problem> for AppError {
    fn from(problem: Problem) -> Self {
        Self { code: problem.code(), message: String::new(), field: None, retry_ms: None, problem }
    }
}

impl FromServerFnError for AppError {
    type Encoder = TextJson;

    fn from_server_fn_error(error: ServerFnErrorErr) -> Self {
        match error {
            ServerFnErrorErr::Args(_)
            | ServerFnErrorErr::MissingArg(_)
            | ServerFnErrorErr::Deserialization(_)
            | ServerFnErrorErr::UnsupportedRequestMethod(_) => Problem::Malformed.into(),
            ServerFnErrorErr::Request(_) => Problem::Unavailable.into(),
            _ => Problem::Internal.into(),
        }
    }
}
