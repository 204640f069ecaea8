//! The window's news for a connection: the network is gone or back, or the reader is.

use std::cell::RefCell;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use leptos::prelude::window_event_listener_untyped;

use crate::client::browser;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ring {
    Offline,
    /// Online again, or visible again.
    Back,
}

/// Rings until it is heard; the latest news counts.
#[derive(Clone, Default)]
pub struct Bell(Rc<RefCell<(Option<Ring>, Option<Waker>)>>);

impl Bell {
    /// A bell that the window rings for as long as the page lives.
    pub fn hung() -> Self {
        let bell = Self::default();
        // Dropping a handle leaves its listener in place.
        let ringer = bell.clone();
        drop(window_event_listener_untyped("offline", move |_| ringer.ring(Ring::Offline)));
        let ringer = bell.clone();
        drop(window_event_listener_untyped("online", move |_| ringer.ring(Ring::Back)));
        let ringer = bell.clone();
        drop(window_event_listener_untyped("visibilitychange", move |_| {
            if browser::is_visible() {
                ringer.ring(Ring::Back);
            }
        }));
        bell
    }

    pub fn poll(&self, cx: &mut Context<'_>) -> Poll<Ring> {
        let mut bell = self.0.borrow_mut();
        match bell.0.take() {
            Some(ring) => Poll::Ready(ring),
            None => {
                bell.1 = Some(cx.waker().clone());
                Poll::Pending
            }
        }
    }

    fn ring(&self, ring: Ring) {
        let waker = {
            let mut bell = self.0.borrow_mut();
            bell.0 = Some(ring);
            bell.1.take()
        };
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}
