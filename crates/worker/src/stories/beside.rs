//! What stands beside the archive and is not in the store.

use std::collections::HashMap;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use archive::articles::{Reader, sidecars};
use extract::Article;
use story::store::{Arrival, Segment};

use super::arrival::arrival;
use super::sink::in_words;

/// Articles that are read at a time.
const BATCH: usize = 256;

/// Files that were taken as a whole, with what they had then, by the names of their segments.
pub(super) type Known = HashMap<String, Segment>;

pub(super) fn by_name(segments: Vec<Segment>) -> Known {
    segments.into_iter().map(|segment| (segment.name.clone(), segment)).collect()
}

/// Which files are to be looked through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Which {
    /// Those whose segments have ended.
    Sealed,
    All,
}

/// What stands in a file.
pub(super) enum Found<'a> {
    /// Its next articles.
    Batch(Vec<Arrival>),
    /// Its end: all of it was found.
    Whole(&'a Sidecar),
}

/// What came of looking through a directory.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Looked {
    /// Nobody broke it off.
    pub(super) is_to_the_end: bool,
    /// Files that cannot be read: each was told, and keeps no other one out.
    pub(super) damaged: u64,
}

/// Gives what stands in the files of a data directory that are not known as they are now, file by
/// file, until `take` breaks it off or fails. Those that are known are not opened.
pub(super) fn each_unknown<E>(
    data: &Path,
    known: &Known,
    which: Which,
    take: &mut dyn FnMut(Found<'_>) -> Result<ControlFlow<()>, E>,
) -> Result<Looked, Unfinished<E>> {
    let mut looked = Looked { is_to_the_end: true, damaged: 0 };
    for path in sidecars(data).map_err(Unfinished::Archive)? {
        match each_in(data, &path, (known, which), take) {
            Ok(ControlFlow::Continue(())) => {}
            Ok(ControlFlow::Break(())) => {
                looked.is_to_the_end = false;
                break;
            }
            Err(Unfinished::Archive(error)) => {
                let error = in_words(&error);
                tracing::warn!(error, "articles cannot be read; stories may lack them");
                looked.damaged += 1;
            }
            Err(error) => return Err(error),
        }
    }
    Ok(looked)
}

/// Why it could not be looked through.
#[derive(Debug)]
pub(super) enum Unfinished<E> {
    /// What stands beside the archive cannot be read.
    Archive(archive::Error),
    /// Whoever took it failed.
    Taking(E),
}

fn each_in<E>(
    data: &Path,
    path: &Path,
    (known, which): (&Known, Which),
    take: &mut dyn FnMut(Found<'_>) -> Result<ControlFlow<()>, E>,
) -> Result<ControlFlow<()>, Unfinished<E>> {
    let Some((name, is_sealed)) = segment_of(data, path) else {
        return Ok(ControlFlow::Continue(()));
    };
    let is_known = known.get(&name).is_some_and(|before| length_of(path) == Some(before.bytes));
    if is_known || which == Which::Sealed && !is_sealed {
        return Ok(ControlFlow::Continue(()));
    }
    let sidecar = Sidecar::of(data, path).map_err(Unfinished::Archive)?;
    let Some(sidecar) = sidecar else { return Ok(ControlFlow::Continue(())) };
    let mut arrivals = Arrivals::of(&sidecar, "").map_err(Unfinished::Archive)?;
    loop {
        let batch = arrivals.next_batch(BATCH).map_err(Unfinished::Archive)?;
        let is_end = batch.is_empty();
        let found = if is_end { Found::Whole(&sidecar) } else { Found::Batch(batch) };
        let went = take(found).map_err(Unfinished::Taking)?;
        if is_end || went.is_break() {
            return Ok(went);
        }
    }
}

/// The bytes of a file, where it can be looked at.
fn length_of(path: &Path) -> Option<u64> {
    Some(std::fs::metadata(path).ok()?.len())
}

/// A file of articles, and what it had when it was looked at.
#[derive(Clone, Debug)]
pub(super) struct Sidecar {
    pub(super) path: PathBuf,
    /// Its segment with its lines, and its bytes: at least so many were there.
    pub(super) now: Segment,
    /// Nobody writes to its segment any more.
    pub(super) is_sealed: bool,
}

impl Sidecar {
    /// Looks at a file of a data directory; nothing where it is none, or nothing is in it yet.
    pub(super) fn of(data: &Path, path: &Path) -> Result<Option<Self>, archive::Error> {
        // The marker first: what is sealed now has all its lines.
        let Some((name, is_sealed)) = segment_of(data, path) else { return Ok(None) };
        let Some(reader) = Reader::open(path)? else { return Ok(None) };
        // Before its lines, which may be on their way.
        let bytes = length_of(path).unwrap_or_default();
        let now = Segment { name, lines: reader.figures()?.lines, bytes };
        Ok(Some(Self { path: path.to_owned(), now, is_sealed }))
    }
}

/// The file name of the segment that a file of articles is of, and whether it is sealed.
fn segment_of(data: &Path, sidecar: &Path) -> Option<(String, bool)> {
    let stem = sidecar.file_name()?.to_string_lossy();
    let name = format!("{}.warc.gz", stem.strip_suffix(".jsonl.zst")?);
    let is_sealed = !archive::is_open(&data.join("archive").join(&name));
    Some((name, is_sealed))
}

/// The articles of one file, in their order.
pub(super) struct Arrivals {
    reader: Option<Reader>,
    /// Where they are of; its archive is named for the store of a fleet only.
    archive: String,
    segment: String,
}

impl Arrivals {
    pub(super) fn of(sidecar: &Sidecar, archive: &str) -> Result<Self, archive::Error> {
        let (archive, segment) = (archive.to_owned(), sidecar.now.name.clone());
        Ok(Self { reader: Reader::open(&sidecar.path)?, archive, segment })
    }

    /// The next ones, so many at most; none at the end.
    pub(super) fn next_batch(&mut self, most: usize) -> Result<Vec<Arrival>, archive::Error> {
        let mut batch = Vec::new();
        while batch.len() < most {
            let Some(reader) = &mut self.reader else { break };
            match reader.next_line::<Article>()? {
                Some(line) => batch.extend(arrival(line, &self.segment, None)),
                None => self.reader = None,
            }
        }
        for place in batch.iter_mut().filter_map(|arrival: &mut Arrival| arrival.place.as_mut()) {
            place.archive.clone_from(&self.archive);
        }
        Ok(batch)
    }
}
