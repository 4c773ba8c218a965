//! `newshound archive read`: reads the articles of kept pages again, from the archive alone.

use std::fs::{File, OpenOptions};
use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use archive::articles::{Filling, sidecar_of};
use archive::{Disk, RealDisk};
use crawl::Clock as _;
use indicatif::{ProgressBar, ProgressStyle};
use rustix::fs::{FlockOperation, flock};
use serde::Serialize;
use worker::{Reread, Rereader, SegmentReread, Stop, StopHandle, SystemClock, reader};

use crate::commands::Common;
use crate::config::Config;
use crate::data_dir::DataDir;
use crate::exit::{Exit, usage};
use crate::{job, out, signals, telemetry, units};

/// Reads every kept page whose article is missing beside the archive (DIR/articles), from its
/// snapshot alone, and so makes up what a crash, a full disk or --no-articles has left out; what
/// an older version has read is read anew. Segments that a crawl writes to are left alone. Ctrl-C
/// keeps what is done; run it again to go on.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// The data directory of the crawl
    #[arg(long, value_name = "DIR", default_value = "newshound-data")]
    data: PathBuf,
    /// Only this segment (repeatable)
    #[arg(long = "segment", value_name = "FILE")]
    segments: Vec<PathBuf>,
    /// Read everything again, also what is there
    #[arg(long)]
    all: bool,
    /// Pages that are read at the same time [default: one for each processor]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    jobs: Option<u16>,
    /// Print one summary object as JSON on standard output
    #[arg(long)]
    json: bool,
}

/// What came of it.
#[derive(Debug, Default, Serialize)]
struct Summary {
    /// Segments that were looked at.
    segments: u64,
    /// Those of them that lacked nothing.
    complete: u64,
    /// Segments that were left alone, because a crawl writes to them.
    open: u64,
    #[serde(flatten)]
    reread: Reread,
    /// Damaged places in segments: what is there cannot be read.
    damages: u64,
    seconds: f64,
}

pub(crate) async fn run(args: &Args, common: &Common) -> Result<Exit> {
    let config = Config::load(common.config.as_deref())?;
    let segments = segments(args)?;
    let mut locks = Vec::new();
    for folder in folders(&segments) {
        locks.push(lock(&folder)?);
    }
    let stop = StopHandle::new();
    let signals = signals::drain_on_signal(stop.clone()).context("cannot listen for signals")?;
    let begun = SystemClock.elapsed();
    let mut config = config;
    if let Some(jobs) = args.jobs {
        config.reader.processes = usize::from(jobs);
    }
    let rereader = Rereader {
        // A page that is slower than the others holds up nobody.
        at_once: 2 * config.reader.processes(),
        reader: job::readers(config.reader),
        decoded_bytes_max: config.fetch.limits.decoded_bytes_max,
    };
    let mut run = Run { args, rereader, summary: Summary::default() };
    let quiet = common.quiet || args.json;
    let done = run.all(&segments, &stop.watch(), &Progress::new(quiet, &segments)).await;
    run.rereader.reader.close().await;
    done?;
    run.summary.seconds = SystemClock.elapsed().saturating_sub(begun).as_secs_f64();
    run.tell(common.quiet, stop.watch().is_asked())?;
    Ok(match &run.summary {
        _ if signals.interrupted() => Exit::Interrupted,
        summary if summary.reread.unread > 0 => Exit::Failed,
        summary if summary.damages > 0 => Exit::Findings,
        _ => Exit::Ok,
    })
}

struct Run<'a> {
    args: &'a Args,
    rereader: Rereader,
    summary: Summary,
}

impl Run<'_> {
    async fn all(&mut self, segments: &[PathBuf], stop: &Stop, progress: &Progress) -> Result<()> {
        for segment in segments {
            if stop.is_asked() {
                break;
            }
            if archive::is_open(segment) {
                self.summary.open += 1;
                continue;
            }
            progress.begin(segment);
            self.one(segment, stop, progress).await.with_context(|| {
                format!(
                    "cannot make {} from {}; what is done is kept, run it again to go on",
                    sidecar_of(segment).display(),
                    segment.display()
                )
            })?;
            progress.end(segment);
        }
        Ok(())
    }

    async fn one(&mut self, segment: &Path, stop: &Stop, progress: &Progress) -> Result<()> {
        let disk: Arc<dyn Disk> = Arc::new(RealDisk);
        self.summary.segments += 1;
        let filling = Filling::begin(disk, segment, reader::VERSION, self.args.all)?;
        let Some(filling) = filling else {
            self.summary.complete += 1;
            return Ok(());
        };
        let mut each = |offset| progress.at(offset);
        let done = self.rereader.fill(filling, stop, &mut each).await?;
        let SegmentReread { reread, damages, .. } = done;
        self.summary.reread.add(&reread);
        self.summary.damages += damages;
        if damages > 0 {
            let places = units::plural(damages, "damaged place");
            tracing::warn!(
                segment = %segment.display(),
                "{places} in it cannot be read: newshound audit tells where"
            );
        }
        Ok(())
    }

    fn tell(&self, quiet: bool, is_stopped: bool) -> Result<()> {
        let summary = &self.summary;
        if self.args.json {
            out::json(summary)?;
        }
        if quiet {
            return Ok(());
        }
        let read = &summary.reread;
        eprintln!(
            "{}: {} in {}: {}; {} without one, {}, {} that cannot be read",
            if is_stopped { "stopped" } else { "done" },
            units::plural(read.read, "page"),
            units::duration(Duration::from_secs_f64(summary.seconds.max(0.0))),
            units::plural(read.articles, "article"),
            units::count(read.none),
            units::plural(read.walls, "wall"),
            units::count(read.unreadable),
        );
        let segments = units::plural(summary.segments, "segment");
        eprint!("{segments}, {} of them complete before", units::count(summary.complete));
        if summary.open > 0 {
            let open = units::count(summary.open);
            eprint!("; {open} left alone, since a crawl writes to it: what that reads, it keeps");
        }
        eprintln!();
        if read.unread > 0 {
            eprintln!(
                "newshound: {} not read, as no reader was to be had (see above); run it again",
                units::plural(read.unread, "page")
            );
        }
        Ok(())
    }
}

/// The segments that are meant.
fn segments(args: &Args) -> Result<Vec<PathBuf>> {
    if let Some(missing) = args.segments.iter().find(|segment| !segment.is_file()) {
        return Err(usage(format!(
            "there is no segment {}: name a file of DIR/archive",
            missing.display()
        )));
    }
    if !args.segments.is_empty() {
        return Ok(args.segments.clone());
    }
    let data = DataDir::beside(&args.data)?;
    let folder = data.archive();
    let found = archive::segments(&folder)?;
    if found.iter().any(|segment| archive::is_open(segment)) {
        mend(&args.data, &folder)?;
    }
    Ok(archive::segments(&folder)?)
}

/// Where a crawl died and none works now, what it left is sealed, so that it can be read.
fn mend(data: &Path, folder: &Path) -> Result<()> {
    // A lock that is not to be had means that the open segment is in use.
    let Ok(_held) = DataDir::own(data) else { return Ok(()) };
    archive::recover(&RealDisk, folder)
        .with_context(|| format!("cannot recover the archive in {}", data.display()))?;
    Ok(())
}

/// The folders that the sidecars of these segments are in.
fn folders(segments: &[PathBuf]) -> Vec<PathBuf> {
    let folder = |segment: &PathBuf| sidecar_of(segment).parent().map(Path::to_owned);
    let mut folders: Vec<PathBuf> = segments.iter().filter_map(folder).collect();
    folders.sort();
    folders.dedup();
    folders
}

/// Makes sure that only one such command works in a folder. The lock ends with the process.
fn lock(folder: &Path) -> Result<File> {
    let failed = || format!("cannot write in {}: make it writable", folder.display());
    RealDisk.create_dir(folder).with_context(failed)?;
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    let file = options.open(folder.join("lock")).with_context(failed)?;
    if flock(&file, FlockOperation::NonBlockingLockExclusive).is_err() {
        anyhow::bail!(
            "another `newshound archive read` works in {}: wait for it, or stop it",
            folder.display()
        );
    }
    Ok(file)
}

/// How far it has come, for people.
struct Progress {
    bar: Option<ProgressBar>,
    quiet: bool,
    total: u64,
    /// Bytes of the segments that are done.
    done: std::cell::Cell<u64>,
}

impl Progress {
    fn new(quiet: bool, segments: &[PathBuf]) -> Self {
        let total = segments.iter().map(|segment| bytes(segment)).sum();
        let is_live = !quiet && std::io::stderr().is_terminal();
        let bar = is_live.then(|| live_bar(total));
        telemetry::above(bar.clone());
        Self { bar, quiet, total, done: std::cell::Cell::new(0) }
    }

    fn begin(&self, segment: &Path) {
        let name = segment.file_name().unwrap_or_default().to_string_lossy().into_owned();
        match &self.bar {
            Some(bar) => bar.set_message(name),
            None if !self.quiet => {
                let (done, total) = (units::bytes(self.done.get()), units::bytes(self.total));
                tracing::info!(segment = name, "{done} of {total} read");
            }
            None => {}
        }
    }

    fn at(&self, offset: u64) {
        if let Some(bar) = &self.bar {
            bar.set_position(self.done.get() + offset);
        }
    }

    fn end(&self, segment: &Path) {
        self.done.set(self.done.get() + bytes(segment));
        self.at(0);
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        telemetry::above(None);
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

fn bytes(segment: &Path) -> u64 {
    segment.metadata().map_or(0, |metadata| metadata.len())
}

fn live_bar(total: u64) -> ProgressBar {
    let template =
        "{elapsed_precise} {bar:30} {percent}% {bytes} of {total_bytes}, {eta} {wide_msg}";
    let style = ProgressStyle::with_template(template);
    let bar = ProgressBar::new(total);
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    bar
}
