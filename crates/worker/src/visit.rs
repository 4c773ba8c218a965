//! One lease, from its first request to its settle.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use archive::{Purpose, Receipt};
use crawl::politeness::{HostState, Signal, retry_after};
use crawl::robots::{RobotsCopy, Rules};
use crawl::{
    Account, Band, Entry, Fingerprint, HostKey, Origin, Posting, SeedState, Terms, budget, identity,
};
use fetch::{Exchange, Outcome, Request, Session, Web};
use frontier::{Extension, Frontier, Lease, LeaseToken, Settlement, Verdict};

use crate::cost::Stage;
use crate::crawler::{Error, FULL_DISK_LOOK};
use crate::fresh::FreshFlag;
use crate::page;
use crate::robots::{HeldCopy, Ruling};
use crate::snapshot::{self, Errand};
use crate::{Crawler, Stop};

/// A connection is closed before a wait longer than this: servers drop idle ones soon after.
const IDLE_CONNECTION_MAX: Duration = Duration::from_secs(3);

/// Pages that are looked at as possible sections of one outlet, where only hubs are wanted.
const SECTIONS_TRIED_MAX: usize = 15;

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
    /// The first lease of a host: nobody has asked it anything yet.
    is_first: bool,
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
    pub(crate) links: Vec<Entry>,
    /// What the seeds of the outlet ask for.
    pub(crate) terms: Terms,
    /// The account of the outlet, with what this visit has posted.
    pub(crate) account: Account,
    /// What this visit posts.
    pub(crate) posting: Posting,
    /// What came of seeds.
    pub(crate) seeds: Vec<(String, SeedState)>,
    /// What the lease took the delay to be.
    lease_delay: Duration,
    /// Whether fresh links for this host came in meanwhile.
    pub(crate) fresh: FreshFlag,
    receipts: Vec<Receipt>,
    /// The https side of the host refused to talk.
    pub(crate) is_https_refused: bool,
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
        asked_at: Duration,
        stop: Stop,
    ) -> Result<(), Error> {
        let (mut visit, mut queue) = Self::begin(crawler, lease, asked_at, stop);
        while let Some(entry) = queue.pop_front() {
            if entry.band == Band::Backfill && visit.has_fresh() {
                break;
            }
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

    /// A visit by a lease that was asked for at `asked_at`: all that it says of time counts from
    /// there, however long this process stood still since.
    pub(crate) fn begin(
        crawler: Arc<Crawler<F, W>>,
        lease: Lease,
        asked_at: Duration,
        stop: Stop,
    ) -> (Self, VecDeque<Entry>) {
        let now = crawler.parts.clock.elapsed();
        let host = lease.token.host.clone();
        let visit = Self {
            session: crawler.parts.web.open(&host),
            host,
            stop,
            begun: now,
            is_first: lease.token.fence == 1,
            deadline: asked_at + lease.deadline_in,
            paced_from: None,
            not_before: now,
            stored_delay: lease.delay,
            state: lease.state,
            copies: lease
                .robots
                .into_iter()
                .map(|(o, s)| (o, HeldCopy::new(s, asked_at)))
                .collect(),
            rules: HashMap::new(),
            learned: Vec::new(),
            verdicts: Vec::new(),
            links: Vec::new(),
            terms: lease.terms,
            account: lease.account,
            posting: Posting::default(),
            seeds: Vec::new(),
            lease_delay: lease.delay,
            fresh: crawler.fresh.watch(&lease.token.host),
            token: lease.token,
            receipts: Vec::new(),
            is_https_refused: false,
            is_resting: false,
            crawler,
        };
        (visit, lease.urls.into())
    }

    async fn step(&mut self, entry: Entry) -> Result<Step, Error> {
        let rules = match self.rules_for(&entry.url.origin()).await? {
            Ruling::Rules(rules) => rules,
            Ruling::Wait { .. } if entry.http_fallback && self.is_https_refused => {
                self.fall_back(&entry);
                return Ok(Step::Next);
            }
            Ruling::Wait { rest, reason } => {
                self.crawler.tally.error(reason);
                self.crawler.ledger.no_page(entry.seed.as_deref(), reason);
                let failed = |seed| (seed, SeedState::Failed(reason.to_owned()));
                self.seeds.extend(entry.seed.clone().map(failed));
                self.rest(rest);
                return Ok(Step::End);
            }
            Ruling::Ended => return Ok(Step::End),
        };
        if entry.seed.is_some() {
            self.crawler.look_up_scope(&entry.url).await?;
        }
        let now = self.crawler.parts.clock.now();
        if !self.may_spend(budget::is_old(&entry), entry.band, now) {
            let random = self.crawler.parts.random.next_u64();
            let after = budget::until_tomorrow(now, random);
            let verdict = Verdict::Again { after, entry: Box::new(entry.clone()) };
            self.verdicts.push((entry.url.fingerprint(), verdict));
            return Ok(Step::Next);
        }
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

    /// A bare domain whose https side does not answer is tried with http.
    fn fall_back(&mut self, entry: &Entry) {
        self.links.extend(page::http_fallback(entry));
        let verdict = self.dropped(entry);
        self.verdicts.push((entry.url.fingerprint(), verdict));
    }

    fn forbid(&mut self, entry: &Entry) {
        tracing::debug!(url = %entry.url, "robots.txt forbids it");
        self.crawler.tally.forbidden();
        self.crawler.ledger.no_page(entry.seed.as_deref(), "robots.txt forbids it");
        self.seeds.extend(entry.seed.clone().map(|seed| (seed, SeedState::Forbidden)));
        let verdict = self.forbidden(entry);
        self.verdicts.push((entry.url.fingerprint(), verdict));
    }

    /// Fetches, keeps and reads one page. Nothing when the visit has to end before the request;
    /// otherwise whether a page was stored.
    async fn fetch_page(&mut self, entry: &Entry) -> Result<Option<bool>, Error> {
        let errand = Errand::page(entry);
        let validators = entry.revisit.as_deref().cloned();
        let request = Request { url: entry.url.clone(), validators, body_bytes_max: None };
        let Some((exchange, delay)) = self.exchange(&request).await? else { return Ok(None) };
        if budget::is_old(entry) {
            self.post(|posting| posting.requests_for_old += 1);
        }
        let cost = &self.crawler.cost;
        let mut reading = cost.of(Stage::Read, || page::read(&self.crawler, entry, &exchange));
        let labels = &self.terms.labels;
        let (exchange_ref, reading_ref) = (&exchange, Some(&reading));
        let kept =
            snapshot::Kept { errand, exchange: exchange_ref, delay, reading: reading_ref, labels };
        let receipt = self.keep(&kept)?;
        if let Some(target) = &reading.admits {
            self.crawler.admit(target).await?;
        }
        let validators = page::validators(&exchange, &receipt);
        self.receipts.push(receipt);
        let verdict = self.conclude(entry, &exchange, &mut reading, validators).await?;
        self.verdicts.push((entry.url.fingerprint(), verdict));
        self.store_pace().await?;
        let is_page = reading.is_page;
        page::count(&self.crawler, entry, &reading);
        self.links.extend(self.wanted(entry, reading.links));
        Ok(Some(is_page))
    }

    /// Links that are followed: all, or those to hubs and what looks like one from a front page.
    fn wanted(&self, entry: &Entry, links: Vec<Entry>) -> Vec<Entry> {
        if !self.crawler.config.hubs_only {
            return links;
        }
        let is_front = entry.url.is_front_page();
        let sections = links.iter().filter(|link| {
            is_front && link.band == Band::Backfill && crawl::shape::is_section_like(&link.url)
        });
        let hubs = links.iter().filter(|link| link.band == Band::Hub);
        hubs.chain(sections.take(SECTIONS_TRIED_MAX)).cloned().collect()
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
        self.post(|posting| posting.requests += 1);
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
                let answered_at = exchange.first_byte.unwrap_or(exchange.ended);
                let first_byte = answered_at.elapsed;
                let retry_after = response
                    .header("retry-after")
                    .and_then(|value| retry_after(value, answered_at.wall));
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

    /// The earliest next start. A delay that was only just learnt counts from the last first byte;
    /// at the start of a lease, what it is longer than the one that was waited for.
    fn next_start(&self) -> Duration {
        let paced = match self.paced_from {
            Some(from) => from + self.delay(),
            None if self.is_first => Duration::ZERO,
            None => self.begun + self.delay().saturating_sub(self.lease_delay),
        };
        self.not_before.max(paced)
    }

    /// The delay in force: of the rules, or longer where a seed asks for it.
    fn delay(&self) -> Duration {
        let delay = self.state.delay(&self.crawler.parts.politeness);
        delay.max(self.terms.delay.unwrap_or_default())
    }

    /// Whether fresh links for this host wait, that this lease does not hold.
    fn has_fresh(&self) -> bool {
        self.fresh.is_set()
    }

    /// Archives an exchange. It is durable only when the settle has waited for it.
    pub(crate) fn keep(&self, kept: &snapshot::Kept<'_>) -> Result<Receipt, Error> {
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
        let labels = &self.terms.labels;
        let kept = snapshot::Kept { errand, exchange, delay, reading: None, labels };
        let receipt = self.keep(&kept)?;
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
            posting: std::mem::take(&mut self.posting),
            seeds: std::mem::take(&mut self.seeds),
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
                settled => {
                    self.crawler.fresh.arrived(&settled?.fresh);
                    return Ok(());
                }
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
