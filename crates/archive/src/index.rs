//! Where the snapshots of a URL are: a small sorted file beside each sealed segment.
//!
//! It is derived: made when a segment is sealed, and made again from the segment when it is missing
//! or belongs to another length. `NAME.warc.gz.idx` holds a head (8 bytes of magic, the segment's
//! length) and rows of 24 bytes (fingerprint of the URL, offset of the snapshot's first record,
//! date
//! in microseconds), big-endian, sorted by their bytes.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};

use crawl::{Fingerprint, UnixMicros};

const MAGIC: &[u8; 8] = b"NHIDX\x00\x00\x01";
const HEAD_BYTES: usize = 16;
const ROW_BYTES: usize = 24;

/// A snapshot in a segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Row {
    pub(crate) fingerprint: Fingerprint,
    /// Of the first record of the snapshot.
    pub(crate) offset: u64,
    pub(crate) date: UnixMicros,
}

/// The index file of a segment.
pub(crate) fn path_of(segment: &Path) -> PathBuf {
    let mut name = segment.as_os_str().to_owned();
    name.push(".idx");
    name.into()
}

/// The content of an index file.
pub(crate) fn encode(segment_bytes: u64, rows: &mut [Row]) -> Vec<u8> {
    rows.sort_unstable();
    let mut content = Vec::with_capacity(HEAD_BYTES + rows.len() * ROW_BYTES);
    content.extend_from_slice(MAGIC);
    content.extend_from_slice(&segment_bytes.to_be_bytes());
    for row in rows {
        content.extend_from_slice(&row.fingerprint.0.to_be_bytes());
        content.extend_from_slice(&row.offset.to_be_bytes());
        content.extend_from_slice(&row.date.0.to_be_bytes());
    }
    content
}

/// The rows of a URL in an index file; nothing when it is not the index of a segment of this
/// length.
pub(crate) fn lookup(
    path: &Path,
    segment_bytes: u64,
    url: Fingerprint,
) -> io::Result<Option<Vec<Row>>> {
    let file = File::open(path)?;
    let mut head = [0; HEAD_BYTES];
    let bytes = file.metadata()?.len();
    let Some(rows_bytes) = bytes.checked_sub(HEAD_BYTES as u64) else { return Ok(None) };
    file.read_exact_at(&mut head, 0)?;
    let is_ours = head.starts_with(MAGIC) && head[8..] == segment_bytes.to_be_bytes();
    if !is_ours || !rows_bytes.is_multiple_of(ROW_BYTES as u64) {
        return Ok(None);
    }
    let count = rows_bytes / ROW_BYTES as u64;
    rows_of(url, count, |index| {
        let mut row = [0; ROW_BYTES];
        file.read_exact_at(&mut row, HEAD_BYTES as u64 + index * ROW_BYTES as u64)?;
        Ok(decode(&row))
    })
    .map(Some)
}

/// Binary search for the first row of a URL, then all that follow it.
fn rows_of(
    url: Fingerprint,
    count: u64,
    row: impl Fn(u64) -> io::Result<Row>,
) -> io::Result<Vec<Row>> {
    let (mut low, mut high) = (0, count);
    while low < high {
        let middle = low + (high - low) / 2;
        if row(middle)?.fingerprint < url {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    let mut found = Vec::new();
    for index in low..count {
        match row(index)? {
            row if row.fingerprint == url => found.push(row),
            _ => break,
        }
    }
    Ok(found)
}

fn decode(row: &[u8; ROW_BYTES]) -> Row {
    let number = |at: usize| {
        let mut bytes = [0; 8];
        bytes.copy_from_slice(&row[at..at + 8]);
        u64::from_be_bytes(bytes)
    };
    Row {
        fingerprint: Fingerprint(number(0)),
        offset: number(8),
        date: UnixMicros(number(16).cast_signed()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_found_by_their_url() {
        let row = |fp, offset| Row { fingerprint: Fingerprint(fp), offset, date: UnixMicros(-1) };
        let mut rows = vec![row(9, 5), row(1, 7), row(9, 2), row(u64::MAX, 1)];
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.idx");
        let content = encode(100, &mut rows);
        std::fs::write(&path, &content).unwrap();
        let find = |bytes, fp| lookup(&path, bytes, Fingerprint(fp)).unwrap();
        let offsets = |fp| find(100, fp).unwrap().iter().map(|row| row.offset).collect::<Vec<_>>();
        assert_eq!((offsets(9), offsets(u64::MAX), offsets(5)), (vec![2, 5], vec![1], vec![]));
        assert_eq!(find(101, 9), None, "the segment has another length");
        for torn in [0, 8, 20] {
            std::fs::write(&path, &content[..torn]).unwrap();
            assert_eq!(find(100, 9), None, "{torn} bytes are left");
        }
    }
}
