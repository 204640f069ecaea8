//! Locks, tasks and time as the hub needs them: the usual ones, or those of `shuttle`, which tries out schedules.

pub use chosen::{Mutex, MutexGuard, sleep, spawn, timeout};

#[cfg(not(feature = "shuttle"))]
mod chosen {
    pub use std::sync::{Mutex, MutexGuard};
    use std::time::Duration;

    pub use tokio::time::sleep;

    /// Runs a task that nobody waits for.
    pub fn spawn(task: impl Future<Output = ()> + Send + 'static) {
        tokio::spawn(task);
    }

    /// Waits for something, but not longer than this.
    pub async fn timeout(longest: Duration, what: impl Future<Output = ()>) {
        let _ = tokio::time::timeout(longest, what).await;
    }
}

#[cfg(feature = "shuttle")]
mod chosen {
    use std::pin::pin;
    use std::time::Duration;

    use futures_util::future::select;
    use shuttle::future::yield_now;
    pub use shuttle::sync::{Mutex, MutexGuard};

    pub fn spawn(task: impl Future<Output = ()> + Send + 'static) {
        drop(shuttle::future::spawn(task));
    }

    /// Any time is as long as others take to do something, or nothing.
    pub async fn sleep(_: Duration) {
        yield_now().await;
    }

    pub async fn timeout(_: Duration, what: impl Future<Output = ()>) {
        select(pin!(what), pin!(yield_now())).await;
    }
}
