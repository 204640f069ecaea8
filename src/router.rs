//! Every route and layer, outermost last. The only place that knows both the pages and the server.

use std::path::Path;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use axum::Router;
use axum::http::{HeaderValue, StatusCode, header, request::Parts};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::Response;
use axum::routing::{any, get};
use axum_login::AuthManagerLayerBuilder;
use leptos::config::LeptosOptions;
use leptos::nonce::use_nonce;
use leptos::prelude::{expect_context, provide_context, use_context};
use leptos_axum::{AxumRouteListing, LeptosRoutes, ResponseOptions, generate_route_list};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::timeout::TimeoutLayer;

use crate::api::people::{PageContext, PageStatus, RefusedForm};
use crate::error::Problem;
use crate::server::app::App;
use crate::server::auth::Backend;
use crate::server::{
    accounts, compression, document, failure_page, fair, feeds, files, forms, health, ids, request, security, sessions,
    socket, trailing_slash,
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
    complain_of_missing_files(&leptos);
    let shell = {
        let leptos = leptos.clone();
        move || ui::shell(leptos.clone())
    };
    let pages: Router = Router::new()
        .leptos_routes_with_context(&leptos, PAGES.clone(), page_context, shell.clone())
        .fallback(leptos_axum::render_app_async_with_context(page_context, shell))
        .with_state(leptos.clone())
        .layer(from_fn(finish));
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
        .layer(from_fn_with_state(app.clone(), sessions::finish_cookie))
        .layer(from_fn_with_state(app.clone(), security::check_origin))
        .layer(from_fn_with_state(app.clone(), fair::share))
        .with_state(app.clone());
    let read_by_programs = Router::new()
        .route("/sitemap.xml", get(feeds::sitemap))
        .route("/feed.atom", get(feeds::lobby))
        .route("/tags/{tag}/feed.atom", get(feeds::tag))
        .route("/rooms/{id}/feed.atom", get(feeds::room))
        .layer(from_fn_with_state(app.clone(), fair::share));

    let made = Router::new()
        .route("/robots.txt", get(feeds::robots))
        .merge(read_by_programs)
        .route("/healthz", get(health::healthz))
        .route("/readyz", get(health::readyz))
        .with_state(app.clone())
        .fallback_service(people)
        .layer(from_fn(trailing_slash::redirect))
        .layer(compression::layer())
        .layer(from_fn(compression::withhold));

    files::router(Path::new(&*leptos.site_root), &leptos.site_pkg_dir)
        .fallback_service(made)
        .layer(from_fn(security::limit_address))
        .layer(TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, ANSWER_WITHIN))
        .layer(CatchPanicLayer::new())
        .layer(from_fn_with_state(app.clone(), failure_page::show))
        .layer(from_fn_with_state(app, security::add_headers))
}

/// Without its files a page has neither style nor script, which nobody but its readers would notice.
fn complain_of_missing_files(leptos: &LeptosOptions) {
    let site = Path::new(&*leptos.site_root);
    let (code, wasm) = ui::program_files(leptos);
    if let Some(missing) = [code, wasm].into_iter().find(|file| !site.join(file.trim_start_matches('/')).is_file()) {
        tracing::error!(
            missing,
            site = %site.display(),
            hashes = &*leptos.hash_file,
            "the site is not there, or is of another build: build it, set LEPTOS_SITE_ROOT, and keep the file of hashes \
             beside the program"
        );
    }
}

/// The program starts on pages that are as they were sent only.
async fn finish(request: axum::extract::Request, next: Next) -> Response {
    let shape = if ui::is_plain(request.uri().path()) { None } else { Some(ui::SHAPE) };
    document::finish(next.run(request).await, shape).await
}

/// What each page knows of its request. Also called without one, to learn which pages there are.
fn page_context() {
    let Some(parts) = use_context::<Parts>() else { return };
    let Some(request) = parts.extensions.get::<request::Request>() else { return };
    let response = expect_context::<ResponseOptions>();
    let refused = parts.extensions.get::<RefusedForm>().cloned();
    let error = refused.as_ref().and_then(|refused| refused.error.as_ref());
    // Also once more for a browser that seems to keep none: it may have been told to meanwhile.
    let is_probed = error.is_none_or(|error| error.problem == Problem::CookiesNeeded);
    if is_probed && matches!(parts.uri.path(), "/login" | "/register") {
        accounts::probe_cookies(request, &parts.headers, &response);
    }
    if request.viewer.me.is_some() {
        // Nobody finds it by the way back, once its reader has signed out.
        response.insert_header(header::CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
    }
    provide_context(PageContext {
        viewer: request.viewer.clone(),
        categories: request.app.categories.named(request.viewer.lang),
        invitations: request.invitations,
        now: ids::now(),
        form_nonce: ids::nonce(),
        refused,
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
