//! Figures: what an idle worker and an operator are told.

use crate::{Frontier, Idle, LaneStats, Stats};
use std::time::Duration;

use super::bench::{Bench, LEASE, again, article, backfill, done, extension, hub, rest, seconds};

/// A worker that gets nothing is told when the next host is ready, a healing one included.
pub async fn idle_tells_when_the_next_host_is_ready<F: Frontier>(b: Bench<F>) {
    assert_eq!(b.idle().await, Idle::default());
    b.add([hub("https://a.test/"), backfill("https://b.test/")]).await;
    let (a, other) = (b.lease(1).await, b.lease(1).await);
    b.frontier.extend(&other.token, extension(LEASE, seconds(5))).await.expect("extend");
    b.settle(&a, rest(LEASE * 2)).await;
    assert_eq!(b.idle().await.next_ready_in, Some(LEASE + seconds(5)));
    b.settle(&other, done(&other)).await;
    assert_eq!(b.idle().await, Idle { next_ready_in: Some(LEASE * 2), leased: 0 });
}

/// It is told how many leases are in force, those by name included.
pub async fn idle_counts_the_leases_in_force<F: Frontier>(b: Bench<F>) {
    b.add([hub("https://a.test/")]).await;
    let a = b.lease(1).await;
    b.take("b.test").await;
    assert_eq!(b.idle().await.leased, 2);
    b.settle(&a, done(&a)).await;
    assert_eq!(b.idle().await.leased, 1);
    b.clock.advance(LEASE);
    assert_eq!(b.idle().await.leased, 0);
}

/// The figures tell how many URLs and hosts there are, and what they wait for.
pub async fn figures_tell_where_the_frontier_stands<F: Frontier>(b: Bench<F>) {
    let figures = async || {
        let stats = b.frontier.stats().await.expect("stats");
        Stats { bytes: 0, ..stats }
    };
    assert_eq!(figures().await, Stats::default());
    b.add(["https://a.test/1", "https://a.test/2", "https://b.test/"].map(hub)).await;
    b.add([article("https://a.test/3"), backfill("https://c.test/")]).await;
    let a = b.lease(2).await;
    let leased = Stats {
        urls_seen: 5,
        pending: 3,
        pending_by_band: [2, 0, 1],
        due: 0,
        in_flight: 2,
        hosts: 3,
        lanes: lanes([1, 1], [1, 0]),
        hosts_leased: 1,
        next_ready_in: Some(Duration::ZERO),
        ready_for: Some(Duration::ZERO),
        rests_for: None,
        bytes: 0,
    };
    assert_eq!(figures().await, leased);
    b.clock.advance(LEASE / 2);
    b.settle(&a, again(&a.urls[0], seconds(9))).await;
    let settled = Stats {
        pending: 4,
        pending_by_band: [2, 1, 1],
        due: 1,
        in_flight: 0,
        lanes: lanes([2, 0], [1, 0]),
        hosts_leased: 0,
        ready_for: Some(LEASE / 2),
        ..leased.clone()
    };
    assert_eq!(figures().await, settled);
    let (other, third) = (b.take("b.test").await, b.take("c.test").await);
    b.settle(&other, done(&other)).await;
    b.settle(&third, rest(seconds(4))).await;
    let a = b.lease(9).await;
    b.clock.advance(seconds(1));
    let resting = Stats {
        pending: 1,
        pending_by_band: [0, 0, 1],
        in_flight: 2,
        lanes: lanes([0, 1], [0, 1]),
        hosts_leased: 1,
        next_ready_in: Some(seconds(3)),
        ready_for: None,
        ..settled
    };
    assert_eq!(figures().await, resting);
    b.clock.advance(LEASE);
    let abandoned = Stats {
        lanes: lanes([1, 0], [1, 0]),
        hosts_leased: 0,
        next_ready_in: Some(Duration::ZERO),
        ready_for: Some(LEASE.saturating_sub(seconds(3))),
        ..resting
    };
    assert_eq!(figures().await, abandoned, "{:?} is abandoned", a.token);
}

/// Hosts ready and later in the fresh lane and in the backfill lane.
fn lanes(fresh: [u64; 2], backfill: [u64; 2]) -> [LaneStats; 2] {
    [fresh, backfill].map(|[ready, later]| LaneStats { ready, later })
}
