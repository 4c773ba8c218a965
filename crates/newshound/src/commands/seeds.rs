//! `newshound seeds`: what to crawl, with labels; what was found for it, and what came of it.

mod add;
mod discover;
mod list;
mod remove;
mod report;

use std::path::{Path, PathBuf};

use anyhow::Result;
use clap::Subcommand;
use frontier::{Frontier, SeedRow, Sqlite};

use super::Common;
use crate::data_dir::DataDir;
use crate::exit::Exit;
use crate::seeds::BATCH;

/// Gives, lists and judges seeds. Works beside a running crawl, which takes new seeds up by itself.
#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Add seeds: domains, pages, feeds, sitemaps
    Add(add::AddArgs),
    /// Add the seeds of lists: txt, CSV or OPML
    Import(add::ImportArgs),
    /// List the seeds
    List(list::ListArgs),
    /// Write the seeds as a list that import reads
    Export(list::ExportArgs),
    /// Forget seeds: what waits for their outlets is dropped, snapshots are kept
    Remove(remove::Args),
    /// Find where outlets publish: feeds, sitemaps, sections, each with its evidence
    Discover(discover::Args),
    /// Say what came of every seed, what it cost, and how fresh its articles are
    Report(report::Args),
}

pub(crate) fn run(args: &Args, common: &Common) -> Result<Exit> {
    let runtime = super::runtime()?;
    match &args.command {
        Command::Add(args) => runtime.block_on(add::add(args, common)),
        Command::Import(args) => runtime.block_on(add::import(args, common)),
        Command::List(args) => runtime.block_on(list::list(args)),
        Command::Export(args) => runtime.block_on(list::export(args)),
        Command::Remove(args) => runtime.block_on(remove::run(args)),
        Command::Discover(args) => runtime.block_on(discover::run(args, common)),
        Command::Report(args) => runtime.block_on(report::run(args)),
    }
}

/// Where the seeds are kept.
#[derive(clap::Args, Debug, Clone)]
struct Place {
    /// The data directory of the crawl
    #[arg(long, value_name = "DIR", default_value = "newshound-data")]
    data: PathBuf,
}

/// The frontier of a data directory that is there.
fn frontier(data: &Path) -> Result<Sqlite> {
    DataDir::frontier_beside(data)
}

/// Gives every seed to `each`, page by page: a long list does not fill the memory.
async fn every_seed(
    frontier: &Sqlite,
    each: &mut impl AsyncFnMut(SeedRow) -> Result<()>,
) -> Result<u64> {
    let (mut after, mut count) = (None, 0);
    loop {
        let rows = frontier.seeds(after, BATCH).await?;
        let Some(last) = rows.last() else { return Ok(count) };
        after = Some(last.spec.seed.to_string());
        for row in rows {
            count += 1;
            each(row).await?;
        }
    }
}
