//! What archives have and the store has not.

use std::ops::ControlFlow;
use std::path::Path;
use std::time::Duration;

use archive::articles::sidecar_of;

use super::{ServeError, Service, added};
use crate::Stop;
use crate::stories::archives::Archive;
use crate::stories::beside::{Found, Unfinished, Which, by_name, each_unknown};

/// How often archives are looked through.
const LOOK_EVERY: Duration = Duration::from_mins(10);

/// A worker writes articles beside its archive within so long, a stream of them goes first.
const WRITTEN_AFTER: Duration = Duration::from_secs(20);

/// When archives are looked through, and what they lacked.
#[derive(Debug, Default)]
pub(super) struct Looks {
    last: Option<Duration>,
    /// A gap was found then: a look before what is missing is written would find nothing.
    gap: Option<Duration>,
    is_asked: bool,
    /// Workers whose archives are not reached.
    pub(super) out_of_reach: Vec<String>,
}

impl Looks {
    /// Asks for one as soon as nothing else is to be done.
    pub(super) fn ask(&mut self) {
        self.is_asked = true;
    }

    /// Asks for one that finds what was pushed out by now.
    pub(super) fn ask_later(&mut self, now: Duration) {
        self.gap = Some(now);
    }

    pub(super) fn is_due(&self, now: Duration, has_gaps: bool) -> bool {
        let is_old = |at: Duration| now.saturating_sub(at) >= LOOK_EVERY;
        let is_written = |at: Duration| now.saturating_sub(at) >= WRITTEN_AFTER;
        self.is_asked
            || self.last.is_none_or(is_old)
            || has_gaps && self.gap.is_some_and(is_written)
    }
}

impl Service {
    /// Looks through all archives for what the store has not, and settles gaps where that was all
    /// there is.
    pub(super) fn catch_up(&mut self, stop: &Stop) -> Result<(), ServeError> {
        let begun = self.clock.elapsed();
        let gaps = self.progress.gaps.clone();
        // What is still written comes by the stream, unless something of it was pushed out.
        let is_all = self.serving.until_idle || self.looks.is_asked || !gaps.is_empty();
        let which = if is_all { Which::All } else { Which::Sealed };
        let mut out_of_reach = self.runtime.block_on(self.wire.senders())?;
        for archive in self.serving.archives.clone() {
            let archive = archive.now_known();
            match self.look_through(&archive, which, stop) {
                Ok(true) => out_of_reach.retain(|sender| sender.archive != archive.worker),
                Ok(false) => {}
                Err(ServeError::Archive(error)) => tracing::warn!(
                    worker = archive.worker,
                    %error,
                    "an archive cannot be looked through: stories may lack articles"
                ),
                Err(error) => return Err(error),
            }
        }
        self.looks.last = Some(begun);
        self.looks.is_asked = false;
        self.looks.out_of_reach = out_of_reach.into_iter().map(|sender| sender.worker).collect();
        let is_after = |at: Duration| begun.saturating_sub(at) >= WRITTEN_AFTER;
        let is_final = self.serving.until_idle || self.looks.gap.is_none_or(is_after);
        // Those that were found meanwhile want another look.
        if is_final && gaps == self.progress.gaps {
            self.looks.gap = None;
            if !gaps.is_empty() && self.looks.out_of_reach.is_empty() && !stop.is_asked() {
                tracing::info!("what was pushed out of the stream is caught up");
                self.progress.gaps.clear();
                self.keep_progress()?;
            }
        }
        Ok(())
    }

    /// Takes in what one archive has; whether that was all of it.
    fn look_through(
        &mut self,
        archive: &Archive,
        which: Which,
        stop: &Stop,
    ) -> Result<bool, ServeError> {
        let known = by_name(self.keeper.segments(&archive.worker)?);
        let mut take = |found: Found<'_>| self.take_found(archive, found, stop);
        let looked = each_unknown(&archive.data, &known, which, &mut take);
        let looked = looked.map_err(|unfinished| match unfinished {
            Unfinished::Archive(error) => error.into(),
            Unfinished::Taking(error) => error,
        })?;
        Ok(looked.is_to_the_end && looked.damaged == 0 && is_read(&archive.data)?)
    }

    /// Takes in what was found in a file. The stream goes on meanwhile.
    fn take_found(
        &mut self,
        archive: &Archive,
        found: Found<'_>,
        stop: &Stop,
    ) -> Result<ControlFlow<()>, ServeError> {
        let mut batch = match found {
            Found::Batch(batch) => batch,
            Found::Whole(sidecar) => {
                self.keeper.note_segment(&archive.worker, &sidecar.now)?;
                return Ok(ControlFlow::Continue(()));
            }
        };
        for arrival in &mut batch {
            self.bound_time(arrival);
            if let Some(place) = &mut arrival.place {
                place.archive.clone_from(&archive.worker);
            }
        }
        if stop.is_asked() || !self.term.is_held()? {
            return Ok(ControlFlow::Break(()));
        }
        let new = added(&batch, &self.keeper.take(&batch)?);
        self.served.added += new;
        self.served.from_archives += new;
        self.tell()?;
        while self.is_in_place && self.take_next()? {}
        Ok(ControlFlow::Continue(()))
    }
}

/// Whether every segment that has ended has a file of articles.
fn is_read(data: &Path) -> Result<bool, archive::Error> {
    let segments = archive::segments(&data.join("archive"))?;
    Ok(segments.iter().all(|s| archive::is_open(s) || sidecar_of(s).is_file()))
}
