//! Short words for frontiers on real servers.

use std::sync::Arc;
use std::time::Duration;

use crawl::politeness::HostState;
use crawl::{Band, CanonicalUrl, Clock, Entry, HostKey, Posting, UnixMicros};
use frontier::conformance::TestClock;
use frontier::testing::{Options, RedisServer};
use frontier::{
    Error, Extension, Frontier, HostReply, Idle, Lease, LeaseAsk, LeaseReply, LeaseToken, Redis,
    RedisAddress, Result, Settlement, Stats, Verdict,
};

/// The length of a lease here.
pub(crate) const LEASE: Duration = Duration::from_mins(1);
/// The delay of hosts here.
pub(crate) const DELAY: Duration = Duration::from_secs(5);

/// Real time, for servers whose own clock is at stake.
pub(crate) struct RealClock(tokio::time::Instant);

impl Default for RealClock {
    fn default() -> Self {
        Self(tokio::time::Instant::now())
    }
}

impl Clock for RealClock {
    fn now(&self) -> UnixMicros {
        UnixMicros::default()
    }

    fn elapsed(&self) -> Duration {
        self.0.elapsed()
    }
}

pub(crate) async fn server(options: Options) -> RedisServer {
    RedisServer::start(options).await.expect("a server")
}

pub(crate) fn address(server: &RedisServer) -> RedisAddress {
    RedisAddress::parse(&server.url()).expect("its URL")
}

/// A frontier of one partition that goes by this clock, made or found.
pub(crate) async fn on(address: &RedisAddress, clock: &Arc<TestClock>) -> Redis {
    Redis::init_on(address, Arc::<TestClock>::clone(clock), 1).await.expect("init")
}

/// A server, a frontier in it, and the clock that it goes by.
pub(crate) async fn made(options: Options) -> (RedisServer, Redis, Arc<TestClock>) {
    let (server, clock) = (server(options).await, Arc::default());
    let frontier = on(&address(&server), &clock).await;
    (server, frontier, clock)
}

pub(crate) fn command(words: &str) -> redis::Cmd {
    let mut words = words.split(' ');
    let mut command = redis::cmd(words.next().unwrap_or_default());
    for word in words {
        command.arg(word);
    }
    command
}

/// Tells a server something.
pub(crate) async fn tell(server: &RedisServer, words: &str) {
    server.ask::<redis::Value>(&command(words)).await.expect(words);
}

pub(crate) fn url(text: &str) -> CanonicalUrl {
    CanonicalUrl::parse(text).expect("the tests' URLs are valid")
}

pub(crate) fn host(name: &str) -> HostKey {
    HostKey::parse(name).expect("the tests' hosts are valid")
}

pub(crate) fn hub(text: &str) -> Entry {
    Entry::new(url(text), Band::Hub)
}

/// So many hubs of each of these hosts.
pub(crate) fn hubs(hosts: &[&str], count: usize) -> Vec<Entry> {
    let of = |host: &&str| {
        let host = (*host).to_owned();
        (0..count).map(move |n| hub(&format!("https://{host}/{n}")))
    };
    hosts.iter().flat_map(of).collect()
}

pub(crate) fn ask(urls_max: usize) -> LeaseAsk {
    LeaseAsk {
        worker: "test".into(),
        lease_for: LEASE,
        first_delay: DELAY,
        urls_max,
        outlet_leases_max: u32::MAX,
    }
}

/// A lease of the next host, if one is ready.
pub(crate) async fn draw(frontier: &Redis) -> Option<Lease> {
    match frontier.lease(ask(2)).await.expect("lease") {
        LeaseReply::Leased(lease) => Some(*lease),
        LeaseReply::Nothing(_) => None,
    }
}

/// Why there is no lease; there must be none.
pub(crate) async fn idle(frontier: &Redis) -> Idle {
    match frontier.lease(ask(2)).await.expect("lease") {
        LeaseReply::Leased(lease) => panic!("{} is leased", lease.token.host),
        LeaseReply::Nothing(idle) => idle,
    }
}

/// A lease by name; the host must be free and ready.
pub(crate) async fn take(frontier: &Redis, name: &str) -> Lease {
    match frontier.lease_host(&host(name), ask(2)).await.expect("lease by name") {
        HostReply::Leased(lease) => *lease,
        HostReply::Busy { free_in } => panic!("{name} is busy for {free_in:?}"),
    }
}

/// For how long a host is busy; it must be.
pub(crate) async fn busy(frontier: &Redis, name: &str) -> Duration {
    match frontier.lease_host(&host(name), ask(2)).await.expect("lease by name") {
        HostReply::Leased(_) => panic!("{name} is leased"),
        HostReply::Busy { free_in } => free_in,
    }
}

/// All of a lease's URLs done, the host ready after the delay, one request posted.
pub(crate) fn done(lease: &Lease) -> Settlement {
    let verdicts = lease.urls.iter().map(|e| (e.url.fingerprint(), Verdict::Done)).collect();
    Settlement {
        verdicts,
        links: Vec::new(),
        host_ready_in: DELAY,
        delay: DELAY,
        state: HostState::default(),
        robots: Vec::new(),
        posting: Posting { requests: 1, ..Posting::default() },
        seeds: Vec::new(),
    }
}

pub(crate) async fn settle(frontier: &Redis, lease: &Lease) {
    frontier.settle(&lease.token, done(lease)).await.expect("settle");
}

pub(crate) async fn extend(frontier: &Redis, token: &LeaseToken) -> Result<Duration> {
    let state = HostState::default();
    let extension = Extension { lease_for: LEASE, delay: DELAY, state, robots: Vec::new() };
    Ok(frontier.extend(token, extension).await?.deadline_in)
}

/// Neither an extension nor a settle is taken.
pub(crate) async fn assert_stale(frontier: &Redis, lease: &Lease) {
    let extended = extend(frontier, &lease.token).await.expect_err("the lease is stale");
    assert!(extended.is_stale(), "{extended}");
    let settled = frontier.settle(&lease.token, done(lease)).await;
    let settled = settled.expect_err("the lease is stale");
    assert!(settled.is_stale(), "{settled}");
}

/// Where the frontier stands, but for its memory.
pub(crate) async fn figures(frontier: &Redis) -> Stats {
    Stats { bytes: 0, ..frontier.stats().await.expect("stats") }
}

/// Makes a call again while it fails in a way that passes by itself.
pub(crate) async fn until_done<T>(mut call: impl AsyncFnMut() -> Result<T>) -> T {
    for _ in 0..2_000 {
        match call().await {
            Ok(value) => return value,
            Err(error) if error.is_transient() => {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            Err(error) => panic!("{error}"),
        }
    }
    panic!("it does not come back")
}

/// The error of a call that must fail.
pub(crate) fn refused<T>(result: Result<T>) -> Error {
    match result {
        Ok(_) => panic!("it is taken"),
        Err(error) => error,
    }
}
