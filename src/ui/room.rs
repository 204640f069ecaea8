//! The page of a room: the post on top, the conversation below it, and the composer at the end.

mod composer;
mod connection;
mod failed;
mod head;
mod message_item;
mod message_list;
mod post;
mod reactions;

use leptos::html;
use leptos::prelude::*;
use leptos_meta::Meta;
use leptos_router::hooks::{use_location, use_params_map};
use serde::{Deserialize, Serialize};

use self::composer::Composer;
use self::connection::ConnectionLine;
use self::head::Head;
use self::message_list::MessageList;
use super::layout::Layout;
use super::notice::Trouble;
use super::time::{civil, local_day};
use super::title::PageTitle;
use super::{href, page};
use crate::api::rooms::open_room;
use crate::client::live::Live;
use crate::error::Problem;
use crate::model::ids::{RoomId, Seq};
use crate::model::room::{OpenRoom, room_id_of};

/// What the address asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Asked {
    room: Option<RoomId>,
    before: Option<Seq>,
    after: Option<Seq>,
}

#[component]
pub fn RoomPage() -> impl IntoView {
    let texts = page::texts();
    let asked = asked();
    let found = Resource::new(
        move || asked.get(),
        |asked| async move {
            let Some(room) = asked.room else { return (asked, Err(Problem::NotFound.into())) };
            (asked, open_room(room, asked.before, asked.after, None).await)
        },
    );
    let content = move || {
        Suspend::new(async move {
            match found.await {
                (asked, Ok(open)) => view! { <Talk asked open/> }.into_any(),
                (_, Err(error)) => {
                    let title = error.problem.in_language(page::lang());
                    view! {
                        <PageTitle text=title/>
                        <main class="sheet" id="content" tabindex="-1">
                            <Trouble error/>
                        </main>
                    }
                    .into_any()
                }
            }
        })
    };
    view! {
        <Layout>
            <Transition fallback=move || view! { <p class="loading">{texts.loading}</p> }>{content}</Transition>
        </Layout>
    }
}

/// Read from the address itself: `FlatRoutes` (leptos_router 0.8.17) gives a route that stays another path's parameters,
/// but not its query, so that a link from `/rooms/1?before=9` to `/rooms/2` would open the wrong page of room 2.
fn asked() -> Memo<Asked> {
    let (params, location) = (use_params_map(), use_location());
    Memo::new(move |was: Option<&Asked>| {
        let routed = params.read().get("id").and_then(|id| room_id_of(&id));
        let room = location.pathname.read().strip_prefix("/rooms/").and_then(room_id_of);
        let seq = |name| location.query.read().get(name).and_then(|seq| seq.parse().ok());
        match (routed, room, was) {
            // The address is another page's already, and this one is about to go.
            (Some(_), None, Some(was)) => *was,
            _ => Asked { room: routed.and(room.or(routed)), before: seq("before"), after: seq("after") },
        }
    })
}

/// A room and a page of its conversation.
#[component]
fn Talk(asked: Asked, open: OpenRoom) -> impl IntoView {
    let texts = page::texts();
    let OpenRoom { room, membership, mut history } = open;
    // Only the latest page goes on by itself: a message that is said now has no place below an old page.
    let is_latest = asked.before.is_none() && !(asked.after.is_some() && history.more);
    let newer = history.messages.last().map(|last| last.seq).filter(|_| !is_latest);
    if asked.after.is_some() && asked.before.is_none() {
        // `more` speaks of the page's own direction; the list wants to know what lies above.
        history.more = history.messages.first().is_some_and(|first| first.seq > history.floor);
    }
    let signals = expect_context::<Live>().open(room.id, history, is_latest, civil::day, local_day);
    let (field, log) = (NodeRef::<html::Textarea>::new(), NodeRef::<html::Div>::new());

    let path = href::ascii(&room.path());
    let foot = match page::me() {
        Some(_) => view! { <Composer room=room.id path=path.clone() field log is_latest/> }.into_any(),
        None => {
            let login = format!("/login?next={}", href::query_value(&path));
            view! { <p class="join"><a class="btn" href=login>{texts.sign_in_to_talk}</a></p> }.into_any()
        }
    };
    let who_reads = (texts.who_reads)(room.visibility, room.indexed);
    let revoked =
        move || signals.revoked.get().then(|| view! { <p class="error" role="alert">{texts.room_revoked}</p> });
    view! {
        <PageTitle text=room.title.clone()/>
        {(!room.indexed).then(|| view! { <Meta name="robots" content="noindex"/> })}
        <main class="talk" id="content" tabindex="-1">
            <Head room=room.clone() membership=membership.clone()/>
            <MessageList room path signals newer field log is_member=membership.is_some()/>
            <div class="foot">
                {revoked}
                <ConnectionLine/>
                {foot}
                <p class="who-reads">{who_reads}</p>
            </div>
        </main>
    }
}
