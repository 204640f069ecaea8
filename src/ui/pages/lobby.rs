//! The lobby: rooms to find and to join, as a page to read.

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use super::lobby_query::LobbyQuery;
use super::room_card::RoomCard;
use crate::api::rooms::rooms;
use crate::model::room::{RoomList, SEEDED_CATEGORIES, Sort};
use crate::ui::layout::Layout;
use crate::ui::notice::{Empty, Trouble};
use crate::ui::page;
use crate::ui::title::PageTitle;

#[component]
pub fn LobbyPage() -> impl IntoView {
    let texts = page::texts();
    let query = use_query_map();
    let asked = Memo::new(move |_| LobbyQuery::read(&query.read()));
    page::drop_links_with(asked);
    let list = Resource::new(
        move || asked.get(),
        |asked| async move {
            let found = rooms(asked.sort.clone(), asked.category.clone(), asked.tag.clone(), asked.before.clone());
            (asked, found.await)
        },
    );
    // A transition keeps the list that is there until the next one is.
    let content = move || {
        Suspend::new(async move {
            match list.await {
                (asked, Ok(found)) => view! { <Rooms asked found/> }.into_any(),
                (_, Err(error)) => view! { <Trouble error/> }.into_any(),
            }
        })
    };
    view! {
        <PageTitle text=texts.lobby/>
        <Layout>
            <main class="lobby" id="content" tabindex="-1">
                <h1 class="unseen">{texts.lobby}</h1>
                {page::me().is_none().then(|| view! { <p class="intro">{texts.tagline}</p> })}
                <Chips asked/>
                <Tabs asked/>
                <Transition fallback=move || view! { <p class="loading">{texts.loading}</p> }>{content}</Transition>
            </main>
        </Layout>
    }
}

#[component]
fn Chips(asked: Memo<LobbyQuery>) -> impl IntoView {
    let texts = page::texts();
    let chip = move |category: Option<&'static str>| {
        let name = category.map_or_else(|| texts.all.to_owned(), texts.category_name);
        let current = move || (asked.read().category.as_deref() == category).then_some("true");
        view! { <a href=move || asked.get().within(category) aria-current=current>{name}</a> }
    };
    view! {
        <nav class="chips" aria-label=texts.categories>
            {chip(None)}
            {SEEDED_CATEGORIES.map(|category| chip(Some(category))).collect_view()}
        </nav>
    }
    .into_any()
}

#[component]
fn Tabs(asked: Memo<LobbyQuery>) -> impl IntoView {
    let texts = page::texts();
    let tab = move |sort: Sort| {
        let current = move || asked.read().is_sorted(sort).then_some("true");
        view! { <a href=move || asked.get().sorted(sort) aria-current=current>{(texts.sort_name)(sort)}</a> }
    };
    let tag = move || {
        asked.get().tag.map(|tag| {
            view! {
                <span class="chosen">
                    {(texts.tag_chosen)(&tag)}
                    <a class="link" href=move || asked.get().tagged(None)>{texts.tag_drop}</a>
                </span>
            }
        })
    };
    view! {
        <div class="bar">
            <nav class="tabs" aria-label=texts.sorting>
                {Sort::ALL.iter().copied().map(tab).collect_view()}
            </nav>
            {tag}
        </div>
    }
    .into_any()
}

#[component]
fn Rooms(asked: LobbyQuery, found: RoomList) -> impl IntoView {
    let texts = page::texts();
    if found.rooms.is_empty() {
        return view! { <NoRooms is_filtered=asked.is_filtered()/> }.into_any();
    }
    let latest = asked.before.is_some().then(|| {
        view! { <a class="btn" href=asked.clone().page(None)>{texts.rooms_latest}</a> }
    });
    let older = found.before.map(|before| {
        view! { <a class="btn older" rel="next" href=asked.clone().page(Some(before))>{texts.rooms_older}</a> }
    });
    view! {
        <div class="cards">{found.rooms.into_iter().map(|room| view! { <RoomCard room/> }).collect_view()}</div>
        <p class="paging">{latest} {older}</p>
    }
    .into_any()
}

#[component]
fn NoRooms(is_filtered: bool) -> impl IntoView {
    let texts = page::texts();
    let (heading, hint) = if is_filtered {
        (texts.lobby_none_match, texts.lobby_none_match_hint)
    } else {
        (texts.lobby_empty, texts.lobby_empty_hint)
    };
    view! {
        <Empty heading hint>
            <a class="primary" href="/rooms/new">{texts.write}</a>
            {is_filtered.then(|| view! { <a class="btn" href="/">{texts.lobby_all}</a> })}
        </Empty>
    }
}
