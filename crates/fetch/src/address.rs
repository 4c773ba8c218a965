//! Which addresses are public.
//!
//! The tables follow the special-purpose registries of IANA
//! (<https://www.iana.org/assignments/iana-ipv4-special-registry>,
//! <https://www.iana.org/assignments/iana-ipv6-special-registry>); each row names its document.
//! An address that only wraps an IPv4 address (mapped, NAT64, 6to4) is as public as that one.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::{IpNet, Ipv4Net, Ipv6Net};

struct Range<Net> {
    net: Net,
    what: &'static str,
}

const fn v4(a: u8, b: u8, c: u8, prefix: u8, what: &'static str) -> Range<Ipv4Net> {
    Range { net: Ipv4Net::new_assert(Ipv4Addr::new(a, b, c, 0), prefix), what }
}

const fn v6(head: [u16; 3], prefix: u8, what: &'static str) -> Range<Ipv6Net> {
    let net = Ipv6Addr::new(head[0], head[1], head[2], 0, 0, 0, 0, 0);
    Range { net: Ipv6Net::new_assert(net, prefix), what }
}

/// IPv4 addresses that no public server has.
const FORBIDDEN_V4: &[Range<Ipv4Net>] = &[
    v4(0, 0, 0, 8, "\"this network\", RFC 791"),
    v4(10, 0, 0, 8, "private, RFC 1918"),
    v4(100, 64, 0, 10, "shared by a carrier's customers, RFC 6598"),
    v4(127, 0, 0, 8, "loopback, RFC 1122"),
    v4(169, 254, 0, 16, "link-local (cloud metadata), RFC 3927"),
    v4(172, 16, 0, 12, "private, RFC 1918"),
    v4(192, 0, 0, 24, "protocol assignments, RFC 6890"),
    v4(192, 0, 2, 24, "documentation, RFC 5737"),
    v4(192, 31, 196, 24, "AS112, RFC 7535"),
    v4(192, 52, 193, 24, "AMT relays, RFC 7450"),
    v4(192, 88, 99, 24, "6to4 relays, RFC 7526"),
    v4(192, 168, 0, 16, "private, RFC 1918"),
    v4(192, 175, 48, 24, "AS112, RFC 7534"),
    v4(198, 18, 0, 15, "benchmarking, RFC 2544"),
    v4(198, 51, 100, 24, "documentation, RFC 5737"),
    v4(203, 0, 113, 24, "documentation, RFC 5737"),
    v4(224, 0, 0, 4, "multicast, RFC 5771"),
    v4(240, 0, 0, 4, "reserved or broadcast, RFC 1112"),
];

/// The only IPv6 addresses given to public servers (RFC 4291, section 2.4).
const GLOBAL_UNICAST: Ipv6Net = Ipv6Net::new_assert(Ipv6Addr::new(0x2000, 0, 0, 0, 0, 0, 0, 0), 3);

/// What is special within global unicast.
const FORBIDDEN_V6: &[Range<Ipv6Net>] = &[
    v6([0x2001, 0, 0], 23, "protocol assignments (Teredo, ORCHID), RFC 2928"),
    v6([0x2001, 0xdb8, 0], 32, "documentation, RFC 3849"),
    v6([0x2620, 0x4f, 0x8000], 48, "AS112, RFC 7534"),
    v6([0x3fff, 0, 0], 20, "documentation, RFC 9637"),
];

/// The names of what lies outside of global unicast; the last row takes the rest.
const OUTSIDE_V6: &[Range<Ipv6Net>] = &[
    Range { net: Ipv6Net::new_assert(Ipv6Addr::LOCALHOST, 128), what: "loopback, RFC 4291" },
    Range { net: Ipv6Net::new_assert(Ipv6Addr::UNSPECIFIED, 128), what: "unspecified, RFC 4291" },
    v6([0x64, 0xff9b, 1], 48, "local-use translation, RFC 8215"),
    v6([0x100, 0, 0], 64, "discard-only, RFC 6666"),
    v6([0x5f00, 0, 0], 16, "segment routing, RFC 9602"),
    v6([0xfc00, 0, 0], 7, "unique local (cloud metadata), RFC 4193"),
    v6([0xfe80, 0, 0], 10, "link-local, RFC 4291"),
    v6([0xfec0, 0, 0], 10, "site-local, RFC 3879"),
    v6([0xff00, 0, 0], 8, "multicast, RFC 4291"),
    v6([0, 0, 0], 0, "outside of global unicast, RFC 4291"),
];

/// Decides to which addresses a request may go.
#[derive(Clone, Debug, Default)]
pub struct Guard {
    allowed: Vec<IpNet>,
}

/// An address to which no request goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub struct Forbidden {
    /// The address.
    pub address: IpAddr,
    /// What it is, and the document that says so.
    pub what: &'static str,
}

impl Forbidden {
    /// The narrowest network that would have to be allowed.
    pub fn network(&self) -> IpNet {
        match self.address {
            IpAddr::V4(address) if address.is_loopback() => LOOPBACK.into(),
            address => address.into(),
        }
    }
}

const LOOPBACK: Ipv4Net = Ipv4Net::new_assert(Ipv4Addr::new(127, 0, 0, 0), 8);

impl fmt::Display for Forbidden {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, which is not public ({})", self.address, self.what)
    }
}

impl Guard {
    /// Opens these networks beside the public ones.
    pub fn new(allowed: Vec<IpNet>) -> Self {
        Self { allowed }
    }

    /// Whether an address lies in a network that was opened by hand.
    pub fn is_opened(&self, address: IpAddr) -> bool {
        let is_in = |address: &IpAddr| self.allowed.iter().any(|network| network.contains(address));
        is_in(&address) || unwrapped(address).is_some_and(|v4| is_in(&v4.into()))
    }

    /// Whether a request may go to an address.
    pub fn check(&self, address: IpAddr) -> Result<(), Forbidden> {
        if self.is_opened(address) {
            return Ok(());
        }
        let inner = unwrapped(address);
        let what = match (inner, address) {
            (Some(v4), _) | (None, IpAddr::V4(v4)) => name_v4(v4),
            (None, IpAddr::V6(v6)) => name_v6(v6),
        };
        what.map_or(Ok(()), |what| Err(Forbidden { address, what }))
    }
}

/// The IPv4 address that an IPv6 address leads to.
fn unwrapped(address: IpAddr) -> Option<Ipv4Addr> {
    let IpAddr::V6(address) = address else { return None };
    // In this order: mapped (RFC 4291, section 2.5.5.2), translated without state (RFC 2765) and
    // with the well-known prefix (RFC 6052), 6to4 (RFC 3056).
    let ([0, 0, 0, 0, 0, 0xffff, high, low]
    | [0, 0, 0, 0, 0xffff, 0, high, low]
    | [0x64, 0xff9b, 0, 0, 0, 0, high, low]
    | [0x2002, high, low, ..]) = address.segments()
    else {
        return None;
    };
    Some(Ipv4Addr::from_bits(u32::from(high) << 16 | u32::from(low)))
}

fn name_v4(address: Ipv4Addr) -> Option<&'static str> {
    FORBIDDEN_V4.iter().find(|range| range.net.contains(&address)).map(|range| range.what)
}

fn name_v6(address: Ipv6Addr) -> Option<&'static str> {
    let table = if GLOBAL_UNICAST.contains(&address) { FORBIDDEN_V6 } else { OUTSIDE_V6 };
    table.iter().find(|range| range.net.contains(&address)).map(|range| range.what)
}

#[cfg(test)]
mod tests;
