//! What is remembered of all files: little of each record, so that large archives can be judged.

use std::collections::{HashMap, HashSet};
use std::path::PathBuf;

use crawl::Fingerprint;

use super::about::About;
use super::clock::Clock;
use super::revisit::Captures;

/// One attempt: when it was, and where to read more about it. Times are microseconds on the
/// frontier's clock.
#[derive(Clone, Copy, Debug)]
pub(super) struct Seen {
    pub(super) started: i64,
    /// The first byte, or the end of a failed attempt: the delay runs from here.
    pub(super) free: i64,
    pub(super) ended: i64,
    /// When the lease ended at the latest; never, where that is not told.
    pub(super) lease_until: i64,
    pub(super) clock: Clock,
    /// How long the answer asks to be left alone, from then on, in milliseconds.
    pub(super) rest_ms: u32,
    /// The metadata record.
    pub(super) offset: u64,
    /// Bytes from the response record to it; none when there was no response.
    pub(super) back: u32,
    pub(super) file: u32,
    pub(super) about: u32,
    /// The host in the URL, whatever lease it had.
    pub(super) host: u32,
}

impl Seen {
    /// Whether it was not over when its lease was.
    pub(super) fn is_held(&self) -> bool {
        self.ended > self.lease_until
    }
}

/// All that is remembered.
#[derive(Default)]
pub(super) struct Evidence {
    pub(super) files: Vec<PathBuf>,
    pub(super) abouts: Vec<About>,
    pub(super) seen: Vec<Seen>,
    pub(super) captures: Captures,
    pub(super) hosts: Names,
    /// Record ids, by 64 bits that nobody can make collide.
    ids: HashSet<u64>,
}

impl Evidence {
    pub(super) fn new(files: Vec<PathBuf>) -> Self {
        Self { files, ..Self::default() }
    }

    /// The name of a file, as findings give it.
    pub(super) fn file_name(&self, number: usize) -> String {
        let path = self.files.get(number);
        let name = path.and_then(|path| path.file_name()).unwrap_or_default();
        name.to_string_lossy().into_owned()
    }

    /// Whether a record id comes for the first time.
    pub(super) fn is_new(&mut self, id: &str) -> bool {
        self.ids.insert(Fingerprint::of(id).0)
    }
}

/// Names that are kept once.
#[derive(Default)]
pub(super) struct Names(HashMap<String, u32>);

impl Names {
    /// The number of a name, the same for the same name.
    pub(super) fn number(&mut self, name: &str) -> u32 {
        if let Some(known) = self.0.get(name) {
            return *known;
        }
        let number = u32::try_from(self.0.len()).unwrap_or(u32::MAX);
        self.0.insert(name.to_owned(), number);
        number
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }
}
