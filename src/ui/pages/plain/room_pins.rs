//! The messages that a room's owner and moderators have pinned, the last pinned first.

use leptos::prelude::*;
use leptos_router::hooks::use_params_map;

use crate::api::messages::pins;
use crate::api::rooms::room;
use crate::error::Problem;
use crate::model::ids::RoomId;
use crate::model::message::Message;
use crate::model::policy::{Deed, offers};
use crate::model::room::{Membership, Room, room_id_of};
use crate::ui::avatar::Avatar;
use crate::ui::doc::DocView;
use crate::ui::form::PostButton;
use crate::ui::notice::Empty;
use crate::ui::page;
use crate::ui::sheet::sheet;
use crate::ui::time::Ago;
use crate::ui::title::PageTitle;

#[component]
pub fn RoomPinsPage() -> impl IntoView {
    let params = use_params_map();
    let load = |id: Option<RoomId>| async move {
        let id = id.ok_or(Problem::NotFound)?;
        let (room, membership) = room(id).await?;
        Ok((room, membership, pins(id).await?))
    };
    sheet(
        move || params.read().get("id").and_then(|id| room_id_of(&id)),
        load,
        |(room, membership, pins)| view! { <Pins room membership pins/> }.into_any(),
    )
}

#[component]
fn Pins(room: Room, membership: Option<Membership>, pins: Vec<Message>) -> impl IntoView {
    let (texts, plain) = (page::texts(), page::plain_texts());
    let may_pin = offers(membership.map(|membership| membership.role), Deed::Pin);
    let path = room.path();
    if pins.is_empty() {
        return view! {
            <PageTitle text=format!("{} · {}", texts.pins, room.title)/>
            <h1>{texts.pins}</h1>
            <Empty heading=plain.pins_none hint=plain.pins_none_hint>
                <a class="btn" href=path>{texts.back_to_room}</a>
            </Empty>
        }
        .into_any();
    }
    let items = pins.into_iter().map(|message| pin(message, &path, may_pin)).collect_view();
    view! {
        <PageTitle text=format!("{} · {}", texts.pins, room.title)/>
        <h1>{texts.pins}</h1>
        <p class="intro">
            <a class="link" href=path>{room.title.clone()}</a>
        </p>
        <ol role="list">{items}</ol>
    }
    .into_any()
}

fn pin(message: Message, room: &str, may_pin: bool) -> AnyView {
    let texts = page::texts();
    let Message { room: id, seq, author, body, doc, ts, .. } = message;
    let href = format!("{room}/messages/{seq}");
    let unpin = may_pin.then(|| {
        let fields = vec![
            ("room", id.get().to_string()),
            ("target", seq.to_string()),
            ("on", "false".to_owned()),
            ("next", format!("/rooms/{id}/pins")),
        ];
        view! { <PostButton action="pin_message" label=texts.unpin fields class="btn"/> }
    });
    let name = author.shown_name().to_owned();
    let text = match doc {
        Some(doc) => view! { <DocView doc/> }.into_any(),
        None => body.into_any(),
    };
    view! {
        <li class="said" data-testid="pin" data-seq=seq>
            <Avatar author/>
            <div>
                <div class="meta">
                    <strong>{name}</strong>
                    <a class="link" href=href title=texts.message_link><Ago ts/></a>
                </div>
                <div class="body">{text}</div>
            </div>
            <div class="side">{unpin}</div>
        </li>
    }
    .into_any()
}
