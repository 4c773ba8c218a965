//! Asking the host now: robots.txt first, then the page, if it may be.

use std::time::Duration;

use anyhow::{Context, Result};
use crawl::robots::{RobotsAnswer, Rules, next_copy};
use crawl::{CanonicalUrl, identity};
use extract::Input;
use extract::wall::Answer as Head;
use fetch::{Exchange, Outcome, Request, Response, Truncation, coding};
use frontier::{Frontier, StoredRobots};
use serde::Serialize;

use super::DECODED_BYTES_MAX;
use super::answer::text;
use super::article;
use super::reading::Reading;
use super::verdict::Robots;
use super::visit::{Parts, Visit};
use crate::units;

/// Redirects of a robots.txt that are followed (RFC 9309, section 2.3.1.2).
const HOPS_MAX: u8 = 5;

/// Bytes of a robots.txt that are read (RFC 9309, section 2.5: at least 500 KiB).
const ROBOTS_BYTES_MAX: u64 = 512 * 1024;

/// What came of asking.
pub(super) struct Asked {
    pub(super) robots: Robots,
    pub(super) timings: Timings,
    /// The request for the page; none when robots.txt forbids it.
    pub(super) page: Option<Exchange>,
}

/// How long things took, in milliseconds.
#[derive(Debug, Serialize)]
#[expect(clippy::struct_field_names, reason = "units stand last")]
pub(super) struct Timings {
    /// For robots.txt: its requests, redirects included, without the waits between them.
    pub(super) robots_ms: f64,
    /// Between robots.txt and the page, as politeness asks.
    pub(super) wait_ms: Option<f64>,
    /// From the start of the page's request to the head of its answer.
    pub(super) first_byte_ms: Option<f64>,
    /// From its start to its end.
    pub(super) total_ms: Option<f64>,
}

/// Asks for a URL under a lease of its host.
pub(super) async fn ask<F: Frontier>(parts: &Parts<F>, url: &CanonicalUrl) -> Result<Asked> {
    let mut visit = Visit::begin(parts, url.host_key()).await?;
    let asked = ask_in(parts, &mut visit, url).await;
    // Handed back whatever came of it; the first thing that went wrong is told.
    let settled = visit.settle().await;
    let asked = asked?;
    settled?;
    Ok(asked)
}

async fn ask_in<F: Frontier>(
    parts: &Parts<F>,
    visit: &mut Visit<'_, F>,
    url: &CanonicalUrl,
) -> Result<Asked> {
    let (robots, took) = robots(parts, visit, url).await?;
    let mut timings =
        Timings { robots_ms: ms(took), wait_ms: None, first_byte_ms: None, total_ms: None };
    if !robots.is_allowed() {
        return Ok(Asked { robots, timings, page: None });
    }
    let (page, wait) = visit.exchange(&Request::new(url.clone())).await?;
    let since = |moment: fetch::Moment| ms(moment.elapsed.saturating_sub(page.started.elapsed));
    timings.wait_ms = Some(ms(wait));
    timings.first_byte_ms = page.first_byte.map(since);
    timings.total_ms = Some(since(page.ended));
    Ok(Asked { robots, timings, page: Some(page) })
}

fn ms(duration: Duration) -> f64 {
    duration.as_micros() as f64 / 1_000.0
}

/// Fetches the robots.txt of a URL's origin, over redirects, and judges the URL by it.
async fn robots<F: Frontier>(
    parts: &Parts<F>,
    visit: &mut Visit<'_, F>,
    url: &CanonicalUrl,
) -> Result<(Robots, Duration)> {
    let origin = url.origin();
    let (mut to, mut hops, mut took) = (origin.robots_url(), 0, Duration::ZERO);
    loop {
        let exchange = fetch_robots(parts, visit, &to).await?;
        took += exchange.ended.elapsed.saturating_sub(exchange.started.elapsed);
        if let Some(next) = target(&exchange)
            && hops < HOPS_MAX
        {
            (to, hops) = (next, hops + 1);
            continue;
        }
        let stored =
            visit.copies.iter().find(|(of, _)| *of == origin).map(|(_, copy)| copy.clone());
        let (mut robots, rules) = judge(url, &exchange, stored.as_ref());
        visit.learn_delay(&origin, &rules);
        robots.url = to.to_string();
        robots.status = response(&exchange).map(|response| response.status);
        return Ok((robots, took));
    }
}

/// Asks for a robots.txt: in this visit, or in one of its own when it is another host's.
async fn fetch_robots<F: Frontier>(
    parts: &Parts<F>,
    visit: &mut Visit<'_, F>,
    url: &CanonicalUrl,
) -> Result<Exchange> {
    let body_bytes_max = Some(ROBOTS_BYTES_MAX);
    let request = Request { url: url.clone(), validators: None, body_bytes_max };
    if url.host_key() == visit.host {
        return Ok(visit.exchange(&request).await?.0);
    }
    let led = || format!("the robots.txt of {} redirects to {url}", visit.host);
    let mut guest = Visit::begin(parts, url.host_key()).await.with_context(led)?;
    let exchange = guest.exchange(&request).await;
    let settled = guest.settle().await;
    let (exchange, _) = exchange?;
    settled?;
    Ok(exchange)
}

/// What the last answer on the way to a robots.txt says to a URL.
fn judge(
    url: &CanonicalUrl,
    exchange: &Exchange,
    stored: Option<&StoredRobots>,
) -> (Robots, Rules) {
    let body = response(exchange).and_then(whole_text);
    if let Some(body) = body {
        let rules = Rules::parse(&body, identity::TOKEN);
        let why = format!("by robots.txt as it is now ({})", units::bytes(body.len() as u64));
        return (Robots::new(url, &rules, why), rules);
    }
    let (answer, found) = match &exchange.outcome {
        Outcome::Failed(failure) => {
            (RobotsAnswer::Unreachable, format!("robots.txt cannot be reached ({failure})"))
        }
        Outcome::Response(response) => match response.status {
            200..=299 => (RobotsAnswer::Unreachable, "robots.txt came in part only".to_owned()),
            301 | 302 | 303 | 307 | 308 => {
                let found = format!("robots.txt redirects more than {HOPS_MAX} times, or nowhere");
                (RobotsAnswer::TooManyRedirects, found)
            }
            status => (RobotsAnswer::Status(status), format!("robots.txt answers {status}")),
        },
    };
    let copy = next_copy(stored.map(|s| (&s.copy, s.age)), answer, identity::TOKEN);
    let meaning = match (&copy.state, copy.unreachable_for.is_zero()) {
        (crawl::robots::RobotsState::Rules(_), _) => "the last good copy holds meanwhile",
        (crawl::robots::RobotsState::AllowAll, true) => "which allows everything",
        (crawl::robots::RobotsState::AllowAll, false) => "but it allowed everything before",
        _ => "which forbids everything until it answers",
    };
    let robots = Robots::by_copy(url, &copy, format!("{found}, {meaning}"));
    (robots, copy.rules(identity::TOKEN))
}

/// The answer of an exchange, when there is one.
pub(super) fn response(exchange: &Exchange) -> Option<&Response> {
    match &exchange.outcome {
        Outcome::Response(response) => Some(response),
        Outcome::Failed(_) => None,
    }
}

/// Where an answer redirects to; nothing when it does not (RFC 9110, section 15.4).
pub(super) fn target(exchange: &Exchange) -> Option<CanonicalUrl> {
    let response = response(exchange)?;
    let is_redirect = matches!(response.status, 301 | 302 | 303 | 307 | 308);
    let location = response.header("location").filter(|_| is_redirect)?;
    CanonicalUrl::join(exchange.url.as_url(), location).ok()
}

/// A whole robots.txt, decoded: half of one could allow what the other half forbids.
fn whole_text(response: &Response) -> Option<Vec<u8>> {
    let is_broken = matches!(response.truncated, Some(Truncation::Time | Truncation::Disconnect));
    if is_broken || !(200..300).contains(&response.status) {
        return None;
    }
    let codings = coding::codings(&response.headers);
    let decoded = coding::decode(&codings, &response.body, ROBOTS_BYTES_MAX).ok()?;
    let is_full = decoded.bytes.len() as u64 >= ROBOTS_BYTES_MAX;
    (decoded.complete || is_full).then(|| decoded.bytes.into_owned())
}

/// The decoded content of an answer.
pub(super) fn content(response: &Response) -> Result<Vec<u8>> {
    let codings = coding::codings(&response.headers);
    let decoded = coding::decode(&codings, &response.body, DECODED_BYTES_MAX);
    Ok(decoded.context("the content cannot be decoded")?.bytes.into_owned())
}

/// What the content of an answer says; nothing when it cannot be decoded.
pub(super) async fn reading(
    url: &CanonicalUrl,
    response: &Response,
    readers: &worker::reader::Config,
) -> Result<Option<Reading>> {
    let Ok(body) = content(response) else { return Ok(None) };
    let robots_tags: Vec<String> = response.header_values("x-robots-tag").map(text).collect();
    let input = Input {
        url: url.as_url(),
        content_type: response.header("content-type"),
        robots_tags: &robots_tags,
        body: &body,
    };
    let head = Head { url, status: response.status, headers: &response.headers };
    let reading = Reading::of(&input, &head)?;
    Ok(Some(article::read(readers, &input, reading).await))
}
