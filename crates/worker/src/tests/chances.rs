//! Troubles of any kind at any call, many times over: always polite, always complete.

use std::time::Duration;

use crawl::Random;
use frontier::Frontier;

use super::fleet::Fleet;
use super::sim::{Chance, EXCHANGE_MAX, SEC, Sites};
use super::trouble::Fate;
use crate::Config;

/// Rounds, each with other chances.
const ROUNDS: u64 = 40;

/// Hosts that are visited at the same time: all are at one address.
const PLACES: u32 = 2;

const PAGES: usize = 36;

const HOSTS: [&str; 5] = ["a.test", "www.b.test", "sport.b.test", "c.test", "d.test"];

/// Calls fail now and then, and all of them in outages of up to half a minute. What a test itself
/// asks for is answered.
fn trouble(seed: u64) -> impl FnMut(Duration, &'static str) -> Fate + Send + 'static {
    let chance = Chance::new(seed);
    move |now, call| {
        if matches!(call, "scope_members" | "stats") || now > 600 * SEC {
            return Fate::Fine;
        }
        let length = 5 + seed % 30;
        if now.as_secs() % (length * 3) > length * 2 {
            return Fate::Away;
        }
        match chance.next_u64() % 100 {
            0..5 => Fate::Away,
            5..10 => Fate::ReplyLost,
            10..20 => Fate::Slow(Duration::from_millis(chance.next_u64() % 400)),
            20..23 => Fate::Slow(Duration::from_millis(chance.next_u64() % 15_000)),
            23..25 if call != "sync" => Fate::Full,
            _ => Fate::Fine,
        }
    }
}

#[tokio::test(start_paused = true)]
async fn whatever_goes_wrong_the_crawl_is_polite_and_complete() {
    for seed in 0..ROUNDS {
        let config = Config {
            // Little more than what a request may take: leases are extended all the time.
            lease_for: EXCHANGE_MAX + Duration::from_secs(1 + seed % 30),
            visit_max: 120 * SEC,
            address_requests_max: PLACES,
            ..Config::default()
        };
        let crowd = |web: Sites| web.at("192.0.2.7", false).with_pages(PAGES).with_rests(2);
        let fleet = Fleet::troubled(crowd, config, trouble(seed));
        fleet.seed(&HOSTS).await;
        fleet.finish(&["u", "v", "w"]).await;
        assert_eq!(fleet.web.paths().len(), HOSTS.len() * (PAGES + 1), "seed {seed}");
        assert!(fleet.web.most_in_flight() <= PLACES as usize, "seed {seed}");
        let stats = fleet.frontier.model.stats().await.unwrap();
        assert_eq!((stats.pending, stats.in_flight), (0, 0), "seed {seed}");
        fleet.assert_audited();
    }
}
