//! `frontier import`: what a crawl kept elsewhere, into a frontier that is new.

use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use frontier::{Control, Record, Sqlite};

use super::Common;
use super::export::{Counts, refuse_work};
use crate::closed::{self, Closed};
use crate::data_dir::DataDir;
use crate::exit::{Exit, usage};
use crate::moved::{Head, Reader};
use crate::store::{self, Place, Site};
use crate::{out, units};

/// Records of one call, and their bytes in the file, more or less.
const BATCH: usize = 1_000;
const BATCH_BYTES: usize = 8 << 20;

/// Takes in what `frontier export` has written, into a data directory or a shared frontier in which
/// there is nothing yet; a shared one is made before, with as many partitions as it is to have
/// (newshound frontier init). The crawl goes on where it was: with its policy, its seeds, all its
/// URLs, and no host sooner than before. An import that broke off is run again; until it is whole,
/// nobody works there.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// The file; - is standard input
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Print one JSON object on standard output
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    place: Place,
}

pub(super) async fn run(args: &Args, common: &Common) -> Result<Exit> {
    let site = super::site(&args.place, common)?;
    // A file that can be read twice is looked at to its end before anything is stored.
    if args.file.as_os_str() != "-" {
        look_through(&args.file, matches!(site, Site::Shared(_)))?;
    }
    let counts = match site {
        Site::Data(data) => {
            let held = DataDir::own(&data)?;
            let frontier = Sqlite::open(&held.frontier(), store::clock(), frontier::Mode::Owner)?;
            take_in(&args.file, &frontier, false).await?
        }
        Site::Shared(server) => take_in(&args.file, &server.open().await?, true).await?,
    };
    if args.json {
        out::json(&counts)?;
    } else if !common.quiet {
        eprintln!("imported {}", counts.text());
    }
    Ok(Exit::Ok)
}

fn look_through(file: &Path, is_shared: bool) -> Result<()> {
    let (mut reader, _) = Reader::open(file)?;
    while let Some(record) = reader.next()? {
        refuse_unplaced(&record, is_shared)?;
    }
    Ok(())
}

/// A shared frontier looks for URLs by where they belong, which old files do not say.
fn refuse_unplaced(record: &Record, is_shared: bool) -> Result<()> {
    if is_shared && matches!(record, Record::Unplaced { .. }) {
        return Err(usage(
            "the crawl was begun by an older newshound, and does not say whose its known URLs are: \
                it moves to a data directory only. (Where this came through a pipe, a part of it \
                has been taken in: nobody can work there. Use another name, as ?crawl=NAME.)",
        ));
    }
    Ok(())
}

async fn take_in(file: &Path, frontier: &impl Control, is_shared: bool) -> Result<Counts> {
    let (mut reader, head) = Reader::open(file)?;
    begin(frontier, &head).await?;
    let passed_us = frontier.changes().await?.at.0.saturating_sub(head.at).max(0);
    let mut counts = Counts::default();
    let (mut batch, mut bytes) = (Vec::with_capacity(BATCH), 0);
    while let Some(record) = reader.next()? {
        refuse_unplaced(&record, is_shared)?;
        counts.add(&record);
        bytes += reader.line_bytes();
        batch.push(record.aged(passed_us));
        if batch.len() == BATCH || bytes >= BATCH_BYTES {
            load(frontier, std::mem::take(&mut batch)).await?;
            bytes = 0;
        }
    }
    load(frontier, batch).await?;
    frontier.sync().await?;
    closed::open(frontier).await?;
    frontier.sync().await?;
    Ok(counts)
}

async fn load(frontier: &impl Control, batch: Vec<Record>) -> Result<()> {
    match frontier.load(batch).await {
        Err(error @ frontier::Error::Record { .. }) => Err(usage(error)),
        done => Ok(done?),
    }
}

/// Closes the frontier, which must be empty or half filled from the same file.
async fn begin(frontier: &impl Control, head: &Head) -> Result<()> {
    let said = Closed::read(frontier).await?;
    let is_new = said.is_none();
    match said {
        Some(Closed::Import(id)) if id == head.id => {}
        Some(Closed::Import(_)) => bail!(
            "another export was imported here in part: run its import again to its end, or make a \
                new frontier"
        ),
        Some(Closed::Export(_)) => return closed::check(frontier).await,
        None => refuse_full(frontier).await?,
    }
    Closed::Import(head.id.clone()).tell(frontier).await?;
    frontier.sync().await?;
    // Who has started just now has not seen the note.
    if let Err(error) = refuse_work(frontier).await {
        if is_new {
            closed::open(frontier).await?;
        }
        return Err(error);
    }
    Ok(())
}

async fn refuse_full(frontier: &impl Control) -> Result<()> {
    refuse_work(frontier).await?;
    let stats = frontier.stats().await?;
    let has_seeds = !frontier.seeds(None, 1).await?.is_empty();
    if stats.urls_seen > 0 || stats.hosts > 0 || has_seeds {
        return Err(usage(format!(
            "there is a crawl already ({} known): an import needs an empty frontier, as another \
                --data directory, or another crawl of that Redis (?crawl=NAME, after newshound \
                frontier init)",
            units::plural(stats.urls_seen, "URL")
        )));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use crawl::Fingerprint;
    use frontier::Model;
    use worker::SystemClock;

    use super::*;
    use crate::moved::Writer;

    fn written(records: &[Record]) -> tempfile::TempPath {
        let file = tempfile::NamedTempFile::new().unwrap().into_temp_path();
        let mut writer = Writer::new(&file, &Head::new(5, 7)).unwrap();
        for record in records {
            writer.record(record).unwrap();
        }
        writer.finish().unwrap();
        file
    }

    #[tokio::test]
    async fn known_urls_of_nobody_are_refused_before_anything_is_stored() {
        let scope = Record::Scope { member: "a.test".into() };
        let file = written(&[scope, Record::Unplaced { urls: vec![Fingerprint(7)] }]);
        look_through(&file, false).unwrap();
        let told = look_through(&file, true).unwrap_err().to_string();
        assert!(told.contains("data directory only"), "{told}");
        // Through a pipe, they come when all else was taken in.
        let frontier = Model::new(Arc::new(SystemClock));
        let told = take_in(&file, &frontier, true).await.unwrap_err().to_string();
        assert!(told.contains("?crawl=NAME"), "{told}");
        assert!(closed::check(&frontier).await.is_err());
    }
}
