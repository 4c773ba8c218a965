//! The right to read the stream, which one service has at a time.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use crawl::{Clock, Random};
use frontier::Wire;
use tokio::task::JoinHandle;

use super::ServeError;
use crate::Stop;

/// How long the right lasts where nobody keeps it: a service that was killed is succeeded then.
const LASTS: Duration = Duration::from_secs(6);

/// Kept this often.
const KEPT_EVERY: Duration = Duration::from_secs(1);

/// It is taken for lost so long before it ends: a transaction takes less.
const MARGIN: Duration = Duration::from_secs(2);

/// The right to read, kept by a task until this is dropped.
pub struct Term {
    wire: Wire,
    who: String,
    clock: Arc<dyn Clock>,
    state: Arc<State>,
    keeping: JoinHandle<()>,
}

impl std::fmt::Debug for Term {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Term").field("who", &self.who).finish_non_exhaustive()
    }
}

#[derive(Debug, Default)]
struct State {
    /// When it was asked for that it holds, in milliseconds of elapsed time.
    asked_ms: AtomicU64,
    /// Somebody else has it.
    is_lost: AtomicBool,
}

impl Term {
    /// Waits until nobody else has the right; nothing when it is asked to stop meanwhile. `waits`
    /// is told once that somebody else has it.
    pub async fn win(
        wire: Wire,
        (clock, random): (Arc<dyn Clock>, &dyn Random),
        stop: &Stop,
        waits: &mut dyn FnMut(),
    ) -> Result<Option<Self>, ServeError> {
        let who = format!("{:016x}", random.next_u64());
        let mut is_told = false;
        while !stop.is_asked() {
            let asked = clock.elapsed();
            match wire.hold(&who, LASTS).await {
                Ok(true) => return Ok(Some(Self::begin(wire, who, clock, asked))),
                Ok(false) if !std::mem::replace(&mut is_told, true) => waits(),
                Ok(false) => {}
                Err(error) if error.is_transient() => {}
                Err(error) => return Err(error.into()),
            }
            tokio::time::sleep(KEPT_EVERY).await;
        }
        Ok(None)
    }

    fn begin(wire: Wire, who: String, clock: Arc<dyn Clock>, asked: Duration) -> Self {
        let state = Arc::new(State { asked_ms: AtomicU64::new(ms(asked)), ..State::default() });
        let keeping = keep(wire.clone(), who.clone(), Arc::clone(&clock), Arc::clone(&state));
        Self { wire, who, clock, state, keeping: tokio::spawn(keeping) }
    }

    pub(super) fn wire(&self) -> &Wire {
        &self.wire
    }

    pub(super) fn who(&self) -> &str {
        &self.who
    }

    /// Whether it holds for long enough to take something; an error once somebody else has it.
    pub(super) fn is_held(&self) -> Result<bool, ServeError> {
        if self.state.is_lost.load(Ordering::Relaxed) {
            return Err(ServeError::Superseded);
        }
        let asked = Duration::from_millis(self.state.asked_ms.load(Ordering::Relaxed));
        Ok(self.clock.elapsed().saturating_sub(asked) + MARGIN < LASTS)
    }

    /// Gives it back.
    pub(super) async fn end(self) {
        self.keeping.abort();
        if let Err(error) = self.wire.release(&self.who).await {
            tracing::debug!(%error, "the right to read ends by itself");
        }
    }
}

impl Drop for Term {
    fn drop(&mut self) {
        self.keeping.abort();
    }
}

/// Keeps the right until somebody else has it.
async fn keep(wire: Wire, who: String, clock: Arc<dyn Clock>, state: Arc<State>) {
    loop {
        tokio::time::sleep(KEPT_EVERY).await;
        let asked = clock.elapsed();
        match wire.hold(&who, LASTS).await {
            Ok(true) => state.asked_ms.store(ms(asked), Ordering::Relaxed),
            Ok(false) => {
                state.is_lost.store(true, Ordering::Relaxed);
                return;
            }
            Err(error) => tracing::debug!(%error, "the right to read could not be kept"),
        }
    }
}

fn ms(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
