//! Torn ends, full disks, other versions, and what is missing.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use crawl::{CanonicalUrl, Clock, UnixMicros};

use super::group::{GROUP_BYTES, HEAD_BYTES};
use super::*;
use crate::testing::{NOW, Setting, page};
use crate::{Archive, Disk, Error, Location, Purpose, Receipt, Recovered};

const READER: u32 = 7;

/// An archive with a keeper beside it.
struct Crawl {
    setting: Setting,
    archive: Archive,
    keeper: Keeper,
}

impl Crawl {
    fn new() -> Self {
        Self::of(Setting::new())
    }

    fn of(setting: Setting) -> Self {
        let (archive, _) = setting.open();
        let clock = Arc::clone(&setting.clock) as Arc<dyn Clock>;
        let keeper = Keeper::new(Arc::new(setting.disk.clone()), clock, READER);
        Self { setting, archive, keeper }
    }

    fn append(&self, number: u32) -> Receipt {
        let url = url(number);
        self.archive.append(&page(&url, url.as_bytes())).unwrap()
    }

    fn put(&self, receipt: &Receipt, number: u32) {
        self.keeper.put(receipt.clone(), &line(receipt, number)).unwrap();
    }

    /// Snapshots with their lines, each in a group of its own; gives the segment.
    fn filled(&self, numbers: std::ops::Range<u32>) -> PathBuf {
        let mut segment = PathBuf::new();
        for number in numbers {
            let receipt = self.append(number);
            self.put(&receipt, number);
            self.keeper.flush_all();
            receipt.segment().clone_into(&mut segment);
        }
        segment
    }

    fn finish(self) -> Setting {
        self.keeper.flush_all();
        drop(self.keeper);
        self.archive.finish().unwrap();
        self.setting
    }
}

fn url(number: u32) -> String {
    format!("http://host-{}.test/{number}", number % 3)
}

/// What a reader makes of the page of this number.
fn found(number: u32) -> Found<String> {
    match number % 4 {
        0 => Found::Nothing("hub".into()),
        1 => Found::Unreadable("time".into()),
        _ => Found::Article(format!("the text of {number}\n\u{2028}\"")),
    }
}

fn line(receipt: &Receipt, number: u32) -> Line<String> {
    Line {
        record: receipt.record.clone().unwrap(),
        url: url(number),
        fetched: NOW.after(Duration::from_secs(u64::from(number))),
        offset: receipt.offset,
        digest: receipt.payload_digest.clone(),
        reader: READER,
        noarchive: number % 2 == 1,
        found: found(number),
    }
}

/// The line of a snapshot as it stands in its segment.
fn read_again(kept: &crate::Kept) -> Line<String> {
    let response = kept.response.as_ref().unwrap();
    let url = response.header.uri("WARC-Target-URI").unwrap().to_owned();
    let number: u32 = url.rsplit('/').next().unwrap().parse().unwrap();
    Line {
        record: response.header.uri("WARC-Record-ID").unwrap().to_owned(),
        fetched: NOW.after(Duration::from_secs(u64::from(number))),
        offset: kept.location.offset,
        digest: response.header.get("WARC-Payload-Digest").map(str::to_owned),
        reader: READER,
        noarchive: number % 2 == 1,
        found: found(number),
        url,
    }
}

fn lines(path: &Path) -> Result<Vec<Line<String>>, Error> {
    let Some(mut reader) = Reader::open(path)? else { return Ok(Vec::new()) };
    let mut lines = Vec::new();
    while let Some(line) = reader.next_line()? {
        lines.push(line);
    }
    Ok(lines)
}

fn numbers(path: &Path) -> BTreeSet<u32> {
    let number = |line: Line<String>| line.url.rsplit('/').next().unwrap().parse().unwrap();
    lines(path).unwrap().into_iter().map(number).collect()
}

/// Fills a sidecar; gives the numbers of the pages that were read for it.
fn fill(setting: &Setting, segment: &Path, reader: u32, all: bool) -> Option<Vec<String>> {
    let disk: Arc<dyn Disk> = Arc::new(setting.disk.clone());
    let mut filling = Filling::begin(disk, segment, reader, all).unwrap()?;
    let mut read = Vec::new();
    while let Some(kept) = filling.next_snapshot().unwrap() {
        let line = Line { reader, ..read_again(&kept) };
        filling.put(&line).unwrap();
        read.push(line.url);
    }
    let filled = filling.finish().unwrap();
    assert_eq!(filled.damages, 0);
    Some(read)
}

#[test]
fn a_sidecar_lies_beside_its_archive() {
    for (segment, sidecar) in [
        ("data/archive/a.warc.gz", "data/articles/a.jsonl.zst"),
        ("archive/a.warc.gz", "./articles/a.jsonl.zst"),
        ("other/a.warc", "other/articles/a.jsonl.zst"),
        ("a.warc.gz", "./articles/a.jsonl.zst"),
    ] {
        assert_eq!(sidecar_of(Path::new(segment)), Path::new(sidecar), "{segment}");
    }
}

#[test]
fn lines_are_read_as_they_were_written() {
    let crawl = Crawl::new();
    let receipts: Vec<_> = (0..9).map(|number| crawl.append(number)).collect();
    receipts.iter().zip(0..).for_each(|(receipt, number)| crawl.put(receipt, number));
    let path = sidecar_of(receipts[0].segment());
    assert_eq!(lines(&path).unwrap(), [], "a group is not full yet");
    crawl.keeper.flush_all();
    let expected: Vec<_> = receipts.iter().zip(0..).map(|(r, number)| line(r, number)).collect();
    assert_eq!(lines(&path).unwrap(), expected);
    let figures = Reader::open(&path).unwrap().unwrap().figures().unwrap();
    let bytes = std::fs::metadata(&path).unwrap().len();
    assert_eq!(figures, Figures { lines: 9, articles: 4, bytes, is_complete: false });
    assert_eq!(crawl.keeper.kept(), Kept { lines: 9, lost: 0 });
    // Whatever reads zstd reads the file, and finds a line of JSON for each.
    let plain = zstd::stream::decode_all(std::fs::File::open(&path).unwrap()).unwrap();
    let plain = String::from_utf8(plain).unwrap();
    let name = receipts[0].segment().file_name().unwrap().to_str().unwrap();
    let mut plain = plain.lines();
    let header =
        format!(r#"{{"format":"newshound-articles","version":1,"segment":"{name}","reader":7}}"#);
    assert_eq!(plain.next(), Some(&*header));
    let record = receipts[1].record.as_deref().unwrap();
    assert!(record.starts_with("urn:uuid:"));
    let digest = receipts[1].payload_digest.as_deref().unwrap();
    let (offset, date) = (receipts[1].offset, "2026-11-25T04:22:24.000120Z");
    let place = format!(r#""url":"http://host-1.test/1","fetched":"{date}","offset":{offset}"#);
    let rest = r#""reader":7,"noarchive":true,"unreadable":"time""#;
    let second = format!(r#"{{"record":"{record}",{place},"digest":"{digest}",{rest}}}"#);
    assert_eq!(plain.nth(1), Some(&*second));
    assert_eq!(plain.count(), 7);
}

#[test]
fn a_group_is_written_when_it_is_large_or_old() {
    let crawl = Crawl::new();
    let receipt = crawl.append(2);
    let path = sidecar_of(receipt.segment());
    crawl.put(&receipt, 2);
    crawl.keeper.flush_old();
    assert_eq!(numbers(&path).len(), 0);
    crawl.setting.clock.forward(Duration::from_secs(5));
    crawl.keeper.flush_old();
    assert_eq!(numbers(&path).len(), 1);
    let large = Found::Article("x".repeat(GROUP_BYTES));
    crawl.keeper.put(receipt.clone(), &Line { found: large, ..line(&receipt, 3) }).unwrap();
    assert_eq!(lines(&path).unwrap().len(), 2);
    // Lines that come in one by one wait no longer than that either.
    crawl.put(&receipt, 4);
    crawl.setting.clock.forward(Duration::from_secs(5));
    crawl.put(&receipt, 5);
    assert_eq!(lines(&path).unwrap().len(), 4);
}

#[test]
fn an_article_that_is_too_long_is_told_as_unreadable() {
    let crawl = Crawl::new();
    let receipt = crawl.append(2);
    let huge = Line { found: Found::Article("x".repeat(16 << 20)), ..line(&receipt, 2) };
    crawl.keeper.put(receipt.clone(), &huge).unwrap();
    crawl.keeper.flush_all();
    let expected = Line { found: Found::Unreadable("size".into()), ..line(&receipt, 2) };
    assert_eq!(lines(&sidecar_of(receipt.segment())).unwrap(), [expected]);
}

#[test]
fn every_segment_has_its_own_and_none_is_sealed_while_a_line_waits() {
    let crawl = Crawl::of(Setting::new().with_segment_bytes_max(1));
    let mut segments = Vec::new();
    for number in 0..4 {
        let receipt = crawl.append(number);
        crawl.put(&receipt, number);
        segments.push(receipt.segment().to_owned());
    }
    assert_eq!(crawl.setting.files(".open").len(), 4, "their lines wait");
    crawl.keeper.flush_all();
    crawl.append(4);
    // They are sealed by a thread; the one before the last only when the next begins.
    while crawl.setting.files(".open").len() > 2 {
        std::thread::yield_now();
    }
    let setting = crawl.finish();
    assert_eq!(setting.files(".open").len(), 0);
    for (segment, number) in segments.iter().zip(0..) {
        assert_eq!(numbers(&sidecar_of(segment)), BTreeSet::from([number]));
    }
    let data = setting.folder.path();
    assert_eq!(sidecars(data).unwrap(), segments.iter().map(|s| sidecar_of(s)).collect::<Vec<_>>());
}

#[test]
fn cut_at_every_byte_of_the_last_group_the_others_stay() {
    let crawl = Crawl::new();
    let segment = crawl.filled(0..3);
    let path = sidecar_of(&segment);
    let before = std::fs::metadata(&path).unwrap().len();
    let last = crawl.append(3);
    crawl.put(&last, 3);
    crawl.keeper.flush_all();
    let whole = std::fs::read(&path).unwrap();
    let marker = crate::segment::marker_of(&segment);
    drop(last);
    let setting = crawl.finish();
    for length in usize::try_from(before).unwrap()..whole.len() {
        std::fs::write(&path, &whole[..length]).unwrap();
        assert_eq!(numbers(&path), BTreeSet::from([0, 1, 2]), "{length}");
        // The next start of a crawl cuts it off.
        std::fs::write(&marker, b"").unwrap();
        let (_, recovered) = setting.open();
        let cut = length as u64 - before;
        assert_eq!(recovered, Recovered { segments: 1, articles_cut: cut, ..Recovered::default() });
        assert_eq!(std::fs::metadata(&path).unwrap().len(), before);
        // Without one, whoever fills it does.
        std::fs::write(&path, &whole[..length]).unwrap();
        assert_eq!(fill(&setting, &segment, READER, false), Some(vec![url(3)]));
        assert_eq!(std::fs::read(&path).unwrap()[..whole.len()], whole, "as the crawl wrote it");
        assert_eq!(fill(&setting, &segment, READER, false), None, "it is complete");
    }
}

#[test]
fn cut_in_its_header_it_is_made_anew() {
    let crawl = Crawl::new();
    let segment = crawl.filled(0..2);
    let path = sidecar_of(&segment);
    let setting = crawl.finish();
    let whole = std::fs::read(&path).unwrap();
    for length in [0, 1, HEAD_BYTES - 1, HEAD_BYTES, HEAD_BYTES + 20] {
        std::fs::write(&path, &whole[..length]).unwrap();
        assert_eq!(lines(&path).unwrap(), []);
        assert_eq!(fill(&setting, &segment, READER, false).unwrap().len(), 2);
        assert_eq!(numbers(&path).len(), 2);
    }
}

#[test]
fn any_damage_is_seen_named_and_mended() {
    let crawl = Crawl::new();
    let segment = crawl.filled(0..3);
    let path = sidecar_of(&segment);
    let setting = crawl.finish();
    let whole = std::fs::read(&path).unwrap();
    let expected = lines(&path).unwrap();
    for at in 0..whole.len() {
        let mut broken = whole.clone();
        broken[at] ^= 0x55;
        std::fs::write(&path, &broken).unwrap();
        match lines(&path) {
            Err(error) => {
                let error = error.to_string();
                for word in [path.to_str().unwrap(), "at byte", "`newshound archive read`"] {
                    assert!(error.contains(word), "{error}");
                }
            }
            // A frame's descriptor has a bit without a meaning (RFC 8878, section 3.1.1.1.1).
            Ok(lines) => assert_eq!(lines, expected, "{at}"),
        }
        fill(&setting, &segment, READER, false).unwrap();
        assert_eq!(lines(&path).unwrap(), expected, "{at}");
    }
}

#[test]
fn zeros_behind_the_last_group_are_damage() {
    let crawl = Crawl::new();
    let segment = crawl.filled(0..2);
    let path = sidecar_of(&segment);
    let setting = crawl.finish();
    let file = std::fs::OpenOptions::new().write(true).open(&path).unwrap();
    file.set_len(std::fs::metadata(&path).unwrap().len() + 4_096).unwrap();
    assert!(lines(&path).unwrap_err().to_string().contains("no group of lines begins here"));
    assert_eq!(fill(&setting, &segment, READER, false).unwrap().len(), 2);
    assert_eq!(lines(&path).unwrap().len(), 2);
}

/// However many bytes of it fit: a group is there as a whole or not at all, and the crawl goes on.
#[test]
fn a_full_disk_costs_lines_and_no_snapshot() {
    let crawl = Crawl::new();
    let segment = crawl.filled(0..1);
    let path = sidecar_of(&segment);
    let receipts: Vec<_> = (1..60).map(|number| crawl.append(number)).collect();
    let (mut number, mut written) = (1, BTreeSet::from([0]));
    for receipt in &receipts {
        let length = std::fs::metadata(&path).unwrap().len();
        crawl.setting.disk.set_room(Some(u64::from(number) * 7));
        crawl.put(receipt, number);
        crawl.keeper.flush_all();
        crawl.setting.disk.set_room(None);
        if std::fs::metadata(&path).unwrap().len() > length {
            written.insert(number);
        }
        assert_eq!(numbers(&path), written);
        number += 1;
    }
    assert!(written.len() > 1 && written.len() < 60, "{written:?}");
    assert_eq!(crawl.keeper.kept(), Kept { lines: 60, lost: 60 - written.len() as u64 });
    drop(receipts);
    let setting = crawl.finish();
    assert_eq!(fill(&setting, &segment, READER, false).unwrap().len(), 60 - written.len());
    assert_eq!(numbers(&path), (0..60).collect());
}

#[test]
fn a_sidecar_that_cannot_begin_leaves_no_stub() {
    let crawl = Crawl::new();
    let receipt = crawl.append(2);
    for room in [0, 20, 100] {
        crawl.setting.disk.set_room(Some(room));
        crawl.put(&receipt, 2);
        assert!(!sidecar_of(receipt.segment()).exists());
    }
    crawl.setting.disk.set_room(None);
    crawl.put(&receipt, 3);
    crawl.keeper.flush_all();
    assert_eq!(numbers(&sidecar_of(receipt.segment())), BTreeSet::from([3]));
    assert_eq!(crawl.keeper.kept(), Kept { lines: 4, lost: 3 });
}

#[test]
fn behind_a_write_that_cannot_be_undone_nothing_is_written() {
    let crawl = Crawl::new();
    let segment = crawl.filled(0..1);
    let (second, third) = (crawl.append(1), crawl.append(2));
    crawl.setting.disk.set_room(Some(30));
    crawl.setting.disk.set_fail_cut(true);
    crawl.put(&second, 1);
    crawl.keeper.flush_all();
    crawl.setting.disk.set_room(None);
    crawl.setting.disk.set_fail_cut(false);
    crawl.put(&third, 2);
    crawl.keeper.flush_all();
    assert_eq!(numbers(&sidecar_of(&segment)), BTreeSet::from([0]));
    assert_eq!(crawl.keeper.kept().lost, 2);
    drop((second, third));
    let setting = crawl.finish();
    assert_eq!(fill(&setting, &segment, READER, false).unwrap(), [url(1), url(2)]);
}

#[test]
fn what_is_missing_is_made_up_and_the_rest_is_not_read_again() {
    let crawl = Crawl::new();
    let receipts: Vec<_> = (0..8).map(|number| crawl.append(number)).collect();
    for number in [5, 2, 7] {
        crawl.put(&receipts[number as usize], number);
    }
    // What is no answer to a request for a page has no line.
    let mut robots = page("http://host-0.test/robots.txt", b"");
    robots.attempt.purpose = Purpose::Robots;
    crawl.archive.append(&robots).unwrap();
    let mut failed = page("http://host-0.test/down", b"");
    failed.response = None;
    crawl.archive.append(&failed).unwrap();
    let segment = receipts[0].segment().to_owned();
    drop(receipts);
    let setting = crawl.finish();
    let missing = [0, 1, 3, 4, 6].map(url);
    assert_eq!(fill(&setting, &segment, READER, false).unwrap(), missing);
    let path = sidecar_of(&segment);
    assert_eq!(numbers(&path), (0..8).collect());
    assert!(Reader::open(&path).unwrap().unwrap().figures().unwrap().is_complete);
    assert_eq!(fill(&setting, &segment, READER, false), None);
    // Made anew, there are the same lines, in the order of the segment.
    let mut before = lines(&path).unwrap();
    before.sort_by_key(|line| line.offset);
    assert_eq!(fill(&setting, &segment, READER, true).unwrap().len(), 8);
    assert_eq!(lines(&path).unwrap(), before);
    std::fs::remove_file(&path).unwrap();
    assert_eq!(fill(&setting, &segment, READER, false).unwrap().len(), 8);
    assert_eq!(lines(&path).unwrap(), before);
}

#[test]
fn lines_of_another_version_are_read_again_and_stay_until_then() {
    let crawl = Crawl::new();
    let segment = crawl.filled(0..4);
    let path = sidecar_of(&segment);
    let setting = crawl.finish();
    let disk: Arc<dyn Disk> = Arc::new(setting.disk.clone());
    let mut filling =
        Filling::begin(Arc::clone(&disk), &segment, READER + 1, false).unwrap().unwrap();
    for _ in 0..2 {
        let kept = filling.next_snapshot().unwrap().unwrap();
        filling.put(&Line { reader: READER + 1, ..read_again(&kept) }).unwrap();
    }
    filling.pause().unwrap();
    assert!(lines(&path).unwrap().iter().all(|line| line.reader == READER));
    // It goes on where it was interrupted.
    let read = fill(&setting, &segment, READER + 1, false).unwrap();
    assert_eq!(read, [url(2), url(3)]);
    assert!(lines(&path).unwrap().iter().all(|line| line.reader == READER + 1));
    assert_eq!(numbers(&path).len(), 4);
    let parts = std::fs::read_dir(path.parent().unwrap()).unwrap().count();
    assert_eq!(parts, 1, "nothing else is left there");
}

#[test]
fn an_interrupted_end_needs_only_its_name() {
    let crawl = Crawl::new();
    let segment = crawl.filled(0..2);
    let path = sidecar_of(&segment);
    let setting = crawl.finish();
    fill(&setting, &segment, READER, false).unwrap();
    let mut part = path.clone().into_os_string();
    part.push(".part");
    std::fs::rename(&path, &part).unwrap();
    assert_eq!(fill(&setting, &segment, READER, false), None);
    assert_eq!(numbers(&path).len(), 2);
}

#[test]
fn a_line_of_a_snapshot_that_is_not_there_makes_it_anew() {
    let crawl = Crawl::new();
    let segment = crawl.filled(0..3);
    let (receipt, path) = (crawl.append(3), sidecar_of(&segment));
    let elsewhere = Line { offset: 1, ..line(&receipt, 3) };
    crawl.keeper.put(receipt, &elsewhere).unwrap();
    let setting = crawl.finish();
    assert_eq!(fill(&setting, &segment, READER, false).unwrap().len(), 4);
    assert_eq!(numbers(&path).len(), 4);
    assert!(lines(&path).unwrap().iter().all(|line| line.offset > 1));
}

#[test]
fn a_newer_format_is_refused_and_said() {
    let crawl = Crawl::new();
    let segment = crawl.filled(0..1);
    let path = sidecar_of(&segment);
    let _setting = crawl.finish();
    let header = Header { version: 9, ..Header::new("x", READER) };
    std::fs::remove_file(&path).unwrap();
    writer::Writer::create(&crate::RealDisk, &path, &header).unwrap();
    let error = lines(&path).unwrap_err().to_string();
    assert!(error.contains("format 9") && error.contains("knows 1"), "{error}");
}

/// The disk lost something of the segment itself: what is behind it stands elsewhere now.
#[test]
fn where_a_segment_is_mended_its_articles_are_made_anew() {
    let crawl = Crawl::new();
    let first = crawl.append(0);
    let end = first.offset + first.bytes;
    crawl.put(&first, 0);
    let segment = crawl.filled(1..4);
    let marker = crate::segment::marker_of(&segment);
    drop(first);
    let setting = crawl.finish();
    let mut content = std::fs::read(&segment).unwrap();
    content[usize::try_from(end).unwrap() + 20] ^= 0xff;
    std::fs::write(&segment, &content).unwrap();
    std::fs::write(&marker, b"").unwrap();
    let (_, recovered) = setting.open();
    assert!(recovered.damaged == 1 && recovered.articles_cut > 0, "{recovered:?}");
    assert!(!sidecar_of(&segment).exists());
    assert_eq!(fill(&setting, &segment, READER, false).unwrap(), [0, 2, 3].map(url));
}

/// A power cut may lose the end of a segment whose articles have reached the disk.
#[test]
fn no_article_is_left_of_a_snapshot_that_was_lost() {
    let crawl = Crawl::new();
    let segment = crawl.filled(0..2);
    let last = crawl.append(2);
    let lost_at = last.offset;
    crawl.put(&last, 2);
    drop(last);
    let path = sidecar_of(&segment);
    let setting = crawl.finish();
    assert_eq!(numbers(&path), BTreeSet::from([0, 1, 2]));
    std::fs::OpenOptions::new().write(true).open(&segment).unwrap().set_len(lost_at).unwrap();
    std::fs::write(crate::segment::marker_of(&segment), b"").unwrap();
    let (_, recovered) = setting.open();
    assert!(recovered.articles_cut > 0, "{recovered:?}");
    assert!(!numbers(&path).contains(&2));
    fill(&setting, &segment, READER, false).unwrap();
    assert_eq!(numbers(&path), BTreeSet::from([0, 1]));
}

#[test]
fn what_is_damaged_in_a_sealed_segment_is_passed_over() {
    let crawl = Crawl::new();
    let receipts = [0, 1, 2].map(|number| crawl.append(number));
    let (segment, place) = (receipts[0].segment().to_owned(), receipts[1].offset + 20);
    drop(receipts);
    let setting = crawl.finish();
    let mut content = std::fs::read(&segment).unwrap();
    content[usize::try_from(place).unwrap()] ^= 0xff;
    std::fs::write(&segment, &content).unwrap();
    let disk: Arc<dyn Disk> = Arc::new(setting.disk.clone());
    let mut filling = Filling::begin(disk, &segment, READER, false).unwrap().unwrap();
    while let Some(kept) = filling.next_snapshot().unwrap() {
        filling.put(&read_again(&kept)).unwrap();
    }
    assert_eq!(filling.finish().unwrap(), Filled { lines: 2, damages: 1 });
    assert_eq!(numbers(&sidecar_of(&segment)), BTreeSet::from([0, 2]));
}

#[test]
fn directories_are_read_in_the_order_of_their_segments_and_through_a_filter() {
    let workers = [0, 1].map(|worker: u32| {
        let crawl = Crawl::of(Setting::new().with_segment_bytes_max(1));
        // Two workers that began one after the other.
        crawl.setting.clock.forward(Duration::from_secs(u64::from(worker)));
        for number in [worker, worker + 2, worker + 4] {
            crawl.filled(number..number + 1);
            crawl.setting.clock.forward(Duration::from_secs(2));
        }
        crawl.finish()
    });
    let data: Vec<_> = workers.iter().map(|setting| setting.folder.path().to_owned()).collect();
    let read = |filter: Filter| {
        let mut folders = Folders::open(&data, filter).unwrap();
        let mut found = Vec::new();
        while let Some(line) = folders.next_line::<String>().unwrap() {
            assert!(folders.path().is_some());
            found.push(line.url.rsplit('/').next().unwrap().parse::<u32>().unwrap());
        }
        found
    };
    let at = |number: u64| Some(NOW.after(Duration::from_secs(number)));
    assert_eq!(read(Filter::default()), [0, 1, 2, 3, 4, 5]);
    assert_eq!(read(Filter { from: at(2), to: at(5), outlet: None }), [2, 3, 4]);
    let outlet = CanonicalUrl::parse(&url(4)).unwrap().host_key().outlet();
    assert_eq!(read(Filter { outlet: Some(outlet.clone()), ..Filter::default() }), [1, 4]);
    assert_eq!(read(Filter { outlet: Some(outlet), from: at(2), to: None }), [4]);
    assert_eq!(read(Filter { to: Some(UnixMicros(0)), ..Filter::default() }), Vec::<u32>::new());
    assert_eq!(Folders::open(&[data[0].join("none")], Filter::default()).unwrap().path(), None);
}

#[test]
fn a_damaged_sidecar_does_not_hide_the_others() {
    let crawl = Crawl::of(Setting::new().with_segment_bytes_max(1));
    let segments: Vec<_> = (0..3).map(|number| crawl.filled(number..number + 1)).collect();
    let setting = crawl.finish();
    let path = sidecar_of(&segments[1]);
    let mut content = std::fs::read(&path).unwrap();
    *content.last_mut().unwrap() ^= 1;
    std::fs::write(&path, content).unwrap();
    let mut folders =
        Folders::open(&[setting.folder.path().to_owned()], Filter::default()).unwrap();
    assert_eq!(folders.next_line::<String>().unwrap().unwrap().url, url(0));
    let error = folders.next_line::<String>().unwrap_err().to_string();
    assert!(error.contains(path.to_str().unwrap()), "{error}");
    assert_eq!(folders.next_line::<String>().unwrap().unwrap().url, url(2));
    assert_eq!(folders.next_line::<String>().unwrap(), None);
}

#[test]
fn a_snapshot_is_loaded_by_the_place_in_its_line() {
    let crawl = Crawl::new();
    let segment = crawl.filled(0..3);
    for line in lines(&sidecar_of(&segment)).unwrap() {
        let (date, offset) = (line.fetched, line.offset);
        let kept = crate::load(&Location { date, segment: segment.clone(), offset }).unwrap();
        let response = kept.response.unwrap();
        assert_eq!(response.header.uri("WARC-Record-ID"), Some(&*line.record));
        assert_eq!(response.payload(), line.url.as_bytes());
        let location = Location { date, segment: segment.clone(), offset };
        assert_eq!(line_of(&location).unwrap(), Some(line));
        let elsewhere = Location { offset: offset + 1, ..location.clone() };
        assert_eq!(line_of::<String>(&elsewhere).unwrap(), None);
        let other = Location { segment: segment.with_file_name("other.warc.gz"), ..location };
        assert_eq!(line_of::<String>(&other).unwrap(), None);
    }
}
