//! What was done to the room, said in few words between the messages.

use std::sync::Arc;

use leptos::prelude::*;

use crate::i18n::notices::{Deed, notice};
use crate::model::ids::{Millis, Seq};
use crate::model::notice::{MemberAction, Notice};
use crate::model::room::Visibility;
use crate::model::user::Author;
use crate::ui::page;
use crate::ui::time::Clock;

/// The same that one person did in a row.
struct Line<'a> {
    seq: Seq,
    ts: Millis,
    who: &'a Author,
    whom: Vec<&'a str>,
    deed: Deed<'a>,
}

pub fn notices(notices: &[Arc<Notice>]) -> AnyView {
    let lang = page::lang();
    let line = |Line { seq, ts, who, whom, deed }| {
        let said = notice(lang, who.shown_name(), &whom, deed);
        view! { <p class="event" data-testid="notice" data-notice=seq>{said} " " <Clock ts/></p> }.into_any()
    };
    lines(notices).into_iter().map(line).collect::<Vec<_>>().into_any()
}

fn lines(notices: &[Arc<Notice>]) -> Vec<Line<'_>> {
    let mut lines: Vec<Line<'_>> = Vec::new();
    for notice in notices {
        let Notice { seq, author, ts, .. } = &**notice;
        for (deed, whom) in deeds(notice) {
            let whom = whom.map(Author::shown_name);
            match lines.last_mut() {
                Some(line) if line.who.id == author.id && line.deed == deed => {
                    (line.seq, line.ts) = (*seq, *ts);
                    line.whom.extend(whom);
                }
                _ => lines.push(Line { seq: *seq, ts: *ts, who: author, whom: whom.into_iter().collect(), deed }),
            }
        }
    }
    lines
}

/// What a notice says, and of whom.
fn deeds(Notice { member, changed, .. }: &Notice) -> Vec<(Deed<'_>, Option<&Author>)> {
    let mut deeds = Vec::new();
    if let Some(member) = member {
        let deed = match member.action {
            MemberAction::Add => Deed::Added,
            MemberAction::Remove => Deed::Removed,
            MemberAction::Ban => Deed::Banned,
            MemberAction::Role => Deed::Gave(member.role),
        };
        deeds.push((deed, Some(&member.user)));
    }
    let Some(changed) = changed else { return deeds };
    if let Some(title) = &changed.title {
        deeds.push((Deed::Titled(title), None));
    } else if changed.body || changed.category.is_some() || changed.tags.is_some() {
        deeds.push((Deed::Edited, None));
    }
    deeds.extend(changed.state.map(|state| (Deed::State(state), None)));
    // Only public rooms are listed anywhere.
    if changed.visibility.is_some() || changed.indexed.is_some() {
        let visibility = changed.visibility.unwrap_or(Visibility::Public);
        deeds.push((Deed::Opened(visibility, changed.indexed == Some(true)), None));
    }
    deeds
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ids::UserId;
    use crate::model::notice::{MemberChange, RoomChange};
    use crate::model::room::{Role, RoomState};

    fn person(id: i64) -> Author {
        Author { id: UserId::try_from(id).unwrap(), username: format!("u{id}"), display_name: String::new() }
    }

    fn did(seq: Seq, who: i64) -> Notice {
        Notice { seq, author: person(who), ts: seq, member: None, changed: None }
    }

    fn added(seq: Seq, who: i64, whom: i64) -> Arc<Notice> {
        let member = Some(MemberChange { user: person(whom), role: Role::Member, action: MemberAction::Add });
        Arc::new(Notice { member, ..did(seq, who) })
    }

    fn changed(seq: Seq, changed: RoomChange) -> Arc<Notice> {
        Arc::new(Notice { changed: Some(Box::new(changed)), ..did(seq, 1) })
    }

    #[test]
    fn the_same_deed_of_one_person_is_one_line() {
        let all = [added(1, 1, 7), added(2, 1, 8), added(3, 2, 9)];
        let lines = lines(&all);
        let told: Vec<_> = lines.iter().map(|line| (line.seq, line.who.id.get(), line.whom.as_slice())).collect();
        assert_eq!(told, [(2, 1, ["u7", "u8"].as_slice()), (3, 2, ["u9"].as_slice())]);
    }

    #[test]
    fn a_post_that_is_changed_in_several_ways_says_each_once() {
        let all = [
            changed(1, RoomChange { body: true, tags: Some(vec![]), ..RoomChange::default() }),
            changed(2, RoomChange { body: true, ..RoomChange::default() }),
            changed(
                3,
                RoomChange {
                    title: Some("T".into()),
                    body: true,
                    state: Some(RoomState::Locked),
                    indexed: Some(true),
                    ..RoomChange::default()
                },
            ),
        ];
        let deeds: Vec<_> = lines(&all).into_iter().map(|line| line.deed).collect();
        let opened = Deed::Opened(Visibility::Public, true);
        assert_eq!(deeds, [Deed::Edited, Deed::Titled("T"), Deed::State(RoomState::Locked), opened]);
    }
}
