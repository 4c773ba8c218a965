//! `frontier status`: where a crawl stands.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Duration;

use anyhow::Result;
use crawl::{Band, Directive};
use frontier::{Backlog, Control, LaneStats, Stats, Wire, WorkerRow};
use serde::Serialize;

use super::services::Stories;
use super::{Common, told};
use crate::config::Config;
use crate::exit::Exit;
use crate::policy::Policy;
use crate::store::{Place, Site, refused, with_frontier};
use crate::{out, units};

/// Says where the crawl stands: URLs by band, hosts by lane, workers, the services of stories and
/// what waits for them, memory, and what operators have asked for.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    #[command(flatten)]
    place: Place,
    /// Print one JSON object on standard output
    #[arg(long)]
    json: bool,
}

/// All that is told.
#[derive(Serialize)]
struct Status {
    urls_seen: u64,
    pending: u64,
    pending_by_band: BTreeMap<&'static str, u64>,
    /// URLs that wait for a time.
    due: u64,
    /// URLs handed out and not settled.
    in_flight: u64,
    hosts: u64,
    /// Hosts with a lease in force.
    leased: u64,
    lanes: BTreeMap<&'static str, LaneStats>,
    next_ready_in_s: Option<f64>,
    /// How long the host has been ready that has been so longest.
    oldest_ready_s: Option<f64>,
    /// For how long a part of it gives no leases, after a restart or a step of its clock.
    rests_for_s: Option<f64>,
    /// What the frontier takes where it is stored; in Redis, all that is there.
    memory_bytes: u64,
    memory_bytes_per_url: Option<f64>,
    workers: Vec<Worker>,
    /// The stories of a fleet: services, and what is on its way to them.
    stories: Option<Stories>,
    /// URLs that these workers did not ask for, by the rule: traps and variants.
    skipped: BTreeMap<String, u64>,
    /// Walls that they were served instead of pages, by their kind.
    walls: BTreeMap<String, u64>,
    directives: Vec<Directive>,
    policy: Option<Policy>,
}

/// A worker as it is told.
#[derive(Serialize)]
struct Worker {
    name: String,
    /// `alive`, `silent` or `gone`.
    state: &'static str,
    heard_of_s_ago: f64,
    version: String,
    place: String,
    leases: u64,
    pages: u64,
    pages_per_s: f64,
    requests: u64,
    bytes: u64,
    /// URLs it did not ask for, by the rule.
    skipped: BTreeMap<String, u64>,
    /// Walls that it was served, by their kind.
    walls: BTreeMap<String, u64>,
    waits_for: Option<String>,
}

impl Worker {
    fn of(row: &WorkerRow) -> Self {
        let beat = row.beat.clone();
        Self {
            name: beat.name,
            state: super::state_of(row),
            heard_of_s_ago: row.age.as_secs_f64(),
            version: beat.version,
            place: beat.place,
            leases: beat.leases,
            pages: beat.pages,
            pages_per_s: beat.pages_per_s_milli as f64 / 1e3,
            requests: beat.requests,
            bytes: beat.bytes,
            skipped: beat.skipped,
            walls: beat.walls,
            waits_for: beat.waits_for,
        }
    }
}

pub(super) async fn run(args: &Args, common: &Common) -> Result<Exit> {
    let site = args.place.site(&Config::load(common.config.as_deref())?)?;
    let opened = site.open().await?;
    let backlog = match &site {
        Site::Data(_) => None,
        Site::Shared(server) => {
            let wire = Wire::open(&server.address).await.map_err(refused)?;
            Some(wire.backlog().await?)
        }
    };
    let status = with_frontier!(&opened, frontier => Status::read(frontier, backlog).await)?;
    if args.json {
        out::json(&status)?;
    } else {
        out::text(&status.text()?)?;
    }
    Ok(Exit::Ok)
}

impl Status {
    async fn read(frontier: &impl Control, backlog: Option<Backlog>) -> Result<Self> {
        let policy = Policy::read(frontier).await?;
        let rows = frontier.workers().await?;
        let workers: Vec<&WorkerRow> = rows.iter().filter(|row| row.is_worker()).collect();
        let directives = frontier.directives().await?;
        let stats = frontier.stats().await?;
        let Stats { urls_seen, bytes, lanes, .. } = stats;
        let seconds = |d: Option<Duration>| d.map(|d| d.as_secs_f64());
        Ok(Self {
            urls_seen,
            pending: stats.pending,
            pending_by_band: super::by_band(&stats.pending_by_band),
            due: stats.due,
            in_flight: stats.in_flight,
            hosts: stats.hosts,
            leased: stats.hosts_leased,
            lanes: [("fresh", lanes[0]), ("backfill", lanes[1])].into(),
            next_ready_in_s: seconds(stats.next_ready_in),
            oldest_ready_s: seconds(stats.ready_for),
            rests_for_s: seconds(stats.rests_for),
            memory_bytes: bytes,
            memory_bytes_per_url: (urls_seen > 0 && bytes > 0)
                .then(|| bytes as f64 / urls_seen as f64),
            workers: workers.iter().map(|row| Worker::of(row)).collect(),
            stories: backlog.map(|backlog| Stories::of(&rows, backlog)),
            skipped: sums(workers.iter().map(|row| &row.beat.skipped)),
            walls: sums(workers.iter().map(|row| &row.beat.walls)),
            directives,
            policy,
        })
    }
}

/// Counters of several workers together.
fn sums<'a>(all: impl Iterator<Item = &'a BTreeMap<String, u64>>) -> BTreeMap<String, u64> {
    let mut sums: BTreeMap<String, u64> = BTreeMap::new();
    for (name, count) in all.flatten() {
        let sum = sums.entry(name.clone()).or_default();
        *sum = sum.saturating_add(*count);
    }
    sums
}

pub(super) fn span(seconds: f64) -> String {
    units::duration(Duration::try_from_secs_f64(seconds.max(0.0)).unwrap_or(Duration::MAX))
}

impl Status {
    fn text(&self) -> Result<String> {
        let mut text = self.urls()?;
        self.lanes(&mut text)?;
        if let Some(for_s) = self.rests_for_s {
            let why = "a Redis was started anew, or its clock was set";
            writeln!(text, "rests    for {}: {why}", span(for_s))?;
        }
        self.workers(&mut text)?;
        if let Some(stories) = &self.stories {
            stories.write(&mut text)?;
        }
        for (what, counts) in [("skipped ", &self.skipped), ("walls   ", &self.walls)] {
            let words = counts.iter().map(|(name, n)| format!("{} {name}", units::count(*n)));
            let words: Vec<_> = words.collect();
            if !words.is_empty() {
                writeln!(text, "{what} {}", words.join(", "))?;
            }
        }
        if !self.directives.is_empty() {
            writeln!(text, "asked for")?;
            for directive in &self.directives {
                writeln!(text, "  {}", told::directive(directive))?;
            }
        }
        if let Some(policy) = &self.policy {
            let rows = policy.rows();
            let rows: Vec<_> = rows.iter().map(|(name, value)| format!("{name} {value}")).collect();
            writeln!(text, "policy   {}", rows.join(", "))?;
        }
        Ok(text)
    }

    fn urls(&self) -> Result<String> {
        let band = |band: Band| {
            let count = self.pending_by_band.get(band.name()).copied().unwrap_or(0);
            format!("{} {}", units::count(count), band.name())
        };
        let mut text = format!(
            "URLs     {} seen; {} pending ({}), {} later, {} in flight\n",
            units::count(self.urls_seen),
            units::count(self.pending),
            Band::ALL.map(band).join(", "),
            units::count(self.due),
            units::count(self.in_flight)
        );
        match self.memory_bytes_per_url {
            Some(each) => writeln!(
                text,
                "stored   {}, {each:.0} B for each URL",
                units::bytes(self.memory_bytes)
            )?,
            None if self.memory_bytes > 0 => {
                writeln!(text, "stored   {}", units::bytes(self.memory_bytes))?;
            }
            None => {}
        }
        Ok(text)
    }

    fn lanes(&self, text: &mut String) -> Result<()> {
        let (hosts, leased) = (units::count(self.hosts), units::count(self.leased));
        write!(text, "hosts    {hosts} known, {leased} leased")?;
        for name in ["fresh", "backfill"] {
            let lane = self.lanes.get(name).copied().unwrap_or_default();
            let (ready, later) = (units::count(lane.ready), units::count(lane.later));
            write!(text, "; {name}: {ready} ready, {later} later")?;
        }
        match (self.oldest_ready_s, self.next_ready_in_s) {
            (Some(for_s), _) => writeln!(text, "; the oldest has been ready for {}", span(for_s))?,
            (None, Some(in_s)) => writeln!(text, "; the next is ready in {}", span(in_s))?,
            (None, None) => text.push('\n'),
        }
        Ok(())
    }

    fn workers(&self, text: &mut String) -> Result<()> {
        let count = |state: &str| self.workers.iter().filter(|w| w.state == state).count() as u64;
        writeln!(
            text,
            "workers  {} alive, {} silent, {} gone",
            units::count(count("alive")),
            units::count(count("silent")),
            units::count(count("gone"))
        )?;
        for worker in &self.workers {
            let Worker { name, state, place, version, leases, pages_per_s, .. } = worker;
            let ago = units::duration(Duration::from_secs_f64(worker.heard_of_s_ago));
            write!(text, "  {name}  {state}, heard of {ago} ago; {place}, version {version}; ")?;
            write!(
                text,
                "{}, {pages_per_s:.1} a second, {}, {}",
                units::plural(worker.pages, "page"),
                units::plural(worker.requests, "request"),
                units::plural(*leases, "lease")
            )?;
            match &worker.waits_for {
                Some(what) => writeln!(text, "; WAITS: {what}")?,
                None => text.push('\n'),
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    #[tokio::test]
    async fn it_has_the_figures_that_scripts_rely_on() {
        let frontier = frontier::Model::new(Arc::new(worker::SystemClock));
        let status = Status::read(&frontier, None).await.unwrap();
        let json = serde_json::to_value(&status).unwrap();
        for key in ["urls_seen", "pending", "leased", "hosts", "memory_bytes"] {
            assert_eq!(json[key], 0, "{key}");
        }
        for band in Band::ALL {
            assert_eq!(json["pending_by_band"][band.name()], 0);
        }
        let text = status.text().unwrap();
        assert!(text.contains("0 alive") && text.contains("0 seen"), "{text}");
    }
}
