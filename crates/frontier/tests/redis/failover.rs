//! A replica takes its master's place, and does not have all that the master had.

use std::sync::Arc;
use std::time::Duration;

use crawl::Clock;
use frontier::testing::{Options, RedisServer};
use frontier::{Frontier, Place, Redis, RedisAddress, Tolerance};

use super::support::{
    DELAY, LEASE, RealClock, address, ask, assert_stale, busy, draw, figures, host, hub, hubs,
    idle, made, on, settle, take, tell, until_done, url,
};

/// Both servers, the one that is asked first named first.
fn either(first: &RedisServer, second: &RedisServer) -> RedisAddress {
    let text = format!("redis://127.0.0.1:{},127.0.0.1:{}", first.port(), second.port());
    RedisAddress::parse(&text).expect("the URL of both")
}

async fn replica_of(master: &RedisServer) -> RedisServer {
    RedisServer::start(Options::replica_of(master)).await.expect("a replica")
}

const HOSTS: [&str; 4] = ["a.test", "b.test", "c.test", "d.test"];

/// Returns when the partition has rested: no host was leased meanwhile.
async fn rest_through(frontier: &Redis, clock: &frontier::conformance::TestClock) {
    let just_before = (LEASE + DELAY).saturating_sub(Duration::from_micros(1));
    assert_eq!(busy(frontier, "a.test").await, LEASE + DELAY);
    assert!(idle(frontier).await.next_ready_in.is_some_and(|d| d >= LEASE + DELAY));
    clock.advance(just_before);
    for name in HOSTS {
        assert_eq!(busy(frontier, name).await, Duration::from_micros(1), "{name}");
    }
    idle(frontier).await;
    clock.advance(Duration::from_micros(1));
}

#[tokio::test]
async fn a_promoted_stale_replica_rests_and_has_all_that_was_acknowledged_before() {
    let (mut master, worker, clock) = made(Options::default()).await;
    worker.enqueue(hubs(&HOSTS, 4)).await.unwrap();
    let settled = take(&worker, "a.test").await;
    settle(&worker, &settled).await;
    let held = take(&worker, "b.test").await;
    let mut replica = replica_of(&master).await;
    replica.promote().await.unwrap();

    // What follows is lost: settles, leases, URLs.
    clock.advance(DELAY);
    let mut lost = vec![take(&worker, "a.test").await, take(&worker, "c.test").await];
    settle(&worker, &lost[1]).await;
    for _ in 0..3 {
        clock.advance(DELAY);
        lost.push(take(&worker, "c.test").await);
        settle(&worker, &lost[lost.len() - 1]).await;
    }
    worker.enqueue(vec![hub("https://late.test/")]).await.unwrap();
    master.kill9();

    let other = on(&either(&master, &replica), &clock).await;
    rest_through(&other, &clock).await;
    for lease in lost.iter().chain([&held, &settled]) {
        assert_stale(&other, lease).await;
    }
    for entry in &settled.urls {
        let place = other.place(&entry.url).await.unwrap();
        assert_eq!(place, Some(Place::Settled), "{}", entry.url);
    }
    assert_eq!(other.place(&url("https://late.test/")).await.unwrap(), None);
    // Settles that were lost mean that their URLs come again, and nothing else does.
    let mut again = Vec::new();
    while let Some(lease) = draw(&other).await {
        let fences = lost.iter().filter(|l| l.token.host == lease.token.host);
        assert!(fences.map(|l| l.token.fence).all(|fence| fence < lease.token.fence));
        again.extend(lease.urls.iter().map(|e| e.url.as_str().to_owned()));
    }
    again.sort();
    let first = [("a.test", 2), ("b.test", 0), ("c.test", 0), ("d.test", 0)];
    let both = first.iter().flat_map(|(name, n)| [(name, *n), (name, n + 1)]);
    let expected: Vec<String> = both.map(|(name, n)| format!("https://{name}/{n}")).collect();
    assert_eq!(again, expected);
}

/// A restart of the master that the replica has not heard of gives fences far ahead; those of the
/// replica are ahead of them all the same.
#[tokio::test]
async fn fences_stay_ahead_of_a_lost_tail_that_had_rested() {
    let (mut master, worker, clock) = made(Options::default()).await;
    worker.enqueue(hubs(&HOSTS, 9)).await.unwrap();
    settle(&worker, &take(&worker, "a.test").await).await;
    let mut replica = replica_of(&master).await;
    replica.promote().await.unwrap();
    master.kill9();
    master.restart().await.unwrap();
    let rested = until_done(async || worker.lease(ask(1)).await).await;
    assert!(matches!(rested, frontier::LeaseReply::Nothing(_)), "{rested:?}");
    clock.advance(LEASE + DELAY);
    let mut lost = Vec::new();
    for _ in 0..3 {
        lost.push(take(&worker, "a.test").await);
        settle(&worker, &lost[lost.len() - 1]).await;
        clock.advance(DELAY);
    }
    lost.push(take(&worker, "a.test").await);
    master.kill9();

    let other = on(&address(&replica), &clock).await;
    rest_through(&other, &clock).await;
    let lease = take(&other, "a.test").await;
    for old in &lost {
        assert!(old.token.fence < lease.token.fence, "{} {}", old.token.fence, lease.token.fence);
        assert_stale(&other, old).await;
    }
    settle(&other, &lease).await;
}

/// The replica never heard of a lease, nor how long one lasts.
#[tokio::test]
async fn the_first_lease_of_all_may_be_in_the_lost_tail() {
    let (mut master, worker, clock) = made(Options::default()).await;
    worker.enqueue(hubs(&HOSTS, 4)).await.unwrap();
    let mut replica = replica_of(&master).await;
    replica.promote().await.unwrap();
    let lost = take(&worker, "a.test").await;
    master.kill9();

    let other = on(&address(&replica), &clock).await;
    // Somebody who leases nothing comes first.
    other.enqueue(vec![hub("https://e.test/")]).await.unwrap();
    rest_through(&other, &clock).await;
    assert_stale(&other, &lost).await;
    take(&other, "a.test").await;
}

/// An old master that was cut off and never ended does not know what its replica gave out since.
#[tokio::test]
async fn an_old_master_that_comes_back_rests() {
    let (master, worker, clock) = made(Options::default()).await;
    worker.enqueue(hubs(&HOSTS, 4)).await.unwrap();
    settle(&worker, &take(&worker, "a.test").await).await;
    let mut replica = replica_of(&master).await;
    replica.promote().await.unwrap();
    let moved = on(&either(&replica, &master), &clock).await;
    rest_through(&moved, &clock).await;
    let unknown = take(&moved, "b.test").await;
    replica.kill9();
    let reply = until_done(async || moved.lease(ask(1)).await).await;
    assert!(matches!(reply, frontier::LeaseReply::Nothing(_)), "{reply:?}");
    assert_stale(&worker, &unknown).await;
    rest_through(&worker, &clock).await;
    let lease = take(&worker, "b.test").await;
    assert!(lease.token.fence > unknown.token.fence);
}

#[tokio::test]
async fn a_worker_follows_the_master_among_the_named_servers() {
    let (mut master, _, _) = made(Options::default()).await;
    let mut replica = replica_of(&master).await;
    let clock = Arc::new(RealClock::default());
    let real: Arc<dyn Clock> = Arc::<RealClock>::clone(&clock);
    let at = either(&replica, &master);
    tell(&master, "FLUSHALL").await;
    tell(&master, "FUNCTION FLUSH SYNC").await;
    let (worker, _) =
        Redis::init(&at, Arc::clone(&real), 2, Tolerance::default()).await.expect("init");
    worker.enqueue(hubs(&HOSTS, 4)).await.unwrap();
    // The master becomes the replica of its replica.
    replica.until_linked().await.unwrap();
    caught_up(&master, &replica).await;
    replica.promote().await.unwrap();
    master.follow(&replica).await.unwrap();
    let added = until_done(async || worker.enqueue(vec![hub("https://late.test/")]).await).await;
    assert_eq!(added.added, 1);
    assert_eq!(figures(&worker).await.urls_seen, 17);
    // And back, by a kill.
    caught_up(&replica, &master).await;
    replica.kill9();
    let asked = worker.enqueue(vec![hub("https://later.test/")]).await;
    assert!(asked.is_err_and(|error| error.is_transient()), "there is no master");
    master.promote().await.unwrap();
    let added = until_done(async || worker.enqueue(vec![hub("https://later.test/")]).await).await;
    assert_eq!(added.added, 1);
    assert!(worker.place(&url("https://late.test/")).await.unwrap().is_some());
    assert!(worker.lease_host(&host("a.test"), ask(1)).await.is_ok());
}

/// Returns when a replica has all that its master has.
async fn caught_up(master: &RedisServer, replica: &RedisServer) {
    let offset = async |server: &RedisServer, name: &str| {
        server.info("replication", name).await.expect("its offset")
    };
    for _ in 0..2_000 {
        let has = offset(replica, "slave_repl_offset").await;
        if has.is_some() && has == offset(master, "master_repl_offset").await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("the replica lags");
}
