//! `newshound archive stats`: what the archive holds, and what is missing beside it.

use std::path::{Path, PathBuf};

use anyhow::Result;
use archive::articles::{Figures, Reader, sidecar_of};
use serde::Serialize;

use crate::data_dir::DataDir;
use crate::exit::Exit;
use crate::{out, units};

/// Says how much the archive holds, and how many of its segments have their articles beside them.
/// No page is read for it.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// The data directory of the crawl
    #[arg(long, value_name = "DIR", default_value = "newshound-data")]
    data: PathBuf,
    /// Print one object as JSON on standard output
    #[arg(long)]
    json: bool,
}

/// What there is.
#[derive(Debug, Default, Serialize)]
struct Stats {
    /// Segments, the open one included.
    segments: u64,
    /// Segments that are written to, or were when their crawl died.
    open: u64,
    /// Bytes of the segments.
    bytes: u64,
    /// Snapshots that have a line beside the archive.
    read: u64,
    /// Articles among them.
    articles: u64,
    /// Bytes of the articles.
    articles_bytes: u64,
    /// Sealed segments without articles beside them.
    missing: u64,
    /// Those with some that nobody has compared with the segment: some may be missing.
    unchecked: u64,
    /// Damaged files of articles.
    damaged: Vec<String>,
}

pub(crate) fn run(args: &Args) -> Result<Exit> {
    let data = DataDir::beside(&args.data)?;
    let mut stats = Stats::default();
    for segment in archive::segments(&data.archive())? {
        stats.add(&segment)?;
    }
    if args.json {
        out::json(&stats)?;
    } else {
        out::text(&stats.render())?;
    }
    Ok(if stats.damaged.is_empty() { Exit::Ok } else { Exit::Findings })
}

impl Stats {
    fn add(&mut self, segment: &Path) -> Result<()> {
        // Asked before its articles are counted: one that is sealed meanwhile counts as open.
        let is_open = archive::is_open(segment);
        self.segments += 1;
        self.open += u64::from(is_open);
        self.bytes += segment.metadata().map_or(0, |metadata| metadata.len());
        let path = sidecar_of(segment);
        if !path.is_file() {
            self.missing += u64::from(!is_open);
            return Ok(());
        }
        match Reader::open(&path).and_then(|reader| reader.map(Reader::figures).transpose()) {
            Ok(figures) => self.add_articles(figures, is_open),
            Err(error @ archive::Error::Sidecar { .. }) => self.damaged.push(error.to_string()),
            Err(error) => return Err(error.into()),
        }
        Ok(())
    }

    fn add_articles(&mut self, figures: Option<Figures>, is_open: bool) {
        let Some(figures) = figures else {
            self.missing += u64::from(!is_open);
            return;
        };
        self.read += figures.lines;
        self.articles += figures.articles;
        self.articles_bytes += figures.bytes;
        self.unchecked += u64::from(!is_open && !figures.is_complete);
    }

    fn render(&self) -> String {
        let mut text = format!(
            "{}, {}; {} read, {} in {} beside them\n",
            units::plural(self.segments, "segment"),
            units::bytes(self.bytes),
            units::plural(self.read, "page"),
            units::plural(self.articles, "article"),
            units::bytes(self.articles_bytes),
        );
        for (count, what) in [
            (self.open, "written to by a crawl, or left so by one that died"),
            (self.missing, "without articles: newshound archive read makes them"),
            (self.unchecked, "with articles that newshound archive read has not checked yet"),
        ] {
            if count > 0 {
                text += &(units::plural(count, "segment") + " " + what + "\n");
            }
        }
        for damaged in &self.damaged {
            text += &(damaged.clone() + "\n");
        }
        text
    }
}
