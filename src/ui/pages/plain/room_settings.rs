//! Changing a post: its text and who may read it, for its owner; its state, for moderators too.

use leptos::prelude::*;
use leptos_router::hooks::use_params_map;

use super::post_form::{PostForm, WhoReads, Written};
use crate::api::rooms::room;
use crate::error::Problem;
use crate::model::ids::RoomId;
use crate::model::policy::{Deed, offers};
use crate::model::room::{Membership, Role, Room, RoomState, room_id_of};
use crate::ui::form::{FormError, FormState, Select, made_for};
use crate::ui::sheet::sheet;
use crate::ui::title::PageTitle;
use crate::ui::{href, page};

const FIELDS: [&str; 7] = ["title", "body", "category", "tags", "visibility", "indexed", "state"];

#[component]
pub fn RoomSettingsPage() -> impl IntoView {
    let params = use_params_map();
    let load = |id: Option<RoomId>| async move {
        match room(id.ok_or(Problem::NotFound)?).await? {
            (room, Some(Membership { role, .. })) if offers(Some(role), Deed::SetState) => Ok((room, role)),
            _ => Err(Problem::NotAllowed.into()),
        }
    };
    sheet(
        move || params.read().get("id").and_then(|id| room_id_of(&id)),
        load,
        |(room, role)| view! { <Settings room role/> }.into_any(),
    )
}

#[component]
fn Settings(room: Room, role: Role) -> impl IntoView {
    let texts = page::texts();
    let title = format!("{} · {}", texts.room_settings, room.title);
    let form = FormState::of("update_room");
    let back = room.path();
    let content = if offers(Some(role), Deed::ChangePost) {
        view! { <OfOwner room form/> }.into_any()
    } else {
        view! { <OfModerator room form/> }.into_any()
    };
    view! {
        <PageTitle text=title/>
        <h1>{texts.room_settings}</h1>
        <p class="intro">
            <a class="link" href=back>{texts.back_to_room}</a>
        </p>
        {content}
    }
    .into_any()
}

/// The whole post.
#[component]
fn OfOwner(room: Room, form: FormState) -> impl IntoView {
    let (texts, plain) = (page::texts(), page::plain_texts());
    let before = view! { <Always room=room.clone() form=form.clone()/> };
    let indexed =
        [("true", plain.indexed_yes), ("false", plain.indexed_no)].map(|(value, name)| (value.into(), name.into()));
    let after = view! {
        <WhoReads form=form.clone() now=room.visibility/>
        <p class="hint">{plain.visibility_raise}</p>
        <Select
            form=form.clone()
            name="indexed"
            label=plain.indexed
            options=indexed.to_vec()
            chosen=if room.indexed { "true" } else { "false" }
        />
        <State form=form.clone() now=room.state/>
    };
    // What was begun on an older text is not put over a newer one.
    let draft = format!("post:{}:{}", room.id, room.edited_ts.unwrap_or(room.ts));
    let written = Written { title: room.title, body: room.body, category: room.category, tags: room.tags.join(", ") };
    view! {
        <PostForm
            action="update_room"
            form
            written
            before=before.into_any()
            after=after.into_any()
            submit=texts.save
            draft
        />
    }
}

/// What moderators may change, too.
#[component]
fn OfModerator(room: Room, form: FormState) -> impl IntoView {
    let texts = page::texts();
    let now = room.state;
    view! {
        <form class="form" method="post" action="/api/update_room">
            {made_for()}
            <Always room form=form.clone()/>
            <State form now/>
            <button class="primary" type="submit">{texts.save}</button>
        </form>
    }
    .into_any()
}

/// What stands at the top of either form.
#[component]
fn Always(room: Room, form: FormState) -> impl IntoView {
    view! {
        <FormError message=form.error_besides(&FIELDS) id="form-error"/>
        <input type="hidden" name="room" value=room.id.get()/>
        <input type="hidden" name="next" value=href::ascii(&room.path())/>
    }
    .into_any()
}

#[component]
fn State(form: FormState, now: RoomState) -> impl IntoView {
    let (texts, plain) = (page::texts(), page::plain_texts());
    let states =
        RoomState::ALL.iter().map(|state| (state.as_str().into(), (texts.state_name)(*state).into())).collect();
    view! { <Select form name="state" label=plain.state_choice options=states chosen=now.as_str()/> }
}
