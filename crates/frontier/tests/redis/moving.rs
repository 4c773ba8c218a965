//! Crawls that move out of a Redis and into one, beside others that stay.

use std::time::Duration;

use crawl::robots::{RobotsCopy, RobotsState};
use frontier::testing::Options;
use frontier::{Beat, Control, Cursor, Error, Frontier, HostRecord, Record, Redis, conformance};

use super::crawls::crawl;
use super::support::{
    DELAY, LEASE, ask, done, host, hubs, idle, made, refused, settle, take, until_done,
};

const SEALED: Duration = Duration::from_mins(1);
const NEARLY: Duration = Duration::from_secs(59);

fn assert_sealed<T>(result: frontier::Result<T>) {
    let error = refused(result);
    assert!(matches!(error, Error::Sealed { .. }) && error.is_transient(), "{error}");
}

async fn hosts_of(frontier: &Redis) -> Vec<HostRecord> {
    let records = conformance::all_of(frontier).await.into_iter();
    let host = |record| if let Record::Host(host) = record { Some(host) } else { None };
    records.filter_map(host).collect()
}

#[tokio::test]
async fn a_sealed_crawl_stays_as_it_is_and_others_go_on() {
    let (server, one, clock) = made(Options::default()).await;
    let two = crawl(&server, "two", &clock).await;
    for crawl in [&one, &two] {
        crawl.enqueue(hubs(&["a.test", "b.test"], 4)).await.unwrap();
    }
    let lease = take(&one, "a.test").await;
    assert!(one.seal("first", SEALED).await.unwrap());
    let before = conformance::all_of(&one).await;
    assert_sealed(one.enqueue(hubs(&["c.test"], 1)).await);
    assert_sealed(one.settle(&lease.token, done(&lease)).await);
    assert_sealed(one.admit(vec!["c.test".into()]).await);
    assert_sealed(one.purge("b.test").await);
    assert_sealed(one.lease_host(&host("b.test"), ask(1)).await);
    // What is told to those who ask may change.
    one.set_note("closed", "why").await.unwrap();
    one.beat(Beat::default()).await.unwrap();
    one.set_note("closed", "").await.unwrap();
    let (before, after) = (before.len(), conformance::all_of(&one).await.len());
    assert_eq!(after, before + 1, "the note");
    settle(&two, &take(&two, "b.test").await).await;
    assert!(!one.seal("second", SEALED).await.unwrap(), "it is sealed already");
    one.unseal("second").await.unwrap();
    assert_sealed(one.admit(vec!["c.test".into()]).await);
    // Another crawl has a seal of its own, and breaks only that.
    assert!(two.seal("second", SEALED).await.unwrap());
    two.unseal("second").await.unwrap();
    one.unseal("first").await.unwrap();
    settle(&one, &lease).await;
}

#[tokio::test]
async fn a_seal_is_renewed_only_while_it_lasts() {
    let (_server, frontier, clock) = made(Options::default()).await;
    assert!(!frontier.renew_seal("first", SEALED).await.unwrap(), "there is none");
    assert!(frontier.seal("first", SEALED).await.unwrap());
    clock.advance(NEARLY);
    assert!(frontier.renew_seal("first", SEALED).await.unwrap());
    clock.advance(NEARLY);
    assert_sealed(frontier.admit(vec!["a.test".into()]).await);
    clock.advance(Duration::from_secs(1));
    frontier.admit(vec!["a.test".into()]).await.unwrap();
    assert!(!frontier.renew_seal("first", SEALED).await.unwrap(), "it has ended");
    assert!(frontier.seal("second", SEALED).await.unwrap());
    assert!(!frontier.renew_seal("first", SEALED).await.unwrap(), "it is another one's");
}

#[tokio::test]
async fn a_partition_that_rests_is_dumped_as_one() {
    let (mut server, frontier, clock) = made(Options::default()).await;
    frontier.enqueue(hubs(&["a.test", "b.test"], 4)).await.unwrap();
    settle(&frontier, &take(&frontier, "a.test").await).await;
    clock.advance(2 * DELAY);
    let ready = hosts_of(&frontier).await;
    assert!(ready.iter().all(|host| host.in_us <= 0), "{ready:?}");
    server.kill9();
    server.restart().await.unwrap();
    // The first call finds that it is another process.
    until_done(async || frontier.set_note("k", "v").await).await;
    let rest = idle(&frontier).await.next_ready_in.unwrap();
    assert_eq!(rest, LEASE + DELAY);
    let hosts = hosts_of(&frontier).await;
    assert_eq!(hosts.len(), 2);
    assert!(hosts.iter().all(|host| u128::try_from(host.in_us) == Ok(rest.as_micros())));
}

/// What has no order goes as it comes, in pipelines.
#[tokio::test]
async fn records_without_order_are_loaded_together() {
    let (_server, frontier, _clock) = made(Options::default()).await;
    let note = |n| Record::Note { key: format!("k{n}"), value: "v".into() };
    let records: Vec<_> = (0..640).map(note).collect();
    let before = frontier.round_trips();
    frontier.load(records).await.unwrap();
    let trips = frontier.round_trips() - before;
    assert!(trips < 100, "{trips} round trips");
    assert_eq!(frontier.note("k639").await.unwrap().as_deref(), Some("v"));
}

/// A text that cannot be compressed.
fn noise(bytes: usize) -> String {
    let mut n = 1_u64;
    let letter = |_| {
        n = n.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        char::from(b'0' + u8::try_from(n >> 58).expect("six bits"))
    };
    (0..bytes).map(letter).collect()
}

#[tokio::test]
async fn large_robots_copies_come_a_few_at_a_time() {
    let (_server, frontier, _clock) = made(Options::default()).await;
    let copy = |n: usize| RobotsCopy {
        state: RobotsState::Rules(noise(3_000_000 + n)),
        fresh_for: Duration::from_secs(1),
        unreachable_for: Duration::ZERO,
    };
    for n in 0..4 {
        let origin = format!("https://h{n}.test");
        let record = Record::Robots { origin, copy: copy(n), age_us: 0 };
        frontier.load(vec![record]).await.unwrap();
    }
    let (mut next, mut hosts) = (Some(Cursor::default()), 0);
    while let Some(from) = next {
        let dumped = frontier.dump(from).await.unwrap();
        let count = |kind: fn(&Record) -> bool| dumped.records.iter().filter(|r| kind(r)).count();
        let robots = count(|record| matches!(record, Record::Robots { .. }));
        assert!(robots <= 2, "{robots} in one piece");
        hosts += count(|record| matches!(record, Record::Host(_)));
        next = dumped.next;
    }
    assert_eq!(hosts, 4);
}
