//! The rooms that search engines may list, and no others (sitemaps.org).

use axum::extract::{Query, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use super::revalidated;
use super::xml::Xml;
use crate::error::{Problem, Result};
use crate::model::civil::iso;
use crate::server::app::App;
use crate::server::forms::{Refusal, percent_encoded};
use crate::server::request::language;

const NAMESPACE: (&str, &str) = ("xmlns", "http://www.sitemaps.org/schemas/sitemap/0.9");
/// Rooms in one sitemap: far fewer than it may hold, so that none is dear to make.
const PAGE: i64 = 1_000;
/// Sitemaps that an index may name.
const MOST: i64 = 50_000;

#[derive(Deserialize)]
pub struct Asked {
    page: Option<i64>,
}

/// The sitemap; where it would be long, an index of its pages, which count from 1.
pub async fn sitemap(State(app): State<App>, Query(asked): Query<Asked>, headers: HeaderMap) -> Response {
    let made = match asked.page {
        Some(page) => listed(&app, page).await,
        None => whole(&app).await,
    };
    match made {
        Ok(sitemap) => revalidated::answer(&headers, "application/xml", sitemap),
        Err(error) => Refusal(error, language(&headers, None)).into_response(),
    }
}

async fn whole(app: &App) -> Result<String> {
    let pages = app.chat.db.count_listed().await?.div_ceil(PAGE as u64);
    if pages <= 1 {
        return listed(app, 1).await;
    }
    let mut xml = Xml::begin();
    xml.open("sitemapindex", &[NAMESPACE]);
    for page in 1..=pages.min(MOST as u64) {
        xml.open("sitemap", &[]);
        xml.element("loc", &[], &format!("{}/sitemap.xml?page={page}", app.site()));
        xml.close("sitemap");
    }
    xml.close("sitemapindex");
    Ok(xml.end())
}

async fn listed(app: &App, page: i64) -> Result<String> {
    if !(1..=MOST).contains(&page) {
        return Err(Problem::NotFound.into());
    }
    let rooms = app.chat.db.listed_rooms(PAGE, (page - 1) * PAGE).await?;
    if rooms.is_empty() && page > 1 {
        return Err(Problem::NotFound.into());
    }
    let mut xml = Xml::begin();
    xml.open("urlset", &[NAMESPACE]);
    for room in rooms {
        xml.open("url", &[]);
        xml.element("loc", &[], &format!("{}{}", app.site(), percent_encoded(&room.path)));
        xml.element("lastmod", &[], &iso(room.last_ts));
        xml.close("url");
    }
    xml.close("urlset");
    Ok(xml.end())
}
