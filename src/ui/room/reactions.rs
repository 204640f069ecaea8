//! What a message was answered with in one sign: each emoji with its count. Pressing one joins in, or takes it back.

use leptos::prelude::*;

use crate::model::message::Reaction;
use crate::ui::page;

#[component]
pub fn Reactions(reactions: Vec<Reaction>) -> impl IntoView {
    let texts = page::texts();
    let is_reader = page::me().is_none();
    let one = |Reaction { emoji, count, mine }| {
        view! {
            <li>
                <button
                    class=if mine { "reaction mine" } else { "reaction" }
                    type="button"
                    disabled=is_reader
                    data-act="react"
                    data-emoji=emoji.clone()
                    aria-pressed=if mine { "true" } else { "false" }
                >
                    <span>{emoji.clone()}</span>
                    <span>{count}</span>
                </button>
            </li>
        }
        .into_any()
    };
    view! { <ul class="reactions" role="list" aria-label=texts.reactions>{reactions.into_iter().map(one).collect::<Vec<_>>()}</ul> }
}
