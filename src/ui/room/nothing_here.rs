//! Pages of a conversation that have nothing to read: a day on which nobody said anything, and a message that was
//! deleted. They say so, and where to go on reading.

use leptos::prelude::*;

use crate::model::message::Message;
use crate::model::room::{Days, OpenRoom, Room};
use crate::ui::title::PageTitle;
use crate::ui::{href, page};

/// The way to what stands before or after: its address and its name.
type Neighbour = Option<(String, String)>;

/// The day, and when somebody did say something.
pub fn empty_day(room: &Room, days: Days) -> AnyView {
    let path = href::ascii(&room.path());
    let neighbour =
        |day: &Option<String>| day.as_ref().map(|day| (format!("{path}/{}", days.address(day)), day.clone()));
    let (before, after) = (neighbour(&days.before), neighbour(&days.after));
    nothing_here(room, days.title(), page::texts().day_silent, before, after)
}

/// That the message was there, and will not be again.
pub fn tombstone(open: OpenRoom) -> AnyView {
    page::set_status(410);
    let texts = page::texts();
    let OpenRoom { room, history, linked, .. } = open;
    let gone = linked.map_or(0, |linked| linked.seq);
    let path = href::ascii(&room.path());
    let neighbour = |found: Option<&Message>, name: &'static str| {
        found.map(|message| (format!("{path}/messages/{}", message.seq), name.to_owned()))
    };
    let living = || history.messages.iter().filter(|message| !message.deleted);
    let before = neighbour(living().rfind(|message| message.seq < gone), texts.message_before);
    let after = neighbour(living().find(|message| message.seq > gone), texts.message_after);
    nothing_here(&room, texts.message_deleted.to_owned(), texts.message_deleted_hint, before, after)
}

fn nothing_here(room: &Room, title: String, hint: &'static str, before: Neighbour, after: Neighbour) -> AnyView {
    let link = |to: Neighbour, rel: &'static str| {
        to.map(|(href, name)| view! { <a class="btn" rel=rel href=href>{name}</a> }.into_any())
    };
    view! {
        <PageTitle text=format!("{title} · {}", room.title)/>
        <main class="sheet" id="content" tabindex="-1">
            <h1>{title}</h1>
            <p>{hint}</p>
            <p class="notice-actions">{link(before, "prev")} {link(after, "next")}</p>
            <p>
                <a class="link" href=href::ascii(&room.path())>{room.title.clone()}</a>
            </p>
        </main>
    }
    .into_any()
}
