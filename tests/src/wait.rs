//! Conditions that are waited for, within a limit.

use std::thread;
use std::time::{Duration, Instant};

/// Between two looks at a condition.
const PAUSE: Duration = Duration::from_millis(5);

/// A limit that is running.
#[derive(Debug, Clone, Copy)]
pub struct Since(Instant);

impl Since {
    /// Begins now.
    #[expect(clippy::disallowed_methods, reason = "real programs take real time")]
    pub fn now() -> Self {
        Self(Instant::now())
    }

    /// What has passed.
    pub fn passed(self) -> Duration {
        self.0.elapsed()
    }
}

/// Waits until a condition holds; false when `limit` passes first.
pub fn until(limit: Duration, mut holds: impl FnMut() -> bool) -> bool {
    let since = Since::now();
    loop {
        if holds() {
            return true;
        }
        if since.passed() >= limit {
            return false;
        }
        thread::park_timeout(PAUSE);
    }
}
