//! From where a call comes: what limits count by, and what the audit writes down.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use axum::extract::ConnectInfo;
use axum::http::{Extensions, HeaderMap, HeaderName};
use ipnet::IpNet;

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// Networks whose machines stand before the interface and say truly for whom they call.
///
/// Nobody else's `X-Forwarded-For` is read: a caller who could write an address there would choose whose budget is spent
/// and which address the audit shows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Proxies(Vec<IpNet>);

impl Proxies {
    /// These networks, single addresses as `/32` or `/128`.
    #[must_use]
    pub fn new(networks: Vec<IpNet>) -> Self {
        Self(networks)
    }

    pub(crate) fn trusts(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(&address))
    }
}

/// The address of who calls: the connection's other end or, where that is one of `proxies`, the last address in
/// `X-Forwarded-For` that is none of them. IPv4 inside IPv6 is given as IPv4; unspecified (`0.0.0.0`) when the router is
/// called without a connection, as tests do.
pub(crate) fn client_address(extensions: &Extensions, headers: &HeaderMap, proxies: &Proxies) -> IpAddr {
    let peer = extensions
        .get::<ConnectInfo<SocketAddr>>()
        .map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |ConnectInfo(address)| address.ip().to_canonical());
    if !proxies.trusts(peer) {
        return peer;
    }
    let mut nearest = peer;
    // Each proxy adds the address that it saw at the end: from there on, back to the first that is not ours.
    for line in headers.get_all(FORWARDED_FOR).iter().rev() {
        for text in line.to_str().unwrap_or_default().rsplit(',') {
            let Some(address) = address(text.trim()) else { return nearest };
            if !proxies.trusts(address) {
                return address;
            }
            nearest = address;
        }
    }
    nearest
}

/// `192.0.2.1`, `2001:db8::1`, and either with a port as some proxies write it.
fn address(text: &str) -> Option<IpAddr> {
    let plain = || text.parse::<IpAddr>().ok();
    let with_port = || text.parse::<SocketAddr>().ok().map(|address| address.ip());
    let in_brackets = || text.strip_prefix('[')?.strip_suffix(']')?.parse().ok();
    plain().or_else(with_port).or_else(in_brackets).map(|address| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(peer: &str, forwarded: &[&str]) -> String {
        let mut extensions = Extensions::new();
        extensions.insert(ConnectInfo(SocketAddr::new(peer.parse().unwrap(), 40_000)));
        let mut headers = HeaderMap::new();
        for line in forwarded {
            headers.append(FORWARDED_FOR, line.parse().unwrap());
        }
        let networks = ["10.0.0.0/8", "fd00::/8"].map(|network| network.parse().unwrap());
        client_address(&extensions, &headers, &Proxies::new(networks.to_vec())).to_string()
    }

    #[test]
    fn only_a_listed_proxy_speaks_for_others() {
        assert_eq!(seen("192.0.2.7", &[]), "192.0.2.7");
        assert_eq!(seen("192.0.2.7", &["198.51.100.1"]), "192.0.2.7");
        assert_eq!(seen("10.0.0.1", &["198.51.100.1"]), "198.51.100.1");
        assert_eq!(seen("::ffff:10.0.0.1", &["2001:db8::1"]), "2001:db8::1");
        assert_eq!(seen("fd00::1", &["198.51.100.1:4711"]), "198.51.100.1");
        assert_eq!(seen("10.0.0.1", &["[2001:db8::1]:4711"]), "2001:db8::1");
    }

    #[test]
    fn what_the_caller_wrote_before_the_proxies_is_not_believed() {
        assert_eq!(seen("10.0.0.1", &["203.0.113.9, 198.51.100.1, 10.0.0.2"]), "198.51.100.1");
        assert_eq!(seen("10.0.0.1", &["203.0.113.9", "198.51.100.1", "10.0.0.2"]), "198.51.100.1");
        assert_eq!(seen("10.0.0.1", &["203.0.113.9, nonsense, 10.0.0.2"]), "10.0.0.2");
        assert_eq!(seen("10.0.0.1", &["10.0.0.3, 10.0.0.2"]), "10.0.0.3");
        assert_eq!(seen("10.0.0.1", &[""]), "10.0.0.1");
    }

    #[test]
    fn a_call_without_a_connection_has_no_address() {
        let address = client_address(&Extensions::new(), &HeaderMap::new(), &Proxies::default());
        assert!(address.is_unspecified());
    }
}
