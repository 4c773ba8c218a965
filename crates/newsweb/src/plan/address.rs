//! A URL of this web in its parts.

use std::fmt;

/// Scheme, host and path with query. Ports are the default ones.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Address {
    pub(crate) https: bool,
    pub(crate) host: String,
    /// Path and query, as they stand in a request line.
    pub(crate) target: String,
}

impl Address {
    #[cfg(test)]
    /// Takes an absolute URL apart; fragment and default port are dropped.
    pub(crate) fn parse(url: &str) -> Option<Self> {
        let (https, rest) = match url.strip_prefix("https://") {
            Some(rest) => (true, rest),
            None => (false, url.strip_prefix("http://")?),
        };
        let rest = rest.split('#').next().unwrap_or(rest);
        let end = rest.find(['/', '?']).unwrap_or(rest.len());
        let (host, target) = rest.split_at(end);
        let port = if https { ":443" } else { ":80" };
        let host = host.strip_suffix(port).unwrap_or(host).to_ascii_lowercase();
        let target = if target.starts_with('/') { target.into() } else { format!("/{target}") };
        (!host.is_empty()).then_some(Self { https, host, target })
    }

    /// The part of the target before the query.
    pub(crate) fn path(&self) -> &str {
        self.target.split('?').next().unwrap_or(&self.target)
    }

    /// Another place on the same host.
    pub(crate) fn beside(&self, target: impl Into<String>) -> Self {
        Self { https: self.https, host: self.host.clone(), target: target.into() }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.https { "https" } else { "http" };
        write!(f, "{scheme}://{}{}", self.host, self.target)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_and_whole() {
        for (url, whole) in [
            ("https://a.test/x?y=1#z", "https://a.test/x?y=1"),
            ("http://A.test:80", "http://a.test/"),
            ("http://a.test?q", "http://a.test/?q"),
        ] {
            assert_eq!(Address::parse(url).unwrap().to_string(), whole);
        }
        assert_eq!(Address::parse("ftp://a.test/"), None);
        assert_eq!(Address::parse("http:///x"), None);
    }
}
