//! What a message was answered with in one sign: each emoji with its count. Pressing one joins in, or takes it back.
//! However many there are, they take a line or two until one asks for all.

use leptos::prelude::*;

use crate::model::message::Reaction;
use crate::ui::page;

/// Kinds shown at once.
const SHOWN: usize = 12;

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
    let mut shown: Vec<_> = reactions.into_iter().map(one).collect();
    let rest = shown.split_off(shown.len().min(SHOWN));
    let more = (!rest.is_empty()).then(|| {
        let count = format!("+{}", rest.len());
        view! {
            <li>
                <details>
                    <summary class="reaction" aria-label=texts.more_reactions>{count}</summary>
                    <ul class="reactions" role="list">{rest}</ul>
                </details>
            </li>
        }
        .into_any()
    });
    view! { <ul class="reactions" role="list" aria-label=texts.reactions>{shown} {more}</ul> }
}
