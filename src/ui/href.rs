//! Addresses: made alike by server and browser, which each have an encoder of their own that the other lacks.

use std::fmt::Write;

use leptos::prelude::*;
use leptos_router::hooks::use_location;

/// `text` as a value in a query (RFC 3986, 2.3: unreserved characters stay).
pub fn query_value(text: &str) -> String {
    encoded(text, |byte| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte))
}

/// `address` in visible ASCII: what a form may carry as its `next`. What is encoded already stays as it is.
pub fn ascii(address: &str) -> String {
    encoded(address, |byte| byte.is_ascii_graphic())
}

/// A tag as it stands with a room: a link to all rooms that have it.
pub fn tag_link(tag: String) -> AnyView {
    view! { <a class="tag" href=format!("/?tag={}", query_value(&tag))>{format!("#{tag}")}</a> }.into_any()
}

/// The address of the page being shown, to come back to after a form.
pub fn here() -> Signal<String> {
    let location = use_location();
    Signal::derive(move || {
        let (path, search) = (location.pathname.get(), location.search.get());
        ascii(&if search.is_empty() { path } else { format!("{path}?{search}") })
    })
}

fn encoded(text: &str, stays: impl Fn(u8) -> bool) -> String {
    let mut address = String::with_capacity(text.len());
    for byte in text.bytes() {
        if stays(byte) {
            address.push(char::from(byte));
        } else {
            // Writing to a string cannot fail.
            let _ = write!(address, "%{byte:02X}");
        }
    }
    address
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::text::own_path;

    #[test]
    fn a_value_may_hold_anything() {
        assert_eq!(query_value("카페 & c++"), "%EC%B9%B4%ED%8E%98%20%26%20c%2B%2B");
    }

    #[test]
    fn an_own_address_is_one_that_a_form_may_go_to() {
        let address = ascii("/rooms/42-카페?x=%20 y");
        assert_eq!(address, "/rooms/42-%EC%B9%B4%ED%8E%98?x=%20%20y");
        assert_eq!(own_path(&address), Some(address.as_str()));
    }
}
