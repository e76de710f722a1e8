//! Which addresses may be reached.
//!
//! INVARIANT: a connection goes to an address that was checked after the name was resolved, and to no other: the resolver
//! that the client connects through is the one that checks. So a name that is made to point inwards between two look-ups
//! leads nowhere.

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// A name that leads to addresses which no target is at.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("its address is private, loopback, link-local or otherwise not of the open internet")]
pub(crate) struct NotAllowed;

/// Resolves names, and lets only addresses through that may be reached.
#[derive(Debug, Clone, Copy)]
pub(crate) struct CheckedResolver {
    /// Whether private networks and this machine may be reached too.
    pub(crate) allow_private: bool,
}

impl Resolve for CheckedResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let allow_private = self.allow_private;
        Box::pin(async move {
            let found: Vec<SocketAddr> = tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            let found = checked(found, allow_private)?;
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}

/// The addresses, if every one of them may be reached: a name with one that may not is not trusted with the others.
fn checked(found: Vec<SocketAddr>, allow_private: bool) -> Result<Vec<SocketAddr>, NotAllowed> {
    if found.iter().all(|address| may_reach(address.ip(), allow_private)) { Ok(found) } else { Err(NotAllowed) }
}

/// Whether an address may be reached.
#[must_use]
pub(crate) fn may_reach(address: IpAddr, allow_private: bool) -> bool {
    match address {
        IpAddr::V4(address) => may_reach_v4(address, allow_private),
        IpAddr::V6(address) => match within_v6(address) {
            Some(inner) => may_reach_v4(inner, allow_private),
            None => may_reach_v6(address, allow_private),
        },
    }
}

/// The IPv4 address that an IPv6 address stands for: mapped, compatible, by NAT64 (RFC 6052) or 6to4 (RFC 3056).
fn within_v6(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let [a, b, c, d, e, f, g, h] = address.segments();
    let of = |high: u16, low: u16| Ipv4Addr::from((u32::from(high) << 16) | u32::from(low));
    match (a, b, c, d, e, f) {
        (0, 0, 0, 0, 0, 0xffff) => Some(of(g, h)),
        (0, 0, 0, 0, 0, 0) if g != 0 || h > 1 => Some(of(g, h)),
        (0x64, 0xff9b, 0, 0, 0, 0) => Some(of(g, h)),
        (0x2002, ..) => Some(of(b, c)),
        _ => None,
    }
}

/// By the special-purpose registry of IPv4 (RFC 6890). Link-local addresses hold the credentials of cloud machines: they are
/// never a target.
fn may_reach_v4(address: Ipv4Addr, allow_private: bool) -> bool {
    let [a, b, c, _] = address.octets();
    let nobodys = a == 0 || a >= 224 || address.is_link_local() || (a, b, c) == (192, 0, 0);
    let documentation = address.is_documentation() || (a, b, c) == (192, 88, 99) || (a == 198 && b & 0xfe == 18);
    let private = address.is_private() || address.is_loopback() || (a == 100 && b & 0xc0 == 64);
    !nobodys && !documentation && (allow_private || !private)
}

/// Global unicast (RFC 4291, section 2.5.4) without what is set aside in it.
fn may_reach_v6(address: Ipv6Addr, allow_private: bool) -> bool {
    let [a, b, ..] = address.segments();
    let private = address.is_loopback() || a & 0xfe00 == 0xfc00;
    let open = a & 0xe000 == 0x2000 && (a, b) != (0x2001, 0xdb8) && !(a == 0x2001 && b < 0x200);
    open || (allow_private && private)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_but_the_open_internet_is_reached_unless_configured() {
        for (address, open, with_private) in [
            ("93.184.216.34", true, true),
            ("2606:2800:220:1::1", true, true),
            ("127.0.0.1", false, true),
            ("127.9.9.9", false, true),
            ("10.0.0.1", false, true),
            ("172.16.0.1", false, true),
            ("172.32.0.1", true, true),
            ("192.168.1.1", false, true),
            ("100.64.0.1", false, true),
            ("100.128.0.1", true, true),
            ("::1", false, true),
            ("fd00::1", false, true),
            ("::ffff:127.0.0.1", false, true),
            ("::ffff:10.1.2.3", false, true),
            ("::ffff:93.184.216.34", true, true),
            ("64:ff9b::7f00:1", false, true),
            ("2002:7f00:1::", false, true),
            ("169.254.169.254", false, false),
            ("::ffff:169.254.169.254", false, false),
            ("fe80::1", false, false),
            ("0.0.0.0", false, false),
            ("::", false, false),
            ("224.0.0.1", false, false),
            ("255.255.255.255", false, false),
            ("192.0.2.1", false, false),
            ("198.18.0.1", false, false),
            ("2001:db8::1", false, false),
            ("2001::1", false, false),
            ("ff02::1", false, false),
        ] {
            let parsed: IpAddr = address.parse().unwrap();
            assert_eq!([may_reach(parsed, false), may_reach(parsed, true)], [open, with_private], "{address}");
        }
    }

    #[test]
    fn a_name_with_one_address_that_is_not_allowed_is_not_reached_at_the_others() {
        let both: Vec<SocketAddr> = vec!["93.184.216.34:0".parse().unwrap(), "127.0.0.1:0".parse().unwrap()];
        assert_eq!(checked(both.clone(), false), Err(NotAllowed));
        assert_eq!(checked(both.clone(), true), Ok(both));
    }
}
