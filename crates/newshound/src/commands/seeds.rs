//! `newshound seeds`: what to crawl, with labels; what was found for it, and what came of it.

mod add;
mod discover;
mod list;
mod remove;
mod report;

use anyhow::Result;
use clap::Subcommand;
use frontier::{Frontier, SeedRow};

use super::Common;
use crate::config::Config;
use crate::exit::Exit;
use crate::seeds::BATCH;
use crate::store::{Place, Site};

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
        Command::List(args) => runtime.block_on(list::list(args, common)),
        Command::Export(args) => runtime.block_on(list::export(args, common)),
        Command::Remove(args) => runtime.block_on(remove::run(args, common)),
        Command::Discover(args) => runtime.block_on(discover::run(args, common)),
        Command::Report(args) => runtime.block_on(report::run(args, common)),
    }
}

/// Where the seeds are.
fn site(place: &Place, common: &Common) -> Result<Site> {
    place.site(&Config::load(common.config.as_deref())?)
}

/// Gives every seed to `each`, page by page: a long list does not fill the memory.
async fn every_seed(
    frontier: &impl Frontier,
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
