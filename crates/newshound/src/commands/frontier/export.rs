//! `frontier export`: all that a crawl keeps, into a file.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Result, bail};
use crawl::{Clock, Random};
use frontier::{Control, Cursor, Record, Sqlite, WorkerRow};
use serde::Serialize;
use worker::{SystemClock, SystemRandom};

use super::{Common, every_host, state_of};
use crate::closed::{self, Closed};
use crate::data_dir::DataDir;
use crate::exit::{Exit, usage};
use crate::moved::{Head, Writer};
use crate::store::{self, Place, Site};
use crate::{out, units};

/// How often the note that keeps workers away is renewed.
const RENEWED_EVERY: Duration = Duration::from_secs(10);

/// Writes all that a crawl keeps into a file: URLs that wait and those that are known, when which
/// host may be visited, robots files, what operators asked for, seeds, accounts, scope, policy. The
/// snapshots stay where they are. Nobody may work on the crawl meanwhile; what a killed worker had
/// in flight is written as URLs that wait.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// JSON lines, compressed when the name ends in .zst; - is standard output
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Print one JSON object on standard output
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    place: Place,
}

/// How much of what was moved.
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
pub(super) struct Counts {
    pub(super) records: u64,
    pub(super) hosts: u64,
    pub(super) seeds: u64,
    pub(super) pending: u64,
    pub(super) due: u64,
    pub(super) known: u64,
}

impl Counts {
    pub(super) fn add(&mut self, record: &Record) {
        self.records += 1;
        match record {
            Record::Host(_) => self.hosts += 1,
            Record::Seed(_) => self.seeds += 1,
            Record::Url { .. } => self.pending += 1,
            Record::Due { .. } => self.due += 1,
            Record::Seen { urls, .. } | Record::Unplaced { urls } => {
                self.known += urls.len() as u64;
            }
            _ => {}
        }
    }

    pub(super) fn text(&self) -> String {
        format!(
            "{} known, of which {} wait and {} wait for a time; {}, {}",
            units::plural(self.known, "URL"),
            units::count(self.pending),
            units::count(self.due),
            units::plural(self.hosts, "host"),
            units::plural(self.seeds, "seed"),
        )
    }
}

pub(super) async fn run(args: &Args, common: &Common) -> Result<Exit> {
    if args.json && args.file.as_os_str() == "-" {
        return Err(usage("--json and - both write to standard output: name a file"));
    }
    let counts = match super::site(&args.place, common)? {
        Site::Data(data) => {
            // Looked for before anything is made there.
            drop(DataDir::frontier_beside(&data)?);
            let held = DataDir::own(&data)?;
            let frontier = Sqlite::open(&held.frontier(), store::clock(), frontier::Mode::Owner)?;
            refuse_half(&frontier).await?;
            write(args, &frontier).await?
        }
        Site::Shared(server) => {
            let frontier = server.open().await?;
            refuse_half(&frontier).await?;
            renew(&frontier).await?;
            let written = match refuse_work(&frontier).await {
                Ok(()) => write(args, &frontier).await,
                Err(error) => Err(error),
            };
            closed::open(&frontier).await?;
            written?
        }
    };
    if args.json {
        out::json(&counts)?;
    } else if !common.quiet {
        eprintln!("exported {}", counts.text());
    }
    Ok(Exit::Ok)
}

/// What was imported in part is no crawl.
async fn refuse_half(frontier: &impl Control) -> Result<()> {
    match Closed::read(frontier).await? {
        Some(Closed::Import(_)) => closed::check(frontier).await,
        _ => Ok(()),
    }
}

/// Keeps workers away for a while.
async fn renew(frontier: &impl Control) -> Result<()> {
    let now = frontier.changes().await?.at;
    Closed::Export(now.after(closed::LASTS).0).tell(frontier).await
}

/// Refuses a frontier on which somebody works, or has a lease.
pub(super) async fn refuse_work(frontier: &impl Control) -> Result<()> {
    let workers = frontier.workers().await?;
    let is_at_work = |row: &&WorkerRow| row.is_worker() && state_of(row) == "alive";
    let alive: Vec<_> = workers.iter().filter(is_at_work).collect();
    if let Some(first) = alive.first() {
        bail!(
            "{} on this frontier ({} at {}{}): stop them all first (SIGTERM), so that nothing \
                changes meanwhile",
            if alive.len() == 1 { "a worker is at work" } else { "workers are at work" },
            first.beat.name,
            first.beat.place,
            if alive.len() == 1 { "" } else { ", and others" }
        );
    }
    let stats = frontier.stats().await?;
    if stats.in_flight == 0 || stats.hosts_leased == 0 {
        return Ok(());
    }
    let mut last: Option<(String, Duration)> = None;
    let mut look = |row: frontier::HostRow| {
        if let Some((worker, ends)) = row.leased.filter(|_| row.in_flight > 0)
            && last.as_ref().is_none_or(|(_, latest)| ends > *latest)
        {
            last = Some((worker, ends));
        }
        Ok(())
    };
    every_host(frontier, &mut look).await?;
    if let Some((worker, ends)) = last {
        bail!(
            "leases are in force whose workers are gone (the last one, of {worker}, ends in {}): \
                wait for that, and try again",
            units::duration(ends)
        );
    }
    Ok(())
}

async fn write(args: &Args, frontier: &impl Control) -> Result<Counts> {
    let clock = SystemClock;
    let at = frontier.changes().await?.at;
    let mut writer = Writer::new(&args.file, &Head::new(at.0, SystemRandom::new().next_u64()))?;
    let mut counts = Counts::default();
    let mut renewed = clock.elapsed();
    let mut next = Some(Cursor::default());
    let is_closed = frontier.note(closed::NOTE).await?.is_some_and(|note| !note.is_empty());
    while let Some(from) = next {
        let dumped = frontier.dump(from).await?;
        for record in &dumped.records {
            if matches!(record, Record::Note { key, .. } if key == closed::NOTE) {
                continue;
            }
            counts.add(record);
            writer.record(record)?;
        }
        next = dumped.next;
        if is_closed && clock.elapsed().saturating_sub(renewed) >= RENEWED_EVERY {
            renew(frontier).await?;
            renewed = clock.elapsed();
        }
    }
    writer.finish()?;
    Ok(counts)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use crawl::{Band, CanonicalUrl, Entry};
    use frontier::{Beat, Frontier, LeaseAsk, Model};

    use super::*;

    fn beat(lasts_ms: u64, is_gone: bool) -> Beat {
        Beat { name: "north".into(), lasts_ms, is_gone, ..Beat::default() }
    }

    #[tokio::test]
    async fn nothing_is_written_while_somebody_works() {
        let frontier = Model::new(Arc::new(SystemClock));
        refuse_work(&frontier).await.unwrap();
        frontier.beat(beat(60_000, false)).await.unwrap();
        let told = refuse_work(&frontier).await.unwrap_err().to_string();
        assert!(told.contains("a worker is at work") && told.contains("north"), "{told}");
        frontier.beat(beat(60_000, true)).await.unwrap();
        refuse_work(&frontier).await.unwrap();
    }

    #[tokio::test]
    async fn leases_of_killed_workers_end_first() {
        let frontier = Model::new(Arc::new(SystemClock));
        let url = CanonicalUrl::parse("https://www.a.test/x").unwrap();
        frontier.enqueue(vec![Entry::new(url, Band::Hub)]).await.unwrap();
        frontier.beat(beat(0, false)).await.unwrap();
        let ask = |lease_for| LeaseAsk {
            worker: "north".into(),
            urls_max: 1,
            lease_for,
            first_delay: Duration::ZERO,
            outlet_leases_max: 1,
        };
        frontier.lease(ask(Duration::ZERO)).await.unwrap();
        refuse_work(&frontier).await.unwrap();
        frontier.lease(ask(Duration::from_hours(1))).await.unwrap();
        let told = refuse_work(&frontier).await.unwrap_err().to_string();
        assert!(told.contains("leases are in force") && told.contains("north"), "{told}");
    }

    #[tokio::test]
    async fn a_closed_frontier_is_told_and_opens_by_itself_after_an_export() {
        let frontier = Model::new(Arc::new(SystemClock));
        closed::check(&frontier).await.unwrap();
        renew(&frontier).await.unwrap();
        let told = closed::check(&frontier).await.unwrap_err().to_string();
        assert!(told.contains("is being exported"), "{told}");
        let past = frontier.changes().await.unwrap().at.0;
        Closed::Export(past).tell(&frontier).await.unwrap();
        closed::check(&frontier).await.unwrap();
        Closed::Import("5-ab".into()).tell(&frontier).await.unwrap();
        let told = closed::check(&frontier).await.unwrap_err().to_string();
        assert!(told.contains("the rest is missing"), "{told}");
        refuse_half(&frontier).await.unwrap_err();
        closed::open(&frontier).await.unwrap();
        closed::check(&frontier).await.unwrap();
    }
}
