//! Simulated time, chance and web.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use archive::{About, Archive, Opening, RealDisk, SyncBy};
use crawl::{
    CanonicalUrl, Clock, HostKey, Identity, Random, ScopeRule, Seed, SeedSpec, UnixMicros,
};
use fetch::{Exchange, Failure, Moment, Outcome, Peer, Phase, Request, Response, Session, Web};
use frontier::{Control, Model};
use tokio::time::Instant;

use super::trouble::Troubled;
use crate::reader::Reader;
use crate::{Config, Crawler, Parts};

pub(super) const SEC: Duration = Duration::from_secs(1);

/// What an exchange may take at most.
pub(super) const EXCHANGE_MAX: Duration = Duration::from_secs(30);

/// From a request to the first byte of its answer, and from there to its end.
const FIRST_BYTE: Duration = Duration::from_millis(40);
const BODY: Duration = Duration::from_millis(20);

/// tokio's time, from a moment on. The wall may stand elsewhere than the frontier's.
#[derive(Clone, Copy)]
pub(super) struct SimClock {
    began: Instant,
    wall: UnixMicros,
}

impl SimClock {
    pub(super) fn new() -> Self {
        Self { began: Instant::now(), wall: UnixMicros(1_795_564_800_000_000) }
    }

    pub(super) fn ahead(self, by: Duration) -> Self {
        Self { wall: self.wall.after(by), ..self }
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
pub(super) struct Chance(AtomicU64);

impl Chance {
    pub(super) fn new(seed: u64) -> Self {
        Self(AtomicU64::new(seed))
    }
}

impl Random for Chance {
    fn next_u64(&self) -> u64 {
        // SplitMix64 (Steele, Lea, Flood 2014).
        const STEP: u64 = 0x9E37_79B9_7F4A_7C15;
        let mut z = self.0.fetch_add(STEP, Ordering::Relaxed).wrapping_add(STEP);
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }
}

/// A request that the web saw.
#[derive(Clone, Debug)]
pub(super) struct Seen {
    pub(super) host: String,
    pub(super) path: String,
    pub(super) began: Duration,
    pub(super) first_byte: Duration,
    pub(super) ended: Duration,
}

/// A web of sites with a front page that links to pages. Clones share it.
#[derive(Clone)]
pub(super) struct Sites {
    clock: SimClock,
    pages: usize,
    /// What hosts say in their robots.txt; the others have none.
    robots: Arc<HashMap<String, String>>,
    /// Files and pages besides, by their paths; hosts differ in nothing.
    files: Arc<HashMap<String, (&'static str, String)>>,
    /// How many redirects there are from each robots.txt to where there is none.
    stations: usize,
    /// What front pages link beside their own pages.
    links: Arc<str>,
    /// The address of all hosts.
    address: Option<IpAddr>,
    /// Whether it lies in a network that was opened by hand.
    is_allowed: bool,
    /// The first address of every name cannot be reached; this is the other one.
    other_address: Option<IpAddr>,
    /// How long front pages ask to be left alone, in seconds.
    rest_s: Option<u64>,
    /// What reads the articles.
    reader: Option<Arc<dyn Reader>>,
    /// Where every request must find a lease of its host that lasts for it.
    leases: Option<Model>,
    seen: Arc<Mutex<Vec<Seen>>>,
}

impl Sites {
    /// Sites of so many pages each.
    pub(super) fn new(clock: SimClock, pages: usize) -> Self {
        Self {
            clock,
            pages,
            robots: Arc::default(),
            files: Arc::default(),
            stations: 0,
            links: "".into(),
            address: None,
            is_allowed: false,
            other_address: None,
            rest_s: None,
            reader: None,
            leases: None,
            seen: Arc::default(),
        }
    }

    pub(super) fn with_robots(self, host: &str, text: &str) -> Self {
        let mut robots = (*self.robots).clone();
        robots.insert(host.into(), text.into());
        Self { robots: Arc::new(robots), ..self }
    }

    pub(super) fn with_file(self, path: &str, (media, body): (&'static str, &str)) -> Self {
        let mut files = (*self.files).clone();
        files.insert(path.into(), (media, body.into()));
        Self { files: Arc::new(files), ..self }
    }

    pub(super) fn with_stations(self, stations: usize) -> Self {
        Self { stations, ..self }
    }

    /// The same web, as somebody sees it whose wall clock is ahead of the frontier's.
    pub(super) fn with_clock_ahead(self, by: Duration) -> Self {
        Self { clock: self.clock.ahead(by), ..self }
    }

    pub(super) fn under_leases_of(self, model: &Model) -> Self {
        Self { leases: Some(model.clone()), ..self }
    }

    pub(super) fn read_by(self, reader: Arc<dyn Reader>) -> Self {
        Self { reader: Some(reader), ..self }
    }

    /// A panic here ends the visit, and the crawl with an error.
    async fn assert_leased(&self, host: &HostKey) {
        let Some(model) = &self.leases else { return };
        let leased = model.host(host).await.unwrap().and_then(|row| row.leased);
        let (_, left) = leased.expect("no request is sent without a lease");
        assert!(left >= EXCHANGE_MAX, "the lease of {host} ends in {left:?}");
    }

    pub(super) fn with_pages(self, pages: usize) -> Self {
        Self { pages, ..self }
    }

    pub(super) fn or_rather_at(self, address: &str) -> Self {
        Self { other_address: Some(address.parse().unwrap()), ..self }
    }

    pub(super) fn with_rests(self, seconds: u64) -> Self {
        Self { rest_s: Some(seconds), ..self }
    }

    pub(super) fn linking(self, to: &str) -> Self {
        let links = format!("{}<a href='{to}'>there</a>", self.links).into();
        Self { links, ..self }
    }

    pub(super) fn at(self, address: &str, is_allowed: bool) -> Self {
        Self { address: Some(address.parse().unwrap()), is_allowed, ..self }
    }

    pub(super) fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }

    /// The most requests that were in flight at once.
    pub(super) fn most_in_flight(&self) -> usize {
        let seen = self.seen();
        let in_flight =
            |at: Duration| seen.iter().filter(|s| s.began <= at && at < s.ended).count();
        seen.iter().map(|seen| in_flight(seen.began)).max().unwrap_or_default()
    }

    /// Paths that were asked for, robots.txt apart, sorted and once each.
    pub(super) fn paths(&self) -> Vec<String> {
        let seen = self.seen();
        let pages = seen.iter().filter(|seen| seen.path != "/robots.txt");
        let mut paths: Vec<_> = pages.map(|seen| format!("{}{}", seen.host, seen.path)).collect();
        paths.sort();
        paths.dedup();
        paths
    }

    /// No two requests to a host at once, and none sooner than `delay` after the first byte before.
    pub(super) fn assert_polite(&self, delay: Duration) {
        let mut seen = self.seen();
        seen.sort_by_key(|seen| (seen.host.clone(), seen.began));
        for pair in seen.windows(2).filter(|pair| pair[0].host == pair[1].host) {
            assert!(pair[1].began >= pair[0].ended, "overlap: {pair:?}");
            assert!(pair[1].began >= pair[0].first_byte + delay, "too soon: {pair:?}");
        }
    }

    fn answer(&self, host: &str, path: &str) -> (u16, &'static str, String) {
        let number = if path == "/robots.txt" { Some("0") } else { path.strip_prefix("/r/") };
        let station: Option<usize> = number.and_then(|number| number.parse().ok());
        if let Some(station) = station.filter(|station| *station < self.stations) {
            // Where it leads.
            return (302, "text/plain", format!("/r/{}", station + 1));
        }
        if let Some((media, body)) = self.files.get(path) {
            return (200, media, body.clone());
        }
        match path {
            "/robots.txt" => match self.robots.get(host) {
                Some(text) => (200, "text/plain", text.clone()),
                None => (404, "text/plain", String::new()),
            },
            _ if path.starts_with("/r/") => (404, "text/plain", String::new()),
            "/" => {
                let link = |n| format!("<a href='/{n}'>{n}</a>");
                let links: String = (0..self.pages).map(link).collect();
                (200, "text/html", format!("<!doctype html><title>x</title>{links}{}", self.links))
            }
            _ => (200, "text/html", "<!doctype html><title>y</title><a href='/'>home</a>".into()),
        }
    }
}

impl Web for Sites {
    type Session = SiteSession;

    fn open(&self, _host: &HostKey) -> SiteSession {
        SiteSession { sites: self.clone(), pinned: self.address }
    }
}

pub(super) struct SiteSession {
    sites: Sites,
    pinned: Option<IpAddr>,
}

impl Session for SiteSession {
    async fn exchange(&mut self, request: &Request) -> Exchange {
        let sites = &self.sites;
        let started = Moment::of(&sites.clock);
        sites.assert_leased(&request.url.host_key()).await;
        if sites.other_address.is_some() && self.pinned != sites.other_address {
            tokio::time::sleep(10 * SEC).await;
            return unreached(request, started, Moment::of(&sites.clock));
        }
        tokio::time::sleep(FIRST_BYTE).await;
        let first_byte = Moment::of(&sites.clock);
        tokio::time::sleep(BODY).await;
        let ended = Moment::of(&sites.clock);
        let (host, path) = (request.url.host_key().to_string(), request.url.path_and_query());
        let (status, kind, body) = sites.answer(&host, path);
        sites.seen.lock().unwrap().push(Seen {
            host,
            path: path.to_owned(),
            began: started.elapsed,
            first_byte: first_byte.elapsed,
            ended: ended.elapsed,
        });
        let rest = sites.rest_s.filter(|_| path == "/").map(|s| ("retry-after", s.to_string()));
        let lines = [("content-type", kind.to_owned())].into_iter().chain(rest);
        let moved = (status == 302).then(|| ("location", body.clone()));
        let headers = lines.chain(moved).map(|(name, value)| (name.to_owned(), value.into_bytes()));
        let response = Response {
            status,
            reason: None,
            version: "HTTP/1.1",
            headers: headers.collect(),
            body: body.into_bytes().into(),
            truncated: None,
        };
        let host = request.url.as_url().host_str().unwrap_or_default();
        let head = format!(
            "GET {path} HTTP/1.1\r\nHost: {host}\r\nUser-Agent: {}\r\n\r\n",
            identity().user_agent()
        );
        Exchange {
            url: request.url.clone(),
            request_head: head.into_bytes(),
            started,
            first_byte: Some(first_byte),
            ended,
            remote: Some(SocketAddr::new(
                sites.address.unwrap_or(IpAddr::from([192, 0, 2, 1])),
                443,
            )),
            outcome: Outcome::Response(Box::new(response)),
        }
    }

    fn close_idle(&mut self) {}

    async fn pin(&mut self, _url: &CanonicalUrl) -> Option<Peer> {
        self.pinned.map(|address| Peer { address, is_allowed: self.sites.is_allowed })
    }

    fn pin_next(&mut self) -> Option<Peer> {
        let next = self.sites.other_address.filter(|other| self.pinned != Some(*other))?;
        self.pinned = Some(next);
        Some(Peer { address: next, is_allowed: self.sites.is_allowed })
    }
}

fn unreached(request: &Request, started: Moment, ended: Moment) -> Exchange {
    Exchange {
        url: request.url.clone(),
        request_head: Vec::new(),
        started,
        first_byte: None,
        ended,
        remote: None,
        outcome: Outcome::Failed(Failure::Timeout(Phase::Connect)),
    }
}

pub(super) fn identity() -> Identity {
    Identity::new("tests@example.org", "0").unwrap()
}

/// A worker under its name, with its archive in `folder`.
pub(super) async fn worker(
    (name, number): (&str, u64),
    frontier: &Troubled,
    web: &Sites,
    folder: &Path,
    config: Config,
) -> Arc<Crawler<Troubled, Sites>> {
    let clock: Arc<dyn Clock> = Arc::new(web.clock);
    let random: Arc<dyn Random> = Arc::new(Chance::new(number));
    let (delay_ms, identity) = (1_000, identity());
    let about = About {
        software: "newshound".into(),
        user_agent: identity.user_agent().into(),
        contact: identity.contact().into(),
        token: crawl::identity::TOKEN.into(),
        delay_ms,
        robots: "obey".into(),
        ..About::default()
    };
    let opening = Opening {
        disk: Arc::new(RealDisk),
        clock: Arc::clone(&clock),
        random: Arc::clone(&random),
        config: archive::Config::default(),
        about,
        sync_by: SyncBy::Caller,
    };
    let (archive, _) = Archive::open(&folder.join(name).join("archive"), opening).unwrap();
    let parts = Parts {
        frontier: frontier.clone(),
        web: web.clone(),
        archive,
        clock,
        random,
        identity,
        name: name.into(),
        exchange_max: EXCHANGE_MAX,
        decoded_bytes_max: 10_000_000,
        politeness: crawl::politeness::Config {
            adaptive_factor: 0.0,
            delay: Duration::from_millis(delay_ms),
            ..crawl::politeness::Config::default()
        },
        retry: crawl::retry::Config::default(),
        revisit: crawl::revisit::Config::default(),
        traps: crawl::traps::Config::default(),
        scope: ScopeRule::Outlet,
        free_bytes_min: 0,
        reader: web.reader.clone(),
        articles: Arc::new(crate::reader::NoArticles),
    };
    Arc::new(Crawler::new(parts, config).await.unwrap())
}

/// Seeds for the front pages of hosts.
pub(super) fn seeds(hosts: &[&str]) -> Vec<SeedSpec> {
    let spec = |host: &&str| SeedSpec::new(Seed::parse(&format!("https://{host}/")).unwrap());
    hosts.iter().map(spec).collect()
}
