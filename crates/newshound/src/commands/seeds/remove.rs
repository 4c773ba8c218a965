//! `seeds remove`.

use anyhow::Result;
use crawl::Seed;
use frontier::Frontier;

use super::Common;
use crate::exit::{Exit, usage};
use crate::store::{Place, with_frontier};
use crate::{out, units};

/// Forgets seeds. When the last seed of an outlet goes, what waits for the outlet is dropped and
/// may be given again; its snapshots are kept.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// Seeds, as `seeds list` shows them
    #[arg(value_name = "SEED", required = true)]
    seeds: Vec<String>,
    #[command(flatten)]
    place: Place,
}

pub(super) async fn run(args: &Args, common: &Common) -> Result<Exit> {
    let opened = super::site(&args.place, common)?.open().await?;
    with_frontier!(&opened, frontier => remove(frontier, &args.seeds).await)
}

async fn remove(frontier: &impl Frontier, seeds: &[String]) -> Result<Exit> {
    let mut exit = Exit::Ok;
    for text in seeds {
        let seed = Seed::parse(text).map_err(usage)?;
        match frontier.remove_seed(&seed.to_string()).await? {
            None => {
                eprintln!("newshound: {seed} is no seed here; `newshound seeds list` shows them");
                exit = Exit::Findings;
            }
            Some(removed) if removed.others > 0 => out::line!(
                "{seed} removed; its outlet has {}, so what waits for it stays",
                units::plural(removed.others, "other seed")
            )?,
            Some(removed) => out::line!(
                "{seed} removed; {} that waited for its outlet dropped, snapshots kept",
                units::plural(removed.urls, "URL")
            )?,
        }
    }
    Ok(exit)
}
