//! What people see: the document, its pages, and the parts that pages share. Everything works as links and plain forms.
//!
//! Each kind of view is three kilobytes of the browser's program, so there are few. What may or may not be there is an
//! `Option<AnyView>`, a list a `Vec<AnyView>`, and a closure stands in the view itself (`{move || title()}`), where Leptos
//! makes one kind of all that give the same.

mod app;
pub mod avatar;
mod badge;
pub mod doc;
mod escape;
pub mod form;
pub mod href;
pub mod icon;
pub mod layout;
mod my_rooms;
pub mod notice;
pub mod page;
mod pages;
mod plain;
pub mod room;
pub mod sheet;
mod shell;
mod shortcuts;
mod sidebar;
mod start;
pub mod time;
pub mod title;

pub use app::App;
pub use plain::is_plain;
pub use shell::shell;
pub use start::{SHAPE, files as program_files};
