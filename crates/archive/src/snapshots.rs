//! The snapshots of one segment, from its beginning to its end.

use std::path::{Path, PathBuf};

use crawl::UnixMicros;

use crate::read::{Reader, Record, RecordType};
use crate::recovery::go_on_behind;
use crate::{Attempt, Error, Kept, Location};

/// Reads the whole snapshots of a segment in their order. What is damaged is passed over and
/// counted.
pub struct Snapshots {
    path: PathBuf,
    reader: Reader,
    /// The snapshot whose records are being read.
    open: Option<Kept>,
    /// Something of it is damaged.
    is_broken: bool,
    damages: u64,
    /// The id of the warcinfo record that stands first.
    info_id: String,
}

impl Snapshots {
    /// Opens a segment.
    pub fn open(path: &Path) -> Result<Self, Error> {
        let reader = Reader::open(path)?;
        let (path, info_id) = (path.to_owned(), String::new());
        Ok(Self { path, reader, open: None, is_broken: false, damages: 0, info_id })
    }

    /// Damaged places so far.
    pub fn damages(&self) -> u64 {
        self.damages
    }

    /// The next one; nothing at the end.
    pub fn next_snapshot(&mut self) -> Result<Option<Kept>, Error> {
        loop {
            match self.reader.next_record() {
                Ok(None) => return Ok(None),
                Ok(Some(record)) => {
                    if let Some(kept) = self.take(record) {
                        return Ok(Some(kept));
                    }
                }
                Err(damage) => {
                    self.damages += 1;
                    (self.open, self.is_broken) = (None, true);
                    go_on_behind(&mut self.reader, &self.path, &damage)?;
                }
            }
        }
    }

    /// Takes a record; gives the snapshot that it ends.
    fn take(&mut self, record: Record) -> Option<Kept> {
        let names = record.header.get("WARC-Warcinfo-ID") == Some(&self.info_id);
        if self.damages > 0 && !self.info_id.is_empty() && !names {
            // A page may be an archive itself, whose records lie open once the member around it is
            // damaged.
            return None;
        }
        match record.header.record_type() {
            RecordType::Warcinfo => {
                let id = record.header.get("WARC-Record-ID").unwrap_or_default();
                id.clone_into(&mut self.info_id);
                (self.open, self.is_broken) = (None, false);
            }
            RecordType::Request => {
                self.is_broken = false;
                let mut kept = self.begun(record.offset);
                kept.request = Some(record);
                self.open = Some(kept);
            }
            RecordType::Response | RecordType::Revisit if !self.is_broken => {
                let offset = record.offset;
                let mut kept = self.open.take().unwrap_or_else(|| self.begun(offset));
                kept.response = Some(record);
                self.open = Some(kept);
            }
            RecordType::Metadata => {
                let is_broken = std::mem::take(&mut self.is_broken);
                let open = self.open.take();
                if is_broken && record.header.get("WARC-Concurrent-To").is_some() {
                    return None;
                }
                let mut kept = open.unwrap_or_else(|| self.begun(record.offset));
                kept.attempt = Attempt::parse(&record.block).ok();
                kept.location.date = kept.attempt.as_ref().map_or(UnixMicros(0), |a| a.started);
                return Some(kept);
            }
            _ => {}
        }
        None
    }

    fn begun(&self, offset: u64) -> Kept {
        let location = Location { date: UnixMicros(0), segment: self.path.clone(), offset };
        Kept { location, request: None, response: None, attempt: None }
    }
}
