//! The lobby of ten thousand rooms, by every order and filter, on either database.

use std::time::{Instant, SystemTime, UNIX_EPOCH};

use super::figure::{Figure, p50_p99};
use super::stage::Stage;
use crate::Result;
use crate::http::{self, Person};
use crate::load::histogram;

const ROOMS: i64 = 10_000;
const ROUNDS: usize = 12;
/// Pages read one after the other by their cursors.
const PAGES: usize = 3;

/// Orders, and what is asked for in each of them: from everything to what hardly any room has.
const SORTS: [&str; 3] = ["active", "new", "popular"];
const FILTERS: [&[(&str, &str)]; 9] = [
    &[],
    &[("category", "tech")],
    &[("category", "life")],
    &[("state", "resolved")],
    &[("state", "locked")],
    &[("tag", "tag7")],
    &[("tag", "rare")],
    &[("tag", "tag7,tag8"), ("match", "all")],
    &[("category", "tech"), ("state", "resolved"), ("tag", "tag1,tag2,tag3")],
];

/// `$1` rooms of person `$2`, of several kinds, some of each hardly ever. All of them of the hours before `$4`: a room in
/// which nothing happens for long is archived.
const FILL: &str = "
    INSERT INTO rooms (id, author_id, title, body, category, tags, visibility, indexed, state, created_ts, last_ts,
        last_seq, floor_seq, members, messages)
    SELECT 1000000 + n, $2, 'Room number ' || n, 'What is this about? ' || $3,
        CASE WHEN n % 2500 = 7 THEN 'life' WHEN n % 2 = 0 THEN 'tech' WHEN n % 3 = 0 THEN 'games' ELSE 'general' END,
        'tag' || (n % 50) || ',tag' || (n % 50 + 1),
        CASE n % 20 WHEN 0 THEN 'private' WHEN 1 THEN 'unlisted' ELSE 'public' END,
        FALSE,
        CASE WHEN n % 3000 = 5 THEN 'locked' WHEN n % 5 = 0 THEN 'resolved' WHEN n % 7 = 0 THEN 'archived' ELSE 'open' END,
        $4 - (10000 - n) * 1000, $4 - (n * 7919 % 10000) * 1000, 0, 1, 1, n * 6151 % 5000
    FROM numbers";
const MEMBERS: &str = "
    INSERT INTO members (room_id, user_id, role, read_seq, joined_ts)
    SELECT id, author_id, 'owner', 0, created_ts FROM rooms WHERE author_id = $1 AND title LIKE 'Room number %'";
const TAGS: [&str; 3] = [
    "INSERT INTO room_tags (tag_key, room_id) SELECT 'tag' || ((id - 1000000) % 50), id FROM rooms WHERE body LIKE 'What is%'",
    "INSERT INTO room_tags (tag_key, room_id) SELECT 'tag' || ((id - 1000000) % 50 + 1), id FROM rooms WHERE body LIKE 'What is%'",
    "INSERT INTO room_tags (tag_key, room_id) SELECT 'rare', id FROM rooms WHERE body LIKE 'What is%' AND id % 2500 = 9",
];
const ON_SQLITE: &str = "WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < $1)";
const ON_POSTGRES: &str = "WITH numbers AS (SELECT n FROM generate_series(1, $1) AS n)";

pub async fn lists() -> Result<Vec<Figure>> {
    let mut figures = Vec::new();
    for (name, mut stage) in [("SQLite", Stage::sqlite(1).await?), ("PostgreSQL", Stage::cluster(1, 1).await?)] {
        stage.nodes[0].kill();
        fill(&stage).await?;
        stage.nodes[0].start_again().await?;
        // Not the author, for whom nothing would have to be left out.
        let reader = &stage.people[1];
        let what = format!("room list of {ROOMS} rooms, every order and filter, p99, {name}");
        figures.push(measure(&stage, reader, &what, list).await?);
        let what = format!("  the same as a page, p99, {name}");
        figures.push(measure(&stage, reader, &what, page).await?);
    }
    Ok(figures)
}

async fn fill(stage: &Stage) -> Result<()> {
    let author = stage.people[0].id;
    let now = i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH)?.as_millis())?;
    let body = "안녕하세요 여러분, some words of a usual length. ".repeat(12);
    if stage.postgres.is_some() {
        let pool = sqlx::PgPool::connect(&stage.database).await?;
        let fill = sqlx::AssertSqlSafe(format!("{ON_POSTGRES} {FILL}"));
        sqlx::query(fill).bind(ROOMS).bind(author).bind(body).bind(now).execute(&pool).await?;
        sqlx::query(MEMBERS).bind(author).execute(&pool).await?;
        for tags in TAGS {
            sqlx::query(tags).execute(&pool).await?;
        }
        sqlx::query("ANALYZE").execute(&pool).await?;
        pool.close().await;
    } else {
        let pool = sqlx::SqlitePool::connect(&stage.database).await?;
        let fill = sqlx::AssertSqlSafe(format!("{ON_SQLITE} {FILL}"));
        sqlx::query(fill).bind(ROOMS).bind(author).bind(body).bind(now).execute(&pool).await?;
        sqlx::query(MEMBERS).bind(author).execute(&pool).await?;
        for tags in TAGS {
            sqlx::query(tags).execute(&pool).await?;
        }
        pool.close().await;
    }
    Ok(())
}

/// Reads every list over and over, one request after the other.
async fn measure(
    stage: &Stage,
    reader: &Person,
    what: &str,
    read: impl AsyncFn(&Stage, &Person, &[(&str, &str)]) -> Result<(usize, Option<String>)>,
) -> Result<Figure> {
    let mut times = histogram();
    let (mut slowest, mut slowest_of) = (0, String::new());
    for round in 0..ROUNDS {
        for sort in SORTS {
            for filter in FILTERS {
                let mut before: Option<String> = None;
                for _ in 0..PAGES {
                    let mut fields = vec![("sort", sort)];
                    fields.extend_from_slice(filter);
                    fields.extend(before.as_deref().map(|before| ("before", before)));
                    let asked = Instant::now();
                    let (rooms, next) = read(stage, reader, &fields).await?;
                    let took = u64::try_from(asked.elapsed().as_micros())?;
                    if rooms == 0 {
                        return Err(format!("{fields:?} finds nothing").into());
                    }
                    // The first round warms caches and connections up.
                    if round > 0 {
                        times.record(took)?;
                        if took > slowest {
                            (slowest, slowest_of) = (took, format!("{fields:?}"));
                        }
                    }
                    before = next;
                    if before.is_none() {
                        break;
                    }
                }
            }
        }
    }
    let (p50, p99) = p50_p99(&times);
    let note = format!("p50 {p50:.1} ms; slowest {:.1} ms: {slowest_of}", slowest as f64 / 1_000.0);
    Ok(Figure::at_most(what, "ms", p99, 20.0, 10.0).note(&note))
}

async fn list(stage: &Stage, reader: &Person, fields: &[(&str, &str)]) -> Result<(usize, Option<String>)> {
    let found = http::call(stage.nodes[0].address, &reader.cookie, "rooms", fields).await?.json()?;
    let rooms = found["rooms"].as_array().map_or(0, Vec::len);
    Ok((rooms, found["before"].as_str().map(str::to_owned)))
}

async fn page(stage: &Stage, reader: &Person, fields: &[(&str, &str)]) -> Result<(usize, Option<String>)> {
    // In addresses, a tag is a field of its own.
    let query: Vec<String> = fields
        .iter()
        .flat_map(|(name, value)| {
            let values: Vec<&str> = if *name == "tag" { value.split(',').collect() } else { vec![*value] };
            values.into_iter().map(|value| format!("{name}={}", http::encoded(value))).collect::<Vec<_>>()
        })
        .collect();
    let line = format!("GET /?{}", query.join("&"));
    let cookie = format!("Cookie: {}", reader.cookie);
    let page = http::request(stage.nodes[0].address, &line, &[cookie], "").await?.text();
    let before =
        page.split_once("before=").map(|(_, rest)| rest.split(['"', '&']).next().unwrap_or_default().to_owned());
    Ok((page.matches("<article").count(), before))
}
