//! The place at which an entry of the browser's history was left: a reload and the way back lead there.

use std::time::Duration;

use leptos::ev;
use leptos::leptos_dom::helpers::TimeoutHandle;
use leptos::prelude::*;
use wasm_bindgen::JsValue;

use super::browser;
use super::effect::effect;
use crate::model::ids::Seq;

/// A place is noted once the list has stood still for so long.
const STILL: Duration = Duration::from_millis(200);
/// Of a pixel: in whole ones of them, as layouts are. Text of fractions takes much code.
const PARTS: f64 = 64.0;

/// The top of a message, px below that of the list; none is the end.
type Place = Option<(Seq, f64)>;

/// The place that was noted.
pub fn noted() -> Place {
    let place = window().history().ok()?.state().ok()?.as_string()?;
    let (seq, top) = place.split_once(' ')?;
    Some((seq.parse().ok()?, top.parse::<i64>().ok()? as f64 / PARTS))
}

/// The notes of one page. The address is the next page's from the click on a link on, and this one is there until that
/// has come: nothing is noted in the other one's entry.
#[derive(Clone, Copy)]
pub struct Notes {
    address: StoredValue<String>,
    /// What is about to be noted.
    next: StoredValue<Option<(Place, TimeoutHandle)>>,
}

impl Notes {
    /// What is about to be noted is noted at once by a press or a key, which may lead away from here.
    pub fn of_page() -> Self {
        let notes = Self { address: StoredValue::default(), next: StoredValue::default() };
        effect(move || {
            let press = window_event_listener(ev::pointerdown, move |_| notes.hurry());
            let key = window_event_listener(ev::keydown, move |event| {
                // One that is held scrolls, and browsers let a page write its history some ten times a second at most.
                if !event.repeat() {
                    notes.hurry();
                }
            });
            on_cleanup(move || {
                press.remove();
                key.remove();
                notes.stop();
            });
        });
        notes
    }

    /// The page is there, and the address is its own.
    pub fn begin(self) {
        self.address.try_set_value(browser::here());
    }

    /// Notes a place, unless another one follows soon.
    pub fn note(self, place: Place) {
        self.stop();
        let timer = set_timeout_with_handle(move || self.hurry(), STILL).ok();
        self.next.try_set_value(timer.map(|timer| (place, timer)));
    }

    /// The page of a message or of a day has become that of the room, whose address is `path`.
    pub fn become_room(self, path: &str) {
        if self.address.try_with_value(|address| address != path) == Some(true) && self.put(&JsValue::NULL, Some(path))
        {
            self.address.try_set_value(path.to_owned());
        }
    }

    fn hurry(self) {
        if let Some(place) = self.stop() {
            let place = place.map_or(JsValue::NULL, |(seq, top)| format!("{seq} {}", (top * PARTS) as i64).into());
            self.put(&place, None);
        }
    }

    /// What was about to be noted is not.
    fn stop(self) -> Option<Place> {
        let (place, timer) = self.next.try_update_value(Option::take).flatten()?;
        timer.clear();
        Some(place)
    }

    fn put(self, place: &JsValue, path: Option<&str>) -> bool {
        let is_here = self.address.try_with_value(|address| *address == browser::here()) == Some(true);
        is_here && window().history().is_ok_and(|history| history.replace_state_with_url(place, "", path).is_ok())
    }
}
