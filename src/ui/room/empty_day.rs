//! The page of a day on which nobody said anything: when somebody did.

use leptos::prelude::*;

use crate::model::room::{Days, Room};
use crate::ui::title::PageTitle;
use crate::ui::{href, page};

#[component]
pub fn EmptyDay(room: Room, days: Days) -> impl IntoView {
    let texts = page::texts();
    let path = href::ascii(&room.path());
    let neighbour = |day: Option<String>, rel: &'static str| {
        day.map(|day| view! { <a class="btn" rel=rel href=format!("{path}/days/{day}")>{day.clone()}</a> }.into_any())
    };
    let (before, after) = (neighbour(days.before, "prev"), neighbour(days.after, "next"));
    view! {
        <PageTitle text=format!("{} · {}", days.day, room.title)/>
        <main class="sheet" id="content" tabindex="-1">
            <h1>{days.day}</h1>
            <p>{texts.day_silent}</p>
            <p class="notice-actions">{before} {after}</p>
            <p>
                <a class="link" href=path.clone()>{room.title}</a>
            </p>
        </main>
    }
}
