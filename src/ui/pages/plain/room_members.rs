//! Who belongs to a room. Its owner and moderators let in and put out here, and its owner shares the work or hands it over.

use leptos::prelude::*;
use leptos_router::hooks::{use_params_map, use_query_map};

use crate::api::rooms::{members, room};
use crate::error::Problem;
use crate::model::ids::RoomId;
use crate::model::policy::{Deed, offers};
use crate::model::room::{Member, Membership, Role, Room, Visibility, room_id_of};
use crate::model::text::SEARCH_MAX;
use crate::ui::avatar::Avatar;
use crate::ui::form::{FormError, FormState, PostButton, TextField, made_for};
use crate::ui::href::{self, query_value};
use crate::ui::page;
use crate::ui::sheet::sheet;
use crate::ui::title::PageTitle;

/// As many as the server gives at once.
const AT_ONCE: usize = 200;

#[component]
pub fn RoomMembersPage() -> impl IntoView {
    let (params, query) = (use_params_map(), use_query_map());
    let asked = move || {
        let given = |name| query.read().get(name).filter(|value| !value.trim().is_empty());
        (params.read().get("id").and_then(|id| room_id_of(&id)), given("q"), given("after"))
    };
    let load = |(id, q, after): (Option<RoomId>, Option<String>, Option<String>)| async move {
        let id = id.ok_or(Problem::NotFound)?;
        let (room, membership) = room(id).await?;
        let members = members(id, after, q.clone()).await?;
        Ok((room, membership, members, q))
    };
    sheet(asked, load, |(room, membership, members, q)| view! { <People room membership members q/> }.into_any())
}

#[component]
fn People(room: Room, membership: Option<Membership>, members: Vec<Member>, q: Option<String>) -> impl IntoView {
    let (texts, plain) = (page::texts(), page::plain_texts());
    let mine = membership.map(|membership| membership.role);
    let here = format!("/rooms/{}/members", room.id);
    let form = offers(mine, Deed::AddMember { banned_by: None })
        .then(|| view! { <AddMember room=room.clone() here=here.clone()/> });
    let nobody = members.is_empty().then(|| {
        view! {
            <p class="hint">
                {plain.member_find_none} " " <a class="link" href=here.clone()>{plain.members_all}</a>
            </p>
        }
    });
    let last = members.last().filter(|_| members.len() == AT_ONCE);
    let more = last.map(|last| {
        let q = q.as_ref().map(|q| format!("q={}&", query_value(q))).unwrap_or_default();
        let href = format!("{here}?{q}after={}", query_value(&last.user.username));
        view! { <p class="paging"><a class="btn" rel="next" href=href>{plain.members_more}</a></p> }
    });
    // What was refused is said above the list: the person it was about may not be in it any more.
    let refused = ["set_role", "remove_member"].map(|name| FormState::of(name).error_besides(&[]));
    let problem = refused.into_iter().flatten().next();
    let people = members.into_iter().map(|member| {
        let actions = Actions::of(&room, mine, &member, here.clone());
        view! { <Person member actions/> }
    });
    view! {
        <PageTitle text=format!("{} · {}", texts.room_members, room.title)/>
        <h1>{room.title.clone()}</h1>
        <p class="intro">
            <a class="link" href=room.path()>{texts.back_to_room}</a>
            " · "
            {(texts.members)(room.members)}
        </p>
        {form}
        <form class="find" role="search" method="get" action=here.clone() aria-label=plain.member_find>
            <input
                type="search"
                name="q"
                value=q
                maxlength=SEARCH_MAX
                aria-label=plain.member_find
                placeholder=plain.member_find
            />
            <button class="btn" type="submit">{texts.search}</button>
        </form>
        <FormError message=problem id="people-error"/>
        {nobody}
        <ul class="people">{people.collect_view()}</ul>
        {more}
    }
    .into_any()
}

/// What the reader may do about one member.
struct Actions {
    /// The fields of each form.
    fields: Vec<(&'static str, String)>,
    /// The role that they may give.
    role: Option<Role>,
    may_hand_over: bool,
    may_remove: bool,
    /// A ban is for rooms that one can come back to by oneself.
    may_ban: bool,
}

impl Actions {
    fn of(room: &Room, mine: Option<Role>, member: &Member, here: String) -> Self {
        let may_remove = offers(mine, Deed::RemoveMember { role: Some(member.role) });
        let role = match member.role {
            _ if !offers(mine, Deed::SetRole { own: false }) => None,
            Role::Owner => None,
            Role::Moderator => Some(Role::Member),
            Role::Member => Some(Role::Moderator),
        };
        Self {
            fields: vec![
                ("room", room.id.get().to_string()),
                ("username", member.user.username.clone()),
                ("next", here),
            ],
            may_hand_over: role.is_some(),
            role,
            may_remove,
            may_ban: may_remove && room.visibility != Visibility::Private,
        }
    }

    fn with(&self, name: &'static str, value: &str) -> Vec<(&'static str, String)> {
        self.fields.iter().cloned().chain([(name, value.to_owned())]).collect()
    }
}

#[component]
fn Person(member: Member, actions: Actions) -> impl IntoView {
    let (texts, plain) = (page::texts(), page::plain_texts());
    let name = member.user.shown_name().to_owned();
    let username = member.user.username.clone();
    let at = format!("@{username}");
    let profile = href::ascii(&format!("/users/{username}"));
    let change = actions.role.map(|role| {
        let fields = actions.with("role", role.as_str());
        view! { <PostButton action="set_role" label=(plain.make_role)(role) fields class="btn"/> }
    });
    let remove = actions.may_remove.then(|| {
        let fields = actions.with("ban", "false");
        let hint = (plain.member_remove_hint)(&name);
        view! { <Twice label=plain.member_remove hint action="remove_member" submit=plain.member_remove_submit fields/> }
    });
    let ban = actions.may_ban.then(|| {
        let fields = actions.with("ban", "true");
        let hint = (plain.member_ban_hint)(&name);
        view! { <Twice label=plain.member_ban hint action="remove_member" submit=plain.member_ban_submit fields/> }
    });
    let hand_over = actions.may_hand_over.then(|| {
        let fields = actions.with("role", Role::Owner.as_str());
        let hint = (plain.hand_over_hint)(&name);
        view! { <Twice label=plain.hand_over hint action="set_role" submit=plain.hand_over_submit fields/> }
    });
    view! {
        <li data-user=username data-role=member.role.as_str()>
            <Avatar author=member.user/>
            <span class="member-name">
                <strong>{name.clone()}</strong>
                <a class="soft" href=profile>{at}</a>
            </span>
            {match member.role {
                Role::Member => None,
                role => Some(view! { <span class="badge">{(texts.role_name)(role)}</span> }),
            }}
            {member.present.then(|| view! { <span class="dot">{plain.member_here}</span> })}
            // Named, because every row has the same buttons.
            <div class="member-actions" role="group" aria-label=name>
                {change}
                {remove} {ban} {hand_over}
            </div>
        </li>
    }
    .into_any()
}

/// A deed that is asked for twice: it falls on somebody else, or who does it cannot take it back.
#[component]
fn Twice(
    label: &'static str,
    hint: String,
    action: &'static str,
    submit: &'static str,
    fields: Vec<(&'static str, String)>,
) -> impl IntoView {
    view! {
        <details class="twice">
            <summary class="btn">{label}</summary>
            <p class="hint">{hint}</p>
            <PostButton action label=submit fields class="btn danger"/>
        </details>
    }
}

#[component]
fn AddMember(room: Room, here: String) -> impl IntoView {
    let plain = page::plain_texts();
    let form = FormState::of("add_member");
    if form.problem() == Some(&Problem::Invited) {
        let invited = form.error_besides(&[]);
        return view! { <p class="hint" role="status" id="form-invited">{invited}</p> }.into_any();
    }
    view! {
        <form class="form inline" method="post" action="/api/add_member">
            {made_for()}
            <FormError message=form.error_besides(&["username"]) id="form-error"/>
            <input type="hidden" name="room" value=room.id.get()/>
            <input type="hidden" name="next" value=here/>
            <TextField form name="username" label=plain.member_add required=true/>
            <button class="primary" type="submit">{plain.member_add_submit}</button>
        </form>
    }
    .into_any()
}
