//! Effects, whose code is there once.

use leptos::prelude::Effect;

/// Runs in the browser, after the page is drawn, and again whenever a signal that it has read changes. `Effect::new` has a
/// kilobyte of code for each closure that it is given.
pub fn effect(run: impl FnMut() + 'static) {
    fn of_any(mut run: Box<dyn FnMut()>) {
        Effect::new(move |_| run());
    }
    of_any(Box::new(run));
}
