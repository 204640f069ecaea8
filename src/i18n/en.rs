//! English.

use super::texts::{Texts, grouped};
use crate::error::Problem;
use crate::model::room::{Level, Match, Role, RoomState, Sort, Visibility};
use crate::model::text;

pub static TEXTS: Texts = Texts {
    tagline: "Rooms are posts: find one by interest, join in, talk live.",
    skip: "Skip to content",
    navigation: "Chat Chat",
    write: "Open a room",
    sign_in: "Sign in",
    sign_up: "Sign up",
    sign_out: "Sign out",
    account: "Account",
    settings: "Settings",
    language: "Language",
    theme: "Theme",
    theme_system: "Match system",
    theme_light: "Light",
    theme_dark: "Dark",
    back: "Back to all rooms",
    try_again: "Try again",
    loading: "Loading…",
    trouble: "Something went wrong",
    not_found: "Nothing here",
    not_found_hint: "This page does not exist, or you do not have access to it.",
    problem,

    category: "Category",
    sort_name,
    state_name,
    visibility_name,
    visibility_hint,
    who_reads,
    members: |count| counted(count, "member"),
    messages: |count| counted(count, "message"),
    present: |count| format!("{} here", grouped(count)),

    just_now: "just now",
    minutes_ago: |count| format!("{count} min ago"),
    hours_ago: |count| format!("{count} h ago"),
    yesterday: "yesterday",
    days_ago: |count| format!("{count} days ago"),

    lobby: "All rooms",
    categories: "Categories",
    all: "All",
    sorting: "Sort",
    tag_drop: |tag| format!("Remove #{tag}"),
    rooms_older: "More rooms",
    rooms_latest: "Back to the first page",
    lobby_empty: "No rooms yet",
    lobby_empty_hint: "Open the first one: a title is enough.",
    lobby_none_match: "No rooms match",
    lobby_none_match_hint: "Try another category, or open a room for it yourself.",
    lobby_all: "Show all rooms",

    search: "Search",
    search_hint: "Search posts and messages",

    display_name: "Display name (optional)",
    display_name_hint: "Shown next to what you write. Without one, your username is.",
    save: "Save",

    sign_in_beside: "Nothing is lost: sign in in another tab, then send this again.",
    title: "Title",
    post_body: "Post",
    tags: "Tags",

    my_rooms: "My rooms",
    unread,
    states: "State",
    match_name,
    lobby_news: "There is new activity. Show it",
    join: "Join",
    leave: "Leave the room",
    level_name,
    mute_for: "Mute for",
    mute_choices: [(60, "1 h"), (8 * 60, "8 h"), (24 * 60, "24 h")],
    quiet_until: ["Muted until ", ""],
    unmute: "Unmute",
    room_menu: "Room menu",
    room_settings: "Edit the post",
    room_members: "Members",
    room_edited: "edited",
    role_name,
    back_to_room: "Back to the room",
    search_here: "Search this room",
    opened_later: "This room was opened to more people later. New readers see only what was said since.",

    switch: "Go to a room",
    switch_none: "None of your rooms is called that.",
    shortcuts_title: "Keyboard",
    shortcuts: &[
        ("Ctrl K · ⌘ K", "go to one of my rooms"),
        ("n", "next room with something unread, from the conversation or my rooms"),
        ("↑ ↓", "from message to message, in the conversation"),
        ("Enter", "message actions"),
        ("Ctrl Enter · ⌘ Enter", "send"),
        ("↑", "edit my last message, where nothing is written"),
        ("End", "to the latest message"),
        ("Esc", "back to the message field"),
        ("Ctrl / · ⌘ /", "this list; ? does it from the conversation or my rooms"),
    ],
    close: "Close",

    conversation: "Conversation",
    nothing_said: "Nobody has said anything yet.",
    day_silent: "Nobody said anything on this day.",
    messages_older: "Older messages",
    messages_newer: "Newer messages",
    messages_latest: "Go to the latest messages",
    messages_new: |count| format!("{} new", grouped(i64::try_from(count).unwrap_or(i64::MAX))),
    unread_line: "New",
    typing,
    invited: |count| counted(count, "invitation"),
    unread_page: "Unread",
    read_all: "Mark all as read",
    read_all_done: "Everything is marked as read.",
    chain: "Thread",
    chain_hint: "See this thread of replies",
    chain_only: "Everything but this thread is dimmed.",
    chain_leave: "Show everything",
    message_edited: "edited",
    message_deleted: "This message was deleted.",
    withheld: "Hidden from search engines by its author. Show it",
    message_link: "Link to this message",
    message_deleted_hint: "Its author or a moderator deleted it. What was said around it is still there.",
    message_before: "The message before it",
    message_after: "The message after it",
    reactions: "Reactions",
    more_reactions: "More reactions",
    message: "Message",
    message_hint: "Send a message",
    send: "Send",
    sending: "Sending…",
    not_sent: "Not sent.",
    not_sent_asks: "This has been waiting for more than ten minutes. Send it now?",
    send_again: "Retry",
    edit: "Edit",
    discard: "Discard",
    sign_in_to_talk: "Sign in to join the conversation",
    connection_lost: "Connection lost. Reconnecting… What you send will wait.",
    connection_barred: "Pages load here, but no live connection comes about. What you send goes as a form; reload the page for news.",
    connection_ended: "You are no longer signed in here. Reload the page to continue.",
    room_revoked: "You can no longer read this room.",

    days: "Calendar",
    pins: "Pinned messages",
    pin: "Pin",
    unpin: "Unpin",

    message_menu: "Message actions",
    reply: "Reply",
    replying: "Replying to",
    editing: "Editing your message",
    cancel: "Cancel",
    quote_hint: "Go to this message",
    react: "React",
    delete: "Delete",
    undo: "Undo",
    copy_text: "Copy text",
    copy_link: "Copy link",
    copied: "Copied.",
    unread_from_here: "Mark unread from here",
    pinned: "Pinned",
    draft: "Draft",
    length_of: |length, most| format!("{} / {}", grouped(length as i64), grouped(most as i64)),
    send_in_pieces: |count| format!("Send as {count} messages"),
    trim: "Cut off the end",
    untrim: "Put the end back",
    choices: "Suggestions",
    message_actions: "Message",
    back_to_message: "Back to the conversation",
};

/// `7 members`, `1 member`.
pub fn counted(count: i64, noun: &str) -> String {
    format!("{} {noun}{}", grouped(count), if count == 1 { "" } else { "s" })
}

fn typing(names: &[&str]) -> String {
    match names {
        [] => String::new(),
        [one] => format!("{one} is writing…"),
        [one, two] => format!("{one} and {two} are writing…"),
        [one, two, three] => format!("{one}, {two} and {three} are writing…"),
        _ => "Several people are writing…".to_owned(),
    }
}

fn unread(count: i64, mentions: i64) -> String {
    let count = grouped(count);
    match mentions {
        0 => format!("{count} unread"),
        1 => format!("{count} unread, 1 mentions you"),
        _ => format!("{count} unread, {} mention you", grouped(mentions)),
    }
}

const fn match_name(matching: Match) -> &'static str {
    match matching {
        Match::Any => "any of these",
        Match::All => "all of these",
    }
}

const fn level_name(level: Level) -> &'static str {
    match level {
        Level::All => "All messages",
        Level::Mentions => "Mentions only",
        Level::None => "No notifications",
    }
}

const fn role_name(role: Role) -> &'static str {
    match role {
        Role::Owner => "Owner",
        Role::Moderator => "Moderator",
        Role::Member => "Member",
    }
}

const fn sort_name(sort: Sort) -> &'static str {
    match sort {
        Sort::Active => "Active",
        Sort::New => "New",
        Sort::Popular => "Popular",
    }
}

const fn state_name(state: RoomState) -> &'static str {
    match state {
        RoomState::Open => "Open",
        RoomState::Locked => "Locked",
        RoomState::Resolved => "Resolved",
        RoomState::Archived => "Archived",
    }
}

const fn visibility_name(visibility: Visibility) -> &'static str {
    match visibility {
        Visibility::Public => "Public",
        Visibility::Unlisted => "Unlisted",
        Visibility::Private => "Private",
    }
}

const fn visibility_hint(visibility: Visibility) -> &'static str {
    match visibility {
        Visibility::Public => "Listed here; anyone can read along, even without an account.",
        Visibility::Unlisted => "Listed nowhere; anyone who has the link can read along.",
        Visibility::Private => "Only the members you add can see that it exists.",
    }
}

fn who_reads(visibility: Visibility, indexed: bool) -> String {
    match (visibility, indexed) {
        (Visibility::Public, true) => "Anyone can read this room · Search engines may list it",
        (Visibility::Public, false) => "Anyone can read this room · Search engines do not list it",
        (Visibility::Unlisted, _) => "Anyone with the link can read this room",
        (Visibility::Private, _) => "Only members can read this room",
    }
    .to_owned()
}

fn problem(problem: &Problem) -> String {
    match problem {
        Problem::Malformed => "Something in this request is missing or of the wrong kind.".to_owned(),
        Problem::BadFrame => "This message could not be read. Please reload the page.".to_owned(),
        Problem::UnknownFrame => "This server does not know how to do that.".to_owned(),
        Problem::SignInFirst => "Please sign in first.".to_owned(),
        Problem::WrongCredentials => "Incorrect username or password.".to_owned(),
        Problem::WrongPassword => "That is not your current password.".to_owned(),
        Problem::SomebodyElse { name } => {
            format!("You are {name} here now, so nothing was sent. To send it as {name}, send it again.")
        }
        Problem::CookiesNeeded => {
            "Your browser blocks cookies, and cannot stay signed in without them. Please allow them for this site."
                .to_owned()
        }
        Problem::ForeignOrigin => "This request came from another site, so nothing was changed.".to_owned(),
        Problem::NotAllowed => "You are not allowed to do this here.".to_owned(),
        Problem::NotFound => "This does not exist, or you do not have access to it.".to_owned(),
        Problem::UsernameTaken => "Somebody already has this username. Please choose another.".to_owned(),
        Problem::UsernameLength => {
            format!("A username has {} to {} characters.", text::USERNAME_CHARS.start(), text::USERNAME_CHARS.end())
        }
        Problem::UsernameCharacters => {
            "A username has letters, digits, _, - and . only, and ends in a letter or digit.".to_owned()
        }
        Problem::NameAlike => {
            "This name looks too much like one that somebody already has. Please choose another.".to_owned()
        }
        Problem::NameReserved => "This name is kept for the service itself. Please choose another.".to_owned(),
        Problem::MixedScripts => {
            "A username mixes no letters of different scripts, but for Latin with Korean, Japanese or Chinese."
                .to_owned()
        }
        Problem::PasswordLength => {
            format!("A password has {} to {} characters.", text::PASSWORD_CHARS.start(), text::PASSWORD_CHARS.end())
        }
        Problem::PasswordCommon => {
            "This is one of the first passwords that a stranger would try. Please choose another.".to_owned()
        }
        Problem::DisplayNameLength => format!("A display name has at most {} characters.", text::DISPLAY_NAME_MAX),
        Problem::DisplayNameHandle => {
            "An @ at the beginning of a word stands for a username. Please leave it out here.".to_owned()
        }
        Problem::Empty => "Please write something here.".to_owned(),
        Problem::TooLong { max } => {
            format!("That is too long: at most {} characters fit.", grouped(i64::try_from(*max).unwrap_or(i64::MAX)))
        }
        Problem::UnknownCategory => "Please choose one of the categories.".to_owned(),
        Problem::CategoryTaken => "There is a category of this name already.".to_owned(),
        Problem::CategoryInUse => "A category with rooms in it, or the last one, cannot be removed.".to_owned(),
        Problem::TooManyTags => format!("Up to {} tags, please.", text::TAGS_MAX),
        Problem::TagLength => format!("A tag has at most {} characters.", text::TAG_MAX),
        Problem::UnknownChoice => "Please choose one of the options.".to_owned(),
        Problem::NonceMalformed => "This form is broken. Please reload the page and try again.".to_owned(),
        Problem::NonceReused => "This was already sent with another text. Please reload the page.".to_owned(),
        Problem::RoomNonceReused => {
            "You have opened another room with this form already. Send it again to open this one too.".to_owned()
        }
        Problem::ReplyTargetMissing => "The message you are replying to does not exist.".to_owned(),
        Problem::TargetMissing => "This message does not exist any more.".to_owned(),
        Problem::NoSuchPerson => "Nobody has this username.".to_owned(),
        Problem::Invited => "They decide for themselves whether to come: they have been invited.".to_owned(),
        Problem::NoSuchDay => "There is no such day.".to_owned(),
        Problem::NoEmoji => "Please choose an emoji.".to_owned(),
        Problem::TooManyReactions => "There is no room for more kinds of reactions here.".to_owned(),
        Problem::LastMember => {
            "You are the only member: archive the room, or let somebody else in who looks after it.".to_owned()
        }
        Problem::RoomLocked => "This room is closed for new messages.".to_owned(),
        Problem::Muted => "You cannot write in this room for now.".to_owned(),
        Problem::TooLarge => "That is too large to send at once.".to_owned(),
        Problem::TooFast => "Too many requests. Please wait a moment.".to_owned(),
        Problem::Busy => "A lot is going on right now. Please try again in a moment.".to_owned(),
        Problem::Unavailable => "The server cannot be reached. Please try again in a moment.".to_owned(),
        Problem::Internal => "Something broke on our side. Please try again.".to_owned(),
    }
}
