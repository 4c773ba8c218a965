//! `newshound stories rebuild`: the stories of a data directory made anew.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde::Serialize;
use story::store::{FILE, Rebuilt};
use worker::StopHandle;
use worker::stories::{RebuildError, Step};

use crate::commands::Common;
use crate::config::Config;
use crate::data_dir::DataDir;
use crate::exit::Exit;
use crate::{out, signals, units};

/// Articles between two words of how far it has come.
const TOLD_EVERY: u64 = 20_000;

/// Makes stories.sqlite anew from the articles beside the archive, in the order in which they came
/// in: the same order gives the same stories. Where that order is not to be had any more, articles
/// come by the time of their fetch. The old file is replaced at the very end. No crawl may run.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// The data directory of the crawl
    #[arg(long, value_name = "DIR", default_value = "newshound-data")]
    data: PathBuf,
    /// Print one summary object as JSON on standard output
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Summary {
    #[serde(flatten)]
    rebuilt: Rebuilt,
    /// Stories of two URLs and more.
    stories: u64,
    /// Segments without articles beside them.
    unread_segments: u64,
}

pub(crate) async fn run(args: &Args, common: &Common) -> Result<Exit> {
    let config = Config::load(common.config.as_deref())?;
    DataDir::beside(&args.data)?;
    let data = DataDir::own(&args.data)?;
    let unread = unread_segments(&data)?;
    let is_quiet = common.quiet || args.json;
    if unread > 0 {
        eprintln!(
            "newshound: {} of the archive without articles beside: newshound archive read --data \
                {} makes them up; run this again then",
            units::plural(unread, "segment"),
            args.data.display()
        );
    }
    let stop = StopHandle::new();
    let signals = signals::drain_on_signal(stop.clone()).context("cannot listen for signals")?;
    let (root, stories, watch) = (data.root().to_owned(), config.stories.clone(), stop.watch());
    let rebuilding = tokio::task::spawn_blocking(move || {
        let mut tell = |step| tell(&step, is_quiet);
        worker::stories::rebuild(&root, &stories, &watch, &mut tell)
    });
    let rebuilt = match rebuilding.await? {
        Err(RebuildError::Stopped) if signals.interrupted() => {
            eprintln!("newshound: interrupted; the stories are as they were");
            return Ok(Exit::Interrupted);
        }
        rebuilt => rebuilt.with_context(|| {
            format!("cannot rebuild the stories of {}; they are as they were", args.data.display())
        })?,
    };
    let stories = story::store::Store::open(&data.root().join(FILE))?.held()?.stories;
    let summary = Summary { rebuilt, stories, unread_segments: unread };
    if args.json {
        out::json(&summary)?;
    }
    if !common.quiet {
        done(&summary, &args.data);
    }
    let has_findings = unread > 0 || rebuilt.missing > 0;
    Ok(if has_findings { Exit::Findings } else { Exit::Ok })
}

/// Segments that have no file of articles.
fn unread_segments(data: &DataDir) -> Result<u64> {
    let segments = archive::segments(&data.archive())?;
    let unread = segments.iter().filter(|s| !archive::articles::sidecar_of(s).is_file());
    Ok(unread.count() as u64)
}

fn tell(step: &Step, is_quiet: bool) {
    match step {
        Step::NoOrder(why) => eprintln!(
            "newshound: the order of arrival is lost ({why}); articles come by the time of their \
                fetch"
        ),
        Step::Reading(path) if !is_quiet => {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            eprintln!("reading {name}");
        }
        Step::Comparing(done, total) if !is_quiet && is_told(*done, *total) => {
            let (done, total) = (units::count(*done), units::plural(*total, "article"));
            eprintln!("{done} of {total} compared");
        }
        Step::Reading(_) | Step::Comparing(..) => {}
    }
}

/// Articles come in batches: one word for each step.
fn is_told(done: u64, total: u64) -> bool {
    done == total || done % TOLD_EVERY < 256
}

fn done(summary: &Summary, data: &Path) {
    let Rebuilt { documents, logged, from_store, missing } = summary.rebuilt;
    eprintln!(
        "done: {}, {} of them in the order in which they came in; stories of several pages: {}",
        units::plural(documents, "article"),
        units::count(logged),
        units::count(summary.stories),
    );
    if from_store > 0 {
        let articles = units::plural(from_store, "article");
        eprintln!("{articles} not beside the archive any more; taken from the old stories");
    }
    if missing > 0 {
        eprintln!(
            "newshound: {} of the old stories not to be had any more: newshound archive read \
                --data {} makes up what the archive has; run this again then",
            units::plural(missing, "article"),
            data.display()
        );
    }
}
