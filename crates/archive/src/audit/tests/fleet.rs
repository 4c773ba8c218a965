//! Archives of several workers: what their clocks say, and what a stopped one holds.

use tempfile::TempDir;

use super::fixture::*;
use crate::audit::{Report, Rule, run};
use crate::testing::warc::{Raw, file};

const A: &str = "http://a.test";
const ALLOW: &str = "User-agent: *\nAllow: /\n";

/// What the audit says of two workers together.
fn judge_both(first: &[Plan], second: &[Plan]) -> Report {
    let (one, two) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    write(one.path(), &segment(first));
    let other = "<urn:uuid:other>";
    let info = warcinfo("").with("WARC-Record-ID", other).with("WARC-Filename", "b.warc.gz");
    let named = second.iter().enumerate();
    let records = named.flat_map(|(number, plan)| plan.records(&format!("b{number}")));
    let records = std::iter::once(info).chain(records);
    let named = records.map(|raw: Raw| raw.with("WARC-Warcinfo-ID", other));
    let bytes: Vec<u8> = named.flat_map(|raw| raw.member()).collect();
    file(two.path(), "b.warc.gz", &bytes);
    run(&[one.path().to_owned(), two.path().to_owned()], &mut |_| {}).unwrap()
}

/// The same by a clock that is said to be late by `ms`, give or take `error`.
fn told(plan: Plan, ms: i64, error: u64) -> Plan {
    Plan { told: Some((ms, error)), ..plan }
}

#[test]
fn what_a_clock_may_be_wrong_by_is_no_breach() {
    let first = [told(robots(A, 0, 200, ALLOW), 0, 5)];
    for (wrong_by, error, is_kept) in [(-20, 30, true), (-20, 1, false), (20, 30, true)] {
        let second = [told(page("http://a.test/x", 1_015), wrong_by, error)];
        let expected: &[Rule] = if is_kept { &[] } else { &[Rule::Gap] };
        assert_eq!(rules(&judge_both(&first, &second)), expected, "{wrong_by} {error}");
    }
    // More than that is one.
    let second = [told(page("http://a.test/x", 970), 0, 30)];
    assert_eq!(rules(&judge_both(&first, &second)), [Rule::Gap]);
}

#[test]
fn the_leases_of_a_worker_tell_together_what_its_clock_says() {
    let first = [told(robots(A, 0, 200, ALLOW), 0, 1)];
    let rough = |start_ms| told(page("http://a.test/x", start_ms), -400, 500);
    let exact = told(robots("http://b.test", 0, 200, ALLOW), 0, 1);
    // By itself it may have been in time; another lease says that it was not.
    assert_eq!(rules(&judge_both(&first, &[rough(950)])), []);
    assert_eq!(rules(&judge_both(&first, &[exact.clone(), rough(950)])), [Rule::Gap]);
    assert_eq!(rules(&judge_both(&first, &[exact.clone(), rough(1_015)])), []);
    // Leases that contradict one another tell of clocks that were set: each counts by itself.
    let apart = told(robots("http://b.test", 0, 200, ALLOW), 5_000, 1);
    assert_eq!(rules(&judge_both(&first, &[apart, rough(950)])), []);
}

#[test]
fn requests_of_one_worker_are_apart_by_its_own_clock() {
    // Two leases of one worker, the second told of less exactly.
    let plans = |start_ms| {
        [told(robots(A, 0, 200, ALLOW), 0, 1), told(page("http://a.test/x", start_ms), 50, 100)]
    };
    assert_eq!(broken(&plans(1_015)), []);
    assert_eq!(broken(&plans(990)), [Rule::Gap]);
}

#[test]
fn what_a_stopped_worker_holds_keeps_others_from_nothing_when_its_lease_is_over() {
    let lease = |plan, ms| Plan { lease_until_ms: Some(ms), ..plan };
    let stopped = |first_byte_ms| {
        let long = Plan { first_byte_ms, end_ms: 60_000, ..page("http://a.test/x", 2_000) };
        [robots(A, 0, 200, ALLOW), lease(long, 10_000)]
    };
    for first_byte_ms in [10, 59_000] {
        let late = page("http://a.test/y", 11_010);
        let done = judge_both(&stopped(first_byte_ms), &[lease(late, 20_000)]);
        assert_eq!((done.findings, done.figures.held), (vec![], 1));
    }
    // Its lease, and the delay after it, are kept all the same.
    let early = page("http://a.test/y", 10_500);
    let report = judge_both(&stopped(59_000), &[early]);
    assert_eq!(rules(&report), [Rule::Gap]);
    let early = page("http://a.test/y", 9_000);
    assert_eq!(rules(&judge_both(&stopped(10), &[early])), [Rule::Overlap]);
}

#[test]
fn nothing_is_sent_when_the_lease_is_over() {
    let sent = |lease_until_ms| {
        let page = Plan { lease_until_ms, end_ms: 20, ..page("http://a.test/x", 2_000) };
        broken(&[robots(A, 0, 200, ALLOW), page])
    };
    assert_eq!(sent(Some(2_500)), []);
    assert_eq!(sent(None), []);
    assert_eq!(sent(Some(1_990)), [Rule::Lease]);
}

#[test]
fn a_robots_txt_that_came_when_the_lease_was_over_rules_nothing() {
    let held = Plan { end_ms: 60_000, ..robots(A, 0, 200, "User-agent: *\nDisallow: /\n") };
    let held = Plan { lease_until_ms: Some(10_000), ..held };
    let others = [robots(A, 12_000, 200, ALLOW), page("http://a.test/x", 70_000)];
    assert_eq!(judge_both(&[held], &others).findings, []);
}

#[test]
fn a_robots_txt_may_be_followed_by_one_that_was_stopped_and_by_another() {
    let moved = |start_ms| robots(A, start_ms, 301, "").header("Location", "http://rules.test/a");
    let at =
        |start_ms| Plan { url: "http://rules.test/a".into(), ..robots(A, start_ms, 200, ALLOW) };
    // Stopped on the way of the first answer; it goes on under the lease of the other host.
    let held = Plan { end_ms: 60_000, first_byte_ms: 59_000, ..moved(0) };
    let held = Plan { lease_until_ms: Some(10_000), ..held };
    let done = judge_both(&[held, at(61_000)], &[moved(12_000), at(13_000)]);
    assert_eq!(done.findings, []);
    // Where nothing led to is nothing proved, whoever asks.
    let strange = Plan { url: "http://rules.test/b".into(), ..at(70_000) };
    let after = page("http://b.test/", 80_000);
    assert!(rules(&judge_both(&[moved(0)], &[strange, after])).contains(&Rule::Attempt));
}

#[test]
fn who_asks_for_a_robots_txt_need_not_know_what_a_killed_worker_had_read() {
    let slow = "User-agent: *\nCrawl-delay: 5\n";
    let first = [robots(A, 0, 200, slow)];
    let plans = |start_ms| [robots(A, 2_000, 200, slow), page("http://a.test/x", start_ms)];
    assert_eq!(judge_both(&first, &plans(7_100)).findings, []);
    assert_eq!(rules(&judge_both(&first, &plans(4_000))), [Rule::Gap]);
    // Its own it knows.
    let again = [first[0].clone(), robots(A, 2_000, 200, slow)];
    assert_eq!(broken(&again), [Rule::Gap]);
}
