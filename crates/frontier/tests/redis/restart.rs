//! Redis is killed and started again, loses its functions, or all of its data.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use crawl::CanonicalUrl;
use frontier::testing::{Fsync, Options, RedisServer};
use frontier::{Error, Frontier, HostReply, Place, Redis, Tolerance};

use super::support::{
    DELAY, LEASE, RealClock, address, ask, assert_stale, busy, done, figures, host, hub, hubs,
    idle, made, on, refused, settle, take, tell, until_done, url,
};

async fn revision(server: &RedisServer) -> i64 {
    let mut ask = redis::cmd("FCALL");
    server.ask(ask.arg("nh1_revision").arg(1).arg("nh:{p0}:state")).await.expect("the revision")
}

/// The source of the library that a server has.
async fn source(server: &RedisServer) -> String {
    let mut list = redis::cmd("FUNCTION");
    list.arg("LIST").arg("LIBRARYNAME").arg("nh1").arg("WITHCODE");
    let listed: Vec<redis::Value> = server.ask(&list).await.expect("the library");
    let text = format!("{listed:?}");
    assert!(text.contains("#!lua name=nh1"), "there is no library");
    text
}

async fn load(server: &RedisServer, body: &str) {
    let mut load = redis::cmd("FUNCTION");
    load.arg("LOAD").arg("REPLACE").arg(format!("#!lua name=nh1\n{body}"));
    server.ask::<String>(&load).await.expect("a library");
}

#[tokio::test]
async fn what_was_acknowledged_is_there_after_a_kill_and_leases_rest() {
    for fsync in [Fsync::Always, Fsync::EverySecond] {
        let mut options = Options::default();
        options.fsync = fsync;
        let (mut server, worker, clock) = made(options).await;
        worker.enqueue(hubs(&["a.test", "b.test", "c.test"], 50)).await.unwrap();
        let settled = take(&worker, "a.test").await;
        settle(&worker, &settled).await;
        let held = take(&worker, "b.test").await;
        worker.set_note("policy", "strict").await.unwrap();
        let before = figures(&worker).await;
        server.kill9();
        let down = refused(worker.enqueue(vec![hub("https://late.test/")]).await);
        assert!(down.is_transient(), "{down}");
        server.restart().await.unwrap();
        let after = until_done(async || worker.stats().await).await;
        assert_eq!(frontier::Stats { bytes: 0, ..after }, before, "{fsync:?}");
        // The partition rests, and its lease in force is honoured.
        assert_eq!(idle(&worker).await.next_ready_in, Some(LEASE + DELAY));
        assert_eq!(busy(&worker, "c.test").await, LEASE + DELAY);
        settle(&worker, &held).await;
        assert_stale(&worker, &settled).await;
        clock.advance(LEASE + DELAY);
        let next = take(&worker, "b.test").await;
        assert!(next.token.fence > held.token.fence);
        let place = worker.place(&settled.urls[0].url).await.unwrap();
        assert_eq!(place, Some(Place::Settled));
        assert_eq!(worker.note("policy").await.unwrap().as_deref(), Some("strict"));
    }
}

/// What a worker has been told is done.
#[derive(Default)]
struct Told {
    known: Vec<CanonicalUrl>,
    settled: Vec<CanonicalUrl>,
}

/// Offers, leases and settles, one new host after another, whatever fails, until it is told to end.
async fn work(worker: &Redis, name: usize, told: &Mutex<Told>, is_over: &AtomicBool) {
    for n in 0.. {
        if is_over.load(Ordering::Relaxed) {
            return;
        }
        let name = format!("w{name}n{n}.test");
        let entries = hubs(&[name.as_str()], 5);
        until_done(async || worker.enqueue(entries.clone()).await).await;
        let told = || told.lock().expect("nobody panicked");
        told().known.extend(entries.iter().map(|entry| entry.url.clone()));
        let host = host(&name);
        let leased = until_done(async || worker.lease_host(&host, ask(2)).await).await;
        let HostReply::Leased(lease) = leased else { continue };
        until_done(async || worker.settle(&lease.token, done(&lease)).await).await;
        told().settled.extend(lease.urls.iter().map(|entry| entry.url.clone()));
    }
}

/// Killed again and again in the middle of the work, with each write on the disk before its answer.
#[tokio::test]
async fn kills_in_the_middle_of_the_work_lose_nothing_that_was_acknowledged() {
    let mut options = Options::default();
    options.fsync = Fsync::Always;
    let (mut server, worker, clock) = made(options).await;
    let (told, is_over) = (Mutex::<Told>::default(), AtomicBool::new(false));
    let settled = || told.lock().expect("nobody panicked").settled.len();
    let kills = async {
        for _ in 0..4 {
            let before = settled();
            while settled() < before + 60 {
                tokio::task::yield_now().await;
            }
            server.kill9();
            server.restart().await.expect("it starts again");
            // Until somebody has called, nothing knows of the rest.
            until_done(async || worker.lease(ask(1)).await).await;
            clock.advance(LEASE + DELAY);
        }
        is_over.store(true, Ordering::Relaxed);
    };
    let workers = (0..4).map(|name| work(&worker, name, &told, &is_over));
    tokio::join!(kills, futures_util::future::join_all(workers));
    let told = told.into_inner().expect("nobody panicked");
    assert!(worker.unknown(told.known.clone()).await.unwrap().is_empty());
    for url in &told.settled {
        assert_eq!(worker.place(url).await.unwrap(), Some(Place::Settled), "{url}");
    }
    let stats = figures(&worker).await;
    assert!(stats.urls_seen >= told.known.len() as u64);
    let settled = stats.urls_seen - stats.pending - stats.in_flight;
    assert_eq!(settled, told.settled.len() as u64, "nothing was settled twice or by half");
}

/// A worker whose Redis is away for a moment settles what it holds when it is back.
#[tokio::test]
async fn a_settle_waits_out_a_restart() {
    let (mut server, worker, _clock) = made(Options::default()).await;
    worker.enqueue(hubs(&["a.test"], 4)).await.unwrap();
    let held = take(&worker, "a.test").await;
    server.kill9();
    let settling = async {
        let settlement = done(&held);
        until_done(async || worker.settle(&held.token, settlement.clone()).await).await;
    };
    let ((), restarted) = tokio::join!(settling, server.restart());
    restarted.unwrap();
    let place = worker.place(&held.urls[0].url).await.unwrap();
    assert_eq!(place, Some(Place::Settled));
}

#[tokio::test]
async fn lost_functions_are_given_again() {
    let (server, worker, clock) = made(Options::default()).await;
    worker.enqueue(hubs(&["a.test"], 4)).await.unwrap();
    let lease = take(&worker, "a.test").await;
    for flush in ["FUNCTION FLUSH SYNC", "FUNCTION FLUSH ASYNC", "FUNCTION DELETE nh1"] {
        tell(&server, flush).await;
        assert_eq!(figures(&worker).await.urls_seen, 4, "{flush}");
    }
    tell(&server, "FUNCTION FLUSH SYNC").await;
    settle(&worker, &lease).await;
    // The same process: there is no reason to rest.
    clock.advance(DELAY);
    take(&worker, "a.test").await;
}

#[tokio::test]
async fn an_older_library_is_replaced_and_a_newer_one_is_not() {
    let server = super::support::server(Options::default()).await;
    let (at, clock) = (address(&server), std::sync::Arc::new(RealClock::default()));
    let open = async || {
        Redis::open(&at, std::sync::Arc::<RealClock>::clone(&clock), Tolerance::default()).await
    };
    let made =
        Redis::init(&at, std::sync::Arc::<RealClock>::clone(&clock), 2, Tolerance::default());
    let (worker, _) = made.await.unwrap();
    worker.enqueue(hubs(&["a.test"], 4)).await.unwrap();
    let ours = revision(&server).await;
    let older = "redis.register_function('nh1_revision', function() return 0 end)";
    // When it is opened, and while it is open.
    load(&server, older).await;
    assert_eq!(open().await.unwrap().stats().await.unwrap().urls_seen, 4);
    assert_eq!(revision(&server).await, ours);
    load(&server, older).await;
    assert_eq!(worker.stats().await.unwrap().urls_seen, 4);
    assert_eq!(revision(&server).await, ours);
    // One that a newer program has brought stays.
    let newer = format!(
        "redis.register_function{{function_name = 'nh1_revision', flags = {{'no-writes'}},
           callback = function() return {} end}}
         redis.register_function{{function_name = 'nh1_time', flags = {{'no-writes'}},
           callback = function() return {{{{7, 0, 1}}}} end}}",
        ours + 1
    );
    load(&server, &newer).await;
    let before = source(&server).await;
    open().await.unwrap();
    assert_eq!(source(&server).await, before);
    assert_eq!(revision(&server).await, ours + 1);
}

#[tokio::test]
async fn a_frontier_that_was_wiped_names_the_command_that_makes_one() {
    let (server, worker, clock) = made(Options::default()).await;
    worker.enqueue(hubs(&["a.test"], 4)).await.unwrap();
    let lease = take(&worker, "a.test").await;
    tell(&server, "FLUSHALL").await;
    let settled = worker.settle(&lease.token, done(&lease)).await;
    for error in [
        refused(worker.lease(ask(1)).await),
        refused(worker.enqueue(hubs(&["a.test"], 1)).await),
        refused(worker.stats().await),
        refused(settled),
    ] {
        assert!(matches!(error, Error::NotInitialised { .. }), "{error}");
        assert!(error.to_string().contains("newshound frontier init --frontier"), "{error}");
        assert!(!error.is_transient(), "{error}");
    }
    // Nothing was written meanwhile.
    let keys: u64 = server.ask(&redis::cmd("DBSIZE")).await.unwrap();
    assert_eq!(keys, 0);
    let again = on(&address(&server), &clock).await;
    assert_eq!(again.place(&url("https://a.test/0")).await.unwrap(), None);
}
