//! `newshound inspect`: what a URL is, what we know of it, and what we would do with it.
//!
//! # Layout
//! - `reading`: what a body says
//! - `article`: the article of a page, kept by the crawl or read now
//! - `file`: a file as the body of a URL
//! - `kept`: what the archive keeps
//! - `known`: what the frontier knows
//! - `trap`: whether the URL would be skipped, and by which rule
//! - `verdict`: what robots.txt says, and how that is known
//! - `ask`, `visit`: asking the host now, under a lease of it
//! - `answer`: an HTTP answer as it is shown
//! - `report`: all of it as JSON or as text

mod answer;
mod article;
mod ask;
mod file;
mod kept;
mod known;
mod reading;
mod report;
mod trap;
mod verdict;
mod visit;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, Result};
use crawl::{CanonicalUrl, Identity, Random};
use extract::{Input, wall};
use fetch::{Exchange, HttpWeb, Outcome, SystemResolver};
use frontier::{Frontier, Model};
use worker::{SystemClock, SystemRandom};

use self::answer::Answer;
use self::ask::Asked;
use self::kept::Snapshots;
use self::known::Known;
use self::reading::Reading;
use self::report::Report;
use self::trap::Trap;
use self::verdict::Robots;
use self::visit::Parts;
use super::Asking;
use crate::config::Config;
use crate::data_dir::DataDir;
use crate::exit::{Exit, usage};
use crate::out;

/// Decoded bytes of a body that are read or printed.
const DECODED_BYTES_MAX: u64 = 100 * 1024 * 1024;

/// Shows what a URL is and what we know of it: its snapshots, and what the frontier knows. With
/// --fetch the host is asked now, politely, and nothing is stored; with --file a file is read as
/// the URL's body. Works beside a running crawl.
#[derive(clap::Args, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag")]
pub(crate) struct Args {
    /// The URL, or a domain for its front page
    #[arg(required_unless_present = "file", value_name = "URL")]
    url: Option<String>,
    /// Read this file (gzip is taken off) as the body of --url, offline; - is standard input
    #[arg(long, value_name = "FILE", conflicts_with_all = ["fetch", "content"])]
    file: Option<PathBuf>,
    /// Where the file would be: links are resolved against it
    #[arg(long = "url", value_name = "URL", requires = "file", conflicts_with = "url")]
    file_url: Option<String>,
    /// The content type that it would come with
    #[arg(long, value_name = "TYPE", requires = "file")]
    content_type: Option<String>,
    /// The data directory of the crawl
    #[arg(long, value_name = "DIR", default_value = "newshound-data")]
    data: PathBuf,
    /// Print the content of the last snapshot (or what is fetched), decoded, on standard output
    #[arg(long, conflicts_with = "json")]
    content: bool,
    /// Print one JSON object on standard output
    #[arg(long)]
    json: bool,
    /// Ask the host now: robots.txt, and the page if it may be; under a lease of the frontier in
    /// --data where there is one. So does --contact
    #[arg(long)]
    fetch: bool,
    #[command(flatten)]
    asking: Asking,
    #[arg(from_global)]
    config: Option<PathBuf>,
    #[arg(from_global)]
    quiet: bool,
}

impl Args {
    /// Whether the host is asked: who says who asks, means it.
    fn is_asked(&self) -> bool {
        self.fetch || self.asking.contact.is_some()
    }
}

pub(crate) fn run(args: &Args) -> Result<Exit> {
    let given = args.file_url.as_ref().or(args.url.as_ref());
    let url = given.map(|text| url(text)).transpose()?;
    match (&args.file, url) {
        (Some(file), Some(url)) => super::runtime()?.block_on(of_file(args, file, &url)),
        (Some(file), None) => Err(usage(format!(
            "where would {} be? Give --url URL as well: links are resolved against it",
            file.display()
        ))),
        (None, Some(url)) if args.is_asked() => super::runtime()?.block_on(fetched(args, &url)),
        (None, Some(url)) => super::runtime()?.block_on(kept(args, &url)),
        (None, None) => Err(usage("nothing to inspect: give a URL, or --file FILE --url URL")),
    }
}

/// A domain stands for its front page, as a seed does.
fn url(text: &str) -> Result<CanonicalUrl> {
    let seed = crawl::Seed::parse(text).map_err(usage)?;
    Ok(seed.entry().url)
}

/// What a file would say.
async fn of_file(args: &Args, file: &Path, url: &CanonicalUrl) -> Result<Exit> {
    let config = Config::load(args.config.as_deref())?;
    let body = file::read(file)?;
    let input = Input {
        url: url.as_url(),
        content_type: args.content_type.as_deref(),
        robots_tags: &[],
        body: &body.bytes,
    };
    let head = wall::Answer { url, status: 200, headers: &[] };
    let mut reading = article::read(&config.reader, &input, Reading::of(&input, &head)?).await;
    reading.damaged |= body.is_damaged;
    reading.truncated |= body.is_cut;
    show(args, &Report::new(url.to_string(), reading))
}

/// What the data directory holds of a URL.
struct Found {
    url: CanonicalUrl,
    snapshots: Option<Snapshots>,
    known: Option<Known>,
    robots: Option<Robots>,
    trap: Option<Trap>,
}

impl Found {
    async fn look(args: &Args, config: &Config, url: CanonicalUrl) -> Result<Self> {
        let data = &args.data;
        let path = data.join("frontier.sqlite");
        let snapshots = snapshots(data, path.is_file(), &url)?;
        let Some(frontier) = known::open(&path)? else {
            return Ok(Self { url, snapshots, known: None, robots: None, trap: None });
        };
        let (known, robots) = known::look(&frontier, &url).await?;
        let trap = Trap::look(&frontier, &url, &config.traps).await?;
        Ok(Self { url, snapshots, known: Some(known), robots, trap })
    }

    fn is_any(&self) -> bool {
        self.snapshots.is_some() || self.known.as_ref().is_some_and(Known::is_known)
    }

    async fn report(self, readers: &worker::reader::Config) -> Result<Report> {
        let url = &self.url;
        let reading = match &self.snapshots {
            Some(snapshots) => snapshots.reading(url, readers).await?,
            None => None,
        };
        let kind = self.known.as_ref().map_or("other", Known::kind);
        let reading = reading.unwrap_or_else(|| Reading::nothing(kind));
        let mut report = Report::new(url.to_string(), reading);
        if let Some(snapshots) = self.snapshots {
            report.answer(snapshots.answer());
            report.attempt = snapshots.attempt();
            report.snapshots = snapshots.lines;
        }
        (report.frontier, report.robots) = (self.known, self.robots);
        report.trap = self.trap;
        Ok(report)
    }
}

/// Shows what the data directory holds. A bare domain may have been crawled by http.
async fn kept(args: &Args, url: &CanonicalUrl) -> Result<Exit> {
    let config = Config::load(args.config.as_deref())?;
    let mut found = Found::look(args, &config, url.clone()).await?;
    let is_domain = args.url.as_ref().is_some_and(|text| !text.contains("://"));
    if is_domain && !found.is_any() {
        let http = CanonicalUrl::parse(&url.as_str().replacen("https:", "http:", 1))?;
        let other = Found::look(args, &config, http).await?;
        found = if other.is_any() { other } else { found };
    }
    if args.content {
        let none = || format!("{} keeps no snapshot of {url}", args.data.display());
        out::bytes(&found.snapshots.with_context(none)?.content()?)?;
        return Ok(Exit::Ok);
    }
    let is_any = found.is_any();
    let exit = show(args, &found.report(&config.reader).await?)?;
    if is_any {
        return Ok(exit);
    }
    eprintln!(
        "newshound: {} keeps no snapshot of {url}, and no crawl there has heard of it; URLs are \
            compared whole, with scheme and path. --fetch asks the host now",
        args.data.display()
    );
    Ok(Exit::Failed)
}

/// The snapshots of a URL. Where seeds were added and nothing was crawled yet, there is a frontier
/// but no archive.
fn snapshots(data: &Path, has_frontier: bool, url: &CanonicalUrl) -> Result<Option<Snapshots>> {
    if has_frontier && !data.join("archive").is_dir() {
        return Ok(None);
    }
    let data = DataDir::beside(data)?;
    Snapshots::look(&data.archive(), url)
        .with_context(|| format!("cannot look into the archive in {}", data.root().display()))
}

/// What the host says now.
async fn fetched(args: &Args, url: &CanonicalUrl) -> Result<Exit> {
    let config = config(args)?;
    let frontier = known::open(&args.data.join("frontier.sqlite"))?;
    let mut trap = None;
    let (asked, known) = if let Some(frontier) = frontier {
        let (known, _) = known::look(&frontier, url).await?;
        trap = Trap::look(&frontier, url, &config.traps).await?;
        (ask::ask(&parts(frontier, &config, args.quiet)?, url).await?, Some(known))
    } else {
        let frontier = Model::new(Arc::new(SystemClock));
        (ask::ask(&parts(frontier, &config, args.quiet)?, url).await?, None)
    };
    let Asked { robots, timings, page } = asked;
    let response = page.as_ref().and_then(ask::response);
    let exit = match (robots.is_allowed(), robots.status, response) {
        (true, _, Some(_)) => Exit::Ok,
        (false, Some(_), _) => Exit::Findings,
        // A host that gives no answer has forbidden nothing: it is down.
        (true, _, None) | (false, None, _) => Exit::Failed,
    };
    let mut report = report_of(url, page.as_ref(), &config.reader).await?;
    tell(url, &robots, report.failure.as_deref());
    (report.robots, report.timings, report.frontier) = (Some(robots), Some(timings), known);
    report.trap = trap;
    match response {
        Some(response) if args.content => out::bytes(&ask::content(response)?)?,
        None if args.content => {}
        _ => {
            let shown = show(args, &report)?;
            return Ok(if exit == Exit::Ok { shown } else { exit });
        }
    }
    Ok(exit)
}

/// What a request for a page has brought.
async fn report_of(
    url: &CanonicalUrl,
    page: Option<&Exchange>,
    readers: &worker::reader::Config,
) -> Result<Report> {
    let response = page.and_then(ask::response);
    let reading = match response {
        Some(response) => ask::reading(url, response, readers).await?,
        None => None,
    };
    let mut reading = reading.unwrap_or_else(|| Reading::nothing("other"));
    let target = page.and_then(ask::target);
    if let Some(wall) = target.as_ref().and_then(|target| wall::of_redirect(url, target)) {
        reading = reading.walled(wall.to_string());
    }
    let mut report = Report::new(url.to_string(), reading);
    report.answer(response.map(Answer::of));
    report.redirect = target.map(|to| to.to_string());
    report.failure = page.and_then(|page| match &page.outcome {
        Outcome::Failed(failure) => Some(failure.to_string()),
        Outcome::Response(_) => None,
    });
    Ok(report)
}

/// Says on the error stream why there is no page.
fn tell(url: &CanonicalUrl, robots: &Robots, failure: Option<&str>) {
    match (robots.is_allowed(), &robots.rule, failure) {
        (false, Some(rule), _) => {
            eprintln!("newshound: {url} was not fetched: robots.txt forbids it ({rule})");
        }
        (false, None, _) => eprintln!("newshound: {url} was not fetched: {}", robots.why),
        (true, _, Some(failure)) => eprintln!("newshound: {url} does not answer: {failure}"),
        (true, _, None) => {}
    }
}

fn parts<F: Frontier>(frontier: F, config: &Config, quiet: bool) -> Result<Parts<F>> {
    let contact = config.contact.as_deref().unwrap_or_default();
    let identity = Identity::new(contact, env!("CARGO_PKG_VERSION")).map_err(usage)?;
    let clock: Arc<dyn crawl::Clock> = Arc::new(SystemClock);
    let random: Arc<dyn Random> = Arc::new(SystemRandom::new());
    let resolver = SystemResolver::new();
    let web = HttpWeb::new(&config.fetch, &identity, Arc::clone(&clock), resolver)?;
    let (politeness, exchange_max) = (config.politeness.clone(), config.fetch.limits.total);
    Ok(Parts { frontier, web, clock, random, politeness, exchange_max, quiet })
}

/// The configuration, with the flags over it.
fn config(args: &Args) -> Result<Config> {
    let mut config = Config::load(args.config.as_deref())?;
    args.asking.apply(&mut config);
    if config.contact.is_none() {
        return Err(usage(
            "no contact: whoever runs the host must be able to reach you. Give --contact \
                you@example.org (or a URL about you), or set contact in newshound.toml",
        ));
    }
    config.fetch.check().map_err(usage)?;
    Ok(config)
}

/// Shows a report, and says what of it could not be read.
fn show(args: &Args, report: &Report) -> Result<Exit> {
    if args.json { out::json(report) } else { out::text(&report.render()) }?;
    Ok(report.told())
}
