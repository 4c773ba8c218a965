//! Seeds, accounts, claims and hubs of the model.

use std::collections::BTreeMap;

use crawl::{
    Account, Band, CanonicalUrl, Fingerprint, Outlet, Posting, SeedSpec, SeedState, Terms,
    UnixMicros,
};

use super::state::State;
use crate::seeds::name;
use crate::{HubRow, NewSeed, Place, SeedRemoved, SeedRow, SeedsAdded};

/// What is kept by outlet.
#[derive(Default)]
pub(super) struct Outlets {
    /// By name.
    pub(super) seeds: BTreeMap<String, Seed>,
    pub(super) accounts: BTreeMap<Outlet, Account>,
    pub(super) claims: BTreeMap<(Outlet, u64), Fingerprint>,
}

pub(super) struct Seed {
    pub(super) spec: SeedSpec,
    pub(super) member: Option<String>,
    pub(super) added_at: UnixMicros,
    pub(super) state: Option<(SeedState, UnixMicros)>,
}

impl Outlets {
    pub(super) fn of(&self, outlet: &Outlet) -> (Terms, Account) {
        let specs = self.seeds.values().map(|seed| &seed.spec);
        let terms = Terms::of(specs.filter(|spec| spec.seed.outlet() == *outlet));
        (terms, self.accounts.get(outlet).cloned().unwrap_or_default())
    }

    pub(super) fn settle(
        &mut self,
        outlet: &Outlet,
        posting: &Posting,
        seeds: Vec<(String, SeedState)>,
        now: UnixMicros,
    ) {
        if *posting != Posting::default() {
            self.accounts.entry(outlet.clone()).or_default().post(now, posting);
        }
        for (name, state) in seeds {
            if let Some(seed) = self.seeds.get_mut(&name) {
                seed.state = Some((state, now));
            }
        }
    }
}

impl State {
    pub(super) fn add_seeds(&mut self, seeds: Vec<NewSeed>, now: UnixMicros) -> SeedsAdded {
        let mut added = SeedsAdded::default();
        for NewSeed { spec, member } in seeds {
            let entry = spec.seed.entry();
            self.admit(member.clone());
            match self.outlets.seeds.get_mut(&name(&spec)) {
                None => {
                    let seed = Seed { spec: spec.clone(), member, added_at: now, state: None };
                    self.outlets.seeds.insert(name(&spec), seed);
                    added.added += 1;
                }
                Some(known) if known.spec == spec => added.known += 1,
                Some(known) => {
                    (known.spec, known.member) = (spec, member);
                    added.changed += 1;
                }
            }
            self.enqueue(vec![entry], now);
        }
        added
    }

    pub(super) fn seeds(&self, after: Option<&str>, max: usize, now: UnixMicros) -> Vec<SeedRow> {
        let rows = self.outlets.seeds.iter();
        let rows = rows.filter(|(name, _)| after.is_none_or(|after| name.as_str() > after));
        rows.take(max)
            .map(|(_, seed)| SeedRow {
                spec: seed.spec.clone(),
                age: now.since(seed.added_at),
                state: seed.state.as_ref().map(|(state, at)| (state.clone(), now.since(*at))),
                account: self.outlets.of(&seed.spec.seed.outlet()).1,
            })
            .collect()
    }

    pub(super) fn remove_seed(&mut self, name: &str) -> Option<SeedRemoved> {
        let seed = self.outlets.seeds.remove(name)?;
        let outlet = seed.spec.seed.outlet();
        let left = || self.outlets.seeds.values();
        let others = left().filter(|other| other.spec.seed.outlet() == outlet).count() as u64;
        if let Some(member) = seed.member
            && !left().any(|other| other.member.as_ref() == Some(&member))
        {
            self.beaten.scope += u64::from(self.scope.remove(&member));
        }
        let mut removed = SeedRemoved { urls: 0, others };
        if others == 0 {
            removed.urls = self.purge(outlet.as_str());
        }
        Some(removed)
    }

    pub(super) fn hubs(&self, outlet: &Outlet, now: UnixMicros) -> Vec<HubRow> {
        let mut hubs = Vec::new();
        for host in self.hosts.iter().filter(|(name, _)| name.outlet() == *outlet).map(|(_, h)| h) {
            let waiting = host.pending.iter().flatten().chain(&host.flight).map(|e| (e, now));
            let due = host.due.iter().map(|((at, _), entry)| (entry, *at));
            let all = waiting.chain(due).filter(|(entry, _)| entry.band == Band::Hub);
            hubs.extend(all.map(|(e, at)| HubRow { entry: e.clone(), due_in: at.since(now) }));
        }
        hubs.sort_by(|a, b| a.entry.url.cmp(&b.entry.url));
        hubs
    }

    pub(super) fn place(&self, url: &CanonicalUrl, now: UnixMicros) -> Option<Place> {
        let fingerprint = url.fingerprint();
        self.seen.get(&fingerprint)?;
        let Some(host) = self.hosts.get(&url.host_key()) else { return Some(Place::Settled) };
        let mut waiting = host.flight.iter().chain(host.pending.iter().flatten());
        if let Some(entry) = waiting.find(|entry| entry.url == *url) {
            return Some(Place::Pending(Box::new(entry.clone())));
        }
        let due = host.due.iter().find(|((_, other), _)| *other == fingerprint);
        Some(due.map_or(Place::Settled, |((at, _), entry)| {
            Place::Due(Box::new(entry.clone()), at.since(now))
        }))
    }
}
