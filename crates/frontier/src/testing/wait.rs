//! Conditions that are waited for.

use std::fmt::Display;
use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::error::{Error, Result};

/// How long anything here may take: a busy machine starts a cluster in a few seconds.
const LIMIT: Duration = Duration::from_mins(1);
/// Between two looks at a condition: short beside what a server takes to start (about 20 ms).
const PAUSE: Duration = Duration::from_millis(10);

/// What a look at a condition gives: its value, or what was seen instead.
pub(super) type Look<T> = std::result::Result<T, String>;

/// The waiting for a condition, which is looked at again and again.
pub(super) struct Wait {
    what: &'static str,
    deadline: Instant,
}

impl Wait {
    /// Begins to wait.
    pub(super) fn new(what: &'static str) -> Self {
        Self { what, deadline: Instant::now() + LIMIT }
    }

    /// Returns when it is time to look again; an error when it has been long enough.
    pub(super) async fn again(&self, seen: impl Display) -> Result<()> {
        if Instant::now() >= self.deadline {
            let what = self.what.to_owned();
            return Err(Error::TooLate { what, limit: LIMIT, last: seen.to_string() });
        }
        sleep(PAUSE).await;
        Ok(())
    }
}
