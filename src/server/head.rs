//! What a page says about itself to other sites: its address, a preview of it, whether search engines may list it.
//!
//! All of it is written by the server only, while it reads what the page shows: no browser pays for it.

use leptos::prelude::*;
use leptos_meta::{Link, Meta, Script, ServerMetaContext};
use serde_json::{Value, json};

use super::chat::Reader;
use super::feeds::{ATOM, tag_feed};
use super::forms::percent_encoded;
use super::listing::Listing;
use super::markdown;
use super::request::Request;
use crate::i18n::Lang;
use crate::model::civil::iso;
use crate::model::ids::Seq;
use crate::model::message::Message;
use crate::model::room::{OpenRoom, Room, Visibility};
use crate::model::user::Author;

/// Characters of a text that a preview shows.
const DESCRIPTION: usize = 200;
/// What other sites show beside a preview: 1200 × 630, which they ask for; `make screenshots` draws it.
const PICTURE: &str = "/preview.png";

/// The head of the lobby, of all its rooms or of those with a tag.
pub fn of_lobby(tag: Option<&str>) {
    if is_page() {
        feed(tag.map_or_else(|| "/feed.atom".to_owned(), tag_feed));
    }
}

/// The head of a room's page, or of the page of one of its messages: nothing that a visitor may not read.
pub fn of_room(
    request: &Request,
    reader: &Reader,
    listing: &Listing,
    open: &OpenRoom,
    before: Option<Seq>,
    after: Option<Seq>,
) {
    if !is_page() {
        return;
    }
    let OpenRoom { room, history, linked, days, .. } = open;
    if !listing.page {
        add(view! { <Meta name="robots" content="noindex"/> });
    }
    let is_open = room.visibility != Visibility::Private;
    if !is_open || linked.as_ref().is_some_and(|linked| linked.deleted || linked.seq < reader.open_from) {
        return;
    }
    let path = percent_encoded(&room.path());
    let address = format!("{}{path}", request.app.site());
    let page = match (linked, days, before, after) {
        (Some(linked), ..) => format!("{address}/messages/{}", linked.seq),
        (None, Some(days), ..) => format!("{address}/days/{}", days.day),
        (None, None, Some(before), _) => format!("{address}?before={before}"),
        (None, None, None, Some(after)) => format!("{address}?after={after}"),
        (None, None, None, None) => address.clone(),
    };
    let said = linked.as_ref().and_then(|linked| history.messages.iter().find(|message| message.seq == linked.seq));
    let picture = format!("{}{PICTURE}", request.app.site());
    let body = said.map_or(&room.body, |message| &message.body);
    preview(request.viewer.lang, &page, &picture, &room.title, body);
    feed(format!("{path}/feed.atom"));
    if listing.page {
        let comments = history.messages.iter().filter(|message| listing.has(message));
        let category = request.app.categories.name(&room.category, request.viewer.lang);
        let script = in_script(&posting(room, &category, &address, comments));
        // Its nonce is the page's.
        add(view! { <Script type_="application/ld+json">{script}</Script> });
    }
}

/// The head of a page that is not for search engines, whatever the room says: it shows again what stands elsewhere.
pub fn unlisted() {
    if is_page() {
        add(view! { <Meta name="robots" content="noindex"/> });
    }
}

/// Programs call the same functions as pages do; theirs have no head.
fn is_page() -> bool {
    use_context::<ServerMetaContext>().is_some()
}

/// leptos_meta hands a tag over when it is rendered, wherever that is.
fn add(tag: impl IntoView) {
    drop(tag.to_html());
}

fn feed(address: String) {
    add(view! { <Link rel="alternate" type_=ATOM href=address/> });
}

fn preview(lang: Lang, page: &str, picture: &str, title: &str, body: &str) {
    let excerpt = markdown::excerpt(body, DESCRIPTION);
    let description = if excerpt.is_empty() { lang.texts().tagline.to_owned() } else { excerpt };
    let locale = match lang {
        Lang::En => "en_US",
        Lang::Ko => "ko_KR",
    };
    add(view! { <Link rel="canonical" href=page.to_owned()/> });
    add(view! { <Meta name="description" content=description.clone()/> });
    add(view! { <Meta name="twitter:card" content="summary"/> });
    let properties = [
        ("og:type", "article"),
        ("og:site_name", "Chat Chat"),
        ("og:locale", locale),
        ("og:url", page),
        ("og:image", picture),
        ("og:image:width", "1200"),
        ("og:image:height", "630"),
        ("og:title", title),
        ("og:description", &description),
    ];
    for (property, content) in properties {
        add(view! { <Meta property=property content=content.to_owned()/> });
    }
}

/// The room as a schema.org posting, with what is said on the page as its comments.
fn posting<'a>(room: &Room, category: &str, address: &str, comments: impl Iterator<Item = &'a Message>) -> Value {
    let comment = |message: &Message| {
        json!({
            "@type": "Comment",
            "url": format!("{address}/messages/{}", message.seq),
            "text": markdown::plain(&message.body),
            "datePublished": iso(message.ts),
            "author": person(&message.author),
        })
    };
    let mut posting = json!({
        "@context": "https://schema.org",
        "@type": "DiscussionForumPosting",
        "url": address,
        "headline": room.title,
        "text": markdown::plain(&room.body),
        "datePublished": iso(room.ts),
        "author": person(&room.author),
        "commentCount": room.messages,
        "articleSection": category,
    });
    if !room.tags.is_empty() {
        posting["keywords"] = room.tags.join(", ").into();
    }
    let comments: Vec<Value> = comments.map(comment).collect();
    if !comments.is_empty() {
        posting["comment"] = comments.into();
    }
    posting
}

fn person(author: &Author) -> Value {
    json!({ "@type": "Person", "name": author.shown_name() })
}

/// JSON for a `<script>`: without a "<", nothing in it can end the element or begin another state of it.
fn in_script(json: &Value) -> String {
    json.to_string().replace('<', "\\u003c")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_ends_the_script_that_it_stands_in() {
        let hostile = "</script><!--<script>\u{2028}\"\\";
        let script = in_script(&json!({ "text": hostile }));
        assert!(!script.contains('<'), "{script}");
        assert_eq!(serde_json::from_str::<Value>(&script).unwrap()["text"], hostile);
    }
}
