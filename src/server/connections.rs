//! The sockets of this node: how many each person and each address has, and which belong to a session that ends.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::address::counted;
use super::hub::{Closing, Outgoing};
use super::identity::Identity;
use crate::model::ids::UserId;
use crate::protocol::close;

/// The sockets of this node: counted by person and address, and found by session to be closed.
pub struct Connections {
    per_user: Option<usize>,
    per_ip: Option<usize>,
    open: Mutex<Open>,
}

/// A socket, and who it belongs to.
type Seat = (Arc<Identity>, Arc<Outgoing>);

#[derive(Default)]
struct Open {
    by_user: HashMap<UserId, usize>,
    by_ip: HashMap<IpAddr, usize>,
    by_session: HashMap<Vec<u8>, Vec<Seat>>,
}

fn count_down<K: std::hash::Hash + Eq + Copy>(counts: &mut HashMap<K, usize>, key: K) {
    if let Some(count) = counts.get_mut(&key) {
        *count -= 1;
        if *count == 0 {
            counts.remove(&key);
        }
    }
}

impl Connections {
    pub fn new(per_user: Option<usize>, per_ip: Option<usize>) -> Self {
        Self { per_user, per_ip, open: Mutex::default() }
    }

    fn open(&self) -> MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts a socket of `ip` for as long as the place is held; `None` if there are too many.
    pub fn admit(self: &Arc<Self>, ip: IpAddr) -> Option<AddressPlace> {
        let ip = counted(ip);
        let mut open = self.open();
        let count = open.by_ip.entry(ip).or_default();
        if self.per_ip.is_some_and(|most| *count >= most) {
            return None;
        }
        *count += 1;
        Some(AddressPlace { connections: Arc::clone(self), ip })
    }

    /// Registers a signed-in connection for as long as the place is held; `None` if the person has too many.
    pub fn enter(self: &Arc<Self>, identity: &Arc<Identity>, out: Arc<Outgoing>) -> Option<UserPlace> {
        let (user, mut open) = (identity.author().id, self.open());
        let count = open.by_user.entry(user).or_default();
        if self.per_user.is_some_and(|most| *count >= most) {
            return None;
        }
        *count += 1;
        let seats = open.by_session.entry(identity.session().to_vec()).or_default();
        seats.push((Arc::clone(identity), Arc::clone(&out)));
        Some(UserPlace { connections: Arc::clone(self), identity: Arc::clone(identity), out })
    }

    /// Sockets that are open now, whoever they belong to.
    pub fn count(&self) -> usize {
        self.open().by_ip.values().sum()
    }

    /// Who has sockets here, once for each socket of a session.
    pub fn identities(&self) -> Vec<Arc<Identity>> {
        self.open().by_session.values().flatten().map(|(identity, _)| Arc::clone(identity)).collect()
    }

    /// Somebody has another name: what their sockets say from here on bears it.
    pub fn renamed(&self, user: UserId) {
        let open = self.open();
        open.by_session
            .values()
            .flatten()
            .filter(|(_, out)| out.reader == Some(user))
            .for_each(|(_, out)| out.renamed());
    }

    /// The same for everybody, where nobody knows who it was.
    pub fn anybody_renamed(&self) {
        self.open().by_session.values().flatten().for_each(|(_, out)| out.renamed());
    }

    /// Closes the sockets of a session that ended.
    pub fn revoke(&self, session: &[u8]) {
        for (_, out) in self.open().by_session.get(session).into_iter().flatten() {
            metrics::counter!("chat_revocations_total").increment(1);
            out.cut(Closing::new(close::REVOKED, "signed out"));
        }
    }
}

pub struct AddressPlace {
    connections: Arc<Connections>,
    ip: IpAddr,
}

impl Drop for AddressPlace {
    fn drop(&mut self) {
        count_down(&mut self.connections.open().by_ip, self.ip);
    }
}

pub struct UserPlace {
    connections: Arc<Connections>,
    identity: Arc<Identity>,
    out: Arc<Outgoing>,
}

impl Drop for UserPlace {
    fn drop(&mut self) {
        let mut open = self.connections.open();
        count_down(&mut open.by_user, self.identity.author().id);
        if let Some(seats) = open.by_session.get_mut(self.identity.session()) {
            seats.retain(|(_, out)| !Arc::ptr_eq(out, &self.out));
            if seats.is_empty() {
                open.by_session.remove(self.identity.session());
            }
        }
    }
}
