//! How soon new articles are fetched on a small budget, under simulated time: hubs visited by their
//! rate against hubs visited evenly, all else equal.

use std::collections::{BTreeMap, HashMap};
use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use crawl::revisit::Schedule;
use crawl::{Seed, SeedSpec, UnixMicros};
use frontier::Model;
use newsweb::{InProcess, LiveTruth};
use serde::Serialize;
use worker::{Crawler, StopHandle};

use crate::sim::{self, EXCHANGE_MAX, Seen, SimClock, SimWeb};

/// Seconds of a day.
const DAY_S: f64 = 86_400.0;

/// What is played.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Setup {
    /// Outlets of the web.
    pub outlets: usize,
    /// Days of simulated time.
    pub days: u32,
    /// Of which these are not measured: the crawl knows nothing yet.
    pub warm_up_days: u32,
    /// Requests that an outlet may cost in a day.
    pub budget_per_day: u32,
    /// Where chance comes from.
    pub seed: u64,
}

/// What came of it.
#[derive(Debug, Serialize)]
pub struct Freshness {
    /// What was played.
    pub setup: Setup,
    /// Hubs visited by their rate: how Newshound works.
    pub by_rate: Run,
    /// Hubs visited equally often, on the same budget.
    pub evenly: Run,
    /// How many times shorter the median is.
    pub median_ratio: f64,
}

/// One of the two runs.
#[derive(Debug, Serialize)]
pub struct Run {
    /// Articles published in the measured days.
    pub articles: u64,
    /// Those of them that were never fetched.
    pub missed: u64,
    /// From publication to the start of the fetch, in minutes. What was never fetched counts with
    /// the time until the end.
    pub median_min: f64,
    /// The same for 95 of 100.
    pub p95_min: f64,
    /// All requests, robots files among them.
    pub requests: u64,
    /// Requests in the measured days for each new article that was fetched in them.
    pub requests_per_new_article: f64,
    /// The most that an outlet cost on a day.
    pub requests_of_an_outlet_and_day_max: u64,
    /// Share of the outlets of which one of the best sources was found and visited.
    pub best_source_found: f64,
    /// Requests to each kind of trap: all, and the most of an outlet.
    pub traps: BTreeMap<String, (u64, u64)>,
    /// The median in minutes by how outlets make their news known.
    pub median_min_by_kind: BTreeMap<String, f64>,
    /// Outlets whose best source was not found.
    pub not_found: Vec<String>,
    /// Outlets of which articles were never fetched: how many of how many.
    pub missed_of: BTreeMap<String, (u64, u64)>,
}

/// Plays both runs. Into the folder `log`, a line of JSON is written for each request.
///
/// # Panics
/// When a part of the crawler fails.
pub fn freshness(setup: Setup, log: Option<&Path>) -> Freshness {
    // Each in a thread of its own: neither knows of the other's time.
    let (by_rate, evenly) = std::thread::scope(|scope| {
        let by_rate = scope.spawn(|| run(setup, Schedule::ByRate, log));
        let evenly = run(setup, Schedule::Evenly, log);
        (by_rate.join().expect("a run ends without a panic"), evenly)
    });
    let median_ratio = evenly.median_min / by_rate.median_min;
    Freshness { setup, by_rate, evenly, median_ratio }
}

fn run(setup: Setup, schedule: Schedule, log: Option<&Path>) -> Run {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .expect("a runtime without the network needs nothing from the system");
    let (seen, truth) = runtime.block_on(crawl(setup, schedule));
    if let Some(folder) = log {
        write_log(folder, schedule, &seen).expect("the folder takes a file");
    }
    judge(setup, &seen, &truth)
}

fn write_log(folder: &Path, schedule: Schedule, seen: &[Seen]) -> std::io::Result<()> {
    std::fs::create_dir_all(folder)?;
    let file = File::create(folder.join(format!("{}.jsonl", word(&schedule))))?;
    let mut file = BufWriter::new(file);
    for seen in seen {
        serde_json::to_writer(&mut file, seen)?;
        file.write_all(b"\n")?;
    }
    file.flush()
}

/// Crawls the live web from its domains for the days of the setup.
async fn crawl(setup: Setup, schedule: Schedule) -> (Vec<Seen>, LiveTruth) {
    let mut config = newsweb::Config { seed: setup.seed, ..newsweb::Config::live(setup.outlets) };
    config.live.days = setup.days;
    let starts_at = i64::try_from(config.live.starts_at).expect("it is a time of our days");
    let inner = InProcess::new(config).expect("the configuration is valid");
    let clock = SimClock::new(UnixMicros(starts_at * 1_000_000));
    let web = SimWeb::new(inner, clock, EXCHANGE_MAX);
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let frontier = Model::new(Arc::new(clock));
    let mut parts = sim::parts(frontier, web.clone(), clock, folder.path(), setup.seed);
    parts.revisit.schedule = schedule;
    let config = worker::Config {
        watch: true,
        budget_per_day: Some(setup.budget_per_day),
        time_max: Some(Duration::from_secs(u64::from(setup.days) * 86_400)),
        ..worker::Config::default()
    };
    let crawler = Crawler::new(parts, config).await.expect("a new frontier can be read");
    let crawler = Arc::new(crawler);
    let seed = |domain: &String| SeedSpec::new(Seed::parse(domain).expect("a valid domain"));
    let seeds = web.get().domains().iter().map(seed).collect();
    crawler.seed(seeds).await.expect("seeds are taken");
    crawler.run(&StopHandle::new()).await.expect("the crawl goes on to its end");
    let truth = web.get().truth(0.0..f64::from(setup.days) * DAY_S);
    (web.seen(), truth)
}

fn judge(setup: Setup, seen: &[Seen], truth: &LiveTruth) -> Run {
    let (from_s, end_s) = (f64::from(setup.warm_up_days) * DAY_S, f64::from(setup.days) * DAY_S);
    // Who publishes in the last hours gives nobody a chance.
    let to_s = end_s - DAY_S / 2.0;
    let mut first: HashMap<&str, f64> = HashMap::new();
    for seen in seen.iter().filter(|seen| seen.status == 200) {
        if let Some((_, article)) = truth.article(&seen.url) {
            first.entry(article.url.as_str()).or_insert(seen.at_s);
        }
    }
    let mut delays = Vec::new();
    let mut by_kind: BTreeMap<String, Vec<f64>> = BTreeMap::new();
    let mut missed = 0;
    let mut missed_of: BTreeMap<String, (u64, u64)> = BTreeMap::new();
    for outlet in &truth.outlets {
        let kind = by_kind.entry(word(&outlet.kind)).or_default();
        for article in outlet.articles.iter().filter(|a| (from_s..to_s).contains(&a.published_s)) {
            let fetched_s = first.get(article.url.as_str()).copied();
            missed += u64::from(fetched_s.is_none());
            let name = format!("{} ({})", outlet.domain, word(&outlet.kind));
            let of = missed_of.entry(name).or_insert((0, 0));
            *of = (of.0 + u64::from(fetched_s.is_none()), of.1 + 1);
            let delay_min = (fetched_s.unwrap_or(end_s) - article.published_s) / 60.0;
            delays.push(delay_min);
            kind.push(delay_min);
        }
    }
    missed_of.retain(|_, (missed, _)| *missed > 0);
    let measured = seen.iter().filter(|seen| seen.at_s >= from_s).count() as f64;
    let fresh = first.values().filter(|at_s| **at_s >= from_s).count() as f64;
    let not_found = not_found(seen, truth);
    let outlets = truth.outlets.len() as f64;
    Run {
        articles: delays.len() as u64,
        missed,
        median_min: quantile(&mut delays, 0.5),
        p95_min: quantile(&mut delays, 0.95),
        requests: seen.len() as u64,
        requests_per_new_article: measured / fresh.max(1.0),
        requests_of_an_outlet_and_day_max: busiest(seen, truth),
        best_source_found: 1.0 - not_found.len() as f64 / outlets,
        traps: traps(seen, truth),
        median_min_by_kind: by_kind
            .into_iter()
            .map(|(kind, mut delays)| (kind, quantile(&mut delays, 0.5)))
            .collect(),
        not_found,
        missed_of,
    }
}

/// Outlets of which none of the best sources was visited with an answer.
fn not_found(seen: &[Seen], truth: &LiveTruth) -> Vec<String> {
    let answered: std::collections::HashSet<&str> = seen
        .iter()
        .filter(|seen| matches!(seen.status, 200 | 304))
        .map(|seen| seen.url.as_str())
        .collect();
    let is_missed = |outlet: &&newsweb::LiveOutlet| {
        !outlet.best.iter().any(|best| answered.contains(best.as_str()))
    };
    let missed = truth.outlets.iter().filter(is_missed);
    missed.map(|outlet| format!("{} ({})", outlet.domain, word(&outlet.kind))).collect()
}

fn busiest(seen: &[Seen], truth: &LiveTruth) -> u64 {
    let mut days: HashMap<(&str, u64), u64> = HashMap::new();
    for seen in seen {
        let Some(outlet) = truth.outlet(&seen.url) else { continue };
        let day = Duration::from_secs_f64(seen.at_s).as_secs() / 86_400;
        *days.entry((outlet.domain.as_str(), day)).or_default() += 1;
    }
    days.into_values().max().unwrap_or_default()
}

fn traps(seen: &[Seen], truth: &LiveTruth) -> BTreeMap<String, (u64, u64)> {
    let mut each: BTreeMap<(String, String), u64> = BTreeMap::new();
    for seen in seen {
        let Some(kind) = truth.is_trap(&seen.url) else { continue };
        let outlet = truth.outlet(&seen.url).map(|outlet| outlet.domain.clone());
        *each.entry((word(&kind), outlet.unwrap_or_default())).or_default() += 1;
    }
    let mut traps: BTreeMap<String, (u64, u64)> = BTreeMap::new();
    for ((kind, _), count) in each {
        let trap = traps.entry(kind).or_default();
        *trap = (trap.0 + count, trap.1.max(count));
    }
    traps
}

/// A variant by its name in JSON.
fn word(variant: &impl Serialize) -> String {
    let value = serde_json::to_value(variant).expect("a variant is plain data");
    value.as_str().unwrap_or("other").to_owned()
}

fn quantile(values: &mut [f64], share: f64) -> f64 {
    values.sort_by(f64::total_cmp);
    if values.is_empty() {
        return f64::NAN;
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "an index")]
    let at = ((values.len() - 1) as f64 * share).round() as usize;
    values[at]
}
