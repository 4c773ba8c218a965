//! Segments, durability and failing disks.

use std::collections::HashMap;
use std::time::Duration;

use tokio::runtime::{Builder, Runtime};

use super::*;
use crate::read::RecordType;
use crate::read::digest::Check;
use crate::testing::{Setting, StillClock, page, records};

fn runtime() -> Runtime {
    Builder::new_current_thread().build().unwrap()
}

fn durable(archive: &Archive, receipt: Receipt) -> Result<(), Error> {
    runtime().block_on(archive.durable(receipt))
}

#[test]
fn a_segment_begins_with_its_warcinfo() {
    let setting = Setting::new();
    let (archive, recovered) = setting.open();
    assert_eq!(recovered, Recovered::default());
    let receipt = archive.append(&page("http://a.test/x", b"hello")).unwrap();
    let name = receipt.segment().file_name().unwrap().to_str().unwrap().to_owned();
    assert!(name.starts_with("newshound-20261125042223-00000-"), "{name}");
    durable(&archive, receipt).unwrap();
    let summary = archive.finish().unwrap();

    let [segment] = &setting.segments()[..] else { panic!("one segment") };
    let records = records(segment);
    let bytes = std::fs::metadata(segment).unwrap().len();
    assert_eq!(summary, Summary { segments: 1, bytes, records: 4 });
    let info = &records[0];
    assert_eq!(info.header.record_type(), RecordType::Warcinfo);
    assert_eq!(info.header.get("WARC-Filename"), Some(&*name));
    assert_eq!(
        String::from_utf8_lossy(&info.block),
        "software: newshound/0.0.0\r\n\
         format: WARC File Format 1.1\r\n\
         conformsTo: http://iipc.github.io/warc-specifications/specifications/\
         warc-format/warc-1.1/\r\n\
         robots: obey\r\n\
         http-header-user-agent: Newshound/0.0.0 (+mailto:ops@crawler.test)\r\n\
         operator: ops@crawler.test\r\n\
         newshound-token: newshound\r\n\
         newshound-delay-ms: 1000\r\n\
         newshound-override: a.test: robots.txt ignored; invited; ops; 2027-01-01\r\n\
         description: a test\r\n"
    );
}

#[test]
fn an_archive_without_snapshots_leaves_no_segment() {
    let setting = Setting::new();
    let (archive, _) = setting.open();
    assert_eq!(archive.finish().unwrap(), Summary::default());
    assert_eq!(setting.files(""), Vec::<PathBuf>::new());
}

#[test]
fn a_marker_stands_beside_a_segment_until_it_is_sealed() {
    let setting = Setting::new();
    let (archive, _) = setting.open();
    let receipt = archive.append(&page("http://a.test/x", b"hello")).unwrap();
    assert_eq!((setting.files(".open").len(), setting.files(".idx").len()), (1, 0));
    drop(receipt);
    archive.finish().unwrap();
    assert_eq!((setting.files(".open").len(), setting.files(".idx").len()), (0, 1));
}

#[test]
fn segments_are_ended_by_size() {
    let setting = Setting::new().with_segment_bytes_max(1);
    let (archive, _) = setting.open();
    for _ in 0..3 {
        archive.append(&page("http://a.test/x", b"hello")).unwrap();
    }
    assert_eq!(archive.finish().unwrap().segments, 3);
    assert_eq!(setting.segments().len(), 3);
    assert_eq!(setting.files(".open"), Vec::<PathBuf>::new());
}

#[test]
fn segments_are_ended_by_age() {
    let setting = Setting::new();
    let clock: &StillClock = &setting.clock;
    let (archive, _) = setting.open();
    let append = || {
        let receipt = archive.append(&page("http://a.test/x", b"hello")).unwrap();
        receipt.segment().to_owned()
    };
    let first = append();
    clock.forward(Duration::from_mins(59));
    assert_eq!(append(), first);
    clock.forward(Duration::from_mins(1));
    assert_ne!(append(), first);
}

/// Eight threads, a segment for every few snapshots: nothing is lost, mixed up or named wrongly.
#[test]
fn many_threads_append_while_segments_roll() {
    const THREADS: usize = 8;
    const EACH: usize = 60;
    let setting = Setting::new().with_segment_bytes_max(4_000);
    let (archive, _) = setting.open();
    std::thread::scope(|scope| {
        for thread in 0..THREADS {
            let archive = &archive;
            scope.spawn(move || {
                for number in 0..EACH {
                    let url = format!("http://a.test/{thread}/{number}");
                    let receipt = archive.append(&page(&url, url.as_bytes())).unwrap();
                    if number % 7 == 0 {
                        durable(archive, receipt).unwrap();
                    }
                }
            });
        }
    });
    let summary = archive.finish().unwrap();
    assert!(summary.segments > 20, "{summary:?}");
    assert_eq!(setting.files(".open"), Vec::<PathBuf>::new());
    let (mut snapshots, mut count) = (0, 0);
    for segment in setting.segments() {
        snapshots += whole_snapshots(&segment, &mut count);
    }
    assert_eq!((snapshots, count), (THREADS * EACH, summary.records));
    for thread in 0..THREADS {
        let url = format!("http://a.test/{thread}/17");
        let found = crate::find(&setting.path(), &url).unwrap();
        let kept = crate::load(&found[0]).unwrap();
        assert_eq!((found.len(), kept.response.unwrap().payload()), (1, url.as_bytes()));
    }
}

/// Checks that a segment holds its warcinfo and groups of request, response and metadata that name
/// it and each other; gives their number.
fn whole_snapshots(segment: &Path, count: &mut u64) -> usize {
    let records = records(segment);
    *count += records.len() as u64;
    let info = records[0].header.get("WARC-Record-ID");
    let groups = records[1..].chunks(3);
    let number = groups.len();
    for group in groups {
        let [request, response, metadata] = group else { panic!("a torn group in {segment:?}") };
        let kinds = [request, response, metadata].map(|record| record.header.record_type());
        assert_eq!(kinds, [RecordType::Request, RecordType::Response, RecordType::Metadata]);
        for record in group {
            assert_eq!(record.header.get("WARC-Warcinfo-ID"), info);
            assert_eq!(record.header.get("WARC-Target-URI"), request.header.get("WARC-Target-URI"));
            assert_eq!(record.check_block_digest(), Check::Right);
        }
        assert_eq!(response.check_payload_digest(), Check::Right);
        let url = response.header.get("WARC-Target-URI").unwrap();
        assert_eq!(response.payload(), url.as_bytes());
    }
    number
}

#[test]
fn one_sync_serves_all_that_wait() {
    let setting = Setting::new();
    let (archive, _) = setting.open();
    let archive = Arc::new(archive);
    let receipts: Vec<_> =
        (0..50).map(|_| archive.append(&page("http://a.test/x", b"hello")).unwrap()).collect();
    let before = setting.disk.syncs();
    setting.disk.shut_gate();
    let runtime = runtime();
    let tasks: Vec<_> = receipts
        .into_iter()
        .map(|receipt| {
            let archive = Arc::clone(&archive);
            runtime.spawn(async move { archive.durable(receipt).await })
        })
        .collect();
    runtime.block_on(async {
        // Lets each task ask before the first answer can come.
        tokio::task::yield_now().await;
        setting.disk.wait_for_sync();
        setting.disk.open_gate();
        for task in tasks {
            task.await.unwrap().unwrap();
        }
    });
    assert_eq!(setting.disk.syncs() - before, 1);
}

#[test]
fn what_is_durable_is_not_synced_again() {
    let setting = Setting::new();
    let (archive, _) = setting.open();
    let receipt = archive.append(&page("http://a.test/x", b"hello")).unwrap();
    durable(&archive, receipt.clone()).unwrap();
    let syncs = setting.disk.syncs();
    durable(&archive, receipt).unwrap();
    assert_eq!(setting.disk.syncs(), syncs);
}

/// After a failed fsync the kernel may forget what it could not write: a later success means
/// nothing.
#[test]
fn after_a_failed_sync_nothing_is_called_durable() {
    let setting = Setting::new();
    let (archive, _) = setting.open();
    let append = || archive.append(&page("http://a.test/x", b"hello"));
    let [first, second, third] = [append(), append(), append()].map(Result::unwrap);
    durable(&archive, first.clone()).unwrap();
    let late = append().unwrap();
    setting.disk.set_fail_sync(true);
    assert!(matches!(durable(&archive, late.clone()), Err(Error::Poisoned(_))));
    setting.disk.set_fail_sync(false);
    let syncs = setting.disk.syncs();
    assert!(matches!(durable(&archive, late), Err(Error::Poisoned(_))));
    assert!(matches!(append(), Err(Error::Poisoned(_))));
    assert_eq!(setting.disk.syncs(), syncs, "it is not even tried");
    // What an earlier sync covered stays covered.
    for receipt in [first, second, third] {
        durable(&archive, receipt).unwrap();
    }
    assert!(archive.finish().is_err());
    assert_eq!(setting.files(".open").len(), 1, "it was not sealed");
}

/// However many bytes of it fit: a snapshot is there as a whole or not at all.
#[test]
fn a_full_disk_leaves_nothing_torn_and_space_brings_it_back() {
    let setting = Setting::new();
    let (archive, _) = setting.open();
    let first = archive.append(&page("http://a.test/0", b"hello")).unwrap();
    let segment = first.segment().to_owned();
    for room in (0..first.bytes - 20).step_by(31) {
        let before = std::fs::metadata(&segment).unwrap().len();
        setting.disk.set_room(Some(room));
        let error = archive.append(&page("http://a.test/x", b"hello")).unwrap_err();
        assert!(error.is_full(), "{error}");
        assert_eq!(archive.free_bytes().unwrap(), 0);
        assert_eq!(std::fs::metadata(&segment).unwrap().len(), before);
        setting.disk.set_room(None);
        let receipt = archive.append(&page("http://a.test/x", b"hello")).unwrap();
        assert_eq!(receipt.offset, before);
    }
    archive.finish().unwrap();
    assert_eq!((records(&segment).len() - 1) % 3, 0);
}

#[test]
fn a_segment_that_cannot_begin_leaves_no_stub() {
    let setting = Setting::new();
    let (archive, _) = setting.open();
    for room in [0, 10, 200] {
        setting.disk.set_room(Some(room));
        assert!(archive.append(&page("http://a.test/x", b"hello")).unwrap_err().is_full());
        assert_eq!(setting.files(""), Vec::<PathBuf>::new());
    }
    setting.disk.set_room(None);
    archive.append(&page("http://a.test/x", b"hello")).unwrap();
}

#[test]
fn a_torn_write_that_cannot_be_undone_closes_the_archive_until_recovery() {
    let setting = Setting::new();
    let (archive, _) = setting.open();
    let first = archive.append(&page("http://a.test/0", b"hello")).unwrap();
    let whole = first.offset + first.bytes;
    durable(&archive, first).unwrap();
    setting.disk.set_room(Some(100));
    setting.disk.set_fail_cut(true);
    assert!(archive.append(&page("http://a.test/1", b"hello")).unwrap_err().is_full());
    setting.disk.set_room(None);
    setting.disk.set_fail_cut(false);
    assert!(matches!(archive.append(&page("http://a.test/2", b"hello")), Err(Error::Poisoned(_))));
    drop(archive);
    let (archive, recovered) = setting.open();
    assert_eq!((recovered.segments, recovered.bytes_cut), (1, 100));
    assert_eq!(std::fs::metadata(&setting.segments()[0]).unwrap().len(), whole);
    archive.append(&page("http://a.test/2", b"hello")).unwrap();
}

#[test]
fn an_index_that_cannot_be_written_costs_nothing() {
    let setting = Setting::new();
    let (archive, _) = setting.open();
    archive.append(&page("http://a.test/x", b"hello")).unwrap();
    setting.disk.set_room(Some(0));
    archive.finish().unwrap();
    assert_eq!((setting.files(".open").len(), setting.files(".idx").len()), (0, 0));
    let found = crate::find(&setting.path(), "http://a.test/x").unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!(setting.files(".idx").len(), 1, "who searches makes it");
    assert_eq!(crate::find(&setting.path(), "http://a.test/x").unwrap(), found);
}

#[test]
fn a_url_is_found_beside_a_running_crawl() {
    let setting = Setting::new().with_segment_bytes_max(3_000);
    let (archive, _) = setting.open();
    let mut expected = HashMap::new();
    for number in 0..20 {
        setting.clock.forward(Duration::from_secs(1));
        let url = format!("http://a.test/{}", number % 4);
        let mut snapshot = page(&url, b"hello");
        snapshot.attempt.started = setting.clock.now();
        archive.append(&snapshot).unwrap();
        expected.entry(url.clone()).or_insert_with(Vec::new).push(snapshot.attempt.started);
    }
    assert!(!setting.files(".open").is_empty(), "the last one is open");
    for (url, dates) in expected {
        let found = crate::find(&setting.path(), &url).unwrap();
        assert_eq!(found.iter().map(|location| location.date).collect::<Vec<_>>(), dates);
        for location in &found {
            let kept = crate::load(location).unwrap();
            assert_eq!(kept.attempt.unwrap().started, location.date);
            assert!(kept.request.is_some() && kept.response.is_some());
        }
    }
    assert_eq!(crate::find(&setting.path(), "http://a.test/none").unwrap(), []);
}

#[test]
fn a_folder_that_cannot_be_made_is_named() {
    let setting = Setting::new();
    std::fs::write(setting.path(), b"a file").unwrap();
    let error = setting.try_open().map(drop).unwrap_err();
    assert!(error.to_string().contains("archive"), "{error}");
}

#[test]
fn an_unknown_key_of_the_config_is_refused() {
    let parse = serde_json::from_str::<Config>;
    assert_eq!(parse("{}").unwrap(), Config::default());
    let config = parse(r#"{"segment_age_max": "10m", "segment_bytes_max": 5}"#).unwrap();
    assert_eq!((config.segment_age_max, config.segment_bytes_max), (Duration::from_mins(10), 5));
    assert!(parse(r#"{"segment_size": 5}"#).unwrap_err().to_string().contains("segment_size"));
}
