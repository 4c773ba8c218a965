//! What a sentence needs to say its piece: a frontier, a clock, and short words for both.

use std::sync::Arc;
use std::time::Duration;

use crawl::politeness::HostState;
use crawl::robots::{RobotsCopy, RobotsState};
use crawl::{Band, CanonicalUrl, Entry, HostKey, Origin, Posting};

use super::TestClock;
use crate::{
    Control, Error, Extension, Frontier, HostReply, Idle, Lease, LeaseAsk, LeaseReply, LeaseToken,
    Settlement, Verdict,
};

/// The length of a lease in the suite.
pub(super) const LEASE: Duration = Duration::from_mins(1);

/// Makes the frontier under test, and keeps alive what that needs.
pub trait Harness {
    /// The frontier under test.
    type Frontier: Control;

    /// A new and empty frontier on this clock.
    fn make(&mut self, clock: Arc<TestClock>) -> Self::Frontier;
}

/// A frontier and its clock.
pub struct Bench<F> {
    /// The frontier under test.
    pub frontier: F,
    /// Its clock.
    pub clock: Arc<TestClock>,
}

/// Runs one sentence of the contract against a new frontier.
pub fn run<H: Harness>(mut harness: H, sentence: impl AsyncFnOnce(Bench<H::Frontier>)) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .expect("a runtime without drivers needs nothing from the system");
    let clock = Arc::new(TestClock::default());
    let bench = Bench { frontier: harness.make(Arc::clone(&clock)), clock };
    runtime.block_on(sentence(bench));
}

pub(super) fn seconds(n: u64) -> Duration {
    Duration::from_secs(n)
}

pub(super) fn url(text: &str) -> CanonicalUrl {
    CanonicalUrl::parse(text).expect("the suite's URLs are valid")
}

pub(super) fn host(name: &str) -> HostKey {
    HostKey::parse(name).expect("the suite's hosts are valid")
}

pub(super) fn origin(text: &str) -> Origin {
    url(text).origin()
}

pub(super) fn hub(text: &str) -> Entry {
    Entry::new(url(text), Band::Hub)
}

pub(super) fn article(text: &str) -> Entry {
    Entry::new(url(text), Band::Article)
}

pub(super) fn backfill(text: &str) -> Entry {
    Entry::new(url(text), Band::Backfill)
}

pub(super) fn ask(urls_max: usize) -> LeaseAsk {
    LeaseAsk {
        worker: "suite".into(),
        lease_for: LEASE,
        first_delay: Duration::ZERO,
        urls_max,
        outlet_leases_max: u32::MAX,
    }
}

/// A state that is not the default one.
pub(super) fn state() -> HostState {
    let mut state = HostState::default();
    state.set_crawl_delay(Some(seconds(7)));
    state
}

pub(super) fn copy(state: RobotsState) -> RobotsCopy {
    RobotsCopy { state, fresh_for: seconds(3_600), unreachable_for: Duration::ZERO }
}

/// A settlement that only says when the host may be visited again.
pub(super) fn rest(ready_in: Duration) -> Settlement {
    Settlement {
        verdicts: Vec::new(),
        links: Vec::new(),
        host_ready_in: ready_in,
        delay: Duration::ZERO,
        state: HostState::default(),
        robots: Vec::new(),
        posting: Posting::default(),
        seeds: Vec::new(),
    }
}

pub(super) fn done(lease: &Lease) -> Settlement {
    let verdicts = lease.urls.iter().map(|e| (e.url.fingerprint(), Verdict::Done)).collect();
    Settlement { verdicts, ..rest(Duration::ZERO) }
}

pub(super) fn again(entry: &Entry, after: Duration) -> Settlement {
    let verdict = Verdict::Again { after, entry: Box::new(entry.clone()) };
    Settlement { verdicts: vec![(entry.url.fingerprint(), verdict)], ..rest(Duration::ZERO) }
}

pub(super) fn extension(lease_for: Duration, delay: Duration) -> Extension {
    Extension { lease_for, delay, state: HostState::default(), robots: Vec::new() }
}

/// Paths of a lease's URLs, in order.
pub(super) fn paths(lease: &Lease) -> Vec<&str> {
    lease.urls.iter().map(|entry| entry.url.path_and_query()).collect()
}

impl<F: Frontier> Bench<F> {
    pub(super) async fn add(&self, entries: impl IntoIterator<Item = Entry>) -> (u64, u64) {
        let entries = entries.into_iter().collect();
        let enqueued = self.frontier.enqueue(entries).await.expect("enqueue");
        (enqueued.added, enqueued.known)
    }

    pub(super) async fn reply(&self) -> LeaseReply {
        self.frontier.lease(ask(100)).await.expect("lease")
    }

    /// A lease with up to so many URLs; there must be one.
    pub(super) async fn lease(&self, urls_max: usize) -> Lease {
        match self.frontier.lease(ask(urls_max)).await.expect("lease") {
            LeaseReply::Leased(lease) => *lease,
            LeaseReply::Nothing(idle) => panic!("no host is ready: {idle:?}"),
        }
    }

    /// Why there is no lease; there must be none.
    pub(super) async fn idle(&self) -> Idle {
        match self.reply().await {
            LeaseReply::Nothing(idle) => idle,
            LeaseReply::Leased(lease) => panic!("{} is ready", lease.token.host),
        }
    }

    pub(super) async fn by_name(&self, name: &str) -> HostReply {
        self.frontier.lease_host(&host(name), ask(100)).await.expect("lease by name")
    }

    /// A lease by name; the host must be free and ready.
    pub(super) async fn take(&self, name: &str) -> Lease {
        match self.by_name(name).await {
            HostReply::Leased(lease) => *lease,
            HostReply::Busy { free_in } => panic!("{name} is busy for {free_in:?}"),
        }
    }

    pub(super) async fn settle(&self, lease: &Lease, settlement: Settlement) -> (u64, u64) {
        let settled = self.frontier.settle(&lease.token, settlement).await.expect("settle");
        (settled.added, settled.known)
    }

    pub(super) async fn is_stale(&self, token: &LeaseToken) -> bool {
        let extended = self.frontier.extend(token, extension(LEASE, Duration::ZERO)).await;
        let settled = self.frontier.settle(token, rest(Duration::ZERO)).await;
        let is_named = |error: Error| {
            matches!(error, Error::StaleLease { host, fence }
                if host == token.host && fence == token.fence)
        };
        extended.is_err_and(is_named) && settled.is_err_and(is_named)
    }
}
