//! A crawl with its real parts: what `crawl` and `demo` run.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use archive::{About, Archive, Opening, RealDisk, Recovered};
use crawl::{Clock, Identity, Random, SeedSpec, identity};
use fetch::{HttpWeb, SystemResolver};
use frontier::{Frontier, Sqlite, Stats};
use worker::{Crawler, Ended, Parts, SeedFate, StopHandle, SystemClock, SystemRandom, Totals};

use crate::config::Config;
use crate::data_dir::DataDir;
use crate::exit::usage;
use crate::seeds::{self, Refused, Source};
use crate::{display, report, spent};

/// Where the frontier keeps the scope rule of the crawl.
const SCOPE_NOTE: &str = "scope";

/// What to crawl, how, and where it goes.
pub(crate) struct Job {
    pub(crate) config: Config,
    pub(crate) data: PathBuf,
    pub(crate) sources: Vec<Source>,
    pub(crate) quiet: bool,
}

/// What came of it.
pub(crate) struct Outcome {
    pub(crate) totals: Totals,
    pub(crate) stats: Stats,
    pub(crate) ended: Ended,
    pub(crate) seconds: f64,
    pub(crate) freshness: crawl::Freshness,
    pub(crate) cpu: Cpu,
    /// Resident memory of the process at its peak, where the system tells it.
    pub(crate) memory_peak_bytes: Option<u64>,
    pub(crate) seeds_read: u64,
    pub(crate) refused: Vec<Refused>,
    pub(crate) seeds_without_page: usize,
    pub(crate) fates: Vec<SeedFate>,
}

/// CPU time of the crawl, in seconds.
#[derive(Clone, Copy, Debug, serde::Serialize)]
pub(crate) struct Cpu {
    /// Of the whole process.
    total: f64,
    /// Of decoding and reading pages.
    read: f64,
    /// Of digests, compression, writing and fsync.
    archive: f64,
    /// Of the frontier.
    frontier: f64,
}

impl Cpu {
    fn of(cost: &worker::Cost) -> Self {
        let syncing = spent::thread_cpu("archive-sync");
        Self {
            total: worker::process_cpu().as_secs_f64(),
            read: cost.read().as_secs_f64(),
            archive: (cost.archive() + syncing).as_secs_f64(),
            frontier: spent::thread_cpu("frontier").as_secs_f64(),
        }
    }
}

type RealCrawler = Crawler<Sqlite, HttpWeb>;

impl Job {
    /// Crawls until it is over or somebody asks to stop.
    pub(crate) async fn run(&self, stop: &StopHandle) -> Result<Outcome> {
        let identity = self.identity()?;
        self.config.fetch.check().map_err(usage)?;
        let data = DataDir::own(&self.data)?;
        raise_file_limit();
        let (crawler, recovered) = self.crawler(&data, identity).await?;
        let crawler = Arc::new(crawler);
        self.tell_recovered(&recovered);
        let clock = SystemClock;
        let (seeds_read, refused) = self.seed(&crawler).await?;
        if !self.quiet {
            eprint!("{}", report::opening(&self.config, &self.data, &crawler, seeds_read).await?);
        }
        let begun = clock.elapsed();
        let display = (!self.quiet).then(|| tokio::spawn(display::show(Arc::clone(&crawler))));
        let ended = crawler.run(stop).await;
        if let Some(display) = display {
            display.abort();
            // Its end takes the live line off the screen.
            let _ = display.await;
        }
        let outcome = Outcome {
            seconds: clock.elapsed().saturating_sub(begun).as_secs_f64(),
            freshness: crawler.tally().freshness(),
            cpu: Cpu::of(crawler.cost()),
            memory_peak_bytes: spent::memory_peak_bytes(),
            totals: crawler.tally().totals(),
            stats: crawler.stats().await?,
            seeds_without_page: crawler.ledger().without_page(),
            fates: crawler.ledger().reasons(),
            seeds_read,
            refused,
            ended: ended.with_context(|| {
                format!(
                    "the crawl stopped; nothing is lost, run it again on {} to resume",
                    self.data.display()
                )
            })?,
        };
        finish(crawler)?;
        Ok(outcome)
    }

    fn identity(&self) -> Result<Identity> {
        let Some(contact) = &self.config.contact else {
            return Err(usage(
                "no contact: site owners must be able to reach you. Give --contact \
                    you@example.org (or a URL about your crawl), or set contact in newshound.toml",
            ));
        };
        Identity::new(contact, env!("CARGO_PKG_VERSION")).map_err(usage)
    }

    async fn crawler(
        &self,
        data: &DataDir,
        identity: Identity,
    ) -> Result<(RealCrawler, Recovered)> {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let random: Arc<dyn Random> = Arc::new(SystemRandom::new());
        let config = &self.config;
        let frontier = open_frontier(data, config).await?;
        let opening = Opening {
            disk: Arc::new(RealDisk),
            clock: Arc::clone(&clock),
            random: Arc::clone(&random),
            config: config.archive.clone(),
            about: about(config, &identity),
            sync_by: archive::SyncBy::default(),
        };
        let (archive, recovered) = Archive::open(&data.archive(), opening)?;
        let resolver = SystemResolver::new();
        let web = HttpWeb::new(&config.fetch, &identity, Arc::clone(&clock), resolver)?;
        let parts = Parts {
            frontier,
            web,
            archive,
            clock,
            random,
            identity,
            name: format!("crawl-{}", std::process::id()),
            exchange_max: config.fetch.limits.total,
            decoded_bytes_max: config.fetch.limits.decoded_bytes_max,
            politeness: config.politeness.clone(),
            retry: config.retry.clone(),
            revisit: config.revisit.clone(),
            scope: config.scope,
            free_bytes_min: config.archive.free_bytes_min,
        };
        Ok((Crawler::new(parts, config.crawl.clone()).await?, recovered))
    }

    fn tell_recovered(&self, recovered: &Recovered) {
        if !self.quiet && recovered.segments > 0 {
            eprintln!("{}", report::recovered(recovered));
        }
    }

    async fn seed(&self, crawler: &RealCrawler) -> Result<(u64, Vec<Refused>)> {
        let mut refused = Vec::new();
        let mut note = |line: Refused| {
            eprintln!("newshound: {}: {}", line.place, line.reason);
            refused.push(line);
        };
        let mut accept = async |batch: Vec<SeedSpec>| {
            crawler.seed(batch).await?;
            Ok(())
        };
        let told = seeds::read(&self.sources, &mut note, &mut accept).await?;
        if !self.quiet {
            told.notices.iter().for_each(|notice| eprintln!("newshound: {notice}"));
        }
        Ok((told.lines, refused))
    }
}

/// The frontier of a directory that is ours, made where it is missing.
pub(crate) async fn open_frontier(data: &DataDir, config: &Config) -> Result<Sqlite> {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let frontier = Sqlite::open(&data.frontier(), clock, frontier::Mode::Owner)?;
    frontier.set_note(SCOPE_NOTE, &serde_json::to_string(&config.scope)?).await?;
    Ok(frontier)
}

fn about(config: &Config, identity: &Identity) -> About {
    About {
        software: format!("newshound/{}", env!("CARGO_PKG_VERSION")),
        user_agent: identity.user_agent().to_owned(),
        contact: identity.contact().to_owned(),
        token: identity::TOKEN.to_owned(),
        delay_ms: u64::try_from(config.politeness.delay.as_millis()).unwrap_or(u64::MAX),
        robots: "obey".to_owned(),
        overrides: Vec::new(),
        extra: Vec::new(),
    }
}

/// Seals the archive. The crawler is the last one that holds it.
fn finish(crawler: Arc<RealCrawler>) -> Result<()> {
    let crawler = Arc::into_inner(crawler).context("a visit outlived its crawl")?;
    crawler.finish().context("cannot seal the archive; the next run recovers it")?;
    Ok(())
}

/// Many hosts mean many sockets: take as many files as the system grants.
fn raise_file_limit() {
    use rustix::process::{Resource, getrlimit, setrlimit};
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    if let Err(error) = setrlimit(Resource::Nofile, limit) {
        tracing::warn!(%error, "cannot raise the limit of open files");
    }
}

/// Time as it is told to people.
pub(crate) fn seconds(outcome: &Outcome) -> Duration {
    Duration::from_secs_f64(outcome.seconds.max(0.0))
}
