//! Our own failures.

use std::io;
use std::path::PathBuf;

/// Why the archive could not do what it was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The disk failed.
    #[error("cannot {operation} {path}")]
    Disk {
        /// What was being done.
        operation: &'static str,
        /// To which file or folder.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// The disk is full. Nothing of the snapshot is left in the segment.
    #[error("cannot {operation} {path}: the disk is full")]
    Full {
        /// What was being done.
        operation: &'static str,
        /// To which file.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// An earlier write could not be made durable: nothing can be promised until the next start.
    #[error("the archive is closed since a write failed ({0}); start again to recover it")]
    Poisoned(String),
    /// A record could not be compressed.
    #[error("cannot compress a record: {0}")]
    Compress(String),
    /// A file cannot be read as WARC.
    #[error(transparent)]
    Read(#[from] crate::read::ReadError),
    /// A line of a sidecar could not be put into JSON.
    #[error("cannot write an article as JSON")]
    Encode(#[source] serde_json::Error),
    /// A file of articles is damaged.
    #[error("{path} is damaged at byte {offset}: {what}; `newshound archive read` makes it anew")]
    Sidecar {
        /// The file.
        path: PathBuf,
        /// Where the group of lines begins in it.
        offset: u64,
        /// What is wrong.
        what: String,
    },
    /// A file of articles is in a format that came after this program.
    #[error(
        "{path} has format {found}, this program knows {known}: use a newer one, or `newshound \
         archive read --all`"
    )]
    NewerSidecar {
        /// The file.
        path: PathBuf,
        /// Its format.
        found: u32,
        /// The newest one that is known.
        known: u32,
    },
    /// What was found is damaged.
    #[error("{path} is damaged at byte {offset}: {what}")]
    Damaged {
        /// The file.
        path: PathBuf,
        /// Where.
        offset: u64,
        /// What is wrong.
        what: String,
    },
}

impl Error {
    pub(crate) fn disk(
        operation: &'static str,
        path: impl Into<PathBuf>,
        source: io::Error,
    ) -> Self {
        let path = path.into();
        match source.kind() {
            io::ErrorKind::StorageFull
            | io::ErrorKind::QuotaExceeded
            | io::ErrorKind::FileTooLarge => Self::Full { operation, path, source },
            _ => Self::Disk { operation, path, source },
        }
    }

    /// What failed and why, in one line.
    pub(crate) fn in_words(&self) -> String {
        match std::error::Error::source(self) {
            Some(source) => format!("{self}: {source}"),
            None => self.to_string(),
        }
    }

    /// Whether the disk is full: try again when there is space.
    pub fn is_full(&self) -> bool {
        matches!(self, Self::Full { .. })
    }
}
