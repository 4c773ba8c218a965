//! `newshound worker`: one member of a fleet, on a frontier that all share.

use std::path::PathBuf;

use anyhow::{Context as _, Result};
use frontier::{Sender, Wire};
use worker::SystemRandom;

use super::Common;
use super::crawling::{self, Crawling};
use crate::closed;
use crate::config::Config;
use crate::data_dir::DataDir;
use crate::exit::{Exit, usage};
use crate::job::Job;
use crate::member;
use crate::store::{DATA, Server, Shared, refused};
use worker::stories::{WireTo, own_archive_id};

/// Crawls as one member of a fleet. All members share a frontier (made by `newshound frontier
/// init`), whose policy they keep to; each has a data directory of its own for its snapshots. Seeds
/// are given with `newshound seeds ... --frontier URL`. It works until it is told to stop: SIGTERM
/// and Ctrl-C finish what is in flight; killed at once, it loses nothing.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    #[command(flatten)]
    shared: Shared,
    /// Where this worker keeps its snapshots
    #[arg(long, value_name = "DIR", default_value = DATA)]
    data: PathBuf,
    /// The name of this worker, unique in the fleet [default: made of machine and process]
    #[arg(long, value_name = "NAME", value_parser = member::parse_name)]
    name: Option<String>,
    /// End when there is nothing left to do, as crawl does
    #[arg(long)]
    until_idle: bool,
    #[command(flatten)]
    crawling: Crawling,
    /// Print one summary object as JSON on standard output at the end
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(args: &Args, common: &Common) -> Result<Exit> {
    super::runtime()?.block_on(work(args, common))
}

async fn work(args: &Args, common: &Common) -> Result<Exit> {
    let (mut config, given) = Config::load_given(common.config.as_deref())?;
    let Some(server) = args.shared.server(&config)? else {
        return Err(usage(
            "no frontier: give --frontier redis://HOST:PORT (or NEWSHOUND_FRONTIER, or frontier in \
                newshound.toml); to crawl on one machine, use `newshound crawl`",
        ));
    };
    let mut own = config.clone();
    args.crawling.apply(&mut own);
    let patience = args.until_idle.then_some(own.crawl.patience);
    let frontier = server.open_patiently(patience).await?;
    closed::check(&frontier).await?;
    server.policy(&frontier).await?.govern(&mut config, &given, args.crawling.asked())?;
    args.crawling.apply(&mut config);
    config.crawl.watch = !args.until_idle;
    let name = args.name.clone().unwrap_or_else(member::own_name);
    let mut job = Job {
        config,
        data: args.data.clone(),
        sources: Vec::new(),
        quiet: common.quiet,
        name,
        is_in_fleet: true,
        to_fleet: None,
    };
    job.check()?;
    let data = DataDir::own(&args.data)?;
    if job.config.stories.enabled {
        job.to_fleet = Some(to_fleet(&server, &job, &data).await?);
    }
    member::be_alone(&frontier, &job.name).await?;
    // It may have been closed meanwhile.
    closed::check(&frontier).await?;
    if !job.quiet {
        eprintln!("worker {} on the frontier at {}", job.name, server.address.shown());
    }
    let run = async |stop: &worker::StopHandle| job.run_on(&data, frontier, stop).await;
    crawling::to_its_end(args.json, &job, run).await
}

/// The way of articles to the fleet's stories.
async fn to_fleet(server: &Server, job: &Job, data: &DataDir) -> Result<WireTo> {
    let archive = own_archive_id(data.root(), &SystemRandom::new());
    let archive = archive.context("the archive has no id, by which the fleet knows it")?;
    Ok(WireTo {
        wire: Wire::open(&server.address).await.map_err(refused)?,
        sender: Sender { archive, worker: job.name.clone() },
        keep: job.config.stories.stream_articles_max.max(1),
    })
}
