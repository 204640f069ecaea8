//! Passwords that are tried first, which nobody may choose.

use crate::error::Problem;
use crate::model::text::fold;

/// One on each line, folded; the lines that begin with `#` say where they come from.
const LIST: &str = include_str!("common.txt");
/// The product's own name is on nobody's list, and the first guess here.
const PRODUCT: &str = "chatchat";
/// The longest part that makes no password by being repeated.
const LONGEST_UNIT: usize = 4;

/// Refuses a password that a stranger would guess for `username`.
pub fn refuse(password: &str, username: &str) -> Result<(), Problem> {
    let (password, username) = (fold(password), fold(username));
    let core = core(&password);
    let is_name = |name: &str| password == name || (!core.is_empty() && core == self::core(name));
    let is_common = LIST.lines().any(|line| line == password && !line.starts_with('#'));
    if is_common || is_name(&username) || is_name(PRODUCT) || is_walk(&password) {
        return Err(Problem::PasswordCommon);
    }
    Ok(())
}

/// What is left without spaces, signs, and the digits before and after.
fn core(text: &str) -> String {
    let plain: String = text.chars().filter(|c| c.is_alphanumeric()).collect();
    plain.trim_matches(char::is_numeric).to_owned()
}

/// The same few characters over and over, or neighbours in a row.
fn is_walk(text: &str) -> bool {
    let chars: Vec<u32> = text.chars().map(u32::from).collect();
    let repeats = (1..=LONGEST_UNIT).any(|unit| chars.iter().zip(chars.iter().skip(unit)).all(|(a, b)| a == b));
    let steps = |by: i64| chars.windows(2).all(|pair| i64::from(pair[1]) - i64::from(pair[0]) == by);
    repeats || steps(1) || steps(-1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_everybody_tries_is_refused() {
        for password in [
            "12345678",
            "PassWord",
            "qwer1234!",
            "1q2w3e4r",
            // 사랑해 and 비밀번호, as they are typed on a Korean keyboard.
            "tkfkdgo1004",
            "qlalfqjsgh",
            "비밀번호1234",
            "aaaaaaaaaaaa",
            "abababababab",
            "abcdefghij",
            "987654321",
            "Jimin.Kim",
            "jimin-kim2024!",
            "Chat Chat",
            "chatchat1234",
        ] {
            assert_eq!(refuse(password, "jimin.kim"), Err(Problem::PasswordCommon), "{password}");
        }
    }

    #[test]
    fn what_nobody_guesses_is_taken() {
        for password in
            ["correct horse", "지민이가 좋아하는 떡볶이집", "jimin.kim and her cat", "# Passwords of 8", "20240511x7"]
        {
            assert_eq!(refuse(password, "jimin.kim"), Ok(()), "{password}");
        }
        // A name that is nothing but digits is no core of anything.
        assert_eq!(refuse("8841 2290 x!", "2024"), Ok(()));
    }

    #[test]
    fn the_list_is_as_it_is_looked_up() {
        let lines = LIST.lines().filter(|line| !line.starts_with('#'));
        assert!(lines.clone().count() > 3_000, "ASVS 6.2.4");
        for line in lines {
            assert!(fold(line) == line && line.chars().count() >= 8, "{line}");
        }
    }
}
