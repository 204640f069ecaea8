//! What there is to say: one field per sentence, so that a language with a sentence missing does not compile.

use crate::error::Problem;
use crate::model::room::{Level, Match, Role, RoomState, Sort, Visibility};

pub struct Texts {
    // Everywhere.
    pub tagline: &'static str,
    pub skip: &'static str,
    pub navigation: &'static str,
    pub write: &'static str,
    pub sign_in: &'static str,
    pub sign_up: &'static str,
    pub sign_out: &'static str,
    pub account: &'static str,
    pub settings: &'static str,
    pub language: &'static str,
    pub theme: &'static str,
    pub theme_system: &'static str,
    pub theme_light: &'static str,
    pub theme_dark: &'static str,
    pub back: &'static str,
    pub try_again: &'static str,
    pub loading: &'static str,
    pub trouble: &'static str,
    pub not_found: &'static str,
    pub not_found_hint: &'static str,
    pub problem: fn(&Problem) -> String,

    // Rooms, wherever they are shown.
    pub category: &'static str,
    pub sort_name: fn(Sort) -> &'static str,
    pub state_name: fn(RoomState) -> &'static str,
    pub visibility_name: fn(Visibility) -> &'static str,
    pub visibility_hint: fn(Visibility) -> &'static str,
    /// The line below the composer: who can read this room, and whether search engines may.
    pub who_reads: fn(Visibility, bool) -> String,
    pub members: fn(i64) -> String,
    pub messages: fn(i64) -> String,
    pub present: fn(i64) -> String,

    // Times.
    pub just_now: &'static str,
    pub minutes_ago: fn(i64) -> String,
    pub hours_ago: fn(i64) -> String,
    pub yesterday: &'static str,
    pub days_ago: fn(i64) -> String,

    // Lobby.
    pub lobby: &'static str,
    pub categories: &'static str,
    pub all: &'static str,
    pub sorting: &'static str,
    /// What pressing a chosen tag does.
    pub tag_drop: fn(&str) -> String,
    pub rooms_older: &'static str,
    pub rooms_latest: &'static str,
    pub lobby_empty: &'static str,
    pub lobby_empty_hint: &'static str,
    pub lobby_none_match: &'static str,
    pub lobby_none_match_hint: &'static str,
    pub lobby_all: &'static str,

    // Search.
    pub search: &'static str,
    /// In the field: what it searches.
    pub search_hint: &'static str,

    // Accounts.
    pub display_name: &'static str,
    pub display_name_hint: &'static str,
    pub save: &'static str,

    // A new room.
    /// Above a form that came back because its writer is not signed in any more.
    pub sign_in_beside: &'static str,
    pub title: &'static str,
    pub post_body: &'static str,
    pub tags: &'static str,

    // Belonging to rooms.
    pub my_rooms: &'static str,
    pub unread: fn(i64, i64) -> String,
    pub states: &'static str,
    pub match_name: fn(Match) -> &'static str,
    pub lobby_news: &'static str,
    pub join: &'static str,
    pub leave: &'static str,
    pub level_name: fn(Level) -> &'static str,
    pub mute_for: &'static str,
    /// Minutes, and what they are called.
    pub mute_choices: [(i64, &'static str); 3],
    /// What stands before the time until which a room is muted, and after it.
    pub quiet_until: [&'static str; 2],
    pub unmute: &'static str,
    pub room_menu: &'static str,
    pub room_settings: &'static str,
    pub room_members: &'static str,
    pub room_edited: &'static str,
    pub role_name: fn(Role) -> &'static str,
    pub back_to_room: &'static str,
    /// Under a post whose room was not open to everybody from the beginning.
    pub opened_later: &'static str,
    pub search_here: &'static str,

    // The keyboard.
    pub switch: &'static str,
    pub switch_none: &'static str,
    pub shortcuts_title: &'static str,
    /// Keys, and what they do.
    pub shortcuts: &'static [(&'static str, &'static str)],
    pub close: &'static str,

    // A room.
    pub conversation: &'static str,
    pub nothing_said: &'static str,
    pub day_silent: &'static str,
    pub messages_older: &'static str,
    pub messages_newer: &'static str,
    pub messages_latest: &'static str,
    /// The same, counting what has been said there meanwhile.
    pub messages_new: fn(usize) -> String,
    /// Who is writing; empty if nobody is.
    pub typing: fn(&[&str]) -> String,
    /// The page of everything that is unread.
    /// That so many invitations wait.
    pub invited: fn(i64) -> String,
    pub unread_page: &'static str,
    pub read_all: &'static str,
    pub read_all_done: &'static str,
    /// A chain of replies, lit in its timeline.
    pub chain: &'static str,
    pub chain_hint: &'static str,
    pub chain_only: &'static str,
    pub chain_leave: &'static str,
    /// Above the first unread message.
    pub unread_line: &'static str,
    pub message_edited: &'static str,
    /// In place of the text of a message.
    pub message_deleted: &'static str,
    /// The same, on a page that search engines read.
    pub withheld: &'static str,
    /// What pointing at the time of a message tells.
    pub message_link: &'static str,
    pub message_deleted_hint: &'static str,
    pub message_before: &'static str,
    pub message_after: &'static str,
    pub reactions: &'static str,
    pub more_reactions: &'static str,
    pub message: &'static str,
    pub message_hint: &'static str,
    pub send: &'static str,
    pub sending: &'static str,
    pub not_sent: &'static str,
    /// A message that waited too long to be sent without asking.
    pub not_sent_asks: &'static str,
    pub send_again: &'static str,
    pub edit: &'static str,
    pub discard: &'static str,
    pub sign_in_to_talk: &'static str,
    pub connection_lost: &'static str,
    pub connection_barred: &'static str,
    pub connection_ended: &'static str,
    pub room_revoked: &'static str,

    // What is kept of a conversation.
    pub days: &'static str,
    pub pins: &'static str,
    pub pin: &'static str,
    pub unpin: &'static str,

    // What one may do with messages.
    pub message_menu: &'static str,
    pub reply: &'static str,
    pub replying: &'static str,
    pub editing: &'static str,
    pub cancel: &'static str,
    pub quote_hint: &'static str,
    pub react: &'static str,
    pub delete: &'static str,
    pub undo: &'static str,
    pub copy_text: &'static str,
    pub copy_link: &'static str,
    pub copied: &'static str,
    pub unread_from_here: &'static str,
    pub pinned: &'static str,
    pub draft: &'static str,
    /// Characters written, and how many there may be.
    pub length_of: fn(usize, usize) -> String,
    pub send_in_pieces: fn(usize) -> String,
    pub trim: &'static str,
    pub untrim: &'static str,
    pub choices: &'static str,
    pub message_actions: &'static str,
    pub back_to_message: &'static str,
}

/// `1204` as `1,204`: both languages group by thousands with commas.
pub(super) fn grouped(number: i64) -> String {
    let digits = number.unsigned_abs().to_string();
    let mut text = String::from(if number < 0 { "-" } else { "" });
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped_by_thousands() {
        for (number, text) in [(0, "0"), (999, "999"), (1_204, "1,204"), (-1_234_567, "-1,234,567")] {
            assert_eq!(grouped(number), text);
        }
    }
}
