//! The line that says that the connection is gone, once it has been gone for longer than a moment.

use leptos::prelude::*;

use crate::client::live::{Connection, Live};
use crate::ui::page;

#[component]
pub fn ConnectionLine() -> impl IntoView {
    let texts = page::texts();
    let connection = expect_context::<Live>().connection();
    let said = move || match connection.get() {
        Connection::Online | Connection::Connecting => "",
        Connection::Offline => texts.connection_lost,
        Connection::Barred => texts.connection_barred,
        Connection::Ended => texts.connection_ended,
    };
    // Always there, so that a screen reader knows it when it begins to speak.
    view! {
        <p
            class="connection"
            role="status"
            data-testid="connection"
            data-state=move || connection.get().as_str()
            hidden=move || said().is_empty()
        >
            {move || said()}
        </p>
    }
}
