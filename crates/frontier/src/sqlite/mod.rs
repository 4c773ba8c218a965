//! The backend in a file: SQLite, owned by one thread.
//!
//! Calls that wait at the same time share one transaction, each behind a savepoint of its own, so
//! that a call that fails hurts no other, and none is answered before the commit.
//!
//! Commits are `synchronous=NORMAL`: the process may die at any time, and a crash of the machine
//! undoes the last commits at most, in whole and from the end. What hands in seeds, and
//! [`sync`](crate::Frontier::sync), commits with `FULL`.
//!
//! # Layout
//! - `schema`: tables, version, pragmas
//! - `thread`: the thread, group commit, savepoints
//! - `host`: the row of a host queue
//! - `queue`: its URLs: pending, due, in flight
//! - `calls`: each call of the contract on one transaction

mod calls;
mod host;
mod queue;
mod schema;
mod thread;

use std::path::Path;
use std::sync::Arc;

use crawl::{Clock, Entry, HostKey, Origin};

use self::thread::Thread;
use crate::{
    Enqueued, Extended, Extension, Frontier, HostReply, LeaseAsk, LeaseReply, LeaseToken, Result,
    Settled, Settlement, Stats, StoredRobots,
};

/// How a frontier is opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// As the one worker on it: nobody else can hold a lease, so all of them are dropped. Their URLs
    /// return to the head of their bands, and their hosts rest for their delay.
    Owner,
    /// Beside a worker: nothing is changed by opening it.
    Beside,
}

/// A frontier in a file. Clones share it.
#[derive(Clone)]
pub struct Sqlite {
    thread: Arc<Thread>,
}

impl Sqlite {
    /// Opens a file, and makes it where it is missing.
    pub fn open(path: &Path, clock: Arc<dyn Clock>, mode: Mode) -> Result<Self> {
        Ok(Self { thread: Arc::new(Thread::start(path, clock, mode)?) })
    }
}

impl Frontier for Sqlite {
    async fn enqueue(&self, entries: Vec<Entry>) -> Result<Enqueued> {
        let is_seed = entries.iter().any(|entry| entry.seed.is_some());
        let call = self.thread.call("enqueue URLs", move |tx| calls::enqueue(tx, entries));
        if is_seed { call.durable().await } else { call.await }
    }

    async fn lease(&self, ask: LeaseAsk) -> Result<LeaseReply> {
        self.thread.call("lease a host", move |tx| calls::lease(tx, &ask)).await
    }

    async fn lease_host(&self, host: &HostKey, ask: LeaseAsk) -> Result<HostReply> {
        let host = host.clone();
        self.thread.call("lease a host", move |tx| calls::lease_host(tx, &host, &ask)).await
    }

    async fn extend(&self, token: &LeaseToken, extension: Extension) -> Result<Extended> {
        let token = token.clone();
        self.thread.call("extend a lease", move |tx| calls::extend(tx, &token, extension)).await
    }

    async fn settle(&self, token: &LeaseToken, settlement: Settlement) -> Result<Settled> {
        settlement.check(token)?;
        let token = token.clone();
        self.thread.call("settle a lease", move |tx| calls::settle(tx, &token, settlement)).await
    }

    async fn robots(&self, origin: &Origin) -> Result<Option<StoredRobots>> {
        let origin = origin.clone();
        self.thread.call("read a robots copy", move |tx| calls::robots(tx, &origin)).await
    }

    async fn admit(&self, members: Vec<String>) -> Result<()> {
        self.thread.call("store the scope", move |tx| calls::admit(tx, &members)).await
    }

    async fn scope_members(&self) -> Result<Vec<String>> {
        self.thread.call("read the scope", |tx| calls::scope_members(tx)).await
    }

    async fn note(&self, key: &str) -> Result<Option<String>> {
        let key = key.to_owned();
        self.thread.call("read a note", move |tx| calls::note(tx, &key)).await
    }

    async fn set_note(&self, key: &str, value: &str) -> Result<()> {
        let (key, value) = (key.to_owned(), value.to_owned());
        self.thread.call("store a note", move |tx| calls::set_note(tx, &key, &value)).await
    }

    async fn stats(&self) -> Result<Stats> {
        self.thread.call("read the figures", |tx| calls::stats(tx)).await
    }

    async fn sync(&self) -> Result<()> {
        self.thread.call("sync", |_| Ok(())).durable().await
    }
}
