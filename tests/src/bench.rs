//! What a page costs: CPU-seconds by stage, and memory, on a web that costs its server little.

pub mod frontier;
pub mod links;
pub mod reader;
pub mod stories;

use std::fs;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::Duration;

use rustix::process::Pid;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::process::Running;
use crate::{DataDir, binary, newshound};

/// What any one run may take.
const LIMIT: Duration = Duration::from_hours(2);

/// How often the memory of the crawler is looked at.
const LOOK: Duration = Duration::from_millis(100);

/// The web of a benchmark.
#[derive(Clone, Debug, Serialize)]
pub struct Load {
    /// Hosts.
    pub hosts: usize,
    /// Pages of each, the front page among them.
    pub pages_per_host: usize,
    /// Bytes of a page before it is coded.
    pub page_bytes: usize,
    /// `plain` or `gzip`.
    pub coding: &'static str,
}

/// CPU-seconds for 1,000 pages, by stage.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Cpu {
    /// All of the crawler's processes.
    pub total: f64,
    /// Decoding and reading pages.
    pub read: f64,
    /// Reading articles, in processes of their own.
    pub articles: f64,
    /// Digests, compression, writing and fsync.
    pub archive: f64,
    /// The frontier.
    pub frontier: f64,
    /// HTTP, the kernel's network, and joining the stages.
    pub network: f64,
}

/// What a crawl cost.
#[derive(Clone, Debug, Serialize)]
pub struct CrawlCost {
    /// The web.
    pub load: Load,
    /// Pages stored.
    pub pages: u64,
    /// Requests, robots files among them.
    pub requests: u64,
    /// Wall-clock time of the crawl.
    pub seconds: f64,
    /// Pages a second; depends on what else the machine does.
    pub pages_per_s: f64,
    /// CPU-seconds for 1,000 pages.
    pub cpu_per_1000_pages: Cpu,
    /// CPU-seconds for 1,000 pages of the simulated web, which is another process.
    pub web_cpu_per_1000_pages: f64,
    /// Bytes in the archive for each page.
    pub archive_bytes_per_page: u64,
    /// Resident memory at its peak, in MB.
    pub memory_peak_mb: f64,
    /// Resident memory after each tenth of the time, in MB.
    pub memory_mb: Vec<f64>,
}

/// The first line of `newsweb serve`.
#[derive(Deserialize)]
struct Ready {
    connect_to: Vec<String>,
}

/// Crawls a web without any delay.
///
/// # Panics
/// When pages are missing.
#[track_caller]
pub fn crawl(load: &Load) -> CrawlCost {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let seeds = folder.path().join("seeds.txt");
    let (mut web, ready) = serve(load, &seeds);
    let data = DataDir::new();
    let mut command = newshound();
    command.args(["crawl", "--contact", "bench@example.org", "--delay", "0s", "--json"]);
    command.args(["--patience", "5s", "--allow-network", "127.0.0.0/8", "--seeds"]).arg(&seeds);
    for rule in &ready.connect_to {
        command.args(["--connect-to", rule]);
    }
    command.arg("--data").arg(data.path());
    command.env("NEWSHOUND_POLITENESS_ADAPTIVE_FACTOR", "0");
    let running = Running::start(&mut command, b"");
    let memory = Memory::watch(running.pid());
    let done = running.wait(LIMIT).expect_code(0);
    let memory_mb = memory.tenths();
    let summary: Value = serde_json::from_str(&done.stdout).expect("--json writes JSON");
    web.close_input();
    let web = web.wait(LIMIT).expect_code(0);
    let last = web.stdout.lines().last().expect("it says a line at its end");
    let last: Value = serde_json::from_str(last).expect("it writes JSON");
    let archive: u64 = data.segments().iter().map(|s| fs::metadata(s).map_or(0, |m| m.len())).sum();
    let cost = cost(load, &summary, &last, archive, memory_mb);
    let expected = (load.hosts * load.pages_per_host) as u64;
    assert_eq!(cost.pages, expected, "pages are missing\n{}", done.stderr);
    cost
}

fn serve(load: &Load, seeds: &std::path::Path) -> (Running, Ready) {
    let mut command = std::process::Command::new(binary::built("newsweb"));
    command.args(["serve", "--web", "bench", "--coding", load.coding]);
    command.args(["--outlets", &load.hosts.to_string()]);
    command.args(["--articles", &load.pages_per_host.to_string()]);
    command.args(["--page-bytes", &load.page_bytes.to_string()]).arg("--seeds").arg(seeds);
    let mut web = Running::hold(&mut command);
    let line = web.wait_for("connect_to", LIMIT);
    (web, serde_json::from_str(&line).expect("its first line is JSON"))
}

fn cost(load: &Load, summary: &Value, web: &Value, archive: u64, memory_mb: Vec<f64>) -> CrawlCost {
    let number = |value: &Value| value.as_f64().expect("the summary has this figure");
    let count = |value: &Value| value.as_u64().expect("the summary has this count");
    let pages = count(&summary["pages"]);
    let per_1000 = |value: &Value| number(value) * 1000.0 / pages as f64;
    let cpu = &summary["cpu_seconds"];
    let (total, read) = (per_1000(&cpu["total"]), per_1000(&cpu["read"]));
    let articles = per_1000(&cpu["articles"]);
    let (archived, frontier) = (per_1000(&cpu["archive"]), per_1000(&cpu["frontier"]));
    let seconds = number(&summary["seconds"]);
    CrawlCost {
        load: load.clone(),
        pages,
        requests: count(&summary["requests"]),
        seconds,
        pages_per_s: pages as f64 / seconds,
        cpu_per_1000_pages: Cpu {
            total,
            read,
            articles,
            archive: archived,
            frontier,
            network: total - read - articles - archived - frontier,
        },
        web_cpu_per_1000_pages: per_1000(&web["cpu_seconds"]),
        archive_bytes_per_page: archive / pages.max(1),
        memory_peak_mb: number(&summary["memory_peak_bytes"]) / 1e6,
        memory_mb,
    }
}

/// What importing a list cost.
#[derive(Clone, Debug, Serialize)]
pub struct ImportCost {
    /// Lines of the list, one in a thousand of them bad.
    pub lines: u64,
    /// `txt` or `csv`.
    pub format: &'static str,
    /// What `seeds import --json` said.
    pub outcome: Value,
    /// Wall-clock time.
    pub seconds: f64,
    /// Resident memory at its peak, in MB, as far as looks from outside tell.
    pub memory_peak_mb: f64,
    /// Bytes of the frontier for each seed.
    pub bytes_per_seed: u64,
}

/// Imports a made list of domains with labels.
///
/// # Panics
/// When seeds are missing.
#[track_caller]
pub fn import(lines: u64, format: &'static str) -> ImportCost {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let list = folder.path().join(format!("seeds.{format}"));
    fs::write(&list, made_list(lines, format)).expect("the folder takes a file");
    let data = DataDir::new();
    let mut command = newshound();
    command.args(["seeds", "import", "--json", "--quiet"]).arg(&list).arg("--data");
    let running = Running::start(command.arg(data.path()), b"");
    let memory = Memory::watch(running.pid());
    let begun = now();
    // One line in a thousand is bad: it ends with findings.
    let done = running.wait(LIMIT).expect_code(3);
    let seconds = begun.elapsed().as_secs_f64();
    let memory_peak_mb = memory.peak();
    let outcome: Value = serde_json::from_str(&done.stdout).expect("--json writes JSON");
    let bad = lines / 1_000;
    assert_eq!(outcome["added"].as_u64(), Some(lines - bad), "{outcome}");
    assert_eq!(done.stderr.lines().count() as u64, bad, "each bad line is named");
    let bytes = fs::metadata(data.path().join("frontier.sqlite")).map_or(0, |file| file.len());
    let bytes_per_seed = bytes / (lines - bad);
    ImportCost { lines, format, outcome, seconds, memory_peak_mb, bytes_per_seed }
}

fn made_list(lines: u64, format: &str) -> String {
    let mut list = String::new();
    if format == "csv" {
        list.push_str("domain,country,language,tags\n");
    }
    for n in 1..=lines {
        let line = match (n % 1_000, format) {
            (0, "csv") => format!("no domain {n},FR,fr,daily\n"),
            (0, _) => format!("no domain {n}\n"),
            (_, "csv") => format!("outlet-{n}.example,FR,fr,\"daily,made\"\n"),
            (_, _) => format!("outlet-{n}.example country=FR language=fr tags=daily,made\n"),
        };
        list.push_str(&line);
    }
    list
}

#[expect(clippy::disallowed_methods, reason = "real programs take real time")]
fn now() -> std::time::Instant {
    std::time::Instant::now()
}

/// Looks at the resident memory of a process until it ends.
struct Memory {
    over: Sender<()>,
    looks: thread::JoinHandle<Vec<f64>>,
}

impl Memory {
    fn watch(pid: Pid) -> Self {
        let (over, is_over) = channel();
        let looks = thread::spawn(move || {
            let mut looks = Vec::new();
            while is_over.recv_timeout(LOOK) == Err(RecvTimeoutError::Timeout) {
                looks.extend(resident_mb(pid));
            }
            looks
        });
        Self { over, looks }
    }

    /// Ends the watch: the most that was seen.
    fn peak(self) -> f64 {
        drop(self.over);
        let looks = self.looks.join().expect("looking does not panic");
        looks.into_iter().fold(0.0, f64::max)
    }

    /// Ends the watch: the memory after each tenth of the time.
    fn tenths(self) -> Vec<f64> {
        drop(self.over);
        let looks = self.looks.join().expect("looking does not panic");
        (1..=10)
            .filter_map(|n| looks.get((looks.len() * n / 10).saturating_sub(1)).copied())
            .collect()
    }
}

fn resident_mb(pid: Pid) -> Option<f64> {
    let status = fs::read_to_string(format!("/proc/{}/status", pid.as_raw_nonzero())).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kib: f64 = line.trim().strip_suffix(" kB")?.parse().ok()?;
    Some(kib * 1024.0 / 1e6)
}
