//! What plain pages say, and nothing else: no browser downloads it as part of the program.

mod en;
mod ko;

use super::Lang;
use crate::model::room::Role;

pub struct PlainTexts {
    // The page itself.
    /// The program of the browser does not run.
    pub not_live: &'static str,
    pub reload: &'static str,
    /// The page was another person's before.
    pub you_are_now: fn(&str) -> String,

    // Searching.
    pub search_ask: &'static str,
    pub search_ask_hint: &'static str,
    pub unread_none: &'static str,
    pub unread_none_hint: &'static str,
    pub invitations: &'static str,
    pub invited_by: fn(&str) -> String,
    pub invitation_accept: &'static str,
    pub invitation_decline: &'static str,
    /// Before how long ago the first of them was said.
    pub unread_since: &'static str,
    pub mark_read: &'static str,
    pub search_none: &'static str,
    pub search_none_hint: &'static str,
    /// Much was read and nothing found, but there is more.
    pub search_none_yet: &'static str,
    pub search_none_yet_hint: &'static str,
    pub search_older: &'static str,
    pub search_latest: &'static str,
    pub search_in_room: &'static str,
    pub search_everywhere: &'static str,
    /// What was found.
    pub hit_post: &'static str,
    pub hit_message: &'static str,

    // Accounts.
    pub username: &'static str,
    pub username_hint: &'static str,
    pub password: &'static str,
    pub password_hint: &'static str,
    pub register_title: &'static str,
    pub register_submit: &'static str,
    pub register_instead: &'static str,
    pub login_title: &'static str,
    pub login_submit: &'static str,
    pub login_instead: &'static str,
    pub signed_in_as: fn(&str) -> String,
    pub password_change: &'static str,
    pub password_old: &'static str,
    pub password_new: &'static str,
    /// What else a new password does.
    pub password_new_hint: &'static str,
    /// Above what somebody has typed, to be copied.
    pub kept: &'static str,
    /// What the Enter key does in the field for messages.
    pub on_enter: &'static str,
    pub on_enter_hint: &'static str,
    pub enter_sends: &'static str,
    pub enter_breaks: &'static str,
    /// What was changed is stored.
    pub saved: &'static str,

    // Posts and members.
    pub new_title: &'static str,
    pub new_intro: &'static str,
    pub new_sign_in: &'static str,
    pub title_hint: &'static str,
    pub post_body_hint: &'static str,
    pub tags_hint: &'static str,
    pub visibility: &'static str,
    pub indexed: &'static str,
    pub indexed_hint: &'static str,
    pub new_submit: &'static str,
    pub member_add: &'static str,
    pub member_add_submit: &'static str,
    pub member_remove: &'static str,
    pub member_remove_hint: fn(&str) -> String,
    pub member_remove_submit: &'static str,
    pub member_ban: &'static str,
    pub member_ban_hint: fn(&str) -> String,
    pub member_ban_submit: &'static str,
    pub member_here: &'static str,
    pub state_choice: &'static str,
    pub indexed_yes: &'static str,
    pub indexed_no: &'static str,
    pub visibility_raise: &'static str,

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

    // What is kept of a conversation, and who people are.
    pub days_utc: &'static str,
    pub days_none: &'static str,
    pub month_name: fn(i64) -> String,
    /// From Sunday on.
    pub weekdays: [&'static str; 7],
    /// Days after Sunday.
    pub week_begins: i64,
    pub pins_none: &'static str,
    pub pins_none_hint: &'static str,
    pub revisions: &'static str,
    pub revisions_hint: &'static str,
    pub revision_now: &'static str,
    pub message_back: &'static str,
    pub profile: &'static str,
    pub bio: &'static str,
    pub bio_hint: &'static str,
    pub privacy: &'static str,
    pub privacy_hint: &'static str,
    pub shows_presence: &'static str,
    pub shows_typing: &'static str,
    pub may_be_listed: &'static str,
    pub may_be_listed_hint: &'static str,
    pub may_be_added: &'static str,
    pub may_be_added_hint: &'static str,
    pub added_at_once: &'static str,
    pub added_when_accepted: &'static str,
    pub shown: &'static str,
    pub hidden: &'static str,
    /// What a page says of itself to other sites: of the rooms that were chosen, and of somebody.
    pub about_rooms: fn(&str) -> String,
    pub about_person: fn(&str) -> String,
    pub user_since: &'static str,
    pub user_rooms: &'static str,
    pub user_no_rooms: &'static str,

    // Where nothing else can be shown.
    pub failure_later: &'static str,
    pub failure_comes_back: &'static str,
    /// The address that people are to use stands below.
    pub failure_other_address: &'static str,
    /// Above the form that could not be sent.
    pub failure_kept: &'static str,
    pub failure_text: &'static str,
    pub failure_again: &'static str,
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
