//! `newshound stories`: which articles are one story.

mod cluster;

use anyhow::Result;
use clap::Subcommand;

use crate::exit::Exit;

/// Recognises stories: articles that carry the same text, wholly, edited, excerpted, or as a later
/// version.
#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Group the texts of a file into stories; needs no crawl
    Cluster(cluster::Args),
}

pub(crate) fn run(args: &Args) -> Result<Exit> {
    match &args.command {
        Command::Cluster(args) => cluster::run(args),
    }
}
