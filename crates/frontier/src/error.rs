//! Our own failures. What the web did is never one of them.

use std::path::PathBuf;

use crawl::{CanonicalUrl, HostKey};

/// What a call of the frontier gives.
pub type Result<T> = std::result::Result<T, Error>;

/// Why a frontier could not do what it was asked. A call that fails has changed nothing.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The lease is not, or no longer, in force: its deadline has passed, it was settled, or the
    /// host was leased again.
    #[error("lease {fence} of {host} is no longer in force")]
    StaleLease {
        /// The host that was leased.
        host: HostKey,
        /// The fence of the lease that was presented.
        fence: u64,
    },
    /// A verdict came with an entry for another URL than the one it is about.
    #[error("the verdict on a URL of {host} comes with an entry for {url}")]
    WrongEntry {
        /// The leased host.
        host: HostKey,
        /// The URL of the entry.
        url: CanonicalUrl,
    },
    /// The file was written by a newer version of this program.
    #[error(
        "{path} has version {found}, this program knows versions up to {supported}; use a newer \
         newshound"
    )]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its version.
        found: u32,
        /// The newest version that is understood.
        supported: u32,
    },
    /// There is no frontier yet.
    #[error("there is no frontier in {path}")]
    Missing {
        /// Where it was looked for.
        path: PathBuf,
    },
    /// The file is not a frontier.
    #[error("{path} is not a frontier of newshound")]
    Foreign {
        /// The file.
        path: PathBuf,
    },
    /// The disk, or the space that is allowed on it, is full.
    #[error("cannot {operation} in {path}: the disk is full")]
    Full {
        /// What was being done.
        operation: &'static str,
        /// The file.
        path: PathBuf,
        /// What the storage said.
        source: rusqlite::Error,
    },
    /// The storage failed.
    #[error("cannot {operation} in {path}")]
    Storage {
        /// What was being done.
        operation: &'static str,
        /// The file.
        path: PathBuf,
        /// What the storage said.
        source: rusqlite::Error,
    },
    /// The operating system failed around the storage.
    #[error("cannot {operation} {path}")]
    Io {
        /// What was being done.
        operation: &'static str,
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        source: std::io::Error,
    },
    /// What is stored cannot be read: the file is damaged, or not ours.
    #[error("{path} holds a {what} that cannot be read: {reason}")]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What could not be read.
        what: &'static str,
        /// Why.
        reason: String,
    },
    /// The URL of a frontier cannot be read.
    #[error("the URL of the frontier cannot be read: {reason}")]
    Address {
        /// Why.
        reason: String,
    },
    /// Redis does not answer, or is not able to for now.
    #[error("the frontier at {url} does not answer: {source}")]
    Unreachable {
        /// Where, without a password.
        url: String,
        /// What the client said.
        source: redis::RedisError,
    },
    /// Redis has no memory left, or its disk is full.
    #[error("the frontier at {url} is full ({source}); give Redis more memory or disk")]
    RedisFull {
        /// Where.
        url: String,
        /// What it said.
        source: redis::RedisError,
    },
    /// Redis does not let us in.
    #[error(
        "the frontier at {url} does not let us in ({source}); check user and password (in the \
         URL, NEWSHOUND_REDIS_PASSWORD or --password-file) and what the user may do"
    )]
    Denied {
        /// Where.
        url: String,
        /// What it said.
        source: redis::RedisError,
    },
    /// There is no frontier in this Redis yet.
    #[error(
        "there is no frontier at {url}; make one with newshound frontier init --frontier {url}"
    )]
    NotInitialised {
        /// Where.
        url: String,
    },
    /// The frontier has another number of partitions.
    #[error("the frontier at {url} has {found}; a worker takes the number from the frontier")]
    Partitions {
        /// Where.
        url: String,
        /// What there is.
        found: String,
    },
    /// The frontier was written by another version of this program.
    #[error(
        "the frontier at {url} has another layout ({found}): use the newshound that made it, or \
         move it with newshound frontier export and import"
    )]
    Layout {
        /// Where.
        url: String,
        /// What there is.
        found: String,
    },
    /// The crawl is being written out, and may not change meanwhile.
    #[error("the frontier at {url} is sealed while it is exported")]
    Sealed {
        /// Where.
        url: String,
    },
    /// The server is not one that a frontier may be kept in.
    #[error("the server at {url} will not do: {reason}")]
    Unsuited {
        /// Where.
        url: String,
        /// Why, and what to do about it.
        reason: String,
    },
    /// Redis refused a call.
    #[error("the frontier at {url} refused a call: {source}")]
    Redis {
        /// Where.
        url: String,
        /// What it said.
        source: redis::RedisError,
    },
    /// Redis gave an answer that cannot be read, or holds what cannot be read.
    #[error("the frontier at {url} holds a {what} that cannot be read: {reason}")]
    Unreadable {
        /// Where.
        url: String,
        /// What could not be read.
        what: &'static str,
        /// Why.
        reason: String,
    },
    /// A record that is to be loaded is not in order, or cannot be kept here.
    #[error("a record cannot be taken in: {reason}")]
    Record {
        /// Why.
        reason: String,
    },
    /// The frontier was closed, or its thread has ended.
    #[error("the frontier in {path} is closed{}", panic_text(.panic.as_ref()))]
    Closed {
        /// The file.
        path: PathBuf,
        /// The panic that ended its thread, when there was one.
        panic: Option<String>,
    },
}

impl Error {
    /// Whether the lease that was presented is no longer in force.
    pub fn is_stale(&self) -> bool {
        matches!(self, Self::StaleLease { .. })
    }

    /// Whether there is no space left: wait for space, nothing is lost.
    pub fn is_full(&self) -> bool {
        match self {
            Self::Full { .. } | Self::RedisFull { .. } => true,
            Self::Io { source, .. } => matches!(
                source.kind(),
                std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded
            ),
            _ => false,
        }
    }

    /// Whether it is the store of a fleet that has no space left, not a disk of this machine.
    pub fn is_store_full(&self) -> bool {
        matches!(self, Self::RedisFull { .. })
    }

    /// Whether the same call may succeed later, with nothing repaired by hand but space.
    pub fn is_transient(&self) -> bool {
        use rusqlite::ErrorCode::{DatabaseBusy, DatabaseLocked, OperationInterrupted};
        match self {
            Self::Storage { source, .. } => matches!(
                source.sqlite_error_code(),
                Some(DatabaseBusy | DatabaseLocked | OperationInterrupted)
            ),
            Self::Unreachable { .. } | Self::Sealed { .. } => true,
            _ => self.is_full(),
        }
    }
}

fn panic_text(panic: Option<&String>) -> String {
    panic.map(|text| format!(": its thread panicked ({text})")).unwrap_or_default()
}
