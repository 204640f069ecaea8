//! Completion: `@` lists people, `:` emoji. The focus stays in the field; the list is told to screen readers as the choice
//! that is active (ARIA Authoring Practices, "Combobox").

use leptos::prelude::*;
use leptos::task::spawn_local;
use web_sys::Event;

use super::token::{Sign, Token, token};
use crate::api::messages::{emoji_candidates, mention_candidates};
use crate::client::browser;
use crate::model::ids::Millis;
use crate::model::message::EmojiName;
use crate::model::user::Author;
use crate::ui::room::acts::target;
use crate::ui::room::desk::Desk;

/// The id of the list.
pub const LIST: &str = "completion";
/// Nobody reads a list that changes with every letter.
const PAUSE: Millis = 120;

#[derive(Clone, Debug, PartialEq, Eq)]
struct Choice {
    /// What is put into the text.
    text: String,
    /// What tells it from others.
    hint: String,
}

#[derive(Clone, Copy)]
pub struct Completion {
    desk: Desk,
    choices: RwSignal<Vec<Choice>>,
    /// What these choices complete.
    listed: StoredValue<Option<Token>>,
    active: RwSignal<usize>,
    /// What is being completed.
    token: StoredValue<Option<Token>>,
}

impl Completion {
    pub fn new(desk: Desk) -> Self {
        let (choices, active) = (RwSignal::new(Vec::new()), RwSignal::new(0));
        Self { desk, choices, listed: StoredValue::new(None), active, token: StoredValue::new(None) }
    }

    pub fn is_open(self) -> bool {
        // The field loses the focus when the page goes, too.
        self.choices.try_with_untracked(|choices| !choices.is_empty()).unwrap_or_default()
    }

    pub fn close(self) {
        self.token.set_value(None);
        if self.is_open() {
            self.choices.set(Vec::new());
        }
    }

    fn before_caret(self) -> Option<Token> {
        self.desk.before_caret().and_then(|before| token(&before, browser::is_mark))
    }

    /// Looks at what stands before the caret.
    pub fn look(self) {
        let found = self.before_caret();
        if self.token.with_value(|known| *known == found) {
            return;
        }
        self.token.set_value(found.clone());
        let Some(asked) = found else { return self.close() };
        browser::after(PAUSE, move || spawn_local(self.find(asked)));
    }

    async fn find(self, asked: Token) {
        let is_meant = || self.token.try_with_value(|token| token.as_ref() == Some(&asked)).unwrap_or_default();
        if !is_meant() {
            return;
        }
        let found: Vec<Choice> = match asked.sign {
            Sign::Person => {
                let people = mention_candidates(self.desk.room, asked.text.clone()).await.unwrap_or_default();
                let choice =
                    |Author { username, display_name, .. }| Choice { text: format!("@{username}"), hint: display_name };
                people.into_iter().map(choice).collect()
            }
            Sign::Emoji => {
                let emoji = emoji_candidates(asked.text.clone()).await.unwrap_or_default();
                emoji.into_iter().map(|EmojiName { emoji, name }| Choice { text: emoji, hint: name }).collect()
            }
        };
        if is_meant() {
            self.active.set(0);
            self.listed.set_value(Some(asked));
            self.choices.set(found);
        }
    }

    /// Another choice is the active one.
    pub fn step(self, by: i32) {
        let count = self.choices.with_untracked(Vec::len).max(1) as i32;
        self.active.update(|active| *active = (*active as i32 + by).rem_euclid(count) as usize);
    }

    /// Puts the active choice into the text. False if there is none to put: one for what stood before the caret, and stands
    /// there no more, is none.
    pub fn pick(self) -> bool {
        let choice = self.choices.with_untracked(|choices| choices.get(self.active.get_untracked()).cloned());
        let token = self.before_caret().filter(|token| self.listed.with_value(|listed| listed.as_ref() == Some(token)));
        self.close();
        let (Some(choice), Some(token)) = (choice, token) else { return false };
        self.desk.replace_before_caret(token.length(), &(choice.text + " "));
        true
    }

    /// For `aria-activedescendant`.
    pub fn active_id(self) -> Option<String> {
        let active = self.active.get();
        (!self.choices.read().is_empty()).then(|| option_id(active))
    }

    fn pressed(self, event: &Event) {
        let option = target(event).and_then(|on| on.closest("[data-at]").ok().flatten());
        if let Some(at) = option.and_then(|option| option.get_attribute("data-at")?.parse().ok()) {
            self.active.set(at);
            self.pick();
        }
    }
}

fn option_id(at: usize) -> String {
    format!("{LIST}-{at}")
}

#[component]
pub fn Choices(completion: Completion) -> impl IntoView {
    let texts = completion.desk.texts;
    let option = move |(at, Choice { text, hint }): (usize, Choice)| {
        let is_active = completion.active.get() == at;
        view! {
            <li id=option_id(at) role="option" data-at=at aria-selected=if is_active { "true" } else { "false" }>
                <span>{text}</span>
                <span class="meta">{hint}</span>
            </li>
        }
        .into_any()
    };
    let list = move || {
        let choices = completion.choices.get();
        (!choices.is_empty()).then(|| {
            view! {
                // The field keeps the focus. A finger is waited for: were the list gone when it leaves, what lies below
                // would be pressed.
                <ul
                    class="choices"
                    id=LIST
                    role="listbox"
                    tabindex="0"
                    aria-label=texts.choices
                    on:mousedown=move |event| event.prevent_default()
                    on:click=move |event| completion.pressed(&event)
                >
                    {choices.into_iter().enumerate().map(option).collect::<Vec<_>>()}
                </ul>
            }
            .into_any()
        })
    };
    view! { {move || list()} }
}
