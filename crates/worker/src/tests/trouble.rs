//! A frontier in memory whose calls go wrong when a test wants it.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use crawl::{CanonicalUrl, Clock, Directive, Entry, Fingerprint, HostKey, Origin, Outlet};
use frontier::{
    AddressAsk, Beat, Beaten, Control, Cursor, Dumped, Enqueued, Error, Extended, Extension,
    Frontier, Given, HostReply, HostRow, HubRow, LeaseAsk, LeaseReply, LeaseToken, Model, NewSeed,
    Place, Record, Result, SeedRemoved, SeedRow, SeedsAdded, Settled, Settlement, Stats,
    StoredRobots, WorkerRow,
};

use super::sim::SimClock;

/// What becomes of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    Fine,
    /// It is not taken: try again.
    Away,
    /// It takes so long to arrive, and so does its answer.
    Slow(Duration),
    /// It is taken, but the answer is lost.
    ReplyLost,
    /// It is not taken, for want of space on the disk.
    Full,
    /// It is not taken, for want of room in the store of the fleet.
    NoRoom,
    /// It will never be taken.
    Broken,
}

type Trouble = Box<dyn FnMut(Duration, &'static str) -> Fate + Send>;

/// The model, with troubles. Clones share it.
#[derive(Clone)]
pub(super) struct Troubled {
    pub(super) model: Model,
    clock: SimClock,
    trouble: Arc<Mutex<Trouble>>,
    calls: Arc<Mutex<Vec<(Duration, &'static str)>>>,
}

impl Troubled {
    pub(super) fn new(
        clock: SimClock,
        trouble: impl FnMut(Duration, &'static str) -> Fate + Send + 'static,
    ) -> Self {
        let model = Model::new(Arc::new(clock));
        let trouble: Trouble = Box::new(trouble);
        Self { model, clock, trouble: Arc::new(Mutex::new(trouble)), calls: Arc::default() }
    }

    /// When a call was made.
    pub(super) fn calls(&self, name: &str) -> Vec<Duration> {
        let calls = self.calls.lock().unwrap();
        calls.iter().filter(|(_, called)| *called == name).map(|(at, _)| *at).collect()
    }

    async fn around<T>(
        &self,
        name: &'static str,
        call: impl Future<Output = Result<T>>,
    ) -> Result<T> {
        let now = self.clock.elapsed();
        self.calls.lock().unwrap().push((now, name));
        let fate = (self.trouble.lock().unwrap())(now, name);
        match fate {
            Fate::Fine => call.await,
            Fate::Slow(way) => {
                tokio::time::sleep(way).await;
                let replied = call.await;
                tokio::time::sleep(way).await;
                replied
            }
            Fate::ReplyLost => call.await.and_then(|_| Err(away())),
            Fate::Away => Err(away()),
            Fate::Full => Err(io(std::io::ErrorKind::StorageFull)),
            Fate::NoRoom => Err(no_room()),
            Fate::Broken => Err(io(std::io::ErrorKind::PermissionDenied)),
        }
    }
}

fn away() -> Error {
    let busy = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_BUSY);
    let source = rusqlite::Error::SqliteFailure(busy, None);
    Error::Storage { operation: "call", path: "frontier".into(), source }
}

fn no_room() -> Error {
    let source = redis::RedisError::from((redis::ErrorKind::Client, "OOM"));
    Error::RedisFull { url: "redis://frontier.test".into(), source }
}

fn io(kind: std::io::ErrorKind) -> Error {
    Error::Io { operation: "write", path: "frontier".into(), source: kind.into() }
}

macro_rules! passed_on {
    ($($name:ident($($arg:ident: $kind:ty),*) -> $reply:ty;)*) => {
        $(async fn $name(&self, $($arg: $kind),*) -> Result<$reply> {
            self.around(stringify!($name), self.model.$name($($arg),*)).await
        })*
    };
}

impl Frontier for Troubled {
    passed_on! {
        enqueue(entries: Vec<Entry>) -> Enqueued;
        lease(ask: LeaseAsk) -> LeaseReply;
        lease_host(host: &HostKey, ask: LeaseAsk) -> HostReply;
        extend(token: &LeaseToken, extension: Extension) -> Extended;
        settle(token: &LeaseToken, settlement: Settlement) -> Settled;
        robots(origin: &Origin) -> Option<StoredRobots>;
        admit(members: Vec<String>) -> ();
        scope_members() -> Vec<String>;
        add_seeds(seeds: Vec<NewSeed>) -> SeedsAdded;
        seeds(after: Option<String>, max: usize) -> Vec<SeedRow>;
        remove_seed(name: &str) -> Option<SeedRemoved>;
        unknown(urls: Vec<CanonicalUrl>) -> Vec<Fingerprint>;
        claim(outlet: &Outlet, key: u64, by: Fingerprint) -> Fingerprint;
        hubs(outlet: &Outlet) -> Vec<HubRow>;
        place(url: &CanonicalUrl) -> Option<Place>;
        note(key: &str) -> Option<String>;
        set_note(key: &str, value: &str) -> ();
        stats() -> Stats;
        sync() -> ();
    }
}

impl Control for Troubled {
    passed_on! {
        direct(given: Given) -> Directive;
        lift(about: &str, kind: &str) -> Option<Directive>;
        directives() -> Vec<Directive>;
        beat(beat: Beat) -> Beaten;
        changes() -> Beaten;
        workers() -> Vec<WorkerRow>;
        hosts(after: Option<HostKey>, max: usize) -> Vec<HostRow>;
        host(host: &HostKey) -> Option<HostRow>;
        requeue(about: &str) -> u64;
        revisit(entries: Vec<Entry>) -> u64;
        purge(about: &str) -> u64;
        take_address(token: &LeaseToken, ask: AddressAsk) -> Option<Duration>;
        free_addresses(token: &LeaseToken, groups: Vec<String>) -> ();
        dump(from: Cursor) -> Dumped;
        load(records: Vec<Record>) -> ();
    }
}
