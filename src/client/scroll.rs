//! Keeps what one reads in its place: whatever comes, goes or grows around it, it stays where it is on the screen.
//!
//! The list is upside down in the style sheet (`column-reverse`): scrolled by 0 it is at its end, and what is put above
//! the window moves nothing. For everything else the topmost message that is whole on the screen is held: whenever rows
//! have come or gone or have another size, and before that is drawn, the list is scrolled by as much as it has moved.

use leptos::html;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{HtmlDivElement, ResizeObserver};

use super::browser;
use super::effect::effect;
use super::live::Live;
use super::place::{Notes, noted};
use super::room_signals::RoomSignals;
use super::sight::{first_visible, on_page};
use super::timeline::Side;
use crate::model::ids::{RoomId, Seq};

/// Whoever is not farther from the end follows the conversation, px.
const NEAR_END: i32 = 100;
/// The next page is asked for when so much is left of this one, px, or the height of the list if that is more.
const AHEAD: i32 = 600;
/// How much stands above what one comes for, as a share of the height of the list.
const ABOVE: f64 = 0.35;

/// What stays where it is.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Held {
    End,
    /// The top of a message, px below that of the list.
    Message {
        seq: Seq,
        top: f64,
    },
}

impl Held {
    /// The message that is looked at; none if it is the latest one.
    fn at(self) -> Option<Seq> {
        self.place().map(|(seq, _)| seq)
    }

    fn place(self) -> Option<(Seq, f64)> {
        match self {
            Self::End => None,
            Self::Message { seq, top } => Some((seq, top)),
        }
    }

    /// The same place, within a pixel.
    fn is_about(self, other: Self) -> bool {
        match (self, other) {
            (Self::Message { seq, top }, Self::Message { seq: other, top: there }) => {
                seq == other && (top - there).abs() < 1.0
            }
            _ => self == other,
        }
    }
}

/// Where a list begins.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Begin {
    AtEnd,
    At(Seq),
    /// At the message whose page it is, which gets the focus.
    Linked(Seq),
}

/// The list of one room as it is scrolled.
#[derive(Clone, Copy)]
pub struct Scroll {
    live: Live,
    room: RoomId,
    signals: RoomSignals,
    log: NodeRef<html::Div>,
    held: StoredValue<Held>,
    /// The reader has scrolled since a page was last asked for above: no page asks for the next one by being put.
    armed: StoredValue<bool>,
    /// Where we have scrolled to: the event of it is of our own doing, unless the reader has scrolled on.
    ours: StoredValue<Option<i32>>,
    has_begun: StoredValue<bool>,
    notes: Notes,
    /// The address of the room itself.
    path: StoredValue<String>,
}

impl Scroll {
    /// Whoever comes back finds the list as they left it; others `begin` there. `path` is the address of the room itself.
    pub fn new(
        live: Live,
        room: RoomId,
        signals: RoomSignals,
        log: NodeRef<html::Div>,
        begin: Begin,
        path: &str,
    ) -> Self {
        let scroll = Self {
            live,
            room,
            signals,
            log,
            held: StoredValue::new(Held::End),
            armed: StoredValue::new(false),
            ours: StoredValue::new(None),
            has_begun: StoredValue::new(false),
            notes: Notes::of_page(),
            path: StoredValue::new(path.to_owned()),
        };
        effect(move || {
            if let Some(list) = log.get() {
                scroll.observe(&list, begin);
            }
        });
        // Rows that come above and as many that go below leave the size as it was: no layout tells of them.
        effect(move || {
            signals.track_rows();
            if scroll.has_begun.get_value() {
                // Once the rows are on the page, which another effect does.
                queue_microtask(move || scroll.settle());
            }
        });
        scroll
    }

    /// Once the list is on the page and has a size.
    fn begin(self, begin: Begin) {
        let Some(list) = self.list() else { return };
        self.has_begun.try_set_value(true);
        self.notes.begin();
        let target = match begin {
            Begin::AtEnd => None,
            Begin::At(seq) => Some(seq),
            Begin::Linked(seq) => {
                browser::focus_on(&format!("m{seq}"));
                Some(seq)
            }
        };
        let above = ABOVE * f64::from(list.client_height());
        match noted() {
            Some((seq, top)) => self.hold(Held::Message { seq, top }),
            // A page of old messages, at its end.
            None if target.is_none() && self.signals.newer.get_untracked().is_some() => self.look(true),
            None => self.hold(target.map_or(Held::End, |seq| Held::Message { seq, top: above })),
        }
    }

    /// To be called whenever the list has been scrolled, by whomever.
    pub fn scrolled(self) {
        let Some(list) = self.list() else { return };
        let by_hand = self.ours.try_update_value(std::mem::take).flatten() != Some(list.scroll_top());
        if by_hand {
            self.armed.try_set_value(true);
        }
        self.look(by_hand);
    }

    /// Takes in where the list stands.
    fn look(self, by_hand: bool) {
        let Some(list) = self.list() else { return };
        // What is held is on its way to the page: only the reader may want something else meanwhile.
        let waits = match self.held.try_get_value() {
            Some(Held::End) => self.signals.newer.try_get_untracked().flatten().is_some(),
            Some(Held::Message { seq, .. }) => on_page(seq).is_none(),
            None => true,
        };
        if waits && !by_hand {
            return;
        }
        let was_at_end = self.signals.at_end.try_get_untracked() == Some(true);
        let is_at_end = -list.scroll_top() <= NEAR_END && self.signals.newer.try_get_untracked() == Some(None);
        let held = if is_at_end { None } else { first_visible(&list) };
        let held = held.map_or(Held::End, |(seq, top)| Held::Message { seq, top });
        // Where we have scrolled to is as exact as a pixel: taken anew each time, the place would creep away.
        let held = match self.held.try_get_value() {
            Some(known) if !by_hand && known.is_about(held) => known,
            _ => held,
        };
        self.held.try_set_value(held);
        self.live.looks_at(self.room, held.at());
        if by_hand && is_at_end && !was_at_end {
            // Whoever has come down to the end reads on from here.
            self.signals.reads.try_set(true);
        }
        self.read_on(&list);
        self.notes.note(held.place());
    }

    /// By so many pixels, on the reader's behalf.
    pub fn by(self, pixels: f64) {
        if let Some(list) = self.list() {
            list.scroll_by_with_x_and_y(0.0, pixels);
        }
    }

    /// To the latest message.
    pub fn to_end(self) {
        self.signals.reads.try_set(true);
        self.path.try_with_value(|path| self.notes.become_room(path));
        self.hold(Held::End);
    }

    fn hold(self, held: Held) {
        self.held.try_set_value(held);
        self.live.go_to(self.room, held.at());
        self.settle();
        // Where all fits on the screen, nothing is scrolled.
        request_animation_frame(move || self.look(false));
    }

    /// Puts what is held back in its place.
    fn settle(self) {
        let (Some(list), Some(held)) = (self.list(), self.held.try_get_value()) else { return };
        let before = list.scroll_top();
        match held {
            Held::End => list.set_scroll_top(0),
            Held::Message { seq, top } => {
                if let Some(message) = on_page(seq) {
                    let moved = message.get_bounding_client_rect().top() - list.get_bounding_client_rect().top() - top;
                    if moved.abs() >= 0.5 {
                        list.scroll_by_with_x_and_y(0.0, moved);
                    }
                }
            }
        }
        let now = list.scroll_top();
        if now != before {
            self.ours.try_set_value(Some(now));
        }
        self.read_on(&list);
    }

    /// Asks for the next page in time.
    fn read_on(self, list: &HtmlDivElement) {
        let ahead = AHEAD.max(list.client_height());
        let below = -list.scroll_top();
        let above = list.scroll_height() - list.client_height() - below;
        if above <= ahead
            && self.signals.older.try_get_untracked().flatten().is_some()
            && self.armed.try_get_value() == Some(true)
        {
            // Asked for later if another page is under way.
            let is_asked = self.live.read_on(self.room, Side::Above);
            self.armed.try_set_value(!is_asked);
        }
        if below < ahead && self.signals.newer.try_get_untracked().flatten().is_some() {
            self.live.read_on(self.room, Side::Below);
        }
    }

    /// Settles after every layout in which the list, or what is in it, has another size; the first one is that in which
    /// it comes to the page.
    fn observe(self, list: &HtmlDivElement, begin: Begin) {
        let mut begin = Some(begin);
        let settle = Closure::<dyn FnMut()>::new(move || match begin.take() {
            Some(begin) => self.begin(begin),
            None => self.settle(),
        });
        let Ok(observer) = ResizeObserver::new(settle.as_ref().unchecked_ref()) else { return };
        observer.observe(list);
        if let Some(inner) = list.first_element_child() {
            observer.observe(&inner);
        }
        let kept = StoredValue::new_local((observer, settle));
        on_cleanup(move || {
            kept.try_with_value(|(observer, _)| observer.disconnect());
        });
    }

    fn list(self) -> Option<HtmlDivElement> {
        self.log.try_get_untracked()?
    }
}
