//! Stories on a disk: texts that wait for comparison, and where each text stands in the end.

pub(crate) mod aligned;
pub(crate) mod lines;
pub(crate) mod name;
pub(crate) mod reader;
pub(crate) mod view;

use std::collections::HashMap;
use std::fs::File;
use std::io::Write;
use std::os::unix::fs::FileExt;
use std::sync::Arc;

use anyhow::{Context, Result, bail};
use serde_json::Value;
use story::{Assignment, Kind, TextsError};

/// Compression of waiting texts: they are read a few times at most.
const LEVEL: i32 = 1;
/// A text is this many bytes at most; lines are bounded before.
const TEXT_BYTES_MAX: usize = 64 << 20;

/// Names and texts in a temporary file, by number; eight bytes of memory for each.
pub(crate) struct Texts {
    file: File,
    /// Where each record ends.
    ends: Vec<u64>,
}

impl Texts {
    /// An empty store in the folder for temporary files; it goes with this value.
    pub(crate) fn temporary() -> Result<Self> {
        let file = tempfile::tempfile().context("cannot make a temporary file for the texts")?;
        Ok(Self { file, ends: Vec::new() })
    }

    /// Appends a text, and gives its number.
    pub(crate) fn add(&mut self, name: &Value, text: &str) -> Result<u64> {
        let name = serde_json::to_vec(name)?;
        let mut record =
            u32::try_from(name.len()).context("a name is too long")?.to_le_bytes().to_vec();
        record.extend(name);
        record.extend(
            zstd::bulk::compress(text.as_bytes(), LEVEL).context("cannot compress a text")?,
        );
        self.file.write_all(&record).context("cannot write to the temporary file of texts")?;
        let start = self.ends.last().copied().unwrap_or(0);
        self.ends.push(start + record.len() as u64);
        Ok(self.ends.len() as u64 - 1)
    }

    /// The name that a text came with.
    pub(crate) fn name(&self, number: u64) -> Result<Value> {
        let record = self.record(number)?;
        let (name, _) = parts(&record)?;
        Ok(serde_json::from_slice(name)?)
    }

    fn record(&self, number: u64) -> Result<Vec<u8>> {
        let at = usize::try_from(number)?;
        let end = *self.ends.get(at).context("there is no such text")?;
        let start = at.checked_sub(1).map_or(0, |before| self.ends[before]);
        let mut record = vec![0; usize::try_from(end - start)?];
        let read = self.file.read_exact_at(&mut record, start);
        read.context("cannot read from the temporary file of texts")?;
        Ok(record)
    }
}

/// Name and compressed text of a record.
fn parts(record: &[u8]) -> Result<(&[u8], &[u8])> {
    let broken = || anyhow::anyhow!("the temporary file of texts is broken");
    let (length, rest) = record.split_first_chunk().ok_or_else(broken)?;
    rest.split_at_checked(u32::from_le_bytes(*length) as usize).ok_or_else(broken)
}

impl story::Texts for Texts {
    fn text(&self, id: u64) -> Result<Option<Arc<str>>, TextsError> {
        let text = || -> Result<Arc<str>> {
            let record = self.record(id)?;
            let (_, packed) = parts(&record)?;
            let bytes = zstd::bulk::decompress(packed, TEXT_BYTES_MAX)?;
            match String::from_utf8(bytes) {
                Ok(text) => Ok(Arc::from(text)),
                Err(_) => bail!("the temporary file of texts is broken"),
            }
        };
        text().map(Some).map_err(|error| TextsError::from(format!("{error:#}")))
    }
}

/// Where each text stands, as later ones merge stories and take digests out.
#[derive(Default)]
pub(crate) struct Membership {
    /// By text: its story and how it belongs to it.
    stories: Vec<(u64, Kind)>,
    /// Stories that are now in others.
    merged: HashMap<u64, u64>,
}

impl Membership {
    /// Takes in what became of the next text.
    pub(crate) fn note(&mut self, assignment: &Assignment) {
        for merged in &assignment.merged {
            self.merged.insert(merged.0, assignment.story.0);
        }
        for moved in &assignment.moved {
            let at = usize::try_from(moved.article).ok();
            if let Some(place) = at.and_then(|at| self.stories.get_mut(at)) {
                *place = (moved.to.0, if moved.is_digest { Kind::Digest } else { place.1 });
            }
        }
        self.stories.push((assignment.story.0, assignment.kind));
    }

    /// How many texts there are.
    pub(crate) fn len(&self) -> u64 {
        self.stories.len() as u64
    }

    /// The story of a text, and how it belongs to it.
    pub(crate) fn of(&mut self, number: u64) -> (u64, Kind) {
        let (mut story, kind) = self.stories[usize::try_from(number).unwrap_or(usize::MAX)];
        while let Some(other) = self.merged.get(&story) {
            story = *other;
        }
        (story, kind)
    }
}
