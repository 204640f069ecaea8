//! A queue in which everybody has a fair share: addresses take turns, and one account waits with a few things only.

use std::collections::{HashMap, VecDeque};
use std::net::IpAddr;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// Things that may wait in all, and of one address.
const WAITING: usize = 512;
const WAITING_OF_ADDRESS: usize = 64;
/// Things of one account that may wait or be done.
const OF_ACCOUNT: usize = 2;

/// For whom something is done: the address as limits count it, and the account by a hash of its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Asker {
    pub address: IpAddr,
    pub account: Option<u64>,
}

/// Why something may not wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Full {
    /// The account has things waiting already.
    Account,
    /// So has the address, or everybody.
    Address,
}

struct State<T> {
    by_address: HashMap<IpAddr, VecDeque<(Asker, T)>>,
    /// The addresses in `by_address`, in the order of their turns.
    turns: VecDeque<IpAddr>,
    by_account: HashMap<u64, usize>,
    waiting: usize,
    closed: bool,
}

pub struct Queue<T> {
    state: Mutex<State<T>>,
    filled: Condvar,
}

impl<T> Default for Queue<T> {
    fn default() -> Self {
        let state = State {
            by_address: HashMap::new(),
            turns: VecDeque::new(),
            by_account: HashMap::new(),
            waiting: 0,
            closed: false,
        };
        Self { state: Mutex::new(state), filled: Condvar::new() }
    }
}

impl<T> Queue<T> {
    fn state(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts something at the end of its address' line. Where all lines together are too long, the last of the longest line
    /// is dropped for it.
    pub fn push(&self, asker: Asker, thing: T) -> Result<(), Full> {
        let mut state = self.state();
        if asker.account.is_some_and(|account| state.by_account.get(&account).is_some_and(|count| *count >= OF_ACCOUNT))
        {
            return Err(Full::Account);
        }
        let own = state.by_address.get(&asker.address).map_or(0, VecDeque::len);
        if own >= WAITING_OF_ADDRESS {
            return Err(Full::Address);
        }
        if state.waiting >= WAITING {
            state.drop_last_of_longest(own)?;
        }
        if let Some(account) = asker.account {
            *state.by_account.entry(account).or_default() += 1;
        }
        state.waiting += 1;
        let line = state.by_address.entry(asker.address).or_default();
        let is_new = line.is_empty();
        line.push_back((asker, thing));
        if is_new {
            state.turns.push_back(asker.address);
        }
        drop(state);
        self.filled.notify_one();
        Ok(())
    }

    /// The next thing, once there is one; `None` once the queue is closed and empty. Until it is [`done`](Self::done) it
    /// counts for its account.
    pub fn pop(&self) -> Option<(Asker, T)> {
        let mut state = self.state();
        loop {
            if let Some(next) = state.next() {
                return Some(next);
            }
            if state.closed {
                return None;
            }
            state = self.filled.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Nothing more will come.
    pub fn close(&self) {
        self.state().closed = true;
        self.filled.notify_all();
    }

    pub fn done(&self, asker: Asker) {
        self.state().forget(asker);
    }
}

impl<T> State<T> {
    fn next(&mut self) -> Option<(Asker, T)> {
        let address = self.turns.pop_front()?;
        let line = self.by_address.get_mut(&address)?;
        let next = line.pop_front();
        if line.is_empty() {
            self.by_address.remove(&address);
        } else {
            self.turns.push_back(address);
        }
        self.waiting -= usize::from(next.is_some());
        next
    }

    fn forget(&mut self, asker: Asker) {
        let Some(account) = asker.account else { return };
        if let Some(count) = self.by_account.get_mut(&account) {
            *count -= 1;
            if *count == 0 {
                self.by_account.remove(&account);
            }
        }
    }

    /// For something of an address of which `own` things wait.
    fn drop_last_of_longest(&mut self, own: usize) -> Result<(), Full> {
        let longest = self.by_address.iter().max_by_key(|(_, line)| line.len());
        let address =
            longest.filter(|(_, line)| line.len() > own + 1).map(|(address, _)| *address).ok_or(Full::Address)?;
        if let Some((asker, _)) = self.by_address.get_mut(&address).and_then(VecDeque::pop_back) {
            self.waiting -= 1;
            self.forget(asker);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asker(address: u32, account: u64) -> Asker {
        Asker { address: IpAddr::from(address.to_be_bytes()), account: Some(account) }
    }

    #[test]
    fn one_account_cannot_fill_it() {
        let queue = Queue::default();
        let loops = (0..60).filter(|n| queue.push(asker(n % 7, 0), 0).is_ok()).count();
        assert_eq!(loops, OF_ACCOUNT);
        assert!((1..=30).all(|account| queue.push(asker(99, account), 0).is_ok()), "others of one address");
        let (first, _) = queue.pop().unwrap();
        assert_eq!(queue.push(asker(0, 0), 0), Err(Full::Account), "it is being done");
        queue.done(first);
        assert_eq!(queue.push(asker(0, 0), 0), Ok(()));
    }

    #[test]
    fn addresses_take_turns() {
        let queue = Queue::default();
        for account in 0..50 {
            queue.push(asker(1, account), "greedy").unwrap();
        }
        queue.push(asker(2, 100), "other").unwrap();
        let first: Vec<_> = (0..3).map(|_| queue.pop().unwrap().1).collect();
        assert!(first.contains(&"other"), "{first:?}");
    }

    #[test]
    fn many_addresses_of_somebody_greedy_keep_nobody_out() {
        let queue = Queue::default();
        let mut account = 0;
        for address in 0..20 {
            for _ in 0..100 {
                account += 1;
                let _ = queue.push(asker(address, account), "greedy");
            }
        }
        assert_eq!(queue.state().waiting, WAITING);
        assert_eq!(queue.push(asker(99, 0), "other"), Ok(()));
        assert_eq!(queue.state().waiting, WAITING);
        let turn: Vec<_> = (0..WAITING).map(|_| queue.pop().unwrap().1).take(21).collect();
        assert!(turn.contains(&"other"));
    }
}
