//! `newshound worker`: one member of a fleet, on a frontier that all share.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context as _, Result};
use crawl::{Clock, Random};
use frontier::{Control, Redis, Sender, Wire, WorkerRow};
use worker::{SystemClock, SystemRandom};

use super::Common;
use super::crawling::{self, Crawling};
use crate::closed;
use crate::config::Config;
use crate::data_dir::DataDir;
use crate::exit::{Exit, usage};
use crate::job::Job;
use crate::store::{DATA, Server, Shared, refused};
use crate::units;
use worker::stories::{WireTo, own_archive_id};

/// A worker of our name that was not heard of for so long has ended: workers beat every two
/// seconds.
const NAMESAKE_SILENT: Duration = Duration::from_secs(5);

/// Between two looks at a worker of our name.
const LOOK_EVERY: Duration = Duration::from_millis(500);

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
    #[arg(long, value_name = "NAME", value_parser = parse_name)]
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

fn parse_name(text: &str) -> Result<String, String> {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    if text.is_empty() || text.len() > 60 || !text.chars().all(is_plain) {
        return Err("a name has up to 60 letters, digits, - _ .".into());
    }
    Ok(text.to_owned())
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
    let name = args.name.clone().unwrap_or_else(own_name);
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
    be_alone(&frontier, &job.name).await?;
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

/// Machine and process, and four digits: processes of different containers may be called the same.
fn own_name() -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() { c } else { '-' };
    let machine: String = machine().chars().map(plain).take(40).collect();
    let process = std::process::id();
    let chance = SystemRandom::new().next_u64() & 0xffff;
    format!("{machine}-{process}-{chance:04x}")
}

/// The name of this machine, as workers tell it.
fn machine() -> String {
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    name.trim().to_owned()
}

/// Waits until no other worker has our name. One that was killed is soon known to be gone; one that
/// lives is an error: nobody could tell the two apart.
async fn be_alone(frontier: &Redis, name: &str) -> Result<()> {
    let clock = SystemClock;
    let begun = clock.elapsed();
    let mut first = None;
    while let Some(row) = namesake(frontier, name).await? {
        let now = clock.elapsed();
        // When it was heard of last, on our clock.
        let beat_at = now.saturating_sub(row.age);
        let first = *first.get_or_insert(beat_at);
        if beat_at.saturating_sub(first) > Duration::from_secs(1) {
            return Err(usage(format!(
                "another worker is called {name} ({}, heard of {} ago): choose another --name, or \
                    leave it out",
                row.beat.place,
                units::duration(row.age)
            )));
        }
        if row.age >= NAMESAKE_SILENT {
            return Ok(());
        }
        if now.saturating_sub(begun) < LOOK_EVERY {
            tracing::warn!(
                name,
                place = row.beat.place.as_str(),
                "a worker of this name was here just now"
            );
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
    Ok(())
}

/// The worker of our name, unless it said good-bye or was a process of this machine that has ended.
async fn namesake(frontier: &Redis, name: &str) -> Result<Option<WorkerRow>> {
    let rows = frontier.workers().await?;
    let is_other = |row: &WorkerRow| row.is_alive() && !has_ended(&row.beat.place);
    Ok(rows.into_iter().find(|row| row.beat.name == name).filter(is_other))
}

/// Whether a place (`MACHINE, process N`) is a process of this machine that is no more.
fn has_ended(place: &str) -> bool {
    let Some((machine, process)) = place.rsplit_once(", process ") else { return false };
    let Ok(process) = process.parse::<u32>() else { return false };
    let is_there = || std::path::Path::new("/proc").join(process.to_string()).exists();
    machine == self::machine() && (process == std::process::id() || !is_there())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        let (a, b) = (own_name(), own_name());
        assert!(parse_name(&a).is_ok() && a.contains(&std::process::id().to_string()), "{a}");
        assert_ne!(a, b);
        for bad in ["", "a b", "é", &"x".repeat(61)] {
            assert!(parse_name(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_process_that_is_no_more_is_known() {
        let here = machine();
        assert!(has_ended(&format!("{here}, process {}", u32::MAX)));
        assert!(!has_ended(&format!("{here}, process 1")));
        assert!(!has_ended(&format!("not-{here}, process {}", u32::MAX)));
        assert!(!has_ended("somewhere"));
    }
}
