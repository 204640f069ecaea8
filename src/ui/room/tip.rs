//! Who reacted: told beside a reaction while one points at it, has just pressed it, or it has the focus.

use leptos::html;
use leptos::prelude::*;
use leptos::task::spawn_local;
use web_sys::{Element, Event};

use super::acts::{message, target};
use super::desk::Desk;
use super::menu::place;
use crate::api::messages::reactors;
use crate::client::browser;
use crate::model::ids::Seq;

const TIP: &str = "reactors";

/// One for the whole page.
#[derive(Clone, Copy)]
pub struct Tip {
    desk: Desk,
    /// Message and emoji that it is about.
    about: StoredValue<Option<(Seq, String)>>,
    text: RwSignal<String>,
    node: NodeRef<html::Div>,
}

impl Tip {
    pub fn new(desk: Desk) -> Self {
        Self { desk, about: StoredValue::new(None), text: RwSignal::new(String::new()), node: NodeRef::new() }
    }

    /// The pointer or the focus has come to something.
    pub fn look(self, event: &Event) {
        let chip = target(event).and_then(|on| on.closest(".reaction").ok().flatten());
        let about =
            chip.as_ref().and_then(|chip| Some((message(chip, self.desk)?.seq?, chip.get_attribute("data-emoji")?)));
        if self.about.with_value(|known| *known == about) {
            return;
        }
        self.hide();
        self.about.set_value(about.clone());
        if let (Some(chip), Some((seq, emoji))) = (chip, about) {
            spawn_local(self.tell(chip, seq, emoji));
        }
    }

    async fn tell(self, chip: Element, seq: Seq, emoji: String) {
        let Ok(all) = reactors(self.desk.room, seq).await else { return };
        let is_meant =
            self.about.try_with_value(|about| about.as_ref().is_some_and(|about| *about == (seq, emoji.clone())));
        let found = all.into_iter().find(|reactors| reactors.emoji == emoji);
        let (Some(true), Some(found)) = (is_meant, found) else { return };
        let names: Vec<&str> = found.people.iter().map(|person| person.shown_name()).collect();
        self.text.set(names.join(", "));
        // Once its size is known.
        browser::after(0, move || {
            let Some(tip) = self.node.try_get_untracked().flatten() else { return };
            let _ = tip.show_popover();
            place(&tip, &chip);
            let _ = chip.set_attribute("aria-describedby", TIP);
        });
    }

    fn hide(self) {
        let Some(tip) = self.node.try_get_untracked().flatten() else { return };
        let _ = tip.hide_popover();
        if let Ok(Some(chip)) = document().query_selector("[aria-describedby=reactors]") {
            let _ = chip.remove_attribute("aria-describedby");
        }
    }
}

#[component]
pub fn ReactorsTip(tip: Tip) -> impl IntoView {
    view! {
        <div class="tip" id=TIP role="tooltip" popover="manual" node_ref=tip.node>
            {move || tip.text.get()}
        </div>
    }
    .into_any()
}
