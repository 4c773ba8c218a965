//! Many hosts at one address.

use super::fleet::Fleet;
use super::sim::{EXCHANGE_MAX, SEC, Sites};
use crate::Config;

const HOSTS: usize = 60;

fn fleet(address: &str, is_allowed: bool, config: Config) -> Fleet {
    Fleet::new(|web| web.at(address, is_allowed).with_pages(6), config)
}

/// Crawls all hosts by two workers, and gives the most requests that were in flight at once.
async fn crawl(fleet: &Fleet) -> usize {
    let hosts: Vec<String> = (0..HOSTS).map(|n| format!("h{n}.test")).collect();
    fleet.seed(&hosts.iter().map(String::as_str).collect::<Vec<_>>()).await;
    fleet.finish(&["v", "w"]).await;
    assert_eq!(fleet.web.paths().len(), HOSTS * 7);
    fleet.web.most_in_flight()
}

#[tokio::test(start_paused = true)]
async fn hosts_of_one_address_never_exceed_its_places() {
    let config = Config { address_requests_max: 4, ..Config::default() };
    let fleet = fleet("192.0.2.7", false, config);
    let most = crawl(&fleet).await;
    assert!((2..=4).contains(&most), "{most}");
    // All are visited soon, without a storm: in eight times as many asks at most.
    let visits = fleet.frontier.calls("free_addresses").len();
    let asks = fleet.frontier.calls("take_address").len();
    assert!(asks < 8 * visits, "{asks} asks for {visits} visits");
    let ended = fleet.web.seen().iter().map(|seen| seen.ended).max().unwrap();
    // Seven requests and robots.txt of each host, four hosts at a time.
    let least = u32::try_from(HOSTS / 4 * 8).unwrap() * SEC;
    assert!(ended < 3 * least, "{ended:?} of at least {least:?}");
}

#[tokio::test(start_paused = true)]
async fn networks_that_were_opened_by_hand_are_counted_only_when_asked_for() {
    let config = Config { address_requests_max: 4, ..Config::default() };
    let open = fleet("127.0.0.1", true, config.clone());
    assert!(crawl(&open).await > 8);
    assert!(open.frontier.calls("take_address").is_empty());
    let counted = fleet("127.0.0.1", true, Config { address_cap_for_allowed: true, ..config });
    assert!(crawl(&counted).await <= 4);
}

#[tokio::test(start_paused = true)]
async fn without_a_cap_nobody_asks() {
    let config = Config { address_requests_max: 0, ..Config::default() };
    let fleet = fleet("192.0.2.7", false, config);
    assert!(crawl(&fleet).await > 8);
    assert!(fleet.frontier.calls("take_address").is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_place_lasts_as_long_as_the_lease_however_often_that_is_extended() {
    let config = Config {
        address_requests_max: 1,
        lease_urls_max: 100,
        lease_for: EXCHANGE_MAX + 2 * SEC,
        visit_max: 300 * SEC,
        ..Config::default()
    };
    let fleet = Fleet::new(|web| web.at("192.0.2.7", false).with_pages(80), config);
    fleet.seed(&["a.test", "b.test"]).await;
    fleet.finish(&["v", "w"]).await;
    let mut seen = fleet.web.seen();
    seen.sort_by_key(|seen| seen.began);
    let turns = seen.windows(2).filter(|pair| pair[0].host != pair[1].host).count();
    let visits = fleet.frontier.calls("free_addresses").len();
    assert!(turns < visits, "{turns} turns in {visits} visits");
    assert!(fleet.frontier.calls("extend").len() > 20);
}

#[tokio::test(start_paused = true)]
async fn another_address_is_tried_where_the_first_cannot_be_reached() {
    let config = Config { address_requests_max: 1, ..Config::default() };
    let two = |web: Sites| web.at("192.0.2.7", false).or_rather_at("192.0.2.8").with_pages(3);
    let fleet = Fleet::new(two, config);
    fleet.seed(&["a.test", "b.test"]).await;
    fleet.finish(&["v", "w"]).await;
    assert_eq!(fleet.web.paths().len(), 2 * 4);
    // An address that is not reached makes no attempt of its own.
    assert_eq!(fleet.assert_audited().figures.failed, 0);
    assert!(fleet.web.most_in_flight() <= 1);
}
