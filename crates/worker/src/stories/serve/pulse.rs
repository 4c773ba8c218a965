//! The heartbeat of a service of stories, from when it stands by until it ends.

use std::sync::{Arc, Mutex, PoisonError};

use crawl::Clock;
use frontier::{Beat, Control, StoriesBeat};
use tokio::task::JoinHandle;

use crate::heart::{BEAT_EVERY, GOOD_BYE_MAX, Member};

/// What a service tells of itself. Clones share it.
#[derive(Clone, Debug)]
pub struct Told(Arc<Mutex<StoriesBeat>>);

impl Told {
    /// From now on it tells this.
    pub(super) fn tell(&self, beat: StoriesBeat) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = beat;
    }

    fn get(&self) -> StoriesBeat {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for Told {
    fn default() -> Self {
        let stands_by = StoriesBeat { stands_by: true, ..StoriesBeat::default() };
        Self(Arc::new(Mutex::new(stands_by)))
    }
}

/// Beats as workers do, by a task, until it is dropped.
pub struct Pulse<F> {
    heart: Arc<Heart<F>>,
    beating: JoinHandle<()>,
}

struct Heart<F> {
    frontier: F,
    member: Member,
    told: Told,
}

impl<F> std::fmt::Debug for Pulse<F> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pulse").field("member", &self.heart.member).finish_non_exhaustive()
    }
}

impl<F: Control + Send + Sync + 'static> Pulse<F> {
    /// Begins to beat under a name that is unique in the fleet, as one who stands by. Within a
    /// runtime only.
    pub fn begin(frontier: F, name: &str, clock: &dyn Clock) -> Self {
        let member = Member::new(name, clock.now());
        let heart = Arc::new(Heart { frontier, member, told: Told::default() });
        let beating = tokio::spawn(Arc::clone(&heart).beat_on());
        Self { heart, beating }
    }

    /// What it tells, to be changed by whoever serves.
    pub fn told(&self) -> Told {
        self.heart.told.clone()
    }

    /// Says good-bye.
    pub async fn end(self) {
        self.beating.abort();
        // An outage must not keep it.
        let _ = tokio::time::timeout(GOOD_BYE_MAX, self.heart.beat(true)).await;
    }
}

impl<F> Drop for Pulse<F> {
    fn drop(&mut self) {
        self.beating.abort();
    }
}

impl<F: Control> Heart<F> {
    async fn beat_on(self: Arc<Self>) {
        loop {
            self.beat(false).await;
            tokio::time::sleep(BEAT_EVERY).await;
        }
    }

    /// One that fails is no failure of the service: the next one comes soon.
    async fn beat(&self, is_gone: bool) {
        let beat = Beat { stories: Some(self.told.get()), ..self.member.beat(is_gone) };
        if let Err(error) = self.frontier.beat(beat).await {
            tracing::debug!(%error, "a beat failed");
        }
    }
}
