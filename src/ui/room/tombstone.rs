//! The page of a message that was deleted: that it was, and where to go on reading.

use leptos::prelude::*;

use crate::model::ids::Seq;
use crate::model::message::Message;
use crate::model::room::OpenRoom;
use crate::ui::title::PageTitle;
use crate::ui::{href, page};

#[component]
pub fn Tombstone(open: OpenRoom) -> impl IntoView {
    // It was there, and will not be again.
    page::set_status(410);
    let texts = page::texts();
    let OpenRoom { room, history, linked, .. } = open;
    let gone = linked.map_or(0, |linked| linked.seq);
    let path = href::ascii(&room.path());
    let neighbour = |found: Option<&Message>, rel: &'static str, text: &'static str| {
        let link = |seq: Seq| view! { <a class="btn" rel=rel href=format!("{path}/messages/{seq}")>{text}</a> };
        found.map(|message| link(message.seq))
    };
    let living = || history.messages.iter().filter(|message| !message.deleted);
    let before = neighbour(living().rfind(|message| message.seq < gone), "prev", texts.message_before);
    let after = neighbour(living().find(|message| message.seq > gone), "next", texts.message_after);
    view! {
        <PageTitle text=format!("{} · {}", texts.message_deleted, room.title)/>
        <main class="sheet" id="content" tabindex="-1">
            <h1>{texts.message_deleted}</h1>
            <p>{texts.message_deleted_hint}</p>
            <p class="notice-actions">{before} {after}</p>
            <p>
                <a class="link" href=path.clone()>{room.title}</a>
            </p>
        </main>
    }
}
