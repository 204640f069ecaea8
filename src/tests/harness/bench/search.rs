//! Searches among a hundred thousand messages, on either database.

use std::time::{Duration, Instant};

use rand::SeedableRng;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use tokio::io::BufStream;
use tokio::net::TcpStream;

use super::figure::Figure;
use super::history::call;
use super::stage::Stage;
use crate::Result;
use crate::load::{histogram, quantile};

const MESSAGES: i64 = 100_000;
const SEARCHES: usize = 1_000;
/// How long making the index may take.
const PATIENCE: Duration = Duration::from_secs(300);

const WORDS: [&str; 40] = [
    "채팅방에서",
    "만나요",
    "대한민국",
    "역사를",
    "배우자",
    "오늘은",
    "날씨가",
    "좋아서",
    "산책을",
    "했어요",
    "저녁에는",
    "친구와",
    "영화를",
    "보기로",
    "커피",
    "한잔",
    "마시면서",
    "이야기를",
    "나눴는데",
    "재미있었습니다",
    "quick",
    "brown",
    "fox",
    "jumps",
    "over",
    "the",
    "lazy",
    "dog",
    "server",
    "client",
    "ㅋㅋㅋ",
    "👍",
    "회의는",
    "점심",
    "이후에",
    "시작합니다",
    "자료는",
    "공유",
    "드렸어요",
    "감사합니다",
];

/// A window of a long text, at a place that looks like chance, and a number that only one message has.
const BODY: &str = "substr($4, CAST(1 + (n * 7919) % 4000 AS INTEGER), 40) || ' no' || n";
const COUNT: &str = "UPDATE rooms SET last_seq = $1, messages = $1, last_ts = 1700000000000 + $1 WHERE id = $2";

fn fill_with(numbers: &str) -> sqlx::AssertSqlSafe<String> {
    sqlx::AssertSqlSafe(format!(
        "{numbers}
        INSERT INTO events (room_id, seq, kind, author_id, nonce, fingerprint, body, ts)
        SELECT $2, n, 'msg', $3, 'filled-' || n, n, {BODY}, 1700000000000 + n
        FROM numbers"
    ))
}

const ON_SQLITE: &str = "WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < $1)";
const ON_POSTGRES: &str = "WITH numbers AS (SELECT n FROM generate_series(1, $1) AS n)";

pub async fn searches() -> Result<Vec<Figure>> {
    let mut figures = Vec::new();
    for (name, mut stage) in [("SQLite", Stage::sqlite(1).await?), ("PostgreSQL", Stage::cluster(1, 1).await?)] {
        stage.nodes[0].kill();
        let mut chance = StdRng::seed_from_u64(7);
        fill(&stage, &mut chance).await?;
        stage.nodes[0].start_again().await?;
        let made = index(&stage).await?;
        let (p50, p95) = search(&stage, &mut chance).await?;
        let what = format!("search among {MESSAGES} messages, p95, {name}");
        let note = format!("p50 {p50:.1} ms; index made in {:.0} s", made.as_secs_f64());
        figures.push(Figure::at_most(&what, "ms", p95, 200.0, 50.0).note(&note));
    }
    Ok(figures)
}

async fn fill(stage: &Stage, chance: &mut StdRng) -> Result<()> {
    let (room, author) = (stage.rooms[0], stage.people[0].id);
    let mut text = String::new();
    while text.chars().count() < 4_100 {
        text.push_str(WORDS.choose(chance).unwrap_or(&""));
        text.push(' ');
    }
    if stage.postgres.is_some() {
        let pool = sqlx::PgPool::connect(&stage.database).await?;
        sqlx::query(fill_with(ON_POSTGRES)).bind(MESSAGES).bind(room).bind(author).bind(text).execute(&pool).await?;
        sqlx::query(COUNT).bind(MESSAGES).bind(room).execute(&pool).await?;
        pool.close().await;
    } else {
        let pool = sqlx::SqlitePool::connect(&stage.database).await?;
        sqlx::query(fill_with(ON_SQLITE)).bind(MESSAGES).bind(room).bind(author).bind(text).execute(&pool).await?;
        sqlx::query(COUNT).bind(MESSAGES).bind(room).execute(&pool).await?;
        pool.close().await;
    }
    Ok(())
}

/// Waits until the last message is found.
async fn index(stage: &Stage) -> Result<Duration> {
    let address = stage.nodes[0].address;
    let mut stream = BufStream::new(TcpStream::connect(address).await?);
    let started = Instant::now();
    while started.elapsed() < PATIENCE {
        let answer = call(&mut stream, address, &stage.people[0].cookie, "search", &format!("q=no{MESSAGES}")).await?;
        if answer.contains("\"seq\":") {
            return Ok(started.elapsed());
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    Err("the index was never made".into())
}

/// What people look for, one after the other on one connection: a word, a part of one, two, three of which all must be
/// there, a syllable, something rare, something that is not there.
async fn search(stage: &Stage, chance: &mut StdRng) -> Result<(f64, f64)> {
    let address = stage.nodes[0].address;
    let mut stream = BufStream::new(TcpStream::connect(address).await?);
    let mut times = histogram();
    for n in 0..SEARCHES + 50 {
        let mut word = || (*WORDS.choose(chance).unwrap_or(&"")).to_owned();
        let q = match n % 7 {
            0 => word(),
            1 => word().chars().take(2).collect(),
            2 => format!("{}+{}", word(), word()),
            3 => format!("{}+{}+{}", word(), word(), word()),
            4 => word().chars().take(1).collect(),
            5 => format!("no{}", 1 + n * 97),
            _ => format!("{}{}", word(), "없어요"),
        };
        let asked = Instant::now();
        let answer = call(&mut stream, address, &stage.people[0].cookie, "search", &format!("q={q}")).await?;
        // The first ones warm caches and connections up.
        if n >= 50 {
            times.record(u64::try_from(asked.elapsed().as_micros())?)?;
        }
        if !answer.contains("\"hits\":") {
            return Err(format!("{q}: {answer:.200}").into());
        }
    }
    Ok((quantile(&times, 0.5), quantile(&times, 0.95)))
}
