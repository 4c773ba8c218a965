//! The articles of data directories, in the order of their segments.

use std::collections::VecDeque;
use std::io;
use std::path::{Path, PathBuf};

use crawl::{Outlet, UnixMicros};
use serde::de::DeserializeOwned;

use super::line::Line;
use super::reader::Reader;
use super::sidecar_of;
use crate::{Error, Location};

/// Which lines are wanted. What is not costs little: groups of another time are passed over, lines
/// of another outlet are not read as a whole.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Fetched at this time or later.
    pub from: Option<UnixMicros>,
    /// Fetched before this time.
    pub to: Option<UnixMicros>,
    /// Of this outlet.
    pub outlet: Option<Outlet>,
}

impl Filter {
    pub(super) fn takes_time(&self, at: UnixMicros) -> bool {
        self.from.is_none_or(|from| from <= at) && self.to.is_none_or(|to| at < to)
    }

    /// Whether something of a span of time, ends included, may be wanted.
    pub(super) fn overlaps(&self, first: UnixMicros, last: UnixMicros) -> bool {
        self.from.is_none_or(|from| from <= last) && self.to.is_none_or(|to| first < to)
    }

    /// Whether each line has to be looked at.
    pub(super) fn is_of_lines(&self) -> bool {
        *self != Self::default()
    }
}

/// The sidecars of a data directory, sorted by name; none where it has none.
pub fn sidecars(data: &Path) -> Result<Vec<PathBuf>, Error> {
    let folder = data.join("articles");
    let failed = |e| Error::disk("list", &folder, e);
    let entries = match std::fs::read_dir(&folder) {
        Ok(entries) => entries,
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(e) => return Err(failed(e)),
    };
    let mut found = Vec::new();
    for entry in entries {
        let path = entry.map_err(failed)?.path();
        if path.to_string_lossy().ends_with(".jsonl.zst") {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

/// The line of a snapshot, where its sidecar has one. Of the other groups only the heads are read.
pub fn line_of<T: DeserializeOwned>(location: &Location) -> Result<Option<Line<T>>, Error> {
    let path = sidecar_of(&location.segment);
    if !path.is_file() {
        return Ok(None);
    }
    let (from, to) = (location.date, UnixMicros(location.date.0.saturating_add(1)));
    let at_that_time = Filter { from: Some(from), to: Some(to), outlet: None };
    let Some(reader) = Reader::open(&path)? else { return Ok(None) };
    let mut reader = reader.with_filter(at_that_time);
    while let Some(line) = reader.next_line()? {
        if line.offset == location.offset {
            return Ok(Some(line));
        }
    }
    Ok(None)
}

/// Reads the sidecars of data directories, of one worker or of several, in the order in which their
/// segments were begun.
pub struct Folders {
    left: VecDeque<PathBuf>,
    current: Option<Reader>,
    filter: Filter,
}

impl Folders {
    /// Looks which sidecars there are.
    pub fn open(data: &[PathBuf], filter: Filter) -> Result<Self, Error> {
        let mut found = Vec::new();
        for folder in data {
            found.extend(sidecars(folder)?);
        }
        // A segment's name begins with the time at which it was begun.
        found.sort_by(|a, b| a.file_name().cmp(&b.file_name()).then_with(|| a.cmp(b)));
        Ok(Self { left: found.into(), current: None, filter })
    }

    /// The next line that is wanted; nothing when there is no more. After an error, which is about
    /// one sidecar, the next call goes on with the one behind it.
    pub fn next_line<T: DeserializeOwned>(&mut self) -> Result<Option<Line<T>>, Error> {
        loop {
            if let Some(mut reader) = self.current.take()
                && let Some(line) = reader.next_line()?
            {
                self.current = Some(reader);
                return Ok(Some(line));
            }
            let Some(path) = self.left.pop_front() else { return Ok(None) };
            self.current = Reader::open(&path)?.map(|r| r.with_filter(self.filter.clone()));
        }
    }

    /// The sidecar that the last line came from.
    pub fn path(&self) -> Option<&Path> {
        self.current.as_ref().map(Reader::path)
    }
}
