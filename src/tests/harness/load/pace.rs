//! Says when messages are due, to the tenth of a millisecond: the runtime's own timers have whole ones.

use std::time::{Duration, Instant};

use tokio::sync::mpsc;

/// Shorter sleeps cost more than they are worth: what is due by then comes together.
const SHORTEST: Duration = Duration::from_micros(300);

/// Sends the time at which each message is due, `rate` per second from `start` until nobody listens: evenly, or
/// `scattered` somewhere within each interval, so that nothing periodic in the server beats in time with them.
pub fn beats(start: Instant, rate: f64, scattered: bool) -> std::io::Result<mpsc::UnboundedReceiver<Instant>> {
    let (sender, receiver) = mpsc::unbounded_channel();
    std::thread::Builder::new().name("pace".into()).spawn(move || {
        for count in 0_u64.. {
            let shift = if scattered { rand::random::<f64>() } else { 0.0 };
            let due = start + Duration::from_secs_f64((count as f64 + shift) / rate);
            let wait = due.saturating_duration_since(Instant::now());
            if !wait.is_zero() {
                std::thread::sleep(wait.max(SHORTEST));
            }
            if sender.send(due).is_err() {
                return;
            }
        }
    })?;
    Ok(receiver)
}
