//! What answers that are made to hurt cost: each is read whole, in a process of its own, as a crawl
//! reads it: decoding, links or entries, and the article in a reader process.
#![allow(clippy::print_stdout, reason = "its figures are its purpose")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

use crawl::{CanonicalUrl, identity};
use extract::{FeedLimits, Input, Kind, Limits, SitemapLimits, skim, wall};
use fetch::coding;
use serde::{Deserialize, Serialize};
use worker::reader::{self, Launch, Pool, ReadOutcome, Reader, ToRead};

use crate::hostile::robots::{self, HostileRobots, Hosts};
use crate::hostile::{self, BODY_BYTES_MAX, Hostile};
use crate::wait::Since;
use crate::{DataDir, binary, newshound, process};

/// What one may take, by the goals of the project.
const SECONDS_MAX: f64 = 2.0;

/// See [`SECONDS_MAX`].
const MEMORY_MB_MAX: f64 = 256.0;

/// Bytes of a body once decoded, as a crawl limits them.
const DECODED_BYTES_MAX: u64 = 50 * 1024 * 1024;

/// Between two looks at the memory of the reader.
const LOOK: Duration = Duration::from_millis(2);

/// What is read, and how it is told.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Only those whose name contains this
    filter: Option<String>,
    /// Give untamed pages to the readers as well: they die of them
    #[arg(long)]
    untamed: bool,
    /// Print the figures as JSON
    #[arg(long)]
    json: bool,
    /// Read this file, and nothing else
    #[arg(long, hide = true, requires = "content_type")]
    one: Option<PathBuf>,
    #[arg(long, hide = true)]
    content_type: Option<String>,
    #[arg(long, hide = true)]
    coding: Option<String>,
}

/// What one has cost.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Cost {
    /// What became of it: `links-only`, `article`, `no-article`, `unreadable: REASON`, `unread`,
    /// `feed`, `sitemap`, `nothing` or `undecodable`; of a robots.txt `obeyed` or `disobeyed`.
    pub outcome: String,
    /// Links or entries that were read; pages that were fetched beside a robots.txt.
    pub links: usize,
    /// Wall-clock time of all of it.
    pub seconds: f64,
    /// Resident memory of the crawler's side at its peak, in MB.
    pub parent_mb: f64,
    /// Resident memory of the reader at its peak, in MB, as far as looks from outside tell; 0
    /// without one.
    pub reader_mb: f64,
}

/// Reads all of them and prints a line each.
///
/// # Panics
/// When one takes more than it may.
pub fn run(args: &Args) {
    if let Some(file) = &args.one {
        let cost = read_here(args, file);
        println!("{}", serde_json::to_string(&cost).expect("figures are plain data"));
        return;
    }
    let mut too_much = Vec::new();
    for hostile in hostile::all() {
        if args.filter.as_ref().is_some_and(|filter| !hostile.name.contains(filter.as_str())) {
            continue;
        }
        let mut body = (hostile.body)();
        body.truncate(BODY_BYTES_MAX);
        let cost = read(&hostile, &body, args.untamed);
        let is_right = args.untamed || hostile.outcomes.contains(&cost.outcome.as_str());
        let most_mb = cost.parent_mb.max(cost.reader_mb);
        if cost.seconds > SECONDS_MAX || most_mb > MEMORY_MB_MAX || !is_right {
            too_much.push(hostile.name);
        }
        print(hostile.name, body.len(), &cost, args.json);
    }
    for file in robots::all() {
        if args.filter.as_ref().is_some_and(|filter| !file.name.contains(filter.as_str())) {
            continue;
        }
        let cost = crawl_beside(&file);
        if cost.seconds > SECONDS_MAX || cost.parent_mb > MEMORY_MB_MAX || cost.outcome != "obeyed"
        {
            too_much.push(file.name);
        }
        print(file.name, (file.body)().len(), &cost, args.json);
    }
    assert!(too_much.is_empty(), "too much, or another outcome: {too_much:?}");
}

/// Crawls a host with a hostile robots.txt, all of it. The time is that of the crawl.
fn crawl_beside(file: &HostileRobots) -> Cost {
    let hosts = Hosts::start(std::slice::from_ref(file));
    let data = DataDir::new();
    let mut command = newshound();
    command.args(["crawl", "--contact", "eval@example.org", "--delay", "0s", "--json"]);
    command.args(["--patience", "1s", "--no-articles", "--quiet"]).args(hosts.flags());
    command.arg(format!("http://{}/", file.host())).arg("--data").arg(data.path());
    command.env("NEWSHOUND_POLITENESS_ADAPTIVE_FACTOR", "0");
    // What drips is waited for no longer than that.
    command.env("NEWSHOUND_FETCH_LIMITS_RATE_GRACE", "1s");
    let done = process::run(&mut command, Duration::from_mins(2));
    let summary: serde_json::Value =
        serde_json::from_str(&done.stdout).expect("it tells a summary");
    let number = |name: &str| summary[name].as_f64().unwrap_or(f64::INFINITY);
    let (pages, _) = hosts.asked(&file.host());
    let outcome = if pages == file.allowed() { "obeyed" } else { "disobeyed" };
    Cost {
        outcome: outcome.into(),
        links: pages.len(),
        seconds: number("seconds"),
        parent_mb: number("memory_peak_bytes") / 1e6,
        reader_mb: 0.0,
    }
}

fn print(name: &str, bytes: usize, cost: &Cost, json: bool) {
    if json {
        let line = serde_json::json!({ "name": name, "cost": cost });
        println!("{line}");
        return;
    }
    println!(
        "{:<32} {:>9} B  {:<20} {:>6} links  {:>5.2} s  crawler {:>5.1} MB  reader {:>5.1} MB",
        name, bytes, cost.outcome, cost.links, cost.seconds, cost.parent_mb, cost.reader_mb
    );
}

/// Reads one in a process of its own.
fn read(hostile: &Hostile, body: &[u8], untamed: bool) -> Cost {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let file = folder.path().join("body");
    fs::write(&file, body).expect("the folder takes a file");
    let program = std::env::current_exe().expect("a running program has a path");
    let mut command = Command::new(program);
    command.args(["hostile", "--content-type", hostile.content_type, "--one"]).arg(&file);
    if let Some(coding) = hostile.coding {
        command.args(["--coding", coding]);
    }
    if untamed {
        command.arg("--untamed");
    }
    let done = process::run(&mut command, Duration::from_mins(2)).expect_code(0);
    serde_json::from_str(&done.stdout).expect("it prints its cost")
}

fn read_here(args: &Args, file: &Path) -> Cost {
    let body = fs::read(file).expect("the file is there");
    let runtime = tokio::runtime::Runtime::new().expect("threads can be started");
    let (over, is_over) = channel::<()>();
    let looks = thread::spawn(move || {
        let mut peak = 0.0_f64;
        while is_over.recv_timeout(LOOK) == Err(RecvTimeoutError::Timeout) {
            peak = peak.max(children_mb());
        }
        peak
    });
    let since = Since::now();
    let (outcome, links, told) = runtime.block_on(read_all(args, &body));
    let seconds = since.passed().as_secs_f64();
    drop(over);
    let looked = looks.join().expect("looking does not panic");
    let parent_mb = peak_mb("self").unwrap_or(0.0);
    Cost { outcome, links, seconds, parent_mb, reader_mb: looked.max(told as f64 / 1e6) }
}

/// What a visit does with an answer, but for the network and the disk.
async fn read_all(args: &Args, body: &[u8]) -> (String, usize, u64) {
    let codings: Vec<&str> = args.coding.iter().flat_map(|c| c.split(", ")).collect();
    let Ok(decoded) = coding::decode(&codings, body, DECODED_BYTES_MAX) else {
        return ("undecodable".into(), 0, 0);
    };
    let url = CanonicalUrl::parse("https://www.hostile.test/2026/11/25/page").expect("a URL");
    let content_type = args.content_type.as_deref();
    let input = Input { url: url.as_url(), content_type, robots_tags: &[], body: &decoded.bytes };
    let (outcome, links) = match extract::kind_of(&input) {
        Kind::Feed => match extract::read_feed(&input, &FeedLimits::default()) {
            Some(feed) => ("feed", feed.entries.len()),
            None => ("nothing", 0),
        },
        Kind::Sitemap => match extract::read_sitemap(&input, &SitemapLimits::default()) {
            Some(sitemap) => ("sitemap", sitemap.entries.len()),
            None => ("nothing", 0),
        },
        Kind::Other => ("nothing", 0),
        Kind::Page => return read_page(args, &url, &input).await,
    };
    (outcome.into(), links, 0)
}

async fn read_page(args: &Args, url: &CanonicalUrl, input: &Input<'_>) -> (String, usize, u64) {
    let page = extract::read_page(input, identity::TOKEN, &Limits::default());
    let skim = skim::skim_body(input.body, page.charset);
    let answer = wall::Answer { url, status: 200, headers: &[] };
    std::hint::black_box(wall::of_page(&answer, input.body, &page, &skim));
    let links = page.links.len();
    let is_tame = page.guard.is_none() || args.untamed;
    if !is_tame || !reader::is_wanted(url, &page) {
        return ("links-only".into(), links, 0);
    }
    let program = binary::built("newshound");
    let launch = Launch { program, args: vec!["read-pages".into()] };
    let config = reader::Config { untamed: args.untamed, ..reader::Config::default() };
    let pool = Pool::new(config, launch);
    let outcome = match pool.read(&ToRead::of(input)).await {
        ReadOutcome::Article(_) => "article".into(),
        ReadOutcome::NoArticle => "no-article".into(),
        ReadOutcome::Unreadable(why) => format!("unreadable: {}", why.word()),
        ReadOutcome::Unread => "unread".into(),
    };
    pool.close().await;
    (outcome, links, pool.memory_peak_bytes())
}

/// Resident memory at its peak, in MB, of the largest process that this one has started.
fn children_mb() -> f64 {
    let tasks = fs::read_dir("/proc/self/task").into_iter().flatten().flatten();
    let children = tasks.filter_map(|task| fs::read_to_string(task.path().join("children")).ok());
    let pids: Vec<_> = children.collect();
    let peaks = pids.iter().flat_map(|pids| pids.split_whitespace()).filter_map(peak_mb);
    peaks.fold(0.0, f64::max)
}

fn peak_mb(pid: &str) -> Option<f64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kib: f64 = line.trim().strip_suffix(" kB")?.parse().ok()?;
    Some(kib * 1024.0 / 1e6)
}
