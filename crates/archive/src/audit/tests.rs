//! Archives that break a rule, and one that breaks none.

use std::path::Path;
use std::sync::Arc;

use crawl::{Clock, Random, UnixMicros};

use super::{Report, Rule, run};
use crate::{
    About, Archive, Attempt, Config, Opening, Purpose, RealDisk, Snapshot, StoredResponse,
};

const AGENT: &str = "newshound/1 (+tests@example.org)";

struct Still;

impl Clock for Still {
    fn now(&self) -> UnixMicros {
        UnixMicros(1_764_044_543_000_000)
    }

    fn elapsed(&self) -> std::time::Duration {
        std::time::Duration::ZERO
    }
}

#[derive(Default)]
struct Counter(std::sync::atomic::AtomicU64);

impl Random for Counter {
    fn next_u64(&self) -> u64 {
        self.0.fetch_add(1, std::sync::atomic::Ordering::Relaxed)
    }
}

/// A request and its answer, as a test plans it.
#[derive(Clone, Copy)]
struct Planned {
    url: &'static str,
    /// Milliseconds from the beginning to the start.
    start_ms: i64,
    status: u16,
    body: &'static str,
    agent: &'static str,
    header: &'static str,
    robots_for: Option<&'static str>,
}

const ROBOTS: Planned = Planned {
    url: "http://a.test/robots.txt",
    start_ms: 0,
    status: 200,
    body: "User-agent: *\nDisallow: /private\nCrawl-delay: 2\n",
    agent: AGENT,
    header: "",
    robots_for: Some("http://a.test"),
};

const PAGE: Planned = Planned {
    url: "http://a.test/x",
    start_ms: 3_000,
    status: 200,
    body: "<p>text",
    agent: AGENT,
    header: "",
    robots_for: None,
};

fn write(folder: &Path, planned: &[Planned]) {
    let opening = Opening {
        disk: Arc::new(RealDisk),
        clock: Arc::new(Still),
        random: Arc::new(Counter::default()),
        config: Config::default(),
        about: About {
            software: "newshound/1".into(),
            user_agent: AGENT.into(),
            contact: "tests@example.org".into(),
            token: "newshound".into(),
            delay_ms: 1_000,
            robots: "obey".into(),
            ..About::default()
        },
    };
    let (archive, _) = Archive::open(folder, opening).unwrap();
    for one in planned {
        append(&archive, one);
    }
    archive.finish().unwrap();
}

fn append(archive: &Archive, one: &Planned) {
    let at = |ms: i64| UnixMicros(1_764_044_543_000_000 + (one.start_ms + ms) * 1_000);
    let request = format!(
        "GET / HTTP/1.1\r\nHost: a.test\r\nUser-Agent: {}\r\n{}\r\n",
        one.agent, one.header
    );
    let headers = [("content-type".to_owned(), b"text/html".to_vec())];
    let purpose = if one.robots_for.is_some() { Purpose::Robots } else { Purpose::Page };
    let snapshot = Snapshot {
        url: one.url,
        request_head: request.as_bytes(),
        remote: Some([127, 0, 0, 1].into()),
        response: Some(StoredResponse {
            version: "HTTP/1.1",
            status: one.status,
            reason: None,
            headers: &headers,
            body: one.body.as_bytes(),
            decoded_from: None,
            truncated: None,
            revisit_of: None,
        }),
        attempt: Attempt {
            outcome: one.status.to_string(),
            purpose,
            robots_for: one.robots_for.map(str::to_owned),
            host: "a.test".into(),
            started: at(0),
            first_byte: Some(at(10)),
            ended: at(20),
            ..Attempt::default()
        },
    };
    archive.append(&snapshot).unwrap();
}

/// The rules that an archive of these requests breaks.
fn broken(planned: &[Planned]) -> Vec<Rule> {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), planned);
    rules(&audit(folder.path()))
}

fn audit(folder: &Path) -> Report {
    run(&[folder.to_owned()], &mut |_| {}).unwrap()
}

fn rules(report: &Report) -> Vec<Rule> {
    report.counts.keys().copied().collect()
}

#[test]
fn a_clean_archive_has_no_findings() {
    assert_eq!(broken(&[ROBOTS, PAGE]), []);
}

#[test]
fn each_breach_is_found_under_its_rule() {
    let late = Planned { start_ms: 90_000_000, ..PAGE };
    for (planned, rule) in [
        (vec![ROBOTS, Planned { start_ms: 1_500, ..PAGE }], Rule::Gap),
        (vec![ROBOTS, PAGE, Planned { start_ms: 3_015, ..PAGE }], Rule::Overlap),
        (vec![ROBOTS, Planned { url: "http://a.test/private/x", ..PAGE }], Rule::Disallowed),
        (vec![Planned { status: 503, ..ROBOTS }, PAGE], Rule::Disallowed),
        (vec![PAGE], Rule::NoRobots),
        (vec![ROBOTS, late], Rule::NoRobots),
        (vec![ROBOTS, Planned { url: "https://a.test/x", ..PAGE }], Rule::NoRobots),
        (vec![ROBOTS, Planned { agent: "curl", ..PAGE }], Rule::Identity),
        (vec![ROBOTS, Planned { header: "Cookie: a=b\r\n", ..PAGE }], Rule::Secret),
    ] {
        assert!(broken(&planned).contains(&rule), "{rule:?}: {:?}", broken(&planned));
    }
}

#[test]
fn an_absent_robots_file_allows() {
    assert_eq!(broken(&[Planned { status: 404, ..ROBOTS }, PAGE]), []);
}

#[test]
fn every_cut_is_seen() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), &[ROBOTS, PAGE]);
    let segment = crate::segments(folder.path()).unwrap().remove(0);
    let whole = std::fs::read(&segment).unwrap();
    assert_eq!(rules(&audit(folder.path())), []);
    for at in (1..whole.len()).step_by(7) {
        std::fs::write(&segment, &whole[..at]).unwrap();
        let is_seen = !audit(folder.path()).findings.is_empty();
        // Cut behind a whole snapshot, nothing is wrong with what is left.
        let ends_whole =
            audit(folder.path()).figures.records.get("metadata").is_some_and(|n| *n == 1);
        assert!(is_seen || ends_whole, "cut at {at}");
    }
}
