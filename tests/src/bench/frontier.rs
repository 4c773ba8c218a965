//! What the frontier costs: bytes of Redis by kind of key, and pages a second of its CPU.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crawl::politeness::HostState;
use crawl::robots::{RobotsCopy, RobotsState};
use crawl::{Band, CanonicalUrl, Clock, Entry, Posting};
use frontier::testing::{Options, RedisServer};
use frontier::{
    Frontier, Lease, LeaseAsk, LeaseReply, Mode, Redis, RedisAddress, Settlement, Sqlite,
    Tolerance, Verdict,
};
use futures_util::future::join_all;
use redis::cmd;
use serde::Serialize;
use worker::SystemClock;

/// Partitions, as `newshound frontier init` makes them.
const PARTITIONS: usize = 16;

/// Entries of one call while filling.
const FILL: usize = 500;

/// Links of a page: known ones, and new ones.
const KNOWN: u64 = 27;
const NEW: u64 = 3;

/// Idle hosts that are measured: so many that what a frontier costs by itself does not show.
const IDLE_HOSTS: u64 = 50_000;

/// Visits that are under way at the same time.
const VISITS: usize = 48;

/// How many URLs wait, on how many hosts.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Size {
    /// Hosts, each of an outlet of its own.
    pub hosts: u64,
    /// URLs that wait, in the backfill.
    pub urls: u64,
    /// Their paths, of 60 characters.
    pub paths: Paths,
}

/// What paths look like: how well they compress depends on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Paths {
    /// A date, words drawn by chance, a number.
    Words,
    /// A date, a section, always the same words, a number.
    Counted,
}

/// What Redis takes.
#[derive(Clone, Debug, Serialize)]
pub struct Memory {
    /// How much there was.
    pub size: Size,
    /// Bytes of a known URL: the sets of fingerprints.
    pub bytes_per_seen_url: f64,
    /// Bytes of a URL that waits: the lists.
    pub bytes_per_pending_url: f64,
    /// Bytes of a host with URLs: its hash, its name in the list of hosts, its place in a lane.
    pub bytes_per_busy_host: f64,
    /// Bytes of a host without URLs that was visited once, its outlet's account counted.
    pub bytes_per_idle_host: f64,
    /// The same without the account.
    pub bytes_per_idle_host_alone: f64,
    /// All together, for each URL.
    pub bytes_per_url: f64,
}

/// The layout that most use, in the same server.
#[derive(Clone, Debug, Serialize)]
pub struct Naive {
    /// Bytes of a known URL: one set of URLs.
    pub bytes_per_seen_url: f64,
    /// Bytes of a URL that waits: a sorted set of URLs.
    pub bytes_per_pending_url: f64,
}

/// What visits cost.
#[derive(Clone, Debug, Serialize)]
pub struct Speed {
    /// `redis` or `sqlite`.
    pub backend: &'static str,
    /// How much waited at the beginning.
    pub size: Size,
    /// URLs of a lease.
    pub urls_per_lease: usize,
    /// Links of a page that are handed in: all, or only the new ones.
    pub links_per_page: u64,
    /// Pages leased and settled.
    pub pages: u64,
    /// Pages for each CPU-second of Redis; of this process for the file.
    pub pages_per_cpu_s: f64,
    /// Pipelines sent for each page.
    pub round_trips_per_page: f64,
    /// Pages a second; depends on what else the machine does.
    pub pages_per_s: f64,
}

/// Fills a server and takes it apart again.
///
/// # Panics
/// When Redis fails.
pub async fn memory(size: Size) -> Memory {
    let server = server().await;
    let redis = open(&server).await;
    let empty = used(&server).await;
    fill(&redis, size).await;
    let full = used(&server).await;
    let keys: u64 = server.ask(&cmd("DBSIZE")).await.expect("DBSIZE");
    let seen = dropped(&server, |key| key.contains(":s:") || key.ends_with(":sh")).await;
    let pending = dropped(&server, |key| key.contains(":q2:")).await;
    let hosts = dropped(&server, |key| {
        key.contains(":h:") || [":hosts", ":l0", ":l1"].iter().any(|end| key.ends_with(end))
    })
    .await;
    // The table of all keys is no key's own: it is shared out by keys.
    let rest = (full - empty).saturating_sub(seen.bytes + pending.bytes + hosts.bytes);
    let share = |of: &Dropped| of.bytes as f64 + rest as f64 * of.keys as f64 / keys as f64;
    let (idle, idle_alone) = idle(IDLE_HOSTS).await;
    Memory {
        size,
        bytes_per_seen_url: share(&seen) / size.urls as f64,
        bytes_per_pending_url: share(&pending) / size.urls as f64,
        bytes_per_busy_host: share(&hosts) / size.hosts as f64,
        bytes_per_idle_host: idle,
        bytes_per_idle_host_alone: idle_alone,
        bytes_per_url: (full - empty) as f64 / size.urls as f64,
    }
}

/// What a host costs that has been visited and has nothing to do: with the account, and without.
async fn idle(hosts: u64) -> (f64, f64) {
    let server = server().await;
    let redis = open(&server).await;
    let empty = used(&server).await;
    let size = Size { hosts, urls: hosts, paths: Paths::Words };
    fill(&redis, size).await;
    let left = AtomicU64::new(hosts);
    let visits = (0..VISITS).map(|_| async {
        while left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |n| n.checked_sub(1)).is_ok()
        {
            let lease = leased(&redis, 1).await;
            let settlement = Settlement { robots: Vec::new(), ..settlement(&lease, Vec::new()) };
            redis.settle(&lease.token, settlement).await.expect("settle");
        }
    });
    join_all(visits).await;
    dropped(&server, |key| key.contains(":s:") || key.ends_with(":sh")).await;
    let with = used(&server).await - empty;
    let accounts = dropped(&server, |key| key.contains(":o:")).await;
    (with as f64 / hosts as f64, (with - accounts.bytes) as f64 / hosts as f64)
}

/// The same URLs in one set and one sorted set.
///
/// # Panics
/// When Redis fails.
pub async fn naive(urls: u64) -> Naive {
    let server = server().await;
    let mut conn = server.connect().await.expect("connect");
    let mut bytes = Vec::new();
    for command in ["SADD", "ZADD"] {
        let before = used(&server).await;
        for from in (0..urls).step_by(1_000) {
            let mut add = cmd(command);
            add.arg(command);
            for n in from..(from + 1_000).min(urls) {
                if command == "ZADD" {
                    add.arg(n);
                }
                add.arg(url(n % 1_000, n / 1_000, Paths::Words).as_str());
            }
            add.exec_async(&mut conn).await.expect("add");
        }
        bytes.push((used(&server).await - before) as f64 / urls as f64);
    }
    Naive { bytes_per_seen_url: bytes[0], bytes_per_pending_url: bytes[1] }
}

/// Leases and settles pages with 27 known and 3 new links, as fast as it goes.
///
/// # Panics
/// When Redis fails.
pub async fn redis_speed(
    size: Size,
    urls_per_lease: usize,
    is_filtered: bool,
    pages: u64,
) -> Speed {
    let server = server().await;
    let redis = open(&server).await;
    fill(&redis, size).await;
    let (cpu, trips) = (cpu(&server).await, redis.round_trips());
    let took = visit(&redis, size, urls_per_lease, is_filtered, pages).await;
    let cpu = self::cpu(&server).await - cpu;
    Speed {
        backend: "redis",
        size,
        urls_per_lease,
        links_per_page: if is_filtered { NEW } else { KNOWN + NEW },
        pages,
        pages_per_cpu_s: pages as f64 / cpu,
        round_trips_per_page: (redis.round_trips() - trips) as f64 / pages as f64,
        pages_per_s: pages as f64 / took.as_secs_f64(),
    }
}

/// The same with the embedded backend.
///
/// # Panics
/// When the file fails.
pub async fn sqlite_speed(size: Size, urls_per_lease: usize, pages: u64) -> Speed {
    let folder = tempfile::tempdir().expect("a folder");
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let path = folder.path().join("frontier.sqlite");
    let sqlite = Sqlite::open(&path, clock, Mode::Owner).expect("open");
    fill(&sqlite, size).await;
    let before = own_cpu();
    let took = visit(&sqlite, size, urls_per_lease, false, pages).await;
    Speed {
        backend: "sqlite",
        size,
        urls_per_lease,
        links_per_page: KNOWN + NEW,
        pages,
        pages_per_cpu_s: pages as f64 / own_cpu().saturating_sub(before).as_secs_f64(),
        round_trips_per_page: 0.0,
        pages_per_s: pages as f64 / took.as_secs_f64(),
    }
}

async fn server() -> RedisServer {
    let mut options = Options::default();
    for (name, value) in [("appendonly", "no"), ("save", "")] {
        options = options.with(name, value);
    }
    RedisServer::start(options).await.expect("a server")
}

async fn open(server: &RedisServer) -> Redis {
    let address = RedisAddress::parse(&server.url()).expect("its URL");
    let tolerance = Tolerance { may_evict: true, may_forget: true };
    let made = Redis::init(&address, Arc::new(SystemClock), PARTITIONS, tolerance).await;
    made.expect("init").0
}

async fn used(server: &RedisServer) -> u64 {
    let used = server.info("memory", "used_memory").await.expect("INFO");
    used.and_then(|n| n.parse().ok()).expect("a number")
}

async fn cpu(server: &RedisServer) -> f64 {
    let mut sum = 0.0;
    for name in ["used_cpu_user", "used_cpu_sys"] {
        let seconds = server.info("cpu", name).await.expect("INFO");
        sum += seconds.and_then(|s| s.parse::<f64>().ok()).expect("a number");
    }
    sum
}

fn own_cpu() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    Duration::new(time.tv_sec.unsigned_abs(), u32::try_from(time.tv_nsec).unwrap_or(0))
}

struct Dropped {
    bytes: u64,
    keys: u64,
}

/// Deletes the keys of a kind; tells what they took.
async fn dropped(server: &RedisServer, is_it: impl Fn(&str) -> bool) -> Dropped {
    let before = used(server).await;
    let mut conn = server.connect().await.expect("connect");
    let (mut cursor, mut keys) = (0_u64, 0);
    loop {
        let mut scan = cmd("SCAN");
        scan.arg(cursor).arg("COUNT").arg(5_000);
        let (next, found): (u64, Vec<String>) = scan.query_async(&mut conn).await.expect("SCAN");
        let its: Vec<&String> = found.iter().filter(|key| is_it(key)).collect();
        if !its.is_empty() {
            keys += its.len() as u64;
            cmd("DEL").arg(its).exec_async(&mut conn).await.expect("DEL");
        }
        cursor = next;
        if cursor == 0 {
            return Dropped { bytes: before.saturating_sub(used(server).await), keys };
        }
    }
}

/// A URL whose path has 60 characters, as those of news pages: a date, and words.
fn url(host: u64, n: u64, paths: Paths) -> CanonicalUrl {
    const WORDS: [&str; 16] = [
        "minister", "budget", "election", "storm", "harbour", "council", "strike", "market",
        "football", "court", "climate", "border", "hospital", "railway", "school", "energy",
    ];
    let mut mixed = (host << 32 | n).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    let mut path = format!("/2026/{:02}/{:02}/", 1 + n % 12, 1 + n % 28);
    if paths == Paths::Counted {
        path.push_str("politics/article-about-something-new-in-town");
    }
    while path.len() < 50 {
        mixed = mixed.rotate_left(11).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        path.push_str(WORDS[(mixed >> 60) as usize]);
        path.push('-');
    }
    path.truncate(50);
    let url = format!("https://www.outlet-{host:06}.test{path}-{n:09}");
    CanonicalUrl::parse(&url).expect("it is a URL")
}

fn entry(host: u64, n: u64, paths: Paths) -> Entry {
    Entry { depth: 2, ..Entry::new(url(host, n, paths), Band::Backfill) }
}

/// Puts the URLs in, a host's share to each.
async fn fill<F: Frontier>(frontier: &F, size: Size) {
    let each = size.urls / size.hosts;
    // Many hosts at once, and each several times: as links come in a crawl.
    let rounds = each.div_ceil(20).max(1);
    let lanes = (0..8_u64).map(|lane| async move {
        for round in 0..rounds {
            let mut batch = Vec::with_capacity(FILL);
            for host in (lane..size.hosts).step_by(8) {
                for n in round * 20..((round + 1) * 20).min(each) {
                    batch.push(entry(host, n, size.paths));
                }
                if batch.len() >= FILL - 20 {
                    frontier.enqueue(std::mem::take(&mut batch)).await.expect("enqueue");
                }
            }
            frontier.enqueue(batch).await.expect("enqueue");
        }
    });
    join_all(lanes).await;
}

async fn leased<F: Frontier>(frontier: &F, urls_max: usize) -> Lease {
    let ask = LeaseAsk {
        worker: "bench".into(),
        lease_for: Duration::from_mins(3),
        first_delay: Duration::from_secs(10),
        urls_max,
        outlet_leases_max: 8,
    };
    loop {
        match frontier.lease(ask.clone()).await.expect("lease") {
            LeaseReply::Leased(lease) => return *lease,
            LeaseReply::Nothing(_) => tokio::task::yield_now().await,
        }
    }
}

fn settlement(lease: &Lease, links: Vec<Entry>) -> Settlement {
    let done = |entry: &Entry| (entry.url.fingerprint(), Verdict::Done);
    let robots = lease.urls.first().filter(|_| lease.robots.is_empty()).map(|entry| {
        let rules = "user-agent: *\ndisallow: /search\ndisallow: /login\ndisallow: /*?print=\n";
        let copy = RobotsCopy {
            state: RobotsState::Rules(rules.to_owned()),
            fresh_for: Duration::from_hours(24),
            unreachable_for: Duration::ZERO,
        };
        (entry.url.origin(), copy)
    });
    Settlement {
        verdicts: lease.urls.iter().map(done).collect(),
        links,
        host_ready_in: Duration::ZERO,
        delay: Duration::from_secs(1),
        state: HostState::default(),
        robots: robots.into_iter().collect(),
        posting: Posting {
            requests: lease.urls.len() as u64,
            requests_for_old: lease.urls.len() as u64,
            ..Posting::default()
        },
        seeds: Vec::new(),
    }
}

async fn visit<F: Frontier>(
    frontier: &F,
    size: Size,
    urls_per_lease: usize,
    is_filtered: bool,
    pages: u64,
) -> Duration {
    let began = SystemClock.elapsed();
    let (done, fresh) = (AtomicU64::new(0), AtomicU64::new(size.urls / size.hosts));
    let visits = (0..VISITS).map(|_| async {
        while done.load(Ordering::Relaxed) < pages {
            let lease = leased(frontier, urls_per_lease).await;
            let name = lease.token.host.as_str();
            let host: u64 = name["www.outlet-".len()..][..6].parse().expect("a number");
            let mut links = Vec::new();
            for _ in &lease.urls {
                let new = fresh.fetch_add(NEW, Ordering::Relaxed);
                links.extend((0..NEW).map(|n| entry(host, new + n, size.paths)));
                if !is_filtered {
                    let known = size.urls / size.hosts;
                    links
                        .extend((0..KNOWN).map(|n| entry(host, (new * 7 + n) % known, size.paths)));
                }
            }
            let count = lease.urls.len() as u64;
            let settlement = settlement(&lease, links);
            frontier.settle(&lease.token, settlement).await.expect("settle");
            done.fetch_add(count, Ordering::Relaxed);
        }
    });
    join_all(visits).await;
    SystemClock.elapsed().saturating_sub(began)
}
