//! What is asked of the browser itself: clock, chance and window. Only effects and events may call these.

use std::cell::Cell;

use js_sys::{Function, JsString, Reflect, RegExp};
use leptos::prelude::{location, set_timeout, window};
use uuid::Builder;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{FocusOptions, HtmlElement, HtmlTextAreaElement, MouseEvent};

use crate::model::ids::{Millis, Nonce};

/// Marks an element that somebody was led to.
const FLASH: &str = "data-flash";
const FLASH_MS: Millis = 2_000;

pub fn now() -> Millis {
    js_sys::Date::now() as Millis
}

thread_local! {
    /// Milliseconds that the server's clock is ahead of this one: clocks of devices are hours off now and then.
    static AHEAD: Cell<Millis> = const { Cell::new(0) };
}

/// The server has just said what time it is.
pub fn hear_time(server: Millis) {
    AHEAD.set(server - now());
}

/// The time by the server's clock, by which everything that it stores is dated.
pub fn server_now() -> Millis {
    now() + AHEAD.get()
}

/// In [0, 1).
pub fn random() -> f64 {
    js_sys::Math::random()
}

pub fn after(ms: Millis, then: impl FnOnce() + 'static) {
    set_timeout(then, std::time::Duration::from_millis(ms.unsigned_abs()));
}

/// Follows the first link that `selector` finds. False if there is none.
pub fn click(selector: &str) -> bool {
    let found = leptos::prelude::document().query_selector(selector).ok().flatten();
    let Some(link) = found.and_then(|link| link.dyn_into::<HtmlElement>().ok()) else { return false };
    link.click();
    true
}

/// A click that follows a link here, and not in another tab or window.
pub fn is_plain(click: &MouseEvent) -> bool {
    !(click.ctrl_key() || click.meta_key() || click.shift_key() || click.alt_key())
}

/// Before the screen is drawn next; soon, while nobody can see it.
pub fn next_frame(then: impl FnOnce() + 'static) {
    if is_visible() {
        leptos::prelude::request_animation_frame(then);
    } else {
        after(500, then);
    }
}

/// A UUIDv7: sorts by time. It needs to be unique, not secret, so that common chance will do.
pub fn new_nonce() -> Nonce {
    let chance: [u8; 10] = std::array::from_fn(|_| (random() * 256.0) as u8);
    let uuid = Builder::from_unix_timestamp_millis(now().unsigned_abs(), &chance).into_uuid();
    Nonce::try_from(uuid.to_string()).expect("a UUID is 36 hexadecimal digits and hyphens")
}

/// Address of this page, path and query.
pub fn here() -> String {
    let location = location();
    location.pathname().unwrap_or_default() + &location.search().unwrap_or_default()
}

/// To the page before this one.
pub fn back() {
    // Fails in a page that is not the active one only.
    let _ = window().history().and_then(|history| history.back());
}

pub fn go_to(address: &str) {
    // Fails for an ill-formed URL only.
    let _ = location().set_href(address);
}

/// Tells the page that the server knows of another session than the page does; see `public/session.js`.
pub fn tell_page(event: &str) {
    if let Ok(event) = web_sys::Event::new(event) {
        let _ = window().dispatch_event(&event);
    }
}

/// Leaves the place of a panic to `start.js`, which outlives the program.
pub fn note_panic(place: &str) {
    let _ = Reflect::set(&window(), &"panickedAt".into(), &place.into());
}

/// Whether there is no network at all. Browsers say so only when they are sure.
pub fn is_cut_off() -> bool {
    !window().navigator().on_line()
}

/// Shows a number on the icon of the installed app, or none for 0, where the system can.
pub fn badge_app(count: i64) {
    let navigator = window().navigator();
    let badge = Reflect::get(&navigator, &JsValue::from_str("setAppBadge")).and_then(JsCast::dyn_into::<Function>);
    if let Ok(badge) = badge {
        let _ = badge.call1(&navigator, &JsValue::from_f64(count as f64));
    }
}

pub fn is_visible() -> bool {
    leptos::prelude::document().visibility_state() == web_sys::VisibilityState::Visible
}

/// Somebody is looking at this page.
pub fn is_watched() -> bool {
    is_visible() && leptos::prelude::document().has_focus().unwrap_or(false)
}

/// As the browser's own tables have it: ours would be a hundredth of the program.
pub fn lower_case(text: &str) -> String {
    JsString::from(text).to_lower_case().into()
}

/// Whether this is a mark that goes with the letter before it, by Unicode's category M.
pub fn is_mark(c: char) -> bool {
    thread_local!(static MARK: RegExp = RegExp::new(r"\p{M}", "u"));
    MARK.with(|mark| mark.test(c.encode_utf8(&mut [0; 4])))
}

/// Gives the element with this id the focus, unless somebody is writing already. Nothing is scrolled.
pub fn focus_on(id: &str) {
    let document = leptos::prelude::document();
    let element = document.get_element_by_id(id).and_then(|element| element.dyn_into::<HtmlElement>().ok());
    let writes = document.active_element().is_some_and(|active| active.tag_name() == "TEXTAREA");
    if let Some(element) = element.filter(|_| !writes) {
        let options = FocusOptions::new();
        options.set_prevent_scroll(true);
        let _ = element.focus_with_options(&options);
    }
}

/// Brings the element with this id to the middle of the screen, gives it the focus and marks it for a moment. False if
/// it is not on the page.
pub fn flash(id: &str) -> bool {
    let found = leptos::prelude::document().get_element_by_id(id);
    let Some(element) = found.and_then(|element| element.dyn_into::<HtmlElement>().ok()) else { return false };
    let _ = element.remove_attribute(FLASH);
    // Asking for its size makes the browser notice that the mark was gone, so that it begins anew.
    let _ = element.offset_width();
    let _ = element.set_attribute(FLASH, "");
    // To where its `scroll-margin` says.
    element.scroll_into_view();
    let _ = element.focus();
    after(FLASH_MS, move || {
        let _ = element.remove_attribute(FLASH);
    });
    true
}

/// Puts `text` where it can be pasted from. False where the browser does not let pages do that.
pub fn copy(text: &str) -> bool {
    let navigator = window().navigator();
    let can = Reflect::get(&navigator, &"clipboard".into()).is_ok_and(|clipboard| !clipboard.is_undefined());
    if can {
        // Refused only if the page has lost the focus meanwhile.
        let _ = navigator.clipboard().write_text(text);
    }
    can || copy_selected(text).unwrap_or_default()
}

/// Pages over plain HTTP have no clipboard, but may copy what is selected in them.
fn copy_selected(text: &str) -> Option<bool> {
    let (document, focused) = (leptos::prelude::document(), focused());
    let field: HtmlTextAreaElement = document.create_element("textarea").ok()?.dyn_into().ok()?;
    field.set_class_name("unseen");
    field.set_value(text);
    document.body()?.append_child(&field).ok()?;
    field.select();
    let command: Option<Function> = Reflect::get(&document, &"execCommand".into()).ok()?.dyn_into().ok();
    let copied = command.and_then(|command| command.call1(&document, &"copy".into()).ok()?.as_bool());
    field.remove();
    if let Some(focused) = focused {
        let _ = focused.focus();
    }
    copied
}

/// The element that has the focus.
pub fn focused() -> Option<HtmlElement> {
    leptos::prelude::document().active_element()?.dyn_into().ok()
}

/// Whether the first pointer is a finger.
pub fn is_touch() -> bool {
    window().match_media("(pointer: coarse)").ok().flatten().is_some_and(|query| query.matches())
}

/// Whether `what` has not been done in this tab within the last `pause`; from now on it has.
pub fn is_rare(what: &str, pause: Millis) -> bool {
    let Ok(Some(storage)) = window().session_storage() else { return false };
    let last = storage.get_item(what).ok().flatten().and_then(|last| last.parse::<Millis>().ok());
    last.is_none_or(|last| now() - last > pause) && storage.set_item(what, &now().to_string()).is_ok()
}

/// Remembers in this tab, over its pages, that something is so, or no more.
pub fn remember(what: &str, is_so: bool) {
    if let Ok(Some(storage)) = window().session_storage() {
        let _ = if is_so { storage.set_item(what, "1") } else { storage.remove_item(what) };
    }
}

pub fn remembers(what: &str) -> bool {
    window().session_storage().ok().flatten().is_some_and(|storage| storage.get_item(what).ok().flatten().is_some())
}
