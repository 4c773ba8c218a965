//! Which part of all outlets a host belongs to, whatever the public suffix list says.

use serde::{Deserialize, Serialize};

use crate::{Fingerprint, HostKey};

/// Shares that all outlets are divided into: a frontier has as many partitions at most.
pub const SHARES: u16 = 1_024;

/// One of [`SHARES`] parts of all outlets: what a frontier is cut along.
///
/// The hosts of an outlet are all in one share, and a host is always in the same one. The public
/// suffix list changes from version to version, and outlets with it: two workers of different
/// versions must still look for a host in the same place, or they would lease it twice. So a share
/// is made of the last two labels of a name, in which all hosts of any registrable domain agree; of
/// three below suffixes that have stood in the list since it began, so that a whole country's press
/// is not in one share.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "u16", into = "u16")]
pub struct Share(u16);

/// Suffixes of two labels below which outlets are told apart. **Fixed for ever**: one that came or
/// went would move hosts of frontiers that are in use.
const SUFFIXES: [&str; 70] = [
    "ac.uk", "co.ao", "co.cr", "co.id", "co.il", "co.in", "co.jp", "co.ke", "co.kr", "co.mz",
    "co.nz", "co.th", "co.tz", "co.ug", "co.uk", "co.za", "co.zm", "co.zw", "com.ar", "com.au",
    "com.bd", "com.bo", "com.br", "com.cn", "com.co", "com.cu", "com.cy", "com.do", "com.ec",
    "com.eg", "com.et", "com.gh", "com.gr", "com.gt", "com.hk", "com.hn", "com.lb", "com.ly",
    "com.mt", "com.mx", "com.my", "com.na", "com.ng", "com.ni", "com.np", "com.pa", "com.pe",
    "com.ph", "com.pk", "com.pl", "com.pt", "com.py", "com.qa", "com.ro", "com.sa", "com.sg",
    "com.sv", "com.tr", "com.tw", "com.ua", "com.uy", "com.ve", "com.vn", "go.jp", "gov.uk",
    "ne.jp", "net.au", "or.jp", "org.au", "org.uk",
];

impl Share {
    /// The share of a host, and of all others of its outlet.
    pub fn of(host: &HostKey) -> Self {
        let hash = Fingerprint::of(stem(host.as_str())).0;
        Self(u16::try_from(hash % u64::from(SHARES)).unwrap_or(0))
    }

    /// Its number, below [`SHARES`].
    pub fn number(self) -> u16 {
        self.0
    }
}

impl TryFrom<u16> for Share {
    type Error = String;

    fn try_from(number: u16) -> Result<Self, String> {
        if number < SHARES {
            return Ok(Self(number));
        }
        Err(format!("{number} is no share: there are {SHARES}, from 0 on"))
    }
}

impl From<Share> for u16 {
    fn from(share: Share) -> Self {
        share.0
    }
}

/// The end of a name that decides: two labels, or three; all of an address.
fn stem(host: &str) -> &str {
    if host.starts_with('[') || host.parse::<std::net::Ipv4Addr>().is_ok() {
        return host;
    }
    let last = |labels: usize| {
        let dots = host.rmatch_indices('.').map(|(place, _)| place);
        dots.skip(labels - 1).map(|place| &host[place + 1..]).next().unwrap_or(host)
    };
    let two = last(2);
    if SUFFIXES.binary_search(&two).is_ok() { last(3) } else { two }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn host(text: &str) -> HostKey {
        HostKey::parse(text).unwrap()
    }

    #[test]
    fn the_end_of_a_name_decides() {
        for (name, end) in [
            ("www.bbc.co.uk", "bbc.co.uk"),
            ("bbc.co.uk", "bbc.co.uk"),
            ("co.uk", "co.uk"),
            ("a.b.news.example.com", "example.com"),
            ("alice.github.io", "github.io"),
            ("www.outlet-001.test", "outlet-001.test"),
            ("localhost", "localhost"),
            ("127.0.0.1", "127.0.0.1"),
            ("[2001:db8::1]", "[2001:db8::1]"),
        ] {
            assert_eq!(stem(name), end, "{name}");
        }
    }

    /// Frontiers in use hold hosts by these numbers.
    #[test]
    fn shares_are_fixed_for_ever() {
        let names = ["www.bbc.co.uk", "example.com", "alice.github.io", "192.0.2.1", "localhost"];
        let numbers = names.map(|name| Share::of(&host(name)).number());
        assert_eq!(numbers, [1_022, 314, 403, 728, 255]);
        let table = SUFFIXES.join(" ");
        assert_eq!(Fingerprint::of(&table).0, 2_256_119_751_364_436_145, "the table has changed");
    }

    /// Whatever is an outlet by the list is in one share: each suffix of the table is one by it,
    /// and elsewhere the outlet has the two labels at least.
    #[test]
    fn an_outlet_is_in_one_share() {
        assert!(SUFFIXES.is_sorted());
        for suffix in SUFFIXES {
            let name = host(&format!("www.example.{suffix}"));
            assert_eq!(name.outlet().as_str(), format!("example.{suffix}"));
        }
        for name in ["news.bbc.co.uk", "a.b.example.com", "x.alice.github.io", "www.city.kobe.jp"] {
            let name = host(name);
            assert_eq!(Share::of(&name), Share::of(&host(name.outlet().as_str())), "{name}");
        }
    }

    /// By whatever list: each end of a name of two labels and more may be an outlet, but for the
    /// suffixes of the table.
    #[test]
    fn no_list_moves_a_host() {
        for name in ["a.b.c.example.com", "www.alice.github.io", "x.y.bbc.co.uk", "n.city.kobe.jp"]
        {
            let labels: Vec<&str> = name.split('.').collect();
            for first in 0..=labels.len() - 2 {
                let outlet = labels[first..].join(".");
                if !SUFFIXES.contains(&outlet.as_str()) {
                    assert_eq!(Share::of(&host(name)), Share::of(&host(&outlet)), "{outlet}");
                }
            }
        }
    }

    #[test]
    fn outlets_spread_evenly() {
        let mut counts = [0_u32; 16];
        for n in 0..8_000 {
            let share = Share::of(&host(&format!("www.outlet-{n}.example"))).number();
            counts[usize::from(share % 16)] += 1;
        }
        assert!(counts.iter().all(|n| (400..600).contains(n)), "{counts:?}");
    }

    #[test]
    fn a_number_that_is_no_share_is_refused() {
        assert!(Share::try_from(SHARES).is_err());
        assert_eq!(Share::try_from(7).map(Share::number), Ok(7));
        assert!(serde_json::from_str::<Share>("1024").is_err());
    }
}
