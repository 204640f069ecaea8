//! Readers of what comes from outside, with texts that nobody would think of: kept ones, changed by chance.
//!
//! `make test` takes two seconds for each reader; `CHAT_FUZZ_SECONDS=600` takes longer. A text that breaks one is printed,
//! and belongs into the corpus once it does not any more.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use chat_chat::model::doc::{Block, Doc, Inline};
use chat_chat::model::ids::RoomId;
use chat_chat::model::{mentions, text};
use chat_chat::protocol::{ClientFrame, ServerFrame};
use chat_chat::server::markdown::{self, Dialect};
use chat_chat::server::{hub, names, search};
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};

/// Nothing that these read takes a hundredth of this; what takes more hangs.
const HANGS: Duration = Duration::from_secs(5);
/// As long as a frame may be.
const LONGEST: usize = 64 * 1024;

const CORPUS: &str = include_str!("fuzzing/corpus.txt");

/// What a mutation puts in: signs that mean something to one of the readers.
const TOKENS: &[&str] = &[
    "\"",
    "\\",
    "\\u",
    "\\ud800",
    "{",
    "}",
    "[",
    "]",
    ":",
    ",",
    "null",
    "true",
    "-1",
    "0",
    "1e400",
    "9007199254740992",
    "\"t\":\"send\"",
    "\"room\":",
    "\"body\":",
    "*",
    "**",
    "_",
    "~",
    "~~",
    "***",
    "\\*",
    "\\`",
    "1. ",
    "2. ",
    "  - ",
    "> > ",
    "[a](https://b.kr)",
    "`",
    "```",
    "#",
    "> ",
    "- ",
    "1. ",
    "](",
    "<",
    ">",
    "&#x6a;",
    "javascript:",
    "http://",
    "www.",
    "@",
    "\n",
    "\n\n",
    "\r\n",
    "\t",
    " ",
    "\u{0}",
    "\u{200d}",
    "\u{202e}",
    "\u{301}",
    "한글",
    "ㅋ",
    "👩‍👩‍👧‍👦",
    "é",
    "İ",
    "ß",
    "\u{10ffff}",
    "/",
    "%2e",
    "..",
    "42-",
    "\"\"",
];

fn mutated(seeds: &[&str], chance: &mut StdRng) -> String {
    let mut bytes = seeds.choose(chance).map_or_else(Vec::new, |seed| seed.as_bytes().to_vec());
    for _ in 0..chance.random_range(0..12) {
        let at = chance.random_range(0..=bytes.len());
        let to = chance.random_range(at..=bytes.len());
        match chance.random_range(0..7) {
            0 => drop(bytes.drain(at..to)),
            1 => bytes.insert(at, chance.random()),
            2 => insert(&mut bytes, at, TOKENS.choose(chance).unwrap_or(&"").as_bytes()),
            3 => {
                let token = TOKENS.choose(chance).unwrap_or(&"");
                insert(&mut bytes, at, token.repeat(chance.random_range(1..2_000)).as_bytes());
            }
            4 => {
                let piece = bytes[at..to].to_vec();
                insert(&mut bytes, at, &piece);
            }
            5 => insert(&mut bytes, at, seeds.choose(chance).unwrap_or(&"").as_bytes()),
            _ => {
                if let Some(byte) = bytes.get_mut(at) {
                    *byte ^= 1 << chance.random_range(0..8);
                }
            }
        }
        bytes.truncate(LONGEST);
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn insert(bytes: &mut Vec<u8>, at: usize, piece: &[u8]) {
    bytes.splice(at..at, piece.iter().copied());
}

/// Feeds a reader for a while. It panics if something does not hold.
#[track_caller]
fn feed(name: &str, read: impl Fn(&str)) {
    let seconds = std::env::var("CHAT_FUZZ_SECONDS").ok().and_then(|seconds| seconds.parse().ok()).unwrap_or(2);
    let seed = std::env::var("CHAT_FUZZ_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or_else(rand::random);
    let seeds: Vec<&str> = CORPUS.lines().collect();
    let (mut chance, started, mut count) = (StdRng::seed_from_u64(seed), Instant::now(), 0_u64);
    while started.elapsed() < Duration::from_secs(seconds) {
        let input =
            if count < seeds.len() as u64 { seeds[count as usize].to_owned() } else { mutated(&seeds, &mut chance) };
        count += 1;
        let began = Instant::now();
        let outcome = catch_unwind(AssertUnwindSafe(|| read(&input)));
        let took = began.elapsed();
        if let Err(why) = outcome {
            panic!("{name}, seed {seed}, text {count}: {} for {input:?}", said(&*why));
        }
        assert!(took < HANGS, "{name}, seed {seed}, text {count}: {took:?} for {input:?}");
    }
    println!("{name}: {count} texts, seed {seed}");
}

fn said(why: &(dyn Any + Send)) -> String {
    let text = why.downcast_ref::<String>().map(String::as_str).or_else(|| why.downcast_ref::<&str>().copied());
    text.unwrap_or("it panicked").to_owned()
}

#[test]
fn any_frame_of_a_client_is_read_or_refused() {
    feed("client frames", |text| {
        let read = ClientFrame::parse(text);
        assert_eq!(read, ClientFrame::parse(text));
        if read.is_ok() {
            assert!(text.contains('{'));
        }
    });
}

#[test]
fn any_frame_of_a_server_is_read_or_refused_and_what_is_read_is_written_as_it_was() {
    feed("server frames", |text| {
        if let Ok(frame) = ServerFrame::parse(text) {
            let written = frame.to_text();
            assert_eq!(ServerFrame::parse(&written).expect("what was written is read").to_text(), written);
        }
    });
}

#[test]
fn any_payload_of_the_bus_is_read_or_refused() {
    let room = RoomId::try_from(42).unwrap();
    feed("bus payloads", |text| {
        if let Some(event) = hub::Encoded::from_item(room, None, text, text.len() % 2 == 0) {
            let item = format!("{{{}", event.item_tail(None));
            assert!(hub::Encoded::from_item(room, None, &item, false).is_some(), "{item}");
        }
    });
}

#[test]
fn any_markdown_becomes_a_document_that_is_safe_and_not_too_deep() {
    feed("markdown", |text| {
        for dialect in [Dialect::Chat, Dialect::Full] {
            let excerpt = markdown::excerpt(text, dialect, 80);
            assert!(excerpt.chars().count() <= 81, "{excerpt:?}");
            let find = |key: &str| key.len().is_multiple_of(2).then(|| key.to_owned());
            let Some(doc) = markdown::document(text, dialect, &find) else { continue };
            doc.0.iter().for_each(|block| safe_block(block, 0));
            let json = serde_json::to_string(&doc).unwrap();
            assert_eq!(serde_json::from_str::<Doc>(&json).unwrap(), doc);
        }
    });
}

/// The parser flattens what is deeper than 16; a list and its items are two levels.
const DEEPEST: usize = 40;

fn safe_block(block: &Block, depth: usize) {
    assert!(depth < DEEPEST, "too deep");
    match block {
        Block::Paragraph { of } | Block::Heading { of, .. } => {
            of.iter().for_each(|inline| safe_inline(inline, depth + 1))
        }
        Block::Quote { of } => of.iter().for_each(|block| safe_block(block, depth + 1)),
        Block::List { items, .. } => items.iter().flatten().for_each(|block| safe_block(block, depth + 1)),
        Block::Code { .. } | Block::Rule => {}
        Block::Withheld => panic!("no text is withheld by what it says"),
    }
}

fn safe_inline(inline: &Inline, depth: usize) {
    assert!(depth < DEEPEST, "too deep");
    match inline {
        Inline::Strong { of } | Inline::Emphasis { of } | Inline::Strike { of } => {
            of.iter().for_each(|inline| safe_inline(inline, depth + 1));
        }
        Inline::Link { href, of } => {
            let lower = href.to_ascii_lowercase();
            assert!(["http://", "https://", "mailto:"].iter().any(|scheme| lower.starts_with(scheme)), "{href:?}");
            of.iter().for_each(|inline| safe_inline(inline, depth + 1));
        }
        _ => {}
    }
}

#[test]
fn any_text_is_taken_in_a_form_that_is_taken_again() {
    feed("texts", |text| {
        for read in [
            text::message,
            text::post,
            text::title,
            text::display_name,
            text::username,
            text::search,
            names::username,
            names::display_name,
        ] {
            if let Ok(taken) = read(text) {
                assert_eq!(read(&taken), Ok(taken.clone()), "{taken:?}");
            }
        }
        if let Ok(tags) = text::tags(text) {
            assert_eq!(text::tags(&tags.join(",")), Ok(tags));
        }
        let slug = text::slug(text);
        assert_eq!(text::slug(&slug), slug, "{slug:?}");
        mentions::named(text);
        if let Some(own) = text::own_path(text) {
            assert!(own.starts_with('/') && !own.starts_with("//") && !own.contains(['\\', '\r', '\n']), "{own:?}");
        }
    });
}

#[test]
fn any_search_is_a_query_for_the_index_or_refused() {
    feed("searches", |text| {
        let Ok(query) = search::Query::parse(text) else { return };
        for gram in query.grams() {
            let token = gram.token;
            assert!(token.chars().all(|c| c.is_ascii_alphanumeric()) && !token.is_empty(), "{token:?}");
        }
    });
}
