//! Finding what is kept of a URL, beside a crawl that may be running.

use std::path::{Path, PathBuf};

use crawl::{Fingerprint, UnixMicros};

use crate::disk::{Disk as _, RealDisk};
use crate::read::{Reader, Record, RecordType};
use crate::recovery::{scan, unreadable};
use crate::segment::marker_of;
use crate::{Attempt, Error, index};

/// Where a snapshot begins.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Location {
    /// When it was made.
    pub date: UnixMicros,
    /// The segment.
    pub segment: PathBuf,
    /// The offset of its first record.
    pub offset: u64,
}

/// A snapshot as it is kept.
#[derive(Debug)]
pub struct Kept {
    /// Where.
    pub location: Location,
    /// The request record.
    pub request: Option<Record>,
    /// The response or revisit record.
    pub response: Option<Record>,
    /// The metadata record.
    pub attempt: Option<Attempt>,
}

/// All snapshots of a URL in an archive folder, the oldest first.
pub fn find(folder: &Path, url: &str) -> Result<Vec<Location>, Error> {
    let fingerprint = Fingerprint::of(url);
    let mut found = Vec::new();
    for segment in segments(folder)? {
        for row in rows(&segment, fingerprint)? {
            let location =
                Location { date: row.date, segment: segment.clone(), offset: row.offset };
            if is_of(&location, url)? {
                found.push(location);
            }
        }
    }
    found.sort();
    Ok(found)
}

/// The segments of an archive folder, sorted by name.
pub fn segments(folder: &Path) -> Result<Vec<PathBuf>, Error> {
    let failed = |e| Error::disk("list", folder, e);
    let mut segments = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        if path.to_string_lossy().ends_with(".warc.gz") {
            segments.push(path);
        }
    }
    segments.sort();
    Ok(segments)
}

/// Whether a segment is written to, or was when its crawl died.
pub fn is_open(segment: &Path) -> bool {
    marker_of(segment).exists()
}

/// By the index where there is a right one, else by reading the segment.
fn rows(segment: &Path, url: Fingerprint) -> Result<Vec<index::Row>, Error> {
    let bytes = std::fs::metadata(segment).map_err(|e| Error::disk("read", segment, e))?.len();
    let index_path = index::path_of(segment);
    if let Ok(Some(rows)) = index::lookup(&index_path, bytes, url) {
        return Ok(rows);
    }
    // Asked before reading: one that is sealed meanwhile has been read only in part.
    let is_sealed = !marker_of(segment).exists();
    let mut rows = scan(segment)?.rows;
    if is_sealed && let Err(error) = RealDisk.write(&index_path, &index::encode(bytes, &mut rows)) {
        // A folder that may only be read is searched all the same, only slower.
        tracing::debug!(path = %index_path.display(), %error, "cannot write an index");
    }
    rows.retain(|row| row.fingerprint == url);
    Ok(rows)
}

/// Whether the snapshot at a place is really one of this URL: fingerprints of two may be equal.
fn is_of(location: &Location, url: &str) -> Result<bool, Error> {
    match Reader::at(&location.segment, location.offset)?.next_record() {
        Ok(first) => Ok(first.is_some_and(|r| r.header.uri("WARC-Target-URI") == Some(url))),
        // It must not hide the others; whoever loads it is told.
        Err(_) => Ok(true),
    }
}

/// Reads a snapshot.
pub fn load(location: &Location) -> Result<Kept, Error> {
    let path = &location.segment;
    let mut reader = Reader::at(path, location.offset)?;
    let mut kept =
        Kept { location: location.clone(), request: None, response: None, attempt: None };
    loop {
        let record = reader.next_record().map_err(|damage| unreadable(path, &damage))?;
        let Some(record) = record else { return Ok(kept) };
        match record.header.record_type() {
            RecordType::Request => kept.request = Some(record),
            RecordType::Response | RecordType::Revisit => kept.response = Some(record),
            RecordType::Metadata => {
                kept.attempt = Attempt::parse(&record.block).ok();
                return Ok(kept);
            }
            _ => return Ok(kept),
        }
    }
}
