//! Beside a conversation, where there is room: who is here.

use leptos::prelude::*;

use crate::client::room_signals::RoomSignals;
use crate::model::room::Room;
use crate::model::user::Author;
use crate::ui::avatar::Avatar;
use crate::ui::page;

/// People who are named.
const MOST: usize = 50;

#[component]
pub fn About(room: Room, signals: RoomSignals) -> impl IntoView {
    let texts = page::texts();
    let count = move || match signals.here.with(|here| here.count) {
        0 => room.present,
        count => i64::try_from(count).unwrap_or(i64::MAX),
    };
    let person = |person: &Author| {
        view! {
            <li>
                <Avatar author=person.clone() small=true/>
                <span>{person.shown_name().to_owned()}</span>
            </li>
        }
        .into_any()
    };
    let people = move || signals.here.with(|here| here.people.iter().take(MOST).map(person).collect::<Vec<_>>());
    view! {
        <aside class="about" aria-labelledby="about-here" hidden=move || signals.revoked.get()>
            <h2 id="about-here" data-testid="present">{move || (texts.present)(count())}</h2>
            <ul class="about-people">
                {move || people()}
            </ul>
            <ul class="about-more">
                <li><a class="link" href=format!("/rooms/{}/members", room.id)>{texts.room_members}</a></li>
                <li><a class="link" href=format!("/rooms/{}/pins", room.id)>{texts.pins}</a></li>
                <li><a class="link" href=format!("/rooms/{}/days", room.id)>{texts.days}</a></li>
            </ul>
        </aside>
    }
    .into_any()
}
