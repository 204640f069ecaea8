//! The place at which an entry of the browser's history was left: a reload and the way back lead there.

use std::time::Duration;

use leptos::leptos_dom::helpers::TimeoutHandle;
use leptos::prelude::*;
use wasm_bindgen::JsValue;

use super::browser;
use crate::model::ids::Seq;

/// A place is noted once the list has stood still for so long.
const STILL: Duration = Duration::from_millis(200);
/// Of a pixel: in whole ones of them, as layouts are. Text of fractions takes much code.
const PARTS: f64 = 64.0;

/// The place that was noted: the top of a message, px below that of the list.
pub fn noted() -> Option<(Seq, f64)> {
    let place = window().history().ok()?.state().ok()?.as_string()?;
    let (seq, top) = place.split_once(' ')?;
    Some((seq.parse().ok()?, top.parse::<i64>().ok()? as f64 / PARTS))
}

/// The notes of one page. The address is the next page's from the click on a link on, and this one is there until that
/// has come: nothing is noted in the other one's entry.
#[derive(Clone, Copy, Default)]
pub struct Notes {
    address: StoredValue<String>,
    under_way: StoredValue<Option<TimeoutHandle>>,
}

impl Notes {
    /// The page is there, and the address is its own.
    pub fn begin(self) {
        self.address.try_set_value(browser::here());
    }

    /// Notes a place, or that there is none but the end, unless another one follows soon.
    pub fn note(self, place: Option<(Seq, f64)>) {
        self.stop();
        let note = move || {
            let place = place.map_or(JsValue::NULL, |(seq, top)| format!("{seq} {}", (top * PARTS) as i64).into());
            self.put(&place, None);
        };
        self.under_way.try_set_value(set_timeout_with_handle(note, STILL).ok());
    }

    /// The page of a message or of a day has become that of the room, whose address is `path`.
    pub fn become_room(self, path: &str) {
        if self.address.try_with_value(|address| address != path) == Some(true) && self.put(&JsValue::NULL, Some(path))
        {
            self.address.try_set_value(path.to_owned());
        }
    }

    pub fn stop(self) {
        if let Some(note) = self.under_way.try_update_value(Option::take).flatten() {
            note.clear();
        }
    }

    fn put(self, place: &JsValue, path: Option<&str>) -> bool {
        let is_here = self.address.try_with_value(|address| *address == browser::here()) == Some(true);
        is_here && window().history().is_ok_and(|history| history.replace_state_with_url(place, "", path).is_ok())
    }
}
