//! What a crash left: segments that were not sealed, perhaps with a torn end.

use std::path::{Path, PathBuf};

use crawl::{Fingerprint, UnixMicros};

use crate::disk::Disk;
use crate::index::{self, Row};
use crate::read::{Reader, RecordType};
use crate::segment::{marker_of, seal};
use crate::{Attempt, Error};

/// What was found and mended at the start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Recovered {
    /// Segments that were not sealed.
    pub segments: u64,
    /// Bytes of torn ends that were cut off. Nothing settled is among them.
    pub bytes_cut: u64,
    /// Segments without any snapshot, which were removed.
    pub removed: u64,
}

/// Mends every segment that has a marker. A sealed one is never touched.
pub(crate) fn recover(disk: &dyn Disk, folder: &Path) -> Result<Recovered, Error> {
    let mut recovered = Recovered::default();
    let files = disk.list(folder).map_err(|e| Error::disk("list", folder, e))?;
    for path in files.iter().filter_map(|file| marked_segment(file)) {
        recovered.segments += 1;
        if !files.contains(&path) {
            // The crash came between the marker and the segment.
            remove(disk, &marker_of(&path))?;
            recovered.removed += 1;
            continue;
        }
        let found = scan(&path)?;
        let cut = found.file_bytes - found.good_bytes;
        if found.rows.is_empty() && !found.has_snapshots {
            remove(disk, &path)?;
            remove(disk, &marker_of(&path))?;
            recovered.removed += 1;
            recovered.bytes_cut += cut;
            continue;
        }
        if cut > 0 {
            disk.cut(&path, found.good_bytes).map_err(|e| Error::disk("cut", &path, e))?;
            recovered.bytes_cut += cut;
        }
        let mut rows = found.rows;
        seal(disk, &path, &index::encode(found.good_bytes, &mut rows))?;
    }
    Ok(recovered)
}

fn marked_segment(file: &Path) -> Option<PathBuf> {
    let name = file.to_str()?.strip_suffix(".open")?;
    name.ends_with(".warc.gz").then(|| name.into())
}

fn remove(disk: &dyn Disk, path: &Path) -> Result<(), Error> {
    disk.remove(path).map_err(|e| Error::disk("remove", path, e))
}

/// What a segment holds up to its last whole snapshot.
pub(crate) struct Found {
    pub(crate) file_bytes: u64,
    /// Up to the end of the last metadata record: a snapshot ends with it.
    pub(crate) good_bytes: u64,
    pub(crate) rows: Vec<Row>,
    has_snapshots: bool,
}

/// Reads a segment up to its end, or to the first damage.
pub(crate) fn scan(path: &Path) -> Result<Found, Error> {
    let mut reader = Reader::open(path)?;
    let file_bytes = reader.file_bytes();
    let mut found = Found { file_bytes, good_bytes: 0, rows: Vec::new(), has_snapshots: false };
    let mut group: Option<(u64, Option<Fingerprint>)> = None;
    while let Ok(Some(record)) = reader.next_record() {
        let end = record.offset + record.member_bytes;
        let (_, url) = group.get_or_insert((record.offset, None));
        match record.header.record_type() {
            RecordType::Warcinfo => {
                group = None;
                found.good_bytes = end;
            }
            RecordType::Response | RecordType::Revisit => {
                *url = record.header.uri("WARC-Target-URI").map(Fingerprint::of);
            }
            RecordType::Metadata => {
                let date = Attempt::parse(&record.block).map_or(UnixMicros(0), |a| a.started);
                if let Some((offset, Some(fingerprint))) = group.take() {
                    found.rows.push(Row { fingerprint, offset, date });
                }
                found.has_snapshots = true;
                found.good_bytes = end;
            }
            _ => {}
        }
    }
    Ok(found)
}
