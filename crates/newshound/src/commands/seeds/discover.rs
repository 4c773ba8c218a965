//! `seeds discover`: where outlets publish, each finding with its evidence.

use std::time::Duration;

use anyhow::{Context, Result};
use crawl::{Hub, HubKind, Outlet, duration::parse_duration};
use frontier::{Frontier, HubRow};
use serde::Serialize;

use super::Common;
use crate::commands::Asking;
use crate::config::Config;
use crate::data_dir::DataDir;
use crate::exit::Exit;
use crate::job::{self, Job};
use crate::seeds::Source;
use crate::{out, signals, units};

/// How long to wait for hosts that are not ready.
const PATIENCE: Duration = Duration::from_secs(20);

/// Finds where outlets publish: robots.txt, front page, what its head links, well-known paths,
/// sections. It asks the hosts politely and keeps nothing but what it prints.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// Domains
    #[arg(value_name = "DOMAIN", required = true)]
    domains: Vec<String>,
    /// Least time between two requests to one host [default: 1s]
    #[arg(long, value_name = "TIME", value_parser = parse_duration)]
    delay: Option<Duration>,
    #[command(flatten)]
    asking: Asking,
    /// Print a JSON object a line
    #[arg(long)]
    json: bool,
}

/// A finding.
#[derive(Serialize)]
struct Finding<'a> {
    outlet: &'a str,
    kind: &'static str,
    url: &'a str,
    evidence: &'static str,
    from: Option<&'a str>,
    /// Articles that it listed (at most those that are remembered).
    listed: usize,
    /// New articles a day, as a first guess.
    per_day: f64,
}

pub(super) async fn run(args: &Args, common: &Common) -> Result<Exit> {
    let folder = std::env::temp_dir().join(format!("newshound-discover-{}", std::process::id()));
    let job = Job {
        config: args.config(common)?,
        data: folder.clone(),
        sources: vec![Source::Arguments(args.domains.clone())],
        quiet: true,
        name: job::own_name(),
        is_in_fleet: false,
        to_fleet: None,
    };
    let stop = worker::StopHandle::new();
    let signals = signals::drain_on_signal(stop.clone()).context("cannot listen for signals")?;
    let outcome = job.run(&stop).await;
    let told = match &outcome {
        Ok(_) => args.tell(&folder).await,
        Err(_) => Ok(0),
    };
    // What was asked for is printed; the rest is of no use to anybody.
    let _ = std::fs::remove_dir_all(&folder);
    let outcome = outcome?;
    let found = told?;
    for fate in &outcome.fates {
        eprintln!("newshound: {}: {}", fate.seed, fate.reason);
    }
    if !args.json && !common.quiet {
        eprintln!(
            "{} with {} in {}",
            units::plural(found, "finding"),
            units::plural(outcome.totals.requests, "request"),
            units::duration(Duration::from_secs_f64(outcome.seconds.max(0.0)))
        );
    }
    Ok(match (signals.interrupted(), found) {
        (true, _) => Exit::Interrupted,
        (false, 0) => Exit::Findings,
        (false, _) => Exit::Ok,
    })
}

impl Args {
    fn config(&self, common: &Common) -> Result<Config> {
        let mut config = Config::load(common.config.as_deref())?;
        self.asking.apply(&mut config);
        if let Some(delay) = self.delay {
            config.politeness.delay = delay;
        }
        config.crawl.hubs_only = true;
        config.crawl.articles = false;
        config.crawl.watch = false;
        config.crawl.patience = config.crawl.patience.min(PATIENCE);
        Ok(config)
    }

    /// Prints what was found, outlet by outlet, the best first.
    async fn tell(&self, folder: &std::path::Path) -> Result<u64> {
        let frontier = DataDir::frontier_beside(folder)?;
        let mut count = 0;
        for member in frontier.scope_members().await? {
            let host = crawl::HostKey::parse(&member).context("the scope holds a bad name")?;
            let outlet: Outlet = host.outlet();
            let mut hubs = frontier.hubs(&outlet).await?;
            hubs.retain(|row| row.entry.hub.as_deref().is_some_and(|hub| hub.visits > 0));
            hubs.sort_by(|a, b| worth(b).total_cmp(&worth(a)));
            for row in &hubs {
                count += 1;
                let finding = finding(&outlet, row);
                if self.json {
                    out::json(&finding)?;
                } else {
                    let from = finding.from.map(|from| format!(" ({from})")).unwrap_or_default();
                    out::line!(
                        "{:13} {}  {}{from}; lists {}",
                        finding.kind,
                        finding.url,
                        finding.evidence,
                        units::plural(finding.listed as u64, "article")
                    )?;
                }
            }
        }
        Ok(count)
    }
}

fn finding<'a>(outlet: &'a Outlet, row: &'a HubRow) -> Finding<'a> {
    let hub = row.entry.hub.as_deref();
    Finding {
        outlet: outlet.as_str(),
        kind: hub.map_or("page", |hub| hub.kind.name()),
        url: row.entry.url.as_str(),
        evidence: hub.map_or("given", |hub| hub.found.name()),
        from: hub.and_then(|hub| hub.from.as_deref()),
        listed: hub.map_or(0, Hub::marked),
        per_day: hub.map_or(0.0, |hub| (crawl::revisit::rate(hub) * 10.0).round() / 10.0),
    }
}

/// Feeds and news sitemaps before pages, then by what they seem to bring.
fn worth(row: &HubRow) -> f64 {
    let Some(hub) = row.entry.hub.as_deref() else { return 0.0 };
    let kind = match hub.kind {
        HubKind::Feed => 3.0,
        HubKind::Sitemap => 2.0,
        HubKind::Page => 1.0,
        HubKind::Index => 0.5,
    };
    kind * 1e6 + crawl::revisit::rate(hub)
}
