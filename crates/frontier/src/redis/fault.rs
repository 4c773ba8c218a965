//! What Redis says, as the frontier's errors.

use redis::{ErrorKind, RedisError, ServerErrorKind, Value};

use crate::Error;

/// Why a call did not do what was asked.
pub(super) enum Fault {
    /// The functions are not there, or are older than ours.
    NoLibrary,
    /// The clock is ahead of what we reckon.
    Clock,
    /// The answer never came: the call may have been carried out.
    Lost(RedisError),
    /// Anything else.
    Error(Error),
}

/// An answer, or what it says went wrong.
pub(super) fn answer(value: Value, url: &str) -> Result<Value, Fault> {
    match value {
        Value::ServerError(error) => Err(of(&RedisError::from(error), url)),
        value => Ok(value),
    }
}

/// What a failed call means.
pub(super) fn of(error: &RedisError, url: &str) -> Fault {
    let text = error.to_string();
    let detail = error.detail().unwrap_or_default();
    let url = url.to_owned();
    let source = error.clone();
    match error.code() {
        Some("NHCLOCK") => return Fault::Clock,
        Some("NHINIT") => return Fault::Error(Error::NotInitialised { url }),
        Some("NHPARTS") => {
            return Fault::Error(Error::Partitions { url, found: detail.to_owned() });
        }
        Some("NHLAYOUT") => return Fault::Error(Error::Layout { url, found: detail.to_owned() }),
        Some("NHSEALED") => return Fault::Error(Error::Sealed { url }),
        // Replicas are missing for a while, or a script of somebody else runs.
        Some("NOREPLICAS" | "BUSY") => return Fault::Error(Error::Unreachable { url, source }),
        Some("OOM" | "MISCONF") => return Fault::Error(Error::RedisFull { url, source }),
        Some("WRONGPASS" | "NOAUTH" | "NOPERM") => {
            return Fault::Error(Error::Denied { url, source });
        }
        _ => {}
    }
    if text.contains("Function not found") {
        return Fault::NoLibrary;
    }
    // So Redis 7.0 says that a script or function does what its user may not do.
    if text.contains("The user executing the script can't") {
        return Fault::Error(Error::Denied { url, source });
    }
    // An OOM inside a function is wrapped.
    if text.contains("OOM command not allowed") || text.contains("MISCONF") {
        return Fault::Error(Error::RedisFull { url, source });
    }
    match error.kind() {
        ErrorKind::AuthenticationFailed => Fault::Error(Error::Denied { url, source }),
        ErrorKind::Server(kind) if is_passing(kind) => {
            Fault::Error(Error::Unreachable { url, source })
        }
        ErrorKind::ClusterConnectionNotFound => Fault::Lost(source),
        _ if is_broken(error) => Fault::Lost(source),
        _ => Fault::Error(Error::Redis { url, source }),
    }
}

/// Whether a connection is of no use any more: it has ended, also in the middle of an answer, or an
/// answer is late and would be taken for that of the next call.
pub(super) fn is_broken(error: &RedisError) -> bool {
    use ErrorKind::{Io, Parse};
    matches!(error.kind(), Io | Parse) || error.is_timeout() || error.is_connection_dropped()
}

/// What passes by itself: a server that loads, a failover.
fn is_passing(kind: ServerErrorKind) -> bool {
    use ServerErrorKind::{Ask, BusyLoading, ClusterDown, MasterDown, Moved, ReadOnly, TryAgain};
    matches!(kind, Ask | BusyLoading | ClusterDown | MasterDown | Moved | ReadOnly | TryAgain)
}
