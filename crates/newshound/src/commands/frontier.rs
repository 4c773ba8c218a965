//! `newshound frontier`: making, watching and steering the frontier of a crawl.

mod init;
mod status;
mod told;

use std::collections::BTreeMap;

use anyhow::Result;
use clap::Subcommand;
use crawl::Band;
use frontier::WorkerRow;

use super::Common;
use crate::exit::Exit;

/// Makes, watches and steers the frontier of a crawl, in a data directory or shared by a fleet.
/// Works beside whatever crawls there.
#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Make a frontier, and say what all workers keep to
    Init(init::Args),
    /// Say where the crawl stands: URLs, hosts, workers, memory
    Status(status::Args),
}

pub(crate) fn run(args: &Args, common: &Common) -> Result<Exit> {
    let runtime = super::runtime()?;
    match &args.command {
        Command::Init(args) => runtime.block_on(init::run(args, common)),
        Command::Status(args) => runtime.block_on(status::run(args, common)),
    }
}

/// Whether a worker is to be reckoned with: `alive`, `silent` (killed or stopped) or `gone`.
fn state_of(row: &WorkerRow) -> &'static str {
    match (row.beat.is_gone, row.is_alive()) {
        (true, _) => "gone",
        (false, true) => "alive",
        (false, false) => "silent",
    }
}

/// Counts with the names of their bands.
fn by_band(counts: &[u64; Band::ALL.len()]) -> BTreeMap<&'static str, u64> {
    Band::ALL.into_iter().map(|band| (band.name(), counts[band.index()])).collect()
}
