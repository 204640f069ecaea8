//! Pages of fifty from a room of a million messages, on either database.

use std::net::SocketAddr;
use std::time::Instant;

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufStream};
use tokio::net::TcpStream;

use super::figure::{Figure, p50_p99};
use super::stage::Stage;
use crate::Result;
use crate::load::histogram;

const MESSAGES: i64 = 1_000_000;
const PAGES: usize = 2_000;

/// The same columns on both; what makes the numbers differs.
const ON_SQLITE: &str = "
    WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < $1)
    INSERT INTO events (room_id, seq, kind, author_id, nonce, fingerprint, body, ts)
    SELECT $2, n, 'msg', $3, 'filled-' || n, n, 'Message ' || n || ', some words of a usual length, 안녕하세요', 1700000000000 + n
    FROM numbers";
const ON_POSTGRES: &str = "
    INSERT INTO events (room_id, seq, kind, author_id, nonce, fingerprint, body, ts)
    SELECT $2, n, 'msg', $3, 'filled-' || n, n, 'Message ' || n || ', some words of a usual length, 안녕하세요', 1700000000000 + n
    FROM generate_series(1, $1) AS n";
const COUNT: &str = "UPDATE rooms SET last_seq = $1, messages = $1, last_ts = 1700000000000 + $1 WHERE id = $2";

pub async fn pages() -> Result<Vec<Figure>> {
    let mut figures = Vec::new();
    for (name, mut stage) in [("SQLite", Stage::sqlite(1).await?), ("PostgreSQL", Stage::cluster(1, 1).await?)] {
        stage.nodes[0].kill();
        fill(&stage).await?;
        stage.nodes[0].start_again().await?;
        let what = format!("history page of 50 from a room of {MESSAGES} messages, p99, {name}");
        let (p50, p99) = read(&stage).await?;
        figures.push(Figure::at_most(&what, "ms", p99, 10.0, 2.0).note(&format!("p50 {p50:.1} ms")));
    }
    Ok(figures)
}

async fn fill(stage: &Stage) -> Result<()> {
    let (room, author) = (stage.rooms[0], stage.people[0].id);
    if stage.postgres.is_some() {
        let pool = sqlx::PgPool::connect(&stage.database).await?;
        sqlx::query(ON_POSTGRES).bind(MESSAGES).bind(room).bind(author).execute(&pool).await?;
        sqlx::query(COUNT).bind(MESSAGES).bind(room).execute(&pool).await?;
        sqlx::query("ANALYZE events").execute(&pool).await?;
        pool.close().await;
    } else {
        let pool = sqlx::SqlitePool::connect(&stage.database).await?;
        sqlx::query(ON_SQLITE).bind(MESSAGES).bind(room).bind(author).execute(&pool).await?;
        sqlx::query(COUNT).bind(MESSAGES).bind(room).execute(&pool).await?;
        pool.close().await;
    }
    Ok(())
}

/// Pages at random places, one after the other on one connection.
async fn read(stage: &Stage) -> Result<(f64, f64)> {
    let address = stage.nodes[0].address;
    let mut stream = BufStream::new(TcpStream::connect(address).await?);
    stream.get_ref().set_nodelay(true)?;
    let mut times = histogram();
    for page in 0..PAGES + 100 {
        let before = rand::random_range(51..=MESSAGES);
        let body = format!("room={}&before={before}&limit=50", stage.rooms[0]);
        let asked = Instant::now();
        let answer = call(&mut stream, address, &stage.people[0].cookie, "history", &body).await?;
        // The first ones warm caches and connections up.
        if page >= 100 {
            times.record(u64::try_from(asked.elapsed().as_micros())?)?;
        }
        let found = answer.matches("\"seq\":").count();
        if found != 50 {
            return Err(format!("a page had {found} messages: {}", answer.chars().take(200).collect::<String>()).into());
        }
    }
    Ok(p50_p99(&times))
}

/// Calls a server function on a connection that stays open.
pub async fn call(
    stream: &mut BufStream<TcpStream>,
    address: SocketAddr,
    cookie: &str,
    name: &str,
    body: &str,
) -> Result<String> {
    let request = format!(
        "POST /api/{name} HTTP/1.1\r\nHost: {address}\r\nOrigin: http://{address}\r\nCookie: {cookie}\r\n\
         Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{body}",
        body.len(),
    );
    stream.write_all(request.as_bytes()).await?;
    stream.flush().await?;
    answer(stream).await
}

async fn answer(stream: &mut BufStream<TcpStream>) -> Result<String> {
    let mut length = 0;
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await? == 0 {
            return Err("the server hung up".into());
        }
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse()?;
        }
        if line == "\r\n" {
            break;
        }
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await?;
    Ok(String::from_utf8(body)?)
}
