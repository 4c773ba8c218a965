//! Which partitions are worth asking for a lease.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::Idle;

/// What a partition said is believed for so long: others give it URLs meanwhile.
const BELIEVED: Duration = Duration::from_secs(1);

/// What partitions said when they had nothing.
pub(super) struct Hints {
    inner: Mutex<Inner>,
}

struct Inner {
    next: usize,
    said: Vec<Option<Said>>,
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
        Self { inner: Mutex::new(Inner { next: 0, said: vec![None; partitions] }) }
    }

    /// The partitions that may have something, beginning with another one each time.
    pub(super) fn worth_asking(&self, now: Duration, cap: u32) -> Vec<usize> {
        let mut inner = self.lock();
        let count = inner.said.len();
        let first = inner.next;
        inner.next = (first + 1) % count.max(1);
        let order = (0..count).map(|n| (first + n) % count);
        order.filter(|n| inner.said[*n].is_none_or(|said| !said.holds(now, cap))).collect()
    }

    /// A partition had nothing.
    pub(super) fn nothing(&self, at: usize, now: Duration, cap: u32, idle: Idle) {
        self.lock().said[at] = Some(Said { at: now, cap, idle });
    }

    /// Something has changed in a partition.
    pub(super) fn fresh(&self, at: usize) {
        self.lock().said[at] = None;
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
