//! The real web: HTTP/1.1 over TCP and TLS.

mod body;
mod cause;
mod head;
mod pin;
mod session;
mod tls;

use std::path::PathBuf;
use std::sync::Arc;

use crawl::{Clock, HostKey, Identity};
use http::HeaderValue;

pub use self::session::HttpSession;
use crate::{Config, ConfigError, Guard, Resolver, Web};

/// Our own failure to get ready. What the web does is never one.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The configuration contradicts itself.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The user agent cannot stand in a header line.
    #[error("the user agent {0:?} cannot be sent")]
    UserAgent(String),
    /// A file of extra root certificates cannot be used.
    #[error("cannot use the certificates in {path}: {reason}; give a PEM file with --tls-ca")]
    CaFile {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// A root certificate is none.
    #[error("extra root certificate {index}: {source}")]
    Root {
        /// Its place in [`Config::tls_roots_extra`], from 0.
        index: usize,
        /// What is wrong with it.
        source: rustls::Error,
    },
    /// TLS cannot be set up.
    #[error("cannot set up TLS")]
    Tls(#[source] rustls::Error),
    /// The HTTP client cannot be set up.
    #[error("cannot set up the HTTP client")]
    Client(#[source] reqwest::Error),
}

/// The web as it is.
#[derive(Clone)]
pub struct HttpWeb {
    shared: Arc<Shared>,
}

/// What all sessions have in common.
struct Shared {
    config: Config,
    guard: Guard,
    user_agent: HeaderValue,
    tls: rustls::ClientConfig,
    clock: Arc<dyn Clock>,
    resolver: Box<dyn Resolver>,
}

impl HttpWeb {
    /// Gets everything ready that sessions share; nothing is sent.
    pub fn new(
        config: &Config,
        identity: &Identity,
        clock: Arc<dyn Clock>,
        resolver: impl Resolver,
    ) -> Result<Self, Error> {
        config.check()?;
        let user_agent = HeaderValue::from_str(identity.user_agent())
            .map_err(|_| Error::UserAgent(identity.user_agent().to_owned()))?;
        let tls = tls::client_config(config)?;
        let guard = config.guard();
        let resolver = Box::new(resolver);
        let config = config.clone();
        let shared = Shared { config, guard, user_agent, tls, clock, resolver };
        // Once here, so that it cannot fail later.
        session::builder(&shared).build().map_err(Error::Client)?;
        Ok(Self { shared: Arc::new(shared) })
    }
}

impl Web for HttpWeb {
    type Session = HttpSession;

    fn open(&self, host: &HostKey) -> HttpSession {
        HttpSession::new(Arc::clone(&self.shared), host.clone())
    }
}

#[cfg(test)]
mod tests;
