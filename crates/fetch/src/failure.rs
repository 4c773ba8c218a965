//! The ways in which an exchange ends without a response.

use std::fmt;

/// Why there is no response. [`Failure::kind`] is for counters, the text for people.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Failure {
    /// The session belongs to another host: the request would leave without a lease.
    #[error("the session was opened for {0}")]
    WrongHost(String),
    /// No request can be made of the URL.
    #[error("no request can be made of it: {0}")]
    BadUrl(String),
    /// The host, or all that its name stands for, is not public and not allowed.
    #[error("{0}")]
    AddressForbidden(String),
    /// The name was not found.
    #[error("the name was not found: {0}")]
    Dns(String),
    /// No connection was made.
    #[error("no connection: {0}")]
    Connect(String),
    /// The TLS handshake failed; most often for the certificate.
    #[error("TLS: {0}")]
    Tls(String),
    /// A limit on time passed before the head of a response was there.
    #[error("the time limit passed: {0}")]
    Timeout(Phase),
    /// The connection broke before the head of a response was there.
    #[error("the connection broke: {0}")]
    Disconnect(String),
    /// The head of the response is larger than the limits.
    #[error("the head of the response is too large: {0}")]
    HeadersTooLarge(String),
    /// What came is not HTTP.
    #[error("not a valid response: {0}")]
    BadResponse(String),
}

/// What an exchange was busy with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Phase {
    /// Looking the name up.
    Lookup,
    /// Connecting, the TLS handshake included.
    Connect,
    /// Waiting for the head of the response.
    FirstByte,
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Lookup => "looking the name up",
            Self::Connect => "connecting",
            Self::FirstByte => "waiting for the first byte",
        })
    }
}

impl Failure {
    /// A short stable word for counters and records.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::WrongHost(_) => "wrong-host",
            Self::BadUrl(_) => "bad-url",
            Self::AddressForbidden(_) => "address-forbidden",
            Self::Dns(_) => "dns",
            Self::Connect(_) => "connect",
            Self::Tls(_) => "tls",
            Self::Timeout(_) => "timeout",
            Self::Disconnect(_) => "disconnect",
            Self::HeadersTooLarge(_) => "headers-too-large",
            Self::BadResponse(_) => "bad-response",
        }
    }

    /// Whether a later attempt may go better without anybody changing anything.
    pub fn is_transient(&self) -> bool {
        matches!(self, Self::Dns(_) | Self::Connect(_) | Self::Timeout(_) | Self::Disconnect(_))
    }

    /// Whether the same host may well answer to `http` when this was `https`.
    pub fn may_be_https_only(&self) -> bool {
        matches!(
            self,
            Self::Connect(_) | Self::Tls(_) | Self::Timeout(Phase::Connect) | Self::Disconnect(_)
        )
    }
}
