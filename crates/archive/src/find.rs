//! Finding what is kept of a URL, beside a crawl that may be running.

use std::path::{Path, PathBuf};

use crawl::{Fingerprint, UnixMicros};

use crate::read::{Reader, Record, RecordType};
use crate::recovery::scan;
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
            found.push(Location { date: row.date, segment: segment.clone(), offset: row.offset });
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

/// By the index where there is a right one, else by reading the segment.
fn rows(segment: &Path, url: Fingerprint) -> Result<Vec<index::Row>, Error> {
    let bytes = std::fs::metadata(segment).map_err(|e| Error::disk("read", segment, e))?.len();
    let indexed = std::fs::read(index::path_of(segment)).ok();
    if let Some(rows) = indexed.and_then(|content| index::lookup(&content, bytes, url)) {
        return Ok(rows);
    }
    Ok(scan(segment)?.rows.into_iter().filter(|row| row.fingerprint == url).collect())
}

/// Reads a snapshot.
pub fn load(location: &Location) -> Result<Kept, Error> {
    let path = &location.segment;
    let mut reader = Reader::at(path, location.offset)?;
    let mut kept =
        Kept { location: location.clone(), request: None, response: None, attempt: None };
    loop {
        let record = reader.next_record().map_err(|damage| Error::Damaged {
            path: path.clone(),
            offset: damage.offset,
            what: damage.to_string(),
        })?;
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
