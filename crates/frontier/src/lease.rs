//! What goes in and out of a frontier: leases, verdicts, settlements.

use std::time::Duration;

use crawl::politeness::HostState;
use crawl::robots::RobotsCopy;
use crawl::{
    Account, Directive, Entry, Fingerprint, HostKey, Lane, Origin, Posting, SeedState, Terms,
    UnixMicros,
};
use serde::{Deserialize, Serialize};

use crate::{Error, Result};

/// What became of entries that were offered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Enqueued {
    /// URLs that were unknown, and failed seeds that are due again because they were given again.
    pub added: u64,
    /// URLs that were known; nothing was done with them, unless they moved up from the backfill.
    pub known: u64,
    /// Hosts that have something in the fresh lane now that was not there before, sorted.
    pub fresh: Vec<HostKey>,
}

impl Enqueued {
    /// Counts an entry: whether it was added, and whether it went to the tail of its band.
    pub(crate) fn count(&mut self, entry: &Entry, is_added: bool, is_appended: bool) {
        self.added += u64::from(is_added);
        self.known += u64::from(!is_added);
        if is_appended && entry.band.lane() == Lane::Fresh {
            let host = entry.url.host_key();
            if let Err(place) = self.fresh.binary_search(&host) {
                self.fresh.insert(place, host);
            }
        }
    }
}

/// What a worker asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeaseAsk {
    /// The name of the worker, for people.
    pub worker: String,
    /// How long the lease lasts unless it is extended.
    pub lease_for: Duration,
    /// What the delay of a host is taken to be from its first lease until somebody says better: an
    /// abandoned first lease heals by it, as nobody knows what its robots.txt asks for.
    pub first_delay: Duration,
    /// URLs at most. A lease without URLs is a right to talk to the host all the same.
    pub urls_max: usize,
    /// Leases that hosts of one outlet may have at the same time; at least one. `u32::MAX` is no
    /// limit.
    pub outlet_leases_max: u32,
}

/// The proof of a lease: every call that relies on it presents this.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct LeaseToken {
    /// The leased host queue.
    pub host: HostKey,
    /// Grows by one with each lease of the host.
    pub fence: u64,
}

/// The exclusive right to talk to one host queue until its deadline, with some of its URLs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lease {
    /// Its proof.
    pub token: LeaseToken,
    /// The frontier's time when it gave the lease.
    pub at: UnixMicros,
    /// How long it lasts, counted from when the frontier gave it: count from before the call.
    pub deadline_in: Duration,
    /// The host's delay as stored; [`LeaseAsk::first_delay`] for a host never settled.
    pub delay: Duration,
    /// What politeness remembers of the host.
    pub state: HostState,
    /// The lane it was drawn from. A host leased by name shows `Fresh` when it has fresh URLs.
    pub lane: Lane,
    /// Its URLs, in the order in which to fetch them.
    pub urls: Vec<Entry>,
    /// The robots copies of the host's origins, by origin.
    pub robots: Vec<(Origin, StoredRobots)>,
    /// What the seeds of the host's outlet ask for together.
    pub terms: Terms,
    /// The account of the host's outlet.
    pub account: Account,
    /// What operators ask of the host and of its outlet, as far as it is in force; see
    /// [`crawl::directive::concerning`] for the order.
    pub directives: Vec<Directive>,
}

/// A robots copy and how old it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredRobots {
    /// The copy.
    pub copy: RobotsCopy,
    /// Time since it was stored.
    pub age: Duration,
}

/// The answer to [`lease`](crate::Frontier::lease).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LeaseReply {
    /// A host was ready.
    Leased(Box<Lease>),
    /// None was.
    Nothing(Idle),
}

/// Why there is nothing to lease.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Idle {
    /// Until the earliest host with URLs is ready; none when no host has any. A host that is
    /// leased counts with the time at which it would heal; one that is ready, but passed over
    /// because of its outlet's leases, with [`OUTLET_BUSY_FOR`](crate::OUTLET_BUSY_FOR), or with
    /// the time at which it is ready in its other lane, if that is sooner.
    pub next_ready_in: Option<Duration>,
    /// Leases in force.
    pub leased: u64,
}

/// The answer to [`lease_host`](crate::Frontier::lease_host).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HostReply {
    /// The host is yours.
    Leased(Box<Lease>),
    /// It is leased, or it rests.
    Busy {
        /// Until it may be leased; for a leased host, until it would heal.
        free_in: Duration,
    },
}

/// What an extension stores.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Extension {
    /// How long the lease lasts from now.
    pub lease_for: Duration,
    /// The host's delay as it is known now.
    pub delay: Duration,
    /// What politeness remembers of the host.
    pub state: HostState,
    /// Robots copies learnt since the last call.
    pub robots: Vec<(Origin, RobotsCopy)>,
}

/// The answer to an extension.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Extended {
    /// How long the lease lasts now.
    pub deadline_in: Duration,
}

/// What the rules make of a visit of a URL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Settled for good.
    Done,
    /// To be visited again.
    Again {
        /// When, from now.
        after: Duration,
        /// The entry for that visit: same URL, otherwise as the rules want it.
        entry: Box<Entry>,
    },
    /// Not visited: it goes back to the head of its band.
    Back,
}

/// What a worker hands back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settlement {
    /// What became of the lease's URLs, each at most once. What is missing here goes back; what is
    /// not of this lease is ignored.
    pub verdicts: Vec<(Fingerprint, Verdict)>,
    /// Links found, of any host.
    pub links: Vec<Entry>,
    /// Until the host may be visited again.
    pub host_ready_in: Duration,
    /// The host's delay.
    pub delay: Duration,
    /// What politeness remembers of the host.
    pub state: HostState,
    /// Robots copies learnt since the last call.
    pub robots: Vec<(Origin, RobotsCopy)>,
    /// What is posted to the account of the host's outlet.
    pub posting: Posting,
    /// What came of seeds, by their names. Names that are not kept as seeds are ignored.
    pub seeds: Vec<(String, SeedState)>,
}

/// What became of a settlement's links.
pub type Settled = Enqueued;

impl Settlement {
    /// Refuses a verdict whose entry is for another URL, before anything is stored.
    pub(crate) fn check(&self, token: &LeaseToken) -> Result<()> {
        for (fingerprint, verdict) in &self.verdicts {
            if let Verdict::Again { entry, .. } = verdict
                && entry.url.fingerprint() != *fingerprint
            {
                let (host, url) = (token.host.clone(), entry.url.clone());
                return Err(Error::WrongEntry { host, url });
            }
        }
        Ok(())
    }
}

impl LeaseToken {
    pub(crate) fn stale(&self) -> Error {
        Error::StaleLease { host: self.host.clone(), fence: self.fence }
    }
}
