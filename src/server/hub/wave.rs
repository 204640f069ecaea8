//! Waves: in a large room, what is said while a message is still being written to everybody goes out together.
//!
//! One `send` call costs the kernel about five microseconds whatever it carries, so that a thousand connections take
//! several milliseconds. Handing each event on at once would cost that much for every single one; waiting for the wave
//! under way halves the cost as soon as two people talk, and costs nothing while one does.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Notify;

/// Rooms with fewer listeners are served so quickly that nothing would gather.
pub const LARGE: usize = if cfg!(feature = "shuttle") { 2 } else { 64 };
/// A wave is not waited for longer. A thousand connections take about 8 ms.
pub const LONGEST: Duration = Duration::from_millis(25);

/// After a wave, answers to it are waited for: for this fraction of the time that it took, or until there are as many as it
/// had events. They are on their way, and without this would all just miss the next one.
pub const GATHER: u32 = 3;

/// Held by every connection that a wave has not reached yet; the last one to drop it ends the wave. A connection that
/// does not take at once what it is given has been reached: nobody waits for slow ones.
pub struct Wave(Arc<Notify>);

impl Wave {
    pub fn new(ended: &Arc<Notify>) -> Arc<Self> {
        Arc::new(Self(Arc::clone(ended)))
    }
}

impl Drop for Wave {
    fn drop(&mut self) {
        self.0.notify_one();
    }
}
