//! Where articles go: the store of this directory, or the stream of a fleet.

use std::error::Error;

use story::store::{Arrival, Keeper, Segment, Taken};

/// Takes articles. It is owned by a thread of its own and may wait.
pub(super) trait Sink: Send {
    /// Makes ready.
    fn begin(&mut self) -> Result<(), Refusal>;

    /// Takes a batch in its order; gives how many of it are new. What was handed in before is no
    /// fault.
    fn take(&mut self, batch: &[Arrival]) -> Result<u64, Refusal>;

    /// Files of articles that were taken as a whole.
    fn segments(&mut self) -> Result<Vec<Segment>, Refusal>;

    /// Notes that a file was taken as a whole.
    fn note_segment(&mut self, segment: &Segment, is_sealed: bool) -> Result<(), Refusal>;

    /// Nothing has come for a while.
    fn look_after(&mut self) -> Result<(), Refusal> {
        Ok(())
    }

    /// Nothing comes any more.
    fn end(&mut self) -> Result<(), Refusal>;
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
        Ok(added(&Keeper::take(self, batch)?))
    }

    fn segments(&mut self) -> Result<Vec<Segment>, Refusal> {
        Ok(Keeper::segments(self, "")?)
    }

    fn note_segment(&mut self, segment: &Segment, _is_sealed: bool) -> Result<(), Refusal> {
        Ok(Keeper::note_segment(self, "", segment)?)
    }

    fn end(&mut self) -> Result<(), Refusal> {
        Ok(self.checkpoint()?)
    }
}

/// How many are new.
pub(super) fn added(taken: &[Taken]) -> u64 {
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
