//! The backend's clock, which never goes back.

use std::sync::Arc;
use std::time::Duration;

use crawl::{Clock, UnixMicros};

/// No duration counts for more than a hundred years: sums of times stay on the scale.
pub(crate) const DURATION_MAX: Duration = Duration::from_hours(100 * 366 * 24);

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

    /// Moves forward to the time that another one has shown.
    pub(crate) fn catch_up(&mut self, shown: UnixMicros) {
        if shown > self.now() {
            self.opened_at = shown;
            self.opened_elapsed = self.clock.elapsed();
        }
    }
}

/// The time that lies `duration` after `now`, rounded up to the scale: never too early.
pub(crate) fn after(now: UnixMicros, duration: Duration) -> UnixMicros {
    UnixMicros(now.0.saturating_add(micros(duration)))
}

/// A duration in microseconds, rounded up.
pub(crate) fn micros(duration: Duration) -> i64 {
    let micros = duration.min(DURATION_MAX).as_nanos().div_ceil(1_000);
    i64::try_from(micros).unwrap_or(i64::MAX)
}

/// The duration of so many microseconds that were stored; none is negative.
pub(crate) fn from_micros(micros: i64) -> Duration {
    Duration::from_micros(micros.max(0).unsigned_abs())
}

/// So many microseconds ahead or back, but no more than the scale has.
pub(crate) fn bounded(us: i64) -> i64 {
    let most = micros(DURATION_MAX);
    us.clamp(-most, most)
}

/// The time that lies so many microseconds after `now`, or before it.
pub(crate) fn ahead(now: UnixMicros, in_us: i64) -> UnixMicros {
    UnixMicros(now.0.saturating_add(bounded(in_us)))
}

/// The time that lies so many microseconds before `now`.
pub(crate) fn back(now: UnixMicros, age_us: i64) -> UnixMicros {
    ahead(now, age_us.saturating_neg())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_rounded_up_and_bounded() {
        for (duration, us) in [
            (Duration::ZERO, 0),
            (Duration::from_nanos(1), 1),
            (Duration::from_micros(7), 7),
            (Duration::MAX, 3_162_240_000_000_000),
        ] {
            assert_eq!(micros(duration), us);
        }
    }
}
