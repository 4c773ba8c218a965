//! The backend in memory: plain maps behind a lock, as simple as the contract can be put.
//!
//! It is the measure of the other backends, and the frontier of simulations. Every call looks at
//! all hosts where that is the plainest way; it is not made for large crawls.

mod control;
mod dump;
mod host;
mod outlets;
mod state;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crawl::{
    CanonicalUrl, Clock, Directive, Entry, Fingerprint, HostKey, Origin, Outlet, UnixMicros,
};

use self::state::State;
use crate::time::LogicalClock;
use crate::{
    AddressAsk, Beat, Beaten, Control, Cursor, Dumped, Enqueued, Extended, Extension, Frontier,
    Given, HostReply, HostRow, HubRow, LeaseAsk, LeaseReply, LeaseToken, NewSeed, Place, Record,
    Result, SeedRemoved, SeedRow, SeedsAdded, Settled, Settlement, Stats, StoredRobots, WorkerRow,
};

/// A frontier in memory. Clones share it.
#[derive(Clone)]
pub struct Model {
    inner: Arc<Mutex<Inner>>,
}

struct Inner {
    clock: LogicalClock,
    state: State,
}

impl Model {
    /// An empty frontier on this clock.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        let clock = LogicalClock::new(clock, UnixMicros::default());
        Self { inner: Arc::new(Mutex::new(Inner { clock, state: State::default() })) }
    }

    /// What a single owner does when it opens its frontier again: nobody holds a lease any more
    /// (nor a token of an address), their URLs return to the head of their bands, and every host
    /// rests for its delay at least.
    pub fn drop_leases(&self) {
        let mut inner = self.lock();
        inner.clock.reopen();
        let now = inner.clock.now();
        inner.state.drop_leases(now);
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        // A panic in here is a fault of ours, and has already been seen by who caused it.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn with<T>(&self, call: impl FnOnce(&mut State, UnixMicros) -> T) -> T {
        let mut inner = self.lock();
        let now = inner.clock.now();
        call(&mut inner.state, now)
    }
}

impl Frontier for Model {
    async fn enqueue(&self, entries: Vec<Entry>) -> Result<Enqueued> {
        Ok(self.with(|state, now| state.enqueue(entries, now)))
    }

    async fn lease(&self, ask: LeaseAsk) -> Result<LeaseReply> {
        Ok(self.with(|state, now| state.lease(&ask, now)))
    }

    async fn lease_host(&self, host: &HostKey, ask: LeaseAsk) -> Result<HostReply> {
        Ok(self.with(|state, now| state.lease_host(host, &ask, now)))
    }

    async fn extend(&self, token: &LeaseToken, extension: Extension) -> Result<Extended> {
        self.with(|state, now| state.extend(token, extension, now))
    }

    async fn settle(&self, token: &LeaseToken, settlement: Settlement) -> Result<Settled> {
        settlement.check(token)?;
        self.with(|state, now| state.settle(token, settlement, now))
    }

    async fn robots(&self, origin: &Origin) -> Result<Option<StoredRobots>> {
        Ok(self.with(|state, now| state.robots(origin, now)))
    }

    async fn admit(&self, members: Vec<String>) -> Result<()> {
        self.with(|state, _| state.admit(members));
        Ok(())
    }

    async fn scope_members(&self) -> Result<Vec<String>> {
        Ok(self.with(|state, _| state.scope.iter().cloned().collect()))
    }

    async fn add_seeds(&self, seeds: Vec<NewSeed>) -> Result<SeedsAdded> {
        Ok(self.with(|state, now| state.add_seeds(seeds, now)))
    }

    async fn seeds(&self, after: Option<String>, max: usize) -> Result<Vec<SeedRow>> {
        Ok(self.with(|state, now| state.seeds(after.as_deref(), max, now)))
    }

    async fn remove_seed(&self, name: &str) -> Result<Option<SeedRemoved>> {
        Ok(self.with(|state, _| state.remove_seed(name)))
    }

    async fn unknown(&self, urls: Vec<CanonicalUrl>) -> Result<Vec<Fingerprint>> {
        let urls = urls.iter().map(CanonicalUrl::fingerprint);
        Ok(self.with(|state, _| urls.filter(|url| !state.seen.contains_key(url)).collect()))
    }

    async fn claim(&self, outlet: &Outlet, key: u64, by: Fingerprint) -> Result<Fingerprint> {
        let place = (outlet.clone(), key);
        Ok(self.with(|state, _| *state.outlets.claims.entry(place).or_insert(by)))
    }

    async fn hubs(&self, outlet: &Outlet) -> Result<Vec<HubRow>> {
        Ok(self.with(|state, now| state.hubs(outlet, now)))
    }

    async fn place(&self, url: &CanonicalUrl) -> Result<Option<Place>> {
        Ok(self.with(|state, now| state.place(url, now)))
    }

    async fn note(&self, key: &str) -> Result<Option<String>> {
        Ok(self.with(|state, _| state.notes.get(key).cloned()))
    }

    async fn set_note(&self, key: &str, value: &str) -> Result<()> {
        self.with(|state, _| state.notes.insert(key.to_owned(), value.to_owned()));
        Ok(())
    }

    async fn stats(&self) -> Result<Stats> {
        Ok(self.with(|state, now| state.stats(now)))
    }

    async fn sync(&self) -> Result<()> {
        Ok(())
    }
}

impl Control for Model {
    async fn direct(&self, given: Given) -> Result<Directive> {
        Ok(self.with(|state, now| state.direct(given, now)))
    }

    async fn lift(&self, about: &str, kind: &str) -> Result<Option<Directive>> {
        Ok(self.with(|state, now| state.lift(about, kind, now)))
    }

    async fn directives(&self) -> Result<Vec<Directive>> {
        Ok(self.with(|state, now| state.directives(now)))
    }

    async fn beat(&self, beat: Beat) -> Result<Beaten> {
        Ok(self.with(|state, now| state.beat(beat, now)))
    }

    async fn changes(&self) -> Result<Beaten> {
        Ok(self.with(|state, now| state.changes(now)))
    }

    async fn workers(&self) -> Result<Vec<WorkerRow>> {
        Ok(self.with(|state, now| state.workers(now)))
    }

    async fn hosts(&self, after: Option<HostKey>, max: usize) -> Result<Vec<HostRow>> {
        Ok(self.with(|state, now| state.host_rows(after.as_ref(), max, now)))
    }

    async fn host(&self, host: &HostKey) -> Result<Option<HostRow>> {
        Ok(self.with(|state, now| state.host_row(host, now)))
    }

    async fn requeue(&self, about: &str) -> Result<u64> {
        Ok(self.with(|state, now| state.requeue(about, now)))
    }

    async fn revisit(&self, entries: Vec<Entry>) -> Result<u64> {
        Ok(self.with(|state, now| state.revisit(entries, now)))
    }

    async fn purge(&self, about: &str) -> Result<u64> {
        Ok(self.with(|state, _| {
            state.beaten.directives += 1;
            state.purge(about)
        }))
    }

    async fn take_address(&self, token: &LeaseToken, ask: AddressAsk) -> Result<Option<Duration>> {
        Ok(self.with(|state, now| state.take_address(token, &ask, now)))
    }

    async fn free_addresses(&self, token: &LeaseToken, groups: Vec<String>) -> Result<()> {
        self.with(|state, _| state.free_addresses(token, &groups));
        Ok(())
    }

    async fn dump(&self, from: Cursor) -> Result<Dumped> {
        let records = self.with(|state, now| state.dump(from.section, now));
        Ok(Dumped { records, next: from.next_section() })
    }

    async fn load(&self, records: Vec<Record>) -> Result<()> {
        crate::dump::check_all(&records)?;
        self.with(|state, now| state.load(records, now));
        Ok(())
    }
}
