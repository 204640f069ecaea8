//! What people do to a room: one type for the outbox, the frames, the server functions and the committer.
//!
//! Each action has a file here with its fields, its validation and what its event says, and one of the same name in
//! `server::store::commit` with its decision and its statements. A new one is a line in `actions!` below, too.

mod delete;
mod edit;
mod member;
mod pin;
mod post;
mod react;
mod room;

use serde::ser::Error as _;
use serde::{Deserialize, Serialize, Serializer};

pub use self::delete::Delete;
pub use self::edit::Edit;
pub use self::member::{Add, Remove, SetRole};
pub use self::pin::Pin;
pub use self::post::Post;
pub use self::react::React;
pub use self::room::RoomPatch;
use super::event::{Event, Kind};
use super::ids::{Seq, UserId};
use crate::error::Result;

/// What every action can say of itself.
pub trait Act: Sized {
    /// Of the event that it becomes.
    const KIND: Kind;

    /// The message that it is about.
    fn target(&self) -> Option<Seq> {
        None
    }

    /// The person whose membership it is about.
    fn subject(&self) -> Option<UserId> {
        None
    }

    /// The text of a message that it brings.
    fn text(&self) -> Option<&str> {
        None
    }

    /// Whether it does something or takes that back.
    fn on(&self) -> Option<bool> {
        None
    }

    fn emoji(&self) -> Option<&str> {
        None
    }

    /// What, beside kind, target and subject, tells it from another use of the same nonce. Nodes of different versions
    /// compare it: it must stay as it is.
    fn told_apart_by(&self) -> (bool, &str) {
        (self.on().unwrap_or_default(), self.text().or(self.emoji()).unwrap_or_default())
    }

    /// Bytes that it brings into a transaction, roughly.
    fn size(&self) -> usize {
        self.text().map_or(0, str::len)
    }

    /// The same in the form in which it is stored.
    ///
    /// # Errors
    ///
    /// What is wrong with it, and in which field.
    fn checked(self) -> Result<Self> {
        Ok(self)
    }

    /// Puts what the log says of it into its event, which has place, author and time.
    fn tell(self, event: &mut Event) {
        (event.target, event.on) = (self.target(), self.on());
        event.emoji = self.emoji().map(str::to_owned);
    }
}

/// Declares the actions. Those of people's own devices wait in an outbox, by the first name, and go over the socket in a
/// frame, by the second; the others come by server functions only.
macro_rules! actions {
    (
        ($d:tt)
        $($(#[$doc:meta])* $name:ident($type:ty) = $kept:literal, $frame:literal;)+
        ---
        $($(#[$other_doc:meta])* $other:ident($other_type:ty);)+
    ) => {
        /// Something that somebody wants to do in a room.
        #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
        pub enum Action {
            $($(#[$doc])* #[serde(rename = $kept)] $name($type),)+
            $($(#[$other_doc])* #[serde(skip)] $other($other_type),)+
        }

        $(impl From<$type> for Action {
            fn from(action: $type) -> Self {
                Self::$name(action)
            }
        })+

        $(impl From<$other_type> for Action {
            fn from(action: $other_type) -> Self {
                Self::$other(action)
            }
        })+

        impl Action {
            /// The names of the frames.
            pub const FRAMES: &[&str] = &[$($frame),+];

            /// Reads an action from the text of a frame called `frame`; `None` if no action is called that.
            pub fn parse(frame: &str, text: &str) -> Option<serde_json::Result<Self>> {
                match frame {
                    $($frame => Some(serde_json::from_str(text).map(Self::$name)),)+
                    _ => None,
                }
            }

            /// Writes the action as a frame: its name, what every such frame has, and its own fields.
            ///
            /// # Errors
            ///
            /// It does not go over the socket.
            pub fn write_frame<H: Serialize, S: Serializer>(&self, head: &H, to: S) -> std::result::Result<S::Ok, S::Error> {
                match self {
                    $(Self::$name(fields) => Frame { t: $frame, head, fields }.serialize(to),)+
                    $(Self::$other(_) => Err(S::Error::custom("an action without a frame")),)+
                }
            }
        }

        /// Evaluates an expression with the action itself, whichever it is.
        macro_rules! for_action {
            ($d action:expr, $d act:ident => $d body:expr) => {
                match $d action {
                    $($crate::model::action::Action::$name($d act) => $d body,)+
                    $($crate::model::action::Action::$other($d act) => $d body,)+
                }
            };
        }
        #[allow(unused_imports, reason = "the browser needs it in this file alone")]
        pub(crate) use for_action;
    };
}

/// An action as it goes over the socket.
#[derive(Serialize)]
struct Frame<'a, H, F> {
    t: &'static str,
    #[serde(flatten)]
    head: &'a H,
    #[serde(flatten)]
    fields: &'a F,
}

actions! {
    ($)
    /// Posts a message; whoever is no member becomes one by it.
    Post(Post) = "post", "send";
    /// Gives a message another text.
    Edit(Edit) = "edit", "edit";
    /// Deletes a message.
    Delete(Delete) = "delete", "del";
    /// Adds a reaction to a message, or takes it back.
    React(React) = "react", "react";
    /// Pins a message, or takes it down again; for owners and moderators.
    Pin(Pin) = "pin", "pin";
    ---
    /// Makes somebody a member; lifts a ban.
    Add(Add);
    /// Ends a membership, or bans.
    Remove(Remove);
    /// Gives a member another role.
    SetRole(SetRole);
    /// Changes the post.
    Room(Box<RoomPatch>);
}

impl Action {
    /// See [`Act::KIND`].
    pub fn kind(&self) -> Kind {
        fn of<A: Act>(_: &A) -> Kind {
            A::KIND
        }
        for_action!(self, action => of(action))
    }

    /// See [`Act::target`].
    pub fn target(&self) -> Option<Seq> {
        for_action!(self, action => action.target())
    }

    /// See [`Act::subject`].
    pub fn subject(&self) -> Option<UserId> {
        for_action!(self, action => action.subject())
    }

    /// See [`Act::text`].
    pub fn text(&self) -> Option<&str> {
        for_action!(self, action => action.text())
    }

    /// See [`Act::on`].
    pub fn on(&self) -> Option<bool> {
        for_action!(self, action => action.on())
    }

    /// See [`Act::emoji`].
    pub fn emoji(&self) -> Option<&str> {
        for_action!(self, action => action.emoji())
    }

    /// See [`Act::told_apart_by`].
    pub fn told_apart_by(&self) -> (bool, &str) {
        for_action!(self, action => action.told_apart_by())
    }

    /// See [`Act::size`].
    pub fn size(&self) -> usize {
        for_action!(self, action => action.size())
    }

    /// See [`Act::checked`].
    pub fn checked(self) -> Result<Self> {
        for_action!(self, action => action.checked().map(Self::from))
    }

    /// See [`Act::tell`].
    pub fn tell(self, event: &mut Event) {
        for_action!(self, action => action.tell(event));
    }
}
