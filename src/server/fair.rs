//! Fair shares for those who ask over HTTP: one address is answered a few requests at once, and pays for what they cost.
//!
//! Cost is counted in units that do not depend on how busy the machine is: one for a request, one for each 16 KiB of its
//! answer, more where the answer is small and the work is not.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use axum::body::Body;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::Uri;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::address::counted;
use super::app::App;
use super::config::Rate;
use super::forms::{Refusal, received};
use super::limits::{Buckets, too_fast};
use super::request::{client_ip, language};
use super::serve::{Hold, hold};
use crate::error::Result;

/// Requests of one address that are answered at once, and that may wait for it. A request counts until all of its answer
/// has been taken, so that this bounds the memory of those who do not read.
const AT_ONCE: usize = 16;
const WAITING: usize = 1_000;
const PATIENCE: Duration = Duration::from_secs(10);
/// What a request that searches costs besides.
const SEARCH: f64 = 20.0;
/// Bytes of an answer that cost one unit.
const BYTES_PER_UNIT: f64 = 16.0 * 1024.0;

/// The requests of one address.
struct Line {
    places: Arc<Semaphore>,
    waiting: AtomicUsize,
}

/// What each address has under way, and has used up.
pub struct Fair {
    budget: Buckets<IpAddr>,
    /// `None` where nothing is limited.
    lines: Option<Mutex<HashMap<IpAddr, Arc<Line>>>>,
}

impl Fair {
    pub fn new(rate: Rate) -> Arc<Self> {
        Arc::new(Self { budget: Buckets::new(rate), lines: rate.map(|_| Mutex::default()) })
    }

    /// Lets `address` begin something, unless it has used up what it may cost.
    ///
    /// # Errors
    ///
    /// `rate_limited`, with the time until it may.
    pub fn take(&self, address: IpAddr) -> Result<()> {
        self.budget.take(address, Instant::now())
    }

    /// `address` is answered with so many bytes.
    pub fn charge(&self, address: IpAddr, bytes: usize) {
        self.budget.pay(address, bytes as f64 / BYTES_PER_UNIT, Instant::now());
    }

    /// Waits for the turn of a request of `address`, which is over when the result is dropped.
    async fn turn(self: &Arc<Self>, address: IpAddr) -> Result<Option<Turn>> {
        let Some(lines) = &self.lines else { return Ok(None) };
        self.budget.take(address, Instant::now())?;
        let line = {
            let new = || Arc::new(Line { places: Arc::new(Semaphore::new(AT_ONCE)), waiting: AtomicUsize::new(0) });
            Arc::clone(lock(lines).entry(address).or_insert_with(new))
        };
        let place = Arc::clone(&line.places);
        let guest = Guest { fair: Arc::clone(self), address, line: Some(line) };
        if let Ok(place) = Arc::clone(&place).try_acquire_owned() {
            return Ok(Some(Turn { _place: place, _guest: guest }));
        }
        let _waiting = Waiting::of(&guest)?;
        match tokio::time::timeout(PATIENCE, place.acquire_owned()).await {
            Ok(Ok(place)) => Ok(Some(Turn { _place: place, _guest: guest.clone() })),
            _ => Err(too_fast(PATIENCE)),
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Keeps the line of an address for as long as somebody is in it.
#[derive(Clone)]
struct Guest {
    fair: Arc<Fair>,
    address: IpAddr,
    /// Taken at the end.
    line: Option<Arc<Line>>,
}

impl Drop for Guest {
    fn drop(&mut self) {
        let Some(lines) = &self.fair.lines else { return };
        let mut lines = lock(lines);
        self.line = None;
        // Nobody can come to it while the map is locked.
        if lines.get(&self.address).is_some_and(|line| Arc::strong_count(line) == 1) {
            lines.remove(&self.address);
        }
    }
}

/// A place among those who wait.
struct Waiting(Arc<Line>);

impl Waiting {
    fn of(guest: &Guest) -> Result<Option<Self>> {
        let Some(line) = &guest.line else { return Ok(None) };
        if line.waiting.fetch_add(1, Ordering::Relaxed) >= WAITING {
            line.waiting.fetch_sub(1, Ordering::Relaxed);
            return Err(too_fast(PATIENCE));
        }
        Ok(Some(Self(Arc::clone(line))))
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        self.0.waiting.fetch_sub(1, Ordering::Relaxed);
    }
}

/// A request's place among those of its address that are answered. The place is given back before the line is looked at.
struct Turn {
    _place: OwnedSemaphorePermit,
    _guest: Guest,
}

/// A request that is being answered.
struct Answered {
    app: App,
    address: IpAddr,
    _turn: Option<Turn>,
    cost: f64,
    bytes: usize,
}

impl Hold for Answered {
    fn passes(&mut self, bytes: usize) {
        self.bytes += bytes;
    }
}

impl Drop for Answered {
    fn drop(&mut self) {
        let cost = self.cost + self.bytes as f64 / BYTES_PER_UNIT;
        self.app.fair.budget.pay(self.address, cost, Instant::now());
    }
}

/// Answers in turn, or says when to come back.
pub async fn share(
    State(app): State<App>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    request: Request,
    next: Next,
) -> Response {
    // A socket is counted where it is opened.
    if app.fair.lines.is_none() || request.uri().path() == "/ws" {
        return next.run(request).await;
    }
    let address = counted(client_ip(&app, peer, request.headers()));
    // Before it takes a place: others of the address do not wait for what is slow to come.
    let (parts, body) = request.into_parts();
    let request = match received(body).await {
        Ok(body) => Request::from_parts(parts, Body::from(body)),
        Err(status) => return status.into_response(),
    };
    let turn = match app.fair.turn(address).await {
        Ok(turn) => turn,
        Err(error) => return Refusal(error, language(request.headers(), None)).into_response(),
    };
    let answered = Answered { cost: cost(request.uri()), app, address, _turn: turn, bytes: 0 };
    next.run(request).await.map(|body| hold(body, answered))
}

/// What an answer costs besides its length.
fn cost(uri: &Uri) -> f64 {
    let asks = || form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes()).any(|(name, _)| name == "q");
    let searches = matches!(uri.path(), "/api/search" | "/api/similar_rooms" | "/api/members") || asks();
    if searches { SEARCH } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Problem;
    use crate::server::config::RateLimit;

    fn fair() -> Arc<Fair> {
        Fair::new(Some(RateLimit { burst: 3_000.0, per_second: 100.0 }))
    }

    #[tokio::test]
    async fn an_address_has_a_few_under_way_and_others_do_not_wait_for_it() {
        let (fair, [greedy, other]) = (fair(), [1, 2].map(|last| IpAddr::from([192, 0, 2, last])));
        let mut under_way = Vec::new();
        for _ in 0..AT_ONCE {
            under_way.push(fair.turn(greedy).await.unwrap());
        }
        let mut next = std::pin::pin!(fair.turn(greedy));
        assert!(futures_util::poll!(next.as_mut()).is_pending());
        assert!(fair.turn(other).await.is_ok());
        under_way.pop();
        assert!(next.await.is_ok());
    }

    #[tokio::test]
    async fn a_line_has_an_end() {
        let (fair, address) = (fair(), IpAddr::from([192, 0, 2, 1]));
        let mut under_way = Vec::new();
        for _ in 0..AT_ONCE {
            under_way.push(fair.turn(address).await.unwrap());
        }
        let mut waiting: Vec<_> = (0..WAITING).map(|_| Box::pin(fair.turn(address))).collect();
        for one in &mut waiting {
            assert!(futures_util::poll!(one.as_mut()).is_pending());
        }
        let refused = fair.turn(address).await.err();
        assert!(refused.is_some_and(|error| error.problem == Problem::TooFast && error.retry_ms.is_some()));
        drop((waiting, under_way));
        assert!(lock(fair.lines.as_ref().unwrap()).is_empty(), "who gives up is forgotten");
    }

    #[tokio::test]
    async fn what_is_over_is_forgotten() {
        let (fair, address) = (fair(), IpAddr::from([192, 0, 2, 1]));
        let (first, second) = (fair.turn(address).await.unwrap(), fair.turn(address).await.unwrap());
        let lines = || lock(fair.lines.as_ref().unwrap()).len();
        drop(first);
        assert_eq!(lines(), 1);
        drop(second);
        assert_eq!(lines(), 0);
    }

    #[tokio::test]
    async fn who_is_deep_in_debt_comes_later() {
        let (fair, address) = (fair(), IpAddr::from([192, 0, 2, 1]));
        fair.budget.pay(address, 4_000.0, Instant::now());
        assert!(fair.turn(address).await.err().and_then(|error| error.retry_ms).is_some_and(|ms| ms > 9_000));
    }

    #[test]
    fn searching_costs_more() {
        let cost = |uri: &str| cost(&uri.parse().unwrap());
        assert_eq!((cost("/?sort=new"), cost("/rooms/1"), cost("/login?next=%2F%3Fq%3Dx")), (0.0, 0.0, 0.0));
        assert_eq!((cost("/?q=x"), cost("/rooms/1/members?q=x"), cost("/api/search")), (SEARCH, SEARCH, SEARCH));
    }
}
