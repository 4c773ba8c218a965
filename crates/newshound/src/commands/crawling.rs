//! What `crawl` and `worker` have in common: their flags, how they run, and how they end.

use std::time::Duration;

use anyhow::{Context, Result};
use crawl::ScopeRule;
use crawl::duration::parse_duration;
use worker::StopHandle;

use super::Asking;
use crate::config::Config;
use crate::exit::Exit;
use crate::job::{Job, Outcome};
use crate::policy::Asked;
use crate::{out, report, signals};

/// How a crawl goes on.
#[derive(clap::Args, Debug)]
pub(crate) struct Crawling {
    /// Least time between two requests to one host [default: 1s]
    #[arg(long, value_name = "TIME", value_parser = parse_duration)]
    delay: Option<Duration>,
    /// Requests in flight at most, over all hosts [default: 100]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    concurrency: Option<u32>,
    /// How far links are followed: the seeds' outlets (and those that a seed redirects to), their
    /// hosts only, or anywhere [default: outlet]
    #[arg(long, value_name = "outlet|host|any", value_parser = parse_scope)]
    scope: Option<ScopeRule>,
    /// Requests that an outlet may cost in a day (UTC); a seed may ask for fewer
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    budget: Option<u32>,
    /// Stop after so many stored HTML pages
    #[arg(long, value_name = "N")]
    max_pages: Option<u64>,
    /// Follow so many links from a seed (seeds are 0)
    #[arg(long, value_name = "N")]
    max_depth: Option<u16>,
    /// Stop after this time
    #[arg(long, value_name = "TIME", value_parser = parse_duration)]
    max_time: Option<Duration>,
    /// End when no host becomes ready within this time [default: 5m]
    #[arg(long, value_name = "TIME", value_parser = parse_duration)]
    patience: Option<Duration>,
    /// Do not read the articles of pages
    #[arg(long)]
    no_articles: bool,
    #[command(flatten)]
    asking: Asking,
}

/// Reads a scope rule.
pub(crate) fn parse_scope(text: &str) -> Result<ScopeRule, String> {
    match text {
        "outlet" => Ok(ScopeRule::Outlet),
        "host" => Ok(ScopeRule::Host),
        "any" => Ok(ScopeRule::Any),
        _ => Err("choose outlet, host or any".into()),
    }
}

impl Crawling {
    /// Puts the flags over the configuration.
    pub(crate) fn apply(&self, config: &mut Config) {
        fn over<T: Clone>(flag: Option<&T>, key: &mut T) {
            if let Some(value) = flag {
                *key = value.clone();
            }
        }
        self.asking.apply(config);
        over(self.delay.as_ref(), &mut config.politeness.delay);
        over(self.scope.as_ref(), &mut config.scope);
        over(self.patience.as_ref(), &mut config.crawl.patience);
        config.crawl.articles &= !self.no_articles;
        if let Some(n) = self.concurrency {
            config.crawl.concurrency = n as usize;
        }
        config.crawl.budget_per_day = self.budget.or(config.crawl.budget_per_day);
        config.crawl.pages_max = self.max_pages.or(config.crawl.pages_max);
        config.crawl.depth_max = self.max_depth.or(config.crawl.depth_max);
        config.crawl.time_max = self.max_time.or(config.crawl.time_max);
    }

    /// What is asked for that the policy of a crawl may refuse.
    pub(crate) fn asked(&self) -> Asked {
        Asked { delay: self.delay, scope: self.scope }
    }
}

/// Runs a job until it is over or a signal comes, and tells what came of it.
pub(crate) async fn to_its_end(
    json: bool,
    job: &Job,
    run: impl AsyncFnOnce(&StopHandle) -> Result<Outcome>,
) -> Result<Exit> {
    let stop = StopHandle::new();
    let signals = signals::drain_on_signal(stop.clone()).context("cannot listen for signals")?;
    let outcome = run(&stop).await?;
    if json {
        out::json(&report::summary(&outcome))?;
    }
    if !job.quiet {
        eprint!("{}", report::closing(&outcome, job));
    }
    Ok(exit(&outcome, signals.interrupted()))
}

fn exit(outcome: &Outcome, interrupted: bool) -> Exit {
    if interrupted {
        return Exit::Interrupted;
    }
    if outcome.ended == worker::Ended::DiskFull {
        return Exit::Failed;
    }
    let has_findings = !outcome.refused.is_empty() || outcome.seeds_without_page > 0;
    if has_findings { Exit::Findings } else { Exit::Ok }
}
