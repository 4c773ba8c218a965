//! Where the snapshots of a URL are: a small sorted file beside each sealed segment.
//!
//! It is derived: made when a segment is sealed, and made again from the segment when it is missing
//! or belongs to another length. `NAME.warc.gz.idx` holds a head (8 bytes of magic, the segment's
//! length) and rows of 24 bytes (fingerprint of the URL, offset of the snapshot's first record, date
//! in microseconds), big-endian, sorted by their bytes.

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

/// The rows of a URL; nothing when the content is not the index of a segment of this length.
pub(crate) fn lookup(content: &[u8], segment_bytes: u64, url: Fingerprint) -> Option<Vec<Row>> {
    let (head, rows) = content.split_at_checked(HEAD_BYTES)?;
    let is_ours = head.starts_with(MAGIC) && head[8..] == segment_bytes.to_be_bytes();
    if !is_ours || !rows.len().is_multiple_of(ROW_BYTES) {
        return None;
    }
    let (rows, _) = rows.as_chunks::<ROW_BYTES>();
    let first = rows.partition_point(|row| decode(row).fingerprint < url);
    let found = rows[first..].iter().map(decode);
    Some(found.take_while(|row| row.fingerprint == url).collect())
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
        let content = encode(100, &mut rows);
        let offsets = |fp| {
            let found = lookup(&content, 100, Fingerprint(fp)).unwrap();
            found.iter().map(|row| row.offset).collect::<Vec<_>>()
        };
        assert_eq!((offsets(9), offsets(u64::MAX), offsets(5)), (vec![2, 5], vec![1], vec![]));
        assert_eq!(lookup(&content, 101, Fingerprint(9)), None);
        assert_eq!(lookup(&content[..20], 100, Fingerprint(9)), None);
    }
}
