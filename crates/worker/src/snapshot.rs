//! An exchange as the archive keeps it.

use std::time::Duration;

use archive::{
    Attempt, Purpose, Receipt, RevisitKind, RevisitOf, Snapshot, StoredResponse, Truncated,
};
use crawl::{Entry, Labels, Origin, UnixMicros};
use fetch::{Exchange, Moment, Outcome, Response, Truncation, Web, coding};
use frontier::{Frontier, LeaseToken};

use crate::Crawler;
use crate::clock_offset::ClockOffset;
use crate::crawler::Error;
use crate::page::Reading;
use crate::visit::Overriding;

/// Why a request was sent.
pub(crate) struct Errand<'a> {
    pub(crate) purpose: Purpose,
    pub(crate) robots_for: Option<&'a Origin>,
    pub(crate) entry: Option<&'a Entry>,
}

impl<'a> Errand<'a> {
    pub(crate) fn page(entry: &'a Entry) -> Self {
        Self { purpose: Purpose::Page, robots_for: None, entry: Some(entry) }
    }

    pub(crate) fn tdmrep() -> Self {
        Self { purpose: Purpose::TdmRep, robots_for: None, entry: None }
    }

    pub(crate) fn robots(origin: &'a Origin) -> Self {
        Self { purpose: Purpose::Robots, robots_for: Some(origin), entry: None }
    }
}

/// All that is kept of one exchange.
pub(crate) struct Kept<'a> {
    pub(crate) errand: Errand<'a>,
    pub(crate) exchange: &'a Exchange,
    /// The delay in force before this start.
    pub(crate) delay: Duration,
    pub(crate) clock: ClockOffset,
    /// When the lease ends, on the clock that counts suspended time.
    pub(crate) deadline: Duration,
    /// The override that the request went by.
    pub(crate) overriding: Option<&'a Overriding>,
    pub(crate) reading: Option<&'a Reading>,
    /// What the seeds say of the outlet.
    pub(crate) labels: &'a Labels,
}

/// Appends an exchange to the archive.
pub(crate) fn append<F: Frontier, W: Web>(
    crawler: &Crawler<F, W>,
    token: &LeaseToken,
    kept: &Kept<'_>,
) -> Result<Receipt, Error> {
    let exchange = kept.exchange;
    let decoded;
    let response = match &exchange.outcome {
        Outcome::Failed(_) => None,
        Outcome::Response(response) => {
            decoded = StoredForm::of(response, crawler.parts.decoded_bytes_max);
            Some(stored_response(response, &decoded, kept))
        }
    };
    let snapshot = Snapshot {
        url: exchange.url.as_str(),
        request_head: &exchange.request_head,
        remote: exchange.remote.map(|address| address.ip()),
        response,
        attempt: attempt(crawler, token, kept),
    };
    Ok(crawler.parts.archive.append(&snapshot)?)
}

/// A body as it is stored: as received, or decoded where its coding does not replay.
struct StoredForm<'a> {
    body: std::borrow::Cow<'a, [u8]>,
    decoded_from: Option<String>,
}

impl<'a> StoredForm<'a> {
    fn of(response: &'a Response, decoded_bytes_max: u64) -> Self {
        let as_received = Self { body: (&response.body[..]).into(), decoded_from: None };
        let codings = coding::codings(&response.headers);
        if coding::is_stored_as_received(&codings) {
            return as_received;
        }
        match coding::decode(&codings, &response.body, decoded_bytes_max) {
            Ok(decoded) if decoded.complete || response.truncated.is_some() => Self {
                body: Vec::from(decoded.bytes).into(),
                decoded_from: Some(codings.join(", ")),
            },
            // What is not in the coding it claims is kept as it came.
            _ => as_received,
        }
    }
}

fn stored_response<'a>(
    response: &'a Response,
    form: &'a StoredForm<'_>,
    kept: &Kept<'a>,
) -> StoredResponse<'a> {
    StoredResponse {
        version: response.version,
        status: response.status,
        reason: response.reason.as_deref(),
        headers: &response.headers,
        body: &form.body,
        decoded_from: form.decoded_from.as_deref(),
        truncated: response.truncated.map(|cut| match cut {
            Truncation::Length => Truncated::Length,
            Truncation::Time => Truncated::Time,
            Truncation::Disconnect => Truncated::Disconnect,
        }),
        revisit_of: revisit_of(kept),
    }
}

/// What an unchanged page refers to: the snapshot of the last visit that holds the payload.
fn revisit_of<'a>(kept: &Kept<'a>) -> Option<RevisitOf<'a>> {
    let entry = kept.errand.entry?;
    let before = entry.revisit.as_deref()?;
    let kind = match kept.reading? {
        reading if reading.is_unchanged => RevisitKind::NotModified,
        reading if reading.is_same_payload => RevisitKind::IdenticalPayload,
        _ => return None,
    };
    Some(RevisitOf {
        kind,
        uri: entry.url.as_str(),
        date: before.stored_at,
        payload_digest: before.payload_digest.as_deref(),
    })
}

fn attempt<F: Frontier, W: Web>(
    crawler: &Crawler<F, W>,
    token: &LeaseToken,
    kept: &Kept<'_>,
) -> Attempt {
    let exchange = kept.exchange;
    let entry = kept.errand.entry;
    let (outcome, detail) = match &exchange.outcome {
        Outcome::Response(response) => (response.status.to_string(), None),
        Outcome::Failed(failure) => (failure.kind().to_owned(), Some(failure.to_string())),
    };
    Attempt {
        outcome,
        detail,
        purpose: kept.errand.purpose,
        robots_for: kept.errand.robots_for.map(ToString::to_string),
        host: token.host.to_string(),
        fence: token.fence,
        worker: crawler.parts.name.clone(),
        started: exchange.started.wall,
        first_byte: exchange.first_byte.map(|moment| moment.wall),
        ended: exchange.ended.wall,
        delay_ms: u64::try_from(kept.delay.as_millis()).unwrap_or(u64::MAX),
        clock_offset_us: kept.clock.us,
        clock_error_us: Some(kept.clock.error_us),
        lease_until: Some(lease_until(&exchange.started, kept.deadline)),
        depth: entry.map_or(0, |e| e.depth),
        hops: entry.map_or(0, |e| e.hops),
        via: None,
        seed: entry.and_then(|e| e.seed.clone()),
        flags: kept.reading.map(|reading| reading.flags.clone()).unwrap_or_default(),
        overridden: kept.overriding.map(|overriding| overriding.directive.clone()),
        extra: fields(kept),
    }
}

/// When a lease ends, on the wall clock as it stood at a start: a clock that is set moves both.
fn lease_until(started: &Moment, deadline: Duration) -> UnixMicros {
    let left = deadline.saturating_sub(started.elapsed);
    let late = started.elapsed.saturating_sub(deadline).as_micros();
    let late = i64::try_from(late).unwrap_or(i64::MAX);
    UnixMicros(started.wall.after(left).0.saturating_sub(late))
}

/// What was found of the page, and the labels of the outlet.
fn fields(kept: &Kept<'_>) -> Vec<(String, String)> {
    let found = kept.reading.map(|reading| reading.fields.clone()).unwrap_or_default();
    found.into_iter().chain(labels(kept.labels)).collect()
}

/// The labels of the outlet, as fields.
fn labels(labels: &Labels) -> Vec<(String, String)> {
    let field = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let country = labels.country().map(|code| field("country", code));
    let language = labels.language().map(|tag| field("language", tag));
    let tags = labels.tags().iter().map(|tag| field("tag", tag));
    country.into_iter().chain(language).chain(tags).collect()
}
