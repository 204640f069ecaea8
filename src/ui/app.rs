//! The app: what every page has around it, and which address shows which page.

use leptos::prelude::*;
use leptos_meta::provide_meta_context;
use leptos_router::SsrMode;
use leptos_router::components::{FlatRoutes, Route, Router};
use leptos_router::path;

use super::my_rooms;
use super::page::{self, Hydrated};
use super::pages::{
    AdminPage, LobbyPage, LoginPage, MessageEditPage, MessageHistoryPage, NewRoomPage, NotFoundPage, RegisterPage,
    RoomDaysPage, RoomMembersPage, RoomPinsPage, RoomSettingsPage, SearchPage, SettingsPage, UnreadPage, UserPage,
};
use super::plain::plain;
use super::room::RoomPage;
use super::time;
use crate::client::drafts::Drafts;
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

    // Async: a page's status and title depend on its data, so its first byte waits for them.
    view! {
        <Router>
            <FlatRoutes fallback=|| view! { <NotFoundPage/> }>
                <Route path=path!("/") view=LobbyPage ssr=SsrMode::Async/>
                <Route path=path!("/rooms/new") view=|| plain(|| view! { <NewRoomPage/> }.into_any()) ssr=SsrMode::Async/>
                <Route path=path!("/rooms/:id") view=RoomPage ssr=SsrMode::Async/>
                <Route path=path!("/rooms/:id/messages/:seq") view=RoomPage ssr=SsrMode::Async/>
                <Route path=path!("/rooms/:id/messages/:seq/history") view=|| plain(|| view! { <MessageHistoryPage/> }.into_any()) ssr=SsrMode::Async/>
                <Route path=path!("/rooms/:id/days/:day") view=RoomPage ssr=SsrMode::Async/>
                <Route path=path!("/rooms/:id/days") view=|| plain(|| view! { <RoomDaysPage/> }.into_any()) ssr=SsrMode::Async/>
                <Route path=path!("/rooms/:id/messages/:seq/edit") view=|| plain(|| view! { <MessageEditPage/> }.into_any()) ssr=SsrMode::Async/>
                <Route path=path!("/rooms/:id/members") view=|| plain(|| view! { <RoomMembersPage/> }.into_any()) ssr=SsrMode::Async/>
                <Route path=path!("/rooms/:id/pins") view=|| plain(|| view! { <RoomPinsPage/> }.into_any()) ssr=SsrMode::Async/>
                <Route path=path!("/rooms/:id/settings") view=|| plain(|| view! { <RoomSettingsPage/> }.into_any()) ssr=SsrMode::Async/>
                <Route path=path!("/users/:username") view=|| plain(|| view! { <UserPage/> }.into_any()) ssr=SsrMode::Async/>
                <Route path=path!("/unread") view=|| plain(|| view! { <UnreadPage/> }.into_any()) ssr=SsrMode::Async/>
                <Route path=path!("/search") view=|| plain(|| view! { <SearchPage/> }.into_any()) ssr=SsrMode::Async/>
                <Route path=path!("/register") view=|| plain(|| view! { <RegisterPage/> }.into_any()) ssr=SsrMode::Async/>
                <Route path=path!("/login") view=|| plain(|| view! { <LoginPage/> }.into_any()) ssr=SsrMode::Async/>
                <Route path=path!("/admin") view=|| plain(|| view! { <AdminPage/> }.into_any()) ssr=SsrMode::Async/>
                <Route path=path!("/settings") view=|| plain(|| view! { <SettingsPage/> }.into_any()) ssr=SsrMode::Async/>
            </FlatRoutes>
        </Router>
    }
}

/// Effects run in the browser only, and after the first render: from then on pages may differ from the server's.
fn mark_when_hydrated() {
    let hydrated = RwSignal::new(false);
    provide_context(Hydrated(hydrated));
    Effect::new(move |_| {
        hydrated.set(true);
        if let Some(html) = document().document_element() {
            // Fails for an ill-formed attribute name only.
            let _ = html.set_attribute("data-hydrated", "true");
        }
    });
}
