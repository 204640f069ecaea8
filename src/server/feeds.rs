//! Rooms and messages for feed readers and search engines: only what a visitor may read.

mod atom;
mod html;
mod revalidated;
mod sitemap;
pub mod xml;

use axum::extract::{Path, State};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};

use self::atom::{Entry, Feed};
use super::app::App;
use super::chat::history::DEFAULT_LIMIT;
use super::forms::{Refusal, percent_encoded};
use super::markdown::{self, Dialect};
use super::request::language;
use super::store::rooms::LobbyQuery;
use crate::error::{Problem, Result};
use crate::i18n::Lang;
use crate::model::message::HistoryQuery;
use crate::model::room::{Room, Sort, Visibility, room_id_of};

pub use self::sitemap::sitemap;

pub const ATOM: &str = "application/atom+xml";
/// What a page says in its head.
const UNLISTED: (&str, &str) = ("x-robots-tag", "noindex");
/// Categories are named in the reader's language.
const BY_LANGUAGE: (&str, &str) = ("vary", "accept-language, cookie");
const ENTRIES: i64 = 30;
/// Characters of a message that stand for its title.
const TITLE: usize = 80;

/// Addresses that hold nothing to find.
const ROBOTS: &str = "\
User-agent: *
Disallow: /api/
Disallow: /ws
Disallow: /login
Disallow: /register
Disallow: /settings
Disallow: /admin
Disallow: /rooms/new
Disallow: /search
Disallow: /unread
Disallow: /healthz
Disallow: /readyz
Allow: /
";

pub async fn robots(State(app): State<App>) -> impl IntoResponse {
    let text = format!("{ROBOTS}\nSitemap: {}/sitemap.xml\n", app.site());
    ([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], text)
}

/// The address of the feed of a tag.
pub fn tag_feed(tag: &str) -> String {
    let tag: String = form_urlencoded::byte_serialize(tag.as_bytes()).collect();
    // A form writes a space as "+", which in a path is a plus.
    format!("/tags/{}/feed.atom", tag.replace('+', "%20"))
}

/// The newest public rooms.
pub async fn lobby(State(app): State<App>, headers: HeaderMap) -> Response {
    answer(&headers, rooms(&app, None, language(&headers, None)).await)
}

/// The newest public rooms with a tag. There is a feed for every tag, lest its absence tell of private rooms.
pub async fn tag(State(app): State<App>, Path(tag): Path<String>, headers: HeaderMap) -> Response {
    answer(&headers, rooms(&app, Some(&tag), language(&headers, None)).await)
}

/// What was said last in a room.
pub async fn room(State(app): State<App>, Path(room): Path<String>, headers: HeaderMap) -> Response {
    answer(&headers, messages(&app, &room).await)
}

/// For feed readers only: in a feed nothing says what of it search engines may list.
fn answer(headers: &HeaderMap, feed: Result<String>) -> Response {
    match feed {
        Ok(feed) => ([UNLISTED, BY_LANGUAGE], revalidated::answer(headers, ATOM, feed)).into_response(),
        Err(error) => Refusal(error, language(headers, None)).into_response(),
    }
}

async fn rooms(app: &App, tag: Option<&str>, lang: Lang) -> Result<String> {
    // Without a reader nobody's own rooms are among them.
    let tags: Vec<String> = tag.into_iter().map(str::to_owned).collect();
    let query = LobbyQuery { sort: Sort::New, tags: &tags, ..LobbyQuery::all(ENTRIES) };
    let rooms = app.chat.db.lobby(&query).await?;
    let site = app.site();
    let (title, path, page) = match tag {
        None => ("Chat Chat".to_owned(), "/feed.atom".to_owned(), "/".to_owned()),
        Some(tag) => {
            let query: String = form_urlencoded::byte_serialize(tag.as_bytes()).collect();
            (format!("#{tag} · Chat Chat"), tag_feed(tag), format!("/?tag={query}"))
        }
    };
    let entries = rooms.iter().map(|room| Entry {
        // Without the slug: titles change.
        id: format!("{site}/rooms/{}", room.id),
        link: address(site, room),
        title: room.title.clone(),
        author: room.author.shown_name().to_owned(),
        published: room.ts,
        updated: room.edited_ts.unwrap_or(room.ts),
        category: Some((room.category.clone(), app.categories.name(&room.category, lang))),
        content: html::html(&room.body, Dialect::Full),
    });
    let feed = Feed { title, own: format!("{site}{path}"), page: format!("{site}{page}"), entries: entries.collect() };
    Ok(feed.xml())
}

async fn messages(app: &App, room: &str) -> Result<String> {
    let chat = &app.chat;
    let reader = chat.access(room_id_of(room).ok_or(Problem::NotFound)?, None).await?;
    let query = HistoryQuery { limit: DEFAULT_LIMIT, ..HistoryQuery::default() };
    let history = chat.history(&reader, query).await?;
    let room = chat.db.room(reader.room).await?.filter(|room| room.visibility != Visibility::Private);
    let room = room.ok_or(Problem::NotFound)?;
    let site = app.site();
    let (page, id) = (address(site, &room), format!("{site}/rooms/{}", room.id));
    let entries = history.messages.iter().rev().filter(|message| !message.deleted).map(|message| Entry {
        id: format!("{id}/messages/{}", message.seq),
        link: format!("{page}/messages/{}", message.seq),
        title: markdown::excerpt(&message.body, Dialect::Chat, TITLE),
        author: message.author.shown_name().to_owned(),
        published: message.ts,
        updated: message.edited_ts.unwrap_or(message.ts),
        category: None,
        content: html::html(&message.body, Dialect::Chat),
    });
    let entries = entries.collect();
    Ok(Feed { title: format!("{} · Chat Chat", room.title), own: format!("{id}/feed.atom"), page, entries }.xml())
}

fn address(site: &str, room: &Room) -> String {
    format!("{site}{}", percent_encoded(&room.path()))
}
