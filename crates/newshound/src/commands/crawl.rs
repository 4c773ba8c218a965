//! `newshound crawl`: one machine, embedded frontier; run it again to resume.

use std::path::PathBuf;

use anyhow::Result;

use super::Common;
use super::crawling::{self, Crawling};
use crate::config::Config;
use crate::data_dir::DataDir;
use crate::exit::{Exit, usage};
use crate::job::{self, Job};
use crate::policy::Policy;
use crate::seeds::Source;

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
    #[command(flatten)]
    crawling: Crawling,
    /// Go on for new articles and revisits when there is nothing to do
    #[arg(long)]
    watch: bool,
    /// Do not look for stories
    #[arg(long)]
    no_stories: bool,
    /// Print one summary object as JSON on standard output at the end
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(args: &Args, common: &Common) -> Result<Exit> {
    let sources = args.sources();
    let has_frontier = args.data.join("frontier.sqlite").is_file();
    if sources.is_empty() && !has_frontier {
        return Err(usage(format!(
            "nothing to crawl: {} holds no crawl to resume; give seeds (newshound crawl \
                example.com --contact you@example.org) or --seeds FILE",
            args.data.display()
        )));
    }
    super::runtime()?.block_on(crawl(args, sources, common))
}

async fn crawl(args: &Args, sources: Vec<Source>, common: &Common) -> Result<Exit> {
    let (mut config, given) = Config::load_given(common.config.as_deref())?;
    if args.data.join("frontier.sqlite").is_file() {
        // A policy that was given to this directory holds here too.
        let frontier = DataDir::frontier_beside(&args.data)?;
        if let Some(policy) = Policy::read(&frontier).await? {
            policy.govern(&mut config, &given, args.crawling.asked())?;
        }
    }
    args.crawling.apply(&mut config);
    config.crawl.watch |= args.watch;
    config.stories.enabled &= !args.no_stories;
    let job = Job {
        config,
        data: args.data.clone(),
        sources,
        quiet: common.quiet,
        name: job::own_name(),
        is_in_fleet: false,
        to_fleet: None,
    };
    crawling::to_its_end(args.json, &job, async |stop| job.run(stop).await).await
}

impl Args {
    fn sources(&self) -> Vec<Source> {
        let arguments = (!self.seeds.is_empty()).then(|| Source::Arguments(self.seeds.clone()));
        let files = self.files.iter().cloned().map(Source::File);
        arguments.into_iter().chain(files).collect()
    }
}
