//! The browser's own time and its words for it. Called after hydration only: on the server there is none.

use js_sys::{Date, Object, Reflect};
use wasm_bindgen::JsValue;

use crate::i18n::Lang;
use crate::model::civil;
use crate::model::ids::Millis;

pub fn now() -> Millis {
    Date::now() as Millis
}

pub fn clock(ts: Millis, lang: Lang) -> String {
    written(ts, lang, &[("hour", "numeric"), ("minute", "2-digit")])
}

pub fn date(ts: Millis, lang: Lang) -> String {
    written(ts, lang, &[("dateStyle", "medium")])
}

pub fn date_in_full(ts: Millis, lang: Lang) -> String {
    written(ts, lang, &[("dateStyle", "full")])
}

pub fn exactly(ts: Millis, lang: Lang) -> String {
    written(ts, lang, &[("dateStyle", "long"), ("timeStyle", "short")])
}

/// Days since 1970-01-01 by the reader's calendar: messages of one day stand together.
pub fn day(ts: Millis) -> i64 {
    // Minutes that UTC is ahead of here at that time, summer time included.
    let behind = at(ts).get_timezone_offset() as Millis;
    civil::day(ts - behind * 60_000)
}

fn at(ts: Millis) -> Date {
    Date::new(&JsValue::from_f64(ts as f64))
}

fn written(ts: Millis, lang: Lang, parts: &[(&str, &str)]) -> String {
    let options = Object::new();
    for &(part, form) in parts {
        // Fails for frozen objects only, and this one is new.
        let _ = Reflect::set(&options, &JsValue::from_str(part), &JsValue::from_str(form));
    }
    at(ts).to_locale_string(lang.as_str(), &options).into()
}
