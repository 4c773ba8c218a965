//! A Redis that is full in the middle of a crawl, and has space again.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

use frontier::testing::Options;
use newsweb::{Config, Verdict};
use serde::Serialize;

use super::crew::{Crew, Ended};
use super::shared::Shared;
use super::trouble::now_s;
use super::{Audited, LEASE_FOR, judge};
use crate::Web;
use crate::scenario::DELAY;
use crate::scenario::full_disk::Tmpfs;
use crate::wait::Since;

/// The disk of its append-only file.
const DISK_BYTES: u64 = 100 << 20;

/// How long it is watched that nothing happens.
const RESTING: Duration = Duration::from_secs(3);

/// A file that is none of the frontier's.
const BALLAST: &str = "ballast";

/// What a worker says when the frontier is full, and when it has room again.
const SAYS_FULL: &str = "the frontier is full: no new requests";
const SAYS_ROOM: &str = "the frontier has room again";

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
    /// Requests that the workers sent until there was space again.
    pub attempts_until_space: usize,
    /// The judge's verdict on the servers' log. Repeated requests are the price.
    pub verdict: Verdict,
    /// Pages that the truth expects; each was found in one of the archives.
    pub found: u64,
    /// What the archives say together.
    pub audit: Audited,
}

/// Crawls with two workers on a Redis that is full from the middle of it on. When all leases are
/// over and nothing goes on any more, there is space again, and the crawl must end complete.
///
/// # Panics
/// When a worker gives up, and when anything is lost or impolite.
#[track_caller]
pub fn scarce(shortage: Shortage) -> Scarce {
    let web = Web::start(Config { articles_per_outlet: 25, ..Config::news(6) });
    let disk = (shortage == Shortage::Disk).then(|| Tmpfs::mount(DISK_BYTES));
    let options = match &disk {
        None => Options::default(),
        Some(disk) => Options::default().with("dir", &disk.path().to_string_lossy()),
    };
    let shared = Shared::one(options);
    shared.prepare(&web, DELAY, &[]);
    let mut crew = Crew::start(&web, &shared, 2);
    let quarter = web.get().truth().expected_urls().count() as u64 / 4;
    crew.until("a quarter of the crawl", || web.get().request_count() >= quarter);
    let ballast = disk.as_ref().map(|disk| disk.path().join(BALLAST));
    make_full(&shared, ballast.as_deref());
    let requests_at_full = web.get().request_count();
    // Who has been told that it is full is given no lease from then on, nor is anybody else.
    for number in 0..crew.len() {
        crew.wait_for(number, SAYS_FULL);
    }
    let (since, over) = (Since::now(), now_s() + LEASE_FOR.as_secs_f64());
    crew.until("a while without leases", || since.passed() >= LEASE_FOR + RESTING);
    let space = now_s();
    make_room(&shared, ballast.as_deref());
    let done = crew.wait();
    assert_said(&done);
    let data: Vec<_> = done.iter().map(|worker| worker.data.path()).collect();
    let segments: Vec<_> = done.iter().flat_map(|worker| worker.data.segments()).collect();
    let starts = starts_s(&segments);
    let in_rest: Vec<_> = starts.iter().filter(|at| (over..space).contains(*at)).collect();
    assert!(in_rest.is_empty(), "requests without a lease ({over} to {space}): {in_rest:?}");
    let attempts_until_space = starts.iter().filter(|at| **at < space).count();
    let (verdict, _) = judge::log(&web, DELAY, &[], &[]);
    judge::peers(&segments);
    let found = judge::archives(&web, &data);
    let audit = judge::audit(&data, verdict.requests);
    drop(shared);
    Scarce { shortage, requests_at_full, attempts_until_space, verdict, found, audit }
}

/// From now on, and until there is room, Redis takes nothing that may need memory or disk.
fn make_full(shared: &Shared, ballast: Option<&Path>) {
    match ballast {
        // No memory that is let go by chance makes room below that.
        None => shared.ask::<()>(&["CONFIG", "SET", "maxmemory", "1"]),
        Some(path) => fill_disk(path),
    }
}

fn make_room(shared: &Shared, ballast: Option<&Path>) {
    match ballast {
        None => shared.ask::<()>(&["CONFIG", "SET", "maxmemory", "0"]),
        Some(path) => std::fs::remove_file(path).expect("it can be removed"),
    }
}

/// Fills the disk with a file until no more fits.
fn fill_disk(path: &Path) {
    let mut file = File::create(path).expect("the disk takes a file");
    let block = [7; 4_096];
    while file.write_all(&block).is_ok() {}
}

/// A worker says that the frontier is full, and says that it has room when that is over. A visit
/// whose last call was refused just before may say it once more.
#[track_caller]
fn assert_said(done: &[Ended]) {
    for worker in done {
        let places = |text| worker.said.match_indices(text).map(|(at, _)| at).collect::<Vec<_>>();
        let (full, room) = (places(SAYS_FULL), places(SAYS_ROOM));
        assert!(!full.is_empty() && full.len() == room.len(), "{}", worker.said);
        assert!(full.len() <= 2 && full.iter().zip(&room).all(|(a, b)| a < b), "{}", worker.said);
    }
}

/// When the workers began each of their requests, as their archives have it, in seconds since 1970.
#[track_caller]
fn starts_s(segments: &[PathBuf]) -> Vec<f64> {
    let mut starts = Vec::new();
    for segment in segments {
        let mut snapshots = archive::Snapshots::open(segment).expect("a segment can be read");
        while let Some(kept) = snapshots.next_snapshot().expect("a segment is whole") {
            starts.extend(kept.attempt.map(|attempt| attempt.started.0 as f64 / 1e6));
        }
    }
    starts
}
