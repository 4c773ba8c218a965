//! The line to the frontier: a frontier that does not answer for a while ends nothing.
//!
//! What keeps a call from being taken (the server is away, starts again, or rests) is an outage. It
//! is logged once when it begins and once when it ends, however many calls meet it.

use std::future::Future;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use fetch::{Moment, Web};
use frontier::Frontier;

use crate::Crawler;

/// The first pause after a call that was not taken; it doubles with each in a row.
const PAUSE_FIRST: Duration = Duration::from_millis(100);

/// The longest pause between two tries.
const PAUSE_MAX: Duration = Duration::from_secs(5);

/// What is known of the line.
#[derive(Debug, Default)]
pub(crate) struct Line {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// Calls that have failed, and are to be tried again.
    waiting: u32,
    outage: Option<Outage>,
}

#[derive(Debug)]
struct Outage {
    since: Duration,
    reason: String,
}

/// Pauses between tries: doubled each time, and spread so that callers do not come together.
#[derive(Debug, Default)]
pub(crate) struct Pauses(u32);

impl Pauses {
    /// Between a half and the whole of the doubled pause.
    pub(crate) fn next(&mut self, random: u64) -> Duration {
        let whole = PAUSE_FIRST.saturating_mul(1 << self.0.min(16)).min(PAUSE_MAX);
        self.0 = self.0.saturating_add(1);
        whole.mul_f64(0.5 + (random % 1_000) as f64 / 2_000.0)
    }
}

/// Whether a call was not taken, and may be taken as it is in a while. A full store is another
/// matter: it is waited for as a full disk is.
pub(crate) fn is_outage(error: &frontier::Error) -> bool {
    error.is_transient() && !error.is_full()
}

/// What a call gave, and when it was made.
#[derive(Debug)]
pub(crate) struct Answer<T> {
    pub(crate) value: T,
    /// Before the call: what is promised counts from here.
    pub(crate) asked: Moment,
    /// After it.
    pub(crate) answered: Moment,
}

impl Line {
    /// Why the frontier does not answer, where it does not.
    pub(crate) fn outage(&self) -> Option<String> {
        self.lock().outage.as_ref().map(|outage| outage.reason.clone())
    }

    /// A call was not taken.
    pub(crate) fn failed(&self, error: &frontier::Error, now: Duration) {
        let mut state = self.lock();
        if state.outage.is_none() {
            let reason = error.to_string();
            tracing::warn!(reason, "the frontier does not answer; nothing is lost, trying again");
            state.outage = Some(Outage { since: now, reason });
        }
    }

    /// A call was answered. The outage is over when no other call waits.
    pub(crate) fn answered(&self, now: Duration) {
        let mut state = self.lock();
        if state.waiting > 0 {
            return;
        }
        if let Some(outage) = state.outage.take() {
            let lasted_ms = now.saturating_sub(outage.since).as_millis();
            tracing::warn!(lasted_ms, "the frontier answers again");
        }
    }

    /// A call waits to be tried again for as long as the guard lives.
    fn wait(&self) -> Waiting<'_> {
        self.lock().waiting += 1;
        Waiting(self)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Changed in single steps, each of which leaves it whole.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

struct Waiting<'a>(&'a Line);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.lock().waiting -= 1;
    }
}

impl<F: Frontier, W: Web> Crawler<F, W> {
    /// Calls the frontier, and again while it does not answer; at most until `until` (on the clock
    /// that counts suspended time), where that is given. The last error is handed on then.
    pub(crate) async fn call<'a, T, C>(
        &'a self,
        until: Option<Duration>,
        call: impl Fn(&'a F) -> C,
    ) -> Result<Answer<T>, frontier::Error>
    where
        C: Future<Output = frontier::Result<T>>,
    {
        let mut waiting = None;
        let mut pauses = Pauses::default();
        loop {
            let asked = self.moment();
            let replied = call(&self.parts.frontier).await;
            let answered = self.moment();
            match replied {
                Err(error) if is_outage(&error) => {
                    self.line.failed(&error, answered.elapsed);
                    let pause = pauses.next(self.parts.random.next_u64());
                    if until.is_some_and(|until| answered.elapsed + pause > until) {
                        return Err(error);
                    }
                    waiting.get_or_insert_with(|| self.line.wait());
                    tokio::time::sleep(pause).await;
                }
                replied => {
                    drop(waiting);
                    // A refusal is an answer as well.
                    self.line.answered(answered.elapsed);
                    return replied.map(|value| Answer { value, asked, answered });
                }
            }
        }
    }

    pub(crate) fn moment(&self) -> Moment {
        Moment::of(&*self.parts.clock)
    }
}

#[cfg(test)]
mod tests {
    use std::io::ErrorKind;

    use super::*;

    #[test]
    fn an_outage_is_over_when_nobody_waits_any_more() {
        let error = |kind: ErrorKind| frontier::Error::Io {
            operation: "read",
            path: "x".into(),
            source: kind.into(),
        };
        let (line, now) = (Line::default(), Duration::from_secs(1));
        line.answered(now);
        assert_eq!(line.outage(), None);
        line.failed(&error(ErrorKind::BrokenPipe), now);
        line.failed(&error(ErrorKind::TimedOut), now);
        assert_eq!(line.outage().as_deref(), Some("cannot read x"));
        let waiting = line.wait();
        line.answered(now);
        assert!(line.outage().is_some(), "another call is still waiting");
        drop(waiting);
        line.answered(now);
        assert_eq!(line.outage(), None);
        assert!(!is_outage(&error(ErrorKind::StorageFull)), "it is full, and answers");
    }

    #[test]
    fn pauses_double_up_to_a_bound_and_are_spread() {
        let mut pauses = Pauses::default();
        let longest: Vec<_> = (0..8).map(|_| pauses.next(999).as_millis()).collect();
        assert_eq!(longest, [99, 199, 399, 799, 1_599, 3_198, 4_997, 4_997]);
        let mut pauses = Pauses::default();
        let shortest: Vec<_> = (0..3).map(|_| pauses.next(0).as_millis()).collect();
        assert_eq!(shortest, [50, 100, 200]);
    }
}
