//! Names that cannot be taken for somebody else's: what a new one may be made of, and the skeleton by which names that look
//! alike are one name.
//!
//! The tables of Unicode (UTS #39) that decide this are large; the browser has none of them and asks the server.

mod honorifics;

use std::collections::HashSet;
use std::sync::LazyLock;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;
use unicode_security::{GeneralSecurityProfile, RestrictionLevel, RestrictionLevelDetection, skeleton as prototypes};

pub use self::honorifics::called_by;
use crate::error::Problem;
use crate::model::text::{self, MARKS_MAX, fold, is_visible};

/// Changes whenever the same name gets another skeleton: then all that are stored are made anew.
pub const VERSION: &str = "1, Unicode 18";

/// Names that the service speaks by, or that programs put where there is none, in both languages. Nobody signs up as one of
/// them, as several of them, or as the next one: `admin2`, `mods`.
const RESERVED: &[&str] = &[
    "admin",
    "administrator",
    "root",
    "system",
    "sysadmin",
    "superuser",
    "operator",
    "staff",
    "support",
    "official",
    "moderator",
    "mod",
    "security",
    "everyone",
    "here",
    "all",
    "channel",
    "me",
    "new",
    "settings",
    "account",
    "login",
    "anonymous",
    "deleted",
    "nobody",
    "unknown",
    "null",
    "undefined",
    "chatchat",
    "chat-chat",
    "chat_chat",
    "chat.chat",
    "관리자",
    "관리인",
    "운영자",
    "운영진",
    "운영팀",
    "시스템",
    "스태프",
    "공지",
    "공식",
    "익명",
    "삭제됨",
    "탈퇴",
    "설정",
    "고객센터",
    "모두",
    "전체",
    "여기",
    "방장",
    "부방장",
    "챗챗",
];

/// How often a name is made simpler at most. Three times are enough for what people write.
const STEPS: usize = 8;

/// What names that look alike, or are called alike, have in common: without case, width, accents typed otherwise, characters
/// that are not seen, signs at the ends, and the honorific that Korean puts behind a name. Idempotent. It is no name itself:
/// `i`, `l` and `1` are one letter in it, and `m` is `rn`.
pub fn skeleton(name: &str) -> String {
    // As it is shown first: a capital I is an l to the eye, and its small letter is not.
    let mut now = simpler(name.chars());
    for _ in 0..STEPS {
        let folded = now.to_lowercase();
        let next = simpler(folded.chars().map(|c| if c == 'i' { 'l' } else { c }));
        if next == now {
            break;
        }
        now = next;
    }
    now
}

fn simpler(name: impl Iterator<Item = char>) -> String {
    let seen: String = name.nfkc().filter(|c| is_visible(*c)).nfc().collect();
    let inner = seen.trim_matches(|c: char| !c.is_alphanumeric() && !is_combining_mark(c));
    prototypes(honorifics::without(if inner.is_empty() { &seen } else { inner })).collect()
}

/// Whether the service itself goes by such a name, whatever number or plural is behind it.
pub fn is_reserved(name: &str) -> bool {
    static SKELETONS: LazyLock<HashSet<String>> =
        LazyLock::new(|| RESERVED.iter().map(|name| skeleton(name)).collect());
    // In a skeleton, some digits are letters.
    let seen: String = name.nfkc().filter(|c| is_visible(*c)).collect();
    let unnumbered = honorifics::without(&seen).trim_end_matches(|c: char| !c.is_alphabetic());
    let one = unnumbered.strip_suffix(['s', 'S']);
    [Some(name), Some(unnumbered), one].into_iter().flatten().any(|name| SKELETONS.contains(&skeleton(name)))
}

/// A new username as it is stored. Whether somebody has one that looks like it is another question.
///
/// # Errors
///
/// What is wrong with it. Names that accounts have already may be so: they are read by [`text::username`].
pub fn username(typed: &str) -> Result<String, Problem> {
    let name = text::username(typed)?;
    // A sentence goes on behind a name: "thanks @alice."
    let ends_well = name.ends_with(|c: char| c.is_alphanumeric() || is_combining_mark(c));
    if !ends_well || has_tower(&name) || !name.chars().all(is_written) {
        return Err(Problem::UsernameCharacters);
    }
    // For the profile, single letters of Hangul are no letters at all.
    let spelled: String = name.chars().map(|c| if is_single_letter(c) { '가' } else { c }).collect();
    if spelled.check_restriction_level(RestrictionLevel::HighlyRestrictive) {
        Ok(name)
    } else {
        Err(Problem::MixedScripts)
    }
}

/// Whether people write this character in names today: by the General Security Profile of UTS #39, and single letters of
/// Hangul, which it leaves to their syllables.
fn is_written(c: char) -> bool {
    c.identifier_allowed() || is_single_letter(c)
}

const fn is_single_letter(c: char) -> bool {
    matches!(c, '\u{3131}'..='\u{3163}')
}

fn has_tower(name: &str) -> bool {
    let mut marks = 0;
    name.chars().any(|c| {
        marks = if is_combining_mark(c) { marks + 1 } else { 0 };
        marks > MARKS_MAX
    })
}

/// A new display name as it is stored; empty where there is none.
pub fn display_name(typed: &str) -> Result<String, Problem> {
    let name = text::display_name(typed)?;
    if shows_handle(&name) { Err(Problem::DisplayNameHandle) } else { Ok(name) }
}

/// Whether a word of the name begins with an @, as only usernames are written. Within a word it may mean a place.
pub fn shows_handle(name: &str) -> bool {
    let seen: String = name.nfkc().filter(|c| !text::is_ignorable(*c)).collect();
    seen.match_indices('@').any(|(at, _)| !seen[..at].ends_with(char::is_alphanumeric))
}

/// A display name that somebody else has, or may be taken for: the username stands behind it.
pub fn marked(display_name: &str, username: &str) -> String {
    format!("{display_name}{}", mark(username))
}

/// The display name as its owner chose it.
pub fn unmarked<'n>(display_name: &'n str, username: &str) -> &'n str {
    display_name.strip_suffix(&mark(username)).unwrap_or(display_name)
}

fn mark(username: &str) -> String {
    format!(" (@{username})")
}

/// Whether somebody shows nothing but the username.
pub fn is_own_username(display_name: &str, username: &str) -> bool {
    fold(display_name) == fold(username)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::model::mentions;

    #[test]
    fn names_that_look_alike_have_one_skeleton() {
        let alice = skeleton("alice");
        let twins = [
            "Alice",
            "ALICE",
            "aIice",
            "a1ice",
            "аlice",
            "ａｌｉｃｅ",
            "ⓐlice",
            "alice\u{FE0F}",
            "a\u{34F}lice",
            "alice\u{3164}",
            "alice\u{17B4}",
            "alice\u{2800}",
            "a lice",
            "★ alice ★",
            "alice.",
            "_alice",
            "alice님",
            "Alice 씨",
            "𝒂𝒍𝒊𝒄𝒆",
        ];
        for twin in twins {
            assert_eq!(skeleton(twin), alice, "{twin}");
        }
        assert_eq!(skeleton("지민님"), skeleton("지민"));
        assert_eq!(skeleton("지민님이"), skeleton("지민"));
        assert_eq!(skeleton("지민 씨"), skeleton("지민"));
        for (one, other) in
            [("alice", "alicia"), ("지민", "지만"), ("user12", "user21"), ("kim.minsu", "kim_minsu"), ("🐶", "🐱")]
        {
            assert_ne!(skeleton(one), skeleton(other), "{one} {other}");
        }
    }

    #[test]
    fn new_usernames_are_written_as_people_write() {
        for good in ["지민", "jörg.k", "한글abc", "ㅋㅋㅋ", "東京tower", "алиса", "しずく", "สมชาย", "a-1", "J_k"]
        {
            assert!(username(good).is_ok(), "{good}");
        }
        let bad = [
            "alice.",
            "alice-",
            "alice_",
            "alice\u{FE0F}",
            "alice\u{34F}",
            "alice\u{3164}",
            "alice\u{17B4}",
            "ⓐlice",
            "ａlice",
            "\u{3164}\u{3164}",
            "\u{115F}\u{1160}",
            "a\u{202E}b",
            "al\u{200D}ice",
            "a\u{317}\u{317}\u{317}\u{317}\u{317}",
        ];
        for bad in bad {
            assert_eq!(username(bad), Err(Problem::UsernameCharacters), "{bad:?}");
        }
        for mixed in ["аlice", "aliсe", "αlice", "지민а"] {
            assert_eq!(username(mixed), Err(Problem::MixedScripts), "{mixed}");
        }
    }

    #[test]
    fn the_service_keeps_its_own_names() {
        for name in [
            "admin",
            "Admin",
            "аdmin",
            "ADMlN",
            "관리자",
            "관리자님",
            "운영자",
            "★관리자★",
            "chatchat",
            "챗챗",
            "everyone",
        ] {
            assert!(is_reserved(name) && is_reserved(&skeleton(name)), "{name}");
        }
        for name in [
            "mod",
            "Mods",
            "m0d",
            "anonymous",
            "deleted",
            "null",
            "me",
            "new",
            "settings",
            "Admin1",
            "admin2",
            "admins",
            "adm1n_07",
            "admins3",
            "ａｄｍｉｎ９",
            "관리자1",
            "관리자s",
            "관리자2님",
            "★운영자 3★",
            "익명",
            "익명2",
        ] {
            assert!(is_reserved(name), "{name}");
        }
        for name in ["adam", "관리", "mel", "men", "modest", "mess", "2", "s", "지민1", "user12", "yes", "익명의새"]
        {
            assert!(!is_reserved(name), "{name}");
        }
    }

    #[test]
    fn a_mark_is_no_part_of_the_name_and_cannot_be_forged() {
        assert_eq!(marked("지민", "jimin2"), "지민 (@jimin2)");
        assert_eq!(unmarked("지민 (@jimin2)", "jimin2"), "지민");
        assert_eq!(unmarked("지민 (@jimin)", "jimin2"), "지민 (@jimin)");
        for forged in ["지민 (@jimin)", "@jimin", "지민 ＠jimin", "a (\u{200B}@b)"] {
            assert_eq!(display_name(forged), Err(Problem::DisplayNameHandle), "{forged}");
        }
        assert_eq!(display_name("지민@서울").as_deref(), Ok("지민@서울"));
    }

    #[test]
    fn the_table_of_what_programs_ignore_is_unicodes() {
        for c in '\0'..=char::MAX {
            let is_ignored = prototypes(c.encode_utf8(&mut [0; 4])).next().is_none();
            assert_eq!(text::is_ignorable(c), is_ignored, "{:x}", u32::from(c));
        }
    }

    /// Letters that tempt: of several scripts, alike, joined, marked, invisible.
    fn tempting() -> impl Strategy<Value = String> {
        let letters = "aAbBiIlL1|mMoO0аеіαΑΗㄱㅏ가각지민님씨이는ＡⓐßİıΣﷺ🐶★._-@ \u{301}\u{317}\u{34F}\u{200D}\u{FE0F}\u{3164}\u{1160}";
        let letters: Vec<char> = letters.chars().collect();
        let one = prop_oneof![4 => prop::sample::select(letters), 1 => any::<char>()];
        prop::collection::vec(one, 0..12).prop_map(|letters| letters.into_iter().collect())
    }

    proptest! {
        #[test]
        fn a_skeleton_of_a_skeleton_is_the_same(name in tempting()) {
            let once = skeleton(&name);
            prop_assert_eq!(skeleton(&once), once.clone(), "{:?}", name);
        }

        #[test]
        fn what_is_not_seen_makes_no_other_name(name in tempting(), at in 0..12_usize, unseen in "[\u{34F}\u{2800}\u{200B}]") {
            let (before, after): (String, String) = (name.chars().take(at).collect(), name.chars().skip(at).collect());
            // A joiner may keep a mark from its letter.
            prop_assume!(!after.starts_with(|c: char| !c.is_alphanumeric()));
            prop_assume!(!name.chars().any(|c| text::is_hangul(c) || is_combining_mark(c)));
            prop_assert_eq!(skeleton(&format!("{before}{unseen}{after}")), skeleton(&name));
        }

        #[test]
        fn a_visible_text_is_kept_and_an_invisible_one_is_nothing(typed in tempting()) {
            let is_blank = text::is_blank(&typed);
            prop_assert_eq!(text::message(&typed) == Err(Problem::Empty), is_blank);
            prop_assert_eq!(text::title(&typed) == Err(Problem::Empty), is_blank);
            prop_assert_eq!(text::search(&typed) == Err(Problem::Empty), is_blank);
            prop_assert_eq!(text::post(&typed).unwrap().is_empty(), is_blank);
            let shown = text::display_name(&typed).unwrap();
            prop_assert!(shown.is_empty() || !text::is_blank(&shown));
        }

        #[test]
        fn every_new_username_is_one_mention_of_itself(typed in tempting()) {
            if let Ok(name) = username(&typed) {
                for said in [format!("@{name}"), format!("(@{name}) @{name}."), format!("@{name}님이")] {
                    let known = |key: &str| (key == fold(&name)).then_some(());
                    let found: Vec<&str> =
                        mentions::pieces(&said, known).into_iter().filter_map(|(piece, who)| who.map(|()| piece)).collect();
                    prop_assert!(!found.is_empty() && found.iter().all(|piece| fold(&piece[1..]) == fold(&name)), "{:?}", found);
                }
            }
        }
    }
}
