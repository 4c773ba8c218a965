//! `newshound archive`: what looks after the archive.

mod read;
mod stats;

use anyhow::Result;
use clap::Subcommand;

use super::Common;
use crate::exit::Exit;

/// Looks after the archive. Works beside a running crawl.
#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Say what the archive holds, and whether articles are missing beside it
    Stats(stats::Args),
    /// Read the articles of kept pages that are missing beside the archive
    Read(read::Args),
}

pub(crate) fn run(args: &Args, common: &Common) -> Result<Exit> {
    match &args.command {
        Command::Stats(args) => stats::run(args),
        Command::Read(args) => super::runtime()?.block_on(read::run(args, common)),
    }
}
