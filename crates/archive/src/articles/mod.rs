//! Articles beside the archive: a sidecar for each segment, so that no page has to be read twice.
//!
//! `DIR/archive/NAME.warc.gz` has its articles in `DIR/articles/NAME.jsonl.zst`: a header, then a
//! line of JSON for each answer that was asked for as a page. What an article is, is not known
//! here. Lines are written in groups, each a whole zstd frame: a file can be read while it grows,
//! and a torn end costs the last group. Nothing waits for the disk, since all of it can be made
//! again from the segment; which snapshots have no line is found by comparing the two.
//!
//! `docs/articles.md` describes the format.
//!
//! # Layout
//! - [`mod@line`]: one line, and the header
//! - `group`: lines as bytes: a head that tells what follows, and a zstd frame
//! - `writer`: a sidecar that grows
//! - [`reader`]: reads one sidecar
//! - [`folder`]: the articles of data directories, in the order of their segments
//! - [`keeper`]: takes the lines of a crawl
//! - [`filling`]: makes up what is missing
//! - `mend`: what a crash left

pub mod filling;
pub mod folder;
mod group;
pub mod keeper;
pub mod line;
mod mend;
pub mod reader;
mod writer;

#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};

pub use filling::{Filled, Filling};
pub use folder::{Filter, Folders, line_of, sidecars};
pub use keeper::{Keeper, Kept};
pub use line::{Found, Header, Line};
pub use reader::{Figures, Reader};

pub(crate) use mend::{Became, mend};

/// Where the articles of a segment are: in `articles/` beside the `archive/` that holds it; beside
/// a segment in any other folder, in `articles/` there.
pub fn sidecar_of(segment: &Path) -> PathBuf {
    let name = segment.file_name().unwrap_or_default().to_string_lossy();
    let stem = name.strip_suffix(".warc.gz").or_else(|| name.strip_suffix(".warc"));
    let folder = crate::disk::parent_of(segment);
    let is_archive = folder.file_name().is_some_and(|name| name == "archive");
    let root = if is_archive { crate::disk::parent_of(folder) } else { folder };
    root.join("articles").join(format!("{}.jsonl.zst", stem.unwrap_or(&name)))
}
