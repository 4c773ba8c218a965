//! Gaps and overlaps, of one worker and of several.

use tempfile::TempDir;

use super::fixture::*;
use crate::audit::{Rule, run};
use crate::testing::warc::{Raw, file};

const A: &str = "http://a.test";
const ALLOW: &str = "User-agent: *\nAllow: /\n";
const SLOW: &str = "User-agent: *\nCrawl-delay: 5\n";

#[test]
fn the_delay_runs_from_the_first_byte_or_from_the_end_of_a_failure() {
    let failed = |start| page("http://a.test/x", start).failed();
    for (before, start_ms, is_kept) in [
        (page("http://a.test/x", 2_000), 3_010, true),
        (page("http://a.test/x", 2_000), 3_000, false),
        (failed(2_000), 3_020, true),
        (failed(2_000), 3_010, false),
    ] {
        let plans = [robots(A, 0, 200, ALLOW), before, page("http://a.test/y", start_ms)];
        let expected: &[Rule] = if is_kept { &[] } else { &[Rule::Gap] };
        assert_eq!(broken(&plans), expected, "{start_ms}");
    }
}

#[test]
fn a_request_begins_when_the_one_before_is_over() {
    let long = Plan { end_ms: 5_000, ..page("http://a.test/x", 2_000) };
    let plans = [robots(A, 0, 200, ALLOW), long.clone(), page("http://a.test/y", 6_000)];
    assert_eq!(broken(&plans), [Rule::Overlap]);
    // Also behind a third one that was shorter.
    let plans = [plans[0].clone(), long, plans[2].clone(), page("http://a.test/z", 6_900)];
    let report = judge(&segment(&plans));
    assert_eq!(report.counts[&Rule::Overlap], 2);
}

#[test]
fn robots_files_are_requests_too() {
    let plans = [robots(A, 0, 200, ALLOW), page("http://a.test/x", 500)];
    assert_eq!(broken(&plans), [Rule::Gap]);
}

#[test]
fn other_hosts_need_not_wait_and_other_ports_must() {
    let b = "http://b.test";
    let plans = [robots(A, 0, 200, ALLOW), robots(b, 1, 200, ALLOW)];
    assert_eq!(broken(&plans), []);
    let port = robots("http://a.test:8080", 500, 200, ALLOW);
    let mut records = segment(&[plans[0].clone(), port]);
    let block = String::from_utf8(records[4].block.clone()).unwrap();
    records[4] = records[4].clone().with_block(block.replace("a.test", "a.test:8080").as_bytes());
    assert_eq!(rules(&judge(&records)), [Rule::Gap]);
}

#[test]
fn the_crawl_delay_of_that_time_is_kept() {
    let plans = |second, third| {
        [robots(A, 0, 200, SLOW), page("http://a.test/x", second), page("http://a.test/y", third)]
    };
    assert_eq!(broken(&plans(5_010, 10_020)), []);
    assert_eq!(broken(&plans(4_000, 10_000)), [Rule::Gap]);
    assert_eq!(broken(&plans(5_010, 9_000)), [Rule::Gap]);
    let report = judge(&segment(&plans(5_010, 9_000)));
    assert!(report.findings[0].message.contains("robots.txt asks for 5000.0 ms"));
    assert_eq!(report.findings[0].host.as_deref(), Some("a.test"));
    // Before it was known nobody could keep it.
    let late =
        [robots(A, 0, 200, ALLOW), page("http://a.test/x", 2_000), robots(A, 4_000, 200, SLOW)];
    assert_eq!(broken(&late), []);
}

/// robots.txt belongs to the origin, the pace to the host.
#[test]
fn the_slowest_origin_of_a_host_sets_its_pace() {
    let secure = "https://a.test";
    let plans = |third, secures: &str| {
        [
            robots(secure, 0, 200, secures),
            robots(A, 6_000, 200, ALLOW),
            page("http://a.test/x", third),
        ]
    };
    assert_eq!(broken(&plans(8_000, ALLOW)), []);
    assert_eq!(broken(&plans(8_000, SLOW)), [Rule::Gap]);
    assert_eq!(broken(&plans(11_020, SLOW)), []);
}

#[test]
fn the_delay_that_an_attempt_tells_is_kept() {
    let plans = |delay_ms, start_ms| {
        let last = Plan { delay_ms, ..page("http://a.test/y", start_ms) };
        [robots(A, 0, 200, ALLOW), page("http://a.test/x", 2_000), last]
    };
    // The adaptive part is told by the attempt that waited for it, and only by that one.
    assert_eq!(broken(&plans(3_000, 5_010)), []);
    let report = judge(&segment(&plans(3_000, 5_000)));
    assert_eq!(rules(&report), [Rule::Gap]);
    assert!(report.findings[0].message.ends_with("the attempt itself says 3000.0 ms"));
    assert_eq!(report.figures.smallest_margin_ms, Some(-10.0));
    let mut text = String::new();
    report.render(&mut text).unwrap();
    assert!(text.contains("the earliest came 10.0 ms before its delay was over"), "{text}");
    let mut told = plans(1_000, 3_010);
    told[1].delay_ms = 2_000_000;
    assert_eq!(broken(&told), [Rule::Gap], "of the one that told it");
    told[1].start_ms = 2_000_010;
    told[2].start_ms = 2_001_020;
    assert_eq!(broken(&told), [], "not of the next one");
    // Telling less than was promised helps nobody.
    assert_eq!(broken(&plans(0, 2_500)), [Rule::Gap]);
}

/// One that answers with `Retry-After`, and the next one.
fn rest(value: &str, start_ms: i64) -> [Plan; 3] {
    let busy = Plan { status: Some(503), ..page("http://a.test/x", 2_000) };
    let busy = busy.header("Retry-After", value);
    [robots(A, 0, 200, ALLOW), busy, page("http://a.test/y", start_ms)]
}

/// Design, guarantee 1: never earlier than asked; over a day is once a day.
#[test]
fn a_retry_after_is_kept() {
    const DAY_MS: i64 = 24 * 3_600_000;
    for (value, start_ms, is_kept) in [
        ("60", 62_010, true),
        ("60", 62_000 - 60, false),
        ("0", 3_010, true),
        ("soon", 3_010, true),
        ("1", 3_010, true),
        ("86400", 2_010 + DAY_MS, true),
        ("864000", 2_010 + DAY_MS, true),
        ("99999999999999999999", 2_010 + DAY_MS, true),
        ("864000", 2_010 + DAY_MS - 100_000, false),
    ] {
        let mut plans = rest(value, start_ms);
        plans[2].robots_for = Some(A);
        plans[2].url = "http://a.test/robots.txt".into();
        let expected: &[Rule] = if is_kept { &[] } else { &[Rule::Gap] };
        assert_eq!(broken(&plans), expected, "{value} {start_ms}");
    }
    let report = judge(&segment(&rest("60", 10_000)));
    let message = &report.findings[0].message;
    assert_eq!(message, "it came after 7990.0 ms, Retry-After asked for 60000.0 ms");
}

/// The crawls here begin at 2026-11-25T04:22:23Z, the answer is there 2.01 s later.
#[test]
fn a_retry_after_may_be_a_date() {
    let value = "Wed, 25 Nov 2026 04:23:23 GMT";
    assert_eq!(broken(&rest(value, 60_000)), []);
    // It is exact to the second.
    assert_eq!(broken(&rest(value, 59_010)), []);
    assert_eq!(broken(&rest(value, 58_900)), [Rule::Gap]);
    assert_eq!(broken(&rest("Wed, 25 Nov 2026 04:00:00 GMT", 3_010)), []);
    // The date is read on the clock of the worker that got it.
    let mut skewed = rest("Wed, 25 Nov 2026 05:22:23 GMT", 60_000);
    for plan in &mut skewed {
        plan.offset_ms = -3_540_000;
    }
    assert_eq!(broken(&skewed), []);
    skewed[2].start_ms = 58_900;
    assert_eq!(broken(&skewed), [Rule::Gap]);
}

#[test]
fn a_rest_binds_every_start_until_it_is_over_and_no_other_host() {
    let [robots_txt, busy, early] = rest("60", 10_000);
    let also_early = page("http://a.test/z", 20_000);
    let plans = [robots_txt, busy, early, also_early, page("http://a.test/1", 62_010)];
    assert_eq!(judge(&segment(&plans)).counts[&Rule::Gap], 2);
    let b = "http://b.test";
    let other = [plans[0].clone(), plans[1].clone(), robots(b, 3_000, 200, ALLOW)];
    assert_eq!(broken(&other), []);
    // Whatever the status: a redirect may ask for it, and so may a robots.txt.
    let moved = robots(A, 0, 301, "").header("Retry-After", "60");
    let moved = moved.header("Location", "/r.txt");
    let next =
        |start_ms| Plan { url: "http://a.test/r.txt".into(), ..robots(A, start_ms, 404, "") };
    assert_eq!(broken(&[moved.clone(), next(60_010)]), []);
    assert_eq!(broken(&[moved, next(30_000)]), [Rule::Gap]);
}

#[test]
fn a_failure_is_over_at_its_end_even_when_bytes_had_come() {
    let plans = |start_ms| {
        let broken_off = page("http://a.test/x", 2_000).failed();
        [
            robots(A, 0, 200, ALLOW),
            Plan { end_ms: 500, ..broken_off },
            page("http://a.test/y", start_ms),
        ]
    };
    let judged = |start_ms| {
        let mut records = segment(&plans(start_ms));
        let at = records.len() - 4;
        let first_byte = plans(0)[1].started().0 + 10_000;
        let mut block = records[at].block.clone();
        block.extend_from_slice(format!("first-byte-us: {first_byte}\r\n").as_bytes());
        records[at] = records[at].clone().with_block(&block);
        rules(&judge(&records))
    };
    assert_eq!(judged(3_500), []);
    assert_eq!(judged(3_100), [Rule::Gap]);
}

/// A run with another delay ends and begins anew: each start is judged by its own promise.
#[test]
fn each_start_is_judged_by_the_promise_of_its_time() {
    let judged = |second_ms, third_ms| {
        let plans = [
            robots(A, 0, 200, ALLOW),
            Plan { delay_ms: 5_000, ..page("http://a.test/x", second_ms) },
            page("http://a.test/y", third_ms),
        ];
        let mut records = segment(&plans);
        let named = |raw: Raw, id: &str| raw.with("WARC-Warcinfo-ID", id);
        for raw in &mut records[4..7] {
            *raw = named(raw.clone(), "<urn:uuid:slow>");
        }
        for raw in &mut records[7..] {
            *raw = named(raw.clone(), "<urn:uuid:fast>");
        }
        let slow = warcinfo("").with("WARC-Record-ID", "<urn:uuid:slow>");
        let block = String::from_utf8(slow.block.clone()).unwrap();
        let slow = slow.with_block(block.replace("ms: 1000", "ms: 5000").as_bytes());
        let fast = warcinfo("").with("WARC-Record-ID", "<urn:uuid:fast>");
        records.insert(7, fast);
        records.insert(4, slow);
        judge(&records)
    };
    assert_eq!(judged(5_010, 6_020).findings, []);
    assert_eq!(rules(&judged(4_000, 5_010)), [Rule::Gap]);
    assert_eq!(rules(&judged(5_010, 6_000)), [Rule::Gap]);
}

#[test]
fn workers_are_judged_on_the_frontiers_clock() {
    let (one, two) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let judge = |second: Plan| {
        write(one.path(), &segment(&[robots(A, 0, 200, ALLOW)]));
        let info = warcinfo("").with("WARC-Record-ID", "<urn:uuid:other>");
        let mut records = vec![info.with("WARC-Filename", "b.warc.gz")];
        records.extend(second.records("b"));
        let named = |raw: Raw| raw.with("WARC-Warcinfo-ID", "<urn:uuid:other>");
        let bytes: Vec<u8> = records.into_iter().map(named).flat_map(|raw| raw.member()).collect();
        file(two.path(), "b.warc.gz", &bytes);
        let paths = [two.path().to_owned(), one.path().to_owned()];
        run(&paths, &mut |_| {}).unwrap()
    };
    let page = page("http://a.test/x", 2_000);
    // A clock an hour early or late makes no breach, and hides none.
    for offset_ms in [0, 3_600_000, -3_600_000] {
        let kept = judge(Plan { offset_ms, ..page.clone() });
        assert_eq!(kept.findings, [], "{offset_ms}");
        assert_eq!(kept.figures.requests_of_a_host_max, 2);
        let broken = judge(Plan { offset_ms, start_ms: 900, ..page.clone() });
        assert_eq!(rules(&broken), [Rule::Gap], "{offset_ms}");
        // Both at the same time, each by itself without a fault.
        let both = Plan { offset_ms, ..robots(A, 5, 200, ALLOW) };
        assert_eq!(rules(&judge(both)), [Rule::Overlap, Rule::Gap], "{offset_ms}");
        let other = Plan { offset_ms, ..robots("http://b.test", 5, 200, ALLOW) };
        assert_eq!(judge(other).findings, [], "{offset_ms}");
    }
}
