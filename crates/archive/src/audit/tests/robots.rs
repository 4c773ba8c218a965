//! Pages against the robots.txt of their time.

use std::time::Duration;

use crawl::{Directive, Order, UnixMicros};

use super::fixture::*;
use crate::audit::Rule;

const A: &str = "http://a.test";
const HUB: &str = "http://hub.test";
const PRIVATE: &str = "User-agent: *\nDisallow: /private\n";
const HOUR_MS: i64 = 3_600_000;

fn private(start_ms: i64) -> Plan {
    page("http://a.test/private/x", start_ms)
}

/// A redirect of a robots.txt, asked for on behalf of an origin.
fn moved(origin: &'static str, url: &str, start_ms: i64, to: &str) -> Plan {
    Plan { url: url.into(), ..robots(origin, start_ms, 301, "") }.header("Location", to)
}

/// Another origin's file, asked for on behalf of this one.
fn on_behalf(origin: &'static str, url: &str, start_ms: i64, body: &str) -> Plan {
    Plan { url: url.into(), ..robots(origin, start_ms, 200, body) }
}

#[test]
fn what_a_file_forbids_is_not_fetched() {
    assert_eq!(broken(&[robots(A, 0, 200, PRIVATE), page("http://a.test/x", 3_000)]), []);
    let report = judge(&segment(&[robots(A, 0, 200, PRIVATE), private(3_000)]));
    assert_eq!(rules(&report), [Rule::Disallowed]);
    assert!(report.findings[0].message.contains("Disallow: /private"), "{:?}", report.findings);
}

#[test]
fn our_own_group_counts() {
    let body = "User-agent: newshound\nDisallow: /x\n\nUser-agent: *\nDisallow: /private\n";
    assert_eq!(broken(&[robots(A, 0, 200, body), private(3_000)]), []);
    let ours = page("http://a.test/x", 3_000);
    assert_eq!(broken(&[robots(A, 0, 200, body), ours]), [Rule::Disallowed]);
}

#[test]
fn a_file_belongs_to_its_origin() {
    let plans = [robots(A, 0, 200, PRIVATE), page("https://a.test/x", 3_000)];
    assert_eq!(broken(&plans), [Rule::NoRobots]);
}

/// RFC 9309, section 2.3.1.
#[test]
fn what_an_answer_means() {
    for (status, expected) in [
        (404, vec![]),
        (403, vec![]),
        (429, vec![Rule::Disallowed]),
        (500, vec![Rule::Disallowed]),
        (503, vec![Rule::Disallowed]),
    ] {
        assert_eq!(broken(&[robots(A, 0, status, ""), private(3_000)]), expected, "{status}");
    }
    let unreachable = robots(A, 0, 200, "").failed();
    assert_eq!(broken(&[unreachable, private(3_000)]), [Rule::Disallowed]);
}

#[test]
fn the_last_good_copy_holds_through_an_outage() {
    let outage = robots(A, 23 * HOUR_MS, 503, "");
    let later = 30 * HOUR_MS;
    let plans = |page| [robots(A, 0, 200, PRIVATE), outage.clone(), page];
    assert_eq!(broken(&plans(page("http://a.test/x", later))), []);
    assert_eq!(broken(&plans(private(later))), [Rule::Disallowed]);
}

#[test]
fn a_file_is_good_for_a_day() {
    let page = |start| page("http://a.test/x", start);
    assert_eq!(broken(&[robots(A, 0, 200, PRIVATE), page(24 * HOUR_MS)]), []);
    let late = 25 * HOUR_MS;
    assert_eq!(broken(&[robots(A, 0, 200, PRIVATE), page(late)]), [Rule::StaleRobots]);
    let again = robots(A, late - 5_000, 200, PRIVATE);
    assert_eq!(broken(&[robots(A, 0, 200, PRIVATE), again, page(late)]), []);
}

#[test]
fn the_file_of_that_time_counts_not_a_later_one() {
    let closed = robots(A, 6_000, 200, PRIVATE);
    assert_eq!(broken(&[robots(A, 0, 404, ""), private(3_000), closed.clone()]), []);
    assert_eq!(broken(&[robots(A, 0, 404, ""), closed, private(9_000)]), [Rule::Disallowed]);
    let late = [page("http://a.test/x", 0), robots(A, 3_000, 200, PRIVATE)];
    assert_eq!(broken(&late), [Rule::NoRobots]);
}

#[test]
fn packed_files_are_read_and_half_ones_are_not() {
    let packed = crate::testing::warc::gzip(PRIVATE.as_bytes());
    let coded = robots(A, 0, 200, "").header("Content-Encoding", "gzip").body(&packed);
    assert_eq!(broken(&[coded.clone(), page("http://a.test/x", 3_000)]), []);
    assert_eq!(broken(&[coded.clone(), private(3_000)]), [Rule::Disallowed]);
    let lies = coded.body(b"User-agent: *\nAllow: /\n");
    assert_eq!(broken(&[lies, page("http://a.test/x", 3_000)]), [Rule::Disallowed]);
    let mut cut = segment(&[robots(A, 0, 200, PRIVATE), page("http://a.test/x", 3_000)]);
    cut[2] = cut[2].clone().with("WARC-Truncated", "disconnect");
    assert_eq!(rules(&judge(&cut)), [Rule::Disallowed]);
}

#[test]
fn redirects_are_followed_to_their_end() {
    let there = "http://hub.test/robots.txt";
    let plans = |page| {
        [moved(A, "http://a.test/robots.txt", 0, there), on_behalf(A, there, 2_000, PRIVATE), page]
    };
    assert_eq!(broken(&plans(page("http://a.test/x", 3_000))), []);
    assert_eq!(broken(&plans(private(3_000))), [Rule::Disallowed]);
    // It is the hub's own file as well.
    assert_eq!(broken(&plans(page("http://hub.test/x", 4_000))), []);
    assert_eq!(broken(&plans(page("http://hub.test/private", 4_000))), [Rule::Disallowed]);
    // While it is on its way, nothing is known.
    let [first, ..] = plans(private(0));
    assert_eq!(broken(&[first, page("http://a.test/x", 3_000)]), [Rule::NoRobots]);
}

#[test]
fn a_known_file_answers_a_redirect_without_a_request() {
    let there = "http://hub.test/robots.txt";
    let plans = |page| {
        [robots(HUB, 0, 200, PRIVATE), moved(A, "http://a.test/robots.txt", 2_000, there), page]
    };
    assert_eq!(broken(&plans(page("http://a.test/x", 5_000))), []);
    assert_eq!(broken(&plans(private(5_000))), [Rule::Disallowed]);
    // Its age counts from when it came, not from the redirect.
    let late = page("http://a.test/x", 24 * HOUR_MS + 400_000);
    assert_eq!(broken(&plans(late)), [Rule::StaleRobots]);
    // The hub's may come after the redirect, for the hub's own sake.
    let [hub, redirect, _] = plans(private(0));
    let hub = Plan { start_ms: 4_000, ..hub };
    assert_eq!(broken(&[redirect, hub, private(9_000)]), [Rule::Disallowed]);
}

#[test]
fn after_five_redirects_there_is_no_file() {
    let chain = |redirects: usize| {
        let url = |n: usize| match n {
            0 => "http://a.test/robots.txt".to_owned(),
            n => format!("http://a.test/{n}"),
        };
        let hop = |n: usize| moved(A, &url(n), 2_000 * i64::try_from(n).unwrap(), &url(n + 1));
        (0..redirects).map(hop).chain([private(30_000)]).collect::<Vec<_>>()
    };
    assert_eq!(broken(&chain(5)), [Rule::NoRobots]);
    assert_eq!(broken(&chain(6)), []);
}

#[test]
fn an_operators_exception_is_respected_and_told() {
    let mut records = segment(&[robots(A, 0, 200, PRIVATE), private(3_000)]);
    let line = "override: a.test: robots ignored; invited; ops; 2027-01-01";
    records[0] = warcinfo(&format!("newshound-{line}\r\n"));
    let report = judge(&records);
    assert_eq!((report.findings.len(), report.figures.overridden), (0, 1));
    let mut text = String::new();
    report.render(&mut text).unwrap();
    assert!(text.contains(line), "{text}");
    assert!(text.contains("note: 1 page fetched by an override"), "{text}");
}

/// The page is asked for at 2026-11-25T04:22:26Z.
#[test]
fn an_exception_holds_for_its_host_until_its_end() {
    let judged = |line: &str| {
        let mut records = segment(&[robots(A, 0, 200, PRIVATE), private(3_000)]);
        records[0] = warcinfo(&format!("newshound-override: {line}\r\n"));
        judge(&records)
    };
    for (line, is_excepted) in [
        ("a.test: robots ignored; invited; ops; 2026-11-25T04:22:27Z", true),
        ("a.test: robots ignored; invited; ops; 2026-11-25T04:22:26Z", false),
        ("a.test: robots ignored; invited; ops; 2026-11-25", true),
        ("a.test: robots ignored; invited; ops; 2026-11-24", false),
        ("A.TEST: robots.txt ignored; invited; ops; 2027-01-01", true),
        ("b.test: robots ignored; invited; ops; 2027-01-01", false),
        ("www.a.test: robots ignored; invited; ops; 2027-01-01", false),
        ("a.tes: robots ignored; invited; ops; 2027-01-01", false),
        ("a.test: delay 5s; robots are slow; ops; 2027-01-01", false),
    ] {
        let expected: &[Rule] = if is_excepted { &[] } else { &[Rule::Disallowed] };
        assert_eq!(rules(&judged(line)), expected, "{line}");
    }
    let report = judged("a.test: robots ignored; invited; ops; 2026-11-24");
    let message = &report.findings[0].message;
    assert!(message.ends_with("(the override ended 2026-11-25T00:00:00Z)"), "{message}");
    // What nobody answers for does not count.
    let report = judged("a.test: robots ignored; invited; ops");
    assert_eq!(rules(&report), [Rule::Disallowed, Rule::Override]);
    assert!(report.findings[0].message.contains("does not say"), "{:?}", report.findings);
}

#[test]
fn an_exception_covers_the_crawl_delay_as_long_as_it_holds() {
    let slow = "User-agent: *\nCrawl-delay: 5\n";
    let judged = |expiry: &str| {
        let plans = [robots(A, 0, 200, slow), private(3_000)];
        let mut records = segment(&plans);
        let line = format!("newshound-override: a.test: robots ignored; invited; ops; {expiry}");
        records[0] = warcinfo(&format!("{line}\r\n"));
        rules(&judge(&records))
    };
    assert_eq!(judged("2026-12-01"), []);
    assert_eq!(judged("2026-11-01"), [Rule::Gap]);
}

/// Otherwise anybody's file could be said to be that of the origin.
#[test]
fn only_what_the_origin_leads_to_is_its_file() {
    let strange = on_behalf(A, "http://open.test/robots.txt", 0, "User-agent: *\nAllow: /\n");
    let report = judge(&segment(&[strange.clone(), private(3_000)]));
    assert_eq!(rules(&report), [Rule::NoRobots, Rule::Attempt]);
    let message = &report.findings[0].message;
    assert!(message.ends_with("did not lead there"), "{message}");
    let led = moved(A, "http://a.test/robots.txt", 0, "http://open.test/robots.txt");
    let strange = Plan { start_ms: 1_000, ..strange };
    assert_eq!(broken(&[led, strange.clone(), private(3_000)]), []);
    // A copy that is there is not replaced by it.
    let plans = [robots(A, 0, 200, PRIVATE), strange, private(3_000)];
    assert_eq!(broken(&plans), [Rule::Disallowed, Rule::Attempt]);
}

/// One origin's outage on behalf of another takes nothing from the first.
#[test]
fn an_origin_keeps_its_own_copy_when_another_cannot_reach_it() {
    for (hub, page) in [
        ("https://a.test", page("https://a.test/x", 9_000)),
        ("https://hub.test", page("https://hub.test/x", 9_000)),
    ] {
        let there = format!("{hub}/robots.txt");
        let asked = on_behalf(A, &there, 6_000, "");
        let plans = [
            robots(hub, 0, 200, PRIVATE),
            moved(A, "http://a.test/robots.txt", 3_000, &there),
            Plan { status: Some(503), ..asked },
            page,
            private(12_000),
        ];
        assert_eq!(broken(&plans[..4]), [], "{hub}");
        assert_eq!(broken(&plans), [Rule::Disallowed], "{hub}");
    }
}

/// An override of `a.test` that was given before everything.
fn overriding(robots: Option<&str>, delay_s: Option<u64>) -> Directive {
    let delay = delay_s.map(Duration::from_secs);
    Directive {
        about: "a.test".into(),
        order: Order::Override { robots: robots.map(Into::into), delay },
        by: "ann".into(),
        why: "invited".into(),
        since: UnixMicros(0),
        until: None,
    }
}

#[test]
fn a_request_under_an_override_goes_by_that() {
    let open = || Some(overriding(Some("User-agent: *\nAllow: /"), None));
    let under = |overridden| Plan { overridden, ..private(3_000) };
    // Its own robots.txt need not even have been asked for.
    let report = judge(&segment(&[under(open())]));
    assert_eq!((rules(&report), report.figures.overridden), (vec![], 1));
    let line = "a.test: robots.txt replaced; invited; ann; for good";
    assert!(report.figures.overrides.contains(line), "{:?}", report.figures.overrides);
    assert_eq!(broken(&[robots(A, 0, 200, PRIVATE), under(open())]), []);
    // It holds for what was sent under it, and not for what was not.
    let next = Plan { start_ms: 6_000, ..private(0) };
    assert_eq!(broken(&[robots(A, 0, 200, PRIVATE), under(open()), next]), [Rule::Disallowed]);
    let closed = Some(overriding(Some("User-agent: *\nDisallow: /private/x"), None));
    assert_eq!(broken(&[robots(A, 0, 404, ""), under(closed)]), [Rule::Disallowed]);
    let nobodys = open().map(|d| Directive { by: String::new(), ..d });
    let both = [Rule::Override, Rule::Disallowed];
    let found = broken(&[robots(A, 0, 200, PRIVATE), under(nobodys)]);
    assert!(found.len() == 2 && both.iter().all(|rule| found.contains(rule)), "{found:?}");
}

#[test]
fn the_delay_of_an_override_stands_for_the_crawl_delay() {
    let slow = "User-agent: *\nCrawl-delay: 5";
    let plan = |start_ms| page("http://a.test/x", start_ms);
    let under = |delay_s, start_ms| Plan {
        overridden: Some(overriding(None, Some(delay_s))),
        ..plan(start_ms)
    };
    assert_eq!(broken(&[robots(A, 0, 200, slow), plan(2_000)]), [Rule::Gap]);
    assert_eq!(broken(&[robots(A, 0, 200, slow), under(2, 2_100)]), []);
    assert_eq!(broken(&[robots(A, 0, 404, ""), under(2, 1_500)]), [Rule::Gap]);
}
