//! Partitions that live on several masters.

use std::sync::Arc;

use frontier::conformance::{self, Bench, TestClock};
use frontier::testing::{ClusterOptions, Failover, RedisCluster};
use frontier::{Frontier, Redis, RedisAddress};

use super::support::{
    DELAY, LEASE, RealClock, assert_stale, command, hubs, settle, take, until_done,
};

const PARTITIONS: usize = 16;

async fn started() -> (RedisCluster, RedisAddress) {
    let cluster = RedisCluster::start(ClusterOptions::default()).await.expect("a cluster");
    let ports: Vec<String> =
        (0..cluster.len()).map(|n| format!("127.0.0.1:{}", cluster.node(n).port())).collect();
    let address = RedisAddress::parse(&format!("redis://{}", ports.join(","))).expect("its URL");
    (cluster, address)
}

async fn bench(cluster: &RedisCluster, address: &RedisAddress) -> Bench<Redis> {
    for number in 0..3 {
        let wiped = cluster.node(number).ask::<redis::Value>(&command("FLUSHALL")).await;
        wiped.expect("a master is wiped");
    }
    let clock = Arc::<TestClock>::default();
    let on = Arc::<TestClock>::clone(&clock);
    let frontier = Redis::init_on(address, on, PARTITIONS).await.expect("init");
    Bench { frontier, clock }
}

macro_rules! holds {
    ($cluster:expr, $address:expr; $($sentence:ident)*) => {
        $(
            println!("{}", stringify!($sentence));
            conformance::$sentence(bench($cluster, $address).await).await;
        )*
    };
}

#[tokio::test]
async fn the_contract_holds_across_masters() {
    let (cluster, address) = started().await;
    holds! { &cluster, &address;
        a_host_is_leased_by_at_most_one
        concurrent_leases_never_share_a_host
        the_fence_grows_by_one_with_each_lease
        a_lease_is_settled_once
        an_abandoned_lease_heals_at_its_deadline_plus_the_delay
        extend_moves_the_deadline_and_the_healing
        an_unknown_url_is_added_once
        unknown_urls_are_told
        seeds_are_listed_by_name
        removing_the_last_seed_drops_what_waits
        the_scope_grows
        notes_are_kept
        robots_copies_are_kept_and_age
        a_held_host_is_not_leased
        an_address_gives_at_most_so_many_tokens
    }
    // Every master has some of it, and the sums are those of all.
    let b = bench(&cluster, &address).await;
    let names: Vec<String> = (0..60).map(|n| format!("h{n}.test")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    b.frontier.enqueue(hubs(&names, 3)).await.unwrap();
    let leases = [take(&b.frontier, "h0.test").await, take(&b.frontier, "h1.test").await];
    settle(&b.frontier, &leases[0]).await;
    let stats = b.frontier.stats().await.unwrap();
    assert_eq!((stats.urls_seen, stats.hosts), (180, 60));
    assert_eq!((stats.pending, stats.in_flight, stats.hosts_leased), (176, 2, 1));
    for number in 0..3 {
        let keys: u64 = cluster.node(number).ask(&command("DBSIZE")).await.unwrap();
        assert!(keys > 20, "node {number} has {keys} keys");
    }
}

/// The slots of a master move to its replica, by agreement and by death: calls follow, and its
/// partitions rest.
#[tokio::test]
async fn calls_follow_a_failover_and_its_partitions_rest() {
    let (mut cluster, address) = started().await;
    let b = bench(&cluster, &address).await;
    let names: Vec<String> = (0..40).map(|n| format!("h{n}.test")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    b.frontier.enqueue(hubs(&names, 20)).await.unwrap();
    let moved = 3;
    cluster.failover(moved, Failover::Agreed).await.unwrap();
    check_rest(&b, &names).await;
    // Back to the old master, as the new one dies.
    cluster.until_whole().await.unwrap();
    cluster.kill9(moved);
    cluster.failover(0, Failover::Takeover).await.unwrap();
    check_rest(&b, &names).await;
}

/// Leases all hosts, half of which rest first, and settles them.
async fn check_rest(b: &Bench<Redis>, names: &[&str]) {
    let mut resting = 0;
    let mut leases = Vec::new();
    for name in names {
        let ask = async || {
            b.frontier.lease_host(&super::support::host(name), super::support::ask(2)).await
        };
        match until_done(ask).await {
            frontier::HostReply::Leased(lease) => leases.push(*lease),
            frontier::HostReply::Busy { .. } => resting += 1,
        }
    }
    assert!(resting > 0 && resting < names.len(), "{resting} rest");
    for lease in &leases {
        settle(&b.frontier, lease).await;
        assert_stale(&b.frontier, lease).await;
    }
    b.clock.advance(LEASE + DELAY);
    for name in names {
        let lease = take(&b.frontier, name).await;
        settle(&b.frontier, &lease).await;
    }
    b.clock.advance(DELAY);
}

#[tokio::test]
async fn a_cluster_is_opened_by_any_of_its_nodes() {
    let (cluster, _) = started().await;
    let clock: Arc<dyn crawl::Clock> = Arc::new(RealClock::default());
    for number in 0..cluster.len() {
        let url = format!("redis://127.0.0.1:{}", cluster.node(number).port());
        let address = RedisAddress::parse(&url).unwrap();
        let tolerance = frontier::Tolerance::default();
        let (frontier, making) =
            Redis::init(&address, Arc::clone(&clock), PARTITIONS, tolerance).await.unwrap();
        assert_eq!(making == frontier::Making::Made, number == 0, "{number}");
        let hosts = [format!("h{number}.test")];
        frontier.enqueue(hubs(&[hosts[0].as_str()], 2)).await.unwrap();
        assert_eq!(frontier.stats().await.unwrap().urls_seen, 2 * (number as u64 + 1));
    }
}
