//! English.

use super::PlainTexts;
use crate::i18n::texts::grouped;
use crate::model::room::Role;

pub static TEXTS: PlainTexts = PlainTexts {
    preview: "Preview",
    preview_empty: "There is no text yet.",
    similar: "There may be a room for this already (links open in a new tab):",
    suggested_tags: "Often used:",
    draft_back: "This is what you had written here before.",
    draft_discard: "Start over",
    not_reached: "The server cannot be reached. Everything is still here: try again in a moment.",

    member_find: "Find a member",
    member_find_none: "Nobody here is called so.",
    members_all: "Show everybody",
    members_more: "More members",
    make_role: |role| match role {
        Role::Owner => "Make owner",
        Role::Moderator => "Make moderator",
        Role::Member => "Make member again",
    },
    hand_over: "Hand over",
    hand_over_hint: |name| format!("{name} will own this room, and you will be a moderator. Only {name} can undo it."),
    hand_over_submit: "Hand the room over",

    admin: "Administration",
    admin_intro: "The categories of the lobby, in the order shown. Changes are seen by everybody at once.",
    category_name_en: "English name",
    category_name_ko: "Korean name",
    category_rooms: |count| format!("Rooms {}", grouped(count)),
    category_rename: "Rename",
    category_up: "Move up",
    category_down: "Move down",
    category_remove: "Remove",
    category_add: "Add a category",
    category_add_submit: "Add",
    category_names_hint: "Without a Korean name, the English one is shown there as well.",
};
