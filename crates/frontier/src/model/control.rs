//! Directives, workers, address tokens and what operators do, in the model.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::Duration;

use crawl::{Directive, Entry, HostKey, Outlet, UnixMicros, directive};

use super::host::Host;
use super::state::State;
use crate::control::held_until;
use crate::time::after;
use crate::{
    AddressAsk, Beat, Beaten, Given, HostRow, LeaseToken, WORKER_FORGOTTEN_AFTER, WorkerRow,
};

/// What is kept of operators' and workers' words.
#[derive(Default)]
pub(super) struct Commands {
    /// By name and kind. Some may have passed their time.
    pub(super) directives: BTreeMap<(String, String), Directive>,
    workers: BTreeMap<String, (Beat, UnixMicros)>,
    /// When the tokens of an address group end.
    tokens: BTreeMap<String, HashMap<LeaseToken, UnixMicros>>,
}

impl Commands {
    /// What holds about a host.
    pub(super) fn concerning(&self, host: &HostKey, now: UnixMicros) -> Vec<Directive> {
        let found = directive::concerning(self.directives.values(), host, now);
        found.into_iter().cloned().collect()
    }

    pub(super) fn held_until(&self, host: &HostKey, now: UnixMicros) -> UnixMicros {
        held_until(self.directives.values(), host, now)
    }

    pub(super) fn drop_tokens(&mut self) {
        self.tokens.clear();
    }
}

/// Whether a word about this name is about a host.
fn is_about(about: &str, host: &HostKey) -> bool {
    about == host.as_str() || about == host.outlet().as_str()
}

impl State {
    pub(super) fn direct(&mut self, given: Given, now: UnixMicros) -> Directive {
        let directive = given.given_at(now);
        let place = (directive.about.clone(), directive.order.kind().to_owned());
        self.control.directives.insert(place, directive.clone());
        self.directive_changed(&directive, now);
        directive
    }

    pub(super) fn lift(&mut self, about: &str, kind: &str, now: UnixMicros) -> Option<Directive> {
        let place = (about.to_owned(), kind.to_owned());
        let lifted = self.control.directives.remove(&place).filter(|d| d.is_in_force(now))?;
        self.directive_changed(&lifted, now);
        Some(lifted)
    }

    pub(super) fn directive_changed(&mut self, changed: &Directive, now: UnixMicros) {
        self.beaten.directives += 1;
        if changed.order.is_hold() {
            for (name, host) in self.hosts.iter_mut().filter(|(name, _)| changed.concerns(name)) {
                host.held_until = self.control.held_until(name, now);
            }
        }
    }

    pub(super) fn directives(&self, now: UnixMicros) -> Vec<Directive> {
        let all = self.control.directives.values();
        all.filter(|directive| directive.is_in_force(now)).cloned().collect()
    }

    pub(super) fn beat(&mut self, beat: Beat, now: UnixMicros) -> Beaten {
        self.control.workers.insert(beat.name.clone(), (beat, now));
        self.changes(now)
    }

    pub(super) fn changes(&self, now: UnixMicros) -> Beaten {
        Beaten { at: now, ..self.beaten }
    }

    pub(super) fn workers(&self, now: UnixMicros) -> Vec<WorkerRow> {
        let all = self.control.workers.values();
        let rows = all.map(|(beat, at)| WorkerRow { beat: beat.clone(), age: now.since(*at) });
        rows.filter(|row| row.age < WORKER_FORGOTTEN_AFTER).collect()
    }

    pub(super) fn host_rows(
        &self,
        after: Option<&HostKey>,
        max: usize,
        now: UnixMicros,
    ) -> Vec<HostRow> {
        let rows = self.hosts.iter().filter(|(name, _)| after.is_none_or(|after| *name > after));
        rows.take(max).map(|(name, host)| self.row(name, host, now)).collect()
    }

    pub(super) fn host_row(&self, name: &HostKey, now: UnixMicros) -> Option<HostRow> {
        self.hosts.get(name).map(|host| self.row(name, host, now))
    }

    fn row(&self, name: &HostKey, host: &Host, now: UnixMicros) -> HostRow {
        let lease = host.deadline.filter(|deadline| now < *deadline);
        let next_due = host.due.keys().next();
        HostRow {
            host: name.clone(),
            fence: host.fence,
            leased: lease.map(|deadline| (host.worker.clone(), deadline.since(now))),
            free_in: host.free_at().since(now),
            delay: host.delay,
            state: host.state.clone(),
            pending_by_band: [0, 1, 2].map(|band: usize| host.pending[band].len() as u64),
            in_flight: host.flight.len() as u64,
            due: host.due.len() as u64,
            next_due_in: next_due.map(|(at, _)| at.since(now)),
            robots: self.robots_of(name, now),
            directives: self.control.concerning(name, now),
        }
    }

    pub(super) fn requeue(&mut self, about: &str, now: UnixMicros) -> u64 {
        let mut requeued = 0;
        for (_, host) in self.hosts.iter_mut().filter(|(name, _)| is_about(about, name)) {
            for ((at, fingerprint), entry) in std::mem::take(&mut host.due) {
                requeued += u64::from(at > now);
                host.due.insert((at.min(now), fingerprint), entry);
            }
        }
        requeued
    }

    pub(super) fn revisit(&mut self, entries: Vec<Entry>, now: UnixMicros) -> u64 {
        let mut taken_in = 0;
        for entry in entries {
            if self.place(&entry.url, now).is_some_and(|place| place.entry().is_none()) {
                self.host(&entry.url.host_key(), now).append(entry);
                taken_in += 1;
            } else {
                taken_in += self.enqueue(vec![entry], now).added;
            }
        }
        taken_in
    }

    pub(super) fn purge(&mut self, about: &str) -> u64 {
        let mut forgotten = BTreeSet::new();
        for (_, host) in self.hosts.iter_mut().filter(|(name, _)| is_about(about, name)) {
            forgotten.extend(host.drop_waiting().iter().map(|entry| entry.url.fingerprint()));
        }
        self.seen.retain(|fingerprint, _| !forgotten.contains(fingerprint));
        forgotten.len() as u64
    }

    pub(super) fn take_address(
        &mut self,
        token: &LeaseToken,
        ask: &AddressAsk,
        now: UnixMicros,
    ) -> Option<Duration> {
        let tokens = self.control.tokens.entry(ask.group.clone()).or_default();
        tokens.retain(|_, ends| now < *ends);
        if !tokens.contains_key(token)
            && let Some(free_at) = ask.free_at(tokens.values().copied().collect())
        {
            return Some(free_at.since(now));
        }
        let ends = tokens.entry(token.clone()).or_default();
        *ends = after(now, ask.lasts).max(*ends);
        None
    }

    pub(super) fn free_addresses(&mut self, token: &LeaseToken, groups: &[String]) {
        for group in groups {
            if let Some(tokens) = self.control.tokens.get_mut(group) {
                tokens.remove(token);
            }
        }
    }

    pub(super) fn admit(&mut self, members: impl IntoIterator<Item = String>) {
        for member in members {
            self.beaten.scope += u64::from(self.scope.insert(member));
        }
    }

    /// Whether an outlet has as many leases as it may have.
    pub(super) fn is_capped(&self, outlet: &Outlet, leases_max: u32, now: UnixMicros) -> bool {
        let hosts = self.hosts.iter().filter(|(name, _)| name.outlet() == *outlet);
        let leases = hosts.filter(|(_, host)| host.counts_for_outlet(now)).count() as u64;
        leases >= u64::from(leases_max.max(1))
    }
}
