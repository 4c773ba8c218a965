//! The clocks of the workers against the frontier's.
//!
//! Each lease tells by how much a worker's clock differs, and how far that may be wrong: the call
//! took its time. All leases of a file tell of the same clock, so what they agree on is more exact
//! than any of them.

use super::evidence::Seen;
use crate::Attempt;

/// How the times of an attempt came to be those of the frontier.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Clock {
    /// The frontier's clock minus the worker's, in microseconds.
    offset: i64,
    /// By how much that may be wrong.
    error: i64,
    /// Whether `error` is told: in older archives it is not.
    is_told: bool,
    /// The file: within it, equal offsets are wrong by the same.
    file: u32,
}

impl Clock {
    /// The frontier's own.
    pub(super) const EXACT: Self = Self { offset: 0, error: 0, is_told: false, file: u32::MAX };

    /// As an attempt in a file tells it.
    pub(super) fn of(attempt: &Attempt, file: usize) -> Self {
        Self {
            offset: attempt.clock_offset_us,
            error: attempt.clock_error_us.map_or(0, |us| i64::try_from(us).unwrap_or(i64::MAX)),
            is_told: attempt.clock_error_us.is_some(),
            file: u32::try_from(file).unwrap_or(u32::MAX),
        }
    }

    /// By how much the time between moments on two clocks may be wrong, in microseconds.
    pub(super) fn error_to(self, other: Self) -> i64 {
        let is_same = self.file == other.file && self.offset == other.offset;
        if is_same { 0 } else { self.error.saturating_add(other.error) }
    }
}

/// Puts the attempts of one file on the offset that all of them allow. Where there is none (a clock
/// was set, or they tell of several servers) each keeps its own.
pub(super) fn refine(seen: &mut [Seen]) {
    if !seen.iter().all(|one| one.clock.is_told) {
        return;
    }
    let least = seen.iter().map(|one| one.clock.offset.saturating_sub(one.clock.error)).max();
    let most = seen.iter().map(|one| one.clock.offset.saturating_add(one.clock.error)).min();
    let (Some(least), Some(most)) = (least, most) else { return };
    if least > most {
        return;
    }
    let error = most.saturating_sub(least) / 2 + 1;
    let offset = least.saturating_add(error - 1);
    for one in seen {
        let by = offset.saturating_sub(one.clock.offset);
        for moment in [&mut one.started, &mut one.free, &mut one.ended, &mut one.lease_until] {
            // One that is never stays never.
            *moment = if *moment == i64::MAX { *moment } else { moment.saturating_add(by) };
        }
        one.clock = Clock { offset, error, ..one.clock };
    }
}
