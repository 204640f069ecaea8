//! What a message was answered with in one sign: each emoji with its count.

use leptos::prelude::*;

use crate::model::message::Reaction;
use crate::ui::page;

#[component]
pub fn Reactions(reactions: Vec<Reaction>) -> impl IntoView {
    let texts = page::texts();
    let one = |Reaction { emoji, count, mine }| {
        let mine_too = mine.then(|| view! { <span class="unseen">{texts.reaction_mine}</span> });
        view! {
            <li class=if mine { "reaction mine" } else { "reaction" }>
                <span>{emoji}</span>
                <span>{count}</span>
                {mine_too}
            </li>
        }
    };
    view! { <ul class="reactions" role="list" aria-label=texts.reactions>{reactions.into_iter().map(one).collect_view()}</ul> }
}
