//! Limits, allowed networks, extra certificates.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use crawl::duration;
use ipnet::IpNet;
use serde::{Deserialize, Serialize};

use crate::{ConnectTo, Guard};

/// How exchanges are made. All keys are optional in a config file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// What is accepted of one response.
    pub limits: Limits,
    /// Networks that requests may go to although they are not public.
    pub allow_networks: Vec<IpNet>,
    /// Hosts whose requests go to another address; the first rule that matches is taken.
    pub connect_to: Vec<ConnectTo>,
    /// PEM files with certificates that are trusted beside the bundled ones.
    pub tls_ca: Vec<PathBuf>,
    /// Root certificates (DER) that are trusted beside the bundled ones.
    #[serde(skip)]
    pub tls_roots_extra: Vec<Vec<u8>>,
}

/// What is accepted of one response, and how long it may take.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Bytes of all header lines together. HTTP parsing itself ends at about 400 KiB.
    pub header_bytes_max: u64,
    /// Header lines.
    pub headers_max: usize,
    /// Bytes of a body as received; what is longer is cut and marked.
    pub body_bytes_max: u64,
    /// Bytes of a body once decoded.
    pub decoded_bytes_max: u64,
    /// For the lookup of a name.
    #[serde(with = "duration::text")]
    pub lookup: Duration,
    /// For a connection with its TLS handshake.
    #[serde(with = "duration::text")]
    pub connect: Duration,
    /// From the start to the end of the response's head; lookup and connecting count.
    #[serde(with = "duration::text")]
    pub first_byte: Duration,
    /// From the start to the end of the body.
    #[serde(with = "duration::text")]
    pub total: Duration,
    /// A body that comes slower than this many bytes a second is cut and marked.
    pub rate_bytes_per_s_min: u64,
    /// For so long a body may be slower.
    #[serde(with = "duration::text")]
    pub rate_grace: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            header_bytes_max: 256 * 1024,
            headers_max: 400,
            body_bytes_max: 10 * 1024 * 1024,
            decoded_bytes_max: 50 * 1024 * 1024,
            lookup: Duration::from_secs(10),
            connect: Duration::from_secs(10),
            first_byte: Duration::from_secs(30),
            total: Duration::from_mins(1),
            rate_bytes_per_s_min: 1_000,
            rate_grace: Duration::from_secs(10),
        }
    }
}

/// A configuration that contradicts itself.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// A rule leads to an address that is not allowed.
    #[error("{rule} leads to {why}: add --allow-network {network}")]
    ForbiddenTarget {
        /// The rule as written.
        rule: String,
        /// The address, and what it is.
        why: String,
        /// What would open it.
        network: IpNet,
    },
    /// A limit that nothing could pass.
    #[error("the limit {0} must be greater than zero")]
    ZeroLimit(&'static str),
}

impl Config {
    /// Checks what the types cannot: rules lead to allowed addresses, limits let something pass.
    pub fn check(&self) -> Result<(), ConfigError> {
        self.limits.check()?;
        let guard = self.guard();
        for rule in &self.connect_to {
            guard.check(rule.target().ip()).map_err(|why| ConfigError::ForbiddenTarget {
                rule: rule.to_string(),
                why: why.to_string(),
                network: why.network(),
            })?;
        }
        Ok(())
    }

    /// The guard that this configuration asks for.
    pub fn guard(&self) -> Guard {
        Guard::new(self.allow_networks.clone())
    }

    /// Where a request without an explicit port goes instead of the host's own address.
    pub(crate) fn target(&self, host: &str, default_port: u16) -> Option<SocketAddr> {
        let rule = self.connect_to.iter().find(|rule| rule.matches(host, default_port));
        rule.map(ConnectTo::target)
    }
}

impl Limits {
    fn check(&self) -> Result<(), ConfigError> {
        let is_zero = [
            ("header_bytes_max", self.header_bytes_max == 0),
            ("headers_max", self.headers_max == 0),
            ("body_bytes_max", self.body_bytes_max == 0),
            ("decoded_bytes_max", self.decoded_bytes_max == 0),
            ("lookup", self.lookup.is_zero()),
            ("connect", self.connect.is_zero()),
            ("first_byte", self.first_byte.is_zero()),
            ("total", self.total.is_zero()),
        ];
        match is_zero.into_iter().find(|(_, is_zero)| *is_zero) {
            Some((name, _)) => Err(ConfigError::ZeroLimit(name)),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_into_a_private_network_names_the_remedy() {
        let rule: ConnectTo = "*.test:80=127.0.0.1:8080".parse().unwrap();
        let mut config = Config { connect_to: vec![rule], ..Config::default() };
        let error = config.check().unwrap_err().to_string();
        assert!(error.contains("*.test:80=127.0.0.1:8080"), "{error}");
        assert!(error.contains("add --allow-network 127.0.0.0/8"), "{error}");
        config.allow_networks.push("127.0.0.0/8".parse().unwrap());
        assert_eq!(config.check(), Ok(()));
    }

    #[test]
    fn a_limit_that_lets_nothing_pass_is_named() {
        let limits = Limits { total: Duration::ZERO, ..Limits::default() };
        let error = Config { limits, ..Config::default() }.check().unwrap_err();
        assert_eq!(error, ConfigError::ZeroLimit("total"));
        assert_eq!(Config::default().check(), Ok(()));
    }

    #[test]
    fn it_is_read_as_written_and_unknown_keys_are_refused() {
        let text = r#"{"allow_networks": ["10.0.0.0/8"], "connect_to": ["a.test=10.0.0.1:80"],
            "limits": {"total": "90s", "body_bytes_max": 5}}"#;
        let config: Config = serde_json::from_str(text).unwrap();
        assert_eq!(config.limits.total, Duration::from_secs(90));
        assert_eq!(config.target("a.test", 443), Some("10.0.0.1:80".parse().unwrap()));
        let again = serde_json::to_string(&config).unwrap();
        assert_eq!(serde_json::from_str::<Config>(&again).unwrap(), config);
        for wrong in [r#"{"limit": {}}"#, r#"{"limits": {"size": 1}}"#, r#"{"connect_to": ["x"]}"#]
        {
            assert!(serde_json::from_str::<Config>(wrong).is_err(), "{wrong}");
        }
    }
}
