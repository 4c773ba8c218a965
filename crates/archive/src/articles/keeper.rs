//! Takes the lines of a crawl, and writes them beside the segments that they are of.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use crawl::Clock;
use serde::Serialize;

use super::line::{Header, Line};
use super::sidecar_of;
use super::writer::Writer;
use crate::disk::{Disk, parent_of};
use crate::segment::Segment;
use crate::{Error, Receipt};

/// Lines are written when the oldest has waited so long, so that whoever reads beside a crawl sees
/// what is new.
const WAIT_MAX: Duration = Duration::from_secs(5);

/// What a keeper has done since it was opened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Kept {
    /// Lines that were handed in.
    pub lines: u64,
    /// Those of them that could not be written; `newshound archive read` makes them up.
    pub lost: u64,
}

/// Keeps the lines of a crawl. A line that cannot be written is counted, and stops nothing: it can
/// be made again.
///
/// Lines are packed and written on the thread of whoever hands them in, as snapshots are; nothing
/// is waited for but the copy into the system's memory.
pub struct Keeper {
    disk: Arc<dyn Disk>,
    clock: Arc<dyn Clock>,
    /// The version of what reads the pages.
    reader: u32,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    open: HashMap<PathBuf, Sidecar>,
    kept: Kept,
    /// The last write failed, which was said.
    is_failing: bool,
}

/// The sidecar of a segment that is written to.
struct Sidecar {
    writer: Option<Writer>,
    /// Its segment, which stays unsealed while a line of it waits: who finds it sealed may rely on
    /// nobody's writing to its sidecar.
    held: Option<Receipt>,
    segment: Weak<Segment>,
    /// Since when its oldest line waits.
    since: Duration,
}

impl std::fmt::Debug for Keeper {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Keeper").field("reader", &self.reader).finish_non_exhaustive()
    }
}

impl Keeper {
    /// A keeper for the lines of one version of what reads the pages.
    pub fn new(disk: Arc<dyn Disk>, clock: Arc<dyn Clock>, reader: u32) -> Self {
        Self { disk, clock, reader, state: Mutex::default() }
    }

    /// Takes the line of a snapshot whose receipt is still held.
    pub fn put<T: Serialize>(&self, receipt: Receipt, line: &Line<T>) -> Result<(), Error> {
        // Before the lock: many may hand in at once.
        let encoded = line.encode()?;
        let now = self.clock.elapsed();
        let mut state = self.state();
        state.kept.lines += 1;
        if !state.open.contains_key(receipt.segment()) {
            state.open.retain(|_, sidecar| sidecar.is_in_use());
            let sidecar = Sidecar::of(&receipt);
            state.open.insert(receipt.segment().to_owned(), sidecar);
        }
        let State { open, kept, is_failing } = &mut *state;
        let Some(sidecar) = open.get_mut(receipt.segment()) else { return Ok(()) };
        let writer = match &mut sidecar.writer {
            Some(writer) => writer,
            none => match self.create(receipt.segment()) {
                Ok(writer) => none.insert(writer),
                Err(error) => {
                    kept.lost += 1;
                    told(&error, is_failing);
                    return Ok(());
                }
            },
        };
        if writer.waiting() == 0 {
            sidecar.since = now;
        }
        let is_full = writer.push(&encoded);
        sidecar.held = Some(receipt);
        if is_full || now.saturating_sub(sidecar.since) >= WAIT_MAX {
            sidecar.flush(kept, is_failing);
        }
        Ok(())
    }

    /// Writes what has waited long; to be called now and then while nothing is handed in.
    pub fn flush_old(&self) {
        let now = self.clock.elapsed();
        self.flush(|sidecar| now.saturating_sub(sidecar.since) >= WAIT_MAX);
    }

    /// Writes all that waits. Call it before the archive is finished.
    pub fn flush_all(&self) {
        self.flush(|_| true);
    }

    /// What was done so far.
    pub fn kept(&self) -> Kept {
        self.state().kept
    }

    fn flush(&self, is_due: impl Fn(&Sidecar) -> bool) {
        let mut state = self.state();
        let State { open, kept, is_failing } = &mut *state;
        for sidecar in open.values_mut().filter(|sidecar| is_due(sidecar)) {
            sidecar.flush(kept, is_failing);
        }
    }

    fn create(&self, segment: &Path) -> Result<Writer, Error> {
        let path = sidecar_of(segment);
        let folder = parent_of(&path);
        self.disk.create_dir(folder).map_err(|e| Error::disk("make", folder, e))?;
        let name = segment.file_name().unwrap_or_default().to_string_lossy();
        Writer::create(&*self.disk, &path, &Header::new(&name, self.reader))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // A panic between two steps costs a line at most, which is found missing later.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        self.flush_all();
    }
}

impl Sidecar {
    fn of(receipt: &Receipt) -> Self {
        let segment = receipt.downgrade();
        Self { writer: None, held: None, segment, since: Duration::ZERO }
    }

    fn is_in_use(&self) -> bool {
        self.held.is_some() || self.segment.strong_count() > 0
    }

    fn flush(&mut self, kept: &mut Kept, is_failing: &mut bool) {
        if let Some(writer) = &mut self.writer {
            let waiting = u64::from(writer.waiting());
            match writer.flush() {
                Ok(()) => *is_failing = false,
                Err(error) => {
                    kept.lost += waiting;
                    told(&error, is_failing);
                }
            }
        }
        self.held = None;
    }
}

/// Says once that articles cannot be kept, until it works again.
fn told(error: &Error, is_failing: &mut bool) {
    if !std::mem::replace(is_failing, true) {
        let error = error.in_words();
        tracing::warn!(
            error,
            "articles cannot be kept beside the archive; no snapshot is lost, and `newshound \
             archive read` makes them up"
        );
    }
}
