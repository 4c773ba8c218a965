//! What a crawl says before, and after.

use std::fmt::Write as _;
use std::path::Path;

use anyhow::Result;
use archive::Recovered;
use crawl::ScopeRule;
use fetch::Web;
use frontier::Frontier;
use serde::Serialize;
use worker::{Crawler, Ended};

use crate::config::Config;
use crate::job::{self, Job, Outcome};
use crate::{display, units};

/// Seeds without a page that are listed by name.
const FATES_SHOWN: usize = 10;

/// The summary object of `--json`.
#[derive(Debug, Serialize)]
pub(crate) struct Summary<'a> {
    pages: u64,
    requests: u64,
    bytes: u64,
    forbidden: u64,
    deferred: u64,
    errors: &'a std::collections::BTreeMap<String, u64>,
    hosts: u64,
    /// Stories that two URLs and more carry, in the whole data directory; null where none are
    /// looked for.
    stories: Option<u64>,
    seconds: f64,
    unchanged: u64,
    refused: &'a [crate::seeds::Refused],
    seeds_without_page: &'a [worker::SeedFate],
    ended: &'static str,
    /// From publication (or first sight) to snapshot, of the new articles of this run.
    freshness: Fresh,
    cpu_seconds: job::Cpu,
    memory_peak_bytes: Option<u64>,
    reader_memory_peak_bytes: u64,
    /// Pages whose article was read.
    articles: u64,
    /// Pages that no article can be read of, by what reading ran into: crashed, memory, time.
    unreadable: &'a std::collections::BTreeMap<&'static str, u64>,
    /// Pages that no reader was to be had for: they can be read later.
    unread: u64,
    /// Articles that could not be kept beside the archive: they can be made up.
    articles_lost: u64,
    /// Walls that were served instead of pages: consent, challenge, login, geo.
    walls: &'a std::collections::BTreeMap<&'static str, u64>,
    /// URLs that were not asked for, by the rule: traps, and variants of what is known.
    skipped: &'a std::collections::BTreeMap<&'static str, u64>,
}

pub(crate) fn summary(outcome: &Outcome) -> Summary<'_> {
    let totals = &outcome.totals;
    Summary {
        pages: totals.pages,
        requests: totals.requests,
        bytes: totals.bytes,
        forbidden: totals.forbidden,
        deferred: deferred(outcome),
        errors: &totals.errors,
        hosts: totals.hosts,
        stories: own_stories(outcome).map(|stories| stories.held.stories),
        seconds: outcome.seconds,
        unchanged: totals.unchanged,
        refused: &outcome.refused,
        seeds_without_page: &outcome.fates,
        ended: ended_word(outcome.ended),
        freshness: Fresh::of(&outcome.freshness),
        cpu_seconds: outcome.cpu,
        memory_peak_bytes: outcome.memory_peak_bytes,
        reader_memory_peak_bytes: outcome.reader_memory_peak_bytes,
        articles: totals.articles,
        unreadable: &totals.unreadable,
        unread: totals.unread,
        articles_lost: outcome.articles_lost,
        walls: &totals.walls,
        skipped: &totals.skipped,
    }
}

/// A histogram of freshness as it is shown.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Fresh {
    articles: u64,
    median_s: Option<u64>,
    p95_s: Option<u64>,
    /// Upper bound of each step in seconds (none for the last), and its count.
    steps: Vec<(Option<u64>, u64)>,
}

impl Fresh {
    pub(crate) fn of(freshness: &crawl::Freshness) -> Self {
        let quantile = |share| freshness.quantile(share).map(|delay| delay.as_secs());
        Self {
            articles: freshness.total(),
            median_s: quantile(0.5),
            p95_s: quantile(0.95),
            steps: freshness.steps().map(|(b, n)| (b.map(|d| d.as_secs()), n)).collect(),
        }
    }

    /// In words; none without articles.
    pub(crate) fn text(freshness: &crawl::Freshness) -> Option<String> {
        let [median, p95] = [0.5, 0.95].map(|share| freshness.quantile(share));
        Some(format!(
            "{}, from publication (or first sight) to snapshot: half within {}, 95 of 100 \
                within {}",
            units::plural(freshness.total(), "new article"),
            units::duration(median?),
            units::duration(p95?),
        ))
    }
}

/// What is left to do: it stays in the frontier.
fn deferred(outcome: &Outcome) -> u64 {
    outcome.stats.pending + outcome.stats.in_flight
}

fn ended_word(ended: Ended) -> &'static str {
    match ended {
        Ended::Idle => "idle",
        Ended::PagesMax => "max-pages",
        Ended::TimeMax => "max-time",
        Ended::Stopped => "stopped",
        Ended::DiskFull => "disk-full",
    }
}

/// What will happen, in a few lines.
pub(crate) async fn opening<F: Frontier, W: Web>(
    config: &Config,
    data: &Path,
    crawler: &Crawler<F, W>,
    seeds: u64,
) -> Result<String> {
    let queued = crawler.stats().await?.pending;
    let queued = units::plural(queued, "URL");
    let mut text = match seeds {
        0 => format!("newshound goes on with {queued}, "),
        _ => format!("newshound crawls {} ({queued} queued), ", units::plural(seeds, "seed")),
    };
    let scope = match config.scope {
        ScopeRule::Outlet => "within the seeds' outlets",
        ScopeRule::Host => "within the seeds' hosts",
        ScopeRule::Any => "wherever links lead",
    };
    write!(text, "{scope}, {}", limits(&config.crawl))?;
    writeln!(
        text,
        "; at least {} between two requests to a host, {} at once at most",
        units::duration(config.politeness.delay),
        units::plural(config.crawl.concurrency as u64, "request"),
    )?;
    writeln!(
        text,
        "as {}; snapshots go to {}; Ctrl-C finishes what is in flight",
        crawler.identity().user_agent(),
        data.join("archive").display()
    )?;
    Ok(text)
}

fn limits(config: &worker::Config) -> String {
    let mut limits = Vec::new();
    if let Some(n) = config.pages_max {
        limits.push(units::plural(n, "page"));
    }
    if let Some(n) = config.depth_max {
        limits.push(format!("{} deep", units::plural(u64::from(n), "link")));
    }
    if let Some(d) = config.time_max {
        limits.push(units::duration(d));
    }
    if let Some(n) = config.budget_per_day {
        limits.push(format!("{} an outlet and day", units::plural(u64::from(n), "request")));
    }
    let limits = match limits.as_slice() {
        [] => "without a limit".into(),
        limits => format!("up to {}", limits.join(", ")),
    };
    if config.watch { format!("watching for new articles, {limits}") } else { limits }
}

/// What recovery did, when there was something to do.
pub(crate) fn recovered(recovered: &Recovered) -> String {
    format!(
        "the last run did not end by itself: {} looked through to the last byte, {} of a torn \
            end cut off; no settled snapshot is among them",
        units::plural(recovered.segments, "open segment"),
        units::bytes(recovered.bytes_cut)
    )
}

/// The closing summary.
pub(crate) fn closing(outcome: &Outcome, job: &Job) -> String {
    let totals = &outcome.totals;
    let time = job::seconds(outcome);
    let mut lines = vec![format!(
        "{}: {} from {} in {} ({}, {})",
        why(outcome.ended),
        units::plural(totals.pages, "page"),
        units::plural(totals.hosts, "host"),
        units::duration(time),
        units::plural(totals.requests, "request"),
        units::bytes(totals.bytes),
    )];
    if totals.forbidden > 0 {
        lines.push(format!(
            "left alone because robots.txt forbids it: {}",
            units::plural(totals.forbidden, "URL")
        ));
    }
    if totals.unchanged > 0 {
        lines.push(format!(
            "unchanged since the last visit: {}",
            units::plural(totals.unchanged, "page")
        ));
    }
    lines.extend(articles(totals));
    lines.extend(to_make_up(outcome, job));
    lines.extend(outcome.stories.as_ref().map(stories));
    for (what, counts) in [
        ("walls instead of pages", &totals.walls),
        ("not asked for, as traps or variants of what is known", &totals.skipped),
    ] {
        let words: Vec<_> =
            counts.iter().map(|(name, n)| format!("{name} {}", units::count(*n))).collect();
        if !words.is_empty() {
            lines.push(format!("{what}: {}", words.join(", ")));
        }
    }
    lines.extend(Fresh::text(&outcome.freshness));
    if let Some(errors) = display::errors(totals) {
        lines.push(format!("no page because of: {errors}"));
    }
    if deferred(outcome) > 0 {
        lines.push(format!(
            "still queued: {}; run the same command again to go on",
            units::plural(deferred(outcome), "URL")
        ));
    }
    if outcome.left_leased > 0 {
        lines.push(format!(
            "not settled in time: {}; they heal, and what was in flight is fetched again",
            units::plural(outcome.left_leased, "lease")
        ));
    }
    lines.extend(fates(outcome));
    if let Some(reason) = nothing_fetched(outcome) {
        lines.push(reason);
    }
    let snapshots = job.data.join("archive");
    let (snapshots, data) = (snapshots.display(), job.data.display());
    lines.push(if job.is_in_fleet {
        // Another worker may have asked for the robots.txt that this one went by.
        format!("snapshots: {snapshots}; newshound audit takes the folders of all workers together")
    } else {
        format!("snapshots: {snapshots}; prove it: newshound audit {data}")
    });
    lines.join("\n") + "\n"
}

/// What came of reading articles.
fn articles(totals: &worker::Totals) -> Vec<String> {
    let mut lines = Vec::new();
    if totals.articles > 0 {
        lines.push(format!("articles read: {}", units::count(totals.articles)));
    }
    if !totals.unreadable.is_empty() {
        let reason = |(why, n): (&&str, &u64)| format!("{why} {}", units::count(*n));
        let reasons: Vec<_> = totals.unreadable.iter().map(reason).collect();
        lines.push(format!("stored, but not to be read as articles: {}", reasons.join(", ")));
    }
    if totals.unread > 0 {
        lines.push(format!(
            "stored, but not read yet, as no reader was to be had: {}",
            units::plural(totals.unread, "page")
        ));
    }
    lines
}

/// The stories of this directory, not those of a fleet.
fn own_stories(outcome: &Outcome) -> Option<&worker::stories::Kept> {
    outcome.stories.as_ref().filter(|kept| !kept.is_elsewhere)
}

/// Which stories there are.
fn stories(kept: &worker::stories::Kept) -> String {
    let held = &kept.held;
    let mut line = if kept.is_elsewhere {
        format!("handed on to the fleet's stories: {}", units::plural(kept.added, "article"))
    } else {
        format!(
            "stories: {} at two outlets and more, {} of several pages in all",
            units::count(held.shared),
            units::count(held.stories)
        )
    };
    if let Some(trouble) = &kept.trouble {
        line.push_str("; not up to date: ");
        line.push_str(trouble);
    } else if kept.is_behind {
        line.push_str("; the last articles are taken in when the crawl goes on");
    }
    line
}

/// What `archive read` has to make up.
fn to_make_up(outcome: &Outcome, job: &Job) -> Option<String> {
    let missing = outcome.totals.unread + outcome.articles_lost;
    (missing > 0).then(|| {
        format!(
            "missing beside the archive: {}; newshound archive read --data {} makes them up",
            units::plural(missing, "article"),
            job.data.display()
        )
    })
}

fn why(ended: Ended) -> &'static str {
    match ended {
        Ended::Idle => "done",
        Ended::PagesMax => "page limit reached",
        Ended::TimeMax => "time limit reached",
        Ended::Stopped => "stopped",
        Ended::DiskFull => "the disk stayed full",
    }
}

fn fates(outcome: &Outcome) -> Vec<String> {
    let mut lines = Vec::new();
    if outcome.seeds_without_page > 0 {
        lines.push(format!(
            "seeds without a page: {}",
            units::count(outcome.seeds_without_page as u64)
        ));
        let shown = outcome.fates.iter().take(FATES_SHOWN);
        lines.extend(shown.map(|fate| format!("  {}: {}", fate.seed, fate.reason)));
        let more = outcome.seeds_without_page.saturating_sub(FATES_SHOWN);
        if more > 0 {
            lines.push(format!("  and {more} more (--json lists them)"));
        }
    }
    if !outcome.refused.is_empty() {
        lines.push(format!(
            "seeds refused: {} (named above)",
            units::count(outcome.refused.len() as u64)
        ));
    }
    lines
}

/// Why nothing at all was fetched.
fn nothing_fetched(outcome: &Outcome) -> Option<String> {
    let totals = &outcome.totals;
    if totals.requests > 0 {
        return None;
    }
    let next = outcome.stats.next_ready_in.map(units::duration);
    Some(match (outcome.ended, next) {
        (Ended::Idle, Some(next)) => format!(
            "nothing was fetched: every known URL was visited before, and the next visit is \
                due in {next}"
        ),
        (Ended::Idle, None) if outcome.seeds_read == 0 => {
            "nothing was fetched: the frontier is empty; give seeds (newshound seeds add)".into()
        }
        (Ended::Idle, None) => "nothing was fetched: no seed could be tried (see above)".into(),
        (Ended::DiskFull, _) => {
            "nothing was fetched: the disk has less free space than archive.free_bytes_min".into()
        }
        _ => "nothing was fetched: the crawl ended before the first request".into(),
    })
}
