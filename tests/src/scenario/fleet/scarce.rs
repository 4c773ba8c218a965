//! A Redis that is full in the middle of a crawl, and has space again.

use std::fs::File;
use std::io::Write;
use std::time::Duration;

use frontier::testing::Options;
use newsweb::{Config, Verdict};
use serde::Serialize;

use super::crew::Crew;
use super::shared::Shared;
use super::{Audited, LEASE_FOR, judge};
use crate::Web;
use crate::scenario::DELAY;
use crate::scenario::full_disk::Tmpfs;
use crate::wait::Since;

/// What Redis may take in memory.
const MEMORY_BYTES: u64 = 64 << 20;

/// The disk of its append-only file.
const DISK_BYTES: u64 = 100 << 20;

/// How long it is watched that nothing happens.
const RESTING: Duration = Duration::from_secs(3);

/// Keys that are none of the frontier's.
const BALLAST: &str = "ballast";

/// What it is short of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Shortage {
    /// `maxmemory` is reached.
    Memory,
    /// The disk of the append-only file is full. This mounts a tmpfs: it needs root.
    Disk,
}

/// What came of it.
#[derive(Debug, Serialize)]
pub struct Scarce {
    /// What it was short of.
    pub shortage: Shortage,
    /// Requests that the servers had seen when Redis became full.
    pub requests_at_full: u64,
    /// Requests until all leases of that time were over.
    pub requests_at_rest: u64,
    /// Requests until there was space again: none can be made without a lease.
    pub requests_at_space: u64,
    /// The judge's verdict on the servers' log. Repeated requests are the price.
    pub verdict: Verdict,
    /// Pages that the truth expects; each was found in one of the archives.
    pub found: u64,
    /// What the archives say together.
    pub audit: Audited,
}

/// Crawls with two workers on a Redis that others have filled to the brim in the middle of it. When
/// all leases are over and nothing goes on any more, there is space again, and the crawl must end
/// complete.
///
/// # Panics
/// When a worker gives up, and when anything is lost or impolite.
#[track_caller]
pub fn scarce(shortage: Shortage) -> Scarce {
    let web = Web::start(Config { articles_per_outlet: 25, ..Config::news(6) });
    let disk = (shortage == Shortage::Disk).then(|| Tmpfs::mount(DISK_BYTES));
    let options = match &disk {
        None => Options::default().with("maxmemory", &MEMORY_BYTES.to_string()),
        Some(disk) => Options::default().with("dir", &disk.path().to_string_lossy()),
    };
    let shared = Shared::one(options);
    shared.prepare(&web, DELAY, &[]);
    let mut crew = Crew::start(&web, &shared, 2);
    let quarter = web.get().truth().expected_urls().count() as u64 / 4;
    crew.until("a quarter of the crawl", || web.get().request_count() >= quarter);
    let ballast = disk.as_ref().map(|disk| disk.path().join(BALLAST));
    match &ballast {
        None => fill_memory(&shared),
        Some(path) => fill_disk(path),
    }
    let requests_at_full = web.get().request_count();
    crew.wait_for(0, "is full");
    let since = Since::now();
    crew.until("all leases end", || since.passed() >= LEASE_FOR);
    let requests_at_rest = web.get().request_count();
    crew.until("a while without leases", || since.passed() >= LEASE_FOR + RESTING);
    let requests_at_space = web.get().request_count();
    assert_eq!(requests_at_rest, requests_at_space, "it goes on without a lease");
    match &ballast {
        None => {
            let twice = (2 * MEMORY_BYTES).to_string();
            shared.ask::<()>(&["CONFIG", "SET", "maxmemory", &twice]);
        }
        Some(path) => std::fs::remove_file(path).expect("it can be removed"),
    }
    let done = crew.wait();
    let said: String = done.iter().map(|worker| worker.said.as_str()).collect();
    assert!(said.contains("there is space again"), "{said}");
    let (verdict, _) = judge::log(&web, DELAY, &[]);
    let data: Vec<_> = done.iter().map(|worker| worker.data.path()).collect();
    let segments: Vec<_> = done.iter().flat_map(|worker| worker.data.segments()).collect();
    judge::peers(&segments);
    let found = judge::archives(&web, &data);
    let audit = judge::audit(&data, verdict.requests);
    drop(shared);
    Scarce {
        shortage,
        requests_at_full,
        requests_at_rest,
        requests_at_space,
        verdict,
        found,
        audit,
    }
}

/// Fills the memory with keys of others until no more fits.
fn fill_memory(shared: &Shared) {
    // Large ones first, then what still goes in beside them.
    for bytes in [1 << 20, 1 << 14, 1 << 7] {
        shared.fill(BALLAST, bytes);
    }
}

/// Fills the disk with a file until no more fits.
fn fill_disk(path: &std::path::Path) {
    let mut file = File::create(path).expect("the disk takes a file");
    let block = [7; 4_096];
    while file.write_all(&block).is_ok() {}
}
