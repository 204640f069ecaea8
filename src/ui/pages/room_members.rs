//! Who belongs to a room; for its owner and moderators, letting in and putting out.

use leptos::prelude::*;
use leptos_router::hooks::use_params_map;

use crate::api::rooms::{members, room};
use crate::error::{Problem, Result};
use crate::model::room::{Member, Membership, Role, Room, Visibility, room_id_of};
use crate::ui::avatar::{Avatar, shown_name};
use crate::ui::form::{FormError, FormState, PostButton, TextField};
use crate::ui::layout::Layout;
use crate::ui::notice::Trouble;
use crate::ui::page;
use crate::ui::title::PageTitle;

#[component]
pub fn RoomMembersPage() -> impl IntoView {
    let texts = page::texts();
    let params = use_params_map();
    let found = Resource::new(
        move || params.read().get("id").and_then(|id| room_id_of(&id)),
        |id| async move {
            let id = id.ok_or(Problem::NotFound)?;
            let (room, membership) = room(id).await?;
            Result::Ok((room, membership, members(id, None).await?))
        },
    );
    let content = move || {
        Suspend::new(async move {
            match found.await {
                Ok((room, membership, members)) => view! { <People room membership members/> }.into_any(),
                Err(error) => view! { <Trouble error/> }.into_any(),
            }
        })
    };
    view! {
        <PageTitle text=texts.room_members/>
        <Layout>
            <main class="sheet wide" id="content" tabindex="-1">
                <Transition fallback=move || view! { <p class="loading">{texts.loading}</p> }>{content}</Transition>
            </main>
        </Layout>
    }
}

#[component]
fn People(room: Room, membership: Option<Membership>, members: Vec<Member>) -> impl IntoView {
    let texts = page::texts();
    let mine = membership.map(|membership| membership.role);
    let here = format!("/rooms/{}/members", room.id);
    let moderates = mine.is_some_and(|role| role != Role::Member);
    let form = moderates.then(|| view! { <AddMember room=room.clone() here=here.clone()/> });
    // A ban is for rooms that one can come back to by oneself.
    let may_ban = room.visibility != Visibility::Private;
    let rows = members.into_iter().map(|member| {
        let may_remove = match mine {
            Some(Role::Owner) => member.role != Role::Owner,
            Some(Role::Moderator) => member.role == Role::Member,
            _ => false,
        };
        let fields = |ban: bool| {
            vec![
                ("room", room.id.get().to_string()),
                ("username", member.user.username.clone()),
                ("ban", ban.to_string()),
                ("next", here.clone()),
            ]
        };
        let actions = may_remove.then(|| {
            view! {
                <PostButton action="remove_member" label=texts.member_remove fields=fields(false) class="btn"/>
                {may_ban.then(|| view! {
                    <PostButton action="remove_member" label=texts.member_ban fields=fields(true) class="btn"/>
                })}
            }
        });
        let name = shown_name(&member.user).to_owned();
        let username = member.user.username.clone();
        let at = format!("@{username}");
        view! {
            <li data-user=username>
                <Avatar author=member.user/>
                <span class="member-name">
                    <strong>{name}</strong>
                    <span class="soft">{at}</span>
                </span>
                {(member.role != Role::Member)
                    .then(|| view! { <span class="badge">{(texts.role_name)(member.role)}</span> })}
                {member.present.then(|| view! { <span class="dot">{texts.member_here}</span> })}
                <span class="member-actions">{actions}</span>
            </li>
        }
    });
    view! {
        <h1>{room.title.clone()}</h1>
        <p class="intro">
            <a class="link" href=room.path()>{texts.back_to_room}</a>
            " · "
            {(texts.members)(room.members)}
        </p>
        {form}
        <ul class="people">{rows.collect_view()}</ul>
    }
    .into_any()
}

#[component]
fn AddMember(room: Room, here: String) -> impl IntoView {
    let texts = page::texts();
    let form = FormState::of("add_member");
    view! {
        <form class="form inline" method="post" action="/api/add_member">
            <FormError message=form.error_besides(&["username"]) id="form-error"/>
            <input type="hidden" name="room" value=room.id.get()/>
            <input type="hidden" name="next" value=here/>
            <TextField form name="username" label=texts.member_add required=true/>
            <button class="primary" type="submit">{texts.member_add_submit}</button>
        </form>
    }
    .into_any()
}
