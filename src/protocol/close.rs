//! Close codes: RFC 6455's where one fits, else 4xxx.

pub const NORMAL: u16 = 1000;
pub const PROTOCOL_ERROR: u16 = 1002;
pub const UNSUPPORTED_DATA: u16 = 1003;
pub const INVALID_TEXT: u16 = 1007;
pub const TOO_BIG: u16 = 1009;
/// The server ends; `bye` has said when to come back.
pub const RESTART: u16 = 1012;
/// The server is full, or cannot reach its database.
pub const TRY_LATER: u16 = 1013;
/// Not JSON, no type, or anything before `hello`.
pub const BAD_FRAME: u16 = 4400;
/// Not signed in, or not any more: sign in, keep the outbox.
pub const UNAUTHENTICATED: u16 = 4401;
/// Signed out elsewhere, password changed, banned: stop, and forget what was cached.
pub const REVOKED: u16 = 4403;
/// Another version of the protocol: reload, once.
pub const VERSION: u16 = 4404;
/// No `hello` in time, or a second one.
pub const HELLO: u16 = 4405;
/// Does not read: resume once at once, then back off.
pub const SLOW: u16 = 4408;
/// Too many connections of one person.
pub const TOO_MANY: u16 = 4409;
/// Silence.
pub const HEARTBEAT: u16 = 4410;
/// Too much, too often: stay away for 30 s.
pub const ABUSE: u16 = 4429;
pub const INTERNAL: u16 = 4500;
