//! The browser's own time and its words for it. Called after hydration only: on the server there is none.

use std::cell::RefCell;

use js_sys::{Array, Date, Function, Intl, Object, Reflect};
use wasm_bindgen::JsValue;

use crate::i18n::Lang;
use crate::model::civil;
use crate::model::ids::Millis;

pub fn clock(ts: Millis, lang: Lang) -> String {
    written(ts, lang, Form::Clock)
}

pub fn date(ts: Millis, lang: Lang) -> String {
    written(ts, lang, Form::Date)
}

pub fn date_in_full(ts: Millis, lang: Lang) -> String {
    written(ts, lang, Form::InFull)
}

pub fn exactly(ts: Millis, lang: Lang) -> String {
    written(ts, lang, Form::Exactly)
}

/// Days since 1970-01-01 by the reader's calendar: messages of one day stand together.
pub fn day(ts: Millis) -> i64 {
    civil::day(ts + ahead(ts) * 60_000)
}

/// Minutes that the clocks here are ahead of UTC at that time, summer time included.
pub fn ahead(ts: Millis) -> i64 {
    -(at(ts).get_timezone_offset() as i64)
}

fn at(ts: Millis) -> Date {
    Date::new(&JsValue::from_f64(ts as f64))
}

/// How much of a time is written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Clock,
    Date,
    InFull,
    Exactly,
}

impl Form {
    /// Options of `Intl.DateTimeFormat`.
    const fn options(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Form::Clock => &[("hour", "numeric"), ("minute", "2-digit")],
            Form::Date => &[("dateStyle", "medium")],
            Form::InFull => &[("dateStyle", "full")],
            Form::Exactly => &[("dateStyle", "long"), ("timeStyle", "short")],
        }
    }

    fn writer(self, lang: Lang) -> Function {
        let options = Object::new();
        for &(part, form) in self.options() {
            // Fails for frozen objects only, and this one is new.
            let _ = Reflect::set(&options, &JsValue::from_str(part), &JsValue::from_str(form));
        }
        Intl::DateTimeFormat::new(&Array::of1(&JsValue::from_str(lang.as_str())), &options).format()
    }
}

thread_local! {
    /// What writes times, kept because making it takes a hundred times as long as using it. It goes by the time zone that
    /// the device was in when the page was opened.
    static WRITERS: RefCell<Vec<((Lang, Form), Function)>> = const { RefCell::new(Vec::new()) };
}

fn written(ts: Millis, lang: Lang, form: Form) -> String {
    WRITERS.with_borrow_mut(|writers| {
        let known = writers.iter().position(|(of, _)| *of == (lang, form));
        let at = known.unwrap_or_else(|| {
            writers.push(((lang, form), form.writer(lang)));
            writers.len() - 1
        });
        let text = writers[at].1.call1(&JsValue::UNDEFINED, &JsValue::from_f64(ts as f64));
        // Fails for times outside the calendar only.
        text.ok().and_then(|text| text.as_string()).unwrap_or_default()
    })
}
