//! What Korean puts behind a name without a space: honorifics and particles. `@지민님이` calls 지민, so nobody else may be
//! called 지민님.

use super::skeleton;
use crate::model::text::USERNAME_CHARS;

const HONORIFICS: [&str; 2] = ["님", "씨"];

/// The longer ones first.
const PARTICLES: [&str; 28] = [
    "에게서",
    "한테서",
    "이라고",
    "까지",
    "부터",
    "에게",
    "한테",
    "께서",
    "이랑",
    "이야",
    "이가",
    "이는",
    "이도",
    "라고",
    "은",
    "는",
    "이",
    "가",
    "을",
    "를",
    "도",
    "만",
    "의",
    "와",
    "과",
    "랑",
    "아",
    "야",
];

/// The name without its honorific, and the particle behind that. Whatever is left must be long enough for a name: 손님 is a
/// word of its own.
pub fn without(name: &str) -> &str {
    let honored = |name: &'_ str| HONORIFICS.iter().any(|honorific| name.ends_with(honorific));
    let with_honorific =
        PARTICLES.iter().filter_map(|particle| name.strip_suffix(particle)).find(|rest| honored(rest)).unwrap_or(name);
    let bare = HONORIFICS.iter().find_map(|honorific| with_honorific.strip_suffix(honorific));
    bare.filter(|bare| is_long_enough(bare)).unwrap_or(name)
}

/// The skeletons of names that are meant where this one is read: of 지민 where somebody writes `@지민이` for "지민 (subject)".
pub fn called_by(username: &str) -> Vec<String> {
    let bases = PARTICLES.iter().filter_map(|particle| username.strip_suffix(particle));
    bases.filter(|base| is_long_enough(base)).map(skeleton).collect()
}

fn is_long_enough(name: &str) -> bool {
    name.chars().count() >= *USERNAME_CHARS.start()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_honorific_is_no_part_of_a_name() {
        for (name, bare) in [
            ("지민님", "지민"),
            ("지민님께서", "지민"),
            ("지민씨는", "지민"),
            ("alice님", "alice"),
            ("손님", "손님"),
            ("지민이", "지민이"),
            ("님", "님"),
        ] {
            assert_eq!(without(name), bare);
        }
        assert_eq!(called_by("지민이"), [skeleton("지민")]);
        assert_eq!(called_by("하은"), [""; 0], "one syllable is no name");
    }
}
