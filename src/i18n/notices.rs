//! What is said between the messages of what was done to a room.

use super::Lang;
use super::texts::grouped;
use crate::model::room::{Role, RoomState, Visibility};

/// People named in one line; of more there is a count.
const NAMED: usize = 3;

/// What somebody did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deed<'a> {
    Added,
    Removed,
    Banned,
    /// Gave another role to somebody.
    Gave(Role),
    Titled(&'a str),
    /// Changed the post otherwise.
    Edited,
    State(RoomState),
    /// Changed who may read what is said from here on, and whether search engines may list it.
    Opened(Visibility, bool),
}

/// The line that says that `who` did something, to `whom` if it was done to people.
pub fn notice(lang: Lang, who: &str, whom: &[&str], deed: Deed<'_>) -> String {
    match lang {
        Lang::En => in_english(
            who,
            &people(whom, |names, rest| match rest {
                0 => names.join(", "),
                rest => format!("{} and {} more", names.join(", "), grouped(rest)),
            }),
            deed,
        ),
        Lang::Ko => in_korean(
            who,
            &people(whom, |names, rest| match rest {
                0 => format!("{}님", names.join("님, ")),
                rest => format!("{}님 외 {}명", names.join("님, "), grouped(rest)),
            }),
            deed,
        ),
    }
}

fn people(whom: &[&str], say: fn(&[&str], i64) -> String) -> String {
    let (named, rest) = whom.split_at(whom.len().min(NAMED));
    say(named, i64::try_from(rest.len()).unwrap_or_default())
}

fn in_english(who: &str, whom: &str, deed: Deed<'_>) -> String {
    let texts = Lang::En.texts();
    match deed {
        Deed::Added => format!("{who} added {whom}"),
        Deed::Removed => format!("{who} removed {whom}"),
        Deed::Banned => format!("{who} banned {whom}"),
        Deed::Gave(Role::Owner) => format!("{who} handed the room over to {whom}"),
        Deed::Gave(Role::Moderator) => format!("{who} gave {whom} the role of moderator"),
        Deed::Gave(Role::Member) => format!("{who} took the role of moderator from {whom}"),
        Deed::Titled(title) => format!("{who} renamed the room: {title}"),
        Deed::Edited => format!("{who} edited the post"),
        Deed::State(state) => format!("{who} set the room to: {}", (texts.state_name)(state)),
        Deed::Opened(visibility, indexed) => {
            format!("{who} changed who reads what is said from here on: {}", (texts.who_reads)(visibility, indexed))
        }
    }
}

fn in_korean(who: &str, whom: &str, deed: Deed<'_>) -> String {
    let texts = Lang::Ko.texts();
    match deed {
        Deed::Added => format!("{who}님이 {whom}을 초대했어요"),
        Deed::Removed => format!("{who}님이 {whom}을 내보냈어요"),
        Deed::Banned => format!("{who}님이 {whom}을 차단했어요"),
        Deed::Gave(Role::Owner) => format!("{who}님이 {whom}에게 방을 넘겼어요"),
        Deed::Gave(Role::Moderator) => format!("{who}님이 {whom}을 운영진으로 정했어요"),
        Deed::Gave(Role::Member) => format!("{whom}은 이제 운영진이 아니에요"),
        Deed::Titled(title) => format!("{who}님이 방 제목을 바꿨어요: {title}"),
        Deed::Edited => format!("{who}님이 글을 고쳤어요"),
        Deed::State(state) => format!("{who}님이 방 상태를 바꿨어요: {}", (texts.state_name)(state)),
        Deed::Opened(visibility, indexed) => {
            format!(
                "{who}님이 앞으로의 이야기를 볼 수 있는 사람을 바꿨어요: {}",
                (texts.who_reads)(visibility, indexed)
            )
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_people_are_counted() {
        let said = |lang, whom: &[&str]| notice(lang, "지민", whom, Deed::Added);
        assert_eq!(said(Lang::En, &["a"]), "지민 added a");
        assert_eq!(said(Lang::En, &["a", "b", "c", "d", "e"]), "지민 added a, b, c and 2 more");
        assert_eq!(said(Lang::Ko, &["a", "b"]), "지민님이 a님, b님을 초대했어요");
        assert_eq!(said(Lang::Ko, &["a", "b", "c", "d"]), "지민님이 a님, b님, c님 외 1명을 초대했어요");
    }
}
