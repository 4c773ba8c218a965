//! Conditions that are waited for.

use std::ops::ControlFlow;
use std::time::Duration;

use super::error::{Error, Result};

/// How long anything here may take: a busy machine starts a cluster in a few seconds.
pub(super) const LIMIT: Duration = Duration::from_secs(60);
/// Between two looks at a condition: short beside what a server takes to start (about 20 ms).
const PAUSE: Duration = Duration::from_millis(10);

/// A look at a condition: it holds, or what was seen instead. An error ends the waiting.
pub(super) type Look<T> = Result<ControlFlow<T, String>>;

/// Looks again and again, until the condition holds.
pub(super) async fn until<T>(what: &str, mut look: impl AsyncFnMut() -> Look<T>) -> Result<T> {
    let mut last = "nothing".to_owned();
    let looking = async {
        loop {
            match look().await? {
                ControlFlow::Break(value) => return Ok(value),
                ControlFlow::Continue(instead) => last = instead,
            }
            tokio::time::sleep(PAUSE).await;
        }
    };
    let done = tokio::time::timeout(LIMIT, looking).await;
    done.unwrap_or_else(|_| Err(Error::TooLate { what: what.to_owned(), limit: LIMIT, last }))
}

/// A look that takes every error for "not yet".
pub(super) fn not_yet<T>(seen: Result<T>) -> ControlFlow<T, String> {
    match seen {
        Ok(value) => ControlFlow::Break(value),
        Err(error) => ControlFlow::Continue(error.to_string()),
    }
}
