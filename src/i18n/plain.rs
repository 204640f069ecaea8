//! What plain pages say, and nothing else: no browser downloads it as part of the program.

mod en;
mod ko;

use super::Lang;
use crate::model::room::Role;

pub struct PlainTexts {
    // Writing a post.
    pub preview: &'static str,
    pub preview_empty: &'static str,
    /// Above rooms that may be about the same.
    pub similar: &'static str,
    pub suggested_tags: &'static str,
    pub draft_back: &'static str,
    pub draft_discard: &'static str,
    pub not_reached: &'static str,

    // Members.
    pub member_find: &'static str,
    pub member_find_none: &'static str,
    pub members_all: &'static str,
    pub members_more: &'static str,
    /// To give somebody this role.
    pub make_role: fn(Role) -> &'static str,
    pub hand_over: &'static str,
    pub hand_over_hint: fn(&str) -> String,
    pub hand_over_submit: &'static str,

    // Administration.
    pub admin: &'static str,
    pub admin_intro: &'static str,
    pub category_name_en: &'static str,
    pub category_name_ko: &'static str,
    pub category_rooms: fn(i64) -> String,
    pub category_rename: &'static str,
    pub category_up: &'static str,
    pub category_down: &'static str,
    pub category_remove: &'static str,
    pub category_add: &'static str,
    pub category_add_submit: &'static str,
    pub category_names_hint: &'static str,
}

impl Lang {
    /// What plain pages say in this language.
    pub const fn plain_texts(self) -> &'static PlainTexts {
        match self {
            Lang::En => &en::TEXTS,
            Lang::Ko => &ko::TEXTS,
        }
    }
}
