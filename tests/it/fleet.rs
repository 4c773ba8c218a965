//! Many workers on one frontier in Redis (guarantees 1 to 3); in full size by `cargo xtask soak`.

use std::time::Duration;

use it::scenario::fleet::{self, Fleet, Kind, Setup, Shortage};

fn small() -> Setup {
    Setup {
        hosts: 60,
        articles: 15,
        delay: Duration::from_millis(400),
        workers: 3,
        cluster: false,
        worker_kills: 1,
        redis_kills: 1,
        stops: 1,
        seed: 1,
    }
}

/// What happened of a kind.
fn count(done: &Fleet, kind: Kind) -> usize {
    done.troubles.iter().filter(|trouble| trouble.kind == kind).count()
}

#[test]
fn whoever_is_killed_or_stopped_nothing_is_lost_and_never_is_it_impolite() {
    let done = fleet::fleet(&small());
    for kind in [Kind::WorkerKilled, Kind::RedisKilled, Kind::WorkerStopped] {
        assert_eq!(count(&done, kind), 1, "{done:#?}");
    }
    let taken: usize = done.troubles.iter().filter_map(|trouble| trouble.taken_over).sum();
    assert!(taken > 0, "nobody took over what the stopped worker had: {done:#?}");
    assert_eq!(done.requests.len(), 3, "all workers work, and nobody else: {done:#?}");
    assert!(done.hosts_contested > 0, "{done:#?}");
}

#[test]
fn when_a_replica_takes_its_masters_place_nothing_is_lost() {
    let done = fleet::fleet(&Setup { cluster: true, worker_kills: 0, stops: 0, ..small() });
    assert_eq!(count(&done, Kind::RedisKilled), 1, "{done:#?}");
}

#[test]
fn more_workers_come_no_sooner() {
    fleet::scaling(20, &[1, 4], 5);
}

#[test]
fn many_hosts_at_one_address_are_visited_a_few_at_a_time() {
    let done = fleet::address_cap(60, 2, 6);
    assert!(done.in_flight_max > 1, "{done:#?}");
}

#[test]
fn a_full_redis_makes_it_slow_and_loses_nothing() {
    fleet::scarce(Shortage::Memory);
}
