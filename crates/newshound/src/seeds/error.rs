//! Why a whole file of seeds is not read.

use std::io;

/// Why a source cannot be read, or cannot be read further. Bad lines are no errors.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum ReadError {
    /// The file cannot be opened.
    #[error("cannot read the seed file {name}")]
    Open {
        name: String,
        #[source]
        source: io::Error,
    },
    /// Reading broke off.
    #[error("cannot read {name} after line {line}")]
    Read {
        name: String,
        line: u64,
        #[source]
        source: io::Error,
    },
    /// It is something else than text.
    #[error("{name} is {what}, not a list of seeds: {remedy}")]
    NotText { name: String, what: &'static str, remedy: &'static str },
    /// The columns of a CSV file are not named.
    #[error(
        "{name} has no usable header: line {line} is {found}, but the first line must name the \
            columns, one of them url, domain or seed; those known beside it are kind, country, \
            language, tags, delay, budget and scope. Put `domain,country,language,tags` or the \
            like before it, or call the file .txt if it has one seed a line"
    )]
    Header { name: String, line: u64, found: String },
    /// It is XML, but no OPML.
    #[error("{name} is no OPML: its first element is <{found}>; {remedy}")]
    Root { name: String, found: String, remedy: &'static str },
}

impl ReadError {
    /// Whether the wrong file was given (and not: the right one could not be read).
    pub(super) fn is_usage(&self) -> bool {
        !matches!(self, Self::Open { .. } | Self::Read { .. })
    }
}
