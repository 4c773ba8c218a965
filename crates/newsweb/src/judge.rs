//! Compares a server's log with the truth: was the crawler polite, obedient and complete?

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::log::Request;
use crate::truth::{Truth, TruthPage};

/// What is wrong with a request, or with the lack of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OffenceKind {
    /// It started before the one before it on that host had ended.
    Overlap,
    /// It started too soon after the first byte of the one before (or after its end, if it failed).
    ShortGap,
    /// The robots file forbids it.
    Disallowed,
    /// It went to a host outside of the scope.
    OutOfScope,
    /// Only links that must not be followed lead there.
    Unlinked,
    /// The URL had been answered for good before.
    Repeated,
    /// A page was asked for before any robots file of its host.
    BeforeRobots,
    /// It is expected and was not asked for.
    Missing,
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Offence {
    /// What.
    pub kind: OffenceKind,
    /// The URL.
    pub url: String,
    /// When the request started; 0 for a missing one.
    pub at: f64,
    /// Seconds: how far it reached into the one before, or how much of the delay was missing.
    pub by_s: f64,
    /// Whose request it was.
    pub ua: String,
    /// The one before, where there is one that matters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<Box<Request>>,
}

/// What the log shows.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Verdict {
    /// Requests of all kinds.
    pub requests: u64,
    /// Hosts that saw any.
    pub hosts: u64,
    /// Distinct URLs that were expected and asked for.
    pub covered: u64,
    /// See [`OffenceKind::Overlap`].
    pub overlaps: u64,
    /// See [`OffenceKind::ShortGap`].
    pub short_gaps: u64,
    /// See [`OffenceKind::Disallowed`].
    pub disallowed: u64,
    /// See [`OffenceKind::OutOfScope`].
    pub out_of_scope: u64,
    /// See [`OffenceKind::Unlinked`].
    pub unlinked: u64,
    /// See [`OffenceKind::Repeated`].
    pub repeated: u64,
    /// See [`OffenceKind::BeforeRobots`].
    pub before_robots: u64,
    /// See [`OffenceKind::Missing`].
    pub missing: u64,
    /// Requests for URLs that the truth does not know: images, and what given real pages link to.
    /// No offence.
    pub unknown: u64,
    /// Robots files asked for again after an answer for good. No offence: a resumed crawl may.
    pub robots_repeated: u64,
    /// Requests that their client had given up before the server read them, so that nothing is
    /// known of their time: a server that stands still for longer than clients wait has them. No
    /// offence, but gaps before and after them are not judged.
    #[serde(default)]
    pub given_up: u64,
    /// The shortest time from a first byte (or a failed end) to the next start on a host, in
    /// seconds.
    pub smallest_gap_s: Option<f64>,
    /// The same minus what was required of that gap.
    pub smallest_margin_s: Option<f64>,
    /// From the first start to the last end, in seconds.
    pub seconds: f64,
    /// The worst of each kind, at most ten.
    pub offences: Vec<Offence>,
}

impl Verdict {
    /// Whether there is nothing wrong, missing pages included.
    pub fn is_clean(&self) -> bool {
        self.is_polite() && self.missing == 0
    }

    /// Whether there is nothing wrong with the requests that were made.
    pub fn is_polite(&self) -> bool {
        let wrong = [
            self.overlaps,
            self.short_gaps,
            self.disallowed,
            self.out_of_scope,
            self.unlinked,
            self.repeated,
            self.before_robots,
        ];
        wrong.iter().all(|count| *count == 0)
    }

    fn count(&mut self, kind: OffenceKind) -> &mut u64 {
        match kind {
            OffenceKind::Overlap => &mut self.overlaps,
            OffenceKind::ShortGap => &mut self.short_gaps,
            OffenceKind::Disallowed => &mut self.disallowed,
            OffenceKind::OutOfScope => &mut self.out_of_scope,
            OffenceKind::Unlinked => &mut self.unlinked,
            OffenceKind::Repeated => &mut self.repeated,
            OffenceKind::BeforeRobots => &mut self.before_robots,
            OffenceKind::Missing => &mut self.missing,
        }
    }
}

/// How many offences of a kind are named.
const NAMED_MAX: usize = 10;
/// Seconds since 1970 in a float are exact to a quarter of a microsecond, and differences of two
/// to less than this.
const ROUNDING_S: f64 = 2e-6;

/// Judges a log, in any order, for a crawler that was told to keep `delay` on every host.
///
/// A Crawl-delay binds from the request after the first robots file that was served with it, a
/// Retry-After binds the next request.
pub fn judge(requests: &[Request], truth: &Truth, delay: Duration) -> Verdict {
    let mut bench = Bench {
        verdict: Verdict { requests: requests.len() as u64, ..Verdict::default() },
        offences: Vec::new(),
        pages: truth.pages.iter().map(|page| (page.url.as_str(), page)).collect(),
    };
    let mut by_host: HashMap<&str, Vec<&Request>> = HashMap::new();
    for request in requests {
        by_host.entry(&request.host).or_default().push(request);
    }
    let delays: HashMap<&str, f64> = truth
        .hosts
        .iter()
        .filter_map(|host| Some((host.host.as_str(), host.crawl_delay_s?)))
        .collect();
    bench.verdict.hosts = by_host.len() as u64;
    for (host, mut requests) in by_host {
        requests.sort_by(|a, b| a.start.total_cmp(&b.start));
        bench.pace(&requests, delay.as_secs_f64(), delays.get(host).copied());
        bench.places(&requests);
    }
    bench.coverage(requests);
    bench.finish(requests)
}

struct Bench<'a> {
    verdict: Verdict,
    offences: Vec<Offence>,
    pages: HashMap<&'a str, &'a TruthPage>,
}

impl Bench<'_> {
    fn offence(&mut self, kind: OffenceKind, request: &Request, by_s: f64) {
        *self.verdict.count(kind) += 1;
        let (url, ua) = (request.url(), request.ua.clone());
        self.offences.push(Offence { kind, url, at: request.start, by_s, ua, after: None });
    }

    fn too_soon(&mut self, kind: OffenceKind, (before, next): (&Request, &Request), by_s: f64) {
        self.offence(kind, next, by_s);
        if let Some(offence) = self.offences.last_mut() {
            offence.after = Some(Box::new(before.clone()));
        }
    }

    /// Overlaps and gaps of one host, whose requests are in the order of their starts.
    fn pace(&mut self, requests: &[&Request], delay_s: f64, crawl_delay_s: Option<f64>) {
        let (given_up, timed): (Vec<_>, Vec<&Request>) =
            requests.iter().partition(|request| request.given_up);
        self.verdict.given_up += given_up.len() as u64;
        let mut required_s = delay_s;
        let mut busy: Option<&Request> = None;
        for pair in timed.windows(2) {
            let (before, next) = (pair[0], pair[1]);
            let last = busy.filter(|busy| busy.end >= before.end).unwrap_or(before);
            busy = Some(last);
            if next.start < last.end - ROUNDING_S {
                self.too_soon(OffenceKind::Overlap, (last, next), last.end - next.start);
            }
            if before.path == "/robots.txt" && before.status == 200 {
                required_s = delay_s.max(crawl_delay_s.unwrap_or(0.0));
            }
            let from = before.first_byte.unwrap_or(before.end);
            let gap_s = next.start - from;
            let margin_s = gap_s - required_s.max(before.retry_after_s.unwrap_or(0.0));
            lower(&mut self.verdict.smallest_gap_s, gap_s);
            lower(&mut self.verdict.smallest_margin_s, margin_s);
            if margin_s < -ROUNDING_S {
                self.too_soon(OffenceKind::ShortGap, (before, next), -margin_s);
            }
        }
    }

    /// Where the requests of one host went.
    fn places(&mut self, requests: &[&Request]) {
        let mut settled: HashSet<String> = HashSet::new();
        let mut robots_seen = false;
        for request in requests.iter().filter(|request| !request.path.is_empty()) {
            let url = request.url();
            let repeated = settled.contains(&url);
            if is_robots(request) {
                robots_seen = true;
                self.verdict.robots_repeated += u64::from(repeated);
            } else {
                if !robots_seen {
                    self.offence(OffenceKind::BeforeRobots, request, 0.0);
                }
                if repeated {
                    self.offence(OffenceKind::Repeated, request, 0.0);
                }
                self.place(request, &url);
            }
            if request.complete && !matches!(request.status, 0 | 429 | 500..) {
                settled.insert(url);
            }
        }
    }

    fn place(&mut self, request: &Request, url: &str) {
        let kind = match self.pages.get(url) {
            None => {
                self.verdict.unknown += 1;
                return;
            }
            Some(page) if !page.allowed => OffenceKind::Disallowed,
            Some(page) if !page.in_scope => OffenceKind::OutOfScope,
            Some(page) if !page.linked => OffenceKind::Unlinked,
            Some(_) => return,
        };
        self.offence(kind, request, 0.0);
    }

    fn coverage(&mut self, requests: &[Request]) {
        let asked: HashSet<String> = requests.iter().map(Request::url).collect();
        for (url, _) in self.pages.iter().filter(|(_, page)| page.expected()) {
            if asked.contains(*url) {
                self.verdict.covered += 1;
            } else {
                self.verdict.missing += 1;
                let (kind, url) = (OffenceKind::Missing, (*url).to_owned());
                let ua = String::new();
                self.offences.push(Offence { kind, url, at: 0.0, by_s: 0.0, ua, after: None });
            }
        }
    }

    fn finish(mut self, requests: &[Request]) -> Verdict {
        let first = requests.iter().map(|r| r.start).fold(f64::INFINITY, f64::min);
        let last = requests.iter().map(|r| r.end).fold(f64::NEG_INFINITY, f64::max);
        self.verdict.seconds = (last - first).max(0.0);
        self.offences.sort_by(|a, b| b.by_s.total_cmp(&a.by_s).then_with(|| a.url.cmp(&b.url)));
        let mut named: HashMap<OffenceKind, usize> = HashMap::new();
        for offence in self.offences {
            let count = named.entry(offence.kind).or_default();
            if *count < NAMED_MAX {
                *count += 1;
                self.verdict.offences.push(offence);
            }
        }
        self.verdict
    }
}

/// Robots files, and the stations of moved ones.
fn is_robots(request: &Request) -> bool {
    request.path == "/robots.txt"
        || request.path.starts_with("/robots/")
        || request.host == crate::plan::RULES
}

fn lower(smallest: &mut Option<f64>, value: f64) {
    *smallest = Some(smallest.map_or(value, |known| known.min(value)));
}

#[cfg(test)]
mod tests;
