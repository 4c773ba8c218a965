//! One lease, from its first request to its settle.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use archive::{Purpose, Receipt};
use crawl::politeness::{HostState, Signal, retry_after};
use crawl::robots::{RobotsCopy, Rules};
use crawl::{Entry, Fingerprint, HostKey, Origin, identity};
use fetch::{Exchange, Outcome, Request, Session, Web};
use frontier::{Extension, Frontier, Lease, LeaseToken, Settlement, Verdict};

use crate::cost::Stage;
use crate::crawler::{Error, FULL_DISK_LOOK};
use crate::page;
use crate::robots::{HeldCopy, Ruling};
use crate::snapshot::{self, Errand};
use crate::{Crawler, Stop};

/// A connection is closed before a wait longer than this: servers drop idle ones soon after.
const IDLE_CONNECTION_MAX: Duration = Duration::from_secs(3);

/// Waits up to this long are waited out even when hosts queue for a place.
const SHORT_WAIT: Duration = Duration::from_millis(50);

/// A visit to one host queue.
pub(crate) struct Visit<F: Frontier, W: Web> {
    pub(crate) crawler: Arc<Crawler<F, W>>,
    pub(crate) host: HostKey,
    pub(crate) stop: Stop,
    session: W::Session,
    token: LeaseToken,
    /// When the visit began, on the clock that counts suspended time.
    begun: Duration,
    /// When the lease ends, on the clock that counts suspended time.
    deadline: Duration,
    /// From when the delay runs: the last first byte or the end of the last failed attempt.
    paced_from: Option<Duration>,
    /// No start before this, whatever the delay: the lease's beginning, or a rest asked for.
    not_before: Duration,
    /// The delay that the frontier holds: an abandoned lease heals by it.
    stored_delay: Duration,
    state: HostState,
    /// The robots copies of this host's origins: brought by the lease, or learnt since.
    pub(crate) copies: HashMap<Origin, HeldCopy>,
    /// The rules of those copies that were needed so far.
    pub(crate) rules: HashMap<Origin, Arc<Rules>>,
    /// Robots copies that the frontier does not have yet.
    pub(crate) learned: Vec<(Origin, RobotsCopy)>,
    verdicts: Vec<(Fingerprint, Verdict)>,
    links: Vec<Entry>,
    receipts: Vec<Receipt>,
    /// The host asked for more than its delay: hand it back.
    is_resting: bool,
}

/// Whether the visit goes on.
enum Step {
    Next,
    End,
}

impl<F: Frontier, W: Web> Visit<F, W> {
    /// Visits the host of a lease and settles it.
    pub(crate) async fn run(
        crawler: Arc<Crawler<F, W>>,
        lease: Lease,
        stop: Stop,
    ) -> Result<(), Error> {
        let (mut visit, mut queue) = Self::begin(crawler, lease, stop);
        while let Some(entry) = queue.pop_front() {
            match visit.step(entry).await {
                Ok(Step::Next) => {}
                Ok(Step::End) => break,
                // What was done before is settled; the rest goes back to the head of its band.
                Err(error) if error.is_full() => {
                    visit.settle().await?;
                    return Err(error);
                }
                Err(Error::Frontier(error)) if error.is_stale() => {
                    visit.abandon(&error);
                    return Ok(());
                }
                Err(error) => return Err(error),
            }
        }
        visit.settle().await
    }

    pub(crate) fn begin(
        crawler: Arc<Crawler<F, W>>,
        lease: Lease,
        stop: Stop,
    ) -> (Self, VecDeque<Entry>) {
        let now = crawler.parts.clock.elapsed();
        let host = lease.token.host.clone();
        let visit = Self {
            session: crawler.parts.web.open(&host),
            host,
            stop,
            begun: now,
            deadline: now + lease.deadline_in,
            paced_from: None,
            not_before: now,
            stored_delay: lease.delay,
            state: lease.state,
            copies: lease.robots.into_iter().map(|(o, s)| (o, HeldCopy::new(s, now))).collect(),
            token: lease.token,
            rules: HashMap::new(),
            learned: Vec::new(),
            verdicts: Vec::new(),
            links: Vec::new(),
            receipts: Vec::new(),
            is_resting: false,
            crawler,
        };
        (visit, lease.urls.into())
    }

    async fn step(&mut self, entry: Entry) -> Result<Step, Error> {
        let rules = match self.rules_for(&entry.url.origin()).await? {
            Ruling::Rules(rules) => rules,
            Ruling::Wait { rest, reason } => {
                self.crawler.tally.error(reason);
                self.crawler.ledger.no_page(entry.seed.as_deref(), reason);
                self.rest(rest);
                return Ok(Step::End);
            }
            Ruling::Ended => return Ok(Step::End),
        };
        let ruling = rules.check(entry.url.path_and_query());
        if !ruling.allowed {
            self.forbid(&entry);
            return Ok(Step::Next);
        }
        if !self.crawler.tally.reserve_page() {
            return Ok(Step::End);
        }
        let fetched = self.fetch_page(&entry).await;
        if !matches!(fetched, Ok(Some(true))) {
            self.crawler.tally.release_page();
        }
        Ok(match fetched? {
            Some(_) if !self.is_resting => Step::Next,
            _ => Step::End,
        })
    }

    fn forbid(&mut self, entry: &Entry) {
        tracing::debug!(url = %entry.url, "robots.txt forbids it");
        self.crawler.tally.forbidden();
        self.crawler.ledger.no_page(entry.seed.as_deref(), "robots.txt forbids it");
        self.verdicts.push((entry.url.fingerprint(), Verdict::Done));
    }

    /// Fetches, keeps and reads one page. Nothing when the visit has to end before the request;
    /// otherwise whether a page was stored.
    async fn fetch_page(&mut self, entry: &Entry) -> Result<Option<bool>, Error> {
        let errand = Errand::page(entry);
        let validators = entry.revisit.as_deref().cloned();
        let request = Request { url: entry.url.clone(), validators, body_bytes_max: None };
        let Some((exchange, delay)) = self.exchange(&request).await? else { return Ok(None) };
        let cost = &self.crawler.cost;
        let reading = cost.of(Stage::Read, || page::read(&self.crawler, entry, &exchange));
        let kept = snapshot::Kept { errand, exchange: &exchange, delay, reading: Some(&reading) };
        let receipt = self.keep(&kept)?;
        if let Some(target) = &reading.admits {
            self.crawler.admit(target).await?;
        }
        let validators = page::validators(&exchange, &receipt);
        self.receipts.push(receipt);
        let next = page::next_visit(&self.crawler, entry, &reading, validators);
        let verdict = next.unwrap_or(Verdict::Done);
        self.verdicts.push((entry.url.fingerprint(), verdict));
        self.store_pace().await?;
        let is_page = reading.is_page;
        page::count(&self.crawler, entry, &reading);
        self.links.extend(reading.links);
        Ok(Some(is_page))
    }

    /// Sends one request when its time has come. Nothing when the visit has to end first.
    pub(crate) async fn exchange(
        &mut self,
        request: &Request,
    ) -> Result<Option<(Exchange, Duration)>, Error> {
        if !self.wait_for_start().await {
            return Ok(None);
        }
        let crawler = Arc::clone(&self.crawler);
        let Ok(_permit) = crawler.permits.acquire().await else { return Ok(None) };
        self.extend_if_needed().await?;
        // The decision to start: nothing may be awaited between it and the request.
        if self.stop.is_asked() || self.now() + crawler.parts.exchange_max > self.deadline {
            return Ok(None);
        }
        crawler.tally.request_begins(self.host.as_str());
        let delay = self.delay();
        let exchange = self.session.exchange(request).await;
        crawler.tally.request_ended(body_bytes(&exchange));
        self.note(&exchange);
        Ok(Some((exchange, delay)))
    }

    /// Waits for the host's next start. False when the visit has to end instead.
    async fn wait_for_start(&mut self) -> bool {
        let wait = self.next_start().saturating_sub(self.now());
        let is_crowded = self.crawler.crowded.load(Ordering::Relaxed);
        // The visit's first request is never put off: it would not get on.
        let is_long = self.paced_from.is_some()
            && self.now().saturating_sub(self.begun) + wait > self.crawler.config.visit_max;
        if self.stop.is_asked()
            || is_long
            || wait > self.crawler.config.hold_max
            || (is_crowded && wait > SHORT_WAIT)
        {
            return false;
        }
        if wait > IDLE_CONNECTION_MAX {
            self.session.close_idle();
        }
        while let Some(wait) = self.next_start().checked_sub(self.now()).filter(|w| !w.is_zero()) {
            tokio::select! {
                () = tokio::time::sleep(wait) => {}
                () = self.stop.asked() => return false,
            }
        }
        true
    }

    /// Stores a longer delay, or a rest that was asked for, as soon as it is known: should this
    /// process die, the lease heals by what is stored.
    pub(crate) async fn store_pace(&mut self) -> Result<(), Error> {
        let rest = self.not_before.saturating_sub(self.paced_from.unwrap_or(self.not_before));
        if self.delay().max(rest) > self.stored_delay {
            self.extend(self.delay().max(rest)).await?;
        }
        Ok(())
    }

    /// Makes the lease last for another exchange, and stores a new robots copy before it.
    async fn extend_if_needed(&mut self) -> Result<(), Error> {
        let is_short = self.now() + self.crawler.parts.exchange_max > self.deadline;
        let delay = self.delay();
        if is_short || delay > self.stored_delay || !self.learned.is_empty() {
            self.extend(delay).await?;
        }
        Ok(())
    }

    async fn extend(&mut self, delay: Duration) -> Result<(), Error> {
        let extension = Extension {
            lease_for: self.crawler.config.lease_for,
            delay,
            state: self.state.clone(),
            robots: std::mem::take(&mut self.learned),
        };
        // Taken before the call: the lease must never be thought longer than it is.
        let asked_at = self.now();
        let extended = self.crawler.parts.frontier.extend(&self.token, extension).await?;
        self.deadline = asked_at + extended.deadline_in;
        self.stored_delay = delay;
        Ok(())
    }

    /// Learns the pace from an exchange.
    fn note(&mut self, exchange: &Exchange) {
        let (signal, from) = match &exchange.outcome {
            Outcome::Response(response) => {
                let first_byte = exchange.first_byte.unwrap_or(exchange.ended).elapsed;
                let retry_after = response
                    .header("retry-after")
                    .and_then(|value| retry_after(value, exchange.ended.wall));
                let took = first_byte.saturating_sub(exchange.started.elapsed);
                let status = response.status;
                (Signal::Answered { status, first_byte: took, retry_after }, first_byte)
            }
            Outcome::Failed(_) => (Signal::Failed, exchange.ended.elapsed),
        };
        let parts = &self.crawler.parts;
        let rest = self.state.note(&parts.politeness, &signal, parts.random.next_u64());
        self.is_resting = rest > self.state.delay(&parts.politeness);
        self.not_before = self.not_before.max(from + rest);
        self.paced_from = Some(from);
    }

    /// The earliest next start. A delay that was only just learnt counts from the last first byte.
    fn next_start(&self) -> Duration {
        let paced = self.paced_from.map(|from| from + self.delay());
        self.not_before.max(paced.unwrap_or_default())
    }

    fn delay(&self) -> Duration {
        self.state.delay(&self.crawler.parts.politeness)
    }

    /// Archives an exchange. It is durable only when the settle has waited for it.
    pub(crate) fn keep(&mut self, kept: &snapshot::Kept<'_>) -> Result<Receipt, Error> {
        let cost = &self.crawler.cost;
        cost.of(Stage::Archive, || snapshot::append(&self.crawler, &self.token, kept))
    }

    pub(crate) fn keep_robots(
        &mut self,
        origin: &Origin,
        exchange: &Exchange,
        delay: Duration,
    ) -> Result<(), Error> {
        let errand = Errand::robots(origin);
        debug_assert_eq!(errand.purpose, Purpose::Robots);
        let receipt = self.keep(&snapshot::Kept { errand, exchange, delay, reading: None })?;
        self.receipts.push(receipt);
        Ok(())
    }

    /// Puts the next start off.
    pub(crate) fn rest(&mut self, at_least: Duration) {
        self.not_before = self.not_before.max(self.now() + at_least);
    }

    /// Takes the longest crawl-delay that any origin of this host asks for into the pace.
    pub(crate) fn learn_delay(&mut self) {
        let visited = self.rules.values().filter_map(|rules| rules.crawl_delay());
        let stored = self.copies.iter().filter(|(origin, _)| !self.rules.contains_key(*origin));
        let others = stored.filter_map(|(_, held)| held.copy.rules(identity::TOKEN).crawl_delay());
        self.state.set_crawl_delay(visited.chain(others).max());
    }

    pub(crate) fn now(&self) -> Duration {
        self.crawler.parts.clock.elapsed()
    }

    /// Hands the lease back, after everything it relies on is on the disk.
    pub(crate) async fn settle(mut self) -> Result<(), Error> {
        for receipt in std::mem::take(&mut self.receipts) {
            self.crawler.parts.archive.durable(receipt).await?;
        }
        // Connections do not outlive the lease.
        self.session.close_idle();
        let next_start = self.next_start();
        let settlement = Settlement {
            verdicts: std::mem::take(&mut self.verdicts),
            links: std::mem::take(&mut self.links),
            host_ready_in: Duration::ZERO,
            delay: self.delay(),
            state: self.state.clone(),
            robots: std::mem::take(&mut self.learned),
        };
        loop {
            let host_ready_in = next_start.saturating_sub(self.now());
            let settlement = Settlement { host_ready_in, ..settlement.clone() };
            match self.crawler.parts.frontier.settle(&self.token, settlement).await {
                Err(error) if error.is_stale() => {
                    let host = &self.token.host;
                    tracing::warn!(%host, %error, "settled too late; it is done again");
                    self.crawler.tally.error("stale-lease");
                    return Ok(());
                }
                Err(error) if error.is_full() && !self.stop.is_asked() => {
                    self.crawler.note_full(&error.to_string());
                    self.wait_for_space().await;
                }
                settled => return Ok(settled.map(drop)?),
            }
        }
    }

    /// A while in which a full disk may get space: what was fetched is not given up for it.
    async fn wait_for_space(&mut self) {
        tokio::select! {
            () = tokio::time::sleep(FULL_DISK_LOOK) => {}
            () = self.stop.asked() => {}
        }
    }

    /// Leaves a lease that is no longer ours.
    fn abandon(self, error: &frontier::Error) {
        tracing::warn!(host = %self.host, %error, "the lease ended early; its URLs come again");
        self.crawler.tally.error("stale-lease");
    }
}

fn body_bytes(exchange: &Exchange) -> u64 {
    match &exchange.outcome {
        Outcome::Response(response) => response.body.len() as u64,
        Outcome::Failed(_) => 0,
    }
}
