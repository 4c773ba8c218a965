//! One host queue of the model.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use crawl::politeness::HostState;
use crawl::{Band, Entry, Fingerprint, Lane, UnixMicros};

use crate::LeaseAsk;
use crate::time::after;
use crate::turn::{self, DUE_MOVED_MAX};

/// A host queue and the lease on it.
pub(super) struct Host {
    pub(super) fence: u64,
    /// The end of the last lease, until that is settled or another one is made.
    pub(super) deadline: Option<UnixMicros>,
    /// When the host may be visited next; during a lease, when the lease heals.
    pub(super) ready_at: UnixMicros,
    /// The end of the last hold about it; the beginning of time when there was none.
    pub(super) held_until: UnixMicros,
    /// Who has the last lease.
    pub(super) worker: String,
    pub(super) delay: Duration,
    pub(super) state: HostState,
    pub(super) turn: u8,
    pub(super) pending: [VecDeque<Entry>; Band::ALL.len()],
    pub(super) due: BTreeMap<(UnixMicros, Fingerprint), Entry>,
    /// What the last lease handed out and nobody has settled.
    pub(super) flight: Vec<Entry>,
}

impl Host {
    pub(super) fn new(now: UnixMicros, held_until: UnixMicros) -> Self {
        Self {
            fence: 0,
            deadline: None,
            ready_at: now,
            held_until,
            worker: String::new(),
            delay: Duration::ZERO,
            state: HostState::default(),
            turn: 0,
            pending: Default::default(),
            due: BTreeMap::new(),
            flight: Vec::new(),
        }
    }

    /// When the host may be visited, holds counted.
    pub(super) fn free_at(&self) -> UnixMicros {
        self.ready_at.max(self.held_until)
    }

    /// When the host is ready in a lane; none when it has nothing there.
    pub(super) fn ready_in_lane(&self, lane: Lane) -> Option<UnixMicros> {
        let is_here = |entry: &&Entry| entry.band.lane() == lane;
        let mut waiting = self.pending.iter().flatten().chain(&self.flight);
        if waiting.any(|entry| is_here(&entry)) {
            return Some(self.free_at());
        }
        let mut due = self.due.iter().filter(|(_, entry)| is_here(entry));
        due.next().map(|((at, _), _)| self.free_at().max(*at))
    }

    /// When the host is ready, by lane.
    pub(super) fn ready_by_lane(&self) -> impl Iterator<Item = UnixMicros> {
        [Lane::Fresh, Lane::Backfill].into_iter().filter_map(|lane| self.ready_in_lane(lane))
    }

    /// The earliest time at which the host is ready in any lane.
    pub(super) fn ready(&self) -> Option<UnixMicros> {
        self.ready_by_lane().min()
    }

    pub(super) fn is_leased(&self, now: UnixMicros) -> bool {
        self.deadline.is_some_and(|deadline| now < deadline)
    }

    /// Whether its last lease counts for its outlet: it was not settled, and has not healed.
    pub(super) fn counts_for_outlet(&self, now: UnixMicros) -> bool {
        self.deadline.is_some() && now < self.ready_at
    }

    pub(super) fn holds(&self, fence: u64, now: UnixMicros) -> bool {
        self.fence == fence && self.is_leased(now)
    }

    pub(super) fn append(&mut self, entry: Entry) {
        self.pending[entry.band.index()].push_back(entry);
    }

    /// Takes a URL that waits in `Backfill` out of there.
    pub(super) fn pull_backfill(&mut self, fingerprint: Fingerprint) -> bool {
        let is_it = |entry: &Entry| entry.url.fingerprint() == fingerprint;
        let backfill = &mut self.pending[Band::Backfill.index()];
        if let Some(place) = backfill.iter().position(is_it) {
            return backfill.remove(place).is_some();
        }
        let is_put_aside = |(_, entry): &(&(UnixMicros, Fingerprint), &Entry)| {
            is_it(entry) && entry.band == Band::Backfill && entry.attempt == 0
        };
        let key = self.due.iter().find(is_put_aside).map(|(key, _)| *key);
        key.is_some_and(|key| self.due.remove(&key).is_some())
    }

    /// Leases the host: gives its URLs.
    pub(super) fn lease(&mut self, ask: &LeaseAsk, now: UnixMicros) -> Vec<Entry> {
        self.return_flight();
        self.move_due(now);
        if self.fence == 0 {
            self.delay = ask.first_delay;
        }
        self.fence += 1;
        self.worker.clone_from(&ask.worker);
        self.hold(now, ask.lease_for);
        let waiting = [0, 1, 2].map(|band: usize| self.pending[band].len() as u64);
        let turns = turn::take(&mut self.turn, waiting, ask.urls_max);
        self.flight = turns.iter().filter_map(|b| self.pending[b.index()].pop_front()).collect();
        self.flight.clone()
    }

    /// Sets the deadline, and the time at which the lease heals.
    pub(super) fn hold(&mut self, now: UnixMicros, lease_for: Duration) {
        let deadline = after(now, lease_for);
        self.deadline = Some(deadline);
        self.ready_at = after(deadline, self.delay);
    }

    /// Puts what is in flight back to the head of its band, in its order.
    pub(super) fn return_flight(&mut self) {
        for entry in std::mem::take(&mut self.flight).into_iter().rev() {
            self.pending[entry.band.index()].push_front(entry);
        }
    }

    /// All that waits, and is not in flight; nothing of it is left.
    pub(super) fn drop_waiting(&mut self) -> Vec<Entry> {
        let due = std::mem::take(&mut self.due).into_values();
        self.pending.iter_mut().flat_map(std::mem::take).chain(due).collect()
    }

    fn move_due(&mut self, now: UnixMicros) {
        for _ in 0..DUE_MOVED_MAX {
            match self.due.first_entry() {
                Some(first) if first.key().0 <= now => {
                    let entry = first.remove();
                    self.append(entry);
                }
                _ => break,
            }
        }
    }

    /// Makes a failed URL due at once. False when there is none that waits.
    pub(super) fn hasten(&mut self, fingerprint: Fingerprint, now: UnixMicros) -> bool {
        let waits = |(&(at, of), entry): (&(UnixMicros, Fingerprint), &Entry)| {
            (of == fingerprint && at > now && entry.attempt > 0).then_some((at, of))
        };
        let Some(key) = self.due.iter().find_map(waits) else { return false };
        if let Some(entry) = self.due.remove(&key) {
            self.due.insert((now, fingerprint), entry);
        }
        true
    }
}
