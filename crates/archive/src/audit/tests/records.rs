//! Files and records: each damage under its rule.

use proptest::prelude::*;
use tempfile::TempDir;

use super::fixture::*;
use crate::audit::{Rule, run};
use crate::testing::warc::{Raw, file, gzip};

const A: &str = "http://a.test";
const ALLOW: &str = "User-agent: *\nAllow: /\n";

/// A robots.txt (records 1 to 3), then a page (4 to 6).
fn whole() -> Vec<Raw> {
    segment(&[robots(A, 0, 200, ALLOW), page("http://a.test/x", 3_000)])
}

const REQUEST: usize = 4;
const RESPONSE: usize = 5;
const METADATA: usize = 6;

/// One way to break a segment, and the rule that must be named.
type Breach = (&'static str, fn(&mut Vec<Raw>), Rule);

fn with(records: &mut [Raw], at: usize, name: &str, value: &str) {
    records[at] = records[at].clone().with(name, value);
}

fn without(records: &mut [Raw], at: usize, name: &str) {
    records[at] = records[at].clone().without(name);
}

/// Another text in a block, with length and digest made right.
fn replace(records: &mut [Raw], at: usize, from: &str, to: &str) {
    let text = String::from_utf8(records[at].block.clone()).unwrap();
    assert!(text.contains(from), "{text}");
    records[at] = records[at].clone().with_block(text.replace(from, to).as_bytes());
}

#[test]
fn a_whole_segment_has_no_findings() {
    let report = judge(&whole());
    assert_eq!(report.findings, []);
    assert_eq!(report.notes, Vec::<String>::new());
    let figures = &report.figures;
    assert_eq!((figures.segments, figures.pages, figures.robots, figures.hosts), (1, 1, 1, 1));
    assert_eq!((figures.records["request"], figures.records["warcinfo"]), (2, 1));
    assert_eq!(figures.smallest_margin_ms, Some(1_990.0));
    let mut text = String::new();
    report.render(&mut text).unwrap();
    assert!(text.contains("no findings: polite, obedient, whole"), "{text}");
}

const BREACHES: &[Breach] = &[
    ("a request is lost", |r| drop(r.remove(REQUEST)), Rule::Group),
    ("a response is lost", |r| drop(r.remove(RESPONSE)), Rule::Group),
    ("a metadata record is lost", |r| drop(r.remove(METADATA)), Rule::Group),
    ("the file is cut between two members", |r| r.truncate(METADATA), Rule::Group),
    ("robots.txt is lost", |r| drop(r.drain(1..4)), Rule::NoRobots),
    ("warcinfo is lost", |r| drop(r.remove(0)), Rule::Warcinfo),
    ("warcinfo comes late", |r| r.swap(0, 1), Rule::Warcinfo),
    ("another warcinfo is named", |r| with(r, 4, "WARC-Warcinfo-ID", "<urn:x>"), Rule::Warcinfo),
    ("no warcinfo is named", |r| without(r, 4, "WARC-Warcinfo-ID"), Rule::Warcinfo),
    ("warcinfo has no file name", |r| without(r, 0, "WARC-Filename"), Rule::Warcinfo),
    ("warcinfo names no agent", |r| replace(r, 0, "http-header-user", "x"), Rule::Warcinfo),
    ("warcinfo names no delay", |r| replace(r, 0, "ms: 1000", "ms: soon"), Rule::Warcinfo),
    ("a block has changed", |r| r[RESPONSE].block[60] ^= 1, Rule::Digest),
    ("no block digest", |r| without(r, RESPONSE, "WARC-Block-Digest"), Rule::Digest),
    ("no payload digest", |r| without(r, RESPONSE, "WARC-Payload-Digest"), Rule::Digest),
    ("a digest of no kind", |r| with(r, 5, "WARC-Payload-Digest", "crc:1"), Rule::Digest),
    ("no id", |r| without(r, REQUEST, "WARC-Record-ID"), Rule::Field),
    ("no type", |r| without(r, REQUEST, "WARC-Type"), Rule::Field),
    ("no media type", |r| without(r, REQUEST, "Content-Type"), Rule::Field),
    ("no URL", |r| without(r, METADATA, "WARC-Target-URI"), Rule::Field),
    ("cut for no known reason", |r| with(r, RESPONSE, "WARC-Truncated", "why"), Rule::Field),
    ("an id twice", |r| with(r, 6, "WARC-Record-ID", "<urn:uuid:0-request>"), Rule::Duplicate),
    ("no date", |r| without(r, REQUEST, "WARC-Date"), Rule::Date),
    ("a local date", |r| with(r, 4, "WARC-Date", "2026-11-25T04:22:26+01"), Rule::Date),
    ("a day that is none", |r| with(r, 4, "WARC-Date", "2026-02-30T04:22:26Z"), Rule::Date),
    ("a late date", |r| (4..7).for_each(|at| with(r, at, "WARC-Date", LATE)), Rule::Date),
    ("no address", |r| without(r, RESPONSE, "WARC-IP-Address"), Rule::Address),
    ("a name for an address", |r| with(r, 5, "WARC-IP-Address", "a.test"), Rule::Address),
    ("a cookie", |r| replace(r, REQUEST, "Host:", "Cookie: a=b\r\nHost:"), Rule::Secret),
    ("a key", |r| replace(r, REQUEST, "Host:", "Authorization: x\r\nHost:"), Rule::Secret),
    (
        "a password in the URL",
        |r| (4..7).for_each(|at| with(r, at, "WARC-Target-URI", "http://u:p@a.test/x")),
        Rule::Secret,
    ),
    ("another agent", |r| replace(r, REQUEST, AGENT, "Mozilla/5.0"), Rule::Identity),
    ("no agent", |r| replace(r, REQUEST, "User-Agent", "X"), Rule::Identity),
    ("an agent without contact", |r| both(r, "newshound/1"), Rule::Identity),
    ("an agent without token", |r| both(r, "x (+ops@crawler.test)"), Rule::Identity),
    ("another page was asked for", |r| replace(r, REQUEST, "GET /x", "GET /y"), Rule::Http),
    ("another host was asked", |r| replace(r, REQUEST, "a.test", "b.test"), Rule::Http),
    ("no request at all", |r| replace(r, REQUEST, "GET /x HTTP/1.1", "hello"), Rule::Http),
    ("no response at all", |r| replace(r, RESPONSE, "HTTP/1.1 200", "hello"), Rule::Http),
    ("a later protocol", |r| replace(r, RESPONSE, "HTTP/1.1", "HTTP/2"), Rule::Http),
    ("a wrong length", |r| replace(r, RESPONSE, "Length: 22", "Length: 23"), Rule::Http),
    ("another status", |r| replace(r, RESPONSE, " 200 ", " 404 "), Rule::Attempt),
    ("a failure with an answer", |r| replace(r, 6, "outcome: 200", "outcome: tls"), Rule::Group),
    ("no outcome", |r| replace(r, METADATA, "outcome", "x"), Rule::Attempt),
    ("no purpose", |r| replace(r, METADATA, "purpose: page", "purpose: fun"), Rule::Attempt),
    ("no first byte", |r| replace(r, METADATA, "first-byte-us", "x"), Rule::Attempt),
    ("it ends before it begins", |r| replace(r, 6, "ended-us: 1", "ended-us: 0"), Rule::Attempt),
    ("nobody's robots.txt", |r| replace(r, 3, "robots-for", "x"), Rule::Attempt),
    ("another lease", |r| replace(r, METADATA, "host: a.test", "host: b.test"), Rule::Lease),
    ("a stranger is named", |r| with(r, 6, "WARC-Concurrent-To", "<urn:x>"), Rule::Group),
    ("nobody is named", |r| without(r, METADATA, "WARC-Concurrent-To"), Rule::Group),
];

const LATE: &str = "2026-11-25T04:22:27Z";

/// The same agent in the request and in warcinfo.
fn both(records: &mut [Raw], agent: &str) {
    for at in [0, 1, REQUEST] {
        replace(records, at, AGENT, agent);
    }
}

#[test]
fn each_breach_is_found_under_its_rule() {
    for (what, breach, rule) in BREACHES {
        let mut records = whole();
        breach(&mut records);
        let report = judge(&records);
        assert!(rules(&report).contains(rule), "{what}: {:?}", report.findings);
        let finding = report.findings.iter().find(|finding| finding.rule == *rule).unwrap();
        assert_eq!(finding.file, "a.warc.gz", "{what}");
        let word = serde_json::to_string(rule).unwrap();
        assert_eq!(word.trim_matches('"'), rule.word());
        let mut text = String::new();
        report.render(&mut text).unwrap();
        assert!(text.contains(rule.meaning()) && text.contains(&finding.message), "{text}");
    }
}

#[test]
fn damaged_files_are_seen() {
    let members: Vec<Vec<u8>> = whole().iter().map(Raw::member).collect();
    let bytes = members.concat();
    let mut flipped = bytes.clone();
    flipped[members[0].len() + 40] ^= 4;
    let in_one: Vec<u8> = whole().iter().flat_map(Raw::plain).collect();
    let with_length = |change: i64| {
        let mut records = whole();
        let length = records[RESPONSE].get("Content-Length").parse::<i64>().unwrap() + change;
        with(&mut records, RESPONSE, "Content-Length", &length.to_string());
        records.iter().flat_map(Raw::member).collect::<Vec<_>>()
    };
    for (what, bytes) in [
        ("a flipped bit", flipped),
        ("a torn end", bytes[..bytes.len() - 20].to_vec()),
        ("zero bytes at the end", [&bytes[..], &[0; 512]].concat()),
        ("all records in one member", gzip(&in_one)),
        ("a length too long", with_length(3)),
        ("a length too short", with_length(-3)),
    ] {
        let report = judge_bytes(&bytes);
        assert!(rules(&report).contains(&Rule::Damage), "{what}: {:?}", report.findings);
    }
}

#[test]
fn said_codings_must_be_there_and_replay() {
    use std::io::Write as _;
    let mut brotli = Vec::new();
    brotli::CompressorWriter::new(&mut brotli, 4_096, 5, 20).write_all(b"text").unwrap();
    let judged = |plan: Plan| judge(&segment(&[robots(A, 0, 200, ALLOW), plan]));
    let coded = |coding: &str, body: &[u8]| {
        page("http://a.test/x", 3_000).header("Content-Encoding", coding).body(body)
    };
    for (coding, body) in [("gzip", gzip(b"text")), ("br", brotli), ("identity", b"t".to_vec())] {
        assert_eq!(judged(coded(coding, &body)).findings, [], "{coding}");
    }
    assert_eq!(judged(coded("gzip", b"")).findings, []);
    let half = gzip(&b"text of a page".repeat(500));
    let half = &half[..half.len() / 2];
    let plain = b"<p>some text of a page";
    for (coding, body) in [("gzip", &plain[..]), ("br", plain), ("zstd", b"x"), ("gzip, br", b"x")]
    {
        assert_eq!(rules(&judged(coded(coding, body))), [Rule::Coding], "{coding}");
    }
    // What ends before anything shows, or in the middle, came so; so did what is no page.
    let failed = |status, coding| Plan { status: Some(status), ..coded(coding, plain) };
    for plan in [
        coded("gzip", half),
        coded("gzip", &half[..10]),
        coded("gzip", b"ok"),
        failed(404, "gzip"),
        failed(503, "zstd"),
        failed(301, "br"),
    ] {
        let report = judged(plan.clone());
        let counted = (report.findings.len(), report.figures.undecodable);
        assert_eq!(counted, (0, 1), "{:?}", (plan.status, plan.body));
    }
    // What a limit of ours cut is marked, and so is what a server said wrongly.
    let mut cut = segment(&[robots(A, 0, 200, ALLOW), coded("gzip", half)]);
    with(&mut cut, RESPONSE, "WARC-Truncated", "length");
    assert_eq!(judge(&cut).findings, []);
    let marked = Plan { flags: vec!["undecodable".into()], ..coded("gzip", b"text") };
    let report = judged(marked);
    assert_eq!((report.findings.len(), report.figures.undecodable), (0, 1));
}

#[test]
fn chunks_that_are_said_must_be_there() {
    let plan = page("http://a.test/x", 3_000).header("Transfer-Encoding", "chunked");
    let judged = |body: &[u8]| {
        let plan = plan.clone().header("Content-Length", "0").body(body);
        let mut records = segment(&[robots(A, 0, 200, ALLOW), plan]);
        let bare = crate::payload_digest(b"body");
        if body.starts_with(b"4") {
            with(&mut records, RESPONSE, "WARC-Payload-Digest", &bare);
        }
        judge(&records)
    };
    let real = judged(b"4\r\nbody\r\n0\r\n\r\n");
    assert_eq!(real.findings, []);
    assert!(real.notes[0].contains("without chunks"), "{:?}", real.notes);
    assert_eq!(rules(&judged(b"body")), [Rule::Coding]);
}

#[test]
fn revisits_must_lead_to_their_payload() {
    let gzipped = gzip(b"text");
    let first = page("http://a.test/x", 3_000).header("Content-Encoding", "gzip").body(&gzipped);
    let again = Plan { start_ms: 9_000, ..first.clone() };
    let unmodified = Plan { status: Some(304), ..again.clone() };
    let judged = |again: &Plan, change: &dyn Fn(&mut Raw)| {
        let mut records = segment(&[robots(A, 0, 200, ALLOW), first.clone()]);
        let mut revisit = again.records_as_revisit_of(&first, "again");
        change(&mut revisit[1]);
        records.append(&mut revisit);
        judge(&records)
    };
    for again in [&again, &unmodified] {
        assert_eq!(judged(again, &|_| {}).findings, []);
    }
    let set = |raw: &mut Raw, name: &str, value: &str| *raw = raw.clone().with(name, value);
    let changes: [&dyn Fn(&mut Raw); 7] = [
        &|raw| set(raw, "WARC-Refers-To-Date", "2026-11-25T04:22:20Z"),
        &|raw| set(raw, "WARC-Payload-Digest", &crate::payload_digest(b"other")),
        &|raw| set(raw, "WARC-Profile", "http://netpreserve.org/warc/1.1/revisit/x"),
        &|raw| *raw = raw.clone().without("WARC-Refers-To-Date"),
        &|raw| *raw = raw.clone().without("WARC-Refers-To-Target-URI"),
        &|raw| *raw = raw.clone().without("WARC-Payload-Digest"),
        &|raw| replace(std::slice::from_mut(raw), 0, "Content-Encoding", "X"),
    ];
    for (number, change) in changes.iter().enumerate() {
        let report = judged(&again, *change);
        assert!(rules(&report).contains(&Rule::Revisit), "{number}: {:?}", report.findings);
    }
    let wrong_profile = |raw: &mut Raw| {
        let profile =
            raw.get("WARC-Profile").replace("server-not-modified", "identical-payload-digest");
        set(raw, "WARC-Profile", &profile);
    };
    assert!(rules(&judged(&unmodified, &wrong_profile)).contains(&Rule::Revisit));
    // An original within the same second is found, whatever its fraction says.
    let cut = first.date()[.."2026-11-25T04:22:26".len()].to_owned() + "Z";
    assert_eq!(judged(&again, &|raw| set(raw, "WARC-Refers-To-Date", &cut)).findings, []);
    let elsewhere = |raw: &mut Raw| set(raw, "WARC-Refers-To-Target-URI", "http://a.test/other");
    let report = judged(&again, &elsewhere);
    assert_eq!((report.findings.len(), report.figures.originals_elsewhere), (0, 1));
}

#[test]
fn the_end_of_an_open_segment_may_be_on_its_way() {
    let dir = TempDir::new().unwrap();
    let bytes: Vec<u8> = whole().iter().flat_map(Raw::member).collect();
    file(dir.path(), "a.warc.gz.open", b"");
    for cut in [bytes.len() - 5, bytes.len() - whole()[METADATA].member().len()] {
        file(dir.path(), "a.warc.gz", &bytes[..cut]);
        assert_eq!(audit(dir.path()).findings, [], "{cut}");
    }
    let mut flipped = bytes;
    flipped[whole()[0].member().len() + 40] ^= 4;
    file(dir.path(), "a.warc.gz", &flipped);
    assert!(rules(&audit(dir.path())).contains(&Rule::Damage));
}

#[test]
fn archives_of_others_are_checked_as_far_as_that_goes() {
    let info = Raw::new("warcinfo", b"software: other\r\nformat: WARC\r\n")
        .with("WARC-Record-ID", INFO_ID)
        .with("WARC-Date", "2026-11-25T04:22:23Z")
        .with("WARC-Filename", "a.warc.gz")
        .with("Content-Type", "application/warc-fields");
    let mut records = page("http://a.test/x", 0).records("x");
    records.truncate(2);
    records.swap(0, 1);
    records.insert(0, info);
    let report = judge(&records);
    assert_eq!(rules(&report), [Rule::Identity, Rule::Warcinfo]);
    records.remove(2);
    assert!(rules(&judge(&records)).contains(&Rule::Group));
}

#[test]
fn what_cannot_be_read_is_an_error_and_nothing_is_no_proof() {
    let dir = TempDir::new().unwrap();
    let audit = |path: &std::path::Path| run(&[path.to_owned()], &mut |_| {});
    assert!(audit(&dir.path().join("none")).is_err());
    let report = audit(dir.path()).unwrap();
    let mut text = String::new();
    report.render(&mut text).unwrap();
    assert!(text.contains("no attempt to judge") && text.contains("holds no WARC"), "{text}");
}

#[test]
fn one_and_several_are_told_apart() {
    let dir = TempDir::new().unwrap();
    let text = |records: &[Raw]| {
        write(dir.path(), records);
        let mut text = String::new();
        audit(dir.path()).render(&mut text).unwrap();
        text
    };
    let lone = text(&segment(&[robots(A, 0, 200, ALLOW).failed()]));
    assert!(lone.starts_with("1 segment, ") && lone.contains(" 3 records: 1 metadata, "), "{lone}");
    assert!(lone.contains("0 requests for pages and 1 for robots.txt to 1 host "), "{lone}");
    let b = robots("http://b.test", 0, 200, ALLOW);
    let plans = [robots(A, 0, 200, ALLOW), page("http://a.test/x", 3_000), b];
    file(dir.path(), "b.warc", b"");
    let several = text(&segment(&plans));
    assert!(several.starts_with("2 segments, "), "{several}");
    assert!(several.contains("1 request for pages and 2 for robots.txt to 2 hosts "), "{several}");
}

/// It was sent all the same: the host had to be given its time.
#[test]
fn an_attempt_without_a_url_is_judged_by_its_host() {
    let judged = |start_ms| {
        let mut records = segment(&[robots(A, 0, 200, ALLOW), page("http://a.test/x", start_ms)]);
        with(&mut records, REQUEST, "WARC-Target-URI", "nowhere");
        with(&mut records, RESPONSE, "WARC-Target-URI", "nowhere");
        with(&mut records, METADATA, "WARC-Target-URI", "nowhere");
        rules(&judge(&records))
    };
    assert_eq!(judged(3_000), [Rule::Field]);
    assert_eq!(judged(500), [Rule::Gap, Rule::Field]);
}

#[test]
fn a_file_named_in_two_ways_is_one_file() {
    let dir = TempDir::new().unwrap();
    write(dir.path(), &whole());
    std::os::unix::fs::symlink(dir.path(), dir.path().join("again")).unwrap();
    let paths = [dir.path().to_owned(), dir.path().join("again/a.warc.gz")];
    let report = run(&paths, &mut |_| {}).unwrap();
    assert_eq!((report.figures.segments, report.findings.len()), (1, 0));
}

#[test]
fn a_data_folder_an_archive_folder_and_a_file_are_the_same() {
    let dir = TempDir::new().unwrap();
    let archive = dir.path().join("archive");
    std::fs::create_dir(&archive).unwrap();
    write(&archive, &whole());
    let mut told = Vec::new();
    let paths = [dir.path().to_owned(), archive.clone(), archive.join("a.warc.gz")];
    for path in &paths {
        let report = run(std::slice::from_ref(path), &mut |step| told.push(step.number)).unwrap();
        assert_eq!((report.figures.segments, report.findings.len()), (1, 0));
    }
    assert_eq!(told, [1, 1, 1]);
    assert_eq!(run(&paths[1..], &mut |_| {}).unwrap().figures.segments, 1);
}

#[test]
fn findings_of_a_rule_are_counted_beyond_those_that_are_kept() {
    let mut records = whole();
    let mut more =
        segment(&(0..60).map(|n| page("http://a.test/x", n * 3_000)).collect::<Vec<_>>());
    for raw in &mut more {
        *raw = raw.clone().without("WARC-Block-Digest");
    }
    records.extend(more.into_iter().skip(1));
    let report = judge(&records);
    assert_eq!(report.counts[&Rule::Digest], 180);
    assert_eq!(report.findings.iter().filter(|f| f.rule == Rule::Digest).count(), 50);
}

#[test]
fn every_cut_is_seen() {
    let records = whole();
    let bytes: Vec<u8> = records.iter().flat_map(Raw::member).collect();
    let mut ends = vec![0];
    for raw in &records {
        ends.push(ends.last().unwrap() + raw.member().len());
    }
    // Behind a whole attempt nothing is wrong with what is left.
    let whole_ends = [ends[1], ends[4]];
    for cut in (1..bytes.len()).filter(|cut| cut % 3 == 0 || ends.contains(cut)) {
        let is_seen = !judge_bytes(&bytes[..cut]).findings.is_empty();
        assert_eq!(is_seen, !whole_ends.contains(&cut), "cut at {cut}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn some_wrong_bytes_do_no_harm(
        wrong in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        is_packed in any::<bool>(),
    ) {
        let mut bytes: Vec<u8> = whole().iter().flat_map(Raw::plain).collect();
        if is_packed {
            bytes = whole().iter().flat_map(Raw::member).collect();
        }
        for (at, byte) in wrong {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        let dir = TempDir::new().unwrap();
        file(dir.path(), if is_packed { "a.warc.gz" } else { "a.warc" }, &bytes);
        let _ = run(&[dir.path().to_owned()], &mut |_| {});
    }
}
