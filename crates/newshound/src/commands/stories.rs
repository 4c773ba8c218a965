//! `newshound stories`: which articles are one story.

mod cluster;
mod rebuild;
mod serve;

use anyhow::Result;
use clap::Subcommand;

use super::Common;
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
    /// Make the stories of a crawl anew, from the articles beside its archive
    Rebuild(rebuild::Args),
    /// Keep the stories of a fleet, from what its workers hand on
    Serve(serve::Args),
}

pub(crate) fn run(args: &Args, common: &Common) -> Result<Exit> {
    match &args.command {
        Command::Cluster(args) => cluster::run(args),
        Command::Rebuild(args) => super::runtime()?.block_on(rebuild::run(args, common)),
        Command::Serve(args) => super::runtime()?.block_on(serve::run(args, common)),
    }
}
