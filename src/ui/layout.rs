//! What stands around every page: the way past the navigation, the sidebar, and the page beside it.

use leptos::prelude::*;

use super::page;
use super::shortcuts::Shortcuts;
use super::sidebar::Sidebar;

/// The frame of a page. The page brings its own `<main>`, and in it the `content` to which the skip link leads: all of it,
/// or in a room the conversation.
#[component]
pub fn Layout(children: Children) -> impl IntoView {
    // The link is external: the router would scroll to the content but leave the focus where it is. The type is erased
    // here and in other shared parts: pages made of full types are nested too deeply for the compiler.
    view! {
        <a class="skip" href="#content" rel="external">{page::texts().skip}</a>
        <div class="app">
            <Sidebar/>
            {children()}
        </div>
        <Shortcuts/>
    }
    .into_any()
}
