//! The peer readers, tried on an archive that is not ours, whole and damaged.

use std::fs;
use std::path::{Path, PathBuf};

use it::peers::{Ask, Mode, assert_replays, judge, replay, write_sample};

/// A sample in a folder that vanishes with the first value.
fn sample() -> (tempfile::TempDir, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("sample.warc.gz");
    write_sample(&path);
    (dir, path)
}

fn damaged(path: &Path, damage: impl FnOnce(&mut Vec<u8>)) -> Vec<PathBuf> {
    let mut bytes = fs::read(path).unwrap();
    damage(&mut bytes);
    fs::write(path, bytes).unwrap();
    vec![path.to_path_buf()]
}

#[test]
fn a_sample_of_warcio_is_clean_to_all_readers() {
    let (_dir, path) = sample();
    let verdict = judge(&[path]);
    verdict.assert_clean();
    assert_eq!(verdict.ours["response"], 2);
    assert_eq!(verdict.ours["revisit"], 1);
}

#[test]
fn a_flipped_bit_is_seen() {
    let (_dir, path) = sample();
    let verdict = judge(&damaged(&path, |bytes| {
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
    }));
    assert!(!verdict.findings.is_empty(), "{verdict:?}");
}

#[test]
fn a_reader_that_counts_less_is_seen() {
    let (_dir, path) = sample();
    let mut verdict = judge(&[path]);
    verdict.warcio.remove("revisit");
    let clean = std::panic::catch_unwind(|| verdict.assert_clean());
    assert!(clean.is_err());
}

#[test]
fn a_torn_tail_is_seen() {
    let (_dir, path) = sample();
    let verdict = judge(&damaged(&path, |bytes| bytes.truncate(bytes.len() - 20)));
    assert!(!verdict.findings.is_empty(), "{verdict:?}");
}

#[test]
fn pywb_gives_back_plain_and_coded_pages() {
    let (_dir, path) = sample();
    let files = [path];
    assert_replays(&files, "http://outlet-001.test/plain", "The harbour reopened.");
    assert_replays(&files, "http://outlet-001.test/coded", "The harbour reopened.");
}

#[test]
fn pywb_finds_a_revisit_s_payload_and_no_page_where_none_is() {
    let (_dir, path) = sample();
    let ask = |url: &str| Ask {
        url: url.to_owned(),
        timestamp: "20261125010903".to_owned(),
        mode: Mode::Stored,
    };
    let asks = [ask("http://outlet-001.test/coded"), ask("http://outlet-001.test/none")];
    let answers = replay(&[path], &asks);
    assert_eq!(answers[0].status, 200);
    assert!(String::from_utf8_lossy(&answers[0].body).contains("The harbour reopened."));
    assert_eq!(answers[1].status, 404);
}
