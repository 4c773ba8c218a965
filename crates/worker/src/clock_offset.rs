//! The frontier's clock against ours, as a call tells it.

use crawl::UnixMicros;
use fetch::Moment;

/// The frontier's clock minus our wall clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ClockOffset {
    /// In microseconds.
    pub(crate) us: i64,
    /// By how much it may be wrong: half of what the call took.
    pub(crate) error_us: u64,
}

impl ClockOffset {
    /// By a call that told the frontier's time, which was somewhere between its start and its end.
    pub(crate) fn of(told: UnixMicros, asked: Moment, answered: Moment) -> Self {
        let half = answered.elapsed.saturating_sub(asked.elapsed) / 2;
        let us = told.0.saturating_sub(asked.wall.after(half).0);
        // Halves are cut to the microsecond.
        let error_us = u64::try_from(half.as_micros()).unwrap_or(u64::MAX).saturating_add(1);
        Self { us, error_us }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn the_offset_is_taken_in_the_middle_of_the_call() {
        let at = |us: u64| Moment {
            wall: UnixMicros(1_000_000).after(Duration::from_micros(us)),
            elapsed: Duration::from_micros(us),
        };
        for (told, answered, us, error_us) in
            [(1_000_150, 200, 0, 51), (1_000_900, 200, 750, 51), (1_000_000, 100, -100, 1)]
        {
            let offset = ClockOffset::of(UnixMicros(told), at(100), at(answered));
            assert_eq!(offset, ClockOffset { us, error_us });
        }
    }
}
