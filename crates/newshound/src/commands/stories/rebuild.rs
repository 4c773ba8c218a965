//! `newshound stories rebuild`: the stories of a data directory made anew.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde::Serialize;
use story::store::{FILE, KEPT, Rebuilt};
use worker::StopHandle;
use worker::stories::{Archive, RebuildError, Step, archives};

use super::archives::Archives;
use crate::commands::Common;
use crate::config::Config;
use crate::data_dir::DataDir;
use crate::exit::Exit;
use crate::store::DATA;
use crate::{out, signals, units};

/// Segments of an archive that are named in a line.
const NAMED: usize = 3;

/// Articles between two words of how far it has come.
const TOLD_EVERY: u64 = 20_000;

/// Makes stories.sqlite anew from the articles beside the archive, in the order in which they came
/// in: the same order gives the same stories. Where that order is not to be had any more, articles
/// come by the time of their fetch. The old file is replaced at the very end. No crawl may run
/// there, and no `stories serve`.
///
/// The stories of a fleet are made from the archives of its workers: those that `stories serve` was
/// given, and those that are given here. What is in none of them is listed, and the old file is
/// kept as stories.sqlite.before.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// The data directory of the crawl, or of `stories serve`
    #[arg(long, value_name = "DIR", default_value = DATA)]
    data: PathBuf,
    #[command(flatten)]
    archives: Archives,
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
    DataDir::of_stories(&args.data)?;
    args.archives.check()?;
    let data = DataDir::own(&args.data)?;
    let noting = archives::note(data.root(), &args.archives.archives);
    let archives = noting.and_then(|()| reached(&args.data));
    let archives = archives.with_context(|| format!("cannot look into {}", args.data.display()))?;
    let unread = unread_segments(data.root(), &archives)?;
    let is_quiet = common.quiet || args.json;
    let stop = StopHandle::new();
    let signals = signals::drain_on_signal(stop.clone()).context("cannot listen for signals")?;
    let (root, stories, watch) = (data.root().to_owned(), config.stories.clone(), stop.watch());
    let rebuilding = tokio::task::spawn_blocking(move || {
        let mut tell = |step| tell(&step, is_quiet);
        worker::stories::rebuild(&root, &archives, &stories, &watch, &mut tell)
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
    let has_findings = unread > 0 || rebuilt.missing > 0;
    let summary = Summary { rebuilt, stories, unread_segments: unread };
    if args.json {
        out::json(&summary)?;
    }
    if !common.quiet {
        done(&summary, &args.data);
    }
    Ok(if has_findings { Exit::Findings } else { Exit::Ok })
}

/// The archives that are known and can be reached.
fn reached(data: &Path) -> io::Result<Vec<Archive>> {
    let known = archives::known(data)?.into_iter();
    let (there, gone): (Vec<_>, Vec<_>) =
        known.partition(|(_, data)| data.join("archive").is_dir());
    for (worker, data) in gone {
        let data = data.display();
        eprintln!("newshound: the archive of worker {worker} is not in {data} any more");
    }
    Ok(there.into_iter().map(|(worker, data)| Archive { worker, data }).collect())
}

/// Segments that have no file of articles, and what to do about them.
fn unread_segments(own: &Path, archives: &[Archive]) -> Result<u64> {
    let mut all = 0;
    for data in std::iter::once(own).chain(archives.iter().map(|archive| &*archive.data)) {
        let archive = data.join("archive");
        if !archive.is_dir() {
            continue;
        }
        let segments = archive::segments(&archive)?;
        let unread = segments.iter().filter(|s| !archive::articles::sidecar_of(s).is_file());
        let unread = unread.count() as u64;
        if unread > 0 {
            eprintln!(
                "newshound: {} of the archive without articles beside: newshound archive read \
                    --data {} makes them up; run this again then",
                units::plural(unread, "segment"),
                data.display()
            );
        }
        all += unread;
    }
    Ok(all)
}

fn tell(step: &Step, is_quiet: bool) {
    match step {
        Step::NoOrder(why) => eprintln!(
            "newshound: the order of arrival is lost ({why}); articles come by the time of their \
                fetch, and the old file is kept as {FILE}{KEPT}"
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
    let Rebuilt { documents, logged, from_store, missing, missing_in } = &summary.rebuilt;
    eprintln!(
        "done: {}, {} of them in the order in which they came in; stories of several pages: {}",
        units::plural(*documents, "article"),
        units::count(*logged),
        units::count(summary.stories),
    );
    if *from_store > 0 {
        let articles = units::plural(*from_store, "article");
        eprintln!("{articles} not beside the archive any more; taken from the old stories");
    }
    if *missing == 0 {
        return;
    }
    eprintln!(
        "newshound: {} of the old stories not to be had any more; the old ones are kept in \
            {FILE}{KEPT}: move that back to {FILE} before you run this again",
        units::plural(*missing, "article"),
    );
    for (worker, segments) in missing_in {
        eprintln!("newshound: {}", lacks(worker, segments, data));
    }
}

/// What an archive lacks, and what helps.
fn lacks(worker: &str, segments: &BTreeMap<String, u64>, data: &Path) -> String {
    let names: Vec<&str> = segments.keys().take(NAMED).map(String::as_str).collect();
    let more = match segments.len().checked_sub(NAMED) {
        Some(more @ 1..) => format!(" and {more} more"),
        _ => String::new(),
    };
    let articles = units::plural(segments.values().sum(), "article");
    let of = format!("{articles} of {}{more}", names.join(", "));
    if worker.is_empty() {
        let data = data.display();
        return format!("{of}: newshound archive read --data {data} makes up what is there");
    }
    format!(
        "{of}, in the archive of worker {worker}: give --archive {worker}=DIR, after newshound \
            archive read --data DIR"
    )
}
