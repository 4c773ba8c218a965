//! Makes up the lines that a sealed segment's sidecar lacks, from the segment alone.

use std::collections::HashMap;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crawl::Fingerprint;
use serde::Serialize;

use super::line::{Header, Line};
use super::reader::Reader;
use super::sidecar_of;
use super::writer::Writer;
use crate::disk::{Disk, parent_of};
use crate::snapshots::Snapshots;
use crate::{Error, Kept, Location, Purpose, find};

/// The sidecar of one segment while it is filled.
///
/// What is there is kept where it is right and of the present version, and only what is missing is
/// read. Else the sidecar is made anew in a file of its own, which takes its place once it is
/// complete. Either way what is done stays done: whoever is interrupted goes on there.
pub struct Filling {
    segment: PathBuf,
    disk: Arc<dyn Disk>,
    /// Which file is written to, and whether it has to get its right name.
    target: PathBuf,
    is_anew: bool,
    writer: Writer,
    source: Source,
    damages: u64,
}

/// Where the snapshots come from that have no line.
enum Source {
    /// All of the segment.
    All(Box<Snapshots>),
    /// Those that begin here.
    Some(std::vec::IntoIter<u64>),
}

/// What came of filling a sidecar.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Filled {
    /// Lines that it has now.
    pub lines: u64,
    /// Damaged places of the segment: what is there cannot be read.
    pub damages: u64,
}

impl Filling {
    /// Looks what is missing beside a segment; nothing when the sidecar says that it is complete.
    /// With `all`, everything is read again.
    pub fn begin(
        disk: Arc<dyn Disk>,
        segment: &Path,
        reader: u32,
        all: bool,
    ) -> Result<Option<Self>, Error> {
        let path = sidecar_of(segment);
        let part = part_of(&path);
        let bytes = segment_bytes(segment)?;
        if !all {
            let there = known(&path, reader)?;
            if there.is_complete(bytes) {
                return Ok(None);
            }
            if let Some(filling) = Self::go_on(&disk, segment, &path, there)? {
                return Ok(Some(filling));
            }
            // What an interrupted run has left: it is nearer to the end than nothing.
            let begun = known(&part, reader)?;
            if begun.is_complete(bytes) {
                disk.rename(&part, &path).map_err(|e| Error::disk("rename", &part, e))?;
                return Ok(None);
            }
            if let Some(filling) = Self::go_on(&disk, segment, &part, begun)? {
                return Ok(Some(Self { is_anew: true, ..filling }));
            }
        }
        Self::anew(disk, segment, &part, reader).map(Some)
    }

    fn anew(disk: Arc<dyn Disk>, segment: &Path, part: &Path, reader: u32) -> Result<Self, Error> {
        let folder = parent_of(part);
        disk.create_dir(folder).map_err(|e| Error::disk("make", folder, e))?;
        remove_part(&*disk, part)?;
        let name = segment.file_name().unwrap_or_default().to_string_lossy();
        let writer = Writer::create(&*disk, part, &Header::new(&name, reader))?;
        let source = Source::All(Box::new(Snapshots::open(segment)?));
        let (segment, target) = (segment.to_owned(), part.to_owned());
        Ok(Self { segment, disk, target, is_anew: true, writer, source, damages: 0 })
    }

    /// Goes on with a file where all its lines are right; else nothing.
    fn go_on(
        disk: &Arc<dyn Disk>,
        segment: &Path,
        path: &Path,
        known: Known,
    ) -> Result<Option<Self>, Error> {
        // A mark that tells of a segment of another length stands in the way of more lines.
        let Known::Lines { end: None, lines, count, whole_bytes } = known else { return Ok(None) };
        let Some((missing, damages)) = missing(segment, lines)? else { return Ok(None) };
        let length = std::fs::metadata(path).map_err(|e| Error::disk("look at", path, e))?.len();
        if whole_bytes < length {
            disk.cut(path, whole_bytes).map_err(|e| Error::disk("cut", path, e))?;
        }
        let writer = Writer::reopen(&**disk, path, count)?;
        Ok(Some(Self {
            segment: segment.to_owned(),
            disk: Arc::clone(disk),
            target: path.to_owned(),
            is_anew: false,
            writer,
            source: Source::Some(missing.into_iter()),
            damages,
        }))
    }

    /// The next snapshot that has no line, in the order of the segment.
    pub fn next_snapshot(&mut self) -> Result<Option<Kept>, Error> {
        match &mut self.source {
            Source::All(snapshots) => loop {
                let Some(kept) = snapshots.next_snapshot()? else {
                    self.damages = snapshots.damages();
                    return Ok(None);
                };
                if has_line(&kept) {
                    return Ok(Some(kept));
                }
            },
            Source::Some(offsets) => offsets.next().map(|at| load(&self.segment, at)).transpose(),
        }
    }

    /// Adds the line of a snapshot.
    pub fn put<T: Serialize>(&mut self, line: &Line<T>) -> Result<(), Error> {
        if self.writer.push(&line.encode()?) { self.writer.flush() } else { Ok(()) }
    }

    /// Writes what waits: what is done so far is kept, the rest is for the next run.
    pub fn pause(mut self) -> Result<(), Error> {
        self.writer.flush()
    }

    /// Marks the sidecar as complete, and gives it its name.
    pub fn finish(mut self) -> Result<Filled, Error> {
        self.writer.flush()?;
        let lines = self.writer.lines();
        self.writer.end(segment_bytes(&self.segment)?)?;
        let path = sidecar_of(&self.segment);
        if self.is_anew {
            let renamed = self.disk.rename(&self.target, &path);
            renamed.map_err(|e| Error::disk("rename", &self.target, e))?;
        } else {
            // One that an older program has begun is of no use any more.
            remove_part(&*self.disk, &part_of(&path))?;
        }
        Ok(Filled { lines, damages: self.damages })
    }
}

/// Whether a snapshot has a line in its sidecar: an answer, asked for as a page.
pub(super) fn has_line(kept: &Kept) -> bool {
    let is_page = kept.attempt.as_ref().is_some_and(|a| a.purpose == Purpose::Page);
    is_page && kept.response.is_some()
}

fn remove_part(disk: &dyn Disk, part: &Path) -> Result<(), Error> {
    if part.exists() {
        disk.remove(part).map_err(|e| Error::disk("remove", part, e))?;
    }
    Ok(())
}

fn part_of(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".part");
    name.into()
}

fn segment_bytes(segment: &Path) -> Result<u64, Error> {
    let failed = |e| Error::disk("look at", segment, e);
    Ok(File::open(segment).and_then(|file| file.metadata()).map_err(failed)?.len())
}

/// The snapshots that have a line: fingerprints of their records by their offsets, about 30 bytes
/// each.
type Lines = HashMap<u64, u64>;

/// What a file can give.
enum Known {
    /// It is not there, damaged, or of another version.
    Nothing,
    /// Lines.
    Lines {
        /// The length of the segment by the mark at its end.
        end: Option<u64>,
        lines: Lines,
        count: u64,
        whole_bytes: u64,
    },
}

impl Known {
    /// Whether it says that every snapshot of a segment of this length has a line.
    fn is_complete(&self, segment_bytes: u64) -> bool {
        matches!(self, Self::Lines { end: Some(end), .. } if *end == segment_bytes)
    }
}

fn known(path: &Path, reader: u32) -> Result<Known, Error> {
    if !path.is_file() {
        return Ok(Known::Nothing);
    }
    match lines_of(path, reader) {
        Err(error @ (Error::Sidecar { .. } | Error::NewerSidecar { .. })) => {
            tracing::info!(%error, "made anew");
            Ok(Known::Nothing)
        }
        known => known,
    }
}

fn lines_of(path: &Path, version: u32) -> Result<Known, Error> {
    let Some(mut reader) = Reader::open(path)? else { return Ok(Known::Nothing) };
    if reader.header().reader != version {
        return Ok(Known::Nothing);
    }
    let (mut lines, mut count) = (Lines::new(), 0);
    while let Some(place) = reader.next_place()? {
        if place.reader != version {
            return Ok(Known::Nothing);
        }
        lines.insert(place.offset, Fingerprint::of(&place.record).0);
        count += 1;
    }
    let end = reader.end().map(|end| end.segment_bytes);
    // Two lines of one snapshot are one too many.
    let is_right = count == lines.len() as u64 && reader.end().is_none_or(|end| end.lines == count);
    Ok(if is_right {
        Known::Lines { end, lines, count, whole_bytes: reader.whole_bytes() }
    } else {
        Known::Nothing
    })
}

/// The snapshots of a segment that have no line, and the damaged places in it; nothing when a line
/// is of a snapshot that is not there.
fn missing(segment: &Path, mut lines: Lines) -> Result<Option<(Vec<u64>, u64)>, Error> {
    let mut snapshots = Snapshots::open(segment)?;
    let mut missing = Vec::new();
    while let Some(kept) = snapshots.next_snapshot()? {
        if !has_line(&kept) {
            continue;
        }
        let record = kept.response.as_ref().and_then(|r| r.header.uri("WARC-Record-ID"));
        match lines.remove(&kept.location.offset) {
            Some(line) if line == Fingerprint::of(record.unwrap_or_default()).0 => {}
            Some(_) => return Ok(None),
            None => missing.push(kept.location.offset),
        }
    }
    Ok(lines.is_empty().then_some((missing, snapshots.damages())))
}

fn load(segment: &Path, offset: u64) -> Result<Kept, Error> {
    let date = crawl::UnixMicros(0);
    let mut kept = find::load(&Location { date, segment: segment.to_owned(), offset })?;
    if let Some(attempt) = &kept.attempt {
        kept.location.date = attempt.started;
    }
    Ok(kept)
}
