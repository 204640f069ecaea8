//! The document around the app: rendered by the server only, never hydrated.

use leptos::config::LeptosOptions;
use leptos::html::meta;
use leptos::hydration::AutoReload;
use leptos::nonce::use_nonce;
use leptos::prelude::*;
use leptos_meta::{HashedStylesheet, MetaTags};
use leptos_router::location::RequestUrl;

use super::plain::is_plain;
use super::start::Start;
use super::{App, page};
use crate::model::user::Theme;

const LIGHT_PAGE: &str = "#faf9f7";
const DARK_PAGE: &str = "#1c1b18";
const IF_LIGHT: &str = "(prefers-color-scheme: light)";
const IF_DARK: &str = "(prefers-color-scheme: dark)";

/// The complete document for one request.
pub fn shell(options: LeptosOptions) -> impl IntoView {
    let context = page::context();
    let theme = context.viewer.theme;
    let whose = context.viewer.me.as_ref().map(|me| {
        let now = (page::plain_texts().you_are_now)(me.shown_name());
        meta().name("me").content(me.id.to_string()).attr("data-now", now)
    });
    let is_somebody = whose.is_some();
    let asked = use_context::<RequestUrl>().map(|url| url.as_ref().to_owned()).unwrap_or_default();
    let is_plain = is_plain(context.refused.as_ref().map_or(&asked, |refused| &refused.path));
    let correction = context.refused.map(|refused| address_correction(&refused.path));
    view! {
        <!DOCTYPE html>
        <html lang=context.viewer.lang.as_str() data-theme=theme.map(Theme::as_str) data-hydrated=is_plain.then_some("true")>
            <head>
                <meta charset="utf-8"/>
                // The composer sits on the keyboard: the layout shrinks instead of being covered.
                <meta name="viewport" content="width=device-width, initial-scale=1, interactive-widget=resizes-content"/>
                // Phones would make links of what looks like a telephone number, and the program would not know the page again.
                <meta name="format-detection" content="telephone=no, date=no, address=no, email=no"/>
                <meta name="color-scheme" content=theme.map_or("light dark", Theme::as_str)/>
                {theme_colors(theme)}
                <HashedStylesheet options=options.clone() id="style"/>
                <link rel="icon" href="/favicon.svg" type="image/svg+xml"/>
                <link rel="apple-touch-icon" href="/apple-touch-icon.png"/>
                <link rel="manifest" href="/manifest.webmanifest"/>
                <MetaTags/>
                {correction.map(|script| view! { <script nonce=use_nonce()>{script}</script> })}
                <AutoReload options=options.clone()/>
                // A plain page is as live as it will be.
                {(!is_plain).then(|| view! { <Start options/> })}
                {whose}
                {is_somebody.then(|| view! { <script type="module" src="/session.js" nonce=use_nonce()></script> })}
            </head>
            <body>
                <App/>
            </body>
        </html>
    }
}

/// The colour of the browser's own bars: the page's, by choice or by system.
fn theme_colors(theme: Option<Theme>) -> impl IntoView {
    // Built by hand: the macro knows no `media` on `<meta>`.
    let color = |content, media| meta().name("theme-color").attr("media", media).content(content);
    let light = (theme != Some(Theme::Dark)).then(|| color(LIGHT_PAGE, theme.is_none().then_some(IF_LIGHT)));
    let dark = (theme != Some(Theme::Light)).then(|| color(DARK_PAGE, theme.is_none().then_some(IF_DARK)));
    (light, dark)
}

/// A refused form is answered in place, under the address of its function: the router of the browser would find no
/// page there. This runs before it starts and shows the address of the form's page.
fn address_correction(path: &str) -> String {
    // JSON is JavaScript, but for "<", which could end the script element.
    let path = serde_json::Value::from(path).to_string().replace('<', "\\u003c");
    format!("history.replaceState(null,'',{path})")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_cannot_leave_its_script() {
        let script = address_correction("/rooms/new?x=\"</script><script>'\\");
        assert_eq!(script, r#"history.replaceState(null,'',"/rooms/new?x=\"\u003c/script>\u003cscript>'\\")"#);
    }
}
