//! Times on the page: how long ago from the beginning, and in the reader's own time and words once hydrated, in UTC before.

mod local;

use std::time::Duration;

use leptos::prelude::*;

use super::page;
use crate::client::browser;
use crate::client::effect::effect;
use crate::i18n::{Lang, Texts};
use crate::model::civil;
use crate::model::ids::Millis;
use crate::model::room::day_address;

pub use local::{clock as local_clock, day as local_day};

const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;

/// The time now by the server's clock, to the minute; until hydrated, when the server rendered the page.
#[derive(Clone, Copy)]
struct Now(RwSignal<Millis>);

/// Keeps the time going that the app tells times by.
pub fn start() {
    let rendered = page::context().now;
    let now = RwSignal::new(rendered);
    provide_context(Now(now));
    effect(move || {
        browser::hear_time(rendered);
        now.set(browser::server_now());
        set_interval(move || now.set(browser::server_now()), Duration::from_secs(60));
    });
}

/// The time of day, as beside a message.
#[component]
pub fn Clock(ts: Millis) -> impl IntoView {
    let (lang, hydrated) = (page::lang(), page::hydrated());
    let shown = move || if hydrated.get() { local::clock(ts, lang) } else { civil::clock(ts) };
    view! { <time datetime=civil::iso(ts)>{move || shown()}</time> }
}

/// The date in full, as between the messages of two days, which leads to the page of that day: the reader's own, or that of
/// UTC, which then says so. `room` is the address of the room.
#[component]
pub fn Day(ts: Millis, room: String) -> impl IntoView {
    let (lang, hydrated) = (page::lang(), page::hydrated());
    let shown = move || if hydrated.get() { local::date_in_full(ts, lang) } else { format!("{} UTC", civil::date(ts)) };
    let href = move || {
        let tz = if hydrated.get() { local::ahead(ts) } else { 0 };
        format!("{room}/{}", day_address(&civil::date(ts + tz * MINUTE), tz))
    };
    view! { <a href=href><time datetime=civil::iso(ts)>{move || shown()}</time></a> }
}

/// That a message was edited; pointing at it tells when.
#[component]
pub fn Edited(ts: Millis) -> impl IntoView {
    let (lang, hydrated) = (page::lang(), page::hydrated());
    let when = move || exactly(ts, lang, hydrated.get());
    view! { <time class="edited" datetime=civil::iso(ts) title=when>{page::texts().message_edited}</time> }
}

/// How long ago, as beside a room; the date if that is long ago. Pointing at it tells the time exactly.
#[component]
pub fn Ago(ts: Millis) -> impl IntoView {
    let (lang, texts, hydrated) = (page::lang(), page::texts(), page::hydrated());
    let now = use_context::<Now>().map_or_else(|| Signal::from(0), |now| now.0.into());
    let shown = move || {
        let day_of = if hydrated.get() { local::day } else { civil::day };
        match ago(now.get(), ts, day_of, texts) {
            Some(words) => words,
            None if hydrated.get() => local::date(ts, lang),
            None => civil::date(ts),
        }
    };
    view! { <time datetime=civil::iso(ts) title=move || exactly(ts, lang, hydrated.get())>{move || shown()}</time> }
}

fn exactly(ts: Millis, lang: Lang, is_hydrated: bool) -> String {
    if is_hydrated { local::exactly(ts, lang) } else { format!("{} {} UTC", civil::date(ts), civil::clock(ts)) }
}

/// In words, within the last week; days as the calendar has them. Clocks differ: what seems to lie ahead happened just now.
fn ago(now: Millis, ts: Millis, day_of: fn(Millis) -> i64, texts: &Texts) -> Option<String> {
    let past = now - ts;
    match day_of(now) - day_of(ts) {
        _ if past < MINUTE => Some(texts.just_now.to_owned()),
        _ if past < HOUR => Some((texts.minutes_ago)(past / MINUTE)),
        // Some days have twenty-five hours.
        days if past < civil::DAY || days == 0 => Some((texts.hours_ago)(past / HOUR)),
        1 => Some(texts.yesterday.to_owned()),
        days if days < 7 => Some((texts.days_ago)(days)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_near_is_told_in_words() {
        // Shortly after midnight.
        let now = 1_000 * civil::DAY + HOUR;
        let told = |past| ago(now, now - past, civil::day, Lang::Ko.texts());
        assert_eq!(told(-5 * MINUTE).as_deref(), Some("방금"));
        assert_eq!(told(12 * MINUTE).as_deref(), Some("12분 전"));
        assert_eq!(told(2 * HOUR).as_deref(), Some("2시간 전"), "though that was yesterday");
        assert_eq!(told(25 * HOUR).as_deref(), Some("어제"));
        assert_eq!(told(26 * HOUR).as_deref(), Some("2일 전"));
        assert_eq!(told(7 * civil::DAY), None);
    }
}
