//! Who takes articles in: one thread, by itself with the store or the way to it.

use std::convert::Infallible;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::Duration;

use crawl::Clock;
use story::store::Arrival;

use super::beside::{Found, Unfinished, Which, each_unknown};
use super::embedded::Shared;
use super::sink::{PickedUp, Refusal, Sink, in_words};

/// Articles of one transaction at most.
const BATCH: usize = 256;

/// How often an idle thread looks around.
const LOOK_AROUND: Duration = Duration::from_secs(1);

/// How often segments that have ended are compared with the store.
const COMPARE_EVERY: Duration = Duration::from_mins(10);

/// What did not get through is picked up no sooner than this: until then it is not written beside
/// the archive.
const PICK_UP_AFTER: Duration = Duration::from_secs(15);

/// It is picked up after so long all the same when more does not get through all the time.
const PICK_UP_WITHIN: Duration = Duration::from_mins(2);

/// After a failure that may pass, it is tried again this much later.
const TRY_AGAIN_AFTER: Duration = Duration::from_secs(30);

pub(super) struct Thread<S> {
    data: PathBuf,
    sink: S,
    shared: Arc<Shared>,
    clock: Arc<dyn Clock>,
    /// When segments were compared with the store; nothing until they were.
    compared: Option<Duration>,
    /// What did not get through, where that is so.
    behind: Option<Behind>,
    /// The last failure, and when it is tried again: never where nothing is given.
    failed: Option<Failure>,
}

struct Failure {
    again: Option<Duration>,
}

/// When something did not get through since it was looked for: the first time, and the last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Behind {
    first: Duration,
    last: Duration,
}

impl Behind {
    fn is_due(self, now: Duration) -> bool {
        self.is_written(now) || now.saturating_sub(self.first) >= PICK_UP_WITHIN
    }

    /// Whether all of it stands beside the archive.
    fn is_written(self, now: Duration) -> bool {
        now.saturating_sub(self.last) >= PICK_UP_AFTER
    }

    /// What a look that begins now cannot find yet.
    fn after_look(self, now: Duration) -> Option<Self> {
        (!self.is_written(now)).then_some(Self { first: now, last: self.last })
    }
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
        } else if self.behind.is_some() {
            self.shared.is_behind.store(true, Ordering::Relaxed);
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
        if self.shared.is_behind.swap(false, Ordering::Relaxed) {
            let first = self.behind.map_or(now, |behind| behind.first);
            self.behind = Some(Behind { first, last: now });
        }
        if let Some(behind) = self.behind {
            return self.may_work() && behind.is_due(now);
        }
        let is_old = |at: Duration| now.saturating_sub(at) >= COMPARE_EVERY;
        self.may_work() && self.compared.is_none_or(is_old)
    }

    fn look_around(&mut self, queue: &Receiver<Arrival>) {
        let is_behind = self.behind.is_some();
        self.behind = self.behind.and_then(|behind| behind.after_look(self.clock.elapsed()));
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
        let data = self.data.clone();
        let mut take = |found: Found<'_>| Ok::<_, Infallible>(self.take_found(found, queue));
        match each_unknown(&data, &known, which, &mut take) {
            Ok(_) => {}
            Err(Unfinished::Archive(error)) => {
                let error = in_words(&error);
                tracing::warn!(error, "articles cannot be looked for; stories may lack them");
            }
            Err(Unfinished::Taking(never)) => match never {},
        }
    }

    /// Takes in what was found in a file. Breaks off what has to wait for another time.
    fn take_found(&mut self, found: Found<'_>, queue: &Receiver<Arrival>) -> ControlFlow<()> {
        let batch = match found {
            Found::Batch(batch) => batch,
            Found::Whole(sidecar) => {
                if let Err(refusal) = self.sink.note_segment(&sidecar.now, sidecar.is_sealed) {
                    self.fail(refusal);
                }
                return ControlFlow::Continue(());
            }
        };
        let has_room = self.pick_up(&batch);
        self.take_waiting(None, queue);
        if has_room && !self.is_hasty() && self.may_work() {
            return ControlFlow::Continue(());
        }
        self.shared.is_behind.store(true, Ordering::Relaxed);
        ControlFlow::Break(())
    }

    /// Picks articles up; whether that was all of them.
    fn pick_up(&mut self, batch: &[Arrival]) -> bool {
        if !self.may_work() {
            return false;
        }
        match self.sink.pick_up(batch) {
            Ok(PickedUp { added, is_all }) => {
                self.note(Ok(added));
                is_all
            }
            Err(refusal) => {
                self.fail(refusal);
                false
            }
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_dropped_last_is_looked_for_once_it_is_written() {
        let s = Duration::from_secs;
        let behind = Behind { first: s(100), last: s(114) };
        assert!(!behind.is_due(s(115)), "not beside the archive yet");
        assert!(behind.is_due(s(129)));
        assert_eq!(behind.after_look(s(129)), None);
        // More is dropped all the time.
        let behind = Behind { first: s(100), last: s(219) };
        assert!(!behind.is_due(s(219)) && behind.is_due(s(220)));
        let next = Behind { first: s(220), last: s(219) };
        assert_eq!(behind.after_look(s(220)), Some(next));
        assert!(next.is_due(s(234)));
    }
}
