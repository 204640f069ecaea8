//! Every route and layer, outermost last. The only place that knows both the pages and the server.

use std::path::Path;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use axum::Router;
use axum::http::{HeaderValue, StatusCode, header, request::Parts};
use axum::middleware::{from_fn_with_state, map_response};
use axum::routing::{any, get};
use axum_login::AuthManagerLayerBuilder;
use leptos::nonce::use_nonce;
use leptos::prelude::{expect_context, provide_context, use_context};
use leptos_axum::{AxumRouteListing, LeptosRoutes, ResponseOptions, generate_route_list};
use tower::ServiceBuilder;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::services::{ServeDir, ServeFile};
use tower_http::set_header::SetResponseHeaderLayer;
use tower_http::timeout::TimeoutLayer;

use crate::api::people::{PageContext, PageStatus, RefusedForm};
use crate::server::app::App;
use crate::server::auth::Backend;
use crate::server::{
    accounts, document, failure_page, fair, feeds, forms, health, ids, request, security, sessions, socket,
};
use crate::ui;

/// How long an answer may take; a WebSocket's is given at once, and it lives on.
const ANSWER_WITHIN: Duration = Duration::from_secs(30);

/// The addresses of the pages. Collected once: while Leptos collects them, a resource that is first polled anywhere in
/// the process never loads, and its page hangs (leptos issue 4773).
static PAGES: LazyLock<Vec<AxumRouteListing>> = LazyLock::new(|| generate_route_list(ui::App));

pub fn router(app: App) -> Router {
    let https = app.config.is_https();
    let store = sessions::Sessions {
        db: app.chat.db.clone(),
        connections: Arc::clone(&app.connections),
        bus: Arc::clone(&app.chat.bus),
    };
    let backend = Backend { db: app.chat.db.clone(), passwords: app.passwords.clone() };
    let signed_in =
        AuthManagerLayerBuilder::new(backend, sessions::layer(store, https)).with_data_key(sessions::SIGNED_IN).build();

    let leptos = app.leptos.clone();
    let shell = {
        let leptos = leptos.clone();
        move || ui::shell(leptos.clone())
    };
    let pages: Router = Router::new()
        .leptos_routes_with_context(&leptos, PAGES.clone(), page_context, shell.clone())
        .fallback(leptos_axum::render_app_async_with_context(page_context, shell))
        .with_state(leptos.clone())
        .layer(map_response(document::end));
    let functions = {
        let pages = pages.clone();
        move |request| forms::answer(pages.clone(), request)
    };

    let people = Router::new()
        .route("/api/{*name}", any(functions))
        .fallback_service(pages)
        .layer(from_fn_with_state(app.clone(), request::identify))
        .route("/ws", get(socket::upgrade))
        .layer(signed_in)
        .layer(from_fn_with_state(app.clone(), sessions::complete_removal))
        .layer(from_fn_with_state(app.clone(), security::check_origin))
        .layer(from_fn_with_state(app.clone(), fair::share))
        .with_state(app.clone());
    let read_by_programs = Router::new()
        .route("/sitemap.xml", get(feeds::sitemap))
        .route("/feed.atom", get(feeds::lobby))
        .route("/tags/{tag}/feed.atom", get(feeds::tag))
        .route("/rooms/{id}/feed.atom", get(feeds::room))
        .layer(from_fn_with_state(app.clone(), fair::share));

    files(Path::new(&*leptos.site_root), &leptos.site_pkg_dir)
        .route("/robots.txt", get(feeds::robots))
        .merge(read_by_programs)
        .route("/healthz", get(health::healthz))
        .route("/readyz", get(health::readyz))
        .with_state(app.clone())
        .fallback_service(people)
        .layer(TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, ANSWER_WITHIN))
        .layer(CatchPanicLayer::new())
        .layer(from_fn_with_state(app.clone(), failure_page::show))
        .layer(from_fn_with_state(app, security::add_headers))
}

/// The files of the site: scripts and styles, whose names change with their content, and what lies beside them.
fn files(site: &Path, pkg: &str) -> Router<App> {
    let folder = |path: &Path| ServeDir::new(path).append_index_html_on_directories(false).precompressed_br();
    let for_ever = HeaderValue::from_static("public, max-age=31536000, immutable");
    let hashed = ServiceBuilder::new()
        .layer(SetResponseHeaderLayer::if_not_present(header::CACHE_CONTROL, for_ever))
        .service(folder(&site.join(pkg)));
    let mut router = Router::new().nest_service(&format!("/{pkg}"), hashed);
    // Named one by one at the start, so that no page has to ask the disk first whether it is a file.
    for entry in std::fs::read_dir(site).into_iter().flatten().flatten() {
        let (path, name) = (entry.path(), entry.file_name());
        match name.to_str() {
            Some(name) if name != pkg && path.is_dir() => {
                router = router.nest_service(&format!("/{name}"), folder(&path))
            }
            // A folder that an older build has left: the program says itself what robots may look at.
            Some("robots.txt") => {}
            Some(name) if path.is_file() => router = router.route_service(&format!("/{name}"), ServeFile::new(path)),
            _ => {}
        }
    }
    router
}

/// What each page knows of its request. Also called without one, to learn which pages there are.
fn page_context() {
    let Some(parts) = use_context::<Parts>() else { return };
    let Some(request) = parts.extensions.get::<request::Request>() else { return };
    let response = expect_context::<ResponseOptions>();
    if matches!(parts.uri.path(), "/login" | "/register") {
        accounts::probe_cookies(request, &parts.headers, &response);
    }
    provide_context(PageContext {
        viewer: request.viewer.clone(),
        categories: request.app.categories.named(request.viewer.lang),
        now: ids::now(),
        form_nonce: ids::nonce(),
        refused: parts.extensions.get::<RefusedForm>().cloned(),
    });
    if let Some(nonce) = use_nonce()
        && let Ok(policy) = HeaderValue::from_str(&security::content_security_policy(&nonce))
    {
        response.insert_header(header::CONTENT_SECURITY_POLICY, policy);
    }
    provide_context(PageStatus(Arc::new(move |status| {
        if let Ok(status) = StatusCode::from_u16(status) {
            response.set_status(status);
        }
    })));
}
