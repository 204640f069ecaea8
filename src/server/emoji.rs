//! Emoji: which texts are one, and those whose names begin so, in English and Korean.

use crate::error::Problem;
use crate::model::message::EmojiName;
use crate::model::text::fold;

/// Emoji offered.
const MOST: usize = 8;
/// Bytes of what a name may be looked for by.
const LONGEST: usize = 512;

/// The ones that people use most, as they are called in Korean; the first name is the one shown.
const KOREAN: &[(&str, &[&str])] = &[
    ("👍", &["좋아요", "최고", "엄지척"]),
    ("👎", &["싫어요", "별로"]),
    ("❤️", &["하트", "사랑"]),
    ("😂", &["웃겨요", "눈물나게웃김", "ㅋㅋㅋ"]),
    ("🤣", &["빵터짐", "데굴데굴"]),
    ("😊", &["미소", "웃음"]),
    ("😀", &["활짝", "웃는얼굴"]),
    ("😅", &["진땀", "민망"]),
    ("😉", &["윙크"]),
    ("😍", &["반했어요", "하트눈"]),
    ("🥰", &["사랑스러워요", "하트뿅뿅"]),
    ("😘", &["뽀뽀", "키스"]),
    ("😎", &["멋져요", "선글라스"]),
    ("🤔", &["고민", "생각중"]),
    ("🙄", &["눈굴리기", "글쎄"]),
    ("😐", &["무표정"]),
    ("😏", &["썩소", "흐뭇"]),
    ("😢", &["슬퍼요", "눈물"]),
    ("😭", &["엉엉", "펑펑", "ㅠㅠ"]),
    ("😱", &["헉", "충격", "비명"]),
    ("😮", &["놀람", "우와"]),
    ("😡", &["화나요", "분노"]),
    ("😤", &["씩씩", "흥"]),
    ("😴", &["졸려요", "잠"]),
    ("🥱", &["하품"]),
    ("🤒", &["아파요", "감기"]),
    ("🤯", &["머리폭발", "멘붕"]),
    ("🥳", &["파티", "신나요"]),
    ("🤗", &["안아줘요", "포옹"]),
    ("🙏", &["부탁", "감사", "제발"]),
    ("👏", &["박수", "짝짝"]),
    ("🙌", &["만세"]),
    ("💪", &["힘내요", "화이팅", "근육"]),
    ("🙇", &["꾸벅", "죄송", "인사"]),
    ("👋", &["안녕", "손흔들기"]),
    ("👌", &["오케이", "좋아"]),
    ("✌️", &["브이", "승리"]),
    ("🤝", &["악수", "협력"]),
    ("🫡", &["경례", "충성"]),
    ("👀", &["눈", "지켜봐요"]),
    ("🔥", &["불", "핫해요"]),
    ("✨", &["반짝", "빛"]),
    ("🎉", &["축하", "폭죽"]),
    ("🎂", &["생일", "케이크"]),
    ("🎁", &["선물"]),
    ("💯", &["백점", "완벽"]),
    ("✅", &["완료", "확인", "체크"]),
    ("❌", &["엑스", "안돼요"]),
    ("❓", &["물음표", "질문"]),
    ("❗", &["느낌표", "중요"]),
    ("⭐", &["별"]),
    ("💡", &["아이디어", "전구"]),
    ("🚀", &["로켓", "출발"]),
    ("🐛", &["버그", "벌레"]),
    ("☕", &["커피"]),
    ("🍺", &["맥주"]),
    ("🍗", &["치킨"]),
    ("🍜", &["라면", "국수"]),
    ("🌸", &["벚꽃", "꽃"]),
    ("🌧️", &["비"]),
    ("☀️", &["해", "맑음"]),
    ("🐶", &["강아지", "개"]),
    ("🐱", &["고양이"]),
    ("💔", &["이별", "상처"]),
    ("💙", &["파란하트"]),
    ("🇰🇷", &["태극기", "한국"]),
];

/// An emoji to react with, as Unicode writes it in full: ❤ with whatever sign chooses its look is one emoji.
///
/// # Errors
///
/// It is anything else: a text, a mark alone, a character for private use.
pub fn in_full(typed: &str) -> Result<&'static str, Problem> {
    // A sign that asks for a picture in black stands in no emoji.
    let asked = if typed.contains('\u{FE0E}') { &typed.replace('\u{FE0E}', "") } else { typed };
    let known = emojis::get(asked).or_else(|| emojis::get(&asked.replace('\u{FE0F}', "")));
    known.map(emojis::Emoji::as_str).ok_or(Problem::NoEmoji)
}

/// Emoji whose names begin with `prefix`, with or without the colon in front; the best known first.
pub fn candidates(prefix: &str) -> Vec<EmojiName> {
    // No name is as long in any form.
    if prefix.len() > LONGEST {
        return Vec::new();
    }
    let prefix = fold(prefix.trim_start_matches(':')).replace(['-', ' '], "_");
    if prefix.is_empty() {
        return KOREAN.iter().take(MOST).map(|(emoji, names)| named(emoji, names[0])).collect();
    }
    let mut found: Vec<EmojiName> = Vec::new();
    let mut offer = |emoji: &str, name: &str| {
        if found.len() < MOST && !found.iter().any(|known| known.emoji == emoji) {
            found.push(named(emoji, name));
        }
    };
    for (emoji, names) in KOREAN {
        if let Some(name) = names.iter().find(|name| name.starts_with(&prefix)) {
            offer(emoji, name);
        }
    }
    let shortcodes = || emojis::iter().flat_map(|emoji| emoji.shortcodes().map(move |code| (emoji.as_str(), code)));
    // Whole names, then beginnings of them, then beginnings of their words.
    shortcodes().filter(|(_, code)| *code == prefix).for_each(|(emoji, code)| offer(emoji, code));
    shortcodes().filter(|(_, code)| code.starts_with(&prefix)).for_each(|(emoji, code)| offer(emoji, code));
    let has_word = |code: &str| code.split('_').any(|word| word.starts_with(&prefix));
    shortcodes().filter(|(_, code)| has_word(code)).for_each(|(emoji, code)| offer(emoji, code));
    found
}

fn named(emoji: &str, name: &str) -> EmojiName {
    EmojiName { emoji: emoji.to_owned(), name: name.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    fn found(prefix: &str) -> Vec<(String, String)> {
        candidates(prefix).into_iter().map(|found| (found.emoji, found.name)).collect()
    }

    #[test]
    fn an_emoji_is_found_in_either_language() {
        assert_eq!(found("하트")[0], ("❤️".to_owned(), "하트".to_owned()));
        // As macOS types it, letter by letter.
        assert_eq!(found("\u{110e}\u{116e}\u{11a8}")[0].0, "🎉");
        assert_eq!(found(":TADA")[0], ("🎉".to_owned(), "tada".to_owned()));
        assert!(found("thumbs").iter().any(|(emoji, _)| emoji == "👍"));
        assert_eq!(found("heart")[0].1, "heart");
        assert!(found("zzzzzz").is_empty() && found("하트 아님").is_empty());
        assert_eq!((found("").len(), found("s").len()), (MOST, MOST));
    }

    #[test]
    fn whatever_is_offered_may_be_given() {
        for (emoji, names) in KOREAN {
            assert_eq!(in_full(emoji), Ok(*emoji));
            assert!(!names.is_empty(), "{emoji}");
        }
        for letter in 'a'..='z' {
            assert!(found(&letter.to_string()).iter().all(|(emoji, _)| in_full(emoji) == Ok(emoji)), "{letter}");
        }
    }

    #[test]
    fn an_emoji_is_one_however_it_is_typed() {
        for heart in ["❤", "❤\u{FE0F}", "❤\u{FE0E}"] {
            assert_eq!(in_full(heart), Ok("❤\u{FE0F}"));
        }
        assert_eq!(in_full("1\u{20E3}"), Ok("1\u{FE0F}\u{20E3}"));
        assert_eq!(in_full("👍\u{FE0F}"), Ok("👍"));
        for good in ["👩‍👩‍👧‍👦", "🇰🇷", "🅰️", "🏴󠁧󠁢󠁳󠁣󠁴󠁿", "👍🏽", "ℹ️"]
        {
            assert_eq!(in_full(good), Ok(good));
        }
        let bad = [
            "",
            " ",
            "a",
            "가",
            "12",
            "1",
            "#",
            "<b>",
            "👍 ",
            "👍👍",
            "\u{200d}",
            "\u{301}",
            "\u{E000}",
            "\u{3164}",
            "\u{2800}",
            "\u{FE0F}",
            "\u{20E3}",
            "x\u{20E3}",
            "→x",
        ];
        for bad in bad {
            assert_eq!(in_full(bad), Err(Problem::NoEmoji), "{bad:?}");
        }
    }
}
