//! What can be wrong with a WARC file, and where.

use std::io;
use std::path::PathBuf;

/// Why a file cannot be read as WARC at all.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// The file cannot be opened or positioned.
    #[error("cannot open {path}")]
    Open {
        /// The file.
        path: PathBuf,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// The file is neither gzip nor plain WARC.
    #[error("{path} is no WARC file: it begins with {found}")]
    NotWarc {
        /// The file.
        path: PathBuf,
        /// Its first bytes, printable, or the name of the format that they belong to.
        found: String,
    },
}

/// One damage of a WARC file.
#[derive(Debug, thiserror::Error)]
#[error("at byte {offset}: {kind}")]
pub struct Damage {
    /// Where the damaged record, or the bytes that are no record, begin in the file.
    pub offset: u64,
    /// What is wrong there.
    pub kind: DamageKind,
}

/// What is wrong at a place of a WARC file.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DamageKind {
    /// The file ends inside a record, and nothing whole follows.
    #[error("the file ends inside a record")]
    Torn,
    /// Bytes that belong to no record.
    #[error("{bytes} bytes {} belong to no record", if *at_end { "at the end" } else { "here" })]
    Garbage {
        /// How many, up to the next record or the end of the file.
        bytes: u64,
        /// Whether they are the last bytes of the file.
        at_end: bool,
    },
    /// A gzip member that cannot be unpacked.
    #[error("the gzip member is corrupt ({0})")]
    Corrupt(&'static str),
    /// What was unpacked has another CRC-32 than the member's trailer says (RFC 1952, 2.3.1).
    #[error("the gzip member's checksum is wrong")]
    Checksum,
    /// What was unpacked has another length than the member's trailer says (RFC 1952, 2.3.1).
    #[error("the gzip member's length field is wrong")]
    MemberLength,
    /// More than one record in one gzip member: no reader can go to the second one (WARC 1.1,
    /// annex D.2).
    #[error("the gzip member holds more than one record")]
    SeveralRecords,
    /// A member in which there is nothing.
    #[error("the gzip member is empty")]
    EmptyMember,
    /// The header cannot be read.
    #[error("the record's header is wrong: {0}")]
    Header(String),
    /// `Content-Length` says more or fewer bytes than there are.
    #[error("Content-Length says {said} bytes, there are {found}")]
    Length {
        /// What the header says.
        said: u64,
        /// Bytes between the header and the record's end.
        found: u64,
    },
    /// Two CRLF must follow the block (WARC 1.1, section 4).
    #[error("the record does not end with two CRLF where Content-Length puts its end")]
    End,
    /// The disk does not give the bytes.
    #[error("the file cannot be read")]
    Unreadable(#[source] io::Error),
}

impl From<io::Error> for DamageKind {
    fn from(error: io::Error) -> Self {
        Self::Unreadable(error)
    }
}
