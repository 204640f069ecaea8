//! The app: what every page has around it, and which address shows which page.

use leptos::prelude::*;
use leptos_meta::provide_meta_context;
use leptos_router::any_nested_route::IntoAnyNestedRoute;
use leptos_router::components::{FlatRoutes, Route, Router};
use leptos_router::{SsrMode, path};

use super::my_rooms;
use super::page::{self, Hydrated};
use super::pages::LobbyPage;
use super::plain::{leave_to_browser, otherwise};
use super::room::{RoomPage, Visited};
use super::time;
use crate::client::drafts::Drafts;
use crate::client::effect::effect;
use crate::client::live::provide_live;
use crate::json::TextJson;

#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    // Taken from the server's render by the browser, so that both build the very same page.
    provide_context(SharedValue::<_, TextJson>::new_with_encoding(page::context).into_inner());
    provide_live();
    provide_context(Drafts::new(page::me().map(|me| me.id)));
    my_rooms::provide();
    mark_when_hydrated();
    time::start();
    leave_to_browser();
    provide_context(Visited::default());

    view! { <Router>{routes()}</Router> }
}

/// The browser's program knows the pages that are alive; the server has all of them.
#[cfg(target_arch = "wasm32")]
fn routes() -> AnyView {
    view! { <FlatRoutes fallback=otherwise><LiveRoutes/></FlatRoutes> }.into_any()
}

#[cfg(not(target_arch = "wasm32"))]
fn routes() -> AnyView {
    use super::pages::plain::PlainRoutes;
    view! { <FlatRoutes fallback=otherwise><PlainRoutes/> <LiveRoutes/></FlatRoutes> }.into_any()
}

// Async: a page's status and title depend on its data, so its first byte waits for them.
#[component(transparent)]
fn LiveRoutes() -> impl leptos_router::MatchNestedRoutes + Clone {
    view! {
        <Route path=path!("/") view=LobbyPage ssr=SsrMode::Async/>
        <Route path=path!("/rooms/:id") view=RoomPage ssr=SsrMode::Async/>
        <Route path=path!("/rooms/:id/messages/:seq") view=RoomPage ssr=SsrMode::Async/>
        <Route path=path!("/rooms/:id/days/:day") view=RoomPage ssr=SsrMode::Async/>
    }
    .into_inner()
    .into_any_nested_route()
}

/// Effects run in the browser only, and after the first render: from then on pages may differ from the server's.
fn mark_when_hydrated() {
    let hydrated = RwSignal::new(false);
    provide_context(Hydrated(hydrated));
    effect(move || {
        hydrated.set(true);
        if let Some(html) = document().document_element() {
            // Fails for an ill-formed attribute name only.
            let _ = html.set_attribute("data-hydrated", "true");
        }
    });
}
