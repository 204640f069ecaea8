//! A room above the on-screen keyboard. Chromium makes the page shorter for it (`interactive-widget` in the page's head);
//! WebKit knows nothing of that, lays the keyboard over the page, and tells by the visual viewport only.

use leptos::prelude::*;
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::Closure;
use web_sys::{HtmlElement, VisualViewport};

use super::effect::effect;

/// The height in which a page can be seen, while that is not all of it; see `room.css`.
const VISIBLE: &str = "--visible";

/// For as long as the room is open, it ends where the keyboard begins.
pub fn stay_above() {
    effect(move || {
        let Some(viewport) = window().visual_viewport() else { return };
        let fit = Closure::<dyn FnMut()>::new({
            let viewport = viewport.clone();
            move || show_in(visible(&viewport))
        });
        viewport.set_onresize(Some(fit.as_ref().unchecked_ref()));
        let kept = StoredValue::new_local((viewport, fit));
        on_cleanup(move || {
            kept.try_with_value(|(viewport, _)| viewport.set_onresize(None));
            show_in(None);
        });
    });
}

/// Pixels that are left above the keyboard, if there is one. Who has zoomed in sees less of the page as well, and wants to.
fn visible(viewport: &VisualViewport) -> Option<i32> {
    let whole = window().inner_height().ok()?.as_f64()?;
    let is_covered = whole - viewport.height() > 1.0 && viewport.scale() < 1.01;
    is_covered.then(|| viewport.height() as i32)
}

fn show_in(height: Option<i32>) {
    let root = document().document_element().and_then(|root| root.dyn_into::<HtmlElement>().ok());
    let Some(style) = root.map(|root| root.style()) else { return };
    let Some(height) = height else {
        let _ = style.remove_property(VISIBLE);
        return;
    };
    let _ = style.set_property(VISIBLE, &format!("{height}px"));
    // The browser has scrolled the field into view, and the head of the room out of it.
    window().scroll_to_with_x_and_y(0.0, 0.0);
}
