//! `frontier export`: all that a crawl keeps, into a file.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Result, bail};
use crawl::{Clock, Random};
use frontier::{Control, Cursor, Record, Redis, Sqlite, WorkerRow};
use serde::Serialize;
use worker::{SystemClock, SystemRandom};

use super::{Common, every_host, state_of};
use crate::closed::{self, Closed};
use crate::data_dir::DataDir;
use crate::exit::{Exit, usage};
use crate::moved::{Head, Writer};
use crate::store::{self, Place, Site};
use crate::{out, units};

/// How often the seal that keeps all others away is renewed.
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
            write(&args.file, &frontier, None).await?
        }
        Site::Shared(server) => {
            let frontier = server.open().await?;
            refuse_half(&frontier).await?;
            let seal = Seal::set(&frontier).await?;
            let written = match refuse_work(&frontier).await {
                Ok(()) => write(&args.file, &frontier, Some(&seal)).await,
                Err(error) => Err(error),
            };
            let broken = seal.unset().await;
            let counts = written?;
            broken?;
            counts
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

/// Keeps a shared crawl as it is while it is written out. Should this program die, the seal soon
/// ends by itself.
struct Seal<'a> {
    frontier: &'a Redis,
    owner: String,
}

impl<'a> Seal<'a> {
    async fn set(frontier: &'a Redis) -> Result<Self> {
        let owner = format!("{:016x}", SystemRandom::new().next_u64());
        if !frontier.seal(&owner, closed::LASTS).await? {
            closed::check(frontier).await?;
            bail!("this frontier is being exported: wait for that, and try again");
        }
        let seal = Self { frontier, owner };
        seal.tell().await?;
        Ok(seal)
    }

    /// For people, and for workers that start.
    async fn tell(&self) -> Result<()> {
        let now = self.frontier.changes().await?.at;
        Closed::Export(now.after(closed::LASTS).0).tell(self.frontier).await
    }

    /// Fails when the seal was not in force all the time.
    async fn renew(&self) -> Result<()> {
        if !self.frontier.renew_seal(&self.owner, closed::LASTS).await? {
            bail!(
                "the export was held up for too long (more than {} s), so that others may have \
                    changed the crawl meanwhile: it is not whole, try again",
                closed::LASTS.as_secs()
            );
        }
        self.tell().await
    }

    /// Opens the crawl, unless somebody else has sealed it since.
    async fn unset(self) -> Result<()> {
        if self.frontier.renew_seal(&self.owner, closed::LASTS).await? {
            closed::open(self.frontier).await?;
        }
        Ok(self.frontier.unseal(&self.owner).await?)
    }
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

async fn write(file: &Path, frontier: &impl Control, seal: Option<&Seal<'_>>) -> Result<Counts> {
    let clock = SystemClock;
    let at = frontier.changes().await?.at;
    let mut writer = Writer::new(file, &Head::new(at.0, SystemRandom::new().next_u64()))?;
    let mut counts = Counts::default();
    let mut renewed = clock.elapsed();
    let mut next = Some(Cursor::default());
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
        if let Some(seal) = seal
            && clock.elapsed().saturating_sub(renewed) >= RENEWED_EVERY
        {
            seal.renew().await?;
            renewed = clock.elapsed();
        }
    }
    // Writing may have been held up, as by a pipe that nobody reads.
    if let Some(seal) = seal {
        seal.renew().await?;
    }
    writer.finish()?;
    Ok(counts)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use crawl::{Band, CanonicalUrl, Entry};
    use frontier::testing::{Options, RedisServer};
    use frontier::{Beat, Frontier, LeaseAsk, Model, RedisAddress, Tolerance};

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
        let now = frontier.changes().await.unwrap().at;
        Closed::Export(now.after(closed::LASTS).0).tell(&frontier).await.unwrap();
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

    async fn redis() -> (RedisServer, Redis) {
        let server = RedisServer::start(Options::default()).await.unwrap();
        let address = RedisAddress::parse(&server.url()).unwrap();
        let made = Redis::init(&address, Arc::new(SystemClock), 3, Tolerance::default()).await;
        let (frontier, _) = made.unwrap();
        (server, frontier)
    }

    #[tokio::test]
    async fn one_export_at_a_time_and_nobody_changes_the_crawl_meanwhile() {
        let (_server, frontier) = redis().await;
        let seal = Seal::set(&frontier).await.unwrap();
        let told = Seal::set(&frontier).await.map(drop).unwrap_err().to_string();
        assert!(told.contains("is being exported"), "{told}");
        assert!(frontier.admit(vec!["a.test".into()]).await.is_err());
        seal.renew().await.unwrap();
        seal.unset().await.unwrap();
        closed::check(&frontier).await.unwrap();
        frontier.admit(vec!["a.test".into()]).await.unwrap();
        Seal::set(&frontier).await.unwrap().unset().await.unwrap();
    }

    #[tokio::test]
    async fn an_export_that_was_held_up_is_not_given_out_as_whole() {
        let (_server, frontier) = redis().await;
        frontier.admit(vec!["a.test".into()]).await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("crawl.jsonl");
        let seal = Seal::set(&frontier).await.unwrap();
        // As if it had ended: somebody else works, and exports.
        frontier.unseal(&seal.owner).await.unwrap();
        frontier.admit(vec!["b.test".into()]).await.unwrap();
        let other = Seal::set(&frontier).await.unwrap();
        let told = write(&file, &frontier, Some(&seal)).await.unwrap_err().to_string();
        assert!(told.contains("not whole"), "{told}");
        assert!(!file.exists());
        seal.unset().await.unwrap();
        assert!(closed::check(&frontier).await.is_err(), "the other one goes on");
        assert_eq!(write(&file, &frontier, Some(&other)).await.unwrap().records, 2);
        other.unset().await.unwrap();
        closed::check(&frontier).await.unwrap();
        assert!(file.exists());
    }
}
