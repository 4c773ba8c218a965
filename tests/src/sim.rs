//! The crawler under simulated time: its real parts, but clock, network, disk and frontier.
//!
//! Time is tokio's, paused: it goes on only when nothing is left to do at the present moment, to
//! the next moment at which there is. A day of a few hundred outlets takes seconds.
//!
//! # Layout
//! - here: clock, chance, disk, the parts of a crawler, `newsweb`'s live web without sockets
//! - [`gate`]: a process that is stopped now and then, as a whole

pub mod gate;

use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use archive::{About, Archive, Disk, Opening, RealDisk, SegmentFile, SyncBy};
use crawl::{Clock, HostKey, Identity, Random, ScopeRule, UnixMicros};
use fetch::failure::Phase;
use fetch::{Exchange, Failure, Moment, Outcome, Request, Response, Session, Web};
use frontier::Frontier;
use newsweb::{Asked, InProcess, Reply, Told};
use tokio::time::Instant;
use worker::Parts;

/// tokio's time, from a moment on.
#[derive(Clone, Copy, Debug)]
pub struct SimClock {
    began: Instant,
    wall: UnixMicros,
}

impl SimClock {
    /// Begins now, at this time of the wall clock.
    pub fn new(wall: UnixMicros) -> Self {
        Self { began: Instant::now(), wall }
    }
}

impl Clock for SimClock {
    fn now(&self) -> UnixMicros {
        self.wall.after(self.began.elapsed())
    }

    fn elapsed(&self) -> Duration {
        self.began.elapsed()
    }
}

/// Chance from a seed.
#[derive(Debug)]
pub struct SimRandom(AtomicU64);

impl SimRandom {
    /// Chance from a seed.
    pub fn new(seed: u64) -> Self {
        Self(AtomicU64::new(seed))
    }
}

impl Random for SimRandom {
    /// `SplitMix64` (Steele, Lea, Flood 2014).
    fn next_u64(&self) -> u64 {
        const STEP: u64 = 0x9E37_79B9_7F4A_7C15;
        let mut z = self.0.fetch_add(STEP, Ordering::Relaxed).wrapping_add(STEP);
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }
}

/// The disk of the machine without its waits: nothing is lost in a simulation.
#[derive(Clone, Copy, Debug, Default)]
pub struct SimDisk;

/// A file of it.
#[derive(Debug)]
struct SimFile(Arc<dyn SegmentFile>);

impl Disk for SimDisk {
    fn create_dir(&self, path: &Path) -> io::Result<()> {
        RealDisk.create_dir(path)
    }

    fn create(&self, path: &Path) -> io::Result<Arc<dyn SegmentFile>> {
        Ok(Arc::new(SimFile(RealDisk.create(path)?)))
    }

    fn reopen(&self, path: &Path) -> io::Result<Arc<dyn SegmentFile>> {
        Ok(Arc::new(SimFile(RealDisk.reopen(path)?)))
    }

    fn write(&self, path: &Path, content: &[u8]) -> io::Result<()> {
        std::fs::write(path, content)
    }

    fn cut(&self, path: &Path, length: u64) -> io::Result<()> {
        RealDisk.cut(path, length)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        RealDisk.remove(path)
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        RealDisk.rename(from, to)
    }

    fn sync_dir(&self, _path: &Path) -> io::Result<()> {
        Ok(())
    }

    fn list(&self, path: &Path) -> io::Result<Vec<PathBuf>> {
        RealDisk.list(path)
    }

    fn free_bytes(&self, path: &Path) -> io::Result<u64> {
        RealDisk.free_bytes(path)
    }
}

impl SegmentFile for SimFile {
    fn append(&self, bytes: &[u8]) -> io::Result<()> {
        self.0.append(bytes)
    }

    fn sync(&self) -> io::Result<()> {
        Ok(())
    }

    fn cut(&self, length: u64) -> io::Result<()> {
        self.0.cut(length)
    }
}

/// What an exchange may take at most.
pub const EXCHANGE_MAX: Duration = Duration::from_secs(30);

/// The parts of a crawler with the defaults of its rules: chance from `seed`, snapshots in
/// `folder`.
///
/// # Panics
/// When the folder takes no archive.
pub fn parts<F: Frontier, W: Web>(
    frontier: F,
    web: W,
    clock: impl Clock + 'static,
    folder: &Path,
    seed: u64,
) -> Parts<F, W> {
    let clock: Arc<dyn Clock> = Arc::new(clock);
    let random: Arc<dyn Random> = Arc::new(SimRandom::new(seed));
    let opening = Opening {
        disk: Arc::new(SimDisk),
        clock: Arc::clone(&clock),
        random: Arc::clone(&random),
        config: archive::Config::default(),
        about: About::default(),
        sync_by: SyncBy::Caller,
    };
    let (archive, _) = Archive::open(&folder.join("archive"), opening).expect("it opens");
    Parts {
        frontier,
        web,
        archive,
        clock,
        random,
        identity: Identity::new("tests@example.org", "0").expect("the contact is valid"),
        name: "simulated".into(),
        exchange_max: EXCHANGE_MAX,
        decoded_bytes_max: 10_000_000,
        politeness: crawl::politeness::Config::default(),
        retry: crawl::retry::Config::default(),
        revisit: crawl::revisit::Config::default(),
        traps: crawl::traps::Config::default(),
        scope: ScopeRule::Outlet,
        free_bytes_min: 0,
        reader: None,
        articles: Arc::new(worker::reader::NoArticles),
    }
}

/// A request that the simulated web saw.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Seen {
    /// Its URL.
    pub url: String,
    /// When it began, in seconds of the web.
    pub at_s: f64,
    /// The status; 0 without an answer.
    pub status: u16,
}

/// The live web in this process, as the crawler's network. Clones share it.
#[derive(Clone)]
pub struct SimWeb {
    web: Arc<InProcess>,
    clock: SimClock,
    exchange_max: Duration,
    seen: Arc<Mutex<Vec<Seen>>>,
}

impl SimWeb {
    /// The web of time 0 at the beginning of the clock. Exchanges are given up after
    /// `exchange_max`.
    pub fn new(web: InProcess, clock: SimClock, exchange_max: Duration) -> Self {
        Self { web: Arc::new(web), clock, exchange_max, seen: Arc::default() }
    }

    /// The web itself.
    pub fn get(&self) -> &InProcess {
        &self.web
    }

    /// What it saw so far.
    pub fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn note(&self, request: &Request, at_s: f64, status: u16) {
        let seen = Seen { url: request.url.to_string(), at_s, status };
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).push(seen);
    }
}

impl Web for SimWeb {
    type Session = SimSession;

    fn open(&self, _host: &HostKey) -> SimSession {
        SimSession(self.clone())
    }
}

/// A lease's connection to the simulated web.
pub struct SimSession(SimWeb);

impl Session for SimSession {
    async fn exchange(&mut self, request: &Request) -> Exchange {
        let web = &self.0;
        let started = Moment::of(&web.clock);
        let at_s = started.elapsed.as_secs_f64();
        let reply = web.web.respond(&asked(request), at_s);
        let mut first_byte = None;
        let outcome = match reply {
            Reply::Told(told) if told.first_byte < web.exchange_max => {
                tokio::time::sleep(told.first_byte).await;
                first_byte = Some(Moment::of(&web.clock));
                Outcome::Response(Box::new(response(told)))
            }
            Reply::Told(_) => {
                tokio::time::sleep(web.exchange_max).await;
                Outcome::Failed(Failure::Timeout(Phase::FirstByte))
            }
            Reply::Refused => Outcome::Failed(Failure::Tls("refused".into())),
            Reply::NoSuchHost => Outcome::Failed(Failure::Dns("no such name".into())),
        };
        let status = match &outcome {
            Outcome::Response(response) => response.status,
            Outcome::Failed(_) => 0,
        };
        web.note(request, at_s, status);
        let head = format!("GET {} HTTP/1.1\r\n\r\n", request.url.path_and_query());
        Exchange {
            url: request.url.clone(),
            request_head: head.into_bytes(),
            started,
            first_byte,
            ended: Moment::of(&web.clock),
            remote: None,
            outcome,
        }
    }

    fn close_idle(&mut self) {}
}

fn asked(request: &Request) -> Asked<'_> {
    let validators = request.validators.as_ref();
    Asked {
        https: request.url.as_url().scheme() == "https",
        host: request.url.as_url().host_str().unwrap_or_default(),
        target: request.url.path_and_query(),
        if_none_match: validators.and_then(|v| v.etag.as_deref()),
        if_modified_since: validators.and_then(|v| v.last_modified.as_deref()),
    }
}

fn response(told: Told) -> Response {
    let headers = told.headers.into_iter();
    let lines = headers.map(|(name, value)| (name.to_ascii_lowercase(), value.into_bytes()));
    Response {
        status: told.status,
        reason: None,
        version: "HTTP/1.1",
        headers: lines.collect(),
        body: told.body.into(),
        truncated: None,
    }
}
