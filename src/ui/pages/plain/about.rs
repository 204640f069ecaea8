//! What a page says of itself to other sites that shows nothing from the database.

use leptos::prelude::*;
use leptos_meta::{Link, Meta};

use crate::ui::page;

#[component]
pub fn About(path: &'static str, title: &'static str) -> impl IntoView {
    let tagline = page::texts().tagline;
    view! {
        <Link rel="canonical" href=path/>
        <Meta name="description" content=tagline/>
        <Meta property="og:type" content="website"/>
        <Meta property="og:site_name" content="Chat Chat"/>
        <Meta property="og:title" content=title/>
        <Meta property="og:description" content=tagline/>
    }
}
