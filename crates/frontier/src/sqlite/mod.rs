//! The backend in a file: `SQLite`, owned by one thread.
//!
//! Calls that wait at the same time share one transaction, each behind a savepoint of its own, so
//! that a call that fails hurts no other; none is answered before the commit. When the commit
//! itself fails (a full disk), each of them is tried again alone.
//!
//! Commits are `synchronous=NORMAL`: the process may die at any time without a loss, and a crash of
//! the machine undoes the last commits at most, in whole and from the end. What hands in seeds, and
//! [`sync`](crate::Frontier::sync), commits with `FULL`, which makes all before it durable too.
//!
//! # Layout
//! - `file`: opening, version, tables (`schema.sql`)
//! - `thread`: the thread, group commit
//! - `tx`: a transaction as a call sees it
//! - `calls`, `leases`, `outlets`, `control`, `figures`: the calls of the contract on a transaction
//! - `dump`, `load`: all that is kept, as records and from records
//! - `draw`: whose turn it is
//! - `host`: the row of a host queue
//! - `queue`: its URLs: pending, due, in flight
//! - `entry`: how entries are written
//! - `share`: whose the known URLs are
//! - `fault`: what can go wrong in a transaction

mod calls;
mod control;
mod draw;
mod dump;
mod entry;
mod fault;
mod figures;
mod file;
mod host;
mod leases;
mod load;
mod outlets;
mod queue;
mod share;
#[cfg(test)]
mod tests;
mod thread;
mod tx;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use crawl::{CanonicalUrl, Clock, Directive, Entry, Fingerprint, HostKey, Origin, Outlet};

use self::thread::{Kind, Thread};
use self::tx::Tx;
use crate::{
    AddressAsk, Beat, Beaten, Control, Cursor, Dumped, Enqueued, Extended, Extension, Frontier,
    Given, HostReply, HostRow, HubRow, LeaseAsk, LeaseReply, LeaseToken, NewSeed, Place, Record,
    Result, SeedRemoved, SeedRow, SeedsAdded, Settled, Settlement, Stats, StoredRobots, WorkerRow,
};

/// How a frontier is opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// As the one worker on it: the file is made if it is missing. Nobody else can hold a lease, so
    /// all of them are dropped, with their tokens of addresses, and their URLs return to the head
    /// of their bands. Every host rests for its delay from now at least: the file may not know of
    /// the last requests, and the wall clock may have been stepped meanwhile.
    Owner,
    /// Beside a worker, or without one: the file must be there, and opening changes nothing.
    Beside,
}

/// A frontier in a file. Clones share it; when the last one goes, the file is closed.
#[derive(Clone)]
pub struct Sqlite {
    thread: Arc<Thread>,
}

impl Sqlite {
    /// Opens a file. This blocks for as long as the disk needs.
    ///
    /// Logical time goes on at the wall clock, or where it had come to if that is later.
    pub fn open(path: &Path, clock: Arc<dyn Clock>, mode: Mode) -> Result<Self> {
        Ok(Self { thread: Arc::new(Thread::start(path, clock, mode)?) })
    }
}

impl Frontier for Sqlite {
    async fn enqueue(&self, entries: Vec<Entry>) -> Result<Enqueued> {
        let has_seed = entries.iter().any(|entry| entry.seed.is_some());
        let kind = if has_seed { Kind::Durable } else { Kind::Write };
        self.thread.call(kind, "enqueue URLs", move |tx| calls::enqueue(tx, &entries)).await
    }

    async fn lease(&self, ask: LeaseAsk) -> Result<LeaseReply> {
        self.thread.call(Kind::Write, "lease a host", move |tx| leases::lease(tx, &ask)).await
    }

    async fn lease_host(&self, host: &HostKey, ask: LeaseAsk) -> Result<HostReply> {
        let host = host.clone();
        let call = move |tx: &mut Tx<'_>| leases::lease_host(tx, &host, &ask);
        self.thread.call(Kind::Write, "lease a host by name", call).await
    }

    async fn extend(&self, token: &LeaseToken, extension: Extension) -> Result<Extended> {
        let token = token.clone();
        let call = move |tx: &mut Tx<'_>| leases::extend(tx, &token, &extension);
        self.thread.call(Kind::Write, "extend a lease", call).await
    }

    async fn settle(&self, token: &LeaseToken, settlement: Settlement) -> Result<Settled> {
        settlement.check(token)?;
        let token = token.clone();
        let call = move |tx: &mut Tx<'_>| leases::settle(tx, &token, &settlement);
        self.thread.call(Kind::Write, "settle a lease", call).await
    }

    async fn robots(&self, origin: &Origin) -> Result<Option<StoredRobots>> {
        let origin = origin.clone();
        let call = move |tx: &mut Tx<'_>| calls::robots(tx, &origin);
        self.thread.call(Kind::Read, "read a robots copy", call).await
    }

    async fn admit(&self, members: Vec<String>) -> Result<()> {
        self.thread.call(Kind::Write, "store the scope", move |tx| calls::admit(tx, &members)).await
    }

    async fn scope_members(&self) -> Result<Vec<String>> {
        self.thread.call(Kind::Read, "read the scope", |tx| calls::scope_members(tx)).await
    }

    async fn add_seeds(&self, seeds: Vec<NewSeed>) -> Result<SeedsAdded> {
        let call = move |tx: &mut Tx<'_>| outlets::add_seeds(tx, &seeds);
        self.thread.call(Kind::Durable, "store seeds", call).await
    }

    async fn seeds(&self, after: Option<String>, max: usize) -> Result<Vec<SeedRow>> {
        let call = move |tx: &mut Tx<'_>| outlets::seeds(tx, after.as_deref(), max);
        self.thread.call(Kind::Read, "read seeds", call).await
    }

    async fn remove_seed(&self, name: &str) -> Result<Option<SeedRemoved>> {
        let name = name.to_owned();
        let call = move |tx: &mut Tx<'_>| outlets::remove_seed(tx, &name);
        self.thread.call(Kind::Durable, "remove a seed", call).await
    }

    async fn unknown(&self, urls: Vec<CanonicalUrl>) -> Result<Vec<Fingerprint>> {
        let urls: Vec<_> = urls.iter().map(CanonicalUrl::fingerprint).collect();
        let call = move |tx: &mut Tx<'_>| outlets::unknown(tx, &urls);
        self.thread.call(Kind::Read, "look URLs up", call).await
    }

    async fn claim(&self, outlet: &Outlet, key: u64, by: Fingerprint) -> Result<Fingerprint> {
        let outlet = outlet.clone();
        let call = move |tx: &mut Tx<'_>| outlets::claim(tx, &outlet, key, by);
        self.thread.call(Kind::Write, "claim a key", call).await
    }

    async fn hubs(&self, outlet: &Outlet) -> Result<Vec<HubRow>> {
        let outlet = outlet.clone();
        let call = move |tx: &mut Tx<'_>| outlets::hubs(tx, &outlet);
        self.thread.call(Kind::Read, "read the hubs of an outlet", call).await
    }

    async fn place(&self, url: &CanonicalUrl) -> Result<Option<Place>> {
        let url = url.clone();
        let call = move |tx: &mut Tx<'_>| outlets::place(tx, &url);
        self.thread.call(Kind::Read, "look a URL up", call).await
    }

    async fn note(&self, key: &str) -> Result<Option<String>> {
        let key = key.to_owned();
        self.thread.call(Kind::Read, "read a note", move |tx| calls::note(tx, &key)).await
    }

    async fn set_note(&self, key: &str, value: &str) -> Result<()> {
        let (key, value) = (key.to_owned(), value.to_owned());
        let call = move |tx: &mut Tx<'_>| calls::set_note(tx, &key, &value);
        self.thread.call(Kind::Write, "store a note", call).await
    }

    async fn stats(&self) -> Result<Stats> {
        self.thread.call(Kind::Read, "read the figures", |tx| figures::stats(tx)).await
    }

    async fn sync(&self) -> Result<()> {
        self.thread.call(Kind::Durable, "write everything to the disk", |_| Ok(())).await
    }
}

impl Control for Sqlite {
    async fn direct(&self, given: Given) -> Result<Directive> {
        let call = move |tx: &mut Tx<'_>| control::direct(tx, &given);
        self.thread.call(Kind::Durable, "give a directive", call).await
    }

    async fn lift(&self, about: &str, kind: &str) -> Result<Option<Directive>> {
        let (about, kind) = (about.to_owned(), kind.to_owned());
        let call = move |tx: &mut Tx<'_>| control::lift(tx, &about, &kind);
        self.thread.call(Kind::Durable, "lift a directive", call).await
    }

    async fn directives(&self) -> Result<Vec<Directive>> {
        self.thread.call(Kind::Read, "read the directives", |tx| control::directives(tx)).await
    }

    async fn beat(&self, beat: Beat) -> Result<Beaten> {
        let call = move |tx: &mut Tx<'_>| control::beat(tx, &beat);
        self.thread.call(Kind::Write, "store a worker's beat", call).await
    }

    async fn changes(&self) -> Result<Beaten> {
        self.thread.call(Kind::Read, "read what has changed", |tx| control::changes(tx)).await
    }

    async fn workers(&self) -> Result<Vec<WorkerRow>> {
        self.thread.call(Kind::Read, "read the workers", |tx| control::workers(tx)).await
    }

    async fn hosts(&self, after: Option<HostKey>, max: usize) -> Result<Vec<HostRow>> {
        let call = move |tx: &mut Tx<'_>| control::hosts(tx, after.as_ref(), max);
        self.thread.call(Kind::Read, "read the hosts", call).await
    }

    async fn host(&self, host: &HostKey) -> Result<Option<HostRow>> {
        let host = host.clone();
        self.thread.call(Kind::Read, "read a host", move |tx| control::host(tx, &host)).await
    }

    async fn requeue(&self, about: &str) -> Result<u64> {
        let about = about.to_owned();
        let call = move |tx: &mut Tx<'_>| control::requeue(tx, &about);
        self.thread.call(Kind::Durable, "requeue URLs", call).await
    }

    async fn revisit(&self, entries: Vec<Entry>) -> Result<u64> {
        let call = move |tx: &mut Tx<'_>| control::revisit(tx, &entries);
        self.thread.call(Kind::Durable, "offer URLs once more", call).await
    }

    async fn purge(&self, about: &str) -> Result<u64> {
        let about = about.to_owned();
        let call = move |tx: &mut Tx<'_>| control::purge(tx, &about);
        self.thread.call(Kind::Durable, "purge URLs", call).await
    }

    async fn take_address(&self, token: &LeaseToken, ask: AddressAsk) -> Result<Option<Duration>> {
        let token = token.clone();
        let call = move |tx: &mut Tx<'_>| control::take_address(tx, &token, &ask);
        self.thread.call(Kind::Write, "take an address", call).await
    }

    async fn free_addresses(&self, token: &LeaseToken, groups: Vec<String>) -> Result<()> {
        let token = token.clone();
        let call = move |tx: &mut Tx<'_>| control::free_addresses(tx, &token, &groups);
        self.thread.call(Kind::Write, "give addresses back", call).await
    }

    async fn dump(&self, from: Cursor) -> Result<Dumped> {
        let call = move |tx: &mut Tx<'_>| dump::dump(tx, &from);
        self.thread.call(Kind::Read, "read all that is kept", call).await
    }

    async fn load(&self, records: Vec<Record>) -> Result<()> {
        crate::dump::check_all(&records)?;
        let call = move |tx: &mut Tx<'_>| load::load(tx, &records);
        self.thread.call(Kind::Write, "take records in", call).await
    }
}
