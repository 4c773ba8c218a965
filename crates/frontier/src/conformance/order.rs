//! Order: lanes, hosts and bands take turns.

use std::time::Duration;

use crawl::Lane::{Backfill, Fresh};

use super::bench::{Bench, LEASE, again, article, backfill, done, host, hub, paths, rest, seconds};
use crate::{Frontier, Settlement};

/// Bands take turns within a host, by the cycle; an empty band passes.
pub async fn bands_take_turns_and_an_empty_one_passes<F: Frontier>(b: Bench<F>) {
    b.add((1..=3).map(|n| hub(&format!("https://a.test/h{n}")))).await;
    b.add((1..=2).map(|n| article(&format!("https://a.test/a{n}")))).await;
    b.add((1..=4).map(|n| backfill(&format!("https://a.test/b{n}")))).await;
    let lease = b.lease(20).await;
    let turns = ["/h1", "/a1", "/h2", "/a2", "/b1", "/h3", "/b2", "/b3", "/b4"];
    assert_eq!(paths(&lease), turns);
}

/// The place in the cycle of bands is kept from lease to lease.
pub async fn the_turn_is_kept_from_lease_to_lease<F: Frontier>(b: Bench<F>) {
    b.add((1..=9).map(|n| hub(&format!("https://a.test/h{n}")))).await;
    b.add((1..=9).map(|n| backfill(&format!("https://a.test/b{n}")))).await;
    let mut seen = Vec::new();
    for _ in 0..6 {
        let lease = b.lease(1).await;
        seen.extend(paths(&lease).into_iter().map(str::to_owned));
        b.settle(&lease, done(&lease)).await;
    }
    assert_eq!(seen, ["/h1", "/h2", "/b1", "/h3", "/h4", "/b2"]);
}

/// One draw in four prefers backfill, the others fresh.
pub async fn one_draw_in_four_prefers_backfill<F: Frontier>(b: Bench<F>) {
    b.add((0..8).map(|n| hub(&format!("https://fresh{n}.test/")))).await;
    b.add((0..8).map(|n| backfill(&format!("https://back{n}.test/")))).await;
    let mut lanes = Vec::new();
    for _ in 0..8 {
        let lease = b.lease(1).await;
        assert_eq!(lease.urls[0].band.lane(), lease.lane);
        lanes.push(lease.lane);
    }
    assert_eq!(lanes, [Fresh, Fresh, Fresh, Backfill, Fresh, Fresh, Fresh, Backfill]);
}

/// When no host of the preferred lane is ready, the other lane is taken.
pub async fn the_other_lane_is_taken_when_none_is_ready_in_the_preferred<F: Frontier>(b: Bench<F>) {
    b.add((0..2).map(|n| backfill(&format!("https://back{n}.test/")))).await;
    b.add([hub("https://a.test/")]).await;
    let fresh = b.lease(1).await;
    b.settle(&fresh, again(&fresh.urls[0], seconds(9))).await;
    assert_eq!(b.lease(1).await.lane, Backfill);
    assert_eq!(b.lease(1).await.lane, Backfill);
    b.clock.advance(seconds(9));
    assert_eq!(b.lease(1).await.lane, Fresh, "the fourth draw finds no backfill");
}

/// Leases by name do not count as draws.
pub async fn leases_by_name_do_not_count_as_draws<F: Frontier>(b: Bench<F>) {
    b.add((0..4).map(|n| hub(&format!("https://fresh{n}.test/")))).await;
    b.add([backfill("https://back.test/")]).await;
    for _ in 0..3 {
        let lease = b.take("unknown.test").await;
        b.settle(&lease, rest(Duration::ZERO)).await;
    }
    assert_eq!(b.take("fresh3.test").await.lane, Fresh);
    for lane in [Fresh, Fresh, Fresh, Backfill] {
        assert_eq!(b.lease(1).await.lane, lane);
    }
}

/// Within a lane comes the host that has been ready longest.
pub async fn the_host_that_has_been_ready_longest_comes_first<F: Frontier>(b: Bench<F>) {
    for name in ["c", "a", "b"] {
        b.add([hub(&format!("https://{name}.test/"))]).await;
        b.clock.advance(seconds(1));
    }
    let c = b.lease(1).await;
    b.settle(&c, rest(seconds(1))).await;
    b.clock.advance(seconds(1));
    for name in ["a.test", "b.test", "c.test"] {
        assert_eq!(b.lease(1).await.token.host, host(name));
    }
}

/// Hosts that have been ready equally long come by name.
pub async fn equally_ready_hosts_come_by_name<F: Frontier>(b: Bench<F>) {
    b.add(["https://c.test/", "https://a.test/", "https://b.test/"].map(hub)).await;
    for name in ["a.test", "b.test", "c.test"] {
        assert_eq!(b.lease(1).await.token.host, host(name));
    }
}

/// A host with only due URLs in a lane is ready there when the first of them is due, but not before
/// it may be visited.
pub async fn a_host_with_only_due_urls_is_ready_when_the_first_is_due<F: Frontier>(b: Bench<F>) {
    b.add([hub("https://a.test/1")]).await;
    let lease = b.lease(1).await;
    let soon = again(&lease.urls[0], seconds(10));
    b.settle(&lease, Settlement { host_ready_in: seconds(20), ..soon }).await;
    assert_eq!(b.idle().await.next_ready_in, Some(seconds(20)));
    b.add([backfill("https://a.test/2")]).await;
    b.clock.advance(seconds(20));
    let lease = b.lease(1).await;
    assert_eq!((lease.lane, paths(&lease)), (Fresh, vec!["/1"]));
    b.settle(&lease, again(&lease.urls[0], seconds(10))).await;
    let lease = b.lease(1).await;
    assert_eq!((lease.lane, paths(&lease)), (Backfill, vec!["/2"]));
    b.settle(&lease, done(&lease)).await;
    assert_eq!(b.idle().await.next_ready_in, Some(seconds(10)));
}

/// URLs in flight keep their host in their lane: an abandoned lease is found there again.
pub async fn a_host_is_in_the_lane_of_what_is_in_flight<F: Frontier>(b: Bench<F>) {
    b.add([backfill("https://a.test/")]).await;
    b.lease(1).await;
    assert_eq!(b.idle().await.next_ready_in, Some(LEASE));
    b.clock.advance(LEASE);
    assert_eq!(b.lease(1).await.lane, Backfill);
}
