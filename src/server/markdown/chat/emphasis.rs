//! Which signs of emphasis belong together. Each is looked at once, and each opener is passed over once: the time is linear.

use super::signs::Kind;

/// A run of signs.
#[derive(Debug)]
pub struct Sign<'t> {
    /// As it was typed, with a backslash in front of it if there is one.
    pub text: &'t str,
    pub kind: Kind,
    pub opens: bool,
    pub closes: bool,
    /// It would be markup but for a backslash.
    pub escaped: bool,
    /// Letters and digits in front of it: what is emphasised has some.
    pub words: usize,
    pub role: Role,
}

#[derive(Debug, Default, PartialEq, Eq)]
pub enum Role {
    /// As it was typed.
    #[default]
    Text,
    /// Text, without the backslash that kept it from being more.
    Prevented,
    Opens,
    /// From the inmost on; stars that are left over are text.
    Closes(Vec<Kind>),
}

/// Gives the signs of a text, in order, their roles.
pub fn pair(signs: &mut [&mut Sign<'_>]) {
    let mut open: [Vec<usize>; Kind::ALL] = Default::default();
    for at in 0..signs.len() {
        if !(signs[at].closes && close(signs, at, &mut open)) && signs[at].opens {
            open[signs[at].kind as usize].push(at);
        }
    }
}

/// Closes with the sign at `at` what it can; whether that was anything.
fn close(signs: &mut [&mut Sign<'_>], at: usize, open: &mut [Vec<usize>; Kind::ALL]) -> bool {
    let (kind, escaped) = (signs[at].kind, signs[at].escaped);
    let (mut stars, mut closed) = (kind.stars(), Vec::new());
    loop {
        let fits =
            |opener: Kind| if kind.stars() == 0 { opener == kind } else { (1..=stars).contains(&opener.stars()) };
        let last = open.iter().filter_map(|stack| stack.last().copied()).filter(|&last| fits(signs[last].kind)).max();
        let Some(opener) = last.filter(|&opener| signs[opener].words < signs[at].words) else { break };
        for stack in open.iter_mut() {
            while stack.last().is_some_and(|&last| last >= opener) {
                stack.pop();
            }
        }
        if escaped || signs[opener].escaped {
            if !closed.is_empty() {
                break;
            }
            for end in [opener, at] {
                signs[end].role = if signs[end].escaped { Role::Prevented } else { Role::Text };
            }
            return true;
        }
        signs[opener].role = Role::Opens;
        closed.push(signs[opener].kind);
        stars -= signs[opener].kind.stars();
        if stars == 0 {
            break;
        }
    }
    let is_any = !closed.is_empty();
    if is_any {
        signs[at].role = Role::Closes(closed);
    }
    is_any
}
