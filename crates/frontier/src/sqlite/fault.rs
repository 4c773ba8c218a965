//! What can go wrong inside a transaction, before it is known which call it was.

use std::path::Path;

use rusqlite::ErrorCode;

use crate::Error;

/// A failure without its place.
#[derive(Debug)]
pub(super) enum Fault {
    /// The database said so.
    Sql(rusqlite::Error),
    /// Stored text that is not what we write.
    Damaged { what: &'static str, reason: String },
    /// A refusal of the contract.
    Refused(Error),
    /// The transaction was undone as a whole, by the failure of another call.
    Undone,
}

impl From<rusqlite::Error> for Fault {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sql(error)
    }
}

impl Fault {
    pub(super) fn damaged(what: &'static str, reason: &impl ToString) -> Self {
        Self::Damaged { what, reason: reason.to_string() }
    }

    /// The same failure once more, for another call that it hit. Only the database's own failures
    /// hit several calls; others keep their text.
    pub(super) fn again(&self) -> Self {
        match self {
            Self::Sql(rusqlite::Error::SqliteFailure(code, text)) => {
                Self::Sql(rusqlite::Error::SqliteFailure(*code, text.clone()))
            }
            Self::Undone => Self::Undone,
            other => Self::damaged("transaction", &format!("{other:?}")),
        }
    }

    /// The failure of a call.
    pub(super) fn at(self, operation: &'static str, path: &Path) -> Error {
        let path = path.to_owned();
        match self {
            Self::Sql(source) => match source.sqlite_error_code() {
                Some(ErrorCode::DiskFull) => Error::Full { operation, path, source },
                Some(ErrorCode::NotADatabase) => Error::Foreign { path },
                _ => Error::Storage { operation, path, source },
            },
            Self::Damaged { what, reason } => Error::Damaged { path, what, reason },
            Self::Refused(error) => error,
            Self::Undone => Error::Damaged {
                path,
                what: "transaction",
                reason: "it was undone by the failure of another call".into(),
            },
        }
    }
}
