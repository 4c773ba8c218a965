//! A worker, what it is made of, and what it tells.

use std::sync::atomic::{AtomicBool, AtomicU64};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use archive::Archive;
use crawl::{
    Clock, Identity, Random, Scope, ScopeRule, SeedSpec, politeness, retry, revisit, scope, traps,
};
use fetch::Web;
use frontier::{Frontier, LeaseAsk, NewSeed, Stats};
use tokio::sync::Semaphore;

use crate::claims::Claims;
use crate::crowds::Crowds;
use crate::fresh::Fresh;
use crate::heart::{Heart, Member};
use crate::line::Line;
use crate::orders::Orders;
use crate::reader::{Articles, Reader};
use crate::seen_links::SeenLinks;
use crate::{Config, Cost, Ledger, Tally};

/// How often a full disk is looked at again.
pub(crate) const FULL_DISK_LOOK: Duration = Duration::from_secs(1);

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

    /// What is full.
    pub(crate) fn full_of(&self) -> Full {
        match self {
            Self::Frontier(e) => Full::of(e),
            _ => Full::Disk,
        }
    }
}

/// What has no space left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Full {
    /// The disk of this worker.
    Disk,
    /// The frontier that the fleet shares.
    Frontier,
}

impl Full {
    /// What a call found full.
    pub(crate) fn of(error: &frontier::Error) -> Self {
        if error.is_store_full() { Self::Frontier } else { Self::Disk }
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
    /// How URLs without end are told from those that bring something.
    pub traps: traps::Config,
    /// How far links are followed.
    pub scope: ScopeRule,
    /// The floor of free disk space: below it nothing new is leased.
    pub free_bytes_min: u64,
    /// What reads articles; where there is nothing, none are read.
    pub reader: Option<Arc<dyn Reader>>,
    /// Where articles go.
    pub articles: Arc<dyn Articles>,
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
    pub(crate) orders: Orders,
    pub(crate) crowds: Crowds,
    pub(crate) seen_links: SeenLinks,
    pub(crate) claims: Claims,
    pub(crate) heart: tokio::sync::Mutex<Heart>,
    /// Leases that are open.
    pub(crate) leases: AtomicU64,
    /// Whether the frontier answers.
    pub(crate) line: Line,
    pub(crate) full: Mutex<Option<Full>>,
    pub(crate) panicked: AtomicBool,
    pub(crate) left_leased: AtomicU64,
}

impl<F: Frontier, W: Web> Crawler<F, W> {
    /// A crawler that goes on where the frontier stands.
    pub async fn new(parts: Parts<F, W>, config: Config) -> Result<Self, Error> {
        let members = parts.frontier.scope_members().await?;
        let member = Member::new(&parts.name, parts.clock.now());
        Ok(Self {
            permits: Semaphore::new(config.concurrency.max(1)),
            scope: Mutex::new(Scope::new(parts.scope, members)),
            tally: Tally::new(config.pages_max),
            ledger: Ledger::default(),
            cost: Cost::default(),
            fresh: Fresh::default(),
            crowded: AtomicBool::new(false),
            full: Mutex::new(None),
            orders: Orders::default(),
            crowds: Crowds::default(),
            claims: Claims::default(),
            seen_links: SeenLinks::new(config.seen_links_max),
            heart: tokio::sync::Mutex::new(Heart::new(member)),
            leases: AtomicU64::new(0),
            line: Line::default(),
            panicked: AtomicBool::new(false),
            left_leased: AtomicU64::new(0),
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

    /// CPU time of the processes that read articles.
    pub fn reader_cpu(&self) -> Duration {
        self.parts.reader.as_ref().map(|reader| reader.cpu()).unwrap_or_default()
    }

    /// Articles that could not be kept, and have to be made up.
    pub fn articles_lost(&self) -> u64 {
        self.parts.articles.lost()
    }

    /// Resident memory, at its peak, of the largest process that read articles, in bytes.
    pub fn reader_memory_peak_bytes(&self) -> u64 {
        self.parts.reader.as_ref().map(|reader| reader.memory_peak_bytes()).unwrap_or_default()
    }

    /// Who we say we are.
    pub fn identity(&self) -> &Identity {
        &self.parts.identity
    }

    /// Seals the archive, once nothing is in flight.
    pub fn finish(self) -> Result<archive::Summary, Error> {
        // Lines that wait hold their segments open.
        self.parts.articles.flush();
        Ok(self.parts.archive.finish()?)
    }

    /// Where the frontier stands.
    pub async fn stats(&self) -> Result<Stats, Error> {
        Ok(self.parts.frontier.stats().await?)
    }

    /// What crawling rests for because it is full.
    pub fn full(&self) -> Option<Full> {
        // A value that is set at once is whole whoever panicked.
        *self.full.lock().unwrap_or_else(PoisonError::into_inner)
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

    pub(crate) fn passed(&self, since: Duration) -> Duration {
        self.parts.clock.elapsed().saturating_sub(since)
    }

    pub(crate) fn scope(&self) -> std::sync::MutexGuard<'_, Scope> {
        // A scope is whole after every call, so a poisoned lock does no harm.
        self.scope.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
