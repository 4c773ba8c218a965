//! Gaps and overlaps, of one worker and of several.

use tempfile::TempDir;

use super::fixture::*;
use crate::audit::{Rule, run};
use crate::read::fixture::{Raw, file};

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
    assert!(report.findings[0].message.contains("robots.txt asks 5000.0 ms"));
    assert_eq!(report.findings[0].host.as_deref(), Some("a.test"));
    // Before it was known nobody could keep it.
    let late =
        [robots(A, 0, 200, ALLOW), page("http://a.test/x", 2_000), robots(A, 4_000, 200, SLOW)];
    assert_eq!(broken(&late), []);
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
    }
}
