//! What one may do with a message, as forms: for whoever has no script, and for the menu's link to lead somewhere.

use leptos::prelude::*;
use leptos_router::hooks::use_params_map;

use crate::api::rooms::open_room;
use crate::error::{AppError, Problem};
use crate::model::ids::{RoomId, Seq};
use crate::model::message::{Message, Reaction};
use crate::model::policy::{Deed, offers};
use crate::model::room::{OpenRoom, Room, room_id_of};
use crate::ui::form::{FormError, FormState, PostButton, TextArea, made_for};
use crate::ui::notice::Trouble;
use crate::ui::sheet::sheet;
use crate::ui::title::PageTitle;
use crate::ui::{href, page};

const EMOJI: [&str; 8] = ["👍", "❤️", "😂", "🎉", "😮", "😢", "🙏", "👀"];

#[component]
pub fn MessageEditPage() -> impl IntoView {
    let params = use_params_map();
    let asked = move || {
        let params = params.read();
        params.get("id").and_then(|id| room_id_of(&id)).zip(params.get("seq").and_then(|seq| seq.parse::<Seq>().ok()))
    };
    let load = |asked: Option<(RoomId, Seq)>| async move {
        let (room, seq) = asked.ok_or(Problem::NotFound)?;
        let open = open_room(room, None, None, Some(seq), None, None, None).await?;
        let message = open.history.messages.iter().find(|message| message.seq == seq).cloned();
        let message = message.filter(|message| !message.deleted).ok_or(Problem::TargetMissing)?;
        Ok((open, message))
    };
    sheet(asked, load, |(open, message)| view! { <Actions open message/> }.into_any())
}

#[component]
fn Actions(open: OpenRoom, message: Message) -> impl IntoView {
    let texts = page::texts();
    let OpenRoom { room, membership, .. } = open;
    let path = href::ascii(&room.path());
    let here = format!("{path}/messages/{}", message.seq);
    let Some(me) = page::me() else {
        let error = AppError::from(Problem::SignInFirst);
        return view! { <PageTitle text=texts.message_actions/> <Trouble error/> }.into_any();
    };
    let own = me.id == message.author.id;
    let role = membership.map(|membership| membership.role);
    let fields = vec![
        ("room", room.id.get().to_string()),
        ("target", message.seq.to_string()),
        ("nonce", page::context().form_nonce),
        ("next", path.clone()),
    ];
    let delete = offers(role, Deed::DeleteMessage { own })
        .then(|| view! { <PostButton action="delete_message" label=texts.delete fields class="btn danger"/> });
    view! {
        <PageTitle text=texts.message_actions/>
        <h1>{texts.message_actions}</h1>
        <p class="intro">
            <a class="link" href=here.clone()>{texts.back_to_message}</a>
        </p>
        <p><a class="btn" href=format!("{path}?reply_to={}#message", message.seq)>{texts.reply}</a></p>
        {offers(role, Deed::EditMessage { own }).then(|| view! { <Edit room=room.clone() message=message.clone() next=here.clone()/> })}
        <ReactionForms room message next=here/>
        {delete}
    }
    .into_any()
}

#[component]
fn Edit(room: Room, message: Message, next: String) -> impl IntoView {
    let texts = page::texts();
    let form = FormState::of("edit_message");
    view! {
        <form class="form" method="post" action="/api/edit_message">
            {made_for()}
            <FormError message=form.error_besides(&["body"]) id="form-error"/>
            <input type="hidden" name="room" value=room.id.get()/>
            <input type="hidden" name="target" value=message.seq/>
            <input type="hidden" name="nonce" value=format!("{}-e", page::context().form_nonce)/>
            <input type="hidden" name="next" value=next/>
            <TextArea form name="body" label=texts.message value=message.body/>
            <button class="primary" type="submit">{texts.save}</button>
        </form>
    }
    .into_any()
}

/// One press each: a reaction of one's own is taken back by it.
#[component]
fn ReactionForms(room: Room, message: Message, next: String) -> impl IntoView {
    let texts = page::texts();
    let mut reactions = message.reactions;
    for emoji in EMOJI {
        if !reactions.iter().any(|known| known.emoji == emoji) {
            reactions.push(Reaction { emoji: emoji.to_owned(), count: 0, mine: false });
        }
    }
    let one = move |Reaction { emoji, count, mine }: Reaction| {
        let label = if count > 0 { format!("{emoji} {count}") } else { emoji.clone() };
        view! {
            <form method="post" action="/api/react">
                {made_for()}
                <input type="hidden" name="room" value=room.id.get()/>
                <input type="hidden" name="target" value=message.seq/>
                <input type="hidden" name="on" value=if mine { "false" } else { "true" }/>
                <input type="hidden" name="next" value=next.clone()/>
                <button class="btn" type="submit" name="emoji" value=emoji aria-pressed=if mine { "true" } else { "false" }>{label}</button>
            </form>
        }
    };
    view! {
        <div class="react-forms" role="group" aria-label=texts.react>
            {reactions.into_iter().map(one).collect_view()}
        </div>
    }
    .into_any()
}
