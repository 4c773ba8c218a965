//! A clock that moves only when it is told to.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crawl::{Clock, UnixMicros};

/// A clock for tests and simulations.
#[derive(Debug)]
pub struct TestClock {
    hands: Mutex<(UnixMicros, Duration)>,
}

impl Default for TestClock {
    /// Starts somewhere in 2026.
    fn default() -> Self {
        Self { hands: Mutex::new((UnixMicros(1_790_000_000_000_000), Duration::from_secs(77))) }
    }
}

impl TestClock {
    /// Lets time pass, on both hands.
    pub fn advance(&self, duration: Duration) {
        let mut hands = self.hands();
        *hands = (hands.0.after(duration), hands.1 + duration);
    }

    /// Steps the wall clock, as an administrator or NTP does; no time passes.
    pub fn step_wall(&self, to: UnixMicros) {
        self.hands().0 = to;
    }

    fn hands(&self) -> MutexGuard<'_, (UnixMicros, Duration)> {
        self.hands.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Clock for TestClock {
    fn now(&self) -> UnixMicros {
        self.hands().0
    }

    fn elapsed(&self) -> Duration {
        self.hands().1
    }
}
