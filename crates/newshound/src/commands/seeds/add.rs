//! `seeds add` and `seeds import`.

use std::path::PathBuf;

use anyhow::Result;
use crawl::{ScopeRule, SeedKind, SeedSpec, SpecField, scope};
use frontier::{Frontier, NewSeed, SeedsAdded};

use super::Common;
use crate::config::Config;
use crate::data_dir::DataDir;
use crate::exit::{Exit, usage};
use crate::seeds::{self, Format, Refused, Source};
use crate::store::{Opened, Place, Site, with_frontier};
use crate::{job, out, policy, units};

/// Adds seeds. A seed that is known gets what is said of it now.
#[derive(clap::Args, Debug)]
pub(crate) struct AddArgs {
    /// Domains (example.com), or URLs of pages, feeds or sitemaps
    #[arg(value_name = "SEED", required = true)]
    seeds: Vec<String>,
    /// What they are: domain, page, feed or sitemap; without it, what they look like
    #[arg(long, value_name = "KIND", value_parser = kind)]
    kind: Option<SeedKind>,
    /// Country of the outlet, two letters of ISO 3166-1: FR
    #[arg(long)]
    country: Option<String>,
    /// Language of the outlet, as a tag of BCP 47: fr, pt-BR
    #[arg(long)]
    language: Option<String>,
    /// Words to find them by, parted by commas
    #[arg(long)]
    tags: Option<String>,
    /// Least time between two requests to each of the outlet's hosts; it can only raise the
    /// crawl's
    #[arg(long, value_name = "TIME")]
    delay: Option<String>,
    /// Requests that the outlet may cost in a day (UTC)
    #[arg(long, value_name = "N")]
    budget: Option<String>,
    /// How far links are followed, where that is less than the crawl's scope: outlet or host
    #[arg(long)]
    scope: Option<String>,
    #[command(flatten)]
    how: How,
}

/// Adds the seeds of lists. A bad line is named by file and line, and the others go on.
#[derive(clap::Args, Debug)]
pub(crate) struct ImportArgs {
    /// Lists: one seed a line, CSV with a header, or OPML; - is standard input
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    /// The format of all files; without it, by their extension, else by their content
    #[arg(long, value_enum)]
    format: Option<Format>,
    #[command(flatten)]
    how: How,
}

#[derive(clap::Args, Debug)]
struct How {
    /// Read and check everything, store nothing
    #[arg(long)]
    dry_run: bool,
    /// Print one JSON object on standard output
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    place: Place,
}

fn kind(text: &str) -> Result<SeedKind, String> {
    SeedKind::named(text).ok_or_else(|| "choose domain, page, feed or sitemap".into())
}

/// What came of it.
#[derive(Debug, Default, serde::Serialize)]
struct Outcome {
    lines: u64,
    added: u64,
    changed: u64,
    known: u64,
    refused: u64,
    dry_run: bool,
}

impl Outcome {
    fn add(&mut self, added: SeedsAdded) {
        self.added += added.added;
        self.changed += added.changed;
        self.known += added.known;
    }

    fn text(&self) -> String {
        let verb = if self.dry_run { "would add" } else { "added" };
        let mut text = format!("{verb} {}", units::plural(self.added, "seed"));
        for (count, word) in
            [(self.changed, "changed"), (self.known, "known before"), (self.refused, "refused")]
        {
            if count > 0 {
                text.push_str(", ");
                text.push_str(&units::count(count));
                text.push(' ');
                text.push_str(word);
            }
        }
        text + "\n"
    }
}

pub(super) async fn add(args: &AddArgs, common: &Common) -> Result<Exit> {
    let mut specs = Vec::new();
    for text in &args.seeds {
        let seed = match args.kind {
            Some(kind) => crawl::Seed::parse_as(kind, text),
            None => crawl::Seed::parse(text),
        };
        let mut spec = SeedSpec::new(seed.map_err(usage)?);
        for (field, value) in [
            (SpecField::Country, &args.country),
            (SpecField::Language, &args.language),
            (SpecField::Tags, &args.tags),
            (SpecField::Delay, &args.delay),
            (SpecField::Budget, &args.budget),
            (SpecField::Scope, &args.scope),
        ] {
            if let Some(value) = value {
                spec.set(field, value).map_err(usage)?;
            }
        }
        specs.push(spec);
    }
    let mut store = Store::open(&args.how, common).await?;
    let mut outcome = Outcome { lines: specs.len() as u64, ..store.outcome() };
    outcome.add(store.take(specs).await?);
    tell(&outcome, &args.how, common)
}

pub(super) async fn import(args: &ImportArgs, common: &Common) -> Result<Exit> {
    let source = |file: &PathBuf| match args.format {
        Some(format) => Source::FileAs(file.clone(), format),
        None => Source::File(file.clone()),
    };
    let sources: Vec<Source> = args.files.iter().map(source).collect();
    let mut store = Store::open(&args.how, common).await?;
    let mut outcome = store.outcome();
    let mut refused = 0;
    let mut refuse = |line: Refused| {
        eprintln!("newshound: {}: {}", line.place, line.reason);
        refused += 1;
    };
    let mut accept = async |batch: Vec<SeedSpec>| {
        outcome.add(store.take(batch).await?);
        Ok(())
    };
    let told = seeds::read(&sources, &mut refuse, &mut accept).await?;
    if !common.quiet {
        told.notices.iter().for_each(|notice| eprintln!("newshound: {notice}"));
    }
    (outcome.lines, outcome.refused) = (told.lines, refused);
    tell(&outcome, &args.how, common)
}

fn tell(outcome: &Outcome, how: &How, common: &Common) -> Result<Exit> {
    if how.json {
        out::json(outcome)?;
    } else if !common.quiet {
        eprint!("{}", outcome.text());
    }
    Ok(if outcome.refused > 0 { Exit::Findings } else { Exit::Ok })
}

/// Where seeds go: the frontier, or nowhere on a dry run.
struct Store {
    frontier: Option<Opened>,
    /// The scope rule of the crawl.
    scope: ScopeRule,
    is_dry: bool,
    /// Held where the frontier was made just now.
    _data: Option<DataDir>,
    /// On a dry run without a frontier, the fingerprints of the seeds so far.
    seen: std::collections::HashSet<u64>,
}

impl Store {
    async fn open(how: &How, common: &Common) -> Result<Self> {
        let config = Config::load(common.config.as_deref())?;
        let site = how.place.site(&config)?;
        let mut held = None;
        let frontier = match &site {
            Site::Data(data) if !data.join("frontier.sqlite").is_file() => {
                if how.dry_run {
                    None
                } else {
                    let own = held.insert(DataDir::own(data)?);
                    Some(Opened::Data(job::open_frontier(own, &config).await?))
                }
            }
            site => Some(site.open().await?),
        };
        // What stands in the frontier is the rule of the crawl, whatever is configured here.
        let kept = match &frontier {
            Some(opened) => with_frontier!(opened, kept => policy::scope_of(kept).await)?,
            None => None,
        };
        Ok(Self {
            frontier,
            scope: kept.unwrap_or(config.scope),
            is_dry: how.dry_run,
            _data: held,
            seen: std::collections::HashSet::new(),
        })
    }

    fn outcome(&self) -> Outcome {
        Outcome { dry_run: self.is_dry, ..Outcome::default() }
    }

    async fn take(&mut self, specs: Vec<SeedSpec>) -> Result<SeedsAdded> {
        if self.is_dry {
            return self.count(&specs).await;
        }
        let Some(frontier) = &self.frontier else { return Ok(SeedsAdded::default()) };
        let new = |spec: SeedSpec| {
            let member = scope::member_of_seed(self.scope, spec.scope, &spec.seed.url());
            NewSeed { spec, member }
        };
        let new = specs.into_iter().map(new).collect();
        Ok(with_frontier!(frontier, frontier => frontier.add_seeds(new).await)?)
    }

    /// What would be added: seeds that neither the frontier nor the lists so far hold.
    async fn count(&mut self, specs: &[SeedSpec]) -> Result<SeedsAdded> {
        let fingerprints: Vec<_> = specs.iter().map(|s| s.seed.url().fingerprint()).collect();
        let unknown = match &self.frontier {
            Some(frontier) => {
                let asked = specs.iter().map(|spec| spec.seed.url()).collect();
                with_frontier!(frontier, frontier => frontier.unknown(asked).await)?
            }
            None => fingerprints.clone(),
        };
        let added = unknown.iter().filter(|url| self.seen.insert(url.0)).count() as u64;
        Ok(SeedsAdded { added, known: fingerprints.len() as u64 - added, changed: 0 })
    }
}
