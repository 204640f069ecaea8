//! The administrators' page: the categories of the lobby. For everybody else there is none.

use leptos::prelude::*;

use crate::api::admin::categories;
use crate::model::category::CategoryUse;
use crate::model::text::CATEGORY_MAX;
use crate::ui::form::{FormError, FormState, PostButton, TextField, made_for};
use crate::ui::sheet::sheet;
use crate::ui::title::PageTitle;
use crate::ui::{href, page};

#[component]
pub fn AdminPage() -> impl IntoView {
    sheet(|| (), |()| categories(), |all| view! { <Categories all/> }.into_any())
}

/// The way to the page, for whom there is one.
#[component]
pub fn AdminLink() -> impl IntoView {
    let found = Resource::new(|| (), |()| async { categories().await.is_ok() });
    let link = move || {
        Suspend::new(async move {
            let link = || view! { <p><a class="link" href="/admin">{page::plain_texts().admin}</a></p> };
            found.await.then(link)
        })
    };
    view! { <Transition>{link}</Transition> }
}

#[component]
fn Categories(all: Vec<CategoryUse>) -> impl IntoView {
    let (texts, plain) = (page::texts(), page::plain_texts());
    let refused = ["move_category", "remove_category"].map(|name| FormState::of(name).error_besides(&[]));
    let count = all.len();
    let rows = all.into_iter().enumerate().map(|(at, used)| {
        view! { <Row used is_first=at == 0 is_last=at + 1 == count/> }
    });
    view! {
        <PageTitle text=plain.admin/>
        <h1>{plain.admin}</h1>
        <p class="intro">{plain.admin_intro}</p>
        <h2>{texts.categories}</h2>
        <FormError message=refused.into_iter().flatten().next() id="categories-error"/>
        <ol class="categories">{rows.collect_view()}</ol>
        <Add/>
    }
    .into_any()
}

#[component]
fn Row(used: CategoryUse, is_first: bool, is_last: bool) -> impl IntoView {
    let plain = page::plain_texts();
    let CategoryUse { category, shown_en, shown_ko, rooms } = used;
    let key = category.key;
    let name = page::category_name(&key);
    let anchor = format!("category-{key}");
    let next = href::ascii(&format!("/admin#{anchor}"));
    let to_move = |up: bool| {
        let fields = vec![("key", key.clone()), ("up", up.to_string()), ("next", next.clone())];
        let label = if up { plain.category_up } else { plain.category_down };
        view! { <PostButton action="move_category" label fields class="btn"/> }
    };
    let can_go = rooms == 0 && !(is_first && is_last);
    let remove = can_go.then(|| {
        let fields = vec![("key", key.clone()), ("next", "/admin".to_owned())];
        view! { <PostButton action="remove_category" label=plain.category_remove fields class="btn"/> }
    });
    view! {
        <li id=anchor.clone() data-category=key.clone()>
            <Names key_=key.clone() next=next.clone() names=[category.name_en, category.name_ko] shown=[shown_en, shown_ko]/>
            <div class="member-actions" role="group" aria-label=name>
                <a class="soft" href=format!("/?category={}", href::query_value(&key))>{(plain.category_rooms)(rooms)}</a>
                {(!is_first).then(|| to_move(true))}
                {(!is_last).then(|| to_move(false))}
                {remove}
            </div>
        </li>
    }
    .into_any()
}

/// The two names of a category. Where a field is empty, the program's own name stands in its place.
#[component]
fn Names(key_: String, next: String, names: [String; 2], shown: [String; 2]) -> impl IntoView {
    let plain = page::plain_texts();
    let form = FormState::of("rename_category");
    // The page has one such form for every category; what was refused belongs to one of them.
    let refused = form.typed("key", "") == key_;
    let error = ["name_en", "name_ko"].map(|field| form.error_on(field).filter(|_| refused));
    let [en, ko] = names;
    let error_id = format!("category-{key_}-error");
    let field = |name: &'static str, label: &'static str, value: String, shown: &str, is_wrong: bool| {
        let value = if refused { form.typed(name, &value) } else { value };
        view! {
            <input
                name=name
                aria-label=format!("{label}: {shown}")
                placeholder=shown.to_owned()
                value=value
                maxlength=2 * CATEGORY_MAX
                autocomplete="off"
                aria-invalid=is_wrong.then_some("true")
                aria-describedby=is_wrong.then(|| error_id.clone())
            />
        }
    };
    let [wrong_en, wrong_ko] = error.each_ref().map(Option::is_some);
    view! {
        <form class="names" method="post" action="/api/rename_category">
            {made_for()}
            <input type="hidden" name="key" value=key_/>
            <input type="hidden" name="next" value=next/>
            {field("name_en", plain.category_name_en, en, &shown[0], wrong_en)}
            {field("name_ko", plain.category_name_ko, ko, &shown[1], wrong_ko)}
            <button class="btn" type="submit">{plain.category_rename}</button>
            <FormError message=error.into_iter().flatten().next() id=error_id.clone()/>
        </form>
    }
    .into_any()
}

#[component]
fn Add() -> impl IntoView {
    let plain = page::plain_texts();
    let form = FormState::of("add_category");
    view! {
        <h2>{plain.category_add}</h2>
        <form class="form" method="post" action="/api/add_category">
            {made_for()}
            <FormError message=form.error_besides(&["name_en", "name_ko"]) id="form-error"/>
            <input type="hidden" name="next" value="/admin"/>
            <TextField form=form.clone() name="name_en" label=plain.category_name_en required=true/>
            <TextField form name="name_ko" label=plain.category_name_ko hint=plain.category_names_hint/>
            <button class="primary" type="submit">{plain.category_add_submit}</button>
        </form>
    }
    .into_any()
}
