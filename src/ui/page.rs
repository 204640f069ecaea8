//! What a component may ask of the page around it: who is looking, in which language, and what was just refused.

use leptos::prelude::*;

use crate::api::people::{PageContext, PageStatus, RefusedForm};
use crate::client::effect::effect;
use crate::i18n::{Lang, PlainTexts, Texts};
use crate::model::text;
use crate::model::user::{Author, Viewer};

/// False while the page must equal the server's, true once the browser may show what only it knows.
#[derive(Clone, Copy)]
pub struct Hydrated(pub RwSignal<bool>);

/// The page's context; a visitor's where the server provided none, as when it lists its routes.
pub fn context() -> PageContext {
    use_context().unwrap_or_else(|| PageContext {
        viewer: Viewer { me: None, lang: Lang::default(), theme: None, enter_sends: true },
        categories: Vec::new(),
        invitations: 0,
        now: 0,
        form_nonce: String::new(),
        refused: None,
    })
}

pub fn lang() -> Lang {
    with_context(|page: &PageContext| page.viewer.lang).unwrap_or_default()
}

/// The `lang` of something that people wrote, where its script tells that it is not in the language of the page.
pub fn lang_of(written: &str) -> Option<&'static str> {
    text::language(written).filter(|language| *language != lang().as_str())
}

pub fn texts() -> &'static Texts {
    lang().texts()
}

/// For plain pages only.
pub fn plain_texts() -> &'static PlainTexts {
    lang().plain_texts()
}

/// Key and name of each category, in the order shown.
pub fn categories() -> Vec<(String, String)> {
    with_context(|page: &PageContext| page.categories.clone()).unwrap_or_default()
}

/// What the category `key` is called; one that is newer than the page by its key.
pub fn category_name(key: &str) -> String {
    let named =
        |page: &PageContext| page.categories.iter().find(|(known, _)| known == key).map(|(_, name)| name.clone());
    with_context(named).flatten().unwrap_or_else(|| key.to_owned())
}

/// Who is signed in.
pub fn me() -> Option<Author> {
    with_context(|page: &PageContext| page.viewer.me.clone()).flatten()
}

pub fn hydrated() -> Signal<bool> {
    use_context::<Hydrated>().map_or_else(|| Signal::from(false), |hydrated| hydrated.0.into())
}

/// The form `name`, if it was just refused. What was refused belongs to the page that the server rendered: after that,
/// somebody who follows a link and comes back finds an empty form.
pub fn refused(name: &str) -> Option<RefusedForm> {
    if hydrated().get_untracked() {
        return None;
    }
    with_context(|page: &PageContext| page.refused.clone().filter(|refused| refused.name == name)).flatten()
}

/// What the server wrote into the head about the page that `asked` names, its own address and its feed, goes with it.
pub fn drop_links_with<T: Send + Sync + 'static>(asked: Memo<T>) {
    effect(move || {
        asked.track();
        on_cleanup(|| {
            while let Ok(Some(link)) = document().query_selector("link[rel=canonical],link[rel=alternate]") {
                link.remove();
            }
        });
    });
}

/// Answers the request that this page is rendered for with `status`; in the browser there is none to answer.
pub fn set_status(status: u16) {
    if let Some(PageStatus(set)) = use_context() {
        set(status);
    }
}
