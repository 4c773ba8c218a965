//! What came of a fleet's crawl, by the servers' log, the truth and the archives.
//!
//! A server that stands still for longer than its clients wait (a machine with too much to do)
//! reads requests that were given up long ago: its log tells them, and they are judged by the
//! archives alone (`audit`).

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use newsweb::{Request, Verdict};
use serde::Serialize;
use serde_json::Value;

use super::trouble::{Stop, Trouble};
use crate::scenario::{Audited, LIMIT};
use crate::{Web, newshound, peers, process};

/// A worker that goes on after a stop writes what it was about to write at once.
const LATE_S: f64 = 1.0;

/// How the requests of stopped workers went: the one exception of guarantee 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Held {
    /// Requests under way when their worker was stopped, over when it went on.
    pub under_way: u64,
    /// Requests decided before a stop and written after it, as the archive shows.
    pub written_late: u64,
    /// Overlaps and short gaps that are theirs.
    pub breaches: u64,
}

/// Judges the servers' log. Requests that stopped workers held are judged apart. What happened to
/// the fleet is told with what is wrong.
///
/// # Panics
/// When anything is wrong but what a stopped worker cannot help.
#[track_caller]
pub(super) fn log(
    web: &Web,
    delay: Duration,
    stops: &[Halt<'_>],
    troubles: &[Trouble],
) -> (Verdict, Held) {
    let (requests, truth) = (web.get().requests(), web.get().truth());
    assert_eq!(requests.len() as u64, web.get().request_count(), "the log is not whole");
    let whole = newsweb::judge(&requests, truth, delay);
    let mut held = Held::default();
    let others: Vec<Request> = requests
        .into_iter()
        .filter(|request| {
            let (under_way, late) = (
                stops.iter().any(|stop| stop.spans(request)),
                stops.iter().any(|stop| stop.is_late(request)),
            );
            held.under_way += u64::from(under_way);
            held.written_late += u64::from(late);
            !(under_way || late)
        })
        .collect();
    let apart = newsweb::judge(&others, truth, delay);
    held.breaches = breaches(&whole) - breaches(&apart);
    // All of them count when it comes to what was asked for.
    let wrong = [
        ("overlaps", apart.overlaps),
        ("gaps below the delay", apart.short_gaps),
        ("disallowed", whole.disallowed),
        ("out of scope", whole.out_of_scope),
        ("unlinked", whole.unlinked),
        ("pages before robots.txt", whole.before_robots),
        ("missing", whole.missing),
    ];
    assert!(
        wrong.iter().all(|(_, count)| *count == 0),
        "{wrong:?}\n{troubles:?}\n{whole:#?}\n{apart:#?}"
    );
    (whole, held)
}

fn breaches(verdict: &Verdict) -> u64 {
    verdict.overlaps + verdict.short_gaps
}

/// A stop as the log is judged by it.
pub(super) struct Halt<'a> {
    pub(super) stop: Stop,
    pub(super) contact: &'a str,
    pub(super) archive: PathBuf,
}

impl Halt<'_> {
    fn spans(&self, request: &Request) -> bool {
        let Stop { from, until, .. } = self.stop;
        request.ua.contains(self.contact) && request.start < from && request.end > until
    }

    /// Whether it came at once after the stop, and its worker had decided on it before.
    fn is_late(&self, request: &Request) -> bool {
        let Stop { from, until, .. } = self.stop;
        let is_near = request.start >= until && request.start <= until + LATE_S;
        request.ua.contains(self.contact)
            && is_near
            && started_s(&self.archive, request, until + LATE_S).is_some_and(|start| start < from)
    }
}

/// When the worker itself says that it began a request that the server saw before `by`.
fn started_s(archive: &Path, request: &Request, by: f64) -> Option<f64> {
    let found = archive::find(archive, &request.url()).ok()?;
    let starts = found.iter().filter_map(|location| {
        let attempt = archive::load(location).ok()?.attempt?;
        Some(attempt.started.0 as f64 / 1e6)
    });
    starts.filter(|start| *start <= by).max_by(f64::total_cmp)
}

/// Looks every page that the truth expects up in the archives; gives how many there are.
///
/// # Panics
/// When one is in none of them.
#[track_caller]
pub(super) fn archives(web: &Web, data: &[PathBuf]) -> u64 {
    let mut found = 0;
    for url in web.get().truth().expected_urls() {
        let is_kept = data.iter().any(|data| {
            let kept = archive::find(&data.join("archive"), url).expect("the archive is whole");
            !kept.is_empty()
        });
        assert!(is_kept, "{url} is in no archive");
        found += 1;
    }
    found
}

/// Audits all data directories as one crawl.
///
/// # Panics
/// When the audit finds anything, or knows of more requests than the servers do.
#[track_caller]
pub(super) fn audit(data: &[PathBuf], requests: u64) -> Audited {
    let done = process::run(newshound().args(["audit", "--json"]).args(data), LIMIT);
    assert_eq!(done.code, Some(0), "{}{}", done.stdout, done.stderr);
    let report: Value = serde_json::from_str(&done.stdout).expect("audit --json writes JSON");
    let findings = report["findings"].as_array().map_or(0, Vec::len) as u64;
    let attempts = report["figures"]["records"]["metadata"].as_u64().unwrap_or_default();
    assert!(attempts <= requests, "{attempts} attempts are archived, {requests} were seen");
    Audited { attempts, findings }
}

/// Lets the world's readers judge all segments.
#[track_caller]
pub(super) fn peers(segments: &[PathBuf]) -> peers::Counts {
    let judged = peers::judge(segments);
    judged.assert_clean();
    judged.ours
}

/// Requests by the worker that sent them.
pub(super) fn shares(requests: &[Request], contacts: &[String]) -> BTreeMap<String, u64> {
    let mut shares = BTreeMap::new();
    for request in requests {
        let sender = contacts.iter().find(|contact| request.ua.contains(contact.as_str()));
        *shares.entry(sender.map_or_else(|| request.ua.clone(), Clone::clone)).or_default() += 1;
    }
    shares
}

/// Hosts that more than one worker talked to.
pub(super) fn contested(requests: &[Request]) -> usize {
    let mut by_host: BTreeMap<&str, std::collections::BTreeSet<&str>> = BTreeMap::new();
    for request in requests {
        by_host.entry(&request.host).or_default().insert(&request.ua);
    }
    by_host.values().filter(|senders| senders.len() > 1).count()
}
