//! Crashes at every byte and at every step.

use crawl::Random as _;
use tokio::runtime::Builder;

use super::*;
use crate::read::digest::Check;
use crate::testing::{Setting, page, records};
use crate::{Archive, find, load};

const URLS: [&str; 3] = ["http://a.test/0", "http://a.test/1", "http://a.test/2"];

/// An archive that was dropped after three snapshots; gives the segment and where each ends.
fn dropped() -> (Setting, PathBuf, [u64; 4]) {
    let setting = Setting::new();
    let (archive, _) = setting.open();
    let receipts = URLS.map(|url| archive.append(&page(url, url.as_bytes())).unwrap());
    let segment = receipts[0].segment().to_owned();
    let [first, second, third] = receipts.map(|receipt| receipt.offset + receipt.bytes);
    let info = records(&segment)[0].member_bytes;
    (setting, segment, [info, first, second, third])
}

/// The URLs whose snapshot is found and right.
fn kept(setting: &Setting) -> Vec<&'static str> {
    let is_kept = |url: &&str| {
        let found = find(&setting.path(), url).unwrap();
        found.iter().any(|location| {
            let response = load(location).unwrap().response.unwrap();
            response.check_payload_digest() == Check::Right && response.payload() == url.as_bytes()
        })
    };
    URLS.into_iter().filter(is_kept).collect()
}

#[test]
fn cut_at_every_byte_whole_snapshots_stay() {
    let (setting, segment, ends) = dropped();
    let whole = std::fs::read(&segment).unwrap();
    let marker = marker_of(&segment);
    for length in 0..=whole.len() {
        for file in setting.files("") {
            std::fs::remove_file(file).unwrap();
        }
        std::fs::write(&segment, &whole[..length]).unwrap();
        std::fs::write(&marker, b"").unwrap();
        let (archive, recovered) = setting.open();
        let length = length as u64;
        let good = ends.into_iter().rfind(|end| *end <= length).unwrap_or(0);
        if good <= ends[0] {
            assert_eq!((recovered.removed, setting.files("").len()), (1, 0), "{length}");
        } else {
            assert_eq!(recovered.bytes_cut, length - good, "{length}");
            assert_eq!(std::fs::metadata(&segment).unwrap().len(), good);
        }
        assert_eq!((recovered.segments, recovered.damaged), (1, 0));
        assert_eq!(kept(&setting), URLS[..ends.iter().filter(|e| **e <= good).count().max(1) - 1]);
        archive.append(&page("http://a.test/next", b"next")).unwrap();
        archive.finish().unwrap();
        assert_eq!(setting.files(".open"), Vec::<PathBuf>::new());
        setting.segments().iter().for_each(|segment| drop(records(segment)));
    }
}

/// A power cut may leave zeros where the file was longer than what reached the disk.
#[test]
fn zeros_at_the_end_are_cut() {
    let (setting, segment, ends) = dropped();
    let file = std::fs::OpenOptions::new().write(true).open(&segment).unwrap();
    file.set_len(ends[2]).unwrap();
    file.set_len(ends[3] + 4_096).unwrap();
    let (_, recovered) = setting.open();
    assert_eq!((recovered.bytes_cut, recovered.damaged), (ends[3] + 4_096 - ends[2], 0));
    assert_eq!(kept(&setting), URLS[..2]);
}

/// The disk itself lost something in the middle: the snapshots behind it were durable.
#[test]
fn damage_in_the_middle_costs_one_snapshot_only() {
    let (setting, segment, ends) = dropped();
    let whole = std::fs::read(&segment).unwrap();
    for at in ends[1]..ends[2] {
        let mut broken = whole.clone();
        broken[usize::try_from(at).unwrap()] ^= 0xff;
        std::fs::remove_file(index::path_of(&segment)).ok();
        std::fs::write(&segment, &broken).unwrap();
        std::fs::write(marker_of(&segment), b"").unwrap();
        let (_, recovered) = setting.open();
        if recovered.damaged == 0 {
            // Some bytes of a gzip header mean nothing (RFC 1952, section 2.3.1.2).
            assert_eq!((recovered.bytes_cut, kept(&setting).len()), (0, 3), "{at}");
            continue;
        }
        assert_eq!(recovered.bytes_cut, ends[2] - ends[1], "{at}");
        assert_eq!(kept(&setting), [URLS[0], URLS[2]], "{at}");
        assert_eq!(records(&segment).len(), 7, "every reader gets past it");
        assert_eq!(setting.files(".idx").len(), 1);
    }
}

#[test]
fn a_sealed_segment_is_never_touched() {
    let (setting, segment, ends) = dropped();
    std::fs::remove_file(marker_of(&segment)).unwrap();
    let file = std::fs::OpenOptions::new().write(true).open(&segment).unwrap();
    file.set_len(ends[3] - 1).unwrap();
    let (_, recovered) = setting.open();
    assert_eq!(recovered, Recovered::default());
    assert_eq!(std::fs::metadata(&segment).unwrap().len(), ends[3] - 1);
}

#[test]
fn what_a_crash_left_half_made_is_removed() {
    let setting = Setting::new();
    std::fs::create_dir(setting.path()).unwrap();
    let names = [
        "a.warc.gz.open",
        "b.warc.gz.open.new",
        "b.warc.gz.idx.new",
        "b.warc.gz.mended",
        "notes.txt",
    ];
    for name in names {
        std::fs::write(setting.path().join(name), b"").unwrap();
    }
    let (_, recovered) = setting.open();
    assert_eq!((recovered.segments, recovered.removed), (1, 1));
    assert_eq!(setting.files(""), [setting.path().join("notes.txt")]);
}

/// Appends and waits for each; gives the URLs that were called durable. A failure ends it.
fn crawl(archive: &Archive) -> Vec<&'static str> {
    let runtime = Builder::new_current_thread().build().unwrap();
    let mut durable = Vec::new();
    for url in URLS {
        let Ok(receipt) = archive.append(&page(url, url.as_bytes())) else { break };
        if runtime.block_on(archive.durable(receipt)).is_ok() {
            durable.push(url);
        }
    }
    durable
}

/// The machine goes down at every step of a crawl, its recovery included, and forgets what was not
/// synced: nothing that was called durable is missing, and what is left is clean.
#[test]
fn a_crash_at_every_step_loses_nothing_durable() {
    let mut steps = 0;
    loop {
        // Every snapshot is in a segment of its own, so that making and sealing are among the
        // steps.
        let setting = Setting::new().with_segment_bytes_max(1);
        setting.disk.set_operations_left(Some(steps));
        let mut durable = Vec::new();
        let mut is_finished = false;
        if let Ok((archive, _)) = setting.try_open() {
            durable = crawl(&archive);
            is_finished = archive.finish().is_ok();
        }
        setting.disk.crash();
        crash_in_recovery(&setting, &durable);
        if is_finished && durable.len() == URLS.len() {
            assert!(steps > 20, "the steps are counted: {steps}");
            return;
        }
        steps += 1;
    }
}

/// Recovers with one step more each time, until it is done.
fn crash_in_recovery(setting: &Setting, durable: &[&str]) {
    for steps in 0.. {
        setting.disk.set_operations_left(Some(steps));
        let is_open = setting.try_open().is_ok();
        setting.disk.crash();
        if is_open {
            break;
        }
    }
    setting.disk.set_operations_left(None);
    let (archive, _) = setting.open();
    let kept = kept(setting);
    assert!(
        durable.iter().all(|url| kept.contains(url)),
        "{durable:?} were durable, {kept:?} kept"
    );
    archive.append(&page("http://a.test/next", b"next")).unwrap();
    archive.finish().unwrap();
    setting.segments().iter().for_each(|segment| drop(records(segment)));
    assert_eq!(setting.files(".open"), Vec::<PathBuf>::new());
}

/// A page that is an archive itself: its records must not become ours when the member around them
/// is damaged.
#[test]
fn an_archive_inside_a_damaged_member_stays_inside() {
    let inner = {
        let (_setting, segment, _) = dropped();
        std::fs::read(segment).unwrap()
    };
    let setting = Setting::new();
    // Other record ids than the archive inside.
    setting.random.next_u64();
    let (archive, _) = setting.open();
    archive.append(&page(URLS[0], URLS[0].as_bytes())).unwrap();
    let damaged = archive.append(&page("http://a.test/inner.warc.gz", &inner)).unwrap();
    archive.append(&page(URLS[2], URLS[2].as_bytes())).unwrap();
    let (segment, response_at) =
        (damaged.segment().to_owned(), records(damaged.segment())[5].offset);
    let bytes = damaged.bytes;
    drop((damaged, archive));
    let mut broken = std::fs::read(&segment).unwrap();
    // In the head of the stored record, before the archive that it holds.
    broken[usize::try_from(response_at).unwrap() + 60] ^= 0xff;
    std::fs::write(&segment, &broken).unwrap();
    let (_, recovered) = setting.open();
    assert_eq!((recovered.damaged, recovered.bytes_cut), (1, bytes));
    assert_eq!(kept(&setting), [URLS[0], URLS[2]]);
}
