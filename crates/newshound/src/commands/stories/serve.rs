//! `newshound stories serve`: the stories of a fleet.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result};
use frontier::Wire;
use serde::Serialize;
use worker::stories::{Gap, Pulse, ServeError, Served, Service, Serving, Term, Told};
use worker::{StopHandle, SystemRandom};

use super::archives::Archives;
use crate::commands::Common;
use crate::config::Config;
use crate::data_dir::DataDir;
use crate::exit::{Exit, usage};
use crate::store::{DATA, Server, Shared, refused};
use crate::{member, out, signals, store, units};

/// Between two looks at a data directory that another service has.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// Recognises the stories of a fleet: takes the articles that its workers hand on through Redis, in
/// their order, into stories.sqlite. One service works at a time; a second one with the same --data
/// stands by and takes over within seconds. SIGTERM ends it after what is at hand; killed at once,
/// it loses nothing. What was pushed out of Redis before it was taken is caught up from the
/// archives that are given.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    #[command(flatten)]
    shared: Shared,
    /// Where the stories are kept; no worker's directory
    #[arg(long, value_name = "DIR", default_value = DATA)]
    data: PathBuf,
    #[command(flatten)]
    archives: Archives,
    /// The name of this service in the fleet, unique there [default: made of machine and process]
    #[arg(long, value_name = "NAME", value_parser = member::parse_name)]
    name: Option<String>,
    /// End when all articles are taken and the archives were looked through
    #[arg(long)]
    until_idle: bool,
    /// Print one summary object as JSON on standard output at the end
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Summary<'a> {
    /// Articles in the store.
    articles: u64,
    /// Stories of two URLs and more.
    stories: u64,
    /// Stories that several outlets carry.
    shared: u64,
    /// Articles that this run has added.
    added: u64,
    /// Those of them that came from archives.
    from_archives: u64,
    /// Articles that were pushed out and not caught up.
    missing: u64,
    /// The same by number.
    gaps: &'a [Gap],
    /// Workers whose archives would be needed for that.
    out_of_reach: &'a [String],
}

pub(crate) async fn run(args: &Args, common: &Common) -> Result<Exit> {
    let config = Config::load(common.config.as_deref())?;
    let Some(server) = args.shared.server(&config)? else {
        return Err(usage(
            "no frontier: give --frontier redis://HOST:PORT (or NEWSHOUND_FRONTIER); the crawl of \
                one machine keeps its stories itself",
        ));
    };
    args.archives.check()?;
    let stop = StopHandle::new();
    let signals = signals::drain_on_signal(stop.clone()).context("cannot listen for signals")?;
    // A service may be started before its Redis.
    let frontier = server.open_patiently(None).await?;
    let name = args.name.clone().unwrap_or_else(member::own_name);
    if args.name.is_some() {
        member::be_alone(&frontier, &name).await?;
    }
    let pulse = Pulse::begin(frontier, &name, &*store::clock());
    let outcome = serve(args, &server, &config, (&stop, pulse.told(), common.quiet)).await;
    pulse.end().await;
    let outcome = outcome?;
    if let Some(outcome) = &outcome {
        if args.json {
            out::json(&summary(outcome))?;
        }
        if !common.quiet {
            done(outcome, &args.data);
        }
    }
    let has_findings = outcome.is_some_and(|outcome| !outcome.gaps.is_empty());
    Ok(match has_findings {
        _ if signals.interrupted() => Exit::Interrupted,
        true => Exit::Findings,
        false => Exit::Ok,
    })
}

/// Stands by until it is our turn, and serves; nothing where it was stopped before.
async fn serve(
    args: &Args,
    server: &Server,
    config: &Config,
    (stop, told, is_quiet): (&StopHandle, Told, bool),
) -> Result<Option<Served>> {
    let mut tell = || {
        if !is_quiet {
            eprintln!("another service of stories is at work; standing by");
        }
    };
    let Some(data) = own(&args.data, stop, &mut tell).await? else { return Ok(None) };
    let wire = Wire::open(&server.address).await.map_err(refused)?;
    let (clock, watch) = (store::clock(), stop.watch());
    let random = SystemRandom::new();
    let seams = (clock.clone(), &random as &dyn crawl::Random);
    let Some(term) = Term::win(wire, seams, &watch, &mut tell).await? else { return Ok(None) };
    let serving = Serving {
        data: data.root().to_owned(),
        archives: args.archives.archives.clone(),
        until_idle: args.until_idle,
    };
    let at = args.data.display();
    let service = Service::open(serving, &config.stories, (term, told), clock)
        .with_context(|| format!("the stories in {at} cannot be used"))?;
    if !is_quiet {
        eprintln!("stories of {} go to {at}", server.address.shown());
    }
    let outcome = tokio::task::spawn_blocking(move || service.run(&watch)).await?;
    outcome.map(Some).map_err(|error| match error {
        ServeError::Stories(_) => anyhow::Error::from(error)
            .context(format!("the stories in {at} stand still; nothing is lost, start it again")),
        error => error.into(),
    })
}

/// Takes the data directory, once no other service has it.
async fn own(data: &Path, stop: &StopHandle, waits: &mut impl FnMut()) -> Result<Option<DataDir>> {
    let watch = stop.watch();
    let mut is_told = false;
    while !watch.is_asked() {
        if let Some(own) = DataDir::try_own(data)? {
            return Ok(Some(own));
        }
        if !std::mem::replace(&mut is_told, true) {
            waits();
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
    Ok(None)
}

fn summary(served: &Served) -> Summary<'_> {
    Summary {
        articles: served.held.documents,
        stories: served.held.stories,
        shared: served.held.shared,
        added: served.added,
        from_archives: served.from_archives,
        missing: served.gaps.iter().map(|gap| gap.count()).sum(),
        gaps: &served.gaps,
        out_of_reach: &served.out_of_reach,
    }
}

fn done(served: &Served, data: &Path) {
    let Summary { articles, stories, added, missing, .. } = summary(served);
    eprintln!(
        "done: {} in {}, {} of them new; stories of several pages: {}",
        units::plural(articles, "article"),
        data.display(),
        units::count(added),
        units::count(stories),
    );
    if missing == 0 {
        return;
    }
    eprintln!(
        "newshound: {} pushed out of Redis before the service took them, and not all archives \
            could be looked through",
        units::plural(missing, "article")
    );
    for worker in &served.out_of_reach {
        eprintln!(
            "newshound: out of reach: the archive of worker {worker}; give its --archive DIR, \
                after newshound archive read --data DIR where segments have no articles beside them"
        );
    }
}
