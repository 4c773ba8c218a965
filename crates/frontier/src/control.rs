//! What workers of a fleet tell each other, and what operators see and command.

use std::collections::BTreeMap;
use std::future::Future;
use std::time::Duration;

use crawl::politeness::HostState;
use crawl::{Band, Directive, Entry, HostKey, Order, Origin, UnixMicros, directive};
use serde::{Deserialize, Serialize};

use crate::time::{DURATION_MAX, after};
use crate::{Cursor, Dumped, Frontier, LeaseToken, Record, Result, StoredRobots};

/// For how long a host is busy whose outlet has as many leases as it may have: when one of them
/// ends cannot be told.
pub const OUTLET_BUSY_FOR: Duration = Duration::from_secs(1);

/// After so long a silence a worker is forgotten.
pub const WORKER_FORGOTTEN_AFTER: Duration = Duration::from_hours(24);

/// The part of a frontier that is no part of a URL's way: `conformance` holds every backend to the
/// sentences below as well.
///
/// # Directives
/// - At most one directive of a kind holds about a name; the next one replaces it. What has passed
///   its time holds no longer, and is not told.
/// - A host about which (or about whose outlet) a pause or block holds is not leased, by draw or by
///   name, before all of them have passed or are lifted: it is ready when it would be without them,
///   but not before. Hosts that are heard of later are held as well. A lease in force stays so.
///   The end of the last hold is settled whenever a pause or block is given or lifted, from those
///   in force then; one for good ends a hundred years after it was given.
/// - Lifting a hold brings no host forward otherwise: delays and rests stand.
/// - Each change of a directive makes [`Beaten::directives`] grow, and so does a
///   [`purge`](Self::purge): who remembers links forgets them then. A lease brings what holds.
///
/// # Outlets and addresses
/// - Hosts of one outlet have at most [`outlet_leases_max`](crate::LeaseAsk::outlet_leases_max)
///   leases at a time; an abandoned lease counts until it has healed. A host that waits for that
///   counts as ready, and is passed over: [`Idle::next_ready_in`](crate::Idle::next_ready_in)
///   takes it to be ready in a second. By name, such a host is busy for a second
///   ([`OUTLET_BUSY_FOR`]).
/// - An address group gives at most so many tokens; a token ends with its time, or when it is given
///   back. The same lease takes a token of a group once, and makes it last longer the next time,
///   never shorter. Nobody asks whether that lease is in force.
///
/// # Workers and scope
/// - A worker's last beat takes the place of the one before. A day after it
///   ([`WORKER_FORGOTTEN_AFTER`]) the worker is forgotten.
/// - Each member that joins or leaves the scope makes [`Beaten::scope`] grow by one.
///
/// # URLs
/// - [`requeue`](Self::requeue) makes all that a host (or the hosts of an outlet) has put aside for
///   later due now. It changes nothing about when the host may be visited.
/// - [`revisit`](Self::revisit) offers URLs as [`enqueue`](Frontier::enqueue) does, those that are
///   settled for good as well: they go to the tail of their band, as they are offered.
/// - [`purge`](Self::purge) drops what waits at a host (or at the hosts of an outlet), not what is
///   in flight, and forgets these URLs, so that they can be given again.
///
/// # Moving
/// - The pieces of a [`dump`](Self::dump) hold all that the crawl keeps, while nobody else calls.
///   What a lease has in flight stands in it as URLs that wait, at the head of their bands: a
///   dump is made of a frontier on which nobody works.
/// - [`load`](Self::load) takes a dump in, record by record in its order; it is durable after the
///   next [`sync`](Frontier::sync). A record that was loaded before changes nothing: a load that
///   broke off is begun again.
/// - Loading moves no host forward: where a host is known, the later time of its next visit counts.
///   A first lease of a host that was leased before goes by the delay that was loaded. A host that
///   was leased here stays as it is here, but for a longer delay and a larger fence, and no lease
///   in force is ended by that.
/// - Loading takes back no directive: one that holds gives way only to a pause or block of its kind
///   that ends later. Of two robots copies the newer one counts.
pub trait Control: Frontier {
    /// Gives a directive; `until` counts from now, none is for good.
    fn direct(&self, given: Given) -> impl Future<Output = Result<Directive>> + Send;

    /// Lifts the directive of this kind ([`Order::kind`]) about this name. None when there is none.
    fn lift(
        &self,
        about: &str,
        kind: &str,
    ) -> impl Future<Output = Result<Option<Directive>>> + Send;

    /// All directives in force, by name, then by kind.
    fn directives(&self) -> impl Future<Output = Result<Vec<Directive>>> + Send;

    /// Tells that a worker lives, and hears what has changed.
    fn beat(&self, beat: Beat) -> impl Future<Output = Result<Beaten>> + Send;

    /// What a worker would hear now: for those who wait until all workers have heard it.
    fn changes(&self) -> impl Future<Output = Result<Beaten>> + Send;

    /// The last beat of each worker, and of each service of stories ([`Beat::stories`]), by name.
    /// Who said good-bye is told until it is forgotten.
    fn workers(&self) -> impl Future<Output = Result<Vec<WorkerRow>>> + Send;

    /// The hosts whose names come after this one, by name, at most so many.
    fn hosts(
        &self,
        after: Option<HostKey>,
        max: usize,
    ) -> impl Future<Output = Result<Vec<HostRow>>> + Send;

    /// One host; none when it was never heard of.
    fn host(&self, host: &HostKey) -> impl Future<Output = Result<Option<HostRow>>> + Send;

    /// Makes due what is put aside at a host, or at the hosts of an outlet. Gives how many URLs had
    /// still to wait.
    fn requeue(&self, about: &str) -> impl Future<Output = Result<u64>> + Send;

    /// Offers URLs, also those that are settled. Gives how many were taken in: unknown ones,
    /// settled ones, and failed seeds that are due again.
    fn revisit(&self, entries: Vec<Entry>) -> impl Future<Output = Result<u64>> + Send;

    /// Drops what waits at a host, or at the hosts of an outlet. Gives how many URLs.
    fn purge(&self, about: &str) -> impl Future<Output = Result<u64>> + Send;

    /// Takes a token of an address group. None when it has one; else how long until one is free at
    /// the latest.
    fn take_address(
        &self,
        token: &LeaseToken,
        ask: AddressAsk,
    ) -> impl Future<Output = Result<Option<Duration>>> + Send;

    /// Gives the tokens back that a lease has of these groups.
    fn free_addresses(
        &self,
        token: &LeaseToken,
        groups: Vec<String>,
    ) -> impl Future<Output = Result<()>> + Send;

    /// A piece of all that the crawl keeps, and where the next one begins.
    fn dump(&self, from: Cursor) -> impl Future<Output = Result<Dumped>> + Send;

    /// Takes in records of a dump.
    fn load(&self, records: Vec<Record>) -> impl Future<Output = Result<()>> + Send;
}

/// A directive on its way in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Given {
    /// The host or outlet it is about.
    pub about: String,
    /// What is asked for.
    pub order: Order,
    /// Who asks.
    pub by: String,
    /// Why.
    pub why: String,
    /// For how long; for good where there is none.
    pub lasts: Option<Duration>,
}

/// What a worker tells of itself, or a service of stories. All figures count since it started.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Beat {
    /// Its name, unique in the fleet.
    pub name: String,
    /// The version of its program.
    pub version: String,
    /// The machine it runs on, and its process id.
    pub place: String,
    /// When it started.
    pub started_at: UnixMicros,
    /// How long it may be silent before it counts as gone.
    pub lasts_ms: u64,
    /// Requests sent.
    pub requests: u64,
    /// Pages stored.
    pub pages: u64,
    /// Bytes of bodies received.
    pub bytes: u64,
    /// URLs it did not ask for, by the rule: traps, and variants of what is known.
    pub skipped: BTreeMap<String, u64>,
    /// Walls that it was served instead of pages, by their kind.
    pub walls: BTreeMap<String, u64>,
    /// Leases it holds now.
    pub leases: u64,
    /// Pages a second over the last minute, in thousandths.
    pub pages_per_s_milli: u64,
    /// What it waits for, where it does: a full disk, a frontier that does not answer.
    pub waits_for: Option<String>,
    /// The count of changed directives ([`Beaten::directives`]) that it obeys.
    pub obeys: u64,
    /// It has ended.
    pub is_gone: bool,
    /// It is no worker but a service of stories, and this is how far it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stories: Option<StoriesBeat>,
}

/// What a service of stories tells of itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct StoriesBeat {
    /// It stands by: another one is at work.
    pub stands_by: bool,
    /// Articles in its store.
    pub documents: u64,
    /// Stories of two URLs and more.
    pub stories: u64,
    /// Articles that were pushed out of the stream before it took them, and were not caught up.
    pub missing: u64,
}

/// What a worker hears in return.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Beaten {
    /// How often directives have been changed.
    pub directives: u64,
    /// How many members have joined or left the scope so far.
    pub scope: u64,
    /// How often the frontier may have lost its latest changes since this worker looks: what was
    /// known then may be unknown now.
    pub losses: u64,
    /// The frontier's time.
    pub at: UnixMicros,
}

/// A worker as the frontier knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorkerRow {
    /// Its last beat.
    pub beat: Beat,
    /// How long ago that was.
    pub age: Duration,
}

impl WorkerRow {
    /// Whether it crawls: directives are for workers.
    pub fn is_worker(&self) -> bool {
        self.beat.stories.is_none()
    }

    /// Whether it is to be reckoned with: it has not said good-bye, and was heard of in time.
    pub fn is_alive(&self) -> bool {
        !self.beat.is_gone && self.age <= Duration::from_millis(self.beat.lasts_ms)
    }
}

/// A host queue as operators see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostRow {
    /// Its name.
    pub host: HostKey,
    /// The fence of its last lease; zero when it had none.
    pub fence: u64,
    /// The lease in force: who holds it, and how long it lasts.
    pub leased: Option<(String, Duration)>,
    /// Until it may be visited, holds counted (a hundred years for one that is for good); for a
    /// leased host, until it would heal.
    pub free_in: Duration,
    /// Its delay.
    pub delay: Duration,
    /// What politeness remembers of it.
    pub state: HostState,
    /// URLs that wait for their turn, by band.
    pub pending_by_band: [u64; Band::ALL.len()],
    /// URLs in flight.
    pub in_flight: u64,
    /// URLs that wait for a time.
    pub due: u64,
    /// Until the first of them is due.
    pub next_due_in: Option<Duration>,
    /// The robots copies of its origins, by origin.
    pub robots: Vec<(Origin, StoredRobots)>,
    /// The directives in force about it and its outlet.
    pub directives: Vec<Directive>,
}

/// What is asked for of an address group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AddressAsk {
    /// The group: an IPv4 address, or the /64 of an IPv6 one.
    pub group: String,
    /// Tokens that may be out at the same time; at least one.
    pub max: u32,
    /// How long the token lasts.
    pub lasts: Duration,
}

impl Given {
    /// The directive that comes of it, given now.
    pub(crate) fn given_at(self, now: UnixMicros) -> Directive {
        let Self { about, order, by, why, lasts } = self;
        Directive { about, order, by, why, since: now, until: lasts.map(|lasts| after(now, lasts)) }
    }
}

/// When the last hold ends that is in force about a host; the beginning of time when there is none.
pub(crate) fn held_until<'d>(
    directives: impl IntoIterator<Item = &'d Directive>,
    host: &HostKey,
    now: UnixMicros,
) -> UnixMicros {
    let all = directive::concerning(directives, host, now).into_iter();
    all.filter(|d| d.order.is_hold()).map(ends).max().unwrap_or_default()
}

/// When a directive ends; one for good in a hundred years.
pub(crate) fn ends(directive: &Directive) -> UnixMicros {
    directive.until.unwrap_or_else(|| after(directive.since, DURATION_MAX))
}

impl AddressAsk {
    /// When a token is free at the latest, of those that end at these times; none when one is free.
    pub(crate) fn free_at(&self, mut ends: Vec<UnixMicros>) -> Option<UnixMicros> {
        let max = usize::try_from(self.max.max(1)).unwrap_or(usize::MAX);
        let too_many = ends.len().checked_sub(max)?;
        ends.sort_unstable();
        ends.get(too_many).copied()
    }
}

/// A shared frontier is a frontier, here too.
impl<F: Control> Control for std::sync::Arc<F> {
    fn direct(&self, given: Given) -> impl Future<Output = Result<Directive>> + Send {
        F::direct(self, given)
    }

    fn lift(
        &self,
        about: &str,
        kind: &str,
    ) -> impl Future<Output = Result<Option<Directive>>> + Send {
        F::lift(self, about, kind)
    }

    fn directives(&self) -> impl Future<Output = Result<Vec<Directive>>> + Send {
        F::directives(self)
    }

    fn beat(&self, beat: Beat) -> impl Future<Output = Result<Beaten>> + Send {
        F::beat(self, beat)
    }

    fn changes(&self) -> impl Future<Output = Result<Beaten>> + Send {
        F::changes(self)
    }

    fn workers(&self) -> impl Future<Output = Result<Vec<WorkerRow>>> + Send {
        F::workers(self)
    }

    fn hosts(
        &self,
        after: Option<HostKey>,
        max: usize,
    ) -> impl Future<Output = Result<Vec<HostRow>>> + Send {
        F::hosts(self, after, max)
    }

    fn host(&self, host: &HostKey) -> impl Future<Output = Result<Option<HostRow>>> + Send {
        F::host(self, host)
    }

    fn requeue(&self, about: &str) -> impl Future<Output = Result<u64>> + Send {
        F::requeue(self, about)
    }

    fn revisit(&self, entries: Vec<Entry>) -> impl Future<Output = Result<u64>> + Send {
        F::revisit(self, entries)
    }

    fn purge(&self, about: &str) -> impl Future<Output = Result<u64>> + Send {
        F::purge(self, about)
    }

    fn take_address(
        &self,
        token: &LeaseToken,
        ask: AddressAsk,
    ) -> impl Future<Output = Result<Option<Duration>>> + Send {
        F::take_address(self, token, ask)
    }

    fn free_addresses(
        &self,
        token: &LeaseToken,
        groups: Vec<String>,
    ) -> impl Future<Output = Result<()>> + Send {
        F::free_addresses(self, token, groups)
    }

    fn dump(&self, from: Cursor) -> impl Future<Output = Result<Dumped>> + Send {
        F::dump(self, from)
    }

    fn load(&self, records: Vec<Record>) -> impl Future<Output = Result<()>> + Send {
        F::load(self, records)
    }
}
