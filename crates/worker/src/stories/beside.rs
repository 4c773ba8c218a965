//! What stands beside the archive and is not in the store.

use std::path::{Path, PathBuf};

use archive::articles::Reader;
use extract::Article;
use story::store::{Arrival, Segment};

use super::arrival::arrival;

/// A file of articles, and what it had when it was looked at.
#[derive(Clone, Debug)]
pub(super) struct Sidecar {
    pub(super) path: PathBuf,
    /// Its segment with its lines and bytes.
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
        let figures = reader.figures()?;
        let now = Segment { name, lines: figures.lines, bytes: figures.bytes };
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
