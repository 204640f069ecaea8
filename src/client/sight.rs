//! What of a conversation can be seen, by where its messages are on the screen.

use leptos::prelude::document;
use web_sys::{Element, HtmlCollection, HtmlDivElement};

use crate::model::ids::Seq;

/// The topmost message that is whole on the screen, or else the one that fills it, and its place below the list's top, px.
pub fn first_visible(list: &HtmlDivElement) -> Option<(Seq, f64)> {
    let rect = list.get_bounding_client_rect();
    let (top, bottom) = (rect.top(), rect.bottom());
    let rows = list.first_element_child()?.children();
    let mut cut = None;
    for row in (first_beyond(&rows, top + 1.0)?..rows.length()).filter_map(|at| rows.item(at)) {
        let begins = row.get_bounding_client_rect().top();
        let Some(seq) = seq_of(&row, "data-seq") else { continue };
        if begins >= bottom {
            break;
        }
        if begins >= top - 1.0 {
            return Some((seq, begins - top));
        }
        cut = cut.or(Some((seq, begins - top)));
    }
    cut
}

/// The last message whose end is on the screen, or was scrolled out of it above.
pub fn last_ended(list: &HtmlDivElement) -> Option<Seq> {
    let rows = list.first_element_child()?.children();
    let end = first_beyond(&rows, list.get_bounding_client_rect().bottom() + 1.0)?;
    (0..end).rev().find_map(|at| seq_of(&rows.item(at)?, "data-seq"))
}

/// The first of the rows, which stand one below the other, that ends below `y`.
fn first_beyond(rows: &HtmlCollection, y: f64) -> Option<u32> {
    let (mut low, mut high) = (0, rows.length());
    while low < high {
        let middle = low.midpoint(high);
        if rows.item(middle)?.get_bounding_client_rect().bottom() > y {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    Some(low)
}

pub fn on_page(seq: Seq) -> Option<Element> {
    document().get_element_by_id(&format!("m{seq}"))
}

/// The place in the log that an attribute of an element names.
pub fn seq_of(element: &Element, name: &str) -> Option<Seq> {
    element.get_attribute(name)?.parse().ok()
}
