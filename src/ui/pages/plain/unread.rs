//! What is unread, room by room: since when, and who calls one; every number of a badge with the messages that it counts.

use leptos::prelude::*;

use crate::api::rooms::{invitations, unread};
use crate::model::message::Quote;
use crate::model::room::{Invitation, News};
use crate::ui::form::PostButton;
use crate::ui::notice::Empty;
use crate::ui::page;
use crate::ui::sheet::sheet;
use crate::ui::time::Ago;
use crate::ui::title::PageTitle;

#[component]
pub fn UnreadPage() -> impl IntoView {
    let load = |()| async { Ok((invitations().await?, unread().await?)) };
    sheet(|| (), load, |(invitations, news)| view! { <All invitations news/> }.into_any())
}

#[component]
fn All(invitations: Vec<Invitation>, news: Vec<News>) -> impl IntoView {
    let (texts, plain) = (page::texts(), page::plain_texts());
    let invited = (!invitations.is_empty()).then(|| {
        view! {
            <section>
                <h2>{plain.invitations}</h2>
                <ol role="list">{invitations.into_iter().map(invitation).collect_view()}</ol>
            </section>
        }
    });
    if news.is_empty() {
        return view! {
            <PageTitle text=texts.unread_page/>
            <h1>{texts.unread_page}</h1>
            {invited}
            <Empty heading=plain.unread_none hint=plain.unread_none_hint>
                <a class="btn" href="/">{texts.back}</a>
            </Empty>
        }
        .into_any();
    }
    view! {
        <PageTitle text=texts.unread_page/>
        <div class="sheet-head">
            <h1>{texts.unread_page}</h1>
            <PostButton action="mark_all_read" label=texts.read_all fields=vec![("next", "/unread".to_owned())] class="btn"/>
        </div>
        {invited}
        <ol role="list">{news.into_iter().map(room).collect_view()}</ol>
    }
    .into_any()
}

fn invitation(Invitation { room, title, by, ts }: Invitation) -> AnyView {
    let plain = page::plain_texts();
    let fields = |next: String| vec![("room", room.get().to_string()), ("next", next)];
    let path = format!("/rooms/{room}");
    view! {
        <li class="said unread-room" data-testid="invitation" data-room=room.get()>
            <div>
                <h3>{title}</h3>
                <div class="meta">
                    <span>{(plain.invited_by)(by.shown_name())}</span>
                    <Ago ts/>
                </div>
            </div>
            <div class="side">
                <PostButton action="accept_invitation" label=plain.invitation_accept fields=fields(path) class="btn"/>
                <PostButton
                    action="decline_invitation"
                    label=plain.invitation_decline
                    fields=fields("/unread".to_owned())
                    class="btn"
                />
            </div>
        </li>
    }
    .into_any()
}

fn room(News { room, first, since, mentions }: News) -> AnyView {
    let (texts, plain) = (page::texts(), page::plain_texts());
    let path = room.path();
    let counted = room.unread().unwrap_or_default();
    let read =
        vec![("room", room.id.get().to_string()), ("seq", room.head.to_string()), ("next", "/unread".to_owned())];
    let mention = |Quote { seq, author, excerpt, .. }: Quote| {
        let href = format!("{path}/messages/{seq}");
        view! {
            <li>
                <a class="quote" href=href><strong>{author.shown_name().to_owned()}</strong> " " <span lang=page::lang_of(&excerpt)>{excerpt.clone()}</span></a>
            </li>
        }
    };
    view! {
        <li class="said unread-room" data-testid="news" data-room=room.id.get()>
            <div>
                <h2>
                    <a href=path.clone() lang=page::lang_of(&room.title)>{room.title.clone()}</a>
                </h2>
                <div class="meta">
                    <a class="link" href=format!("{path}/messages/{first}")>
                        {(texts.unread)(counted.count, counted.mentions)}
                    </a>
                    <span>{plain.unread_since} " " <Ago ts=since/></span>
                </div>
                <ul role="list">{mentions.into_iter().map(mention).collect_view()}</ul>
            </div>
            <div class="side">
                <PostButton action="mark_read" label=plain.mark_read fields=read class="btn"/>
            </div>
        </li>
    }
    .into_any()
}
