//! Keeps snapshots as WARC 1.1 files, and proves from them that a crawl was polite.
//!
//! What it is: the writer (an attempt becomes its records, and they are on the disk when
//! [`Archive::durable`] says so), the recovery after a crash, the index of what is kept, the reader
//! that sees every damage, and the audit.
//!
//! What it is not: it fetches nothing and decides nothing; it takes values and keeps them.
//!
//! # Layout
//! - [`store`]: the archive: where snapshots go, and when they are safe
//! - [`snapshot`]: one attempt as its records
//! - [`attempt`]: the metadata record
//! - `http`, `record`: the bytes of a message, of a record
//! - `segment`, `commit`: one file being written; one thread that brings it to the disk
//! - [`recovery`]: what a crash left
//! - [`mod@find`], `index`: what is kept of a URL
//! - [`snapshots`]: all that a segment keeps
//! - [`articles`]: what was read of it, in files beside it
//! - [`disk`]: the seam to the disk
//! - [`read`]: reads WARC files to the last byte
//! - [`audit`]: judges archives
//! - [`error`]: our own failures

pub mod articles;
pub mod attempt;
pub mod audit;
mod commit;
pub mod disk;
pub mod error;
pub mod find;
mod http;
mod index;
pub mod read;
mod record;
pub mod recovery;
mod segment;
pub mod snapshot;
pub mod snapshots;
pub mod store;
#[cfg(test)]
mod testing;

pub use attempt::{Attempt, AttemptError, Purpose};
pub use commit::SyncBy;
pub use disk::{Disk, RealDisk, SegmentFile};
pub use error::Error;
pub use find::{Kept, Location, find, is_open, load, segments};
pub use recovery::{Recovered, recover};
pub use snapshot::{RevisitKind, RevisitOf, Snapshot, StoredResponse, Truncated};
pub use snapshots::Snapshots;
pub use store::{About, Archive, Config, Opening, Receipt, Summary};

/// The digest of a payload as WARC writes it: `sha1:BASE32`.
pub fn payload_digest(payload: &[u8]) -> String {
    record::digest(payload)
}
