//! Points in time, and the seams through which time and randomness are handed in.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// A point in time: microseconds since 1970-01-01T00:00:00Z.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct UnixMicros(pub i64);

impl UnixMicros {
    /// The time that lies `duration` after this one; it stops at the end of the scale.
    #[must_use]
    pub fn after(self, duration: Duration) -> Self {
        let micros = i64::try_from(duration.as_micros()).unwrap_or(i64::MAX);
        Self(self.0.saturating_add(micros))
    }

    /// How long ago `earlier` was; zero when it lies in the future.
    #[must_use]
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_micros(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }

    /// The same point in whole milliseconds, cut.
    #[must_use]
    pub fn as_millis(self) -> i64 {
        self.0.div_euclid(1_000)
    }
}

impl fmt::Display for UnixMicros {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// Where time comes from. The real one reads the system; tests and simulations hand in their own.
pub trait Clock: Send + Sync {
    /// The wall clock. It may be stepped; use it for what is written down, never to wait.
    fn now(&self) -> UnixMicros;

    /// Time since an arbitrary start. It never steps, and it counts the time for which the machine
    /// was suspended (`CLOCK_BOOTTIME`): deadlines are measured on it.
    fn elapsed(&self) -> Duration;
}

/// Where randomness comes from: jitter and record ids. Seeded in tests and simulations.
pub trait Random: Send + Sync {
    /// The next 64 random bits.
    fn next_u64(&self) -> u64;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn since_is_zero_for_a_time_in_the_future() {
        assert_eq!(UnixMicros(5).since(UnixMicros(9)), Duration::ZERO);
        assert_eq!(UnixMicros(9).since(UnixMicros(5)), Duration::from_micros(4));
    }

    #[test]
    fn after_stops_at_the_end_of_the_scale() {
        assert_eq!(UnixMicros(i64::MAX).after(Duration::from_secs(1)), UnixMicros(i64::MAX));
    }
}
