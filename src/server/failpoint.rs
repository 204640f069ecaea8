//! Places at which a test can make the program die or wait. Nothing of this is in a release build.
//!
//! `CHAT_FAILPOINTS=name=action[:n]`, joined by `,`: `abort`, `panic` or `sleep=MS` at the `n`-th passage, 1 if absent.

/// Does what the environment says about the place `name`.
#[cfg(not(debug_assertions))]
#[inline(always)]
pub fn hit(_name: &str) {}

#[cfg(debug_assertions)]
pub use armed::hit;

#[cfg(debug_assertions)]
mod armed {
    use std::sync::LazyLock;
    use std::sync::atomic::{AtomicU64, Ordering};
    use std::time::Duration;

    struct Failpoint {
        name: String,
        action: String,
        at: u64,
        passed: AtomicU64,
    }

    static FAILPOINTS: LazyLock<Vec<Failpoint>> =
        LazyLock::new(|| read(&std::env::var("CHAT_FAILPOINTS").unwrap_or_default()));

    fn read(spec: &str) -> Vec<Failpoint> {
        let one = |spec: &str| {
            let (name, rest) = spec.split_once('=')?;
            let (action, at) = rest.split_once(':').unwrap_or((rest, "1"));
            let (name, action) = (name.to_owned(), action.to_owned());
            Some(Failpoint { name, action, at: at.parse().ok()?, passed: AtomicU64::new(0) })
        };
        spec.split(',').filter_map(one).collect()
    }

    pub fn hit(name: &str) {
        for failpoint in FAILPOINTS.iter().filter(|failpoint| failpoint.name == name) {
            if failpoint.passed.fetch_add(1, Ordering::Relaxed) + 1 != failpoint.at {
                continue;
            }
            match failpoint.action.split_once('=') {
                None if failpoint.action == "abort" => std::process::abort(),
                None => panic!("failpoint {name}"),
                Some((_, ms)) => std::thread::sleep(Duration::from_millis(ms.parse().unwrap_or(0))),
            }
        }
    }
}
