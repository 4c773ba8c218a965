//! The backend's clock, which never goes back.

use std::sync::Arc;
use std::time::Duration;

use crawl::{Clock, UnixMicros};

/// Logical time: where the wall stood when the frontier was opened, or where logical time had come
/// to before if that is later, plus the time that has passed since. Steps of the wall clock while
/// it runs do not touch it.
pub(crate) struct LogicalClock {
    clock: Arc<dyn Clock>,
    opened_at: UnixMicros,
    opened_elapsed: Duration,
}

impl LogicalClock {
    /// Starts at the wall clock, but not before `at_least`.
    pub(crate) fn new(clock: Arc<dyn Clock>, at_least: UnixMicros) -> Self {
        let opened_at = clock.now().max(at_least);
        let opened_elapsed = clock.elapsed();
        Self { clock, opened_at, opened_elapsed }
    }

    pub(crate) fn now(&self) -> UnixMicros {
        self.opened_at.after(self.clock.elapsed().saturating_sub(self.opened_elapsed))
    }

    /// Starts anew, as a frontier does that is closed and opened again.
    pub(crate) fn reopen(&mut self) {
        *self = Self::new(Arc::clone(&self.clock), self.now());
    }
}

/// The time that lies `duration` after `now`, rounded up to the scale: never too early.
pub(crate) fn after(now: UnixMicros, duration: Duration) -> UnixMicros {
    now.after(duration.saturating_add(Duration::from_nanos(999)))
}
