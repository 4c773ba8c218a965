//! The trait, and the rules that every backend keeps.

use std::future::Future;

use crawl::robots::RobotsCopy;
use crawl::{CanonicalUrl, Entry, Fingerprint, HostKey, Origin, Outlet};

use crate::{
    Enqueued, Extended, Extension, HostReply, HubRow, LeaseAsk, LeaseReply, LeaseToken, NewSeed,
    Place, Result, SeedRemoved, SeedRow, SeedsAdded, Settled, Settlement, Stats, StoredRobots,
};

/// The memory of a crawl: every URL, and when which host may be visited.
///
/// The rules below hold for every backend; `conformance` has a test for each of them.
///
/// # Calls
/// A call is whole or not there, whatever happens to the caller, to the process or to other calls.
/// Entries that carry a seed are durable when [`enqueue`](Self::enqueue) returns, and everything
/// accepted before is durable when [`sync`](Self::sync) returns. In between, a crash of the
/// *machine* (not of the process) may undo the latest calls, in whole and from the end: such a
/// lost tail costs repeated fetches only, because a URL that was settled is pending again.
///
/// # Time
/// Times are durations from now, on the backend's own clock: workers' clocks do not matter.
/// Logical time never goes back, not when the wall clock is stepped, not over a restart.
///
/// # URLs
/// A URL is known by its [`Fingerprint`], for ever. An unknown one goes to the
/// tail of its band in its host queue; a known one is left alone, with two exceptions: a seed given
/// again whose visit had failed is due at once, and a URL that waits in `Backfill` (for its turn,
/// or for a time without a failed attempt) and is offered as `Article` goes to the tail of that
/// band, as it is offered. A host that was unknown is ready at once.
///
/// # Seeds and outlets
/// - A seed is kept under its text. Given again, what is said about it is replaced, and when it was
///   first given stays. Its entry is offered as by [`enqueue`](Self::enqueue), its member joins the
///   scope. Seeds are durable when [`add_seeds`](Self::add_seeds) returns.
/// - Removing the last seed of an outlet drops what waits there (not what is in flight), and
///   forgets these URLs, so that they can be given again; its member leaves the scope.
/// - A lease brings the terms of its outlet's seeds (in the order of their names) and its account;
///   a settlement posts to the account.
/// - The first to claim a key within an outlet holds it for ever.
///
/// # Leases
/// - A host is leased by at most one worker. Its fence grows by one with each lease.
/// - A lease is in force until its deadline. Who presents another fence than the current one, or
///   comes at the deadline or after, is refused as stale.
/// - With a lease, the host's next visit moves to the deadline plus the host's delay: an abandoned
///   lease heals by itself at that time. [`extend`](Self::extend) moves both, and stores the delay,
///   the state and the robots copies in the same breath.
/// - [`settle`](Self::settle) ends a lease. URLs without a verdict, and those of an abandoned
///   lease, return to the head of their band, in their order; those of an abandoned one when the
///   host is leased next.
/// - `Again` puts a URL of the lease aside until its time has come. It stays known. At a lease, the
///   entries whose time has come go to the tail of their band first, by time, then by fingerprint,
///   at most [`DUE_MOVED_MAX`](crate::turn::DUE_MOVED_MAX) of them.
/// - The time at which a host may be visited outlives its URLs: a host emptied and filled again at
///   once waits.
/// - A host may be leased by name, also one without URLs or one never heard of; it too must be
///   ready and free.
/// - What operators hold back, and the cap on an outlet's leases, are obeyed here; the sentences
///   about them are with [`Control`](crate::Control).
///
/// # Order
/// - A host is in the `fresh` lane while it has URLs (pending, due, or in flight) of the bands
///   `Hub` or `Article`, and in the `backfill` lane while it has some of `Backfill`. It is ready
///   there when it may be visited; if all its URLs there are due later, when the first of them is.
/// - One draw in [`BACKFILL_EVERY`](crate::turn::BACKFILL_EVERY) prefers backfill, the others
///   fresh; when no host of that lane is ready, the other lane is taken. Leases by name do not
///   count.
/// - Within a lane comes the host that has been ready longest; by name where it is equally long.
/// - Within a host, bands take turns by [`BAND_CYCLE`](crate::turn::BAND_CYCLE); an empty band
///   passes. The place in the cycle is kept from lease to lease.
pub trait Frontier: Send + Sync + 'static {
    /// Offers URLs, of any hosts.
    fn enqueue(&self, entries: Vec<Entry>) -> impl Future<Output = Result<Enqueued>> + Send;

    /// Leases the host whose turn it is.
    fn lease(&self, ask: LeaseAsk) -> impl Future<Output = Result<LeaseReply>> + Send;

    /// Leases one host by its name.
    fn lease_host(
        &self,
        host: &HostKey,
        ask: LeaseAsk,
    ) -> impl Future<Output = Result<HostReply>> + Send;

    /// Makes a lease last longer, and stores what was learnt meanwhile.
    fn extend(
        &self,
        token: &LeaseToken,
        extension: Extension,
    ) -> impl Future<Output = Result<Extended>> + Send;

    /// Ends a lease, and takes in all that came of it.
    fn settle(
        &self,
        token: &LeaseToken,
        settlement: Settlement,
    ) -> impl Future<Output = Result<Settled>> + Send;

    /// The robots copy of an origin.
    fn robots(&self, origin: &Origin) -> impl Future<Output = Result<Option<StoredRobots>>> + Send;

    /// Takes outlets or hosts into the crawl's scope.
    fn admit(&self, members: Vec<String>) -> impl Future<Output = Result<()>> + Send;

    /// All that was taken into the scope, sorted.
    fn scope_members(&self) -> impl Future<Output = Result<Vec<String>>> + Send;

    /// Takes seeds in.
    fn add_seeds(&self, seeds: Vec<NewSeed>) -> impl Future<Output = Result<SeedsAdded>> + Send;

    /// The seeds whose names come after this one, by name, at most so many.
    fn seeds(
        &self,
        after: Option<String>,
        max: usize,
    ) -> impl Future<Output = Result<Vec<SeedRow>>> + Send;

    /// Forgets a seed; none when it is not kept.
    fn remove_seed(&self, name: &str) -> impl Future<Output = Result<Option<SeedRemoved>>> + Send;

    /// The fingerprints of those of the URLs that are not known, in their order.
    fn unknown(
        &self,
        urls: Vec<CanonicalUrl>,
    ) -> impl Future<Output = Result<Vec<Fingerprint>>> + Send;

    /// Claims a key within an outlet for a URL, and gives the URL that holds it.
    fn claim(
        &self,
        outlet: &Outlet,
        key: u64,
        by: Fingerprint,
    ) -> impl Future<Output = Result<Fingerprint>> + Send;

    /// The hubs of an outlet, by URL.
    fn hubs(&self, outlet: &Outlet) -> impl Future<Output = Result<Vec<HubRow>>> + Send;

    /// Where a URL is; none when it is not known.
    fn place(&self, url: &CanonicalUrl) -> impl Future<Output = Result<Option<Place>>> + Send;

    /// A small setting of the crawl.
    fn note(&self, key: &str) -> impl Future<Output = Result<Option<String>>> + Send;

    /// Stores a small setting of the crawl.
    fn set_note(&self, key: &str, value: &str) -> impl Future<Output = Result<()>> + Send;

    /// Where the frontier stands. Cheap enough to be asked each second.
    fn stats(&self) -> impl Future<Output = Result<Stats>> + Send;

    /// Returns when everything accepted so far is on the disk.
    fn sync(&self) -> impl Future<Output = Result<()>> + Send;
}

/// A robots copy on its way into the store.
pub(crate) type NewRobots = Vec<(Origin, RobotsCopy)>;

/// A shared frontier is a frontier.
impl<F: Frontier> Frontier for std::sync::Arc<F> {
    fn enqueue(&self, entries: Vec<Entry>) -> impl Future<Output = Result<Enqueued>> + Send {
        F::enqueue(self, entries)
    }

    fn lease(&self, ask: LeaseAsk) -> impl Future<Output = Result<LeaseReply>> + Send {
        F::lease(self, ask)
    }

    fn lease_host(
        &self,
        host: &HostKey,
        ask: LeaseAsk,
    ) -> impl Future<Output = Result<HostReply>> + Send {
        F::lease_host(self, host, ask)
    }

    fn extend(
        &self,
        token: &LeaseToken,
        extension: Extension,
    ) -> impl Future<Output = Result<Extended>> + Send {
        F::extend(self, token, extension)
    }

    fn settle(
        &self,
        token: &LeaseToken,
        settlement: Settlement,
    ) -> impl Future<Output = Result<Settled>> + Send {
        F::settle(self, token, settlement)
    }

    fn robots(&self, origin: &Origin) -> impl Future<Output = Result<Option<StoredRobots>>> + Send {
        F::robots(self, origin)
    }

    fn admit(&self, members: Vec<String>) -> impl Future<Output = Result<()>> + Send {
        F::admit(self, members)
    }

    fn scope_members(&self) -> impl Future<Output = Result<Vec<String>>> + Send {
        F::scope_members(self)
    }

    fn add_seeds(&self, seeds: Vec<NewSeed>) -> impl Future<Output = Result<SeedsAdded>> + Send {
        F::add_seeds(self, seeds)
    }

    fn seeds(
        &self,
        after: Option<String>,
        max: usize,
    ) -> impl Future<Output = Result<Vec<SeedRow>>> + Send {
        F::seeds(self, after, max)
    }

    fn remove_seed(&self, name: &str) -> impl Future<Output = Result<Option<SeedRemoved>>> + Send {
        F::remove_seed(self, name)
    }

    fn unknown(
        &self,
        urls: Vec<CanonicalUrl>,
    ) -> impl Future<Output = Result<Vec<Fingerprint>>> + Send {
        F::unknown(self, urls)
    }

    fn claim(
        &self,
        outlet: &Outlet,
        key: u64,
        by: Fingerprint,
    ) -> impl Future<Output = Result<Fingerprint>> + Send {
        F::claim(self, outlet, key, by)
    }

    fn hubs(&self, outlet: &Outlet) -> impl Future<Output = Result<Vec<HubRow>>> + Send {
        F::hubs(self, outlet)
    }

    fn place(&self, url: &CanonicalUrl) -> impl Future<Output = Result<Option<Place>>> + Send {
        F::place(self, url)
    }

    fn note(&self, key: &str) -> impl Future<Output = Result<Option<String>>> + Send {
        F::note(self, key)
    }

    fn set_note(&self, key: &str, value: &str) -> impl Future<Output = Result<()>> + Send {
        F::set_note(self, key, value)
    }

    fn stats(&self) -> impl Future<Output = Result<Stats>> + Send {
        F::stats(self)
    }

    fn sync(&self) -> impl Future<Output = Result<()>> + Send {
        F::sync(self)
    }
}
