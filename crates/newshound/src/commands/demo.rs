//! `newshound demo`: a simulated news web, a crawl of it, an audit, its stories, and a report.

mod stories;

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result};
use newsweb::NewsWeb;

use super::Common;
use super::audit::audit;
use crate::config::Config;
use crate::exit::{Exit, usage};
use crate::job::{self, Job, Outcome};
use crate::out::line;
use crate::seeds::Source;
use crate::{signals, units};

/// The pace of the demo: the hosts are simulated and may be asked twice a second.
const DELAY: Duration = Duration::from_millis(500);

/// Failed URLs of the demo are tried again soon.
const RETRY_FIRST: Duration = Duration::from_secs(2);

/// Longest wait for a host at the end.
const PATIENCE: Duration = Duration::from_secs(5);

/// Crawls a simulated news web on loopback, audits what was kept, finds the stories that its
/// outlets share, and says what came of it. Uses no network and no services, and takes less than a
/// minute.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// Where everything is kept; it must not hold a crawl yet
    #[arg(long, value_name = "DIR", default_value = "newshound-demo")]
    data: PathBuf,
}

pub(crate) fn run(args: &Args, common: &Common) -> Result<Exit> {
    if args.data.join("frontier.sqlite").exists() {
        return Err(usage(format!(
            "{} holds a crawl already: remove it, or choose another place with --data DIR",
            args.data.display()
        )));
    }
    super::runtime()?.block_on(demo(args, common))
}

async fn demo(args: &Args, common: &Common) -> Result<Exit> {
    std::fs::create_dir_all(&args.data)
        .with_context(|| format!("cannot make the data directory {}", args.data.display()))?;
    let web = NewsWeb::start(newsweb::Config::demo()).await.context("cannot start the web")?;
    let ca = args.data.join("demo-ca.pem");
    std::fs::write(&ca, web.ca_pem()).with_context(|| format!("cannot write {}", ca.display()))?;
    line!(
        "A news web of {} outlets is simulated on {}; nothing leaves this machine.",
        web.truth().seeds.len(),
        web.http_addr().ip()
    )?;
    let stop = worker::StopHandle::new();
    let signals = signals::drain_on_signal(stop.clone()).context("cannot listen for signals")?;
    let job = Job {
        config: config(&web, &ca)?,
        data: args.data.clone(),
        sources: vec![Source::Arguments(web.seeds())],
        quiet: common.quiet,
        name: job::own_name(),
        is_in_fleet: false,
        to_fleet: None,
    };
    let outcome = job.run(&stop).await?;
    let requests = web.requests();
    let verdict = newsweb::judge(&requests, web.truth(), DELAY);
    let audited = audit(std::slice::from_ref(&args.data), true)?;
    print_web(&web, &verdict)?;
    print_crawl(&outcome, &verdict)?;
    print_archive(&args.data, &audited)?;
    stories::print(&args.data, web.truth())?;
    print_next(&args.data, &web)?;
    web.stop().await.context("cannot stop the web")?;
    Ok(match (signals.interrupted(), verdict.is_clean() && audited.findings.is_empty()) {
        (true, _) => Exit::Interrupted,
        (false, true) => Exit::Ok,
        (false, false) => Exit::Findings,
    })
}

fn config(web: &NewsWeb, ca: &Path) -> Result<Config> {
    let mut config = Config { contact: Some("demo@newshound.invalid".into()), ..Config::default() };
    config.politeness.delay = DELAY;
    config.politeness.backoff_first = RETRY_FIRST;
    config.retry.first = RETRY_FIRST;
    config.crawl.patience = PATIENCE;
    config.archive.free_bytes_min = 0;
    config.fetch.allow_networks.push("127.0.0.0/8".parse()?);
    for rule in web.connect_to() {
        config.fetch.connect_to.push(rule.parse()?);
    }
    config.fetch.tls_ca.push(ca.to_owned());
    Ok(config)
}

fn print_web(web: &NewsWeb, verdict: &newsweb::Verdict) -> Result<()> {
    let truth = web.truth();
    line!("\nWhat was there")?;
    line!(
        "  {} hosts, {} pages that a right crawler fetches, {} that robots.txt forbids, {} \
            wire stories",
        truth.hosts.len(),
        truth.expected_urls().count(),
        truth.forbidden_urls().count(),
        truth.stories.len()
    )?;
    line!("  found {} of them; {} missing", verdict.covered, verdict.missing)?;
    Ok(())
}

fn print_crawl(outcome: &Outcome, verdict: &newsweb::Verdict) -> Result<()> {
    let pages_per_s = outcome.totals.pages as f64 / outcome.seconds.max(0.001);
    line!("\nHow polite it was (by the servers' own log)")?;
    line!(
        "  {} to {}, {pages_per_s:.1} pages a second in all",
        units::plural(verdict.requests, "request"),
        units::plural(verdict.hosts, "host"),
    )?;
    line!(
        "  {} requests overlapped on a host, {} came too soon, {} were forbidden",
        verdict.overlaps,
        verdict.short_gaps,
        verdict.disallowed
    )?;
    if let (Some(gap), Some(margin)) = (verdict.smallest_gap_s, verdict.smallest_margin_s) {
        line!(
            "  the shortest gap was {:.0} ms; the tightest kept {:.1} ms more than was asked",
            gap * 1e3,
            margin * 1e3
        )?;
    }
    for offence in &verdict.offences {
        line!("  {:?}: {} ({:.3} s)", offence.kind, offence.url, offence.by_s)?;
    }
    Ok(())
}

fn print_archive(data: &Path, audited: &archive::audit::Report) -> Result<()> {
    line!("\nWhat is in the archive ({}, by the audit)", data.join("archive").display())?;
    let mut text = String::new();
    audited.render(&mut text)?;
    for line in text.lines() {
        line!("  {line}")?;
    }
    Ok(())
}

fn print_next(data: &Path, web: &NewsWeb) -> Result<()> {
    let data = data.display();
    let pages = &web.truth().pages;
    let article = pages.iter().find(|page| page.kind == "article" && page.expected());
    let page = article.map_or("URL", |page| page.url.as_str());
    line!("\nWhat to try next")?;
    let program = std::env::args().next().unwrap_or_else(|| "newshound".into());
    line!("  {program} inspect {page} --data {data}")?;
    line!("  {program} stories list --data {data}")?;
    line!("  {program} audit {data}")?;
    line!("  {program} crawl example.com --contact you@example.org --max-pages 50")?;
    Ok(())
}
