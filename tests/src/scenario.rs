//! What is played through on the simulated web, small in the tests and in full size by
//! `cargo xtask simulate`.
//!
//! Each scenario runs the real binary against a web of its own, panics when something is wrong, and
//! gives back the figures of what it saw.

mod complete;
pub mod fleet;
mod fresh_link;
mod freshness;
mod full_disk;
mod hub;
mod kills;
mod pauses;
mod standstill;

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use serde::Serialize;
use serde_json::Value;

pub use complete::{Complete, complete};
pub use fresh_link::{FreshLink, fresh_link};
pub use freshness::{Freshness, Setup, freshness};
pub use full_disk::{FullDisk, full_disk};
pub use hub::{HubReport, hub};
pub use kills::{Kills, kills};
pub use pauses::{Fault, Pauses, Seen, pauses};
pub use standstill::{Standstill, standstill};

use crate::process::{self, Finished};
use crate::{DataDir, Web, newshound};

/// The delay between two requests to a host in all scenarios.
pub const DELAY: Duration = Duration::from_millis(200);

/// What any one run of the crawler may take.
pub const LIMIT: Duration = Duration::from_mins(30);

/// A crawl of `web` into `data`, with short waits: the hosts are simulated.
pub fn crawl(web: &Web, data: &DataDir, more: &[&str]) -> Command {
    crawl_into(web, &data.path(), more)
}

/// The same, into a folder that may lie anywhere.
fn crawl_into(web: &Web, data: &Path, more: &[&str]) -> Command {
    let mut command = newshound();
    command.args(["crawl", "--contact", "tests@example.org", "--delay", "200ms", "--json"]);
    command.args(["--patience", "6s", "--data"]).arg(data).args(web.flags()).args(more);
    command.env("NEWSHOUND_RETRY_FIRST", "1s").env("NEWSHOUND_POLITENESS_BACKOFF_FIRST", "1s");
    // No host of the simulated web asks for more before its robots.txt is known.
    command.env("NEWSHOUND_POLITENESS_FIRST_DELAY", "2s");
    command.env("NEWSHOUND_ARCHIVE_FREE_BYTES_MIN", "0");
    command
}

/// Crawls from every seed of the web to the end.
pub fn crawl_all(web: &Web, data: &DataDir) -> Finished {
    process::run(&mut crawl_all_into(web, &data.path()), LIMIT)
}

fn crawl_all_into(web: &Web, data: &Path) -> Command {
    let seeds = web.get().seeds();
    let seeds: Vec<&str> = seeds.iter().map(String::as_str).collect();
    crawl_into(web, data, &seeds)
}

/// What the archive alone says, which must be nothing bad.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Audited {
    /// Requests that it found, by their metadata records.
    pub attempts: u64,
    /// What it has against the archive.
    pub findings: u64,
}

/// Audits a data directory.
///
/// # Panics
/// When the audit finds anything.
#[track_caller]
pub fn audit(data: &Path) -> Audited {
    let done = process::run(newshound().args(["audit", "--json"]).arg(data), LIMIT);
    assert_eq!(done.code, Some(0), "{}{}", done.stdout, done.stderr);
    let report: Value = serde_json::from_str(&done.stdout).expect("audit --json writes JSON");
    let findings = report["findings"].as_array().map_or(0, Vec::len) as u64;
    let attempts = report["figures"]["records"]["metadata"].as_u64().unwrap_or_default();
    Audited { attempts, findings }
}
