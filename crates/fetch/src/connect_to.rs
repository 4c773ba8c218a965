//! Rules that send the requests for a host to another address: `HOST-GLOB[:80|:443]=ADDR:PORT`.
//!
//! `Host` field and TLS name stay those of the URL. A rule holds for URLs without an explicit port.

use std::fmt;
use std::net::SocketAddr;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// One rule. The first that matches is taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ConnectTo {
    host_glob: String,
    port: Option<u16>,
    target: SocketAddr,
}

/// What is wrong with a rule.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{rule:?} is no rule like '*.test:443=127.0.0.1:8443': {reason}")]
pub struct ConnectToError {
    rule: String,
    reason: &'static str,
}

impl ConnectTo {
    /// Where the rule leads.
    pub fn target(&self) -> SocketAddr {
        self.target
    }

    /// Whether the rule holds for a host and the default port of its scheme (80 or 443).
    pub fn matches(&self, host: &str, port: u16) -> bool {
        self.port.is_none_or(|own| own == port)
            && is_glob_match(self.host_glob.as_bytes(), host.as_bytes())
    }
}

impl FromStr for ConnectTo {
    type Err = ConnectToError;

    fn from_str(rule: &str) -> Result<Self, ConnectToError> {
        let wrong = |reason| ConnectToError { rule: rule.to_owned(), reason };
        let (from, to) = rule.trim().split_once('=').ok_or(wrong("there is no '=' in it"))?;
        let target = to.trim().parse().map_err(|_| {
            wrong("after '=' stands an IP address with a port, like 127.0.0.1:8080 or [::1]:8080")
        })?;
        let (glob, port) = match from.trim().rsplit_once(':') {
            None => (from.trim(), None),
            Some((glob, "80")) => (glob, Some(80)),
            Some((glob, "443")) => (glob, Some(443)),
            Some(_) => return Err(wrong("the port of the host is 80, 443 or none")),
        };
        if glob.is_empty()
            || !glob.bytes().all(|b| b.is_ascii_alphanumeric() || b"*.-_".contains(&b))
        {
            return Err(wrong(
                "a host is letters, digits, '-', '.' and '*' (international: xn--…)",
            ));
        }
        Ok(Self { host_glob: glob.to_ascii_lowercase(), port, target })
    }
}

impl TryFrom<String> for ConnectTo {
    type Error = ConnectToError;

    fn try_from(rule: String) -> Result<Self, ConnectToError> {
        rule.parse()
    }
}

impl From<ConnectTo> for String {
    fn from(rule: ConnectTo) -> Self {
        rule.to_string()
    }
}

impl fmt::Display for ConnectTo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.host_glob)?;
        if let Some(port) = self.port {
            write!(f, ":{port}")?;
        }
        write!(f, "={}", self.target)
    }
}

/// `*` stands for any run of characters, dots included. Goes back to the last star only, so that
/// its time is bounded by the product of both lengths.
fn is_glob_match(glob: &[u8], text: &[u8]) -> bool {
    let (mut g, mut t) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while t < text.len() {
        if glob.get(g) == Some(&b'*') {
            star = Some((g, t));
            g += 1;
        } else if glob.get(g) == Some(&text[t]) {
            g += 1;
            t += 1;
        } else if let Some((star_g, star_t)) = star {
            g = star_g + 1;
            t = star_t + 1;
            star = Some((star_g, t));
        } else {
            return false;
        }
    }
    glob[g..].iter().all(|&b| b == b'*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_that_match() {
        for (rule, host, port, matches) in [
            ("*=127.0.0.1:1", "a.test", 80, true),
            ("*.test=127.0.0.1:1", "a.b.test", 443, true),
            ("*.test=127.0.0.1:1", "test", 443, false),
            ("*.TEST:443=127.0.0.1:1", "a.test", 443, true),
            ("*.test:443=127.0.0.1:1", "a.test", 80, false),
            ("outlet-*.test:80=[::1]:1", "outlet-001.test", 80, true),
            ("a*b*c=127.0.0.1:1", "axbxbyc", 80, true),
            ("a*b*c=127.0.0.1:1", "axbxby", 80, false),
            ("a.test=127.0.0.1:1", "a.test.evil", 80, false),
            ("**=127.0.0.1:1", "x", 80, true),
        ] {
            let parsed: ConnectTo = rule.parse().unwrap();
            assert_eq!(parsed.matches(host, port), matches, "{rule} {host}:{port}");
        }
    }

    #[test]
    fn what_is_no_rule_says_why() {
        for (rule, reason) in [
            ("a.test", "no '='"),
            ("a.test=127.0.0.1", "with a port"),
            ("a.test=localhost:80", "IP address"),
            ("a.test:8080=127.0.0.1:80", "80, 443 or none"),
            ("=127.0.0.1:80", "a host is"),
            ("bü.test=127.0.0.1:80", "xn--"),
        ] {
            let error = rule.parse::<ConnectTo>().unwrap_err().to_string();
            assert!(error.contains(reason) && error.contains(rule), "{error}");
        }
    }

    #[test]
    fn it_is_written_as_it_is_read() {
        for rule in ["*.test:443=127.0.0.1:8443", "a.test=[::1]:80"] {
            assert_eq!(rule.parse::<ConnectTo>().unwrap().to_string(), rule);
        }
    }
}
