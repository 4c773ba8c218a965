//! The records of one attempt together: request, response or revisit, metadata.

use std::time::Duration;

use crawl::politeness::retry_after;
use crawl::{CanonicalUrl, UnixMicros};

use super::clock::Clock;
use super::evidence::{Evidence, Names, Seen};
use super::message;
use super::records::date;
use super::report::{Place, Report, Rule};
use crate::read::http::ResponseHead;
use crate::read::{Record, RecordType};
use crate::{Attempt, Purpose};

/// A `Retry-After` beyond this asks for one visit a day (the rule of `crawl::politeness`).
const REST_MAX: Duration = Duration::from_hours(24);

/// Dates in headers tell no fractions of a second (RFC 9110, section 5.6.7).
const DATE_SLACK: Duration = Duration::from_secs(1);

/// Where a group stands.
#[derive(Clone, Copy)]
pub(super) struct At<'a> {
    pub(super) file: &'a str,
    pub(super) number: usize,
    pub(super) about: u32,
}

/// The records of an attempt, as they come.
#[derive(Default)]
pub(super) struct Group {
    request: Option<Record>,
    answer: Option<Record>,
    metadata: Option<Record>,
}

impl Group {
    /// Whether a record belongs to the same attempt: another of its kind, URL or time does not.
    pub(super) fn takes(&self, record: &Record) -> bool {
        let is_free = match record.header.record_type() {
            RecordType::Request => self.request.is_none(),
            RecordType::Metadata => self.metadata.is_none(),
            _ => self.answer.is_none(),
        };
        let is_same =
            |name| self.records().all(|other| other.header.uri(name) == record.header.uri(name));
        is_free && is_same("WARC-Target-URI") && is_same("WARC-Date")
    }

    pub(super) fn push(&mut self, record: Record) {
        match record.header.record_type() {
            RecordType::Request => self.request = Some(record),
            RecordType::Metadata => self.metadata = Some(record),
            _ => self.answer = Some(record),
        }
    }

    fn records(&self) -> impl Iterator<Item = &Record> {
        [&self.request, &self.answer, &self.metadata].into_iter().flatten()
    }

    /// Judges the group, and remembers the attempt.
    pub(super) fn check(self, at: At<'_>, evidence: &mut Evidence, report: &mut Report) {
        let first = self.records().map(|record| record.offset).min().unwrap_or(0);
        let url = self.records().find_map(|record| record.header.uri("WARC-Target-URI"));
        let place = Place { file: at.file, offset: first, url };
        let about = &evidence.abouts[at.about as usize];
        let attempt = self.attempt(about.is_foreign, place, report);
        self.complete(attempt.as_ref(), about.is_foreign, place, report);
        self.links(place, report);
        let mut exchange = message::Exchange { place, about, attempt: attempt.as_ref(), report };
        if let Some(request) = &self.request {
            exchange.request(request);
        }
        let head = self.answer.as_ref().and_then(|answer| exchange.answer(answer));
        if let Some(answer) = &self.answer {
            evidence.captures.remember(answer, head.as_ref(), at, report);
        }
        if let (Some(attempt), Some(metadata)) = (attempt, &self.metadata) {
            self.count(&attempt, report);
            let mut seen = self.seen(&attempt, metadata, at, &mut evidence.hosts);
            seen.rest_ms = head.map_or(0, |head| rest_ms(&head, free(&attempt)));
            evidence.seen.push(seen);
        }
    }

    fn attempt(&self, is_foreign: bool, place: Place<'_>, report: &mut Report) -> Option<Attempt> {
        let metadata = self.metadata.as_ref()?;
        match Attempt::parse(&metadata.block) {
            Ok(attempt) => {
                attempt_fits(&attempt, metadata, place, report);
                Some(attempt)
            }
            // What others write into metadata records is their own.
            Err(_) if is_foreign => None,
            Err(error) => {
                report.add(Rule::Attempt, place, format!("the metadata record: {error}"));
                None
            }
        }
    }

    /// Whether all records are there that the outcome needs.
    fn complete(
        &self,
        attempt: Option<&Attempt>,
        is_foreign: bool,
        place: Place<'_>,
        report: &mut Report,
    ) {
        let is_answered = match attempt {
            Some(attempt) => attempt.outcome.parse::<u16>().is_ok(),
            None => self.metadata.is_none() || self.answer.is_some(),
        };
        let mut missing = Vec::new();
        if self.metadata.is_none() && !is_foreign {
            missing.push("metadata");
        }
        if is_answered && self.request.is_none() {
            missing.push("request");
        }
        if is_answered && self.answer.is_none() {
            missing.push("response");
        }
        if !missing.is_empty() {
            let missing = missing.join(" and the ");
            report.add(Rule::Group, place, format!("the {missing} record is missing"));
        }
        if let (Some(attempt), Some(_), false) = (attempt, &self.answer, is_answered) {
            let message = format!("there is a response, but the outcome is {}", attempt.outcome);
            report.add(Rule::Group, place, message);
        }
    }

    /// Records of one attempt name each other (WARC 1.1, section 5.7). Others link less: there,
    /// only what is named must be here.
    fn links(&self, place: Place<'_>, report: &mut Report) {
        let is_whole = self.metadata.is_some() && self.answer.is_some();
        let is_lone = self.records().count() == 1;
        for record in self.records().filter(|_| !is_lone) {
            let id = record.header.uri("WARC-Record-ID");
            let kind = record.header.record_type();
            let mut named = record.header.all("WARC-Concurrent-To").peekable();
            if named.peek().is_none() && is_whole {
                report.add(Rule::Group, place, format!("the {kind} names no other of its group"));
            }
            for other in named {
                let other = crate::read::bare_uri(other);
                let is_here = self.records().any(|r| r.header.uri("WARC-Record-ID") == Some(other));
                if !is_here || Some(other) == id {
                    let message = format!("the {kind} names {other}, which is not in its group");
                    report.add(Rule::Group, place, message);
                }
            }
        }
    }

    fn seen(&self, attempt: &Attempt, metadata: &Record, at: At<'_>, hosts: &mut Names) -> Seen {
        let url = metadata.header.uri("WARC-Target-URI").map(CanonicalUrl::parse);
        let host = match url {
            Some(Ok(url)) => url.host_key().to_string(),
            _ => attempt.host.clone(),
        };
        let on_frontier = |at: crawl::UnixMicros| at.0.saturating_add(attempt.clock_offset_us);
        let back = self.answer.as_ref().map_or(0, |answer| metadata.offset - answer.offset);
        Seen {
            started: on_frontier(attempt.started),
            free: on_frontier(free(attempt)),
            ended: on_frontier(attempt.ended),
            lease_until: attempt.lease_until.map_or(i64::MAX, on_frontier),
            clock: Clock::of(attempt, at.number),
            rest_ms: 0,
            offset: metadata.offset,
            back: u32::try_from(back).unwrap_or(0),
            file: u32::try_from(at.number).unwrap_or(u32::MAX),
            about: at.about,
            host: hosts.number(&host),
        }
    }

    fn count(&self, attempt: &Attempt, report: &mut Report) {
        let figures = &mut report.figures;
        match attempt.purpose {
            Purpose::Page => figures.pages += 1,
            Purpose::Robots => figures.robots += 1,
            Purpose::TdmRep => figures.tdmrep += 1,
        }
        figures.failed += u64::from(self.answer.is_none());
    }
}

/// From when the delay runs: the first byte of an answer, the end of anything else.
fn free(attempt: &Attempt) -> UnixMicros {
    let is_answered = attempt.outcome.parse::<u16>().is_ok();
    attempt.first_byte.filter(|_| is_answered).unwrap_or(attempt.ended)
}

/// How long an answer asks to be left alone, in milliseconds.
fn rest_ms(head: &ResponseHead, first_byte: UnixMicros) -> u32 {
    let Some(value) = head.headers.text("retry-after") else { return 0 };
    let asked = retry_after(&value, first_byte).unwrap_or_default().min(REST_MAX);
    let is_date = value.bytes().any(|byte| byte.is_ascii_alphabetic());
    let asked = if is_date { asked.saturating_sub(DATE_SLACK) } else { asked };
    u32::try_from(asked.as_millis()).unwrap_or(u32::MAX)
}

/// Whether what the metadata record says can be, and is what the others say.
fn attempt_fits(attempt: &Attempt, metadata: &Record, place: Place<'_>, report: &mut Report) {
    let first_byte = attempt.first_byte.unwrap_or(attempt.ended);
    if attempt.started > first_byte || first_byte > attempt.ended {
        report.add(Rule::Attempt, place, "start, first byte and end are not in this order");
    }
    if attempt.outcome.parse::<u16>().is_ok() && attempt.first_byte.is_none() {
        let message = format!("the outcome is {}, but no byte came", attempt.outcome);
        report.add(Rule::Attempt, place, message);
    }
    let said = metadata.header.get("WARC-Date").and_then(date);
    if said.is_some_and(|said| said != attempt.started.0) {
        report.add(Rule::Date, place, "WARC-Date is not the start of the attempt");
    }
    match (attempt.purpose, &attempt.robots_for) {
        (Purpose::Robots, None) => {
            report.add(Rule::Attempt, place, "a request for robots.txt does not say whose");
        }
        (Purpose::Page | Purpose::TdmRep, Some(_)) => {
            report.add(Rule::Attempt, place, "a page is said to be a robots.txt");
        }
        _ => {}
    }
    match metadata.header.uri("WARC-Target-URI").map(CanonicalUrl::parse) {
        Some(Ok(url)) if url.host_key().as_str() != attempt.host => {
            let message = format!("it was sent under the lease of {}", attempt.host);
            report.add(Rule::Lease, place, message);
        }
        Some(Err(error)) => {
            report.add(Rule::Field, place, format!("WARC-Target-URI: {error}"));
        }
        _ => {}
    }
}
