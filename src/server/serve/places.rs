//! How many connections may be open: in all, and of one address while they are no sockets.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::server::address::counted;

/// File descriptors that are left for everything else: the database, Redis, files, metrics.
const RESERVE: usize = 128;

/// The connections of this process.
pub struct Places {
    most: usize,
    per_address: Option<usize>,
    taken: Mutex<Taken>,
}

#[derive(Default)]
struct Taken {
    open: usize,
    by_address: HashMap<IpAddr, usize>,
}

/// Why there is no place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Full {
    /// The address has as many as one may have.
    Address,
    /// The process could not open anything any more.
    All,
}

impl Places {
    /// `per_address` for each address that is no proxy's.
    pub fn new(per_address: Option<usize>) -> Arc<Self> {
        // A quarter of a limit that is very low.
        let most = descriptors().map_or(usize::MAX, |limit| limit - RESERVE.min(limit / 4));
        Arc::new(Self { most, per_address, taken: Mutex::default() })
    }

    fn taken(&self) -> MutexGuard<'_, Taken> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A place for a connection, and one for HTTP on it. `None` is a proxy: behind it are many.
    pub fn admit(self: &Arc<Self>, address: Option<IpAddr>) -> Result<(Open, Asking), Full> {
        let address = address.map(counted);
        let mut taken = self.taken();
        if taken.open >= self.most {
            return Err(Full::All);
        }
        if let (Some(address), Some(most)) = (address, self.per_address) {
            let count = taken.by_address.entry(address).or_default();
            if *count >= most {
                return Err(Full::Address);
            }
            *count += 1;
        }
        taken.open += 1;
        drop(taken);
        let address = address.filter(|_| self.per_address.is_some());
        Ok((Open(Arc::clone(self)), Asking { places: Arc::clone(self), address }))
    }
}

/// The connection's, whatever it has become.
pub struct Open(Arc<Places>);

impl Drop for Open {
    fn drop(&mut self) {
        self.0.taken().open -= 1;
    }
}

/// Its address', for as long as it speaks HTTP.
pub struct Asking {
    places: Arc<Places>,
    address: Option<IpAddr>,
}

impl Drop for Asking {
    fn drop(&mut self) {
        let Some(address) = self.address else { return };
        let mut taken = self.places.taken();
        if let Some(count) = taken.by_address.get_mut(&address) {
            *count -= 1;
            if *count == 0 {
                taken.by_address.remove(&address);
            }
        }
    }
}

/// How many files this process may have open, where the system tells.
fn descriptors() -> Option<usize> {
    let limits = std::fs::read_to_string("/proc/self/limits").ok()?;
    let line = limits.lines().find_map(|line| line.strip_prefix("Max open files"))?;
    line.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_so_many_and_others_have_theirs() {
        let places = Places::new(Some(2));
        let of = |last: u8| Some(IpAddr::from([192, 0, 2, last]));
        let _first = places.admit(of(1)).unwrap();
        let second = places.admit(of(1)).unwrap();
        assert_eq!(places.admit(of(1)).err(), Some(Full::Address));
        assert!(places.admit(of(2)).is_ok());
        assert!((0..9).map(|_| places.admit(None).map(drop)).all(|place| place.is_ok()), "a proxy");
        let (_still_open, asking) = second;
        // It is a socket now.
        drop(asking);
        assert!(places.admit(of(1)).is_ok());
        assert_eq!(places.taken().open, 2);
    }

    #[test]
    fn there_are_fewer_than_files_may_be_open() {
        let places = Places::new(None);
        let few = Arc::new(Places { most: 1, per_address: None, taken: Mutex::default() });
        let open = few.admit(None).unwrap();
        assert_eq!(few.admit(None).err(), Some(Full::All));
        drop(open);
        assert!(few.admit(None).is_ok());
        assert!(descriptors().is_none_or(|limit| places.most < limit));
    }
}
