//! A sidecar that grows, a group of lines at a time.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::group::{End, Head, Waiting};
use super::line::{Encoded, Header};
use crate::Error;
use crate::disk::{Disk, SegmentFile};

/// A sidecar that is written to.
#[derive(Debug)]
pub(super) struct Writer {
    path: PathBuf,
    file: Arc<dyn SegmentFile>,
    /// Bytes of whole groups.
    bytes: u64,
    /// Lines in them.
    lines: u64,
    waiting: Waiting,
    /// What was written of a group could not be removed: what follows it could not be read.
    is_torn: bool,
}

impl Writer {
    /// Makes the file, with its header in it.
    pub(super) fn create(disk: &dyn Disk, path: &Path, header: &Header) -> Result<Self, Error> {
        let file = disk.create(path).map_err(|e| Error::disk("make", path, e))?;
        let mut writer = Self::on(path, file, 0, 0);
        let mut json = serde_json::to_vec(header).map_err(Error::Encode)?;
        json.push(b'\n');
        writer.waiting = Waiting::of_header(json);
        writer.write_waiting().inspect_err(|_| {
            // A stub would stand in the way of the next attempt; who reads one takes it for empty.
            let _ = disk.remove(path);
        })?;
        Ok(writer)
    }

    /// Goes on with a file that ends with a whole group.
    pub(super) fn reopen(disk: &dyn Disk, path: &Path, lines: u64) -> Result<Self, Error> {
        let file = disk.reopen(path).map_err(|e| Error::disk("open", path, e))?;
        let bytes = std::fs::metadata(path).map_err(|e| Error::disk("look at", path, e))?.len();
        Ok(Self::on(path, file, bytes, lines))
    }

    fn on(path: &Path, file: Arc<dyn SegmentFile>, bytes: u64, lines: u64) -> Self {
        let path = path.to_owned();
        Self { path, file, bytes, lines, waiting: Waiting::default(), is_torn: false }
    }

    /// Adds a line; says whether its group should be written now.
    pub(super) fn push(&mut self, line: &Encoded) -> bool {
        self.waiting.push(line);
        self.waiting.is_full()
    }

    /// Lines that are not written yet.
    pub(super) fn waiting(&self) -> u32 {
        self.waiting.lines()
    }

    /// Lines that are written.
    pub(super) fn lines(&self) -> u64 {
        self.lines
    }

    /// Writes the lines that wait. Where that fails they are dropped, and nothing of them stays.
    pub(super) fn flush(&mut self) -> Result<(), Error> {
        if self.waiting.lines() == 0 { Ok(()) } else { self.write_waiting() }
    }

    fn write_waiting(&mut self) -> Result<(), Error> {
        let waiting = std::mem::take(&mut self.waiting);
        let packed = waiting.pack().map_err(|e| Error::disk("compress for", &self.path, e))?;
        self.append(&packed)?;
        self.lines += u64::from(waiting.lines());
        Ok(())
    }

    /// Writes the mark that nothing is missing.
    pub(super) fn end(mut self, segment_bytes: u64) -> Result<(), Error> {
        self.flush()?;
        let end = End { segment_bytes, lines: self.lines };
        self.append(&Head::End(end).encode())
    }

    fn append(&mut self, bytes: &[u8]) -> Result<(), Error> {
        if self.is_torn {
            let torn = std::io::Error::other("an earlier write could not be undone");
            return Err(Error::disk("write to", &self.path, torn));
        }
        if let Err(error) = self.file.append(bytes) {
            self.is_torn = self.file.cut(self.bytes).is_err();
            return Err(Error::disk("write to", &self.path, error));
        }
        self.bytes += bytes.len() as u64;
        Ok(())
    }
}
