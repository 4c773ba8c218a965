//! Why the engine cannot go on.

use crate::article::TextsError;

/// A failure of ours; whatever stands in articles is none.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A text that is to be compared cannot be read. The article was not assigned.
    #[error("cannot read the text of article {article}")]
    Text {
        /// The older article.
        article: u64,
        /// What the store of texts said.
        #[source]
        source: TextsError,
    },
    /// More articles than can be numbered came since the engine was made: some four billion.
    #[error("the numbers of the story index are used up; rebuild it from the archive")]
    Spent,
    /// A checkpoint cannot be written or read.
    #[error("cannot {what} the checkpoint of the story index")]
    Checkpoint {
        /// `read` or `write`.
        what: &'static str,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// It is no checkpoint, or not one of this version, or damaged.
    #[error("the checkpoint of the story index cannot be used: {why}")]
    NoCheckpoint {
        /// What is wrong, and what to do.
        why: &'static str,
    },
}
