//! The sidebar, a bar at the top on phones: where to go, who one is, and how the pages look.

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use super::avatar::Avatar;
use super::icon::{Magnifier, Mark, Moon, Pen, Screen, Sliders, Sun};
use super::my_rooms::MyRooms;
use super::{href, page};
use crate::i18n::Lang;
use crate::model::text::SEARCH_MAX;
use crate::model::user::{Author, Theme};

#[component]
pub fn Sidebar() -> impl IntoView {
    let texts = page::texts();
    let account = match page::me() {
        Some(me) => view! { <Me me/> }.into_any(),
        None => view! { <Guest/> }.into_any(),
    };
    view! {
        <nav class="sidebar" aria-label=texts.navigation>
            <a class="brand" href="/">
                <Mark/>
                <span>"Chat Chat"</span>
            </a>
            <a class="write" href="/rooms/new">
                <Pen/>
                <span>{texts.write}</span>
            </a>
            <Find/>
            <MyRooms/>
            {account}
            <Looks/>
        </nav>
    }
    .into_any()
}

/// On phones only the button is seen, and leads to the page of the search.
#[component]
fn Find() -> impl IntoView {
    let texts = page::texts();
    view! {
        <form class="find" role="search" method="get" action="/search" aria-label=texts.search>
            <input
                type="search"
                name="q"
                maxlength=SEARCH_MAX
                aria-label=texts.search_hint
                placeholder=texts.search
            />
            <button class="quiet" type="submit" aria-label=texts.search title=texts.search>
                <Magnifier/>
            </button>
        </form>
    }
    .into_any()
}

#[component]
fn Me(me: Author) -> impl IntoView {
    let texts = page::texts();
    let name = me.shown_name().to_owned();
    view! {
        <div class="me">
            <a class="me-name" href="/settings" title=texts.settings data-testid="me">
                <Avatar author=me small=true/>
                <span>{name}</span>
            </a>
            <form method="post" action="/api/logout">
                <button class="quiet" type="submit">{texts.sign_out}</button>
            </form>
        </div>
    }
    .into_any()
}

#[component]
fn Guest() -> impl IntoView {
    let texts = page::texts();
    let here = href::here();
    // Back to this page afterwards; from one of the two forms, to where that one leads.
    let query = use_query_map();
    let to = move |form: &str| {
        let here = here.get();
        let is_form = ["/login", "/register"].iter().any(|path| here.split('?').next() == Some(path));
        match if is_form { query.read().get("next") } else { Some(here) } {
            Some(next) => format!("{form}?next={}", href::query_value(&href::ascii(&next))),
            None => form.to_owned(),
        }
    };
    view! {
        <div class="me">
            <a class="quiet" href=move || to("/login")>{texts.sign_in}</a>
            <a class="btn" href=move || to("/register")>{texts.sign_up}</a>
        </div>
    }
    .into_any()
}

/// Language and theme, one press each. On phones they are on the settings page only.
#[component]
fn Looks() -> impl IntoView {
    let texts = page::texts();
    let viewer = page::context().viewer;
    let here = href::here();
    let other = if viewer.lang == Lang::Ko { Lang::En } else { Lang::Ko };
    view! {
        <div class="looks">
            <form class="looks-lang" method="post" action="/api/preferences">
                <input type="hidden" name="next" value=here/>
                <input type="hidden" name="lang" value=other.as_str()/>
                <button class="quiet" type="submit" lang=other.as_str()>{own_name(other)}</button>
            </form>
            <form class="looks-theme" method="post" action="/api/preferences" aria-label=texts.theme>
                <input type="hidden" name="next" value=here/>
                {theme_button(viewer.theme, None, texts.theme_system, view! { <Screen/> }.into_any())}
                {theme_button(viewer.theme, Some(Theme::Light), texts.theme_light, view! { <Sun/> }.into_any())}
                {theme_button(viewer.theme, Some(Theme::Dark), texts.theme_dark, view! { <Moon/> }.into_any())}
            </form>
            <a class="quiet looks-all" href="/settings" aria-label=texts.settings title=texts.settings>
                <Sliders/>
            </a>
        </div>
    }
    .into_any()
}

fn theme_button(current: Option<Theme>, theme: Option<Theme>, label: &'static str, icon: AnyView) -> impl IntoView {
    let pressed = if current == theme { "true" } else { "false" };
    view! {
        <button
            class="quiet"
            type="submit"
            name="theme"
            value=theme.map_or("", Theme::as_str)
            aria-label=label
            aria-pressed=pressed
            title=label
        >
            {icon}
        </button>
    }
}

/// A language is called by its own name, for those who read no other.
pub const fn own_name(lang: Lang) -> &'static str {
    match lang {
        Lang::En => "English",
        Lang::Ko => "한국어",
    }
}
