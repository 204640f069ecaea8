//! What people see: the document, its pages, and the parts that pages share. Everything works as links and plain forms.

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
pub mod time;
pub mod title;

pub use app::App;
pub use shell::shell;
