//! Our own failures.

use std::path::{Path, PathBuf};

use rusqlite::ErrorCode;

/// Why stories could not be kept or read. A batch that fails has changed nothing.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// There are no stories yet.
    #[error("there are no stories in {path}")]
    Missing {
        /// Where they were looked for.
        path: PathBuf,
    },
    /// The file is not a store of stories.
    #[error("{path} holds no stories of newshound, or is damaged; {REMEDY}")]
    Foreign {
        /// The file.
        path: PathBuf,
    },
    /// The file was written by a newer version of this program.
    #[error(
        "{path} has version {found}, this program knows versions up to {supported}: use a newer \
         newshound, or {REMEDY}"
    )]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its version.
        found: u32,
        /// The newest version that is understood.
        supported: u32,
    },
    /// The disk is full.
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
    /// What is stored cannot be read.
    #[error("{path} is damaged ({what}); {REMEDY}")]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        what: String,
    },
    /// The engine cannot go on.
    #[error("the stories in {path} cannot go on; {REMEDY}")]
    Engine {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: crate::Error,
    },
    /// The engine panicked on a document that it had taken before.
    #[error("the stories in {path} cannot go on: the comparison of {url} has panicked; {REMEDY}")]
    Panicked {
        /// The file.
        path: PathBuf,
        /// The document's URL.
        url: String,
    },
    /// After a restart a document came into another story than before: the file was changed by
    /// somebody else, or written by a program that compares otherwise.
    #[error("document {document} of {path} does not come into its story again; {REMEDY}")]
    Diverged {
        /// The file.
        path: PathBuf,
        /// The first such document.
        document: u64,
    },
}

/// What helps where the file is of no use.
const REMEDY: &str = "`newshound stories rebuild` makes it anew from the archive";

impl Error {
    /// Whether the disk is full: it may work again later.
    pub fn is_full(&self) -> bool {
        matches!(self, Self::Full { .. })
    }

    /// Whether the file itself is of no use, so that trying again does not help.
    pub fn is_lasting(&self) -> bool {
        matches!(
            self,
            Self::Foreign { .. }
                | Self::Newer { .. }
                | Self::Damaged { .. }
                | Self::Engine { .. }
                | Self::Panicked { .. }
                | Self::Diverged { .. }
        )
    }
}

/// A failure without its place.
#[derive(Debug)]
pub(super) enum Fault {
    /// The database said so.
    Sql(rusqlite::Error),
    /// Stored bytes that are not what we write.
    Damaged(String),
    /// The engine said so.
    Engine(crate::Error),
    /// The engine panicked on the article at this place of its batch.
    Panicked {
        /// From 0.
        place: usize,
        /// The article's URL.
        url: String,
    },
    /// A replayed document came into another story.
    Diverged(u64),
}

impl From<rusqlite::Error> for Fault {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sql(error)
    }
}

impl From<crate::Error> for Fault {
    fn from(error: crate::Error) -> Self {
        match error {
            // Not the engine's: its store of texts is ours.
            crate::Error::Text { source, article } => match source.downcast::<rusqlite::Error>() {
                Ok(sql) => Self::Sql(*sql),
                Err(source) => Self::Damaged(format!("the text of document {article}: {source}")),
            },
            error => Self::Engine(error),
        }
    }
}

impl Fault {
    pub(super) fn damaged(what: impl std::fmt::Display) -> Self {
        Self::Damaged(what.to_string())
    }

    /// The failure of an operation on a file.
    pub(super) fn at(self, operation: &'static str, path: &Path) -> Error {
        let path = path.to_owned();
        match self {
            Self::Sql(source) => match source.sqlite_error_code() {
                Some(ErrorCode::DiskFull) => Error::Full { operation, path, source },
                Some(ErrorCode::NotADatabase) => Error::Foreign { path },
                Some(ErrorCode::DatabaseCorrupt) => {
                    Error::Damaged { path, what: source.to_string() }
                }
                _ => Error::Storage { operation, path, source },
            },
            Self::Damaged(what) => Error::Damaged { path, what },
            Self::Engine(source) => Error::Engine { path, source },
            Self::Panicked { url, .. } => Error::Panicked { path, url },
            Self::Diverged(document) => Error::Diverged { path, document },
        }
    }
}
