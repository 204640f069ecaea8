//! A message that was not taken: why, and what its author may do about it. Its text stays on the screen.

use leptos::html;
use leptos::prelude::*;

use super::composer::put_back;
use crate::client::live::Live;
use crate::client::outbox::{Change, Why};
use crate::model::ids::Nonce;
use crate::ui::page;

#[component]
pub fn Failed(nonce: Nonce, why: Why, field: NodeRef<html::Textarea>) -> impl IntoView {
    let texts = page::texts();
    let live = expect_context::<Live>();
    let reason = match why {
        Why::Refused(reason) => format!("{} {reason}", texts.not_sent),
        Why::TooOld => texts.not_sent_asks.to_owned(),
    };
    let (again, back, gone) = (nonce.clone(), nonce.clone(), nonce);
    let edit = move |_| {
        if let Some(Change::Post { body, .. } | Change::Edit { body, .. }) = live.discard(&back) {
            put_back(field, &body);
        }
    };
    view! {
        <div class="failed">
            <span class="error">{reason}</span>
            <button class="btn" type="button" on:click=move |_| live.retry(&again)>{texts.send_again}</button>
            <button class="btn" type="button" on:click=edit>{texts.edit}</button>
            <button class="btn" type="button" on:click=move |_| drop(live.discard(&gone))>{texts.discard}</button>
        </div>
    }
}
