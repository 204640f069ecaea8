//! What a page says about itself to other sites: its address, a preview of it, whether search engines may list it.
//!
//! All of it is written by the server only, while it reads what the page shows: no browser pays for it.

use leptos::prelude::*;
use leptos_meta::{Link, Meta, Script, ServerMetaContext};
use serde_json::{Value, json};

use super::actor::Actor;
use super::feeds::{ATOM, tag_feed};
use super::forms::percent_encoded;
use super::listing::Listing;
use super::markdown::{self, Dialect};
use super::store::access::Access;
use crate::i18n::Lang;
use crate::model::civil::iso;
use crate::model::ids::Seq;
use crate::model::message::Message;
use crate::model::room::{Match, OpenRoom, Room, Visibility, chosen};
use crate::model::user::Author;

/// Characters of a text that a preview shows.
const DESCRIPTION: usize = 200;
/// What other sites show beside a preview: 1200 × 630, which they ask for; `make screenshots` draws it.
const PICTURE: &str = "/preview.png";

/// The head of the lobby: of all its rooms, or of some of them. In which order they stand is no matter to others.
pub fn of_lobby(actor: &Actor, category: Option<&str>, tags: &[String], matching: Match, q: Option<&str>) {
    if !is_page() {
        return;
    }
    let lang = actor.lang;
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.extend_pairs(category.map(|category| ("category", category)));
    query.extend_pairs(tags.iter().map(|tag| ("tag", tag)));
    query.extend_pairs((tags.len() > 1 && matching == Match::All).then_some(("match", matching.as_str())));
    query.extend_pairs(q.map(|q| ("q", q)));
    let query = query.finish();
    let name = category.map(|category| actor.app.categories.name(category, lang));
    let chosen = chosen(name, tags, q);
    let path = if query.is_empty() { "/".to_owned() } else { format!("/?{query}") };
    let (title, description) = match chosen {
        Some(chosen) => (chosen.clone(), (lang.plain_texts().about_rooms)(&chosen)),
        None => ("Chat Chat".to_owned(), lang.texts().tagline.to_owned()),
    };
    preview(actor, "website", &path, &title, &description);
    let tag = tags.first().filter(|_| tags.len() == 1);
    feed(tag.map_or_else(|| "/feed.atom".to_owned(), |tag| tag_feed(tag)));
}

/// The head of somebody's page: for previews, but not for search engines.
pub fn of_person(actor: &Actor, person: &Author, bio: &str) {
    if is_page() {
        unlisted();
        let name = person.shown_name();
        let bio = markdown::shortened(bio, DESCRIPTION);
        let description = if bio.is_empty() { (actor.lang.plain_texts().about_person)(name) } else { bio };
        preview(actor, "profile", &percent_encoded(&format!("/users/{}", person.username)), name, &description);
    }
}

/// The head of a room's page, or of the page of one of its messages: nothing that a visitor may not read.
pub fn of_room(
    actor: &Actor,
    access: &Access,
    listing: &Listing,
    open: &OpenRoom,
    before: Option<Seq>,
    after: Option<Seq>,
) {
    if !is_page() {
        return;
    }
    let OpenRoom { room, history, linked, days, .. } = open;
    // Drawn once all of it has come: a browser without script scrolls to what has the focus at its first drawing only, and
    // the rest of a conversation would push that away. Where there is no conversation nothing waits.
    let is_empty =
        linked.as_ref().is_some_and(|linked| linked.deleted) || (days.is_some() && history.messages.is_empty());
    if !is_empty {
        add(view! { <Link rel="expect" href="#foot" blocking="render"/> });
    }
    if !listing.page {
        add(view! { <Meta name="robots" content="noindex"/> });
    }
    let is_open = room.visibility != Visibility::Private;
    if !is_open || linked.as_ref().is_some_and(|linked| linked.deleted || linked.seq < access.open_from) {
        return;
    }
    let path = percent_encoded(&room.path());
    let address = format!("{}{path}", actor.app.site());
    let page = match (linked, days, before, after) {
        (Some(linked), ..) => format!("{path}/messages/{}", linked.seq),
        (None, Some(days), ..) => format!("{path}/{}", days.address(&days.day)),
        (None, None, Some(before), _) => format!("{path}?before={before}"),
        (None, None, None, Some(after)) => format!("{path}?after={after}"),
        (None, None, None, None) => path.clone(),
    };
    let said = linked.as_ref().and_then(|linked| history.messages.iter().find(|message| message.seq == linked.seq));
    let title = match days {
        Some(days) => format!("{} · {}", room.title, days.title()),
        None => room.title.clone(),
    };
    let description = match said {
        Some(message) => {
            let said = markdown::excerpt(&message.body, Dialect::Chat, DESCRIPTION);
            format!("{}: {said}", message.author.shown_name())
        }
        None => markdown::excerpt(&room.body, Dialect::Full, DESCRIPTION),
    };
    let tagline = || actor.lang.texts().tagline.to_owned();
    let description = Some(description).filter(|text| !text.is_empty()).unwrap_or_else(tagline);
    preview(actor, "article", &page, &title, &description);
    feed(format!("{path}/feed.atom"));
    if listing.page {
        let comments = history.messages.iter().filter(|message| listing.has(message));
        let category = actor.app.categories.name(&room.category, actor.lang);
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

/// What other sites show of the page at `path`: a page of some kind of OpenGraph's.
fn preview(actor: &Actor, kind: &str, path: &str, title: &str, description: &str) {
    let (page, picture) = (format!("{}{path}", actor.app.site()), format!("{}{PICTURE}", actor.app.site()));
    let locale = match actor.lang {
        Lang::En => "en_US",
        Lang::Ko => "ko_KR",
    };
    add(view! { <Link rel="canonical" href=page.clone()/> });
    add(view! { <Meta name="description" content=description.to_owned()/> });
    add(view! { <Meta name="twitter:card" content="summary"/> });
    let properties = [
        ("og:type", kind),
        ("og:site_name", "Chat Chat"),
        ("og:locale", locale),
        ("og:url", &page),
        ("og:image", &picture),
        ("og:image:width", "1200"),
        ("og:image:height", "630"),
        ("og:title", title),
        ("og:description", description),
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
            "text": markdown::plain(&message.body, Dialect::Chat),
            "datePublished": iso(message.ts),
            "author": person(&message.author),
        })
    };
    let mut posting = json!({
        "@context": "https://schema.org",
        "@type": "DiscussionForumPosting",
        "url": address,
        "headline": room.title,
        "text": markdown::plain(&room.body, Dialect::Full),
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
