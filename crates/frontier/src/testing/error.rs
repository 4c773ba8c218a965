//! What can go wrong before a test begins.

use std::io;
use std::time::Duration;

/// A server that could not be started, asked or steered.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A program is not installed.
    #[error("{program} is missing: run `{install}`")]
    Missing {
        /// What was looked for.
        program: &'static str,
        /// The command that installs it.
        install: &'static str,
    },
    /// The server ended by itself.
    #[error("{program} ended instead of serving; the end of its log:\n{log}")]
    Ended {
        /// The program that ended.
        program: &'static str,
        /// Its last words.
        log: String,
    },
    /// A condition did not come to hold.
    #[error("{what}: not within {limit:?}; last: {last}")]
    TooLate {
        /// What was waited for.
        what: String,
        /// How long it was waited for.
        limit: Duration,
        /// What was seen last, instead of it.
        last: String,
    },
    /// A server was asked that is not running.
    #[error("the server at port {port} is not running")]
    NotRunning {
        /// Its port.
        port: u16,
    },
    /// Every port of our range is taken.
    #[error("no free port between {first} and {last}")]
    NoPort {
        /// The first that was tried.
        first: u16,
        /// The last.
        last: u16,
    },
    /// The system refused.
    #[error("cannot {doing}")]
    Io {
        /// What was tried.
        doing: String,
        /// Why not.
        #[source]
        source: io::Error,
    },
    /// The server refused, or could not be reached.
    #[error("cannot {doing}: {source}")]
    Redis {
        /// What was tried.
        doing: String,
        /// Why not.
        #[source]
        source: redis::RedisError,
    },
    /// A certificate could not be made.
    #[error("cannot make a certificate")]
    Certificate(#[from] rcgen::Error),
}

/// Results of this module.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// For `map_err`: says what was tried.
pub(super) fn io(doing: impl Into<String>) -> impl FnOnce(io::Error) -> Error {
    |source| Error::Io { doing: doing.into(), source }
}

/// For `map_err`: says what was tried.
pub(super) fn redis(doing: impl Into<String>) -> impl FnOnce(redis::RedisError) -> Error {
    |source| Error::Redis { doing: doing.into(), source }
}
