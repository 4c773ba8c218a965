//! Lists of seeds: reading them from arguments, files and standard input, and writing them.
//!
//! Every reader streams: what is held is one line (or one XML element), whatever the length of the
//! list. A bad line is named by file and line and the others go on; only a file that cannot be read
//! as what it is ends the reading, as a [`ReadError`].
//!
//! # Layout
//! - [`mod@format`]: txt, CSV, OPML; by extension, by the first bytes, and what is none of them
//! - [`input`]: a source as a stream of UTF-8
//! - [`lines`]: lines of a bounded length
//! - [`txt`], [`csv`], [`opml`]: the readers
//! - [`mod@write`]: the writers
//! - [`error`]: why a whole file is not read

mod csv;
mod error;
mod format;
mod input;
mod lines;
mod opml;
mod txt;
mod write;

use std::path::PathBuf;

use anyhow::Result;
use crawl::SeedSpec;

pub(crate) use error::ReadError;
pub(crate) use format::Format;
pub(crate) use write::Writer;

use crate::exit::usage;

/// Seeds are handed on in batches of this many, so that a long list does not fill the memory.
pub(crate) const BATCH: usize = 1_000;

/// A line that was refused.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub(crate) struct Refused {
    /// `seeds.txt:12`, or `argument 3`.
    pub(crate) place: String,
    /// What is wrong with it, and what to write.
    pub(crate) reason: String,
}

/// Where seeds come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    /// Each argument as a line of a txt list.
    Arguments(Vec<String>),
    /// A file (`-`: standard input), in the format of its extension, else of its first bytes.
    File(PathBuf),
    /// A file (`-`: standard input) in a format that is known.
    FileAs(PathBuf, Format),
}

/// What a reader gives: a seed, or the line that is none.
pub(crate) type Line = Result<SeedSpec, Refused>;

/// The seeds of one source, one after the other.
pub(crate) enum Reader {
    Arguments(std::iter::Enumerate<std::vec::IntoIter<String>>),
    Txt(txt::Txt),
    Csv(Box<csv::Csv>),
    Opml(Box<opml::Opml>),
}

/// Opens a source, and reads as much of it as it takes to know its format.
pub(crate) fn open(source: &Source) -> Result<Reader, ReadError> {
    let input = match source {
        Source::Arguments(given) => {
            return Ok(Reader::Arguments(given.clone().into_iter().enumerate()));
        }
        Source::File(path) => input::open(path, None)?,
        Source::FileAs(path, format) => input::open(path, Some(*format))?,
    };
    Reader::of(input)
}

impl Reader {
    fn of(input: input::Input) -> Result<Self, ReadError> {
        Ok(match input.format {
            Format::Txt => Self::Txt(txt::Txt::new(input)),
            Format::Csv => Self::Csv(Box::new(csv::Csv::new(input)?)),
            Format::Opml => Self::Opml(Box::new(opml::Opml::new(input))),
        })
    }

    /// What its user should know beside the refused lines: a few sentences at most, complete when
    /// all is read.
    pub(crate) fn notices(&self) -> Vec<String> {
        match self {
            Self::Arguments(_) | Self::Txt(_) => Vec::new(),
            Self::Csv(csv) => csv.notices().to_vec(),
            Self::Opml(opml) => opml.notices(),
        }
    }
}

impl Iterator for Reader {
    type Item = Result<Line, ReadError>;

    fn next(&mut self) -> Option<Self::Item> {
        match self {
            Self::Arguments(given) => loop {
                let (index, text) = given.next()?;
                if let Some(line) = txt::parse(&text) {
                    let place = || format!("argument {}", index + 1);
                    return Some(Ok(line.map_err(|reason| Refused { place: place(), reason })));
                }
            },
            Self::Txt(txt) => txt.next(),
            Self::Csv(csv) => csv.next(),
            Self::Opml(opml) => opml.next(),
        }
    }
}

/// What came of reading.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Told {
    /// Seeds and refused lines; comments and empty lines do not count.
    pub(crate) lines: u64,
    /// See [`Reader::notices`].
    pub(crate) notices: Vec<String>,
}

/// Reads every source, hands good seeds on in batches, and gives each bad line to `refuse`.
pub(crate) async fn read(
    sources: &[Source],
    refuse: &mut impl FnMut(Refused),
    accept: &mut impl AsyncFnMut(Vec<SeedSpec>) -> Result<()>,
) -> Result<Told> {
    let mut told = Told::default();
    let mut batch = Vec::new();
    for source in sources {
        let mut reader = open(source).map_err(failure)?;
        for line in &mut reader {
            match line.map_err(failure)? {
                Ok(spec) => batch.push(spec),
                Err(refused) => refuse(refused),
            }
            told.lines += 1;
            if batch.len() >= BATCH {
                accept(std::mem::take(&mut batch)).await?;
            }
        }
        told.notices.extend(reader.notices());
    }
    if !batch.is_empty() {
        accept(batch).await?;
    }
    Ok(told)
}

/// A wrong kind of file is wrong usage; one that cannot be read is a failure.
fn failure(error: ReadError) -> anyhow::Error {
    if error.is_usage() { usage(error) } else { error.into() }
}

#[cfg(test)]
mod tests;
