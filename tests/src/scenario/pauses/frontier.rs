//! The frontier as one worker sees it: far away, from a process that is stopped now and then.

use std::collections::VecDeque;
use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crawl::robots::{RobotsCopy, RobotsState};
use crawl::{CanonicalUrl, Clock, Entry, Fingerprint, HostKey, Origin, Outlet};
use frontier::{
    Enqueued, Extended, Extension, Frontier, HostReply, HubRow, Lease, LeaseAsk, LeaseReply,
    LeaseToken, NewSeed, Place, Result, SeedRemoved, SeedRow, SeedsAdded, Settled, Settlement,
    Stats, StoredRobots,
};

use super::Fault;
use super::judge::Judge;
use crate::sim::SimClock;
use crate::sim::gate::Gate;

/// One worker's end of a shared frontier. The judge hears of each call when the frontier does.
pub(super) struct Far<F> {
    pub(super) frontier: F,
    pub(super) clock: SimClock,
    pub(super) gate: Gate,
    pub(super) judge: Arc<Judge>,
    pub(super) worker: usize,
    pub(super) fault: Option<Fault>,
    pub(super) tokens: Tokens,
}

/// Leases that came back to a worker and have no session yet, so that the judge can tell its visits
/// apart: one that overslept its lease may share the process with the next lease of its host.
#[derive(Clone, Default)]
pub(super) struct Tokens(Arc<Mutex<Waiting>>);

#[derive(Default)]
struct Waiting {
    /// By draw: visits begin in this order, a moment later.
    drawn: VecDeque<LeaseToken>,
    /// By name: the visit that asked goes on at once.
    named: Option<LeaseToken>,
}

impl Tokens {
    /// The lease that a session of this host is opened for.
    pub(super) fn take(&self, host: &HostKey) -> Option<LeaseToken> {
        let mut waiting = self.lock();
        if let Some(named) = waiting.named.take_if(|token| token.host == *host) {
            return Some(named);
        }
        let first = waiting.drawn.iter().position(|token| token.host == *host)?;
        waiting.drawn.remove(first)
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<F: Frontier> Far<F> {
    /// What is asked for, with the fault in it.
    fn asked(&self, ask: LeaseAsk) -> LeaseAsk {
        match self.fault {
            Some(Fault::NoHealing) => LeaseAsk { first_delay: Duration::ZERO, ..ask },
            _ => ask,
        }
    }

    fn granted(&self, lease: &Lease) {
        let now = self.clock.elapsed();
        self.judge.granted(self.worker, &lease.token, now, now + lease.deadline_in);
    }

    /// A lease as the worker gets it.
    fn handed(&self, mut lease: Box<Lease>, lease_for: Duration) -> Box<Lease> {
        if self.fault == Some(Fault::LongLease) {
            lease.deadline_in += lease_for;
        }
        lease
    }
}

fn has_robots(host: &HostKey, robots: &[(Origin, RobotsCopy)]) -> bool {
    let is_answer =
        |copy: &RobotsCopy| matches!(copy.state, RobotsState::Rules(_) | RobotsState::AllowAll);
    robots.iter().any(|(origin, copy)| origin.robots_url().host_key() == *host && is_answer(copy))
}

impl<F: Frontier> Frontier for Far<F> {
    async fn lease(&self, ask: LeaseAsk) -> Result<LeaseReply> {
        let lease_for = ask.lease_for;
        let call = async {
            let reply = self.frontier.lease(self.asked(ask)).await;
            if let Ok(LeaseReply::Leased(lease)) = &reply {
                self.granted(lease);
            }
            reply
        };
        Ok(match self.gate.around(call).await? {
            LeaseReply::Leased(lease) => {
                self.tokens.lock().drawn.push_back(lease.token.clone());
                LeaseReply::Leased(self.handed(lease, lease_for))
            }
            nothing @ LeaseReply::Nothing(_) => nothing,
        })
    }

    async fn lease_host(&self, host: &HostKey, ask: LeaseAsk) -> Result<HostReply> {
        let lease_for = ask.lease_for;
        let call = async {
            let reply = self.frontier.lease_host(host, self.asked(ask)).await;
            if let Ok(HostReply::Leased(lease)) = &reply {
                self.granted(lease);
                self.judge.by_name();
            }
            reply
        };
        Ok(match self.gate.around(call).await? {
            HostReply::Leased(lease) => {
                self.tokens.lock().named = Some(lease.token.clone());
                HostReply::Leased(self.handed(lease, lease_for))
            }
            busy @ HostReply::Busy { .. } => busy,
        })
    }

    async fn extend(&self, token: &LeaseToken, extension: Extension) -> Result<Extended> {
        let lease_for = extension.lease_for;
        let has_robots = has_robots(&token.host, &extension.robots);
        let mut extension = extension;
        if self.fault == Some(Fault::NoHealing) {
            extension.delay = Duration::ZERO;
        }
        let call = async {
            let reply = self.frontier.extend(token, extension).await;
            match &reply {
                Ok(extended) => {
                    let deadline = self.clock.elapsed() + extended.deadline_in;
                    self.judge.extended(token, deadline, has_robots);
                }
                Err(_) => self.judge.extension_refused(),
            }
            reply
        };
        let mut extended = self.gate.around(call).await?;
        if self.fault == Some(Fault::LongLease) {
            extended.deadline_in += lease_for;
        }
        Ok(extended)
    }

    async fn settle(&self, token: &LeaseToken, settlement: Settlement) -> Result<Settled> {
        let has_robots = has_robots(&token.host, &settlement.robots);
        let mut settlement = settlement;
        if self.fault == Some(Fault::NoRest) {
            settlement.host_ready_in = Duration::ZERO;
        }
        let call = async {
            let reply = self.frontier.settle(token, settlement).await;
            match &reply {
                Ok(_) => self.judge.settled(token, has_robots),
                Err(_) => self.judge.settle_refused(),
            }
            reply
        };
        self.gate.around(call).await
    }

    fn enqueue(&self, entries: Vec<Entry>) -> impl Future<Output = Result<Enqueued>> + Send {
        self.gate.around(self.frontier.enqueue(entries))
    }

    fn robots(&self, origin: &Origin) -> impl Future<Output = Result<Option<StoredRobots>>> + Send {
        self.gate.around(self.frontier.robots(origin))
    }

    fn admit(&self, members: Vec<String>) -> impl Future<Output = Result<()>> + Send {
        self.gate.around(self.frontier.admit(members))
    }

    fn scope_members(&self) -> impl Future<Output = Result<Vec<String>>> + Send {
        self.gate.around(self.frontier.scope_members())
    }

    fn add_seeds(&self, seeds: Vec<NewSeed>) -> impl Future<Output = Result<SeedsAdded>> + Send {
        self.gate.around(self.frontier.add_seeds(seeds))
    }

    fn seeds(
        &self,
        after: Option<String>,
        max: usize,
    ) -> impl Future<Output = Result<Vec<SeedRow>>> + Send {
        self.gate.around(self.frontier.seeds(after, max))
    }

    fn remove_seed(&self, name: &str) -> impl Future<Output = Result<Option<SeedRemoved>>> + Send {
        self.gate.around(self.frontier.remove_seed(name))
    }

    fn unknown(
        &self,
        urls: Vec<CanonicalUrl>,
    ) -> impl Future<Output = Result<Vec<Fingerprint>>> + Send {
        self.gate.around(self.frontier.unknown(urls))
    }

    fn claim(
        &self,
        outlet: &Outlet,
        key: u64,
        by: Fingerprint,
    ) -> impl Future<Output = Result<Fingerprint>> + Send {
        self.gate.around(self.frontier.claim(outlet, key, by))
    }

    fn hubs(&self, outlet: &Outlet) -> impl Future<Output = Result<Vec<HubRow>>> + Send {
        self.gate.around(self.frontier.hubs(outlet))
    }

    fn place(&self, url: &CanonicalUrl) -> impl Future<Output = Result<Option<Place>>> + Send {
        self.gate.around(self.frontier.place(url))
    }

    fn note(&self, key: &str) -> impl Future<Output = Result<Option<String>>> + Send {
        self.gate.around(self.frontier.note(key))
    }

    fn set_note(&self, key: &str, value: &str) -> impl Future<Output = Result<()>> + Send {
        self.gate.around(self.frontier.set_note(key, value))
    }

    fn stats(&self) -> impl Future<Output = Result<Stats>> + Send {
        self.gate.around(self.frontier.stats())
    }

    fn sync(&self) -> impl Future<Output = Result<()>> + Send {
        self.gate.around(self.frontier.sync())
    }
}
