//! Which stars, underscores and tildes of a message may open or close emphasis.
//!
//! * `*a*` and `_a_` emphasise, `**a**` is strong, `***a***` is both, `~~a~~` is struck out. `__` is part of a name
//!   (`__init__`), a single `~` a range or the end of a friendly sentence.
//! * What opens stands at the beginning of a word, so that `3*4*5`, `김**님과 박**님` and `a_b_c` are text; what closes
//!   stands at the end of one, where a Korean particle may follow: `**마크다운(Markdown)**을`. Between kana and Han,
//!   which no blank separates, `**` and `~~` open too.
//! * A single sign touches a word, a bracket or a quotation mark inside: `*^^*` and `(*´▽*)` are faces.

use crate::model::text::is_hangul;

/// Of emphasis, in the order of their stacks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Star,
    Stars,
    ThreeStars,
    Underscore,
    Tildes,
}

impl Kind {
    pub const ALL: usize = 5;

    /// Of a run of one sign; `None` for runs that are text.
    pub fn of(sign: char, count: usize) -> Option<Self> {
        match (sign, count) {
            ('*', 1) => Some(Self::Star),
            ('*', 2) => Some(Self::Stars),
            ('*', 3) => Some(Self::ThreeStars),
            ('_', 1) => Some(Self::Underscore),
            ('~', 2) => Some(Self::Tildes),
            _ => None,
        }
    }

    /// Stars that it takes; none for other signs.
    pub const fn stars(self) -> usize {
        match self {
            Self::Star => 1,
            Self::Stars => 2,
            Self::ThreeStars => 3,
            Self::Underscore | Self::Tildes => 0,
        }
    }

    const fn is_single(self) -> bool {
        matches!(self, Self::Star | Self::Underscore)
    }

    /// Whether it may open between these characters.
    pub fn opens(self, before: Option<char>, after: Option<char>) -> bool {
        let Some(after) = after.filter(|c| !c.is_whitespace()) else { return false };
        let is_begin = |c: char| {
            c.is_whitespace()
                || match self.is_single() {
                    true => "([{<\"'“‘「『《〈【（*_~:,!?…".contains(c),
                    false => (!c.is_alphanumeric() || is_unspaced(c)) && !"/\\".contains(c),
                }
        };
        before.is_none_or(is_begin)
            && (!self.is_single()
                || (after.is_alphanumeric() && !is_jamo(after))
                || is_emoji(after)
                || "\"'“‘([{「『《〈【（<#@$₩€`*_~".contains(after))
    }

    /// Whether it may close before `rest`.
    pub fn closes(self, before: Option<char>, rest: &str) -> bool {
        let Some(before) = before.filter(|c| !c.is_whitespace()) else { return false };
        let mut rest = rest.chars();
        let is_end = rest.next().is_none_or(|c| {
            let is_particle = is_hangul(c) || is_unspaced(c);
            c.is_whitespace()
                || match self {
                    // A file may be called `_config_.yml`.
                    Self::Underscore if c == '.' => !rest.next().is_some_and(char::is_alphanumeric),
                    Self::Underscore => ",!?:;)]}\"'”’」』》〉】）…*~".contains(c),
                    Self::Star => (!c.is_alphanumeric() || is_particle) && !"/\\".contains(c),
                    _ => !c.is_alphanumeric() || is_particle,
                }
        });
        is_end
            && (!self.is_single()
                || before.is_alphanumeric()
                || is_emoji(before)
                || "\"'”’)]}」』》〉】）>.,!?…%:;`*_~".contains(before))
    }
}

/// A letter of Hangul alone, as in laughter and faces.
pub const fn is_jamo(c: char) -> bool {
    matches!(c, '\u{3130}'..='\u{318F}')
}

/// A letter of a script whose words no blank separates.
const fn is_unspaced(c: char) -> bool {
    matches!(c, '\u{3040}'..='\u{30FF}' | '\u{3400}'..='\u{9FFF}' | '\u{F900}'..='\u{FAFF}' | '\u{20000}'..='\u{3FFFF}')
}

const fn is_emoji(c: char) -> bool {
    matches!(c, '\u{2600}'..='\u{27BF}' | '\u{1F000}'..='\u{1FAFF}' | '\u{FE0F}')
}
