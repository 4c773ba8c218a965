//! All that the model knows, and each call as a plain function of it.

use std::collections::{BTreeMap, BTreeSet};

use crawl::robots::RobotsCopy;
use crawl::{Band, Entry, Fingerprint, HostKey, Lane, Origin, Share, UnixMicros};

use super::control::Commands;
use super::host::Host;
use super::outlets::Outlets;
use crate::contract::NewRobots;
use crate::time::after;
use crate::turn;
use crate::{
    Beaten, Enqueued, Extended, Extension, HostReply, Idle, LaneStats, Lease, LeaseAsk, LeaseReply,
    LeaseToken, OUTLET_BUSY_FOR, Result, Settled, Settlement, Stats, StoredRobots, Verdict,
};

#[derive(Default)]
pub(super) struct State {
    pub(super) hosts: BTreeMap<HostKey, Host>,
    /// With the share of their hosts, where that is known.
    pub(super) seen: BTreeMap<Fingerprint, Option<Share>>,
    pub(super) robots: BTreeMap<Origin, (RobotsCopy, UnixMicros)>,
    /// Successful draws so far.
    drawn: u64,
    pub(super) scope: BTreeSet<String>,
    pub(super) notes: BTreeMap<String, String>,
    pub(super) outlets: Outlets,
    pub(super) control: Commands,
    pub(super) beaten: Beaten,
}

impl State {
    pub(super) fn enqueue(&mut self, entries: Vec<Entry>, now: UnixMicros) -> Enqueued {
        let mut enqueued = Enqueued::default();
        for entry in entries {
            let fingerprint = entry.url.fingerprint();
            let is_new = self.see(fingerprint, Some(Share::of(&entry.url.host_key())));
            let is_seed = entry.seed.is_some();
            let host = self.host(&entry.url.host_key(), now);
            let added = is_new || (is_seed && host.hasten(fingerprint, now));
            let is_appended =
                is_new || (entry.band == Band::Article && host.pull_backfill(fingerprint));
            enqueued.count(&entry, added, is_appended);
            if is_appended {
                host.append(entry);
            }
        }
        enqueued
    }

    /// Takes a URL for known. False where it was.
    pub(super) fn see(&mut self, url: Fingerprint, share: Option<Share>) -> bool {
        let is_new = !self.seen.contains_key(&url);
        self.seen.entry(url).or_insert(share);
        is_new
    }

    pub(super) fn lease(&mut self, ask: &LeaseAsk, now: UnixMicros) -> LeaseReply {
        for lane in turn::lanes(self.drawn) {
            let ready = self.hosts.iter().filter_map(|(name, host)| {
                host.ready_in_lane(lane).filter(|at| *at <= now).map(|at| (at, name))
            });
            let is_free = |(_, name): &(UnixMicros, &HostKey)| {
                !self.is_capped(&name.outlet(), ask.outlet_leases_max, now)
            };
            if let Some((_, name)) = ready.filter(is_free).min() {
                let name = name.clone();
                self.drawn += 1;
                return LeaseReply::Leased(Box::new(self.lease_now(&name, lane, ask, now)));
            }
        }
        let in_time = |at: UnixMicros| if at > now { at.since(now) } else { OUTLET_BUSY_FOR };
        LeaseReply::Nothing(Idle {
            // One that is ready all the same was passed over because of its outlet.
            next_ready_in: self.hosts.values().flat_map(Host::ready_by_lane).map(in_time).min(),
            leased: self.count(|host| host.is_leased(now)),
        })
    }

    pub(super) fn lease_host(
        &mut self,
        name: &HostKey,
        ask: &LeaseAsk,
        now: UnixMicros,
    ) -> HostReply {
        let host = self.host(name, now);
        if host.free_at() > now {
            return HostReply::Busy { free_in: host.free_at().since(now) };
        }
        let is_fresh = host.ready_in_lane(Lane::Fresh).is_some();
        let lane = if is_fresh { Lane::Fresh } else { Lane::Backfill };
        if self.is_capped(&name.outlet(), ask.outlet_leases_max, now) {
            return HostReply::Busy { free_in: OUTLET_BUSY_FOR };
        }
        HostReply::Leased(Box::new(self.lease_now(name, lane, ask, now)))
    }

    fn lease_now(&mut self, name: &HostKey, lane: Lane, ask: &LeaseAsk, now: UnixMicros) -> Lease {
        let robots = self.robots_of(name, now);
        let (terms, account) = self.outlets.of(&name.outlet());
        let directives = self.control.concerning(name, now);
        let host = self.host(name, now);
        let urls = host.lease(ask, now);
        Lease {
            token: LeaseToken { host: name.clone(), fence: host.fence },
            at: now,
            deadline_in: host.deadline.unwrap_or(now).since(now),
            delay: host.delay,
            state: host.state.clone(),
            lane,
            urls,
            robots,
            terms,
            account,
            directives,
        }
    }

    pub(super) fn extend(
        &mut self,
        token: &LeaseToken,
        extension: Extension,
        now: UnixMicros,
    ) -> Result<Extended> {
        let host = self.held(token, now)?;
        host.delay = extension.delay;
        host.state = extension.state;
        host.hold(now, extension.lease_for);
        let deadline_in = host.deadline.unwrap_or(now).since(now);
        self.store_robots(extension.robots, now);
        Ok(Extended { deadline_in })
    }

    pub(super) fn settle(
        &mut self,
        token: &LeaseToken,
        settlement: Settlement,
        now: UnixMicros,
    ) -> Result<Settled> {
        let host = self.held(token, now)?;
        for (fingerprint, verdict) in settlement.verdicts {
            let is_it = |entry: &Entry| entry.url.fingerprint() == fingerprint;
            let Some(place) = host.flight.iter().position(is_it) else { continue };
            match verdict {
                Verdict::Back => {}
                Verdict::Done => drop(host.flight.remove(place)),
                Verdict::Again { after: wait, entry } => {
                    host.flight.remove(place);
                    host.due.insert((after(now, wait), fingerprint), *entry);
                }
            }
        }
        host.return_flight();
        host.deadline = None;
        host.ready_at = after(now, settlement.host_ready_in);
        host.delay = settlement.delay;
        host.state = settlement.state;
        self.store_robots(settlement.robots, now);
        self.outlets.settle(&token.host.outlet(), &settlement.posting, settlement.seeds, now);
        Ok(self.enqueue(settlement.links, now))
    }

    pub(super) fn robots(&self, origin: &Origin, now: UnixMicros) -> Option<StoredRobots> {
        let (copy, stored_at) = self.robots.get(origin)?;
        Some(StoredRobots { copy: copy.clone(), age: now.since(*stored_at) })
    }

    pub(super) fn drop_leases(&mut self, now: UnixMicros) {
        self.control.drop_tokens();
        for host in self.hosts.values_mut() {
            let rested = after(now, host.delay);
            let was_leased = host.deadline.take().is_some();
            host.return_flight();
            host.ready_at = if was_leased { rested } else { rested.max(host.ready_at) };
        }
    }

    pub(super) fn stats(&self, now: UnixMicros) -> Stats {
        let lanes = [Lane::Fresh, Lane::Backfill].map(|lane| LaneStats {
            ready: self.count(|host| host.ready_in_lane(lane).is_some_and(|at| at <= now)),
            later: self.count(|host| host.ready_in_lane(lane).is_some_and(|at| at > now)),
        });
        let pending_by_band = Band::ALL.map(|b| self.sum(|host| host.pending[b.index()].len()));
        Stats {
            urls_seen: self.seen.len() as u64,
            pending: pending_by_band.iter().sum(),
            pending_by_band,
            due: self.sum(|host| host.due.len()),
            in_flight: self.sum(|host| host.flight.len()),
            hosts: self.hosts.len() as u64,
            lanes,
            hosts_leased: self.count(|host| host.is_leased(now)),
            next_ready_in: self.next_ready_at().map(|at| at.since(now)),
            ready_for: self.next_ready_at().filter(|at| *at <= now).map(|at| now.since(at)),
            rests_for: None,
            bytes: 0,
        }
    }

    pub(super) fn host(&mut self, name: &HostKey, now: UnixMicros) -> &mut Host {
        let held_until = self.control.held_until(name, now);
        self.hosts.entry(name.clone()).or_insert_with(|| Host::new(now, held_until))
    }

    fn held(&mut self, token: &LeaseToken, now: UnixMicros) -> Result<&mut Host> {
        match self.hosts.get_mut(&token.host) {
            Some(host) if host.holds(token.fence, now) => Ok(host),
            _ => Err(token.stale()),
        }
    }

    fn store_robots(&mut self, robots: NewRobots, now: UnixMicros) {
        for (origin, copy) in robots {
            self.host(&origin.robots_url().host_key(), now);
            self.robots.insert(origin, (copy, now));
        }
    }

    pub(super) fn robots_of(&self, name: &HostKey, now: UnixMicros) -> Vec<(Origin, StoredRobots)> {
        let is_its = |origin: &&Origin| origin.robots_url().host_key() == *name;
        let origins = self.robots.keys().filter(is_its);
        origins.filter_map(|o| Some((o.clone(), self.robots(o, now)?))).collect()
    }

    fn next_ready_at(&self) -> Option<UnixMicros> {
        self.hosts.values().filter_map(Host::ready).min()
    }

    fn count(&self, is_it: impl Fn(&Host) -> bool) -> u64 {
        self.hosts.values().filter(|host| is_it(host)).count() as u64
    }

    fn sum(&self, of: impl Fn(&Host) -> usize) -> u64 {
        self.hosts.values().map(|host| of(host) as u64).sum()
    }
}
