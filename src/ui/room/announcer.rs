//! What a screen reader says of a conversation: each new message of somebody else where one follows it, and how many
//! there are, now and then, where one reads elsewhere. Nothing that comes by paging, and nothing of one's own.

use leptos::html;
use leptos::prelude::*;

use crate::client::browser;
use crate::client::effect::effect;
use crate::client::room_signals::RoomSignals;
use crate::model::ids::Millis;
use crate::model::message::one_line;
use crate::ui::page;
use crate::ui::time::local_clock;

/// How long it is silent after a count.
const PAUSE: Millis = 5_000;
/// Lines that are there at once; those above have been read.
const LINES: u32 = 8;

#[component]
pub fn Announcer(signals: RoomSignals) -> impl IntoView {
    let (texts, lang) = (page::texts(), page::lang());
    let region = NodeRef::<html::Div>::new();
    // Lines of its own making: a list of the framework's would redraw, and so say again, or cost more than all of this.
    let say = move |text: &str| {
        let Some(region) = region.try_get_untracked().flatten() else { return };
        if let Ok(line) = document().create_element("p") {
            line.set_text_content(Some(text));
            let _ = region.append_child(&line);
        }
        if region.child_element_count() > LINES
            && let Some(first) = region.first_element_child()
        {
            first.remove();
        }
    };
    let counter = Counter { signals, told: StoredValue::new(0), waits: StoredValue::new(false) };
    effect(move || {
        // What the reader has seen or its author deleted was told, but what comes after it was not.
        let missed = signals.missed.get();
        counter.told.try_update_value(|told| *told = missed.min(*told));
    });
    effect(move || {
        let news = signals.news.get();
        if news.is_empty() {
            return;
        }
        if signals.at_end.try_get_untracked() == Some(true) {
            for row in &news {
                let said = one_line(&row.body);
                say(&format!("{}, {}: {said}", row.author.shown_name(), local_clock(row.ts, lang)));
            }
        } else {
            counter.count(move |missed| say(&(texts.messages_new)(missed)));
        }
    });
    view! { <div class="unseen" aria-live="polite" data-testid="announcer" node_ref=region></div> }
}

/// Says how many messages have been missed, and then nothing for a while.
#[derive(Clone, Copy)]
struct Counter {
    signals: RoomSignals,
    told: StoredValue<usize>,
    waits: StoredValue<bool>,
}

impl Counter {
    fn count(self, say: impl Fn(usize) + Copy + 'static) {
        let missed = self.signals.missed.try_get_untracked().unwrap_or_default();
        let is_news = self.told.try_get_value().is_some_and(|told| missed > told);
        if !is_news || self.waits.try_get_value() != Some(false) {
            return;
        }
        say(missed);
        self.told.try_set_value(missed);
        self.waits.try_set_value(true);
        browser::after(PAUSE, move || {
            self.waits.try_set_value(false);
            self.count(say);
        });
    }
}
