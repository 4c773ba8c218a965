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

/// A response, small: there are many.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Capture {
    url: u64,
    date: i64,
    digest: u64,
    coding: u32,
}

struct Revisit {
    refers_to: Capture,
    date: i64,
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
        let when = header.get("WARC-Date").and_then(date).unwrap_or_default();
        let digest = header.get("WARC-Payload-Digest").map_or(0, fingerprint);
        let coding = head.map_or(0, |head| short(fingerprint(&codings(head).join(","))));
        if header.record_type() == RecordType::Response {
            let url = fingerprint(url);
            self.responses.push(Capture { url, date: when, digest, coding });
            return;
        }
        let place = Place { file: at.file, offset: record.offset, url: Some(url) };
        let is_same_payload = profile(record, head, place, report);
        // Replay tools find the original by these two, never by its record id.
        let said = header.get("WARC-Refers-To-Date").and_then(date);
        let (Some(target), Some(said)) = (header.uri("WARC-Refers-To-Target-URI"), said) else {
            report.add(Rule::Revisit, place, "it does not say the URL and the date it refers to");
            return;
        };
        let refers_to = Capture { url: fingerprint(target), date: said, digest, coding };
        let (file, offset, url) = (at.number, record.offset, url.to_owned());
        self.revisits.push(Revisit { refers_to, date: when, is_same_payload, file, offset, url });
    }

    /// The responses to a URL within the second that a revisit names: indexes know no finer time.
    fn within(&self, named: Capture) -> &[Capture] {
        let second = named.date.div_euclid(SECOND_US) * SECOND_US;
        let key = |c: &Capture| (c.url, c.date);
        let from = self.responses.partition_point(|c| key(c) < (named.url, second));
        let rest = &self.responses[from..];
        let end = rest.partition_point(|c| key(c) < (named.url, second + SECOND_US));
        &rest[..end]
    }

    /// Whether there is any response to the URL before a time.
    fn any_before(&self, url: u64, time: i64) -> bool {
        let from = self.responses.partition_point(|c| c.url < url);
        self.responses.get(from).is_some_and(|c| c.url == url && c.date < time)
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
        let file = evidence.file_name(revisit.file);
        let place = Place { file: &file, offset: revisit.offset, url: Some(&revisit.url) };
        let named = revisit.refers_to;
        let found = captures.within(named);
        if found.is_empty() {
            if captures.any_before(named.url, revisit.date) {
                report.add(Rule::Revisit, place, "there is no response at the date it refers to");
            } else {
                report.figures.originals_elsewhere += 1;
            }
            continue;
        }
        if !revisit.is_same_payload {
            continue;
        }
        let same: Vec<_> = found.iter().filter(|c| c.digest == named.digest).collect();
        if same.is_empty() {
            report.add(Rule::Revisit, place, "the response it refers to has another payload");
        } else if same.iter().all(|c| c.coding != named.coding) {
            let message = "its Content-Encoding is not that of the response it refers to";
            report.add(Rule::Revisit, place, message);
        }
    }
}

fn fingerprint(text: &str) -> u64 {
    Fingerprint::of(text).0
}

/// Half of a fingerprint: enough to tell a handful of values apart.
fn short(fingerprint: u64) -> u32 {
    u32::try_from(fingerprint >> 32).unwrap_or_default()
}
