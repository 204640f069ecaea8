//! Which tab sends what: each what was written in it; what a closed one has left goes to one that is open.
//!
//! A tab holds a lock of its own (Web Locks) for as long as it lives: whoever is given the lock of another tab knows
//! that it is gone. So no message waits for a tab that sleeps in the background, and none is sent by two. Where there
//! are no locks, as over plain HTTP, a new tab takes everything that is kept: the nonce makes doubles harmless.

use std::cell::RefCell;
use std::rc::Rc;

use js_sys::{Function, Object, Promise, Reflect};
use leptos::prelude::{window, window_event_listener_untyped};
use wasm_bindgen::prelude::Closure;
use wasm_bindgen::{JsCast, JsValue};

use super::kept;
use super::live::Live;
use crate::model::ids::UserId;

/// Takes this tab's lock and what closed tabs have left, then opens the connection: what is left is sent before
/// anything new. What tabs leave that close later is taken then.
pub fn start(live: Live, me: UserId, tab: String) {
    let heir = Rc::new(Heir { live, me, tab, watched: RefCell::default() });
    let owner = heir.clone();
    let taken = request(&heir.tab, false, move |_| {
        let others = owner.others();
        owner.inherit_from_closed(others);
        // Never settled: held until the page is gone.
        Promise::new(&mut |_, _| {}).into()
    });
    match taken {
        // A page that may not store anything may not lock anything either.
        Some(taken) => {
            let refused = Closure::once(move |_: JsValue| heir.inherit_all());
            let _ = taken.catch(&refused);
            refused.forget();
        }
        None => heir.inherit_all(),
    }
}

struct Heir {
    live: Live,
    me: UserId,
    /// The name of this tab.
    tab: String,
    /// Tabs whose end is waited for.
    watched: RefCell<Vec<String>>,
}

impl Heir {
    fn others(&self) -> Vec<String> {
        kept::tabs(self.me).into_iter().filter(|tab| *tab != self.tab).collect()
    }

    fn inherit(&self, from: &str) {
        self.live.inherit(kept::inherit(self.me, from, &self.tab));
    }

    fn inherit_all(&self) {
        self.others().iter().for_each(|other| self.inherit(other));
        super::connect(self.live);
    }

    /// One after the other: a lock that is not free is that of an open tab.
    fn inherit_from_closed(self: Rc<Self>, mut others: Vec<String>) {
        let Some(other) = others.pop() else {
            super::connect(self.live);
            return self.look_out();
        };
        let name = other.clone();
        request(&name, true, move |is_free| {
            if is_free {
                self.inherit(&other);
            }
            self.inherit_from_closed(others);
            JsValue::UNDEFINED
        });
    }

    /// Waits for the end of every tab that has something to send.
    fn look_out(self: Rc<Self>) {
        self.others().into_iter().for_each(|other| self.clone().watch(other));
        // Rung by what other tabs store.
        drop(window_event_listener_untyped("storage", move |event| {
            let key = Reflect::get(&event, &"key".into()).ok().and_then(|key| key.as_string());
            if let Some(tab) = key.as_deref().and_then(|key| kept::tab_of(self.me, key)) {
                self.clone().watch(tab.to_owned());
            }
        }));
    }

    fn watch(self: Rc<Self>, other: String) {
        if other == self.tab || self.watched.borrow().contains(&other) {
            return;
        }
        self.watched.borrow_mut().push(other.clone());
        let name = other.clone();
        request(&name, false, move |_| {
            self.watched.borrow_mut().retain(|watched| *watched != other);
            self.inherit(&other);
            JsValue::UNDEFINED
        });
    }
}

/// Asks for the lock of a tab. `then` is told whether it was given: always, unless only a free one was wanted. The lock
/// is held until what `then` returns is settled. `None` if there are no locks.
fn request(tab: &str, if_free: bool, then: impl FnOnce(bool) -> JsValue + 'static) -> Option<Promise> {
    let locks = Reflect::get(&window().navigator(), &"locks".into()).ok()?;
    let request: Function = Reflect::get(&locks, &"request".into()).ok()?.dyn_into().ok()?;
    let options = Object::new();
    Reflect::set(&options, &"ifAvailable".into(), &if_free.into()).ok()?;
    let then = Closure::once_into_js(move |lock: JsValue| then(!lock.is_null()));
    request.call3(&locks, &format!("chat-tab-{tab}").into(), &options, &then).ok()?.dyn_into().ok()
}
