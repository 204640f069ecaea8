//! Changing a post: its text and who may read it, for its owner; its state, for moderators too.

use leptos::prelude::*;
use leptos_router::hooks::use_params_map;

use super::new_room::WhoReads;
use crate::api::rooms::room;
use crate::error::{AppError, Problem};
use crate::model::room::{Membership, Role, Room, RoomState, SEEDED_CATEGORIES, room_id_of};
use crate::ui::form::{FormError, FormState, Select, TextArea, TextField};
use crate::ui::layout::Layout;
use crate::ui::notice::Trouble;
use crate::ui::title::PageTitle;
use crate::ui::{href, page};

const FIELDS: [&str; 7] = ["title", "body", "category", "tags", "visibility", "indexed", "state"];

#[component]
pub fn RoomSettingsPage() -> impl IntoView {
    let texts = page::texts();
    let params = use_params_map();
    let found = Resource::new(
        move || params.read().get("id").and_then(|id| room_id_of(&id)),
        |id| async move { room(id.ok_or(Problem::NotFound)?).await },
    );
    let content = move || {
        Suspend::new(async move {
            match found.await {
                Ok((room, Some(Membership { role, .. }))) if role != Role::Member => {
                    view! { <Settings room role/> }.into_any()
                }
                Ok(_) => view! { <Trouble error=AppError::from(Problem::NotAllowed)/> }.into_any(),
                Err(error) => view! { <Trouble error/> }.into_any(),
            }
        })
    };
    view! {
        <PageTitle text=texts.room_settings/>
        <Layout>
            <main class="sheet wide" id="content" tabindex="-1">
                <Transition fallback=move || view! { <p class="loading">{texts.loading}</p> }>{content}</Transition>
            </main>
        </Layout>
    }
}

#[component]
fn Settings(room: Room, role: Role) -> impl IntoView {
    let texts = page::texts();
    let form = FormState::of("update_room");
    let path = href::ascii(&room.path());
    let states = RoomState::ALL.iter().map(|state| (state.as_str(), (texts.state_name)(*state).to_owned())).collect();
    let of_owner = (role == Role::Owner).then(|| view! { <Text room=room.clone() form=form.clone()/> });
    view! {
        <h1>{texts.room_settings}</h1>
        <p class="intro">
            <a class="link" href=room.path()>{texts.back_to_room}</a>
        </p>
        <form class="form" method="post" action="/api/update_room">
            <FormError message=form.error_besides(&FIELDS) id="form-error"/>
            <input type="hidden" name="room" value=room.id.get()/>
            <input type="hidden" name="next" value=path/>
            {of_owner}
            <Select form name="state" label=texts.state_choice options=states chosen=room.state.as_str()/>
            <button class="primary" type="submit">{texts.save}</button>
        </form>
    }
    .into_any()
}

/// What only the owner changes.
#[component]
fn Text(room: Room, form: FormState) -> impl IntoView {
    let texts = page::texts();
    let categories = SEEDED_CATEGORIES.map(|name| (name, (texts.category_name)(name))).to_vec();
    let category = SEEDED_CATEGORIES.into_iter().find(|key| *key == room.category).unwrap_or(SEEDED_CATEGORIES[0]);
    let indexed = vec![("true", texts.indexed_yes.to_owned()), ("false", texts.indexed_no.to_owned())];
    view! {
        <TextField form=form.clone() name="title" label=texts.title value=room.title required=true/>
        <TextArea form=form.clone() name="body" label=texts.post_body hint=texts.post_body_hint value=room.body/>
        <Select form=form.clone() name="category" label=texts.category options=categories chosen=category/>
        <TextField form=form.clone() name="tags" label=texts.tags hint=texts.tags_hint value=room.tags.join(", ")/>
        <WhoReads form=form.clone() now=room.visibility/>
        <p class="hint">{texts.visibility_raise}</p>
        <Select
            form
            name="indexed"
            label=texts.indexed
            options=indexed
            chosen=if room.indexed { "true" } else { "false" }
        />
    }
    .into_any()
}
