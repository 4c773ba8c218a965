//! `newshound crawl`: one machine, embedded frontier; run it again to resume.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, Result};
use crawl::ScopeRule;
use crawl::duration::parse_duration;

use super::{Asking, Common};
use crate::config::Config;
use crate::exit::{Exit, usage};
use crate::job::{Job, Outcome};
use crate::seeds::Source;
use crate::{out, report, signals};

/// Crawls from seeds on this machine. Run it again on the same --data to resume; with seeds, they
/// are added. Ctrl-C finishes what is in flight; a second one ends at once, and loses nothing.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// Domains (example.com) or pages (with https:// before them)
    #[arg(value_name = "SEED")]
    seeds: Vec<String>,
    /// A file with one seed a line (# begins a comment); - is standard input
    #[arg(long = "seeds", value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Where everything is kept
    #[arg(long, value_name = "DIR", default_value = "newshound-data")]
    data: PathBuf,
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
    /// Go on for new articles and revisits when there is nothing to do
    #[arg(long)]
    watch: bool,
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
    #[command(flatten)]
    asking: Asking,
    /// Print one summary object as JSON on standard output at the end
    #[arg(long)]
    json: bool,
}

fn parse_scope(text: &str) -> Result<ScopeRule, String> {
    match text {
        "outlet" => Ok(ScopeRule::Outlet),
        "host" => Ok(ScopeRule::Host),
        "any" => Ok(ScopeRule::Any),
        _ => Err("choose outlet, host or any".into()),
    }
}

pub(crate) fn run(args: &Args, common: &Common) -> Result<Exit> {
    let mut config = Config::load(common.config.as_deref())?;
    args.apply(&mut config);
    let sources = args.sources();
    let has_frontier = args.data.join("frontier.sqlite").is_file();
    if sources.is_empty() && !has_frontier {
        return Err(usage(format!(
            "nothing to crawl: {} holds no crawl to resume; give seeds (newshound crawl \
                example.com --contact you@example.org) or --seeds FILE",
            args.data.display()
        )));
    }
    let job = Job { config, data: args.data.clone(), sources, quiet: common.quiet };
    super::runtime()?.block_on(crawl(&job, args.json))
}

async fn crawl(job: &Job, json: bool) -> Result<Exit> {
    let stop = worker::StopHandle::new();
    let signals = signals::drain_on_signal(stop.clone()).context("cannot listen for signals")?;
    let outcome = job.run(&stop).await?;
    if json {
        out::json(&report::summary(&outcome))?;
    }
    if !job.quiet {
        eprint!("{}", report::closing(&outcome, &job.data));
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

impl Args {
    /// Puts the flags over the configuration.
    fn apply(&self, config: &mut Config) {
        fn over<T: Clone>(flag: Option<&T>, key: &mut T) {
            if let Some(value) = flag {
                *key = value.clone();
            }
        }
        self.asking.apply(config);
        over(self.delay.as_ref(), &mut config.politeness.delay);
        over(self.scope.as_ref(), &mut config.scope);
        over(self.patience.as_ref(), &mut config.crawl.patience);
        if let Some(n) = self.concurrency {
            config.crawl.concurrency = n as usize;
        }
        config.crawl.watch |= self.watch;
        config.crawl.budget_per_day = self.budget.or(config.crawl.budget_per_day);
        config.crawl.pages_max = self.max_pages.or(config.crawl.pages_max);
        config.crawl.depth_max = self.max_depth.or(config.crawl.depth_max);
        config.crawl.time_max = self.max_time.or(config.crawl.time_max);
    }

    fn sources(&self) -> Vec<Source> {
        let arguments = (!self.seeds.is_empty()).then(|| Source::Arguments(self.seeds.clone()));
        let files = self.files.iter().cloned().map(Source::File);
        arguments.into_iter().chain(files).collect()
    }
}
