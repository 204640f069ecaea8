//! The rooms that search engines may list, and no others (sitemaps.org).

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};

use super::revalidated;
use super::xml::Xml;
use crate::error::Result;
use crate::model::civil::iso;
use crate::server::app::App;
use crate::server::forms::{Refusal, percent_encoded};
use crate::server::request::language;

/// As many as one sitemap may hold.
const MOST: i64 = 50_000;

pub async fn sitemap(State(app): State<App>, headers: HeaderMap) -> Response {
    match listed(&app).await {
        Ok(sitemap) => revalidated::answer(&headers, "application/xml", sitemap),
        Err(error) => Refusal(error, language(&headers, None)).into_response(),
    }
}

async fn listed(app: &App) -> Result<String> {
    let mut xml = Xml::begin();
    xml.open("urlset", &[("xmlns", "http://www.sitemaps.org/schemas/sitemap/0.9")]);
    for room in app.chat.db.listed_rooms(MOST).await? {
        xml.open("url", &[]);
        xml.element("loc", &[], &format!("{}{}", app.site(), percent_encoded(&room.path)));
        xml.element("lastmod", &[], &iso(room.last_ts));
        xml.close("url");
    }
    xml.close("urlset");
    Ok(xml.end())
}
