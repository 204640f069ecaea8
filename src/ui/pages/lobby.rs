//! The lobby: rooms to find and to join, as a page to read.

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use super::lobby_query::LobbyQuery;
use super::room_card::RoomCard;
use crate::api::rooms::rooms;
use crate::client::live::Live;
use crate::json::Loaded;
use crate::model::ids::{Millis, RoomId};
use crate::model::room::{Match, RoomList, RoomState, Sort};
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
    let list = Loaded::new_with_options(
        move || asked.get(),
        |asked| async move {
            let LobbyQuery { sort, category, tags, matching, state, q, before } = asked.clone();
            let tags = (!tags.is_empty()).then(|| tags.join(","));
            (asked, rooms(sort, category, tags, matching, state, q, before).await)
        },
        false,
    );
    // A transition keeps the list that is there until the next one is.
    let content = move || {
        Suspend::new(async move {
            match list.await {
                (asked, Ok(found)) => view! { <Rooms asked found/> }.into_any(),
                (_, Err(error)) => view! { <Trouble error below=true/> }.into_any(),
            }
        })
    };
    view! {
        <PageTitle text=Signal::derive(move || {
            asked.get().title(page::category_name).unwrap_or_else(|| texts.lobby.to_owned())
        })/>
        <Layout>
            <main class="lobby" id="content" tabindex="-1">
                <h1 class="unseen">{texts.lobby}</h1>
                {page::me().is_none().then(|| view! { <p class="intro">{texts.tagline}</p> }.into_any())}
                <Chips asked/>
                <Tabs asked/>
                <Filters asked/>
                <Transition fallback=move || view! { <p class="loading">{texts.loading}</p> }>{content}</Transition>
            </main>
        </Layout>
    }
}

#[component]
fn Chips(asked: Memo<LobbyQuery>) -> impl IntoView {
    let texts = page::texts();
    let chip = move |category: Option<String>, name: String| {
        let chosen = category.clone();
        let current = move || (asked.read().category == chosen).then_some("true");
        view! { <a href=move || asked.get().within(category.as_deref()) aria-current=current>{name}</a> }.into_any()
    };
    view! {
        <nav class="chips" aria-label=texts.categories>
            {chip(None, texts.all.to_owned())}
            {page::categories().into_iter().map(|(key, name)| chip(Some(key), name)).collect::<Vec<_>>()}
        </nav>
    }
    .into_any()
}

#[component]
fn Tabs(asked: Memo<LobbyQuery>) -> impl IntoView {
    let texts = page::texts();
    let tab = move |sort: Sort| {
        let current = move || asked.read().is_sorted(sort).then_some("true");
        view! { <a href=move || asked.get().sorted(sort) aria-current=current>{(texts.sort_name)(sort)}</a> }.into_any()
    };
    view! {
        <div class="bar">
            <nav class="tabs" aria-label=texts.sorting>
                {Sort::ALL.iter().copied().map(tab).collect::<Vec<_>>()}
            </nav>
            <States asked/>
        </div>
    }
    .into_any()
}

/// Which rooms of a post's life are shown. Closed at first: few want anything but all.
#[component]
fn States(asked: Memo<LobbyQuery>) -> impl IntoView {
    let texts = page::texts();
    let choice = move |state: Option<RoomState>| {
        let name = state.map_or(texts.all, texts.state_name);
        let current = move || (asked.read().state.as_deref() == state.map(RoomState::as_str)).then_some("true");
        view! { <a href=move || asked.get().in_state(state) aria-current=current>{name}</a> }.into_any()
    };
    let chosen = move || {
        let asked = asked.read();
        let state = asked.state.as_deref().and_then(RoomState::parse);
        state.map_or(texts.states, texts.state_name)
    };
    view! {
        <details class="states">
            <summary>{move || chosen()}</summary>
            <nav aria-label=texts.states>
                {choice(None)}
                {RoomState::ALL.iter().map(|state| choice(Some(*state))).collect::<Vec<_>>()}
            </nav>
        </details>
    }
    .into_any()
}

/// The tags and words that were chosen, each to be taken back.
#[component]
fn Filters(asked: Memo<LobbyQuery>) -> impl IntoView {
    let texts = page::texts();
    let filters = move || {
        let asked = asked.get();
        if asked.tags.is_empty() && asked.q.is_none() {
            return None;
        }
        let tags = asked.tags.iter().map(|tag| {
            let label = (texts.tag_drop)(tag);
            view! {
                <a class="tag" href=asked.clone().toggled(tag) aria-label=label.clone() title=label>
                    {format!("#{tag} ×")}
                </a>
            }
            .into_any()
        });
        let matching = (asked.tags.len() > 1).then(|| {
            let choice = |matching: Match| {
                let current = (asked.is_matching_all() == (matching == Match::All)).then_some("true");
                view! {
                    <a href=asked.clone().matching(matching) aria-current=current>{(texts.match_name)(matching)}</a>
                }
                .into_any()
            };
            view! { <span class="matching">{Match::ALL.iter().map(|matching| choice(*matching)).collect::<Vec<_>>()}</span> }.into_any()
        });
        let words = asked.q.clone().map(|q| {
            let without = LobbyQuery { q: None, before: None, ..asked.clone() }.page(None);
            view! { <a class="tag" href=without>{format!("“{q}” ×")}</a> }.into_any()
        });
        Some(view! { <p class="chosen">{tags.collect::<Vec<_>>()} {matching} {words}</p> }.into_any())
    };
    view! { {move || filters()} }
}

#[component]
fn Rooms(asked: LobbyQuery, found: RoomList) -> impl IntoView {
    let texts = page::texts();
    if found.rooms.is_empty() {
        return view! { <NoRooms is_filtered=asked.is_filtered()/> }.into_any();
    }
    let latest = asked
        .before
        .is_some()
        .then(|| view! { <a class="btn" href=asked.clone().page(None)>{texts.rooms_latest}</a> }.into_any());
    let older = found.before.map(|before| {
        view! { <a class="btn older" rel="next" href=asked.clone().page(Some(before))>{texts.rooms_older}</a> }
            .into_any()
    });
    let shown: Vec<RoomId> = found.rooms.iter().map(|room| room.id).collect();
    expect_context::<Live>().watch_cards(shown.clone());
    let top = found.rooms.iter().map(|room| room.last_ts).max().unwrap_or_default();
    let has_news = asked.before.is_none() && asked.is_sorted(Sort::Active);
    let is_all = !asked.is_filtered();
    let here = asked.clone().page(asked.before.clone());
    view! {
        <div class="cards">{found.rooms.into_iter().map(|room| view! { <RoomCard room/> }.into_any()).collect::<Vec<_>>()}</div>
        {has_news.then(|| view! { <News shown top is_all here/> }.into_any())}
        <p class="paging">{latest} {older}</p>
    }
    .into_any()
}

/// That something has happened after `top`, the latest that the list knows of: in one of the rooms shown, or, where the
/// list is of all rooms, anywhere. The list itself stays as it is under the reader's hand.
#[component]
fn News(shown: Vec<RoomId>, top: Millis, is_all: bool, here: String) -> impl IntoView {
    let texts = page::texts();
    let overview = expect_context::<Live>().overview;
    let news = move || {
        let is_later = |ts: Option<Millis>| ts.is_some_and(|ts| ts > top);
        let is_old = (is_all && is_later(overview.latest.get()))
            || shown.iter().any(|room| is_later(overview.card(*room, |card| card.last_ts)));
        is_old.then(|| {
            view! {
                <p class="news" role="status">
                    <a class="pill" rel="external" href=here.clone() data-testid="news">{texts.lobby_news}</a>
                </p>
            }
            .into_any()
        })
    };
    view! { {move || news()} }
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
            {is_filtered.then(|| view! { <a class="btn" href="/">{texts.lobby_all}</a> }.into_any())}
        </Empty>
    }
}
