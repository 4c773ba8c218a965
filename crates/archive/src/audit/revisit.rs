//! Whether what revisit records refer to is there.

use crawl::Fingerprint;

use super::evidence::Evidence;
use super::group::At;
use super::message::codings;
use super::records::date;
use super::report::{Place, Report, Rule};
use crate::read::http::ResponseHead;
use crate::read::{Record, RecordType};

const SECOND_US: i64 = 1_000_000;

/// The ends of the two profiles; their beginnings differ by version of the standard.
const SAME_PAYLOAD: &str = "/revisit/identical-payload-digest";
const NOT_MODIFIED: &str = "/revisit/server-not-modified";

/// The responses that hold payloads, and the revisits that stand for some of them.
#[derive(Default)]
pub(super) struct Captures {
    responses: Vec<Capture>,
    revisits: Vec<Revisit>,
}

/// A response, small: there are many. The order is the one in which they are looked for.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Capture {
    url: u64,
    /// To the second: indexes know no finer time.
    second: i64,
    digest: u64,
    coding: u32,
}

struct Revisit {
    refers_to: Capture,
    second: i64,
    is_same_payload: bool,
    file: usize,
    offset: u64,
    url: String,
}

impl Captures {
    /// Remembers an answer, and judges what a revisit says by itself.
    pub(super) fn remember(
        &mut self,
        record: &Record,
        head: Option<&ResponseHead>,
        at: At<'_>,
        report: &mut Report,
    ) {
        let header = &record.header;
        let url = header.uri("WARC-Target-URI").unwrap_or_default();
        let when = header.get("WARC-Date").and_then(date).map_or(0, second);
        let digest = header.get("WARC-Payload-Digest").map_or(0, fingerprint);
        let coding = head.map_or(0, |head| short(fingerprint(&codings(head).join(","))));
        if header.record_type() == RecordType::Response {
            let url = fingerprint(url);
            self.responses.push(Capture { url, second: when, digest, coding });
            return;
        }
        let place = Place { file: at.file, offset: record.offset, url: Some(url) };
        let is_same_payload = profile(record, head, place, report);
        // Replay tools find the original by these two, never by its record id.
        let said = header.get("WARC-Refers-To-Date").and_then(date).map(second);
        let (Some(target), Some(said)) = (header.uri("WARC-Refers-To-Target-URI"), said) else {
            report.add(Rule::Revisit, place, "it does not say the URL and the date it refers to");
            return;
        };
        let refers_to = Capture { url: fingerprint(target), second: said, digest, coding };
        let (file, offset, url) = (at.number, record.offset, url.to_owned());
        let second = when;
        self.revisits.push(Revisit { refers_to, second, is_same_payload, file, offset, url });
    }

    /// What is wrong with the original of a revisit; nothing where it is there or not looked for.
    fn fault(&self, revisit: &Revisit) -> Option<&'static str> {
        let named = revisit.refers_to;
        if !self.holds(&(named.url, named.second), |c| (c.url, c.second)) {
            return Some("there is no response at the date it refers to");
        }
        if !revisit.is_same_payload {
            return None;
        }
        let (url, second, digest) = (named.url, named.second, named.digest);
        if !self.holds(&(url, second, digest), |c| (c.url, c.second, c.digest)) {
            Some("the response it refers to has another payload")
        } else if self.responses.binary_search(&named).is_err() {
            Some("its Content-Encoding is not that of the response it refers to")
        } else {
            None
        }
    }

    /// Whether there is a response with this beginning of its key.
    fn holds<K: Ord>(&self, key: &K, of: impl Fn(&Capture) -> K) -> bool {
        self.responses.binary_search_by_key(key, of).is_ok()
    }

    /// Whether all that was given of a URL is later than a revisit and what it refers to: then the
    /// original lies elsewhere.
    fn begin_after(&self, revisit: &Revisit) -> bool {
        let Capture { url, second, .. } = revisit.refers_to;
        let from = self.responses.partition_point(|c| c.url < url);
        let first = self.responses.get(from).filter(|c| c.url == url);
        first.is_none_or(|c| c.second > revisit.second.max(second))
    }
}

/// Judges a revisit by itself (WARC 1.1, section 6.7); says whether it stands for the same payload.
fn profile(
    record: &Record,
    head: Option<&ResponseHead>,
    place: Place<'_>,
    report: &mut Report,
) -> bool {
    let profile = record.header.get("WARC-Profile").unwrap_or_default();
    let is_same_payload = profile.ends_with(SAME_PAYLOAD);
    if !is_same_payload && !profile.ends_with(NOT_MODIFIED) {
        report.add(Rule::Revisit, place, format!("its profile is {profile:?}"));
    } else if head.is_some_and(|head| is_same_payload == (head.status == 304)) {
        report.add(Rule::Revisit, place, "its status does not fit its profile");
    }
    if is_same_payload && record.header.get("WARC-Payload-Digest").is_none() {
        report.add(Rule::Revisit, place, "it has no payload digest");
    }
    is_same_payload
}

/// Looks for the original of every revisit, once all files are read.
pub(super) fn check(evidence: &mut Evidence, report: &mut Report) {
    evidence.captures.responses.sort_unstable();
    let captures = &evidence.captures;
    for revisit in &captures.revisits {
        if captures.begin_after(revisit) {
            report.figures.originals_elsewhere += 1;
            continue;
        }
        let Some(fault) = captures.fault(revisit) else { continue };
        let file = evidence.file_name(revisit.file);
        let place = Place { file: &file, offset: revisit.offset, url: Some(&revisit.url) };
        report.add(Rule::Revisit, place, fault);
    }
}

/// The second of a time in microseconds.
fn second(us: i64) -> i64 {
    us.div_euclid(SECOND_US)
}

fn fingerprint(text: &str) -> u64 {
    Fingerprint::of(text).0
}

/// Half of a fingerprint: enough to tell a handful of values apart.
fn short(fingerprint: u64) -> u32 {
    u32::try_from(fingerprint >> 32).unwrap_or_default()
}
