//! What is unread, room by room: since when, and who calls one; every number of a badge with the messages that it counts.

use leptos::prelude::*;

use crate::api::rooms::unread;
use crate::model::message::Quote;
use crate::model::room::News;
use crate::ui::form::PostButton;
use crate::ui::notice::Empty;
use crate::ui::page;
use crate::ui::sheet::sheet;
use crate::ui::time::Ago;
use crate::ui::title::PageTitle;

#[component]
pub fn UnreadPage() -> impl IntoView {
    sheet(|| (), |()| unread(), |news| view! { <All news/> }.into_any())
}

#[component]
fn All(news: Vec<News>) -> impl IntoView {
    let (texts, plain) = (page::texts(), page::plain_texts());
    if news.is_empty() {
        return view! {
            <PageTitle text=texts.unread_page/>
            <h1>{texts.unread_page}</h1>
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
        <ol role="list">{news.into_iter().map(room).collect_view()}</ol>
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
                <a class="quote" href=href><strong>{author.shown_name().to_owned()}</strong> " " <span>{excerpt}</span></a>
            </li>
        }
    };
    view! {
        <li class="said unread-room" data-testid="news" data-room=room.id.get()>
            <div>
                <h2>
                    <a href=path.clone()>{room.title.clone()}</a>
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
