//! Articles go beside the archive.

use archive::articles::{Keeper, Line};
use extract::Article;

use super::VERSION;
use super::kept::{Articles, ReadSnapshot};
use super::seen::marked;

/// Keeps articles in the sidecars of their segments.
#[derive(Debug)]
pub struct BesideArchive(Keeper);

impl BesideArchive {
    /// Keeps them there.
    pub fn new(keeper: Keeper) -> Self {
        Self(keeper)
    }

    /// Keeps what was read of a page; gives the line that it came to.
    pub(crate) fn keep_line(&self, snapshot: &ReadSnapshot<'_>) -> Option<Line<Article>> {
        let marked = marked(snapshot.flags, snapshot.fields);
        let found = marked.or_else(|| snapshot.seen.found(snapshot.read.cloned()))?;
        let line = Line {
            record: snapshot.receipt.record.clone()?,
            url: snapshot.url.to_string(),
            fetched: snapshot.at,
            offset: snapshot.receipt.offset,
            digest: snapshot.receipt.payload_digest.clone(),
            reader: VERSION,
            noarchive: snapshot.flags.iter().any(|flag| flag == "noarchive"),
            found,
        };
        if let Err(error) = self.0.put(snapshot.receipt.clone(), &line) {
            tracing::error!(url = %snapshot.url, %error, "an article is not kept");
        }
        Some(line)
    }
}

impl Articles for BesideArchive {
    fn keep(&self, snapshot: &ReadSnapshot<'_>) {
        self.keep_line(snapshot);
    }

    fn flush_old(&self) {
        self.0.flush_old();
    }

    fn flush(&self) {
        self.0.flush_all();
    }

    fn lost(&self) -> u64 {
        self.0.kept().lost
    }
}
