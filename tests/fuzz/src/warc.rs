//! WARC files: reading ends, goes forward only, and gives a record again from its offset.

use std::fs::File;
use std::io::Write;
use std::os::fd::AsRawFd;
use std::path::PathBuf;

use archive::Attempt;
use archive::read::Reader;
use rustix::fs::{MemfdFlags, memfd_create};

/// Bytes of a block that are kept.
const BLOCK_BYTES_MAX: usize = 4_096;

pub(crate) fn check(bytes: &[u8]) {
    let memory = memfd_create("warc", MemfdFlags::CLOEXEC).expect("memory can be a file");
    let mut file = File::from(memory);
    file.write_all(bytes).expect("memory takes bytes");
    let path = PathBuf::from(format!("/proc/self/fd/{}", file.as_raw_fd()));
    let Ok(reader) = Reader::open(&path) else { return };
    let mut reader = reader.with_block_bytes_max(BLOCK_BYTES_MAX);
    let mut from = None;
    for _ in 0..=bytes.len() {
        let record = match reader.next_record() {
            Ok(Some(record)) => record,
            Ok(None) => return,
            Err(damage) => {
                assert!(damage.offset <= bytes.len() as u64);
                continue;
            }
        };
        assert!(from.is_none_or(|from| record.offset >= from), "it went back");
        let end = record.offset + record.member_bytes;
        assert!(record.member_bytes > 0 && end <= bytes.len() as u64, "{record:?}");
        assert!(record.block.len() <= BLOCK_BYTES_MAX);
        let _ = (record.check_block_digest(), record.check_payload_digest());
        assert!(record.payload().len() <= record.block.len());
        read_inside(&record.block);
        let at = Reader::at(&path, record.offset).expect("it was read before");
        let again = at.with_block_bytes_max(BLOCK_BYTES_MAX).next_record();
        let again = again.expect("it was whole").expect("it was there");
        assert_eq!((&again.header, &again.block), (&record.header, &record.block));
        from = Some(end);
    }
    panic!("reading does not end");
}

/// What may stand in a block.
fn read_inside(block: &[u8]) {
    if let Ok(attempt) = Attempt::parse(block) {
        let written = attempt.to_fields();
        let again = Attempt::parse(written.as_bytes()).expect("we wrote it");
        // Written twice it is the same: spaces may go the first time.
        assert_eq!(again.to_fields(), written);
    }
    if let Ok(head) = archive::read::http::parse_response(block) {
        assert!(head.body_at <= block.len());
    }
    if let Ok(head) = archive::read::http::parse_request(block) {
        assert!(head.body_at <= block.len());
    }
}
