//! Who is writing at the moment. Seen, not read out: it would drown what is said.

use leptos::prelude::*;

use crate::client::room_signals::RoomSignals;
use crate::model::user::Author;
use crate::ui::page;

#[component]
pub fn TypingLine(signals: RoomSignals) -> impl IntoView {
    let texts = page::texts();
    let said = move || {
        signals.typing.with(|people| {
            let names: Vec<&str> = people.iter().map(Author::shown_name).collect();
            (texts.typing)(&names)
        })
    };
    view! { <p class="typing" data-testid="typing">{move || said()}</p> }
}
