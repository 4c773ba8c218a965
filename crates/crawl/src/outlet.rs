//! The publisher a host belongs to.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::HostKey;

/// A news publisher: one registrable domain by the public suffix list (private suffixes count). An
/// IP address, a single label and a public suffix are their own outlet.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Outlet(String);

impl Outlet {
    /// The outlet of a host.
    pub fn of(host: &HostKey) -> Self {
        let text = host.as_str();
        let is_address = text.starts_with('[') || text.parse::<std::net::Ipv4Addr>().is_ok();
        if is_address {
            return Self(text.to_owned());
        }
        Self(psl::domain_str(text).unwrap_or(text).to_owned())
    }

    /// The outlet as text: `example.co.uk`.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Outlet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn registrable_domain_or_itself() {
        for (host, outlet) in [
            ("www.bbc.co.uk", "bbc.co.uk"),
            ("news.example.com", "example.com"),
            ("outlet-001.test", "outlet-001.test"),
            ("www.outlet-001.test", "outlet-001.test"),
            ("alice.github.io", "alice.github.io"),
            ("localhost", "localhost"),
            ("co.uk", "co.uk"),
            ("127.0.0.1", "127.0.0.1"),
            ("[2001:db8::1]", "[2001:db8::1]"),
        ] {
            assert_eq!(HostKey::parse(host).unwrap().outlet().as_str(), outlet, "{host}");
        }
    }
}
