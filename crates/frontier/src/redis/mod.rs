//! The backend of fleets: Redis, with each call a function of ours (Lua) that runs there whole.
//!
//! The crawl is spread over partitions, each of which holds whole outlets under one hash tag, so
//! that a call about a host is a call to one node of a cluster. A call about several partitions is
//! whole in each of them; a settle comes after the links that it found elsewhere.
//!
//! # Layout
//! - `address`: where a frontier is
//! - `setup`: what a server must be, the library, making a frontier
//! - `library`, `lua/`: the functions; `lua/host.lua` says how a host queue is kept, `lua/seen.lua`
//!   how known URLs are, `lua/prelude.lua` how a partition tells the time
//! - `link`: one connection; calls that wait at the same time go as one pipeline
//! - `client`: headers, clocks, repetition; `reply`, `fault`: what comes back
//! - `hints`: which partitions are worth asking
//! - `dump`, `load`: all that a crawl keeps, as records and from records; `seal`: nobody changes it
//! - `leases`, `urls`, `robots`, `outlets`, `account`, `control`: the calls; `text`: how entries
//!   are written
//! - `wire`: the articles of a fleet on their way to its service of stories

mod account;
mod address;
mod client;
mod control;
mod dump;
mod fault;
mod hints;
mod leases;
mod library;
mod link;
mod load;
mod outlets;
mod reply;
mod robots;
mod seal;
mod setup;
mod text;
mod urls;
mod wire;

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crawl::{Band, CanonicalUrl, Entry, Fingerprint, HostKey, Origin, Outlet, Terms};

pub use self::address::RedisAddress;
use self::client::{Arg, Caller};
use self::hints::Hints;
use self::leases::Held;
pub use self::setup::{Making, Tolerance};
pub use self::wire::{Backlog, OnWire, Sender, Standing, Wire};
use crate::{
    Enqueued, Extended, Extension, Frontier, HostReply, HubRow, Idle, LaneStats, LeaseAsk,
    LeaseReply, LeaseToken, NewSeed, Place, Result, SeedRemoved, SeedRow, SeedsAdded, Settled,
    Settlement, Stats, StoredRobots,
};

/// A frontier in Redis.
pub struct Redis {
    caller: Caller,
    hints: Hints,
    /// The leases that we hold.
    held: Mutex<HashMap<LeaseToken, Held>>,
    /// What seeds ask for, by outlet, with the version.
    terms: Mutex<HashMap<Outlet, (u64, Terms)>>,
}

impl Redis {
    fn with(caller: Caller) -> Self {
        Self {
            hints: Hints::new(caller.partitions.len()),
            caller,
            held: Mutex::default(),
            terms: Mutex::default(),
        }
    }

    /// Pipelines sent to Redis so far.
    pub fn round_trips(&self) -> u64 {
        self.caller.trips()
    }

    fn held(&self) -> MutexGuard<'_, HashMap<LeaseToken, Held>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn terms(&self) -> MutexGuard<'_, HashMap<Outlet, (u64, Terms)>> {
        self.terms.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn everywhere(&self) -> std::ops::Range<usize> {
        0..self.caller.partitions.len()
    }

    /// Asks the partitions that may have something; then, before it says that nothing is left
    /// anywhere, all of them.
    async fn draw(&self, ask: &LeaseAsk) -> Result<LeaseReply> {
        for is_sure in [false, true] {
            let cap = ask.outlet_leases_max;
            let order = self.hints.order(self.caller.elapsed(), cap, is_sure);
            // One node that does not answer is no reason not to ask the others.
            let mut failed = None;
            for (at, is_doubtful) in order {
                if is_doubtful && failed.is_some() {
                    break;
                }
                match self.lease_in(at, ask).await {
                    Ok(leased @ LeaseReply::Leased(_)) => return Ok(leased),
                    Ok(LeaseReply::Nothing(idle)) => {
                        self.hints.nothing(at, self.caller.elapsed(), cap, idle);
                    }
                    Err(error) if error.is_transient() && self.caller.is_cluster() => {
                        self.hints.failed(at, self.caller.elapsed());
                        failed.get_or_insert(error);
                    }
                    Err(error) => return Err(error),
                }
            }
            if let Some(error) = failed {
                return Err(error);
            }
            let idle = self.hints.idle(self.caller.elapsed());
            if is_sure || idle.leased > 0 || idle.next_ready_in.is_some() {
                return Ok(LeaseReply::Nothing(idle));
            }
        }
        Ok(LeaseReply::Nothing(Idle::default()))
    }

    async fn stats_of(&self, at: usize) -> Result<(Stats, Option<i64>)> {
        let mut reply = self.caller.call(at, "nh1_stats", &[]).await?;
        let read = |reply: &mut reply::Reply| -> std::result::Result<_, String> {
            let (sums, lanes) = (reply.counts()?, reply.counts()?);
            let (leased, first) = (reply.number()?.unsigned_abs(), reply.number()?);
            Ok((sums, lanes, leased, first, reply.duration()?))
        };
        let (sums, lanes, hosts_leased, first, rests) =
            read(&mut reply).map_err(|e| self.caller.unreadable(e))?;
        let sum = |n: usize| sums.get(n).copied().unwrap_or(0);
        let lane = |n: usize| LaneStats {
            ready: lanes.get(2 * n).copied().unwrap_or(0),
            later: lanes.get(2 * n + 1).copied().unwrap_or(0),
        };
        let now = reply.now();
        let first = (first >= 0).then_some(first - now.0);
        let stats = Stats {
            urls_seen: sum(0),
            hosts: sum(1),
            pending: sum(2) + sum(3) + sum(4),
            pending_by_band: [sum(2), sum(3), sum(4)],
            in_flight: sum(5),
            due: sum(6),
            lanes: [lane(0), lane(1)],
            hosts_leased,
            next_ready_in: None,
            ready_for: None,
            rests_for: Some(rests).filter(|rests| !rests.is_zero()),
            bytes: 0,
        };
        Ok((stats, first))
    }

    async fn all_stats(&self) -> Result<Stats> {
        let parts = self.everywhere().map(|at| self.stats_of(at));
        let mut all = Stats::default();
        let mut first: Option<i64> = None;
        for (part, at) in futures_util::future::try_join_all(parts).await? {
            all.urls_seen += part.urls_seen;
            all.hosts += part.hosts;
            all.pending += part.pending;
            for band in 0..Band::ALL.len() {
                all.pending_by_band[band] += part.pending_by_band[band];
            }
            all.in_flight += part.in_flight;
            all.due += part.due;
            for lane in 0..2 {
                all.lanes[lane].ready += part.lanes[lane].ready;
                all.lanes[lane].later += part.lanes[lane].later;
            }
            all.hosts_leased += part.hosts_leased;
            first = [first, at].into_iter().flatten().min();
            all.rests_for = all.rests_for.max(part.rests_for);
        }
        let micros = |n: i64| Duration::from_micros(n.unsigned_abs());
        all.next_ready_in = first.map(|n| micros(n.max(0)));
        all.ready_for = first.filter(|n| *n <= 0).map(micros);
        all.bytes = self.memory_bytes().await?;
        Ok(all)
    }
}

impl Frontier for Redis {
    async fn enqueue(&self, entries: Vec<Entry>) -> Result<Enqueued> {
        self.enqueue_all(entries).await
    }

    async fn lease(&self, ask: LeaseAsk) -> Result<LeaseReply> {
        self.draw(&ask).await
    }

    async fn lease_host(&self, host: &HostKey, ask: LeaseAsk) -> Result<HostReply> {
        self.lease_named(host, &ask).await
    }

    async fn extend(&self, token: &LeaseToken, extension: Extension) -> Result<Extended> {
        self.extend_lease(token, extension).await
    }

    async fn settle(&self, token: &LeaseToken, settlement: Settlement) -> Result<Settled> {
        self.settle_lease(token, settlement).await
    }

    async fn robots(&self, origin: &Origin) -> Result<Option<StoredRobots>> {
        self.robots_of(origin).await
    }

    async fn admit(&self, members: Vec<String>) -> Result<()> {
        if members.is_empty() {
            return Ok(());
        }
        let add = Arg::from("1");
        let args: Vec<Arg<'_>> =
            std::iter::once(add).chain(members.into_iter().map(Arg::from)).collect();
        self.caller.call(0, "nh1_scope_change", &args).await.map(drop)
    }

    async fn scope_members(&self) -> Result<Vec<String>> {
        let mut reply = self.caller.call(0, "nh1_scope", &[]).await?;
        let mut members = reply.texts().map_err(|e| self.caller.unreadable(e))?;
        members.sort();
        Ok(members)
    }

    async fn add_seeds(&self, seeds: Vec<NewSeed>) -> Result<SeedsAdded> {
        let members: Vec<String> = seeds.iter().filter_map(|seed| seed.member.clone()).collect();
        self.admit(members).await?;
        let mut parts: HashMap<usize, Vec<NewSeed>> = HashMap::new();
        for seed in seeds {
            let at = self.caller.of_outlet(&seed.spec.seed.outlet());
            parts.entry(at).or_default().push(seed);
        }
        let mut added = SeedsAdded::default();
        let calls = parts.iter().map(|(at, seeds)| self.seeds_in(*at, seeds));
        for part in futures_util::future::try_join_all(calls).await? {
            added.added += part.added;
            added.changed += part.changed;
            added.known += part.known;
        }
        self.sync().await?;
        Ok(added)
    }

    async fn seeds(&self, after: Option<String>, max: usize) -> Result<Vec<SeedRow>> {
        let after = after.unwrap_or_default();
        let parts = self.everywhere().map(|at| self.seed_rows(at, &after, max));
        let parts = futures_util::future::try_join_all(parts).await?;
        let mut rows: Vec<SeedRow> = parts.into_iter().flatten().collect();
        rows.sort_by_cached_key(|row| crate::seeds::name(&row.spec));
        rows.truncate(max);
        Ok(rows)
    }

    async fn remove_seed(&self, name: &str) -> Result<Option<SeedRemoved>> {
        let removed = self.drop_seed(name).await?;
        self.sync().await?;
        Ok(removed)
    }

    async fn unknown(&self, urls: Vec<CanonicalUrl>) -> Result<Vec<Fingerprint>> {
        self.unknown_of(&urls).await
    }

    async fn claim(&self, outlet: &Outlet, key: u64, by: Fingerprint) -> Result<Fingerprint> {
        self.claim_in(outlet, key, by).await
    }

    async fn hubs(&self, outlet: &Outlet) -> Result<Vec<HubRow>> {
        self.hubs_of(outlet).await
    }

    async fn place(&self, url: &CanonicalUrl) -> Result<Option<Place>> {
        self.place_of(url).await
    }

    async fn note(&self, key: &str) -> Result<Option<String>> {
        let mut reply = self.caller.call(0, "nh1_note", &[Arg::from(key)]).await?;
        reply.some_text().map_err(|e| self.caller.unreadable(e))
    }

    async fn set_note(&self, key: &str, value: &str) -> Result<()> {
        let args = [Arg::from(key), Arg::from(value)];
        self.caller.call(0, "nh1_set_note", &args).await.map(drop)
    }

    async fn stats(&self) -> Result<Stats> {
        self.all_stats().await
    }

    async fn sync(&self) -> Result<()> {
        self.wait_for_disk().await
    }
}
