//! Redis has no memory left.

use std::time::Duration;

use frontier::testing::{Options, RedisServer};
use frontier::{Error, Frontier, Place, Result};

use super::support::{
    DELAY, ask, done, extend, figures, host, hub, hubs, made, refused, settle, take, tell,
};

async fn limit(server: &RedisServer, bytes: u64) {
    tell(server, &format!("CONFIG SET maxmemory {bytes}")).await;
}

async fn used(server: &RedisServer) -> u64 {
    let used = server.info("memory", "used_memory").await.expect("its memory");
    used.and_then(|bytes| bytes.parse().ok()).expect("the memory it takes")
}

/// Everything that there is, key by key.
async fn dump(server: &RedisServer) -> Vec<(String, Option<Vec<u8>>)> {
    let mut keys: Vec<String> = server.ask(redis::cmd("KEYS").arg("*")).await.expect("its keys");
    keys.sort();
    let mut dump = Vec::new();
    for key in keys {
        let value = server.ask(redis::cmd("DUMP").arg(&key)).await.expect("a value");
        dump.push((key, value));
    }
    dump
}

fn assert_full<T>(result: Result<T>) {
    let error = refused(result);
    assert!(error.is_full() && error.is_transient(), "{error}");
    assert!(matches!(error, Error::RedisFull { .. }), "{error}");
    assert!(error.to_string().contains("give Redis more memory"), "{error}");
}

#[tokio::test]
async fn nothing_is_half_done_when_memory_is_full() {
    let (server, worker, clock) = made(Options::default()).await;
    worker.enqueue(hubs(&["a.test", "b.test", "c.test"], 40)).await.unwrap();
    let lease = take(&worker, "a.test").await;
    clock.advance(Duration::from_secs(1));
    let (stats, before) = (figures(&worker).await, dump(&server).await);
    limit(&server, 1).await;
    let mut settlement = done(&lease);
    settlement.links = hubs(&["a.test", "new.test"], 90);
    for _ in 0..2 {
        assert_full(worker.enqueue(hubs(&["d.test"], 3)).await);
        assert_full(worker.lease(ask(1)).await);
        assert_full(worker.lease_host(&host("b.test"), ask(1)).await);
        assert_full(worker.settle(&lease.token, settlement.clone()).await);
        assert_full(extend(&worker, &lease.token).await);
        assert_full(worker.set_note("k", "v").await);
    }
    // Looking is possible all the same.
    assert_eq!(figures(&worker).await, stats);
    assert!(worker.place(&lease.urls[0].url).await.unwrap().is_some());
    assert_eq!(dump(&server).await, before);
    limit(&server, 0).await;
    // The lease is in force, and all of the settle comes through now.
    let settled = worker.settle(&lease.token, settlement).await.unwrap();
    assert_eq!((settled.added, settled.known), (50 + 90, 40));
    assert_eq!(worker.place(&lease.urls[0].url).await.unwrap(), Some(Place::Settled));
    assert_eq!(take(&worker, "new.test").await.urls.len(), 2);
}

/// Memory runs out under the calls: what was acknowledged is there, and nothing else.
#[tokio::test]
async fn memory_that_runs_out_loses_nothing() {
    let (server, worker, clock) = made(Options::default()).await;
    worker.enqueue(hubs(&["a.test"], 4)).await.unwrap();
    limit(&server, used(&server).await + 400_000).await;
    let (mut added, mut batch) = (4, 0);
    loop {
        let urls = (0..300).map(|n| hub(&format!("https://h{batch}-{}.test/{n}", n % 20)));
        match worker.enqueue(urls.collect()).await {
            Ok(enqueued) => added += enqueued.added,
            Err(error) if error.is_full() => break,
            Err(error) => panic!("{error}"),
        }
        batch += 1;
        assert!(batch < 1_000, "it is never full");
    }
    assert!(added > 300, "{added}");
    let stats = figures(&worker).await;
    assert_eq!((stats.urls_seen, stats.pending), (added, added));
    limit(&server, 0).await;
    settle(&worker, &take(&worker, "a.test").await).await;
    clock.advance(DELAY);
    assert_eq!(figures(&worker).await.pending, added - 2);
}
