//! One's own rooms, in the sidebar of every page, with what is unread in each.

use std::time::Duration;

use leptos::prelude::*;
use leptos_router::hooks::{use_location, use_query_map};

use super::badge::Badge;
use super::form::PostButton;
use super::{href, page};
use crate::api::people::PageContext;
use crate::api::rooms::my_rooms;
use crate::client::browser;
use crate::client::drafts::Drafts;
use crate::client::effect::effect;
use crate::client::live::Live;
use crate::error::AppError;
use crate::json::Loaded;
use crate::model::ids::{Millis, RoomId};
use crate::model::room::{Level, MOST_UNREAD, Room, Unread, room_id_of};

/// Not sooner is the list read again because a room is muted no more: clocks differ, and the server goes by its own.
const PATIENCE: Millis = 60_000;

/// The list, read once per page load and again when a room is missing from it.
#[derive(Clone, Copy)]
struct Mine(Loaded<Result<Vec<Room>, AppError>>);

/// Provides the list to the app. Visitors have none.
pub fn provide() {
    if page::me().is_some() {
        provide_context(Mine(Loaded::new_with_options(|| (), |()| my_rooms(), false)));
        provide_context(Badge(RwSignal::new(0)));
    }
}

#[component]
pub fn MyRooms() -> impl IntoView {
    use_context().map(|Mine(mine)| {
        let content =
            move || Suspend::new(async move { mine.await.ok().map(|rooms| view! { <List rooms mine/> }.into_any()) });
        let invitations = with_context(|page: &PageContext| page.invitations).unwrap_or_default();
        let invited = (invitations > 0).then(|| {
            let label = (page::texts().invited)(invitations);
            view! { <p class="invited"><a class="link" href="/unread" data-testid="invited">{label}</a></p> }.into_any()
        });
        view! {
            {invited}
            <Transition>{content}</Transition>
        }
        .into_any()
    })
}

#[component]
fn List(rooms: Vec<Room>, mine: Loaded<Result<Vec<Room>, AppError>>) -> impl IntoView {
    let texts = page::texts();
    let live = expect_context::<Live>();
    let mut known: Vec<RoomId> = rooms.iter().map(|room| room.id).collect();
    // What the list does not have now, another one would not have either: it has an end.
    known.extend(live.overview.unread.with_untracked(|news| news.keys().copied().collect::<Vec<_>>()));
    effect(move || {
        // A room that was joined elsewhere.
        let is_new = live.overview.unread.with(|news| news.keys().any(|room| !known.contains(room)));
        if is_new {
            mine.refetch();
        }
    });
    // Once the first is muted no more.
    let next = rooms.iter().filter_map(|room| room.quiet_until).min();
    effect(move || {
        let Some(next) = next else { return };
        let pause = (next - browser::server_now()).max(PATIENCE).unsigned_abs();
        let timer = set_timeout_with_handle(move || mine.refetch(), Duration::from_millis(pause)).ok();
        on_cleanup(move || {
            if let Some(timer) = timer {
                timer.clear();
            }
        });
    });
    let counts: Vec<_> = rooms.iter().map(|room| (room.id, room.level_now(), room.unread())).collect();
    effect(move || {
        let wanted = counts.iter().map(|&(room, level, base)| {
            let Unread { count, mentions, .. } = live.overview.unread_in(room, base).unwrap_or_default();
            match level {
                Level::All => count,
                Level::Mentions => mentions,
                Level::None => 0,
            }
        });
        let total = wanted.sum();
        if let Some(Badge(badge)) = use_context() {
            badge.set(total);
        }
    });
    let unread: Vec<_> = rooms.iter().map(|room| (room.id, room.unread())).collect();
    let here = href::here();
    let next = move || {
        let here = here.get();
        vec![("next", without_read_all(&here).to_owned())]
    };
    // Where marking everything as read leads: it can be taken back.
    let query = use_query_map();
    let undo = move || {
        let at = query.read().get("read_all").filter(|at| at.bytes().all(|byte| byte.is_ascii_digit()))?;
        let mut fields = next();
        fields.push(("at", at));
        let said = view! {
            <div class="read-all" role="status">
                <span>{texts.read_all_done}</span>
                <PostButton action="undo_mark_all_read" label=texts.undo fields class="btn"/>
            </div>
        };
        Some(said.into_any())
    };
    let read_all = move || {
        let is_unread = |&(room, base)| live.overview.unread_in(room, base).is_some_and(|unread| unread.count > 0);
        unread.iter().any(is_unread).then(|| {
            view! {
                <a class="quiet" href="/unread">{texts.unread_page}</a>
                <PostButton action="mark_all_read" label=texts.read_all fields=next() class="quiet"/>
            }
            .into_any()
        })
    };
    (!rooms.is_empty()).then(|| {
        view! {
            <section class="mine" aria-labelledby="mine">
                <div class="mine-head">
                    <h2 id="mine">{texts.my_rooms}</h2>
                    {move || read_all()}
                </div>
                {move || undo()}
                <ul>{rooms.into_iter().map(|room| view! { <Item room/> }.into_any()).collect::<Vec<_>>()}</ul>
            </section>
        }
        .into_any()
    })
}

/// The address to come back to; the server puts `read_all` at its end.
fn without_read_all(here: &str) -> &str {
    let last = here.rsplit_once(['?', '&']).filter(|(_, last)| last.starts_with("read_all="));
    last.map_or(here, |(before, _)| before)
}

#[component]
fn Item(room: Room) -> impl IntoView {
    let (id, path, level, unread) = (room.id, room.path(), room.level_now(), room.unread());
    let lang = page::lang_of(&room.title);
    let title =
        move || expect_context::<Live>().overview.card(id, |card| card.title.clone()).unwrap_or(room.title.clone());
    // Kept by this browser: the server knows nothing of it.
    let drafts = expect_context::<Drafts>().rooms;
    let draft = move || {
        let is_there = drafts.with(|rooms| rooms.contains(&id));
        is_there.then(|| view! { <span class="draft" data-testid="draft">{page::texts().draft}</span> }.into_any())
    };
    let left = expect_context::<Live>().overview.left;
    let pathname = use_location().pathname;
    // The page of the room itself, or one that belongs to it.
    let current = move || {
        pathname.with(|path| {
            let rest = path.strip_prefix("/rooms/")?;
            let (room, is_below) = rest.split_once('/').map_or((rest, false), |(room, _)| (room, true));
            (room_id_of(room) == Some(id)).then_some(if is_below { "true" } else { "page" })
        })
    };
    view! {
        <li data-room=id.get() hidden=move || left.with(|left| left.contains(&id))>
            <a href=path aria-current=current>
                <span class="mine-title" lang=lang>{move || title()}</span>
                {move || draft()}
                <UnreadBadge room=id base=unread level/>
            </a>
        </li>
    }
    .into_any()
}

/// How much is unread in a room; nothing where nothing is, or where one does not want to know.
#[component]
pub fn UnreadBadge(room: RoomId, base: Option<Unread>, #[prop(default = Level::All)] level: Level) -> impl IntoView {
    let texts = page::texts();
    let overview = expect_context::<Live>().overview;
    let badge = move || {
        let Unread { count, mentions, .. } = overview.unread_in(room, base)?;
        if count == 0 {
            return None;
        }
        let shown = if count >= MOST_UNREAD { format!("{}+", MOST_UNREAD - 1) } else { count.to_string() };
        let calls = (mentions > 0 && level != Level::None)
            .then(|| view! { <span class="unread loud">"@" {mentions}</span> }.into_any());
        let class = match level {
            Level::All => "unread",
            Level::Mentions | Level::None => "unread quiet-count",
        };
        let badge = view! {
            <span
                class="badges"
                data-testid="unread"
                data-count=count
                data-mentions=mentions
                aria-label=(texts.unread)(count, mentions)
                title=(texts.unread)(count, mentions)
                role="img"
            >
                {calls}
                <span class=class>{shown}</span>
            </span>
        };
        Some(badge.into_any())
    };
    view! { {move || badge()} }
}
