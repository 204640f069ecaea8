//! Rooms that may be about what somebody is about to write a post on.

use std::collections::HashMap;

use super::fold::fold;
use super::{Found, Query, Scope, Search, grams};
use crate::error::Result;
use crate::model::ids::{RoomId, UserId};
use crate::model::post::Similar;
use crate::model::room::Visibility;
use crate::server::store::Db;
use crate::server::store::rooms::LobbyQuery;

/// Words of the title that are looked for: the longest ones say the most.
const WORDS: usize = 6;
/// Posts read per word. A word that more have tells little.
const PER_WORD: usize = 60;
const MOST: usize = 5;

/// Particles that end Korean words: 서버를 and 서버에서 are about a 서버. Longer ones first.
const PARTICLES: [&str; 20] = [
    "에서", "에게", "으로", "까지", "부터", "하고", "이랑", "은", "는", "이", "가", "을", "를", "에", "의", "로", "와",
    "과", "도", "만",
];

/// Public rooms that `reader` may read and whose title or tags have words of `title`: those with the rarest words first.
pub async fn similar(db: &Db, title: &str, reader: Option<UserId>) -> Result<Vec<Similar>> {
    let mut weights: HashMap<RoomId, f64> = HashMap::new();
    for word in words(title) {
        let query = Query { terms: vec![word.clone()] };
        let mut grams = query.grams();
        grams.push(grams::of_posts());
        // What a post is about, its title and tags say; its body may name anything.
        let folded = |found: &Found| fold(&format!("{}\n{}", found.title, found.tags));
        let search = Search { query: &query, folded, grams, scope: Scope { reader, unlisted: false } };
        let (about, _) = search.run(db, i64::MAX, PER_WORD).await?;
        for found in &about {
            *weights.entry(found.room()?).or_default() += 1.0 / about.len() as f64;
        }
    }
    let rooms: Vec<RoomId> = weights.keys().copied().collect();
    let query = LobbyQuery { among: Some(&rooms), reader, ..LobbyQuery::all(rooms.len() as i64) };
    let mut rooms = db.lobby(&query).await?;
    // One's own private rooms are listed to oneself, but others could not join the talk there.
    rooms.retain(|room| room.visibility == Visibility::Public);
    // A stable sort: equal ones stay in the order of their last activity.
    rooms.sort_by(|one, other| weights[&other.id].total_cmp(&weights[&one.id]));
    rooms.truncate(MOST);
    let similar = |room: crate::model::room::Room| Similar {
        room: room.id,
        path: room.path(),
        title: room.title,
        messages: room.messages,
    };
    Ok(rooms.into_iter().map(similar).collect())
}

/// What a title is about: its words in folded form, without endings, the longest first, in bytes: a syllable of Hangul says
/// as much as three letters.
fn words(title: &str) -> Vec<String> {
    let folded = fold(title);
    let mut words: Vec<String> = Vec::new();
    for word in folded.split(|c: char| !c.is_alphanumeric()) {
        let word = stem(word).to_owned();
        if word.chars().count() > 1 && !words.contains(&word) {
            words.push(word);
        }
    }
    words.sort_by_key(|word| std::cmp::Reverse(word.len()));
    words.truncate(WORDS);
    words
}

fn stem(word: &str) -> &str {
    let long_enough = |stem: &str| stem.chars().count() > 1;
    let is_hangul = word.ends_with(|c: char| ('가'..='힣').contains(&c));
    let without = |endings: &[&str]| endings.iter().find_map(|ending| word.strip_suffix(ending));
    let stem = if is_hangul { without(&PARTICLES) } else { without(&["s"]) };
    stem.filter(|stem| long_enough(stem)).unwrap_or(word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_is_about_its_longest_words_without_their_endings() {
        assert_eq!(words("Rust로 게임 서버를 짜는 사람들!"), ["사람들", "게임", "서버", "짜는", "rust"]);
        assert_eq!(words("Two cats, a dog & CATS"), ["two", "cat", "dog"]);
        assert_eq!(words("나는 물을 👍"), ["나는", "물을"], "one syllable says too little");
    }
}
