//! The way to the latest message, while one is elsewhere; it counts what is said there meanwhile.

use leptos::prelude::*;

use crate::client::browser;
use crate::client::room_signals::RoomSignals;
use crate::client::scroll::Scroll;
use crate::ui::page;

#[component]
pub fn Latest(path: String, signals: RoomSignals, scroll: Scroll) -> impl IntoView {
    let texts = page::texts();
    let said = move || match signals.missed.get() {
        0 => texts.messages_latest.to_owned(),
        missed => (texts.messages_new)(missed),
    };
    let go = move |event: leptos::ev::MouseEvent| {
        if browser::is_plain(&event) {
            event.prevent_default();
            scroll.to_end();
        }
    };
    // It lies over the end of the list: what is meant for the list gets there.
    let wheel = move |event: leptos::ev::WheelEvent| scroll.by(event.delta_y());
    view! {
        <p class="latest" hidden=move || signals.at_end.get() on:wheel=wheel>
            <a class="pill" data-testid="latest" href=path on:click=go>{move || said()}</a>
        </p>
    }
}
