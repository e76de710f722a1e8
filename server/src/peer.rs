//! Which address a request comes from: the connection's, or behind a proxy that we trust the one that it names.

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, request::Parts},
};
use std::{
    convert::Infallible,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    str::FromStr,
};

/// The address that a request comes from, as the listener and the router have found it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Peer {
    /// The other end of the connection.
    pub connection: IpAddr,
    /// Whoever asks: the same, unless the connection is a trusted proxy's.
    pub client: IpAddr,
}

/// Addresses that belong together: one, or a network as `10.0.0.0/8`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network {
    network: u128,
    bits: u8,
}

/// Not an address or a network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an address, or a network like 10.0.0.0/8")]
pub struct BadNetwork;

impl Peer {
    /// The peer of a request with these headers: from the right, the first address of `X-Forwarded-For` that is no
    /// trusted proxy's. Whatever stands further left, the client may have written itself.
    #[must_use]
    pub fn of(connection: IpAddr, headers: &HeaderMap, trusted: &[Network]) -> Self {
        let mut client = connection.to_canonical();
        let named = headers.get_all(FORWARDED_FOR).iter().filter_map(|value| value.to_str().ok());
        let mut named: Vec<_> = named.flat_map(|value| value.split(',')).map(str::trim).collect();
        while trusted.iter().any(|proxy| proxy.covers(client)) {
            let Some(next) = named.pop().and_then(|text| text.parse::<IpAddr>().ok()) else { break };
            client = next.to_canonical();
        }
        Self { connection: connection.to_canonical(), client }
    }

    /// As the listener has noted it; from nowhere if no listener had a part in it.
    #[must_use]
    pub fn of_request(parts: &Parts) -> Self {
        let nowhere = IpAddr::V4(Ipv4Addr::UNSPECIFIED);
        parts.extensions.get().copied().unwrap_or(Self { connection: nowhere, client: nowhere })
    }

    /// Whether nobody but this machine has a part in the request.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        self.connection.is_loopback() && self.client.is_loopback()
    }

    /// Whether the client's address is known and one of these. Where a proxy that nobody trusts has a part in the request,
    /// nobody knows whose it is.
    #[must_use]
    pub fn is_among(&self, networks: &[Network], headers: &HeaderMap) -> bool {
        let passed_on = PASSED_ON_BY.iter().any(|name| headers.contains_key(*name));
        let known = !passed_on || self.connection != self.client;
        known && (self.client.is_loopback() || networks.iter().any(|network| network.covers(self.client)))
    }

    /// What limits count by: the address, or of an IPv6 address the network that one subscriber has.
    #[must_use]
    pub fn counted_as(&self) -> IpAddr {
        match self.client {
            IpAddr::V4(_) => self.client,
            IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() & (u128::MAX << 64)).into(),
        }
    }
}

impl<S: Sync> FromRequestParts<S> for Peer {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self::of_request(parts))
    }
}

impl Network {
    fn covers(self, address: IpAddr) -> bool {
        mapped(address) & mask(self.bits) == self.network
    }
}

impl FromStr for Network {
    type Err = BadNetwork;

    fn from_str(text: &str) -> Result<Self, BadNetwork> {
        let (address, bits) = match text.split_once('/') {
            Some((address, bits)) => (address, Some(bits.parse::<u8>().map_err(|_| BadNetwork)?)),
            None => (text, None),
        };
        let address: IpAddr = address.parse().map_err(|_| BadNetwork)?;
        let most = if address.is_ipv4() { 32 } else { 128 };
        let bits = bits.unwrap_or(most);
        if bits > most {
            return Err(BadNetwork);
        }
        let bits = 128 - most + bits;
        Ok(Self { network: mapped(address) & mask(bits), bits })
    }
}

/// Every address as an IPv6 one.
fn mapped(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(address) => address.to_ipv6_mapped().to_bits(),
        IpAddr::V6(address) => address.to_bits(),
    }
}

fn mask(bits: u8) -> u128 {
    u128::MAX.checked_shl(u32::from(128 - bits)).unwrap_or(0)
}

const FORWARDED_FOR: &str = "x-forwarded-for";

/// What proxies leave in a request that they pass on.
const PASSED_ON_BY: [&str; 4] = [FORWARDED_FOR, "forwarded", "x-real-ip", "via"];

#[cfg(test)]
mod tests {
    use super::*;

    fn client(connection: &str, forwarded: &[&str], trusted: &[&str]) -> String {
        let headers = forwarded
            .iter()
            .map(|value| (axum::http::HeaderName::from_static(FORWARDED_FOR), value.parse().expect("a value")));
        let trusted: Vec<_> = trusted.iter().map(|text| text.parse().expect("a network")).collect();
        Peer::of(connection.parse().expect("an address"), &headers.collect(), &trusted).client.to_string()
    }

    #[test]
    fn only_a_trusted_proxy_is_believed_and_only_on_its_own_peer() {
        let office = &["10.0.0.0/8", "::1"][..];
        for (connection, forwarded, trusted, expected) in [
            ("192.0.2.7", &[][..], office, "192.0.2.7"),
            ("192.0.2.7", &["203.0.113.9"], office, "192.0.2.7"),
            ("10.1.2.3", &["203.0.113.9"], office, "203.0.113.9"),
            ("10.1.2.3", &["198.51.100.1, 203.0.113.9"], office, "203.0.113.9"),
            ("10.1.2.3", &["198.51.100.1", "203.0.113.9, 10.9.9.9"], office, "203.0.113.9"),
            ("10.1.2.3", &["203.0.113.9"], &[], "10.1.2.3"),
            ("10.1.2.3", &["not an address"], office, "10.1.2.3"),
            ("::ffff:10.1.2.3", &["203.0.113.9"], office, "203.0.113.9"),
            ("::1", &["2001:db8::7"], office, "2001:db8::7"),
        ] {
            assert_eq!(client(connection, forwarded, trusted), expected, "{connection} {forwarded:?}");
        }
    }

    #[test]
    fn this_machine_and_named_networks_are_known_unless_a_stranger_passed_the_request_on() {
        let watchers: Vec<Network> = vec!["10.0.0.0/8".parse().expect("a network")];
        let proxies: Vec<Network> = vec!["127.0.0.1".parse().expect("an address")];
        let known = |connection: &str, header: Option<(&'static str, &str)>, trusted: &[Network]| {
            let headers: HeaderMap = header
                .map(|(name, value)| (axum::http::HeaderName::from_static(name), value.parse().expect("a value")))
                .into_iter()
                .collect();
            Peer::of(connection.parse().expect("an address"), &headers, trusted).is_among(&watchers, &headers)
        };
        let from = |address: &'static str| Some((FORWARDED_FOR, address));
        for (connection, header, trusted, expected) in [
            ("127.0.0.1", None, &[][..], true),
            ("::1", None, &[], true),
            ("10.4.5.6", None, &[], true),
            ("192.0.2.7", None, &[], false),
            // A proxy of this machine that nobody has named: everybody would be this machine.
            ("127.0.0.1", from("192.0.2.7"), &[], false),
            ("127.0.0.1", Some(("via", "1.1 front")), &[], false),
            ("127.0.0.1", Some(("forwarded", "for=192.0.2.7")), &[], false),
            ("127.0.0.1", from("192.0.2.7"), &proxies, false),
            ("127.0.0.1", from("10.4.5.6"), &proxies, true),
            ("10.4.5.6", from("192.0.2.7"), &[], false),
        ] {
            assert_eq!(known(connection, header, trusted), expected, "{connection} {header:?}");
        }
    }

    #[test]
    fn a_network_that_is_none_is_refused() {
        for text in ["", "10.0.0.0/33", "10.0.0.0/", "10.0.0/8", "::1/129", "proxy.example"] {
            assert_eq!(text.parse::<Network>(), Err(BadNetwork), "{text}");
        }
    }

    #[test]
    fn subscribers_are_counted_by_their_network() {
        let counted = |text: &str| {
            let client = text.parse().expect("an address");
            Peer { connection: client, client }.counted_as().to_string()
        };
        assert_eq!(counted("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::");
        assert_eq!(counted("192.0.2.7"), "192.0.2.7");
    }
}
