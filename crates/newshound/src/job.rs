//! A crawl with its real parts: what `crawl`, `worker` and `demo` run.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use archive::articles::Keeper;
use archive::{About, Archive, Opening, RealDisk, Recovered};
use crawl::{Clock, Identity, Random, SeedSpec, identity};
use fetch::{HttpWeb, SystemResolver};
use frontier::{Control, Sqlite, Stats};
use worker::reader::{self, Articles, BesideArchive, Launch, NoArticles, Pool, Reader};
use worker::stories::{self, Embedded, WireTo};
use worker::{Crawler, Ended, Parts, SeedFate, StopHandle, SystemClock, SystemRandom, Totals};

use crate::closed;
use crate::config::Config;
use crate::data_dir::DataDir;
use crate::exit::usage;
use crate::seeds::{self, Refused, Source};
use crate::{display, policy, report, spent, store};

/// What to crawl, how, and where it goes.
pub(crate) struct Job {
    pub(crate) config: Config,
    pub(crate) data: PathBuf,
    pub(crate) sources: Vec<Source>,
    pub(crate) quiet: bool,
    /// The worker's name in leases, metadata and warcinfo.
    pub(crate) name: String,
    /// Whether others work on the same frontier.
    pub(crate) is_in_fleet: bool,
    /// Where articles go beside the archive: to the service of stories of a fleet.
    pub(crate) to_fleet: Option<WireTo>,
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
    /// The same of the largest process that read articles; 0 without any.
    pub(crate) reader_memory_peak_bytes: u64,
    pub(crate) seeds_read: u64,
    pub(crate) refused: Vec<Refused>,
    pub(crate) seeds_without_page: usize,
    pub(crate) fates: Vec<SeedFate>,
    /// Articles that could not be kept beside the archive.
    pub(crate) articles_lost: u64,
    /// Leases that the drain has left to heal.
    pub(crate) left_leased: u64,
    /// The stories of the data directory; nothing where none are looked for.
    pub(crate) stories: Option<stories::Kept>,
}

/// CPU time of the crawl, in seconds.
#[derive(Clone, Copy, Debug, serde::Serialize)]
pub(crate) struct Cpu {
    /// Of the whole process and its readers.
    total: f64,
    /// Of decoding and reading pages.
    read: f64,
    /// Of reading articles, in processes of their own.
    articles: f64,
    /// Of digests, compression, writing and fsync.
    archive: f64,
    /// Of the frontier.
    frontier: f64,
}

impl Cpu {
    fn of(cost: &worker::Cost, articles: Duration) -> Self {
        let syncing = spent::thread_cpu("archive-sync");
        Self {
            total: (worker::process_cpu() + articles).as_secs_f64(),
            read: cost.read().as_secs_f64(),
            articles: articles.as_secs_f64(),
            archive: (cost.archive() + syncing).as_secs_f64(),
            frontier: spent::thread_cpu("frontier").as_secs_f64(),
        }
    }
}

type RealCrawler<F> = Crawler<F, HttpWeb>;

impl Job {
    /// Crawls on the frontier of the data directory until it is over or somebody asks to stop.
    pub(crate) async fn run(&self, stop: &StopHandle) -> Result<Outcome> {
        self.check()?;
        let data = DataDir::own(&self.data)?;
        let frontier = open_frontier(&data, &self.config).await?;
        self.run_on(&data, frontier, stop).await
    }

    /// Crawls on any frontier until it is over or somebody asks to stop.
    pub(crate) async fn run_on<F: Control>(
        &self,
        data: &DataDir,
        frontier: F,
        stop: &StopHandle,
    ) -> Result<Outcome> {
        raise_file_limit();
        let stories = self.stories(data)?;
        let (crawler, recovered) = self.crawler(data, frontier, stories.clone()).await?;
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
        let is_hasty = !matches!(ended, Ok(Ended::Idle | Ended::PagesMax | Ended::TimeMax));
        let outcome = Outcome {
            stories: close(stories, is_hasty).await,
            seconds: clock.elapsed().saturating_sub(begun).as_secs_f64(),
            freshness: crawler.tally().freshness(),
            cpu: Cpu::of(crawler.cost(), crawler.reader_cpu()),
            memory_peak_bytes: worker::memory_peak_bytes("self"),
            reader_memory_peak_bytes: crawler.reader_memory_peak_bytes(),
            totals: crawler.tally().totals(),
            stats: last_stats(&crawler).await,
            seeds_without_page: crawler.ledger().without_page(),
            fates: crawler.ledger().reasons(),
            left_leased: crawler.left_leased(),
            articles_lost: crawler.articles_lost(),
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

    /// Whether it can begin at all.
    pub(crate) fn check(&self) -> Result<()> {
        self.identity()?;
        self.config.fetch.check().map_err(usage)
    }

    fn identity(&self) -> Result<Identity> {
        let Some(contact) = &self.config.contact else {
            let for_all = if self.is_in_fleet {
                ", or give one to all workers with `newshound frontier init --change --contact`"
            } else {
                ""
            };
            return Err(usage(format!(
                "no contact: site owners must be able to reach you. Give --contact \
                    you@example.org (or a URL about your crawl), or set contact in \
                    newshound.toml{for_all}"
            )));
        };
        Identity::new(contact, env!("CARGO_PKG_VERSION")).map_err(usage)
    }

    async fn crawler<F: Control>(
        &self,
        data: &DataDir,
        frontier: F,
        stories: Option<Arc<Embedded>>,
    ) -> Result<(RealCrawler<F>, Recovered)> {
        let clock = store::clock();
        let random: Arc<dyn Random> = Arc::new(SystemRandom::new());
        let config = &self.config;
        let identity = self.identity()?;
        let opening = Opening {
            disk: Arc::new(RealDisk),
            clock: Arc::clone(&clock),
            random: Arc::clone(&random),
            config: config.archive.clone(),
            about: self.about(&identity),
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
            name: self.name.clone(),
            exchange_max: config.fetch.limits.total,
            decoded_bytes_max: config.fetch.limits.decoded_bytes_max,
            politeness: config.politeness.clone(),
            retry: config.retry.clone(),
            revisit: config.revisit.clone(),
            traps: config.traps.clone(),
            scope: config.scope,
            free_bytes_min: config.archive.free_bytes_min,
            reader: self.readers(),
            articles: self.articles(stories),
        };
        Ok((Crawler::new(parts, config.crawl.clone()).await?, recovered))
    }

    /// The processes that read articles; none where none shall be read.
    fn readers(&self) -> Option<Arc<dyn Reader>> {
        self.config.crawl.articles.then(|| readers(self.config.reader.clone()))
    }

    /// Where articles go.
    fn articles(&self, stories: Option<Arc<Embedded>>) -> Arc<dyn Articles> {
        match stories {
            Some(stories) => stories,
            None if self.config.crawl.articles => Arc::new(beside_archive()),
            None => Arc::new(NoArticles),
        }
    }

    /// The stories of the data directory, where they are looked for, or the way to those of
    /// a fleet.
    fn stories(&self, data: &DataDir) -> Result<Option<Arc<Embedded>>> {
        let config = &self.config;
        if !config.crawl.articles || !config.stories.enabled {
            return Ok(None);
        }
        if let Some(to) = self.to_fleet.clone() {
            let embedded = Embedded::in_fleet(data.root(), to, beside_archive(), store::clock());
            return Ok(Some(Arc::new(embedded)));
        }
        if self.is_in_fleet {
            return Ok(None);
        }
        let begun = Embedded::start(data.root(), &config.stories, beside_archive(), store::clock());
        let begun = begun.with_context(|| {
            format!(
                "the stories in {} cannot be used; --no-stories crawls without them",
                data.root().display()
            )
        })?;
        Ok(Some(Arc::new(begun)))
    }

    fn tell_recovered(&self, recovered: &Recovered) {
        if !self.quiet && recovered.segments > 0 {
            eprintln!("{}", report::recovered(recovered));
        }
    }

    fn about(&self, identity: &Identity) -> About {
        let delay = self.config.politeness.delay;
        About {
            software: format!("newshound/{}", env!("CARGO_PKG_VERSION")),
            user_agent: identity.user_agent().to_owned(),
            contact: identity.contact().to_owned(),
            token: identity::TOKEN.to_owned(),
            delay_ms: u64::try_from(delay.as_millis()).unwrap_or(u64::MAX),
            robots: "obey".to_owned(),
            overrides: Vec::new(),
            extra: vec![("worker".to_owned(), self.name.clone())],
        }
    }

    async fn seed<F: Control>(&self, crawler: &RealCrawler<F>) -> Result<(u64, Vec<Refused>)> {
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
    let frontier = Sqlite::open(&data.frontier(), store::clock(), frontier::Mode::Owner)?;
    closed::check(&frontier).await?;
    policy::store_scope(&frontier, config.scope).await?;
    Ok(frontier)
}

/// Processes that read articles, started as they are needed.
pub(crate) fn readers(config: reader::Config) -> Arc<dyn Reader> {
    Arc::new(Pool::new(config, Launch::this_program("read-pages")))
}

/// Articles go into files beside the archive.
fn beside_archive() -> BesideArchive {
    BesideArchive::new(Keeper::new(Arc::new(RealDisk), store::clock(), reader::VERSION))
}

/// Takes in the articles that wait. A failure of stories takes nothing away from what was done.
async fn close(stories: Option<Arc<Embedded>>, is_hasty: bool) -> Option<stories::Kept> {
    let stories = stories?;
    let closed = tokio::task::spawn_blocking(move || stories.close(is_hasty)).await;
    let failed = |error: &dyn std::fmt::Display| {
        tracing::error!(%error, "the stories do not tell where they stand");
        stories::Kept { trouble: Some(error.to_string()), ..stories::Kept::default() }
    };
    Some(match closed {
        Ok(Ok(kept)) => kept,
        Ok(Err(error)) => failed(&error),
        Err(error) => failed(&error),
    })
}

/// The name of a crawl on a frontier of its own.
pub(crate) fn own_name() -> String {
    format!("crawl-{}", std::process::id())
}

/// Where the frontier stands at the end. A frontier that does not answer any more takes nothing
/// away from what was done.
async fn last_stats<F: Control>(crawler: &RealCrawler<F>) -> Stats {
    crawler.stats().await.unwrap_or_else(|error| {
        tracing::warn!(%error, "the frontier does not tell where it stands");
        Stats::default()
    })
}

/// Seals the archive. The crawler is the last one that holds it.
fn finish<F: Control>(crawler: Arc<RealCrawler<F>>) -> Result<()> {
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
