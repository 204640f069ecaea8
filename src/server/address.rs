//! Whose request it is: the address behind trusted proxies, and what counts as one address.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::sync::atomic::{AtomicBool, Ordering};

use axum::http::{HeaderMap, header};
use ipnet::IpNet;

const FORWARDED_FOR: &str = "x-forwarded-for";

/// What limits count as one address: an IPv4 address, or the /64 of an IPv6 address. A customer gets a /64 at least, and may
/// use another address of it for each request.
pub fn counted(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & (u128::MAX << 64))),
        address => address,
    }
}

/// The proxies that are believed, and what has been logged about the others.
#[derive(Debug)]
pub struct Proxies {
    trusted: Vec<IpNet>,
    has_told_of_stranger: AtomicBool,
    has_told_of_nonsense: AtomicBool,
}

impl Proxies {
    pub fn new(trusted: Vec<IpNet>) -> Self {
        Self { trusted, has_told_of_stranger: AtomicBool::new(false), has_told_of_nonsense: AtomicBool::new(false) }
    }

    /// Whether what comes from this address comes from a proxy that is believed.
    pub fn trusts(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.trusted.iter().any(|net| net.contains(&address))
    }

    /// Who asked: the peer, or the client that a trusted proxy names in `X-Forwarded-For` or `Forwarded`, read from the
    /// right. Where both headers are there and differ, a client may have written one of them: then it is the proxy.
    pub fn client(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let peer = peer.to_canonical();
        let listed = |name: &str| {
            let values = headers.get_all(name).iter().map(|value| value.to_str().unwrap_or("?"));
            let joined = values.collect::<Vec<_>>().join(",");
            (!joined.is_empty()).then_some(joined)
        };
        let (list, standard) = (listed(FORWARDED_FOR), listed(header::FORWARDED.as_str()));
        if list.is_none() && standard.is_none() {
            return peer;
        }
        if !self.trusts(peer) {
            if !self.has_told_of_stranger.swap(true, Ordering::Relaxed) {
                tracing::warn!(
                    %peer,
                    "X-Forwarded-For or Forwarded of a peer that is not trusted is ignored: if it is your proxy, name it in \
                     CHAT_TRUSTED_PROXIES, or all its visitors share the limits of one address"
                );
            }
            return peer;
        }
        let list = list.map(|list| self.walk(peer, list.rsplit(',')));
        let standard = standard.map(|list| self.walk(peer, list.rsplit(',').filter_map(forwarded_for)));
        match (list, standard) {
            (Some(client), None) | (None, Some(client)) => client,
            (Some(client), Some(same)) if client == same => client,
            _ => {
                self.tell_of_nonsense(peer, "X-Forwarded-For and Forwarded name different clients");
                peer
            }
        }
    }

    /// The first of `hops`, which begin at this server, that is no trusted proxy.
    fn walk<'a>(&self, peer: IpAddr, hops: impl Iterator<Item = &'a str>) -> IpAddr {
        let mut client = peer;
        for hop in hops.map(str::trim).filter(|hop| !hop.is_empty()) {
            if !self.trusts(client) {
                break;
            }
            match node(hop) {
                Some(address) => client = address.to_canonical(),
                None => {
                    self.tell_of_nonsense(peer, "it names a client that is no address");
                    break;
                }
            }
        }
        client
    }

    fn tell_of_nonsense(&self, peer: IpAddr, why: &str) {
        if !self.has_told_of_nonsense.swap(true, Ordering::Relaxed) {
            tracing::warn!(%peer, why, "what the trusted proxy says of its clients is not understood; they share its limits");
        }
    }
}

/// The `for` of an element of `Forwarded` (RFC 7239, section 4).
fn forwarded_for(element: &str) -> Option<&str> {
    element.split(';').find_map(|pair| {
        let (name, value) = pair.split_once('=')?;
        name.trim().eq_ignore_ascii_case("for").then_some(value)
    })
}

/// An address as proxies write it: with a port or without, in brackets, in quotes, with a zone.
fn node(written: &str) -> Option<IpAddr> {
    let written = written.trim().trim_matches('"').trim();
    if let Ok(address) = written.parse::<SocketAddr>() {
        return Some(address.ip());
    }
    let bare = written.strip_prefix('[').map_or(written, |rest| rest.split(']').next().unwrap_or_default());
    let without_zone = bare.split('%').next().unwrap_or_default();
    without_zone.parse().ok()
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    fn client(peer: &str, headers: &[(&'static str, &str)]) -> IpAddr {
        let proxies = Proxies::new(vec!["10.0.0.0/8".parse().unwrap(), "fd00::/8".parse().unwrap()]);
        let headers =
            headers.iter().map(|(name, value)| (name.parse().unwrap(), HeaderValue::from_str(value).unwrap()));
        proxies.client(ip(peer), &headers.collect())
    }

    #[test]
    fn only_trusted_proxies_are_believed() {
        let forwarded = |peer, list| client(peer, &[("x-forwarded-for", list)]);
        assert_eq!(forwarded("9.9.9.9", "1.2.3.4"), ip("9.9.9.9"));
        assert_eq!(forwarded("10.0.0.1", "6.6.6.6, 1.2.3.4"), ip("1.2.3.4"));
        assert_eq!(forwarded("::ffff:10.0.0.1", "6.6.6.6, 1.2.3.4"), ip("1.2.3.4"));
        assert_eq!(forwarded("10.0.0.1", "1.2.3.4, 10.0.0.2"), ip("1.2.3.4"));
        assert_eq!(forwarded("10.0.0.1", "6.6.6.6, 10.0.0.2, nonsense"), ip("10.0.0.1"));
        assert_eq!(
            client("10.0.0.1", &[("x-forwarded-for", "6.6.6.6"), ("x-forwarded-for", "1.2.3.4")]),
            ip("1.2.3.4")
        );
        assert_eq!(client("10.0.0.1", &[]), ip("10.0.0.1"));
    }

    #[test]
    fn an_address_is_understood_however_a_proxy_writes_it() {
        for (written, address) in [
            ("203.0.113.9:5000", "203.0.113.9"),
            ("\"203.0.113.9\"", "203.0.113.9"),
            ("\"203.0.113.9:5000\"", "203.0.113.9"),
            ("2001:db8::1", "2001:db8::1"),
            ("[2001:db8::1]", "2001:db8::1"),
            ("[2001:db8::1]:5000", "2001:db8::1"),
            ("\"[2001:db8::1]:5000\"", "2001:db8::1"),
            ("fe80::1%eth0", "fe80::1"),
            ("::ffff:203.0.113.9", "203.0.113.9"),
        ] {
            assert_eq!(client("10.0.0.1", &[("x-forwarded-for", written)]), ip(address), "{written}");
            let standard = format!("for=6.6.6.6;proto=http, proto=https;For={written};by=10.0.0.1");
            assert_eq!(client("fd00::1", &[("forwarded", &standard)]), ip(address), "{standard}");
        }
        for nobody in ["unknown", "_hidden", "203.0.113", "[", "\"", "1.2.3.4:x"] {
            assert_eq!(client("10.0.0.1", &[("forwarded", &format!("for={nobody}"))]), ip("10.0.0.1"), "{nobody}");
        }
    }

    #[test]
    fn a_header_that_the_proxy_did_not_write_is_not_believed() {
        let both = |list, standard| client("10.0.0.1", &[("x-forwarded-for", list), ("forwarded", standard)]);
        assert_eq!(both("1.2.3.4", "for=1.2.3.4"), ip("1.2.3.4"));
        assert_eq!(both("1.2.3.4", "for=6.6.6.6"), ip("10.0.0.1"));
        assert_eq!(both("6.6.6.6", "for=1.2.3.4"), ip("10.0.0.1"));
    }

    #[test]
    fn a_customers_network_is_one_address() {
        assert_eq!(counted(ip("2001:db8:1:2:3:4:5:6")), counted(ip("2001:db8:1:2:ffff::")));
        assert_ne!(counted(ip("2001:db8:1:2::1")), counted(ip("2001:db8:1:3::1")));
        assert_eq!(counted(ip("::ffff:203.0.113.9")), ip("203.0.113.9"));
        assert_ne!(counted(ip("203.0.113.9")), counted(ip("203.0.113.8")));
    }
}
