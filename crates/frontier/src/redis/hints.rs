//! Which partitions are worth asking for a lease.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::Idle;

/// What a partition said is believed for so long: others give it URLs meanwhile.
const BELIEVED: Duration = Duration::from_secs(1);

/// So long after the last failure one of the partitions that failed is asked in its turn again.
const DOUBTED: Duration = Duration::from_mins(1);

/// What partitions said when they had nothing.
pub(super) struct Hints {
    inner: Mutex<Inner>,
}

struct Inner {
    next: usize,
    said: Vec<Option<Said>>,
    /// Those whose last lease failed: each such call may take as long as an answer may. They are
    /// asked last.
    doubtful: Vec<bool>,
    failed_at: Duration,
}

#[derive(Clone, Copy)]
struct Said {
    at: Duration,
    /// The cap of outlets that was asked with.
    cap: u32,
    idle: Idle,
}

impl Said {
    fn holds(&self, now: Duration, cap: u32) -> bool {
        let passed = now.saturating_sub(self.at);
        self.cap == cap && passed < BELIEVED && self.idle.next_ready_in.is_none_or(|d| passed < d)
    }
}

impl Hints {
    pub(super) fn new(partitions: usize) -> Self {
        let inner = Inner {
            next: 0,
            said: vec![None; partitions],
            doubtful: vec![false; partitions],
            failed_at: Duration::ZERO,
        };
        Self { inner: Mutex::new(inner) }
    }

    /// The partitions that may have something, or all of them, beginning with another one each
    /// time; last, and marked, those that have failed.
    pub(super) fn order(&self, now: Duration, cap: u32, is_all: bool) -> Vec<(usize, bool)> {
        let mut inner = self.lock();
        let count = inner.said.len();
        let first = inner.next;
        inner.next = (first + 1) % count.max(1);
        let mut order: Vec<_> = (0..count)
            .map(|n| (first + n) % count)
            .filter(|n| is_all || inner.said[*n].is_none_or(|said| !said.holds(now, cap)))
            .map(|n| (n, inner.doubtful[n]))
            .collect();
        // One at a time, lest a node that hangs costs as many waits as it has partitions.
        if now.saturating_sub(inner.failed_at) >= DOUBTED
            && let Some(probed) = order.iter_mut().find(|(_, is_doubtful)| *is_doubtful)
        {
            probed.1 = false;
        }
        order.sort_by_key(|(_, is_doubtful)| *is_doubtful);
        order
    }

    /// A partition had nothing.
    pub(super) fn nothing(&self, at: usize, now: Duration, cap: u32, idle: Idle) {
        let mut inner = self.lock();
        inner.said[at] = Some(Said { at: now, cap, idle });
        inner.doubtful[at] = false;
    }

    /// A partition could not say whether it has something.
    pub(super) fn failed(&self, at: usize, now: Duration) {
        let mut inner = self.lock();
        inner.doubtful[at] = true;
        inner.failed_at = now;
    }

    /// Something has changed in a partition.
    pub(super) fn fresh(&self, at: usize) {
        let mut inner = self.lock();
        inner.said[at] = None;
        inner.doubtful[at] = false;
    }

    /// All together: until the first is ready, and leases in force.
    pub(super) fn idle(&self, now: Duration) -> Idle {
        let inner = self.lock();
        let mut all = Idle::default();
        for said in inner.said.iter().flatten() {
            let passed = now.saturating_sub(said.at);
            let ready_in = said.idle.next_ready_in.map(|d| d.saturating_sub(passed));
            all.next_ready_in = [all.next_ready_in, ready_in].into_iter().flatten().min();
            all.leased += said.idle.leased;
        }
        all
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        // Hints are hints at any time.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(hints: &Hints, now_s: u64) -> Vec<(usize, bool)> {
        hints.order(Duration::from_secs(now_s), 1, false)
    }

    #[test]
    fn who_has_failed_is_asked_last_and_one_by_one_again() {
        let hints = Hints::new(4);
        let failed = |at, now_s| hints.failed(at, Duration::from_secs(now_s));
        failed(0, 1);
        failed(2, 1);
        assert_eq!(asked(&hints, 2), [(1, false), (3, false), (0, true), (2, true)]);
        assert_eq!(asked(&hints, 60), [(1, false), (3, false), (2, true), (0, true)]);
        // One of them is tried, and fails again: the other one is not tried then.
        assert_eq!(asked(&hints, 61), [(2, false), (3, false), (1, false), (0, true)]);
        failed(2, 71);
        assert_eq!(asked(&hints, 72), [(3, false), (1, false), (0, true), (2, true)]);
        // It answers: so it is as the others.
        hints.fresh(2);
        assert_eq!(asked(&hints, 73), [(1, false), (2, false), (3, false), (0, true)][..]);
        hints.nothing(0, Duration::from_secs(74), 1, Idle::default());
        assert_eq!(hints.order(Duration::from_secs(74), 1, true).iter().filter(|o| o.1).count(), 0);
    }
}
