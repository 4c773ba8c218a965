//! `newshound stories`: which articles are one story.

mod archives;
mod choice;
mod cluster;
mod diff;
mod export;
mod list;
mod rebuild;
mod serve;
mod show;

use anyhow::Result;
use clap::Subcommand;

use super::Common;
use crate::exit::Exit;

/// Recognises stories: articles that carry the same text, wholly, edited, excerpted, or as a later
/// version. A crawl finds them as it goes; they can be read meanwhile.
#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// List stories, those that most outlets carry first
    List(list::Args),
    /// Show a story: who carries it, who came first, and why they belong together
    Show(show::Args),
    /// Lay two articles side by side, or the versions of one over time
    Diff(diff::Args),
    /// Write stories with their members as JSON lines
    Export(export::Args),
    /// Group the texts of a file into stories; needs no crawl
    Cluster(cluster::Args),
    /// Make the stories of a crawl anew, from the articles beside its archive
    Rebuild(rebuild::Args),
    /// Keep the stories of a fleet, from what its workers hand on
    Serve(serve::Args),
}

pub(crate) fn run(args: &Args, common: &Common) -> Result<Exit> {
    match &args.command {
        Command::List(args) => list::run(args),
        Command::Show(args) => show::run(args),
        Command::Diff(args) => diff::run(args),
        Command::Export(args) => export::run(args, common),
        Command::Cluster(args) => cluster::run(args),
        Command::Rebuild(args) => super::runtime()?.block_on(rebuild::run(args, common)),
        Command::Serve(args) => super::runtime()?.block_on(serve::run(args, common)),
    }
}
