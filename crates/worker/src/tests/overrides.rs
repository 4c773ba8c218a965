//! Overrides of robots.txt and of the delay, and what the audit makes of them.

use std::time::Duration;

use crawl::Order;

use super::fleet::{Fleet, watching};
use super::sim::SEC;
use crate::Config;

const CLOSED: &str = "User-agent: *\nDisallow: /\nCrawl-delay: 5";

fn overriding(robots: Option<&str>, delay: Option<Duration>) -> Order {
    Order::Override { robots: robots.map(Into::into), delay }
}

fn gaps(fleet: &Fleet, host: &str) -> Vec<Duration> {
    let seen: Vec<_> = fleet.web.seen().into_iter().filter(|seen| seen.host == host).collect();
    seen.windows(2).map(|pair| pair[1].began.saturating_sub(pair[0].first_byte)).collect()
}

#[tokio::test(start_paused = true)]
async fn an_override_replaces_robots_txt_and_the_audit_agrees() {
    let config = Config::default();
    let fleet = Fleet::new(|web| web.with_robots("a.test", CLOSED), config);
    fleet.direct("a.test", overriding(Some("User-agent: *\nDisallow: /7"), None), None).await;
    fleet.seed(&["a.test"]).await;
    fleet.finish(&["w"]).await;
    // Its own file is not even asked for.
    let asked: Vec<_> = fleet.web.seen().into_iter().map(|seen| seen.path).collect();
    assert!(!asked.contains(&"/robots.txt".into()) && !asked.contains(&"/7".into()), "{asked:?}");
    assert_eq!(asked.len(), 30);
    let report = fleet.assert_audited();
    assert_eq!(report.figures.overridden, 30);
    assert_eq!(report.figures.overrides.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_delay_of_an_override_stands_for_the_crawl_delay_but_not_below_our_own() {
    let slow = "User-agent: *\nCrawl-delay: 5";
    for (delay, least) in [(SEC / 2, SEC), (2 * SEC, 2 * SEC)] {
        let fleet = Fleet::new(|web| web.with_robots("a.test", slow), Config::default());
        fleet.direct("a.test", overriding(None, Some(delay)), None).await;
        fleet.seed(&["a.test"]).await;
        fleet.finish(&["w"]).await;
        let gaps = gaps(&fleet, "a.test");
        assert!(gaps.iter().all(|gap| *gap >= least), "{gaps:?}");
        assert!(gaps.iter().filter(|gap| **gap < 3 * SEC).count() > 20, "{gaps:?}");
        fleet.assert_audited();
    }
}

#[tokio::test(start_paused = true)]
async fn an_override_that_ends_or_begins_changes_running_visits() {
    let fleet = Fleet::new(|web| web.with_robots("a.test", CLOSED), watching());
    let lasts = Some(12 * SEC);
    fleet.direct("a.test", overriding(Some(""), Some(SEC)), lasts).await;
    fleet.seed(&["a.test", "b.test"]).await;
    let running = fleet.start(&["w"]).await;
    tokio::time::sleep(9 * SEC).await;
    fleet.direct("b.test", overriding(Some("User-agent: *\nDisallow: /"), None), None).await;
    tokio::time::sleep(60 * SEC).await;
    fleet.stop(running).await;
    let pages = |host: &str, from: Duration, to: Duration| {
        let seen = fleet.web.seen().into_iter();
        seen.filter(|seen| seen.host == host && seen.path != "/robots.txt")
            .filter(|seen| (from..to).contains(&seen.began))
            .count()
    };
    assert!(pages("a.test", Duration::ZERO, 12 * SEC) > 8);
    assert_eq!(pages("a.test", 12 * SEC, 90 * SEC), 0);
    assert!(pages("b.test", Duration::ZERO, 9 * SEC) > 5);
    assert_eq!(pages("b.test", 14 * SEC, 90 * SEC), 0);
    fleet.assert_audited();
}
