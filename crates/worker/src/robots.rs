//! robots.txt as the first request of a visit, and as a redirect to another host.

use std::sync::Arc;
use std::time::Duration;

use crawl::robots::{RobotsAnswer, RobotsCopy, RobotsState, Rules, next_copy};
use crawl::{CanonicalUrl, Origin, identity};
use fetch::{Exchange, Outcome, Request, Response, Web, coding};
use frontier::{Control, HostReply, StoredRobots};

use crate::crawler::Error;
use crate::line::Answer;
use crate::visit::Visit;

/// Redirects of a robots.txt that are followed (RFC 9309, section 2.3.1.2: at least five).
const HOPS_MAX: u8 = 5;

/// Bytes of a robots.txt that are read (RFC 9309, section 2.5: at least 500 KiB).
const BODY_BYTES_MAX: u64 = 512 * 1024;

/// How soon the lease of another host is asked for again that somebody may have: it may be settled
/// at any time.
const ASK_AGAIN_MAX: Duration = Duration::from_secs(5);

/// Delays of hosts are seldom longer: a host that is leased is free within a lease and so much.
const HEALS_WITHIN: Duration = Duration::from_mins(1);

/// What rules the next request to an origin.
pub(crate) enum Ruling {
    /// These rules.
    Rules(Arc<Rules>),
    /// Nothing may be fetched before `rest` has passed.
    Wait { rest: Duration, reason: &'static str },
    /// The visit has to end before the file could be fetched.
    Ended,
}

/// A robots copy that grows old while the visit goes on: a lease may outlast it.
#[derive(Clone)]
pub(crate) struct HeldCopy {
    pub(crate) copy: RobotsCopy,
    age_then: Duration,
    then: Duration,
}

impl HeldCopy {
    /// A copy as it came at `now`, on the clock that counts suspended time.
    pub(crate) fn new(StoredRobots { copy, age }: StoredRobots, now: Duration) -> Self {
        Self { copy, age_then: age, then: now }
    }

    fn age(&self, now: Duration) -> Duration {
        self.age_then + now.saturating_sub(self.then)
    }

    /// How long it may still be used; none when it is to be fetched again.
    fn left(&self, now: Duration) -> Option<Duration> {
        self.copy.fresh_for.checked_sub(self.age(now)).filter(|left| !left.is_zero())
    }
}

/// What one request for a robots.txt brought.
enum Got {
    Copy(RobotsCopy),
    Redirect(CanonicalUrl),
    Busy(Duration),
    Ended,
}

impl<F: Control, W: Web> Visit<F, W> {
    /// The rules of an origin: known, or fetched now as the queue's own next request.
    pub(crate) async fn rules_for(&mut self, origin: &Origin) -> Result<Ruling, Error> {
        self.obey();
        if let Some(rules) = self.replaced_rules() {
            return Ok(Ruling::Rules(rules));
        }
        let now = self.now();
        let is_fresh = self.copies.get(origin).is_some_and(|held| held.left(now).is_some());
        if let (true, Some(rules)) = (is_fresh, self.rules.get(origin)) {
            return Ok(Ruling::Rules(Arc::clone(rules)));
        }
        let (mut to, mut hops) = (origin.robots_url(), 0);
        let known = self.copies.get(origin).cloned();
        if let Some(held) = &known {
            match (&held.copy.state, held.left(now)) {
                (RobotsState::Redirected { to: next, hops: n }, _) => {
                    (to, hops) = (next.clone(), *n);
                }
                (_, Some(left)) => return Ok(self.adopt(origin, &held.copy, left)),
                (_, None) => {}
            }
        }
        let last = known.as_ref().map(|held| (&held.copy, held.age(now)));
        let hops_before = hops;
        loop {
            let got = if to.host_key() == self.host {
                self.fetch_robots(origin, &to, last).await?
            } else {
                self.robots_elsewhere(origin, &to, last).await?
            };
            match got {
                Got::Ended => {
                    // The next visit goes on from here: one that began anew might never be long
                    // enough.
                    if hops > hops_before {
                        self.note_station(origin, to, hops);
                    }
                    return Ok(Ruling::Ended);
                }
                Got::Busy(rest) => {
                    // A good copy is kept for the case that the other host does not answer either:
                    // better to ask for the redirect once more than to forget it.
                    if !known.as_ref().is_some_and(|held| is_good(&held.copy)) {
                        self.note_station(origin, to, hops);
                    }
                    return Ok(Ruling::Wait { rest, reason: "robots-elsewhere-busy" });
                }
                Got::Copy(copy) => {
                    let ruling = self.learn(origin, &copy);
                    self.store_pace().await?;
                    return Ok(ruling);
                }
                Got::Redirect(_) if hops >= HOPS_MAX => {
                    let copy = next_copy(last, RobotsAnswer::TooManyRedirects, identity::TOKEN);
                    return Ok(self.learn(origin, &copy));
                }
                Got::Redirect(next) => (to, hops) = (next, hops + 1),
            }
        }
    }

    /// Notes how far the redirects of a robots.txt were followed.
    fn note_station(&mut self, origin: &Origin, to: CanonicalUrl, hops: u8) {
        let state = RobotsState::Redirected { to, hops };
        self.learned.push((origin.clone(), RobotsCopy { state, ..waiting() }));
    }

    /// Takes a new copy, to be stored before the next start.
    fn learn(&mut self, origin: &Origin, copy: &RobotsCopy) -> Ruling {
        self.learned.push((origin.clone(), copy.clone()));
        let stored = StoredRobots { copy: copy.clone(), age: Duration::ZERO };
        self.copies.insert(origin.clone(), HeldCopy::new(stored, self.now()));
        self.adopt(origin, copy, copy.fresh_for)
    }

    /// Goes by a copy that may still be used for `left`.
    fn adopt(&mut self, origin: &Origin, copy: &RobotsCopy, left: Duration) -> Ruling {
        if copy.state == RobotsState::DisallowAll {
            return Ruling::Wait { rest: left, reason: "robots-unreachable" };
        }
        let rules = Arc::new(copy.rules(identity::TOKEN));
        self.rules.insert(origin.clone(), Arc::clone(&rules));
        // Also for a copy that came with the lease: another host's visit may have brought it.
        self.learn_delay();
        Ruling::Rules(rules)
    }

    /// Asks this host for a robots.txt.
    async fn fetch_robots(
        &mut self,
        origin: &Origin,
        url: &CanonicalUrl,
        last: Option<(&RobotsCopy, Duration)>,
    ) -> Result<Got, Error> {
        let body_bytes_max = Some(BODY_BYTES_MAX);
        let request = Request { url: url.clone(), validators: None, body_bytes_max };
        let Some((exchange, delay)) = self.exchange(&request).await? else {
            return Ok(Got::Ended);
        };
        self.keep_robots(origin, &exchange, delay)?;
        if let Outcome::Failed(failure) = &exchange.outcome {
            tracing::info!(host = %self.host, %failure, "robots.txt is unreachable");
            let is_own = url.origin() == *origin && url.as_url().scheme() == "https";
            self.is_https_refused |= is_own && failure.may_be_https_only();
        }
        Ok(match location(url, &exchange) {
            Some(next) => Got::Redirect(next),
            None => Got::Copy(copy_of(&exchange, last)),
        })
    }

    /// Asks another host for the robots.txt that this one's redirects to, under that host's lease.
    async fn robots_elsewhere(
        &mut self,
        origin: &Origin,
        url: &CanonicalUrl,
        last: Option<(&RobotsCopy, Duration)>,
    ) -> Result<Got, Error> {
        if let Some(copy) = self.copy_of_other(url).await? {
            return Ok(Got::Copy(copy));
        }
        let host = url.host_key();
        let replied = self.call(|frontier| frontier.lease_host(&host, self.crawler.ask(0)));
        let Answer { value, asked, answered } = replied.await?;
        let lease = match value {
            HostReply::Leased(lease) => Answer { value: *lease, asked, answered },
            HostReply::Busy { free_in } => {
                let jitter = self.crawler.parts.random.next_u64() % 1_000;
                let wait = ask_again_in(free_in, self.crawler.config.lease_for);
                return Ok(Got::Busy(wait + Duration::from_millis(jitter)));
            }
        };
        let (mut guest, _) = Self::begin(Arc::clone(&self.crawler), lease, self.stop.clone());
        let got = guest.fetch_robots(origin, url, last).await;
        let own = url.origin();
        if let (Ok(Got::Copy(copy)), true) = (&got, *url == own.robots_url()) {
            // It is that origin's own file as well. What it was before matters in an outage.
            let copy = if copy.unreachable_for.is_zero() {
                copy.clone()
            } else {
                let now = guest.now();
                let last = guest.copies.get(&own).map(|held| (&held.copy, held.age(now)));
                next_copy(last, RobotsAnswer::Unreachable, identity::TOKEN)
            };
            guest.learn(&own, &copy);
        }
        guest.settle().await?;
        got
    }

    /// A usable copy of another origin's own robots.txt answers without a request.
    async fn copy_of_other(&mut self, url: &CanonicalUrl) -> Result<Option<RobotsCopy>, Error> {
        let own = url.origin();
        if *url != own.robots_url() {
            return Ok(None);
        }
        let stored = self.call(|frontier| frontier.robots(&own)).await?.value;
        Ok(stored.and_then(|StoredRobots { mut copy, age }| {
            copy.fresh_for = copy.fresh_for.checked_sub(age).filter(|left| !left.is_zero())?;
            is_good(&copy).then_some(copy)
        }))
    }
}

/// Whether a copy holds an answer.
fn is_good(copy: &RobotsCopy) -> bool {
    matches!(copy.state, RobotsState::Rules(_) | RobotsState::AllowAll)
}

/// A copy that only remembers where the way goes on.
fn waiting() -> RobotsCopy {
    RobotsCopy {
        state: RobotsState::DisallowAll,
        fresh_for: Duration::ZERO,
        unreachable_for: Duration::ZERO,
    }
}

/// Where a robots.txt redirects to, when it does.
fn location(url: &CanonicalUrl, exchange: &Exchange) -> Option<CanonicalUrl> {
    let Outcome::Response(response) = &exchange.outcome else { return None };
    crate::page::redirect_target(url, response)?.ok()
}

fn copy_of(exchange: &Exchange, last: Option<(&RobotsCopy, Duration)>) -> RobotsCopy {
    let body;
    let answer = match &exchange.outcome {
        Outcome::Failed(_) => RobotsAnswer::Unreachable,
        Outcome::Response(response) if (200..300).contains(&response.status) => {
            match whole_text(response) {
                Some(text) => {
                    body = text;
                    RobotsAnswer::Body(&body)
                }
                None => RobotsAnswer::Unreachable,
            }
        }
        Outcome::Response(response) => RobotsAnswer::Status(response.status),
    };
    next_copy(last, answer, identity::TOKEN)
}

/// The decoded file; nothing when the connection broke in the middle of it or its coding is broken,
/// for half a file could allow what the whole one forbids.
fn whole_text(response: &Response) -> Option<Vec<u8>> {
    if matches!(response.truncated, Some(fetch::Truncation::Time | fetch::Truncation::Disconnect)) {
        return None;
    }
    let codings = coding::codings(&response.headers);
    let decoded = coding::decode(&codings, &response.body, BODY_BYTES_MAX).ok()?;
    if !decoded.complete && (decoded.bytes.len() as u64) < BODY_BYTES_MAX {
        return None;
    }
    Some(decoded.bytes.into())
}

/// When a host is asked for again that is not free before that time. One that somebody has leased
/// would heal after the length of a lease and its delay, and may be free at any time; what takes
/// longer is a rest, which does not end sooner.
fn ask_again_in(free_in: Duration, lease_for: Duration) -> Duration {
    if free_in > lease_for + HEALS_WITHIN { free_in } else { free_in.min(ASK_AGAIN_MAX) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lease_may_end_at_any_time_and_a_rest_does_not() {
        let secs = Duration::from_secs;
        for (free_in, wait) in [(2, 2), (60, 5), (180, 5), (190, 5), (241, 241), (3_600, 3_600)] {
            assert_eq!(ask_again_in(secs(free_in), secs(180)), secs(wait));
        }
    }

    #[test]
    fn a_copy_grows_old_while_a_lease_lasts() {
        let hour = Duration::from_hours(1);
        let state = RobotsState::AllowAll;
        let copy = RobotsCopy { state, fresh_for: 24 * hour, unreachable_for: Duration::ZERO };
        let held = HeldCopy::new(StoredRobots { copy, age: 23 * hour }, 100 * hour);
        assert_eq!(held.left(100 * hour), Some(hour));
        assert_eq!(held.age(100 * hour + hour / 2), 23 * hour + hour / 2);
        assert_eq!(held.left(101 * hour), None);
    }
}
