//! Where articles go once their snapshot is appended to the archive.

use archive::Receipt;
use crawl::{CanonicalUrl, Labels, UnixMicros};

use super::ReadOutcome;
use super::seen::Seen;

/// A page that was stored, and what was read of it.
#[derive(Clone, Copy, Debug)]
pub struct ReadSnapshot<'a> {
    /// Its URL.
    pub url: &'a CanonicalUrl,
    /// When its request began, on the worker's wall clock: the date of its record.
    pub at: UnixMicros,
    /// The place of its snapshot in the archive.
    pub receipt: &'a Receipt,
    /// The words of its metadata record.
    pub flags: &'a [String],
    /// Further fields of it.
    pub fields: &'a [(String, String)],
    /// What the seeds say of its outlet.
    pub labels: &'a Labels,
    pub(crate) seen: Seen,
    /// What was read; nothing where no reader was asked.
    pub read: Option<&'a ReadOutcome>,
}

/// Keeps articles. It is called for every response to the request for a page, and must not wait.
pub trait Articles: Send + Sync {
    /// Keeps what was read of a page.
    fn keep(&self, snapshot: &ReadSnapshot<'_>);

    /// Writes what has waited long. It is called now and then, for as long as the crawl lasts.
    fn flush_old(&self) {}

    /// Writes all that waits.
    fn flush(&self) {}

    /// How many could not be kept: they can be made up from the archive.
    fn lost(&self) -> u64 {
        0
    }
}

/// Keeps nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoArticles;

impl Articles for NoArticles {
    fn keep(&self, _snapshot: &ReadSnapshot<'_>) {}
}
