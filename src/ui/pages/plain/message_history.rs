//! The texts that a message has had, for its author and the room's moderators.

use leptos::prelude::*;
use leptos_router::hooks::use_params_map;

use crate::api::messages::revisions;
use crate::api::rooms::room;
use crate::error::Problem;
use crate::model::ids::{RoomId, Seq};
use crate::model::message::Revision;
use crate::model::room::{Room, room_id_of};
use crate::ui::doc::DocView;
use crate::ui::page;
use crate::ui::sheet::sheet;
use crate::ui::time::Ago;
use crate::ui::title::PageTitle;

#[component]
pub fn MessageHistoryPage() -> impl IntoView {
    let params = use_params_map();
    let asked = move || {
        let params = params.read();
        params.get("id").and_then(|id| room_id_of(&id)).zip(params.get("seq").and_then(|seq| seq.parse::<Seq>().ok()))
    };
    let load = |asked: Option<(RoomId, Seq)>| async move {
        let (id, seq) = asked.ok_or(Problem::NotFound)?;
        let (room, _) = room(id).await?;
        Ok((room, seq, revisions(id, seq).await?))
    };
    sheet(asked, load, |(room, seq, revisions)| view! { <Revisions room seq revisions/> }.into_any())
}

#[component]
fn Revisions(room: Room, seq: Seq, revisions: Vec<Revision>) -> impl IntoView {
    let plain = page::plain_texts();
    let back = format!("{}/messages/{seq}", room.path());
    let one = |(index, Revision { ts, body, doc }): (usize, Revision)| {
        let text = match doc {
            Some(doc) => view! { <DocView doc/> }.into_any(),
            None => body.into_any(),
        };
        view! {
            <li class="said" data-testid="revision">
                <div class="meta">
                    <Ago ts/>
                    {(index == 0).then(|| view! { <span class="badge">{plain.revision_now}</span> })}
                </div>
                <div class="body">{text}</div>
            </li>
        }
    };
    view! {
        <PageTitle text=format!("{} · {}", plain.revisions, room.title)/>
        <h1>{plain.revisions}</h1>
        <p class="intro">
            <a class="link" href=back>{plain.message_back}</a>
            " · "
            {plain.revisions_hint}
        </p>
        <ol class="revisions" role="list">{revisions.into_iter().enumerate().map(one).collect_view()}</ol>
    }
    .into_any()
}
