//! Workers that are stopped at any await and for any time, on one frontier under simulated time.
//!
//! A process may stand still at any moment (SIGSTOP, a suspended laptop, a disk that does not
//! answer) while the others, the servers and the clock go on. Several real crawlers share a model
//! of the frontier and crawl a small web; chance stops each of them as a whole, from a millisecond
//! to many times the length of a lease. A judge who believes no worker holds every start against
//! what the frontier granted and what the servers saw.
//!
//! What is not played: a process that is stopped between its decision to start and the write to
//! the socket, the one exception that guarantee 1 names. Nothing can be awaited there, so no order
//! of tasks brings it about. The other half of it can be seen here: a stopped worker does not close
//! a connection to a server that hangs, which lasts longer than an exchange may. Such sockets, and
//! the starts of others meanwhile, are counted and are no findings.

mod control;
mod frontier;
mod judge;
mod web;

use std::sync::Arc;
use std::time::Duration;

use ::frontier::{Frontier, Model};
use crawl::{Band, CanonicalUrl, Entry, ScopeRule, UnixMicros, politeness, retry};
use serde::Serialize;
use worker::{Crawler, Ended, StopHandle};

use self::frontier::{Far, Tokens};
pub use self::judge::Seen;
use self::judge::{Judge, Law};
use self::web::{Servers, Sites};
use crate::sim::gate::{Gate, Habits};
use crate::sim::{self, SimClock};

/// How long a lease lasts: stops shall be longer.
const LEASE_FOR: Duration = Duration::from_secs(12);

/// What an exchange may take in all.
const EXCHANGE_MAX: Duration = Duration::from_secs(5);

/// A lease is kept over a delay up to this long.
const HOLD_MAX: Duration = Duration::from_secs(4);

/// A crawl that is not over by then will never be.
const TIME_MAX: Duration = Duration::from_hours(24);

/// Stops last up to 2^17 ms and as much again, 22 leases.
const HABITS: Habits = Habits {
    one_in: 12,
    one_in_readings: 150,
    length_bits: 18,
    sleep_max: HOLD_MAX,
    travel_max: Duration::from_millis(40),
};

/// What is made wrong on purpose, to see that the judge sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Workers are told that a lease lasts twice as long as it does.
    LongLease,
    /// An abandoned lease that was extended, or the first of a host, heals without a delay.
    NoHealing,
    /// A settled host may be visited again at once.
    NoRest,
    /// The workers' clocks do not count the time for which they were stopped.
    BlindClock,
}

/// What came of one or more crawls.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Pauses {
    /// Crawls, each from a seed of chance.
    pub seeds: u64,
    /// Stops of a worker.
    pub stops: u64,
    /// Of these, longer than a lease lasts.
    pub stops_long: u64,
    /// Simulated time, in seconds.
    pub simulated_s: u64,
    /// What the judge saw.
    #[serde(flatten)]
    pub seen: Seen,
    /// URLs that are there and allowed, and were never answered.
    pub missed: Vec<String>,
    /// Workers that did not see the end of the crawl.
    pub endless: u64,
    /// URLs that the frontier still has when every worker says that the crawl is over.
    pub left: u64,
}

/// Plays so many seeds from `first` on, with a fault where one is wanted.
///
/// # Panics
/// When a worker fails, or the simulation itself is wrong: both are no matter of chance.
pub fn pauses(first: u64, seeds: u64, fault: Option<Fault>) -> Pauses {
    let mut all = Pauses::default();
    for seed in first..first + seeds {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .start_paused(true)
            .build()
            .expect("a runtime without the network needs nothing from the system");
        all.add(seed, runtime.block_on(crawl(seed, fault)));
    }
    all
}

impl Pauses {
    /// Whether nothing was wrong and nothing was missed.
    pub fn is_clean(&self) -> bool {
        self.seen.findings == 0 && self.missed.is_empty() && self.endless + self.left == 0
    }

    fn add(&mut self, seed: u64, one: Self) {
        self.seeds += 1;
        self.stops += one.stops;
        self.stops_long += one.stops_long;
        self.simulated_s += one.simulated_s;
        self.seen.add(seed, one.seen);
        self.missed.extend(one.missed.into_iter().map(|url| format!("seed {seed}: {url}")));
        self.endless += one.endless;
        self.left += one.left;
    }
}

/// The pace of all workers: short delays, and a first one longer than most.
fn politeness() -> politeness::Config {
    politeness::Config {
        delay: Duration::from_millis(500),
        first_delay: Duration::from_secs(4),
        backoff_first: Duration::from_secs(2),
        backoff_max: Duration::from_secs(16),
        ..politeness::Config::default()
    }
}

fn config() -> worker::Config {
    worker::Config {
        concurrency: 2,
        lease_urls_max: 4,
        lease_for: LEASE_FOR,
        hold_max: HOLD_MAX,
        patience: Duration::from_hours(2),
        time_max: Some(TIME_MAX),
        ..worker::Config::default()
    }
}

async fn crawl(seed: u64, fault: Option<Fault>) -> Pauses {
    let clock = SimClock::new(UnixMicros(1_795_564_800_000_000));
    let model = Model::new(Arc::new(clock));
    let entries = web::beginnings().into_iter().enumerate().map(|(n, url)| {
        let url = CanonicalUrl::parse(&url).expect("a URL");
        Entry::new(url, if n % 3 == 0 { Band::Article } else { Band::Backfill })
    });
    model.enqueue(entries.collect()).await.expect("URLs are taken");
    let law = Law { politeness: politeness(), exchange_max: EXCHANGE_MAX };
    let play = Play {
        seed,
        fault,
        clock,
        model: model.clone(),
        judge: Arc::new(Judge::new(law)),
        servers: Servers::new(seed),
        folder: tempfile::tempdir().expect("a temporary folder can be made"),
    };
    // Two or three workers.
    let mut workers = Vec::new();
    for worker in 0..2 + usize::from(seed.is_multiple_of(2)) {
        workers.push(play.begin(worker).await);
    }
    let mut report = Pauses::default();
    for (gate, crawl) in workers {
        let ended = crawl.await.expect("no panic").expect("no worker fails");
        report.endless += u64::from(ended != Ended::Idle);
        report.stops += gate.stops().count;
        report.stops_long += gate.stops().long;
    }
    let stats = model.stats().await.expect("the model does not fail");
    report.left = stats.pending + stats.due + stats.in_flight;
    report.missed = play.servers.missed();
    report.simulated_s = crawl::Clock::elapsed(&clock).as_secs();
    report.seen = play.judge.seen();
    if play.servers.is_trespassed() {
        report.seen.find("what robots.txt forbids was asked for".into());
    }
    report
}

/// What all workers of a crawl share.
struct Play {
    seed: u64,
    fault: Option<Fault>,
    clock: SimClock,
    model: Model,
    judge: Arc<Judge>,
    servers: Servers,
    folder: tempfile::TempDir,
}

type Crawl = tokio::task::JoinHandle<Result<Ended, worker::Error>>;

impl Play {
    /// Sets a worker going.
    async fn begin(&self, worker: usize) -> (Gate, Crawl) {
        let seed = self.seed.wrapping_mul(31).wrapping_add(worker as u64);
        let mut gate = Gate::new(self.clock, seed, HABITS, LEASE_FOR);
        if self.fault == Some(Fault::BlindClock) {
            gate = gate.blind();
        }
        let tokens = Tokens::default();
        let frontier = Far {
            frontier: self.model.clone(),
            clock: self.clock,
            gate: gate.clone(),
            judge: Arc::clone(&self.judge),
            worker,
            fault: self.fault,
            tokens: tokens.clone(),
        };
        let web = Sites {
            clock: self.clock,
            gate: gate.clone(),
            judge: Arc::clone(&self.judge),
            worker,
            tokens,
            servers: self.servers.clone(),
        };
        let folder = self.folder.path().join(worker.to_string());
        let mut parts = sim::parts(frontier, web, gate.clone(), &folder, seed);
        parts.name = format!("worker-{worker}");
        parts.exchange_max = EXCHANGE_MAX;
        parts.politeness = politeness();
        parts.retry = retry::Config { attempts_max: 100, first: Duration::from_secs(5) };
        parts.scope = ScopeRule::Any;
        let crawler = Crawler::new(parts, config()).await.expect("the frontier can be read");
        let crawl = async move { Arc::new(crawler).run(&StopHandle::new()).await };
        (gate, tokio::spawn(crawl))
    }
}
