//! The few pictures, drawn in the colour of the text around them.

use leptos::prelude::*;

/// Two speech bubbles: the product.
#[component]
pub fn Mark() -> impl IntoView {
    view! {
        <svg class="mark" viewBox="0 0 32 32" aria-hidden="true">
            <path class="mark-one" d="M4 11a7 7 0 0 1 7-7h6a7 7 0 0 1 0 14h-5l-5 4v-5a7 7 0 0 1-3-6Z"/>
            <path class="mark-two" d="M15 21h6a5.500 5.500 0 0 0 5.500-5.500V14A6 6 0 0 1 28 19a6 6 0 0 1-2 4.400V28l-4.500-3H19a6 6 0 0 1-4-4Z"/>
        </svg>
    }
    .into_any()
}

#[component]
pub fn Pen() -> impl IntoView {
    stroke("M4 16.500V20h3.500L18 9.500 14.500 6 4 16.500ZM12.500 8l3.500 3.500")
}

#[component]
pub fn Magnifier() -> impl IntoView {
    stroke("M10.500 4a6.500 6.500 0 1 0 0 13 6.500 6.500 0 0 0 0-13ZM15.500 15.500 20 20")
}

#[component]
pub fn Sun() -> impl IntoView {
    stroke(
        "M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8ZM12 2v2M12 20v2M2 12h2M20 12h2M5 5l1.500 1.500M17.500 17.500 19 19M19 5l-1.500 1.500M6.500 17.500 5 19",
    )
}

#[component]
pub fn Moon() -> impl IntoView {
    stroke("M20 14.500A8.500 8.500 0 0 1 9.500 4a8.500 8.500 0 1 0 10.500 10.500Z")
}

/// A screen: as the system says.
#[component]
pub fn Screen() -> impl IntoView {
    stroke("M3 5h18v11H3zM9 20h6M12 16v4")
}

#[component]
pub fn Sliders() -> impl IntoView {
    stroke("M4 7h9M17 7h3M15 5v4M4 17h3M11 17h9M9 15v4")
}

fn stroke(d: &'static str) -> impl IntoView {
    view! {
        <svg class="icon" viewBox="0 0 24 24" aria-hidden="true">
            <path d=d/>
        </svg>
    }
    .into_any()
}
