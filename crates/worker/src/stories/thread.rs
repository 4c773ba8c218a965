//! Who takes articles in: one thread, by itself with the store or the way to it.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::Duration;

use archive::articles::sidecars;
use crawl::Clock;
use story::store::Arrival;

use super::beside::{Arrivals, Sidecar};
use super::embedded::Shared;
use super::sink::{Refusal, Sink, in_words};

/// Articles of one transaction at most.
const BATCH: usize = 256;

/// How often an idle thread looks around.
const LOOK_AROUND: Duration = Duration::from_secs(1);

/// How often segments that have ended are compared with the store.
const COMPARE_EVERY: Duration = Duration::from_mins(10);

/// What did not get through is picked up no sooner than this after the thread fell behind: until
/// then it is not written beside the archive.
const PICK_UP_AFTER: Duration = Duration::from_secs(15);

/// After a failure that may pass, it is tried again this much later.
const TRY_AGAIN_AFTER: Duration = Duration::from_secs(30);

pub(super) struct Thread<S> {
    data: PathBuf,
    sink: S,
    shared: Arc<Shared>,
    clock: Arc<dyn Clock>,
    /// When segments were compared with the store; nothing until they were.
    compared: Option<Duration>,
    /// Since when it is behind.
    behind: Option<Duration>,
    /// The last failure, and when it is tried again: never where nothing is given.
    failed: Option<Failure>,
}

struct Failure {
    again: Option<Duration>,
}

/// Which files are to be looked through.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Which {
    /// Those whose segments have ended.
    Sealed,
    All,
}

impl<S: Sink> Thread<S> {
    pub(super) fn new(data: &Path, sink: S, shared: Arc<Shared>, clock: Arc<dyn Clock>) -> Self {
        let data = data.to_owned();
        Self { data, sink, shared, clock, compared: None, behind: None, failed: None }
    }

    /// Takes in what comes, until nobody hands in any more.
    pub(super) fn run(mut self, queue: &Receiver<Arrival>) {
        let begun = self.sink.begin();
        self.note(begun.map(|()| 0));
        loop {
            if self.is_due() {
                self.look_around(queue);
            }
            match queue.recv_timeout(LOOK_AROUND) {
                Ok(first) => self.take_waiting(Some(first), queue),
                Err(RecvTimeoutError::Timeout) => self.look_after(),
                Err(RecvTimeoutError::Disconnected) => break,
            }
        }
        if !self.is_hasty() && self.may_work() {
            self.shared.is_behind.store(false, Ordering::Relaxed);
            self.compare(Which::All, queue);
        }
        if self.may_work() {
            let ended = self.sink.end();
            self.note(ended.map(|()| 0));
        }
    }

    /// Nothing has come for a while.
    fn look_after(&mut self) {
        if self.may_work() {
            let looked = self.sink.look_after();
            if let Err(refusal) = looked {
                self.fail(refusal);
            }
        }
    }

    /// Whether something stands beside the archive that may not be in the store.
    fn is_due(&mut self) -> bool {
        let now = self.clock.elapsed();
        if self.shared.is_behind.load(Ordering::Relaxed) {
            let since = *self.behind.get_or_insert(now);
            return self.may_work() && now.saturating_sub(since) >= PICK_UP_AFTER;
        }
        let is_old = |at: Duration| now.saturating_sub(at) >= COMPARE_EVERY;
        self.may_work() && self.compared.is_none_or(is_old)
    }

    fn look_around(&mut self, queue: &Receiver<Arrival>) {
        let is_behind = self.shared.is_behind.swap(false, Ordering::Relaxed);
        self.behind = None;
        let is_first = self.compared.is_none();
        self.compare(if is_behind || is_first { Which::All } else { Which::Sealed }, queue);
        self.compared = Some(self.clock.elapsed());
    }

    /// Hands in what stands beside the archive and is not in the store. Whatever comes meanwhile
    /// goes first.
    fn compare(&mut self, which: Which, queue: &Receiver<Arrival>) {
        let known = match self.sink.segments() {
            Ok(known) => known,
            Err(refusal) => return self.fail(refusal),
        };
        let paths = match sidecars(&self.data) {
            Ok(paths) => paths,
            Err(error) => return unreadable(&error),
        };
        for path in paths {
            // One that is damaged must not keep the others out.
            match Sidecar::of(&self.data, &path) {
                Ok(Some(sidecar)) if known.contains(&sidecar.now) => {}
                Ok(Some(sidecar)) if which == Which::Sealed && !sidecar.is_sealed => {}
                Ok(Some(sidecar)) => match self.pick_up(&sidecar, queue) {
                    Ok(true) => {}
                    Ok(false) => return,
                    Err(error) => unreadable(&error),
                },
                Ok(None) => {}
                Err(error) => unreadable(&error),
            }
        }
    }

    /// Hands in the articles of one file; whether it came to the end.
    fn pick_up(
        &mut self,
        sidecar: &Sidecar,
        queue: &Receiver<Arrival>,
    ) -> Result<bool, archive::Error> {
        let mut arrivals = Arrivals::of(sidecar, "")?;
        loop {
            let batch = arrivals.next_batch(BATCH)?;
            if batch.is_empty() {
                break;
            }
            self.take(&batch);
            self.take_waiting(None, queue);
            if self.is_hasty() || !self.may_work() {
                self.shared.is_behind.store(true, Ordering::Relaxed);
                return Ok(false);
            }
        }
        if let Err(refusal) = self.sink.note_segment(&sidecar.now, sidecar.is_sealed) {
            self.fail(refusal);
        }
        Ok(true)
    }

    /// Takes in what waits.
    fn take_waiting(&mut self, first: Option<Arrival>, queue: &Receiver<Arrival>) {
        let mut batch: Vec<_> = first.into_iter().collect();
        while batch.len() < BATCH
            && let Ok(arrival) = queue.try_recv()
        {
            batch.push(arrival);
        }
        let bytes = batch.iter().map(|arrival| arrival.text.len() as u64).sum();
        self.take(&batch);
        self.shared.waiting_bytes.fetch_sub(bytes, Ordering::Relaxed);
    }

    fn take(&mut self, batch: &[Arrival]) {
        if batch.is_empty() {
            return;
        }
        if !self.may_work() {
            self.shared.is_behind.store(true, Ordering::Relaxed);
            return;
        }
        let taken = self.sink.take(batch);
        self.note(taken);
    }

    fn note(&mut self, taken: Result<u64, Refusal>) {
        match taken {
            Ok(added) => {
                self.shared.added.fetch_add(added, Ordering::Relaxed);
                if self.failed.take().is_some() {
                    self.shared.no_trouble();
                    tracing::info!("stories are kept again");
                }
            }
            Err(refusal) => self.fail(refusal),
        }
    }

    /// Whether a failure is behind it, as far as that can be.
    fn may_work(&self) -> bool {
        match &self.failed {
            None => true,
            Some(Failure { again }) => again.is_some_and(|at| at <= self.clock.elapsed()),
        }
    }

    fn is_hasty(&self) -> bool {
        self.shared.is_hasty.load(Ordering::Relaxed)
    }

    /// It is our failure, and stops nothing else: said once, and made up for later.
    fn fail(&mut self, refusal: Refusal) {
        let Refusal { why, is_lasting } = refusal;
        self.shared.set_trouble(&why);
        self.shared.is_behind.store(true, Ordering::Relaxed);
        let again = (!is_lasting).then(|| self.clock.elapsed() + TRY_AGAIN_AFTER);
        if self.failed.replace(Failure { again }).is_none() {
            tracing::error!(
                error = why,
                "stories stand still; the crawl goes on, and what they miss is picked up later"
            );
        }
    }
}

/// Articles that cannot be read beside the archive.
fn unreadable(error: &archive::Error) {
    tracing::warn!(error = in_words(error), "stories may lack articles");
}
