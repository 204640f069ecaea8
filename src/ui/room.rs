//! The page of a room: the post on top, the conversation below it, and the composer at the end.

mod about;
mod acts;
mod announcer;
mod composer;
mod connection;
mod desk;
mod head;
mod keys;
mod latest;
mod menu;
mod message_item;
mod message_list;
mod nothing_here;
mod notices;
mod post;
mod reactions;
mod tip;
mod typing;

use leptos::html;
use leptos::prelude::*;
use leptos_router::hooks::{use_location, use_params_map};
use leptos_router::params::ParamsMap;
use serde::{Deserialize, Serialize};

use self::about::About;
use self::announcer::Announcer;
use self::composer::Composer;
use self::connection::ConnectionLine;
use self::desk::Desk;
use self::head::Head;
use self::latest::Latest;
use self::menu::{Menu, MessageMenu};
use self::message_list::MessageList;
use self::nothing_here::{empty_day, tombstone};
use self::tip::{ReactorsTip, Tip};
use self::typing::TypingLine;
use super::form::{FormError, FormState};
use super::layout::Layout;
use super::notice::{SignInBeside, Trouble};
use super::time::local_day;
use super::title::PageTitle;
use super::{href, page};
use crate::api::messages::quote;
use crate::api::rooms::open_room;
use crate::client::effect::effect;
use crate::client::live::{Live, Opened};
use crate::client::scroll::{Begin, Scroll};
use crate::client::{browser, keyboard};
use crate::error::Problem;
use crate::json::Loaded;
use crate::model::civil;
use crate::model::ids::{MAX_SAFE_INTEGER, Millis, RoomId, Seq};
use crate::model::message::Quote;
use crate::model::room::{Linked, OpenRoom, room_id_of};

/// How long a short word stays.
const SAID_MS: Millis = 3_000;

/// What the address asks for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Asked {
    room: Option<RoomId>,
    /// The message whose page it is.
    message: Option<Seq>,
    /// The day whose page it is, as it is written.
    day: Option<String>,
    /// Minutes that the clocks by which it is a day are ahead of UTC.
    tz: Option<i64>,
    /// A message of the chain of replies that is looked at.
    chain: Option<Seq>,
    before: Option<Seq>,
    after: Option<Seq>,
    /// The message that is about to be answered.
    reply_to: Option<Seq>,
}

#[component]
pub fn RoomPage() -> impl IntoView {
    let texts = page::texts();
    let asked = asked();
    page::drop_links_with(asked);
    let found = Loaded::new_with_options(
        move || asked.get(),
        |asked| async move {
            let Some(room) = asked.room else { return (asked, Err(Problem::NotFound.into()), None) };
            let day = asked.day.clone();
            let found = open_room(room, asked.before, asked.after, asked.message, day, asked.chain, asked.tz).await;
            let answers = match asked.reply_to {
                Some(seq) => quote(room, seq).await.ok(),
                None => None,
            };
            (asked, found, answers)
        },
        false,
    );
    // The page that is there stays until the next one is; that something is on its way is seen. (A `Transition` tells by an
    // effect that runs on the server, too, and panics there when the page is gone.)
    let is_waiting = RwSignal::new(false);
    let mut is_first = true;
    effect(move || {
        asked.track();
        is_waiting.set(!std::mem::replace(&mut is_first, false));
    });
    let is_other = StoredValue::new(false);
    let visited: Visited = expect_context();
    let content = move || {
        Suspend::new(async move {
            let found = found.await;
            is_waiting.try_set(false);
            let view = match found {
                (_, Ok(open), _) if open.linked.as_ref().is_some_and(|linked| linked.deleted) => tombstone(open),
                (_, Ok(OpenRoom { room, history, days: Some(days), .. }), _) if history.messages.is_empty() => {
                    empty_day(&room, days)
                }
                (asked, Ok(open), answers) => {
                    let comes_from_here = visited.comes_from_same(&asked);
                    view! { <Talk asked open answers comes_from_here/> }.into_any()
                }
                (_, Err(error), _) => {
                    let title = error.problem.in_language(page::lang());
                    view! {
                        <PageTitle text=title/>
                        <main class="sheet" id="content" tabindex="-1">
                            <Trouble error/>
                        </main>
                    }
                    .into_any()
                }
            };
            // Leptos gives a view the elements of the former one of its type, with what was typed, opened and scrolled
            // there: each is of another type than the one before.
            let turn = |is_other: &mut bool| {
                *is_other = !*is_other;
                *is_other
            };
            let is_other = page::hydrated().get_untracked() && is_other.try_update_value(turn) == Some(true);
            if is_other { vec![view].into_any() } else { view }
        })
    };
    view! {
        <Layout>
            <div class="waiting" hidden=move || !is_waiting.get()></div>
            <Transition fallback=move || view! { <p class="loading">{texts.loading}</p> }>{content}</Transition>
        </Layout>
    }
}

/// Provided to the app: the page of a room that was shown last.
#[derive(Clone, Copy, Default)]
pub struct Visited(StoredValue<Option<Asked>>);

impl Visited {
    /// Notes that `asked` is shown. True if the page before it was of the same room, and of no chain.
    fn comes_from_same(self, asked: &Asked) -> bool {
        let before = self.0.try_update_value(|last| last.replace(asked.clone())).flatten();
        before.is_some_and(|before| before.room == asked.room && before.chain.is_none())
    }
}

/// Read from the address itself: `FlatRoutes` (leptos_router 0.8.17) gives a route that stays another path's parameters,
/// but not its query, so that a link from `/rooms/1?before=9` to `/rooms/2` would open the wrong page of room 2.
fn asked() -> Memo<Asked> {
    let (params, location) = (use_params_map(), use_location());
    let part = |params: &ParamsMap| (params.get("seq").is_some(), params.get("day").is_some());
    let routed_part = part(&params.read_untracked());
    let refused: Option<Seq> = FormState::of("post_message").typed("reply_to", "").parse().ok();
    Memo::new(move |was: Option<&Asked>| {
        let routed = params.read().get("id").and_then(|id| room_id_of(&id));
        let (room, message, day) = location.pathname.read().strip_prefix("/rooms/").map_or((None, None, None), place);
        let seq = |name| {
            let seq = location.query.read().get(name).and_then(|seq| seq.parse().ok());
            // A message has its place, and so has a day.
            seq.filter(|_| message.is_none() && day.is_none())
        };
        let room = if routed_part == (false, false) { room.or(routed) } else { room };
        match (routed, was) {
            // The address is another page's already, and this one is about to go.
            (Some(_), Some(was)) if room.is_none() || (message.is_some(), day.is_some()) != routed_part => was.clone(),
            _ => {
                let (before, after, chain) = (seq("before"), seq("after"), seq("chain"));
                // What was refused was written in the room that the page came with.
                let reply_to = seq("reply_to").or(refused.filter(|_| was.is_none_or(|was| was.room == room)));
                let tz = location.query.read().get("tz").and_then(|tz| tz.parse().ok()).filter(|_| day.is_some());
                Asked { room: routed.and(room), message, day, tz, chain, before, after, reply_to }
            }
        }
    })
}

/// The room of an address, and the message or the day of it: `42-slug`, `42-slug/messages/7` or
/// `42-slug/days/2026-11-21`. There is no room where what stands for a message is none.
fn place(rest: &str) -> (Option<RoomId>, Option<Seq>, Option<String>) {
    if let Some((room, day)) = rest.rsplit_once("/days/") {
        return (room_id_of(room), None, Some(day.to_owned()));
    }
    let Some((room, seq)) = rest.rsplit_once("/messages/") else { return (room_id_of(rest), None, None) };
    let seq = seq.parse().ok().filter(|seq| (1..=MAX_SAFE_INTEGER).contains(seq));
    (seq.and(room_id_of(room)), seq, None)
}

/// A room and a page of its conversation.
#[component]
fn Talk(asked: Asked, open: OpenRoom, answers: Option<Quote>, comes_from_here: bool) -> impl IntoView {
    let texts = page::texts();
    let OpenRoom { room, membership, history, linked, unread_from, days, chain, draft } = open;
    let (live, id) = (expect_context::<Live>(), room.id);
    let opened = Opened {
        page: history,
        membership,
        unread_from,
        // Whoever has come by a link to a message, or to a page of old ones, has not read what was said since.
        reads: linked.is_none() && days.is_none() && asked.before.or(asked.after).is_none(),
    };
    let begins = opened.page.messages.first().map(|first| first.seq);
    let follows = |first: &Seq| asked.before.is_none() && asked.after.is_some_and(|after| after < *first);
    let begins = begins.filter(|first| days.is_some() || follows(first));
    let signals = live.open(room.id, opened, civil::day, local_day);
    let log = NodeRef::<html::Div>::new();
    let desk = Desk::new(room.id, signals, answers);
    provide_context(desk);
    let (menu, tip) = (Menu::new(desk), Tip::new(desk));

    let path = href::ascii(&room.path());
    let (before_title, here, target) = match (linked, days) {
        (None, None) => (None, path.clone(), None),
        (None, Some(days)) => {
            let here = format!("{path}/{}", days.address(&days.day));
            (Some(days.title()), here, None)
        }
        (Some(Linked { seq, excerpt, .. }), _) => (Some(excerpt), format!("{path}/messages/{seq}"), Some(seq)),
    };
    let room_title = room.title.clone();
    let title = Signal::derive(move || {
        let title = live.overview.card(id, |card| card.title.clone()).unwrap_or_else(|| room_title.clone());
        before_title.as_ref().map_or_else(|| title.clone(), |before| format!("{before} · {title}"))
    });
    let begin = match (target, unread_from.or(begins)) {
        (Some(seq), _) => Begin::Linked(seq),
        (None, Some(seq)) => Begin::At(seq),
        (None, None) => Begin::AtEnd,
    };
    let scroll = Scroll::new(live, room.id, signals, log, begin, &path);
    keyboard::stay_above();
    let foot = match page::me() {
        Some(_) => view! { <Composer desk path=path.clone() scroll draft/> }.into_any(),
        // Whose session has ended while they wrote gets their text back, and signs in beside it.
        None if FormState::of("post_message").is_refused() => {
            view! { <SignInBeside/> <Composer desk path=path.clone() scroll draft/> }.into_any()
        }
        None => {
            let login = format!("/login?next={}", href::query_value(&here));
            view! { <p class="join"><a class="btn" href=login>{texts.sign_in_to_talk}</a></p> }.into_any()
        }
    };
    // Whoever has come here from the same conversation finds it as they left it.
    let leave = move |event: leptos::ev::MouseEvent| {
        if comes_from_here && browser::is_plain(&event) {
            event.prevent_default();
            browser::back();
        }
    };
    let lens = (!chain.is_empty()).then(|| {
        view! {
            <p class="lens" role="status">
                <span>{texts.chain_only}</span>
                <a class="btn" href=path.clone() on:click=leave>{texts.chain_leave}</a>
            </p>
        }
        .into_any()
    });
    let (visibility, indexed) = (room.visibility, room.indexed);
    let who_reads = move || {
        let now = signals.post.with(|post| post.as_ref().map(|post| (post.visibility, post.indexed)));
        let (visibility, indexed) = now.unwrap_or((visibility, indexed));
        (texts.who_reads)(visibility, indexed)
    };
    let revoked = move || {
        signals.revoked.get().then(|| view! { <p class="error" role="alert">{texts.room_revoked}</p> }.into_any())
    };
    view! {
        <PageTitle text=title/>
        <main
            class="talk"
            on:click=move |event| acts::pressed(&event, desk, menu)
            on:keydown=move |event| acts::key(&event, desk, menu)
            on:pointerdown=move |event| acts::touched(&event, desk, menu)
            on:pointerover=move |event| tip.look(&event)
            on:focusin=move |event| tip.look(&event)
            on:pointerup=move |_| menu.lift()
            on:pointercancel=move |_| menu.lift()
            on:touchend=move |event| menu.released(&event)
            on:touchcancel=move |event| menu.released(&event)
            on:contextmenu=move |event| acts::context(&event)
        >
            <Head room=room.clone() signals/>
            <MessageList room=room.clone() path=path.clone() signals target chain scroll field=desk.field log/>
            <div class="foot" id="foot">
                <Latest path=path.clone() signals scroll/>
                {lens}
                <Said desk/>
                {move || revoked()}
                <FormError message=FormState::of("leave_room").error_besides(&[]) id="leave-error"/>
                <ConnectionLine/>
                <TypingLine signals/>
                <Announcer signals/>
                {foot}
                <p class="who-reads">{move || who_reads()}</p>
            </div>
            <MessageMenu menu/>
            <ReactorsTip tip/>
        </main>
        <About room signals/>
    }
}

/// A short word on what has just been done, for a moment.
#[component]
fn Said(desk: Desk) -> impl IntoView {
    let latest = StoredValue::new(0);
    effect(move || {
        let said = latest.get_value() + 1;
        latest.set_value(said);
        if !desk.said.read().is_empty() {
            browser::after(SAID_MS, move || {
                // Unless another word has come since.
                if latest.try_get_value() == Some(said) {
                    desk.said.try_set("");
                }
            });
        }
    });
    view! { <p class="word" role="status">{move || desk.said.get()}</p> }
}
