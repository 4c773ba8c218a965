//! Planted offences, each found; a clean log, found clean.

use super::*;
use crate::config::Config;

const HOST: &str = "outlet-001.test";

fn truth() -> Truth {
    let traits = crate::Traits { oddities_per_site: 38, ..crate::Traits::default() };
    Truth::of(&Config { https_share: 0.0, subdomain_share: 0.0, traits, ..Config::news(2) })
}

fn request(path: &str, start: f64) -> Request {
    Request {
        host: HOST.to_owned(),
        path: path.to_owned(),
        start,
        first_byte: Some(start + 0.01),
        end: start + 0.02,
        status: 200,
        ua: "newshound".to_owned(),
        bytes: 1,
        scheme: "http".to_owned(),
        complete: true,
        retry_after_s: None,
        given_up: false,
    }
}

fn verdict(requests: &[Request]) -> Verdict {
    judge(requests, &truth(), Duration::from_secs(1))
}

/// A log in which every expected page is asked for, host after host, 1.1 s apart.
fn clean_log(truth: &Truth) -> Vec<Request> {
    let mut start = 1_000.0;
    let mut requests = Vec::new();
    for host in &truth.hosts {
        let prefix = format!("http://{}/", host.host);
        let paths = truth.expected_urls().filter_map(|url| url.strip_prefix(&prefix));
        for path in std::iter::once("robots.txt").chain(paths) {
            start += 1.1;
            requests
                .push(Request { host: host.host.clone(), ..request(&format!("/{path}"), start) });
        }
    }
    requests
}

#[test]
fn a_clean_log_is_clean() {
    let truth = truth();
    let log = clean_log(&truth);
    let verdict = judge(&log, &truth, Duration::from_secs(1));
    assert!(verdict.is_clean(), "{verdict:?}");
    assert_eq!(verdict.covered, truth.expected_urls().count() as u64);
    assert!(verdict.smallest_margin_s.is_some_and(|s| (s - 0.09).abs() < 1e-3));
}

#[test]
fn overlaps_and_short_gaps_are_found() {
    let slow = Request { end: 13.5, ..request("/", 12.0) };
    let log =
        [request("/robots.txt", 10.0), slow, request("/about.html", 13.1), request("/x", 13.6)];
    let verdict = verdict(&log);
    assert_eq!((verdict.overlaps, verdict.short_gaps), (1, 1));
    let worst = verdict.offences.iter().find(|o| o.kind == OffenceKind::Overlap).unwrap();
    assert!(worst.url.ends_with("/about.html") && (worst.by_s - 0.4).abs() < 1e-6);
    assert!(verdict.smallest_gap_s.is_some_and(|gap_s| (gap_s - 0.49).abs() < 1e-6));
}

#[test]
fn an_overlap_with_an_earlier_one_than_the_last_is_found() {
    let endless = Request { end: 30.0, ..request("/", 12.0) };
    let log = [request("/robots.txt", 10.0), endless, request("/a", 14.0), request("/b", 16.0)];
    assert_eq!(verdict(&log).overlaps, 2);
}

#[test]
fn the_gap_after_a_failure_runs_from_its_end() {
    let failed = Request { first_byte: None, status: 0, end: 14.0, ..request("/", 12.0) };
    let log = |next| [request("/robots.txt", 10.0), failed.clone(), request("/", next)];
    assert_eq!(verdict(&log(14.9)).short_gaps, 1);
    let late = verdict(&log(15.1));
    assert_eq!((late.short_gaps, late.repeated), (0, 0));
}

#[test]
fn what_was_given_up_before_it_was_read_is_counted_and_judged_for_its_place_only() {
    // A server that stood still until 20.0 reads two at once; the client gave the first up at 14.0.
    let first = Request { first_byte: None, status: 0, end: 20.0, ..request("/", 20.0) };
    let log = |given_up| {
        let first = Request { given_up, ..first.clone() };
        [request("/robots.txt", 10.0), first, request("/about.html", 20.01)]
    };
    assert_eq!(verdict(&log(false)).short_gaps, 1);
    let (apart, whole) = (verdict(&log(true)), verdict(&log(false)));
    assert_eq!((apart.short_gaps, apart.overlaps, apart.given_up), (0, 0, 1));
    assert_eq!(apart.missing, whole.missing);
    // What came before it still binds what comes after it.
    let [robots, first, _] = log(true);
    let hasty = [robots, Request { start: 10.1, ..first }, request("/about.html", 10.2)];
    assert_eq!(verdict(&hasty).short_gaps, 1);
}

#[test]
fn a_crawl_delay_binds_once_it_was_served() {
    let mut truth = truth();
    for host in &mut truth.hosts {
        host.crawl_delay_s = Some(3.0);
    }
    let log = [request("/about.html", 8.0), request("/robots.txt", 9.5), request("/", 11.0)];
    assert_eq!(judge(&log, &truth, Duration::from_secs(1)).short_gaps, 1);
}

#[test]
fn a_retry_after_binds_the_next_request() {
    let busy = Request { status: 503, retry_after_s: Some(5.0), ..request("/", 12.0) };
    let log = |next| [request("/robots.txt", 10.0), busy.clone(), request("/", next)];
    assert_eq!(verdict(&log(14.0)).short_gaps, 1);
    assert!(verdict(&log(17.1)).is_polite());
}

#[test]
fn forbidden_places_are_found() {
    let log = [
        request("/robots.txt", 10.0),
        request("/private/desk.html", 12.0),
        request("/x/meta-nofollow/1.html", 14.0),
        request("/img/1.jpg", 16.0),
        Request { host: "elsewhere.test".to_owned(), ..request("/robots.txt", 1.0) },
        Request { host: "elsewhere.test".to_owned(), ..request(&format!("/about/{HOST}"), 3.0) },
    ];
    let verdict = verdict(&log);
    let found = (verdict.disallowed, verdict.unlinked, verdict.unknown, verdict.out_of_scope);
    assert_eq!(found, (1, 1, 1, 1));
}

#[test]
fn repeats_are_found_unless_there_was_a_reason() {
    let cut = Request { complete: false, ..request("/about.html", 14.0) };
    let log = [
        request("/robots.txt", 10.0),
        request("/", 12.0),
        cut,
        request("/about.html", 16.0),
        request("/", 18.0),
        request("/robots.txt", 20.0),
    ];
    let verdict = verdict(&log);
    assert_eq!((verdict.repeated, verdict.robots_repeated, verdict.before_robots), (1, 1, 0));
}

#[test]
fn a_page_before_the_robots_file_is_found() {
    assert_eq!(verdict(&[request("/", 10.0), request("/robots.txt", 12.0)]).before_robots, 1);
}
