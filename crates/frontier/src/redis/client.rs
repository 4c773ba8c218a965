//! Calls of the functions: headers, clocks, repetition.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crawl::{Clock, Fingerprint, HostKey, Outlet, SHARES, Share, UnixMicros};
use redis::{Cmd, Value, cmd};

use super::fault::{self, Fault};
use super::library;
use super::link::{Link, slot_of};
use super::reply::Reply;
use crate::{Error, Result};

/// A partition's clock may be ahead of what we reckon by so much before it counts as stepped.
const STEP: Duration = Duration::from_millis(100);

/// On top, clocks drift apart by at most one part in so many: what NTP corrects without a step
/// (500 parts in a million).
const DRIFT: u32 = 2_000;

/// How often a call is made anew because the library or the clock had to be put right first.
const TRIES: usize = 4;

/// A part of the frontier that holds whole outlets.
pub(super) struct Partition {
    /// Its state key; all others are made from it.
    key: String,
    slot: u16,
    anchor: Mutex<Option<Anchor>>,
}

/// What a reply told of a partition's clock.
#[derive(Clone, Copy)]
struct Anchor {
    shown: UnixMicros,
    epoch: u64,
    /// On our own clock: when the call was sent, and when its reply had come.
    sent: Duration,
    got: Duration,
}

/// Where calls go, and what is known of each partition.
pub(super) struct Caller {
    link: Link,
    /// For people.
    pub(super) url: String,
    pub(super) crawl: String,
    pub(super) partitions: Vec<Partition>,
    clock: Arc<dyn Clock>,
    /// Whether the partitions go by our clock instead of the server's: in tests.
    is_handed: bool,
    /// Rests of partitions that were seen.
    rests: AtomicU64,
}

impl Caller {
    pub(super) fn new(
        link: Link,
        url: String,
        crawl: String,
        count: usize,
        (clock, is_handed): (Arc<dyn Clock>, bool),
    ) -> Self {
        let partition = |n: usize| {
            let tag = format!("p{n}");
            let slot = slot_of(&tag);
            Partition { key: format!("nh:{{{tag}}}:state"), slot, anchor: Mutex::new(None) }
        };
        let partitions = (0..count).map(partition).collect();
        Self { link, url, crawl, partitions, clock, is_handed, rests: AtomicU64::new(0) }
    }

    /// Where a share of the outlets lives: partitions hold whole shares.
    pub(super) fn of_share(&self, share: Share) -> usize {
        usize::from(share.number()) * self.partitions.len() / usize::from(SHARES)
    }

    /// Where a host lives, and all others of its outlet.
    pub(super) fn of_host(&self, host: &HostKey) -> usize {
        self.of_share(Share::of(host))
    }

    /// Where an outlet lives.
    pub(super) fn of_outlet(&self, outlet: &Outlet) -> usize {
        self.of_name(outlet.as_str())
    }

    /// Where the host or outlet of this name lives, or something that is neither.
    pub(super) fn of_name(&self, name: &str) -> usize {
        if let Ok(host) = HostKey::parse(name) {
            return self.of_host(&host);
        }
        let count = self.partitions.len().max(1) as u64;
        usize::try_from(Fingerprint::of(name).0 % count).unwrap_or(0)
    }

    /// Whether partitions may live on several nodes.
    pub(super) fn is_cluster(&self) -> bool {
        self.link.is_cluster()
    }

    /// Pipelines sent.
    pub(super) fn trips(&self) -> u64 {
        self.link.trips()
    }

    /// How often partitions have rested since we look: each time their latest calls may be lost.
    pub(super) fn rests(&self) -> u64 {
        self.rests.load(Ordering::Relaxed)
    }

    pub(super) fn elapsed(&self) -> Duration {
        self.clock.elapsed()
    }

    /// Calls a function; the caller does not mind when an earlier try was carried out as well.
    pub(super) async fn call(&self, at: usize, name: &str, args: &[Arg<'_>]) -> Result<Reply> {
        match self.try_call(at, name, args).await {
            Ok(reply) => Ok(reply),
            Err(Fault::Error(error)) => Err(error),
            Err(Fault::Lost(source)) => Err(Error::Unreachable { url: self.url.clone(), source }),
            Err(Fault::NoLibrary | Fault::Clock) => {
                let reason = "its library or its clock does not come to rest".to_owned();
                Err(Error::Unsuited { url: self.url.clone(), reason })
            }
        }
    }

    /// The same for a caller that minds.
    pub(super) async fn try_call(
        &self,
        at: usize,
        name: &str,
        args: &[Arg<'_>],
    ) -> std::result::Result<Reply, Fault> {
        let mut last = Fault::NoLibrary;
        let mut reckons = true;
        for _ in 0..TRIES {
            match self.call_once(at, name, args, reckons).await {
                Err(Fault::NoLibrary) => {
                    self.load_library(at).await?;
                    last = Fault::NoLibrary;
                }
                Err(Fault::Clock) => {
                    self.look_at_clock(at).await?;
                    // Where every call is long on its way, none is turned away for that for ever:
                    // the clock was just looked at.
                    reckons = !matches!(last, Fault::Clock);
                    last = Fault::Clock;
                }
                done => return done,
            }
        }
        Err(last)
    }

    async fn call_once(
        &self,
        at: usize,
        name: &str,
        args: &[Arg<'_>],
        reckons: bool,
    ) -> std::result::Result<Reply, Fault> {
        let partition = &self.partitions[at];
        let mut call = cmd("FCALL");
        call.arg(name).arg(1).arg(&partition.key).arg(self.header(partition, reckons));
        for arg in args {
            match arg {
                Arg::Text(text) => call.arg(*text),
                Arg::Owned(text) => call.arg(text),
                Arg::Bytes(bytes) => call.arg(bytes),
                Arg::Number(n) => call.arg(n),
            };
        }
        let sent = self.clock.elapsed();
        let value = self.send(partition, call).await?;
        let reply = Reply::of(value).map_err(|reason| Fault::Error(self.unreadable(reason)))?;
        // What only looks checks no clock: a step would pass for the time.
        if let Some((shown, epoch)) = reply.stamp()
            && !reply.is_look()
        {
            self.anchor(partition, Anchor { shown, epoch, sent, got: self.clock.elapsed() });
        }
        Ok(reply)
    }

    async fn send(&self, partition: &Partition, cmd: Cmd) -> std::result::Result<Value, Fault> {
        match self.link.call(partition.slot, cmd).await {
            Ok(value) => fault::answer(value, &self.url),
            Err(error) => Err(fault::of(&error, &self.url)),
        }
    }

    /// Any other command that needs the server of this partition.
    pub(super) async fn plain(&self, at: usize, cmd: Cmd) -> Result<Value> {
        match self.send(&self.partitions[at], cmd).await {
            Ok(value) => Ok(value),
            Err(Fault::Error(error)) => Err(error),
            Err(Fault::Lost(source)) => Err(Error::Unreachable { url: self.url.clone(), source }),
            Err(Fault::NoLibrary | Fault::Clock) => Err(self.unreadable("no answer".into())),
        }
    }

    /// Gives the server of a partition our library, unless it has a newer one.
    pub(super) async fn load_library(&self, at: usize) -> std::result::Result<(), Fault> {
        let mut ask = cmd("FCALL");
        ask.arg("nh1_revision").arg(1).arg(&self.partitions[at].key);
        match self.send(&self.partitions[at], ask).await {
            Ok(Value::Int(revision)) if revision >= library::REVISION && !self.is_handed => {
                return Ok(());
            }
            Ok(_) | Err(Fault::NoLibrary) => {}
            Err(fault) => return Err(fault),
        }
        tracing::info!(url = self.url, "giving Redis our functions");
        self.send(&self.partitions[at], library::load(self.is_handed)).await.map(drop)
    }

    /// The clock is ahead of what we reckon: because it was stepped, or because the call was long
    /// on its way.
    async fn look_at_clock(&self, at: usize) -> std::result::Result<(), Fault> {
        let partition = &self.partitions[at];
        let Some(anchor) = partition.get() else { return Ok(()) };
        let sent = self.clock.elapsed();
        let reply = self.call_once(at, "nh1_time", &[], true).await?;
        let got = self.clock.elapsed();
        let Some((shown, epoch)) = reply.stamp() else { return Ok(()) };
        let passed = got.saturating_sub(anchor.sent);
        let most = passed + passed / DRIFT + STEP;
        if epoch != anchor.epoch || shown.since(anchor.shown) <= most {
            self.anchor(partition, Anchor { shown, epoch, sent, got });
            return Ok(());
        }
        tracing::warn!(
            url = self.url,
            ahead_s = (shown.since(anchor.shown).saturating_sub(most)).as_secs_f64(),
            "the clock of Redis was set forward: no leases until what was given out has ended"
        );
        // The step is told with the epoch before it, so that it is told once.
        *partition.lock() = Some(anchor);
        self.call_once(at, "nh1_stepped", &[], true).await.map(drop)
    }

    /// `CRAWL PARTITIONS EXPECTED EPOCH TIME`, as the library's prelude reads it.
    fn header(&self, partition: &Partition, reckons: bool) -> String {
        let (mut expected, mut epoch) = (0, 0);
        if let Some(anchor) = partition.get() {
            let passed = self.clock.elapsed().saturating_sub(anchor.got);
            expected = if reckons { anchor.shown.after(passed).0 } else { 0 };
            epoch = anchor.epoch;
        }
        let handed = if self.is_handed { self.clock.now().0 } else { 0 };
        let partitions = self.partitions.len();
        format!("{} {partitions} {expected} {epoch} {handed}", self.crawl)
    }

    fn anchor(&self, partition: &Partition, new: Anchor) {
        let mut anchor = partition.lock();
        if let Some(old) = *anchor {
            if old.epoch != new.epoch {
                self.rests.fetch_add(1, Ordering::Relaxed);
            } else if old.got > new.got {
                return;
            }
        }
        *anchor = Some(new);
    }

    pub(super) fn unreadable(&self, reason: String) -> Error {
        Error::Unreadable { url: self.url.clone(), what: "reply", reason }
    }

    pub(super) fn damaged(&self, what: &'static str, reason: &dyn std::fmt::Display) -> Error {
        Error::Unreadable { url: self.url.clone(), what, reason: reason.to_string() }
    }
}

impl Partition {
    fn lock(&self) -> MutexGuard<'_, Option<Anchor>> {
        // An anchor is whole at any time.
        self.anchor.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn get(&self) -> Option<Anchor> {
        *self.lock()
    }
}

/// An argument of a function.
pub(super) enum Arg<'a> {
    Text(&'a str),
    Owned(String),
    Bytes(Vec<u8>),
    Number(i64),
}

impl<'a> From<&'a str> for Arg<'a> {
    fn from(text: &'a str) -> Self {
        Arg::Text(text)
    }
}

impl From<String> for Arg<'_> {
    fn from(text: String) -> Self {
        Arg::Owned(text)
    }
}

impl From<i64> for Arg<'_> {
    fn from(n: i64) -> Self {
        Arg::Number(n)
    }
}

impl From<usize> for Arg<'_> {
    fn from(n: usize) -> Self {
        Arg::Number(i64::try_from(n).unwrap_or(i64::MAX))
    }
}

impl From<Duration> for Arg<'_> {
    fn from(d: Duration) -> Self {
        Arg::Number(crate::time::micros(d))
    }
}
