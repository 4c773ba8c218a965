//! One WARC file being written.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use crate::Error;
use crate::disk::{Disk, SegmentFile, parent_of};
use crate::index::{self, Row};
use crate::snapshot::Packed;

/// A segment that is open. Snapshots are appended whole, in any order, by any thread.
#[derive(Debug)]
pub(crate) struct Segment {
    pub(crate) path: PathBuf,
    /// The id that its records name.
    pub(crate) warcinfo_id: String,
    /// When it was made, on the clock that never steps.
    pub(crate) opened: Duration,
    file: Arc<dyn SegmentFile>,
    state: Mutex<State>,
    /// Bytes that are known to be on the disk.
    durable: AtomicU64,
    /// Why a sync failed. The kernel may have dropped what it could not write, and may say "done"
    /// the next time, so there is no next time.
    lost: OnceLock<String>,
}

#[derive(Debug, Default)]
struct State {
    bytes: u64,
    rows: Vec<Row>,
    records: u64,
}

/// Where a snapshot went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) offset: u64,
    pub(crate) end: u64,
}

/// Why an append failed, and whether the segment is still whole.
pub(crate) enum AppendError {
    /// Nothing of it is left behind.
    Undone(Error),
    /// What was written of it could not be removed.
    Torn(Error),
}

impl Segment {
    /// Makes the file, with its marker before it, and its warcinfo record in it.
    pub(crate) fn create(
        disk: &dyn Disk,
        path: PathBuf,
        warcinfo_id: String,
        warcinfo: &[u8],
        opened: Duration,
    ) -> Result<Self, Error> {
        mark(disk, &path)?;
        let file = match disk.create(&path) {
            Ok(file) => file,
            Err(error) => {
                // The marker alone means nothing; what stays of it, the next start removes.
                let _ = disk.remove(&marker_of(&path));
                return Err(Error::disk("make", &path, error));
            }
        };
        begin(disk, &*file, &path, warcinfo).inspect_err(|_| undo(disk, &path))?;
        let bytes = warcinfo.len() as u64;
        let state = Mutex::new(State { bytes, records: 1, rows: Vec::new() });
        let (durable, lost) = (AtomicU64::new(bytes), OnceLock::new());
        Ok(Self { path, warcinfo_id, opened, file, state, durable, lost })
    }

    pub(crate) fn bytes(&self) -> u64 {
        self.state().bytes
    }

    pub(crate) fn records(&self) -> u64 {
        self.state().records
    }

    /// Appends all records of a snapshot, or nothing.
    pub(crate) fn append(&self, packed: &Packed) -> Result<Place, AppendError> {
        let mut state = self.state();
        let offset = state.bytes;
        if let Err(error) = self.file.append(&packed.bytes) {
            let error = Error::disk("write to", &self.path, error);
            return Err(match self.file.cut(offset) {
                Ok(()) => AppendError::Undone(error),
                Err(_) => AppendError::Torn(error),
            });
        }
        state.bytes += packed.bytes.len() as u64;
        state.records += packed.records;
        state.rows.extend(packed.row.map(|row| Row { offset, ..row }));
        Ok(Place { offset, end: state.bytes })
    }

    pub(crate) fn is_durable(&self, end: u64) -> bool {
        self.durable.load(Ordering::Acquire) >= end
    }

    /// Brings everything appended so far to the disk.
    pub(crate) fn sync(&self) -> Result<(), Error> {
        if let Some(reason) = self.lost.get() {
            return Err(Error::Poisoned(reason.clone()));
        }
        let bytes = self.bytes();
        if self.is_durable(bytes) {
            return Ok(());
        }
        self.file.sync().map_err(|e| {
            let error = Error::disk("sync", &self.path, e);
            self.lost.get_or_init(|| error.in_words());
            error
        })?;
        self.durable.fetch_max(bytes, Ordering::AcqRel);
        Ok(())
    }

    /// Ends it: everything on the disk, the index beside it, the marker gone.
    pub(crate) fn seal(&self, disk: &dyn Disk) -> Result<(), Error> {
        self.sync()?;
        let mut state = self.state();
        let content = index::encode(state.bytes, &mut state.rows);
        seal(disk, &self.path, &content)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // The state is changed only after the write that it tells of.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Makes the marker, on the disk before its segment: one without a marker counts as sealed.
fn mark(disk: &dyn Disk, path: &Path) -> Result<(), Error> {
    let marker = marker_of(path);
    disk.write(&marker, b"").map_err(|e| Error::disk("make", &marker, e))?;
    sync_folder(disk, path)
}

/// Brings the warcinfo record and the name of the file to the disk.
fn begin(
    disk: &dyn Disk,
    file: &dyn SegmentFile,
    path: &Path,
    warcinfo: &[u8],
) -> Result<(), Error> {
    file.append(warcinfo).map_err(|e| Error::disk("write to", path, e))?;
    file.sync().map_err(|e| Error::disk("sync", path, e))?;
    sync_folder(disk, path)
}

/// Removes what was begun, lest a full disk gather a stub for each attempt. The marker goes last;
/// what cannot be removed now, the next start removes.
fn undo(disk: &dyn Disk, path: &Path) {
    let removed = disk.remove(path).and_then(|()| disk.sync_dir(parent_of(path)));
    let _ = removed.and_then(|()| disk.remove(&marker_of(path)));
}

/// Writes a segment's index and takes its marker away.
pub(crate) fn seal(disk: &dyn Disk, path: &Path, index: &[u8]) -> Result<(), Error> {
    let index_path = index::path_of(path);
    if let Err(error) = disk.write(&index_path, index) {
        // The index can be made again at any time; the segment is whole without it.
        tracing::warn!(path = %index_path.display(), %error, "cannot write an index");
    }
    let marker = marker_of(path);
    disk.remove(&marker).map_err(|e| Error::disk("remove", &marker, e))?;
    sync_folder(disk, path)
}

fn sync_folder(disk: &dyn Disk, path: &Path) -> Result<(), Error> {
    let folder = parent_of(path);
    disk.sync_dir(folder).map_err(|e| Error::disk("sync", folder, e))
}

/// The file that says that a segment is not sealed yet.
pub(crate) fn marker_of(segment: &Path) -> PathBuf {
    let mut name = segment.as_os_str().to_owned();
    name.push(".open");
    name.into()
}
