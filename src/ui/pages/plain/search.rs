//! Search: a field, and what was found, newest first.

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use super::about::About;
use super::search_query::SearchQuery;
use crate::api::search::search;
use crate::model::search::{Hit, Hits, Piece};
use crate::model::text::SEARCH_MAX;
use crate::ui::avatar::Avatar;
use crate::ui::layout::Layout;
use crate::ui::notice::{Empty, Trouble};
use crate::ui::page;
use crate::ui::time::Ago;
use crate::ui::title::PageTitle;

#[component]
pub fn SearchPage() -> impl IntoView {
    let (texts, plain) = (page::texts(), page::plain_texts());
    let query = use_query_map();
    let asked = Memo::new(move |_| SearchQuery::read(&query.read()));
    let found = Resource::new(
        move || asked.get(),
        |asked| async move {
            if asked.is_blank() {
                return (asked, None);
            }
            let found = search(asked.q.clone(), asked.room.clone(), asked.before.clone());
            (asked, Some(found.await))
        },
    );
    let content = move || {
        Suspend::new(async move {
            match found.await {
                (asked, Some(Ok(found))) => view! { <Found asked found/> }.into_any(),
                (_, Some(Err(error))) => view! { <Trouble error below=true/> }.into_any(),
                (_, None) => view! {
                    <Empty heading=plain.search_ask hint=plain.search_ask_hint>
                        <a class="btn" href="/">{texts.back}</a>
                    </Empty>
                }
                .into_any(),
            }
        })
    };
    view! {
        <PageTitle text=Signal::derive(move || match asked.get() {
            asked if asked.is_blank() => texts.search.to_owned(),
            asked => format!("{} · {}", asked.q, texts.search),
        })/>
        <About path="/search" title=texts.search/>
        <Layout>
            <main class="lobby" id="content" tabindex="-1">
                <h1 class="unseen">{texts.search}</h1>
                <Field asked/>
                <Transition fallback=move || view! { <p class="loading">{texts.loading}</p> }>{content}</Transition>
            </main>
        </Layout>
    }
}

#[component]
fn Field(asked: Memo<SearchQuery>) -> impl IntoView {
    let (texts, plain) = (page::texts(), page::plain_texts());
    let room = move || {
        asked.get().room.map(|room| {
            view! {
                <input type="hidden" name="room" value=room/>
                <p class="chosen">
                    {plain.search_in_room}
                    <a class="link" href=move || asked.get().everywhere()>{plain.search_everywhere}</a>
                </p>
            }
        })
    };
    view! {
        <form class="find" role="search" method="get" action="/search" aria-label=texts.search_hint>
            <input
                type="search"
                name="q"
                value=move || asked.get().q
                maxlength=SEARCH_MAX
                aria-label=texts.search_hint
                placeholder=texts.search_hint
                autofocus=asked.with_untracked(SearchQuery::is_blank)
            />
            <button class="primary" type="submit">{texts.search}</button>
            {room}
        </form>
    }
    .into_any()
}

#[component]
fn Found(asked: SearchQuery, found: Hits) -> impl IntoView {
    let plain = page::plain_texts();
    let latest = asked.before.is_some().then(|| {
        view! { <a class="btn" href=asked.clone().page(None)>{plain.search_latest}</a> }
    });
    let nothing = match (found.hits.is_empty(), &found.before) {
        (false, _) => None,
        (true, Some(_)) => Some((plain.search_none_yet, plain.search_none_yet_hint)),
        (true, None) => Some((plain.search_none, plain.search_none_hint)),
    };
    let older = found.before.map(|before| {
        view! { <a class="btn older" rel="next" href=asked.clone().page(Some(before))>{plain.search_older}</a> }
    });
    if let Some((heading, hint)) = nothing {
        let everywhere = asked.room.is_some().then(|| {
            view! { <a class="btn" href=asked.clone().everywhere()>{plain.search_everywhere}</a> }
        });
        return view! { <Empty heading hint>{latest} {older} {everywhere}</Empty> }.into_any();
    }
    view! {
        <ol class="hits">{found.hits.into_iter().map(|hit| view! { <HitItem hit/> }).collect_view()}</ol>
        <p class="paging">{latest} {older}</p>
    }
    .into_any()
}

#[component]
fn HitItem(hit: Hit) -> impl IntoView {
    let plain = page::plain_texts();
    let path = hit.path();
    let what = if hit.seq.is_some() { plain.hit_message } else { plain.hit_post };
    let name = hit.author.shown_name().to_owned();
    view! {
        <li class="card" data-testid="hit" data-room=hit.room.get() data-seq=hit.seq>
            <Avatar author=hit.author/>
            <div class="card-main">
                <h2>
                    <a href=path lang=page::lang_of(&hit.title)>{hit.title.clone()}</a>
                </h2>
                <p data-part="snippet">{hit.snippet.into_iter().map(piece).collect_view()}</p>
                <div class="meta">
                    <span>{what}</span>
                    <span>{name}</span>
                </div>
            </div>
            <div class="side">
                <Ago ts=hit.ts/>
            </div>
        </li>
    }
    .into_any()
}

fn piece(Piece { text, mark }: Piece) -> AnyView {
    if mark { view! { <mark>{text}</mark> }.into_any() } else { text.into_any() }
}
