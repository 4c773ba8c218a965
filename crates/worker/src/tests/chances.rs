//! Troubles of any kind at any call, many times over: always polite, always complete.

use std::time::Duration;

use crawl::Random;
use frontier::Frontier;

use super::fleet::Fleet;
use super::sim::{Chance, SEC, Sites};
use super::trouble::Fate;
use crate::Config;

/// Rounds, each with other chances.
const ROUNDS: u64 = 60;

const HOSTS: [&str; 5] = ["a.test", "www.b.test", "sport.b.test", "c.test", "d.test"];

/// Calls fail now and then, and all of them in outages of up to half a minute. What a test itself
/// asks for is answered.
fn trouble(seed: u64) -> impl FnMut(Duration, &'static str) -> Fate + Send + 'static {
    let chance = Chance::new(seed);
    move |now, call| {
        if matches!(call, "scope_members" | "stats") || now > 300 * SEC {
            return Fate::Fine;
        }
        let length = 5 + seed % 30;
        if now.as_secs() % (length * 3) > length * 2 {
            return Fate::Away;
        }
        match chance.next_u64() % 100 {
            0..5 => Fate::Away,
            5..10 => Fate::ReplyLost,
            10..12 if call != "sync" => Fate::Full,
            _ => Fate::Fine,
        }
    }
}

#[tokio::test(start_paused = true)]
async fn whatever_goes_wrong_the_crawl_is_polite_and_complete() {
    for seed in 0..ROUNDS {
        let config = Config {
            lease_for: Duration::from_secs(40 + seed % 100),
            address_requests_max: 3,
            ..Config::default()
        };
        let places = |web: Sites| web.at("192.0.2.7", false).with_pages(8);
        let fleet = Fleet::troubled(places, config, trouble(seed));
        fleet.seed(&HOSTS).await;
        fleet.finish(&["u", "v", "w"]).await;
        assert_eq!(fleet.web.paths().len(), HOSTS.len() * 9, "seed {seed}");
        let stats = fleet.frontier.model.stats().await.unwrap();
        assert_eq!((stats.pending, stats.in_flight), (0, 0), "seed {seed}");
        fleet.assert_audited();
    }
}
