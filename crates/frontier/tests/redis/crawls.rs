//! Several crawls on one Redis: what one does to hosts that they share reaches the others.

use std::sync::Arc;
use std::time::Duration;

use crawl::Order;
use frontier::conformance::TestClock;
use frontier::testing::{Options, RedisServer};
use frontier::{Control, Frontier, Given, LeaseAsk, LeaseReply, Redis, RedisAddress};

use super::support::{ask, draw, hubs, made, on, settle, take};

pub(crate) async fn crawl(server: &RedisServer, name: &str, clock: &Arc<TestClock>) -> Redis {
    let url = format!("{}?crawl={name}", server.url());
    on(&RedisAddress::parse(&url).expect("its URL"), clock).await
}

async fn draw_under(frontier: &Redis, cap: u32) -> Option<String> {
    let ask = LeaseAsk { outlet_leases_max: cap, ..ask(1) };
    match frontier.lease(ask).await.expect("lease") {
        LeaseReply::Leased(lease) => Some(lease.token.host.to_string()),
        LeaseReply::Nothing(_) => None,
    }
}

/// A host that waits for its outlet's place gets it, whichever crawl had the place.
#[tokio::test]
async fn a_place_that_one_crawl_gives_back_is_there_for_the_others() {
    let (server, one, clock) = made(Options::default()).await;
    let two = crawl(&server, "two", &clock).await;
    one.enqueue(hubs(&["1.a.test"], 1)).await.unwrap();
    two.enqueue(hubs(&["2.a.test"], 1)).await.unwrap();
    let lease = take(&one, "1.a.test").await;
    assert_eq!(draw_under(&two, 1).await, None);
    settle(&one, &lease).await;
    clock.advance(Duration::from_secs(2));
    assert_eq!(draw_under(&two, 1).await, Some("2.a.test".into()));
}

/// A hold that is lifted is lifted for all crawls, also for one that was not the first to know.
#[tokio::test]
async fn a_hold_ends_for_all_crawls() {
    let (server, one, clock) = made(Options::default()).await;
    let two = crawl(&server, "two", &clock).await;
    one.enqueue(hubs(&["a.test"], 1)).await.unwrap();
    two.enqueue(hubs(&["a.test"], 1)).await.unwrap();
    let given = Given {
        about: "a.test".into(),
        order: Order::Pause,
        by: "ann".into(),
        why: "asked to".into(),
        lasts: None,
    };
    one.direct(given).await.unwrap();
    assert!(draw(&two).await.is_none());
    one.lift("a.test", "pause").await.unwrap().expect("it was held");
    clock.advance(Duration::from_secs(2));
    assert!(draw(&two).await.is_some());
}

/// A crawl that gives up another one's abandoned lease does not take the host for its own.
#[tokio::test]
async fn a_host_of_another_crawl_stays_unknown() {
    let (server, one, clock) = made(Options::default()).await;
    let two = crawl(&server, "two", &clock).await;
    one.enqueue(hubs(&["1.a.test"], 1)).await.unwrap();
    two.enqueue(hubs(&["2.a.test"], 1)).await.unwrap();
    take(&one, "1.a.test").await;
    assert_eq!(draw_under(&two, 1).await, None);
    // It heals, and is swept when the other crawl draws.
    clock.advance(Duration::from_hours(1));
    assert_eq!(draw_under(&two, 1).await, Some("2.a.test".into()));
    let names = async || {
        let rows = two.hosts(None, 9).await.unwrap();
        rows.into_iter().map(|row| row.host.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(names().await, ["2.a.test"]);
    two.enqueue(hubs(&["1.a.test"], 1)).await.unwrap();
    assert_eq!(names().await, ["1.a.test", "2.a.test"]);
    assert_eq!(two.stats().await.unwrap().hosts, 2);
}
