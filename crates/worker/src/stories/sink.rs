//! Where articles go: the store of this directory, or the stream of a fleet.

use std::error::Error;

use story::store::{Arrival, Keeper, Segment, Taken};

use super::beside::{Known, by_name};

/// Takes articles. It is owned by a thread of its own and may wait.
pub(super) trait Sink: Send {
    /// Makes ready.
    fn begin(&mut self) -> Result<(), Refusal>;

    /// Takes a batch in its order; gives how many of it are new. What was handed in before is no
    /// fault.
    fn take(&mut self, batch: &[Arrival]) -> Result<u64, Refusal>;

    /// Takes articles that did not get through when they came, as far as there is room for them.
    fn pick_up(&mut self, batch: &[Arrival]) -> Result<PickedUp, Refusal> {
        Ok(PickedUp { added: self.take(batch)?, is_all: true })
    }

    /// Files of articles that were taken as a whole.
    fn segments(&mut self) -> Result<Known, Refusal>;

    /// Notes that a file was taken as a whole.
    fn note_segment(&mut self, segment: &Segment, is_sealed: bool) -> Result<(), Refusal>;

    /// Nothing has come for a while.
    fn look_after(&mut self) -> Result<(), Refusal> {
        Ok(())
    }

    /// Nothing comes any more.
    fn end(&mut self) -> Result<(), Refusal>;
}

/// What became of articles that were picked up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct PickedUp {
    /// How many are new.
    pub(super) added: u64,
    /// There was room for all of them: else the rest has to come again later.
    pub(super) is_all: bool,
}

/// Why articles were not taken. They can be handed in again, unless it lasts.
#[derive(Debug)]
pub(super) struct Refusal {
    pub(super) why: String,
    /// It does not pass by itself.
    pub(super) is_lasting: bool,
}

impl From<story::store::Error> for Refusal {
    fn from(error: story::store::Error) -> Self {
        Self { why: in_words(&error), is_lasting: error.is_lasting() }
    }
}

/// The store of a data directory itself.
impl Sink for Keeper {
    fn begin(&mut self) -> Result<(), Refusal> {
        Ok(self.restore()?)
    }

    fn take(&mut self, batch: &[Arrival]) -> Result<u64, Refusal> {
        Ok(added(batch, &Keeper::take(self, batch)?))
    }

    fn segments(&mut self) -> Result<Known, Refusal> {
        Ok(by_name(Keeper::segments(self, "")?))
    }

    fn note_segment(&mut self, segment: &Segment, _is_sealed: bool) -> Result<(), Refusal> {
        Ok(Keeper::note_segment(self, "", segment)?)
    }

    fn end(&mut self) -> Result<(), Refusal> {
        Ok(self.checkpoint()?)
    }
}

/// How many of a batch are new. Says which the store has left out.
pub(super) fn added(batch: &[Arrival], taken: &[Taken]) -> u64 {
    for (arrival, _) in batch.iter().zip(taken).filter(|(_, taken)| **taken == Taken::LeftOut) {
        tracing::error!(
            url = arrival.url,
            "the comparison of an article has panicked: please report it; it is in no story"
        );
    }
    taken.iter().filter(|taken| matches!(taken, Taken::New { .. })).count() as u64
}

/// An error with its causes.
pub(super) fn in_words(error: &dyn Error) -> String {
    let mut words = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        words = format!("{words}: {error}");
        cause = error.source();
    }
    words
}
