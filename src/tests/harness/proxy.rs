//! A TCP proxy that misbehaves on demand: slow, jittery, narrow, one-way, cutting, and able to lose or double what a
//! Redis subscriber is told.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{ReadHalf, WriteHalf};
use tokio::net::{TcpSocket, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::Result;
use crate::resp::Pushes;

/// Which way bytes go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// From whoever connected to the real server.
    Up,
    Down,
}

/// What to do to a published message on its way to a subscriber.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    Pass,
    Drop,
    Double,
    /// Behind the one that follows.
    Swap,
}

/// Decides each published message's fate from its number, starting with 0.
pub type Judge = Arc<dyn Fn(u64) -> Fate + Send + Sync>;

/// How the network is at the moment.
#[derive(Clone, Default)]
pub struct Weather {
    pub latency: Duration,
    /// Up to this much more, at random, for each piece.
    pub jitter: Duration,
    /// Bytes per second and direction.
    pub bandwidth: Option<u64>,
    /// Bytes vanish, the connection seems alive.
    pub swallow_up: bool,
    pub swallow_down: bool,
    /// New connections are refused.
    pub closed: bool,
    pub judge: Option<Judge>,
}

/// A running proxy in front of one address.
pub struct Proxy {
    pub address: SocketAddr,
    weather: Arc<Mutex<Weather>>,
    /// Its generation: when it changes, the connections of before end; the flag says whether by a reset.
    cut: watch::Sender<(u64, bool)>,
    messages: Arc<Mutex<u64>>,
    task: JoinHandle<()>,
}

impl Proxy {
    pub async fn start(target: SocketAddr) -> Result<Self> {
        // As long a queue as the server's: what overflows is to be the server's.
        let socket = TcpSocket::new_v4()?;
        socket.bind((Ipv4Addr::LOCALHOST, 0).into())?;
        let listener = socket.listen(4_096)?;
        let address = listener.local_addr()?;
        let weather = Arc::new(Mutex::new(Weather::default()));
        let (cut, cuts) = watch::channel((0, false));
        let messages = Arc::new(Mutex::new(0));
        let line = Line { weather: Arc::clone(&weather), cuts, messages: Arc::clone(&messages) };
        let task = tokio::spawn(async move {
            loop {
                let Ok((stream, _)) = listener.accept().await else { continue };
                if line.weather().closed {
                    let _ = stream.set_zero_linger();
                    continue;
                }
                tokio::spawn(line.clone().carry(stream, target));
            }
        });
        Ok(Self { address, weather, cut, messages, task })
    }

    /// Changes the weather, for open connections too.
    pub fn set(&self, change: impl FnOnce(&mut Weather)) {
        change(&mut lock(&self.weather));
    }

    pub fn calm(&self) {
        self.set(|weather| *weather = Weather::default());
    }

    /// Ends every connection: by a reset, or in order.
    pub fn cut(&self, reset: bool) {
        self.cut.send_modify(|(generation, how)| {
            *generation += 1;
            *how = reset;
        });
    }

    /// Bytes vanish both ways, and nobody can connect: a cable is out.
    pub fn unplug(&self) {
        self.set(|weather| {
            weather.swallow_up = true;
            weather.swallow_down = true;
            weather.closed = true;
        });
    }

    /// Published messages that came by.
    pub fn messages(&self) -> u64 {
        *lock(&self.messages)
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
        self.cut(true);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

#[derive(Clone)]
struct Line {
    weather: Arc<Mutex<Weather>>,
    cuts: watch::Receiver<(u64, bool)>,
    messages: Arc<Mutex<u64>>,
}

impl Line {
    fn weather(&self) -> MutexGuard<'_, Weather> {
        lock(&self.weather)
    }

    async fn carry(mut self, mut near: TcpStream, target: SocketAddr) {
        self.cuts.mark_unchanged();
        let Ok(mut far) = TcpStream::connect(target).await else { return };
        let _ = (near.set_nodelay(true), far.set_nodelay(true));
        let reset = {
            let ((near_read, near_write), (far_read, far_write)) = (near.split(), far.split());
            let up = self.clone().pump(Way::Up, near_read, far_write);
            let down = self.clone().pump(Way::Down, far_read, near_write);
            tokio::select! {
                _ = async { tokio::join!(up, down) } => false,
                changed = self.cuts.changed() => changed.is_ok() && self.cuts.borrow().1,
            }
        };
        if reset {
            let _ = (near.set_zero_linger(), far.set_zero_linger());
        }
    }

    async fn pump(self, way: Way, mut from: ReadHalf<'_>, mut to: WriteHalf<'_>) {
        let mut buffer = vec![0; 16 * 1024];
        let mut pushes = Pushes::default();
        while let Ok(read @ 1..) = from.read(&mut buffer).await {
            let (wait, swallowed, judge) = {
                let weather = self.weather();
                let jitter = weather.jitter.as_micros() as u64;
                let jitter = Duration::from_micros(if jitter == 0 { 0 } else { rand::random_range(0..jitter) });
                let transfer = weather
                    .bandwidth
                    .map_or(Duration::ZERO, |bandwidth| Duration::from_secs_f64(read as f64 / bandwidth as f64));
                let swallowed = if way == Way::Up { weather.swallow_up } else { weather.swallow_down };
                (weather.latency + jitter + transfer, swallowed, weather.judge.clone())
            };
            if swallowed {
                continue;
            }
            if wait > Duration::ZERO {
                tokio::time::sleep(wait).await;
            }
            let judged = judge.filter(|_| way == Way::Down).map(|judge| {
                pushes.pass(&buffer[..read], || {
                    let mut messages = lock(&self.messages);
                    *messages += 1;
                    judge(*messages - 1)
                })
            });
            let bytes = judged.as_deref().unwrap_or(&buffer[..read]);
            if to.write_all(bytes).await.is_err() {
                break;
            }
        }
        let _ = to.shutdown().await;
    }
}
