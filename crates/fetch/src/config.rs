//! Limits, allowed networks, extra certificates.

use std::net::SocketAddr;
use std::time::Duration;

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
    pub lookup: Duration,
    /// For a connection with its TLS handshake.
    pub connect: Duration,
    /// From the start to the end of the response's head; lookup and connecting count.
    pub first_byte: Duration,
    /// From the start to the end of the body.
    pub total: Duration,
    /// A body that comes slower than this many bytes a second is cut and marked.
    pub rate_bytes_per_s_min: u64,
    /// For so long a body may be slower.
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
