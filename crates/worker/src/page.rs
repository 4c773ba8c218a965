//! What an answer means: verdict, links, next visit.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use archive::Receipt;
use crawl::{Band, CanonicalUrl, Entry, UrlError, Validators, identity, retry, revisit};
use extract::{Input, Page};
use fetch::{Exchange, Outcome, Response, Web, coding};
use frontier::{Frontier, Verdict};

use crate::Crawler;

/// A hub that failed for good is tried again after a day.
const FAILED_HUB_AGAIN: Duration = Duration::from_hours(24);

/// What one answer means for the frontier and the counters.
#[derive(Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is an answer of its own")]
pub(crate) struct Reading {
    /// A 2xx HTML page.
    pub(crate) is_page: bool,
    /// A 304 to our validators.
    pub(crate) is_unchanged: bool,
    /// The payload is the same as at the last visit.
    pub(crate) is_same_payload: bool,
    /// What went wrong, as it is counted.
    pub(crate) error: Option<String>,
    /// Try again later.
    pub(crate) retry: bool,
    /// Entries for the frontier: links in scope, or a redirect's target.
    pub(crate) links: Vec<Entry>,
    /// The place a seed redirects to: it joins the scope.
    pub(crate) admits: Option<CanonicalUrl>,
    /// Words for the metadata record: `noarchive`, `nofollow`, `unreadable`, ...
    pub(crate) flags: Vec<String>,
}

/// Reads an answer. Pure but for the scope, which it only asks.
pub(crate) fn read<F: Frontier, W: Web>(
    crawler: &Crawler<F, W>,
    entry: &Entry,
    exchange: &Exchange,
) -> Reading {
    let response = match &exchange.outcome {
        Outcome::Response(response) => response,
        Outcome::Failed(failure) => return failed(entry, failure),
    };
    match response.status {
        304 => Reading { is_unchanged: true, ..Reading::default() },
        200..=299 => read_content(crawler, entry, response),
        300..=399 => read_redirect(crawler, entry, response),
        status => Reading {
            error: Some(format!("http-{status}")),
            retry: retry::is_retryable_status(status),
            flags: response_flags(response),
            ..Reading::default()
        },
    }
}

fn failed(entry: &Entry, failure: &fetch::Failure) -> Reading {
    let mut reading = Reading {
        error: Some(failure.kind().to_owned()),
        retry: failure.is_transient(),
        ..Reading::default()
    };
    if entry.http_fallback && failure.may_be_https_only() {
        let http = entry.url.as_str().replacen("https:", "http:", 1);
        if let Ok(url) = CanonicalUrl::parse(&http) {
            let fallback = Entry { url, http_fallback: false, attempt: 0, ..entry.clone() };
            reading.links.push(fallback);
            reading.retry = false;
        }
    }
    reading
}

fn read_redirect<F: Frontier, W: Web>(
    crawler: &Crawler<F, W>,
    entry: &Entry,
    response: &Response,
) -> Reading {
    let wrong = |kind: &str| Reading { error: Some(kind.to_owned()), ..Reading::default() };
    let target = match redirect_target(&entry.url, response) {
        None => return wrong("redirect-without-location"),
        Some(Err(_)) => return wrong("redirect-bad-location"),
        Some(Ok(target)) => target,
    };
    if entry.hops >= crawler.config.hops_max {
        return wrong("redirect-limit");
    }
    let is_seed = entry.seed.is_some();
    if !is_seed && !crawler.scope().contains(&target) {
        return Reading { flags: vec!["out-of-scope".into()], ..Reading::default() };
    }
    let admits = is_seed.then(|| target.clone());
    let next = Entry {
        url: target,
        hops: entry.hops + 1,
        attempt: 0,
        http_fallback: false,
        revisit: None,
        ..entry.clone()
    };
    Reading { links: vec![next], admits, ..Reading::default() }
}

/// Where a redirect leads; nothing for an answer that is none (RFC 9110, section 15.4).
pub(crate) fn redirect_target(
    url: &CanonicalUrl,
    response: &Response,
) -> Option<Result<CanonicalUrl, UrlError>> {
    if !matches!(response.status, 301 | 302 | 303 | 307 | 308) {
        return None;
    }
    let location = response.header("location")?;
    Some(CanonicalUrl::join(url.as_url(), location))
}

fn read_content<F: Frontier, W: Web>(
    crawler: &Crawler<F, W>,
    entry: &Entry,
    response: &Response,
) -> Reading {
    let mut reading = Reading { flags: response_flags(response), ..Reading::default() };
    if let Some(digest) = entry.revisit.as_ref().and_then(|v| v.payload_digest.as_deref()) {
        reading.is_same_payload = archive::payload_digest(&response.body) == digest;
    }
    let content_type = response.header("content-type");
    let codings = coding::codings(&response.headers);
    let bytes_max = crawler.parts.decoded_bytes_max;
    let Ok(decoded) = coding::decode(&codings, &response.body, bytes_max) else {
        reading.flags.push("undecodable".into());
        reading.error = Some("bad-coding".into());
        return reading;
    };
    let robots_tags = robots_tags(response);
    let input = Input {
        url: entry.url.as_url(),
        content_type,
        robots_tags: &robots_tags,
        body: &decoded.bytes,
    };
    reading.is_page = extract::is_html(&input);
    if reading.is_page {
        read_links(crawler, entry, &input, &mut reading);
    }
    reading
}

fn read_links<F: Frontier, W: Web>(
    crawler: &Crawler<F, W>,
    entry: &Entry,
    input: &Input<'_>,
    reading: &mut Reading,
) {
    let limits = extract::Limits::default();
    // A page must never take the crawl down with it, whatever is in it.
    let page =
        catch_unwind(AssertUnwindSafe(|| extract::read_page(input, identity::TOKEN, &limits)));
    let Ok(page) = page else {
        tracing::error!(url = %entry.url, "reading the page panicked: please report this URL");
        reading.flags.push("unreadable".into());
        reading.error = Some("unreadable".into());
        return;
    };
    let robots = &page.robots;
    for (word, is_set) in [
        ("nofollow", robots.nofollow),
        ("noindex", robots.noindex),
        ("noarchive", robots.noarchive),
    ] {
        if is_set && !reading.flags.iter().any(|flag| flag == word) {
            reading.flags.push(word.to_owned());
        }
    }
    reading.links = links(crawler, entry, page);
}

/// The links of a page that belong to the crawl. Front pages are hubs; until seeds learn more, the
/// rest is backfill.
fn links<F: Frontier, W: Web>(crawler: &Crawler<F, W>, entry: &Entry, page: Page) -> Vec<Entry> {
    let depth = entry.depth.saturating_add(1);
    if crawler.config.depth_max.is_some_and(|max| depth > max) || page.robots.nofollow {
        return Vec::new();
    }
    let scope = crawler.scope();
    let refresh = page.refresh.into_iter();
    let urls = page.links.into_iter().map(|link| link.url).chain(refresh).chain(page.canonical);
    urls.filter(|url| *url != entry.url && scope.contains(url))
        .map(|url| {
            let band = if url.is_front_page() { Band::Hub } else { Band::Backfill };
            Entry { depth, ..Entry::new(url, band) }
        })
        .collect()
}

/// What the header alone says: an `X-Robots-Tag` counts for files that are no pages, too.
fn response_flags(response: &Response) -> Vec<String> {
    let mut robots = extract::RobotsMeta::default();
    for tag in robots_tags(response) {
        robots.add_header(&tag, identity::TOKEN);
    }
    robots.noarchive.then(|| "noarchive".to_owned()).into_iter().collect()
}

fn robots_tags(response: &Response) -> Vec<String> {
    let values = response.header_values("x-robots-tag");
    values.map(|value| String::from_utf8_lossy(value).into_owned()).collect()
}

/// What this visit leaves for the next one.
pub(crate) fn validators(exchange: &Exchange, receipt: &Receipt) -> Validators {
    let Outcome::Response(response) = &exchange.outcome else { return Validators::default() };
    Validators {
        etag: response.header("etag").map(str::to_owned),
        last_modified: response.header("last-modified").map(str::to_owned),
        payload_digest: receipt.payload_digest.clone(),
        stored_at: exchange.started.wall,
        interval_ms: 0,
    }
}

/// When the URL is visited again: soon after a failure that may pass, on schedule for a hub.
pub(crate) fn next_visit<F: Frontier, W: Web>(
    crawler: &Crawler<F, W>,
    entry: &Entry,
    reading: &Reading,
    validators: Validators,
) -> Option<Verdict> {
    if reading.retry {
        let random = crawler.parts.random.next_u64();
        if let Some(after) = retry::next_in(&crawler.parts.retry, entry.attempt, random) {
            let again = Entry { attempt: entry.attempt + 1, ..entry.clone() };
            return Some(Verdict::Again { after, entry: Box::new(again) });
        }
    }
    if entry.band != Band::Hub {
        return None;
    }
    if reading.error.is_some() {
        // A hub gone for good is not forgotten, only left alone for long.
        let again = Entry { attempt: entry.attempt.max(1), ..entry.clone() };
        return (reading.links.is_empty())
            .then(|| Verdict::Again { after: FAILED_HUB_AGAIN, entry: Box::new(again) });
    }
    if !(reading.is_page || reading.is_unchanged) {
        return None;
    }
    let is_same = reading.is_unchanged || reading.is_same_payload;
    let before = entry.revisit.as_deref();
    let after = revisit::next_in(&crawler.parts.revisit, before, !is_same);
    let mut kept = if is_same { before.cloned().unwrap_or_default() } else { validators };
    kept.interval_ms = u64::try_from(after.as_millis()).unwrap_or(u64::MAX);
    let again = Entry { attempt: 0, revisit: Some(Box::new(kept)), ..entry.clone() };
    Some(Verdict::Again { after, entry: Box::new(again) })
}

/// Counts what a visit of a page came to.
pub(crate) fn count<F: Frontier, W: Web>(
    crawler: &Crawler<F, W>,
    entry: &Entry,
    reading: &Reading,
) {
    let seed = entry.seed.as_deref();
    if reading.is_page {
        crawler.tally.page_stored();
    }
    if reading.is_unchanged || reading.is_same_payload {
        crawler.tally.unchanged();
    }
    if reading.is_page || reading.is_unchanged {
        crawler.ledger.page(seed);
    } else if let Some(kind) = &reading.error {
        crawler.tally.error(kind);
        crawler.ledger.no_page(seed, kind);
    } else if reading.links.is_empty() {
        crawler.ledger.no_page(seed, "not an HTML page");
    }
}
