//! The loop that leases hosts, drains, and knows when a crawl is over.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use archive::Archive;
use crawl::{
    CanonicalUrl, Clock, Identity, Random, Scope, ScopeRule, SeedSpec, politeness, retry, revisit,
    scope,
};
use fetch::Web;
use frontier::{Frontier, Idle, LeaseAsk, LeaseReply, NewSeed, Stats};
use tokio::sync::Semaphore;
use tokio::task::{JoinError, JoinSet};

use crate::fresh::Fresh;
use crate::visit::Visit;
use crate::{Config, Cost, Ledger, Stop, StopHandle, Tally};

/// Leases that may be open at once, for each request that may be in flight: most of them wait out a
/// delay.
const LEASES_PER_REQUEST: usize = 4;

/// How often a full disk is looked at again.
pub(crate) const FULL_DISK_LOOK: Duration = Duration::from_secs(1);

/// How often an idle crawl asks the frontier: seeds may have been added beside it.
const LOOK_AROUND: Duration = Duration::from_secs(10);

/// Our own failure. What the web did is never one.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The frontier failed.
    #[error(transparent)]
    Frontier(#[from] frontier::Error),
    /// The archive failed.
    #[error(transparent)]
    Archive(#[from] archive::Error),
    /// A visit panicked: a fault of this program.
    #[error("a visit ended in a panic, please report it: {0}")]
    Panicked(String),
}

impl Error {
    /// Whether a disk is full: no new leases until there is space.
    pub fn is_full(&self) -> bool {
        match self {
            Self::Frontier(e) => e.is_full(),
            Self::Archive(e) => e.is_full(),
            Self::Panicked(_) => false,
        }
    }
}

/// What a crawler is made of. Clock, randomness, network and disk come in here, and nowhere else.
pub struct Parts<F, W> {
    /// Where URLs wait.
    pub frontier: F,
    /// The network.
    pub web: W,
    /// Where snapshots are kept.
    pub archive: Archive,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// The randomness.
    pub random: Arc<dyn Random>,
    /// Who we say we are.
    pub identity: Identity,
    /// The name of this worker in leases and metadata.
    pub name: String,
    /// The total time that one exchange may take, as the web limits it.
    pub exchange_max: Duration,
    /// Bytes of a body once decoded, as the web limits them.
    pub decoded_bytes_max: u64,
    /// The pace.
    pub politeness: politeness::Config,
    /// How failed URLs are tried again.
    pub retry: retry::Config,
    /// When hubs are visited again.
    pub revisit: revisit::Config,
    /// How far links are followed.
    pub scope: ScopeRule,
    /// The floor of free disk space: below it nothing new is leased.
    pub free_bytes_min: u64,
}

/// Why a crawl ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// Nothing is leased, and no queue becomes ready in time.
    Idle,
    /// The page limit is reached.
    PagesMax,
    /// The time limit is reached.
    TimeMax,
    /// Somebody asked for it.
    Stopped,
    /// The disk stayed full for as long as the patience lasts.
    DiskFull,
}

/// One worker.
pub struct Crawler<F, W> {
    pub(crate) parts: Parts<F, W>,
    pub(crate) config: Config,
    pub(crate) permits: Semaphore,
    pub(crate) scope: Mutex<Scope>,
    pub(crate) tally: Tally,
    pub(crate) ledger: Ledger,
    pub(crate) cost: Cost,
    pub(crate) fresh: Fresh,
    /// No free place for another lease: visits hand hosts back instead of waiting out a delay.
    pub(crate) crowded: AtomicBool,
    full: AtomicBool,
    panicked: AtomicBool,
}

impl<F: Frontier, W: Web> Crawler<F, W> {
    /// A crawler that goes on where the frontier stands.
    pub async fn new(parts: Parts<F, W>, config: Config) -> Result<Self, Error> {
        let members = parts.frontier.scope_members().await?;
        Ok(Self {
            permits: Semaphore::new(config.concurrency.max(1)),
            scope: Mutex::new(Scope::new(parts.scope, members)),
            tally: Tally::new(config.pages_max),
            ledger: Ledger::default(),
            cost: Cost::default(),
            fresh: Fresh::default(),
            crowded: AtomicBool::new(false),
            full: AtomicBool::new(false),
            panicked: AtomicBool::new(false),
            parts,
            config,
        })
    }

    /// Gives seeds to the frontier and takes them into the scope. They are durable when it returns.
    pub async fn seed(&self, seeds: Vec<SeedSpec>) -> Result<frontier::SeedsAdded, Error> {
        let new = |spec: SeedSpec| {
            self.ledger.follow(&spec.seed.to_string());
            let url = spec.seed.url();
            self.scope().admit_as(spec.scope, &url);
            let member = scope::member_of_seed(self.parts.scope, spec.scope, &url);
            NewSeed { spec, member }
        };
        let seeds = seeds.into_iter().map(new).collect();
        Ok(self.parts.frontier.add_seeds(seeds).await?)
    }

    /// What was done so far.
    pub fn tally(&self) -> &Tally {
        &self.tally
    }

    /// What came of the seeds.
    pub fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// What the stages cost.
    pub fn cost(&self) -> &Cost {
        &self.cost
    }

    /// Who we say we are.
    pub fn identity(&self) -> &Identity {
        &self.parts.identity
    }

    /// Seals the archive, once nothing is in flight.
    pub fn finish(self) -> Result<archive::Summary, Error> {
        Ok(self.parts.archive.finish()?)
    }

    /// Where the frontier stands.
    pub async fn stats(&self) -> Result<Stats, Error> {
        Ok(self.parts.frontier.stats().await?)
    }

    /// Whether crawling rests because a disk is full.
    pub fn is_disk_full(&self) -> bool {
        self.full.load(Ordering::Relaxed)
    }

    /// Crawls until there is nothing to do or somebody asks to stop; then drains: what is in flight
    /// is settled.
    pub async fn run(self: &Arc<Self>, stop: &StopHandle) -> Result<Ended, Error> {
        let mut visits = JoinSet::new();
        let begun = self.parts.clock.elapsed();
        let mut outcome = self.lease_until_over(&mut visits, stop, begun).await;
        stop.drain();
        while let Some(joined) = visits.join_next().await {
            if let Err(error) = self.joined(joined) {
                outcome = outcome.and(Err(error));
            }
        }
        self.parts.frontier.sync().await?;
        if self.panicked.load(Ordering::Relaxed) {
            return Err(Error::Panicked("see the log above".into()));
        }
        outcome
    }

    async fn lease_until_over(
        self: &Arc<Self>,
        visits: &mut JoinSet<Result<(), Error>>,
        stop: &StopHandle,
        begun: Duration,
    ) -> Result<Ended, Error> {
        let mut watch = stop.watch();
        let mut full_since = None;
        let leases_max = self.config.concurrency.max(1) * LEASES_PER_REQUEST;
        loop {
            while let Some(joined) = visits.try_join_next() {
                self.joined(joined)?;
            }
            if let Some(ended) = self.ended(&watch, begun, visits.is_empty()) {
                return Ok(ended);
            }
            if self.rests_for_disk(&mut full_since)? {
                if full_since.is_some_and(|since| self.passed(since) > self.config.patience) {
                    return Ok(Ended::DiskFull);
                }
                self.wait(FULL_DISK_LOOK, visits, &mut watch).await?;
                continue;
            }
            let is_crowded = visits.len() >= leases_max;
            self.crowded.store(is_crowded, Ordering::Relaxed);
            if is_crowded || self.tally.is_spent() {
                self.wait(self.until_time_max(begun), visits, &mut watch).await?;
                continue;
            }
            // Taken before the call: the lease must never be thought longer than it is.
            let asked_at = self.parts.clock.elapsed();
            match self.lease().await? {
                Some(LeaseReply::Leased(lease)) => {
                    let crawler = Arc::clone(self);
                    visits.spawn(Visit::run(crawler, *lease, asked_at, stop.watch()));
                }
                Some(LeaseReply::Nothing(idle)) => {
                    if visits.is_empty() && self.is_over(&idle) {
                        return Ok(Ended::Idle);
                    }
                    let ready_in = idle.next_ready_in.unwrap_or(self.config.patience);
                    let at_most = self.until_time_max(begun).min(LOOK_AROUND);
                    self.wait(ready_in.min(at_most), visits, &mut watch).await?;
                }
                None => {}
            }
        }
    }

    /// A lease; nothing when the frontier has no space, which is then noted.
    async fn lease(&self) -> Result<Option<LeaseReply>, Error> {
        let ask = self.ask(self.config.lease_urls_max);
        match self.parts.frontier.lease(ask).await {
            Ok(reply) => Ok(Some(reply)),
            Err(error) if error.is_full() => {
                self.note_full(&error.to_string());
                Ok(None)
            }
            Err(error) => Err(error.into()),
        }
    }

    pub(crate) fn ask(&self, urls_max: usize) -> LeaseAsk {
        let worker = self.parts.name.clone();
        let politeness = &self.parts.politeness;
        let first_delay = politeness.delay.max(politeness.first_delay);
        LeaseAsk {
            worker,
            lease_for: self.config.lease_for,
            first_delay,
            urls_max,
            outlet_leases_max: self.config.outlet_leases_max,
        }
    }

    /// Nothing is leased anywhere, and nothing becomes ready within the patience.
    fn is_over(&self, idle: &Idle) -> bool {
        !self.config.watch
            && idle.leased == 0
            && idle.next_ready_in.is_none_or(|d| d > self.config.patience)
    }

    fn ended(&self, watch: &Stop, begun: Duration, is_empty: bool) -> Option<Ended> {
        if watch.is_asked() {
            return Some(Ended::Stopped);
        }
        if self.config.time_max.is_some_and(|max| self.passed(begun) >= max) {
            return Some(Ended::TimeMax);
        }
        (is_empty && self.tally.is_spent()).then_some(Ended::PagesMax)
    }

    fn passed(&self, since: Duration) -> Duration {
        self.parts.clock.elapsed().saturating_sub(since)
    }

    fn until_time_max(&self, begun: Duration) -> Duration {
        let max = self.config.time_max.unwrap_or(Duration::from_hours(1));
        max.saturating_sub(self.passed(begun)).max(Duration::from_millis(1))
    }

    /// Waits until a visit ends, somebody asks to stop, or the time is over.
    async fn wait(
        &self,
        at_most: Duration,
        visits: &mut JoinSet<Result<(), Error>>,
        watch: &mut Stop,
    ) -> Result<(), Error> {
        tokio::select! {
            Some(joined) = visits.join_next() => self.joined(joined),
            () = watch.asked() => Ok(()),
            () = tokio::time::sleep(at_most) => Ok(()),
        }
    }

    /// What a finished visit means for the crawl: a full disk makes it rest, a panic is logged and
    /// remembered (its lease heals), any other failure ends it.
    fn joined(&self, joined: Result<Result<(), Error>, JoinError>) -> Result<(), Error> {
        match joined {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) if error.is_full() => {
                self.note_full(&error.to_string());
                Ok(())
            }
            Ok(Err(error)) => Err(error),
            Err(error) => {
                tracing::error!(%error, "a visit ended in a panic; its lease heals by itself");
                self.tally.error("panic");
                self.panicked.store(true, Ordering::Relaxed);
                Ok(())
            }
        }
    }

    pub(crate) fn note_full(&self, reason: &str) {
        if !self.full.swap(true, Ordering::Relaxed) {
            tracing::warn!(
                reason,
                "the disk is full: no new requests until there is space; nothing is lost"
            );
        }
    }

    /// Whether to wait for disk space. `since` remembers when the wait began.
    fn rests_for_disk(&self, since: &mut Option<Duration>) -> Result<bool, Error> {
        let free = self.parts.archive.free_bytes()?;
        let floor = self.parts.free_bytes_min;
        if free < floor {
            self.note_full(&format!("{free} bytes free, the floor is {floor} bytes"));
        } else if self.is_disk_full() {
            // Space is back, or only one write was too large: try again, at the pace of the look.
            let waited = since.is_some_and(|since| self.passed(since) >= FULL_DISK_LOOK);
            if waited {
                self.full.store(false, Ordering::Relaxed);
                *since = None;
                tracing::warn!("there is space again: going on");
                return Ok(false);
            }
        } else {
            *since = None;
            return Ok(false);
        }
        since.get_or_insert_with(|| self.parts.clock.elapsed());
        Ok(true)
    }

    /// Takes a seed's place, or the place that a seed redirects to, into the scope.
    pub(crate) async fn admit(&self, url: &CanonicalUrl) -> Result<(), Error> {
        let new = self.scope().admit(url);
        if let Some(member) = new {
            self.parts.frontier.admit(vec![member]).await?;
        }
        Ok(())
    }

    /// Takes in what others have added to the scope, where a seed does not belong to it yet.
    pub(crate) async fn look_up_scope(&self, seed: &CanonicalUrl) -> Result<(), Error> {
        let is_known = self.scope().contains(seed);
        if !is_known {
            let members = self.parts.frontier.scope_members().await?;
            self.scope().extend(members);
        }
        Ok(())
    }

    pub(crate) fn scope(&self) -> std::sync::MutexGuard<'_, Scope> {
        // A scope is whole after every call, so a poisoned lock does no harm.
        self.scope.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
