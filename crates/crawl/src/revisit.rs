//! When a hub is visited again.
//!
//! New articles appear on a hub as events of a Poisson process whose rate is estimated from what
//! each visit brought ([`crate::hub::Rate`]). The visits that an outlet may cost in a day are
//! shared out by these rates.
//!
//! Were the hubs of an outlet independent, the square roots of the rates would make the mean time
//! to discovery least. They repeat one another, and the rates discount that: the steeper rule does
//! better. Measured on the simulated web (60 outlets, 100 requests a day each, `cargo xtask
//! simulate freshness`), the median from publication to fetch was 23 minutes by the root, 19 by
//! the power of 0.75, 17 by the rate itself, and 50 with even visits.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::hub::whole;
use crate::{Account, Hub, HubKind, UnixMicros, duration};

/// How hubs and young articles are visited again. All keys are optional in a config file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Between two visits of a hub, at the least.
    #[serde(with = "duration::text")]
    pub min: Duration,
    /// Between two visits of a hub, at the most.
    #[serde(with = "duration::text")]
    pub max: Duration,
    /// The same for a hub that never brings anything that was not known.
    #[serde(with = "duration::text")]
    pub barren_max: Duration,
    /// How the visits are shared out among the hubs of an outlet.
    pub schedule: Schedule,
    /// Visits of hubs that an outlet may cost in a day; its budget may allow fewer.
    pub visits_per_day: u32,
    /// Ages at which a young article is visited again, to catch edits.
    #[serde(with = "duration::list_text")]
    pub edits: Vec<Duration>,
}

impl Default for Config {
    fn default() -> Self {
        let hours = |n: u64| Duration::from_secs(n * 3_600);
        Self {
            min: Duration::from_mins(2),
            max: hours(24),
            barren_max: hours(7 * 24),
            schedule: Schedule::ByRate,
            visits_per_day: 288,
            edits: vec![hours(1), hours(6), hours(24)],
        }
    }
}

/// See [`Config::schedule`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Schedule {
    /// By how often each brings something new.
    #[default]
    ByRate,
    /// All equally often, as most crawlers do.
    Evenly,
}

/// Visits in a row without anything new after which a hub is thought of as barren.
const BARREN_FROM: u32 = 3;

/// Shares are whole numbers: millionths of the root of a rate in events a day.
const SHARE: f64 = 1e6;

/// What a hub weighs in its outlet's day.
pub fn share(config: &Config, hub: &Hub) -> u64 {
    match config.schedule {
        Schedule::ByRate => whole(rate(hub) * SHARE),
        Schedule::Evenly => whole(SHARE),
    }
}

/// New articles a day, as far as it is known; each barren visit in a long row halves it.
pub fn rate(hub: &Hub) -> f64 {
    // Most hubs of a kind bring about as much, before they are known better.
    let prior = match hub.kind {
        HubKind::Page => 4.0,
        HubKind::Feed => 6.0,
        HubKind::Sitemap => 3.0,
        HubKind::Index => 0.5,
    };
    let barren = hub.barren.saturating_sub(BARREN_FROM - 1).min(16);
    hub.rate.per_day(prior) * 0.5_f64.powi(barren.cast_signed())
}

/// What rules the next visit, besides the hub and its outlet.
#[derive(Clone, Copy, Debug)]
pub struct Terms {
    /// What the visits of all hubs of the outlet may come to in a day.
    pub visits_per_day: f64,
    /// How long the hub itself asks to be left alone (`ttl`, `max-age`): a hint, that counts up to
    /// an hour.
    pub asked: Option<Duration>,
    /// The present.
    pub now: UnixMicros,
}

/// The time until the next visit of a hub that has just been noted. `account` is that of its
/// outlet, with this hub's share in it.
pub fn next_in(config: &Config, hub: &Hub, account: &Account, terms: &Terms) -> Duration {
    const ASKED_MAX: Duration = Duration::from_hours(1);
    let share = hub.share.max(1) as f64;
    let all = account.shares.max(hub.share).max(1) as f64;
    let rhythm = match config.schedule {
        Schedule::ByRate => account.rhythm(terms.now).sqrt(),
        Schedule::Evenly => 1.0,
    };
    let days = all / (terms.visits_per_day.max(0.1) * share * rhythm);
    let interval = Duration::from_secs_f64((days * 86_400.0).min(1e9));
    let is_barren = hub.barren >= BARREN_FROM && config.schedule == Schedule::ByRate;
    let max = if is_barren { config.barren_max } else { config.max };
    let least = terms.asked.unwrap_or_default().min(ASKED_MAX).max(config.min);
    // Not `clamp`, which panics on bounds that a config file may cross.
    interval.min(max).max(least)
}

/// At the first visit of a hub, what is younger than this is fresh.
const RECENT: Duration = Duration::from_hours(48);

/// Articles without a date that are fresh at the first visit of a page: those it shows first.
const UNDATED_MAX: u32 = 40;

/// Articles that are fresh at one visit, at most: a sitemap that calls all of an archive new fills
/// the backfill, not the fresh lane.
const FRESH_MAX: u32 = 500;

/// Whether an article that nobody knew is fresh: what a hub newly lists is, at its first visit only
/// what is recent. `at` is the time that the hub gives; `before` counts what was found fresh at
/// this visit so far.
pub fn is_fresh(hub: &Hub, at: Option<UnixMicros>, before: u32, now: UnixMicros) -> bool {
    match at {
        _ if before >= FRESH_MAX => false,
        Some(at) => now.since(at) < RECENT,
        None => hub.visits > 0 || (hub.kind != HubKind::Sitemap && before < UNDATED_MAX),
    }
}

/// A hub that failed is left alone for a day, then two, four, ... up to 32.
const FAILED_FIRST: Duration = Duration::from_hours(24);

/// Failed visits in a row after which a hub that nobody gave is dropped.
const FAILURES_MAX: u32 = 5;

/// A sitemap in which nothing is younger than this is put to sleep.
const ASLEEP_AFTER: Duration = Duration::from_hours(180 * 24);

/// The time until a hub is asked again that failed so often in a row before; none when it is to be
/// dropped. What the user gave is never dropped.
pub fn failed_in(hub: &Hub) -> Option<Duration> {
    let is_over = hub.failures + 1 >= FAILURES_MAX && !hub.found.is_given();
    (!is_over).then(|| FAILED_FIRST * (1 << hub.failures.min(5)))
}

/// The time until a hub is asked again that is elsewhere, or forbidden, for the time being.
pub fn away_in() -> Duration {
    FAILED_FIRST
}

/// Whether a sitemap whose latest date is this is put to sleep.
pub fn is_asleep(newest: UnixMicros, now: UnixMicros) -> bool {
    now.since(newest) > ASLEEP_AFTER
}

/// The time until a young article is visited again, or none when it is old enough.
pub fn edit_in(config: &Config, age: Duration) -> Option<Duration> {
    let next = config.edits.iter().filter(|at| **at > age).min()?;
    Some(next.saturating_sub(age))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Found, hub::Rate};

    const DAY: Duration = Duration::from_hours(24);

    fn hub(kind: HubKind, per_day: u32, days: u32) -> Hub {
        let mut hub = Hub::new(kind, Found::Alternate, None);
        hub.visits = 2;
        hub.rate = Rate {
            events_milli: u64::from(per_day * days) * 1_000,
            span_s: u64::from(days) * 86_400,
            ..Rate::default()
        };
        hub.share = share(&Config::default(), &hub);
        hub
    }

    fn next(hub: &Hub, others: u64, visits_per_day: f64) -> Duration {
        let account = Account { shares: hub.share + others, ..Account::default() };
        let terms = Terms { visits_per_day, asked: None, now: UnixMicros(0) };
        next_in(&Config::default(), hub, &account, &terms)
    }

    #[test]
    fn an_only_hub_gets_all_visits() {
        let only = hub(HubKind::Feed, 10, 5);
        assert_eq!(next(&only, 0, 48.0).as_secs(), 1_800);
    }

    #[test]
    fn visits_go_by_the_rate_and_keep_the_budget() {
        let hubs =
            [hub(HubKind::Feed, 100, 9), hub(HubKind::Feed, 25, 9), hub(HubKind::Page, 1, 9)];
        let all: u64 = hubs.iter().map(|hub| hub.share).sum();
        let visits: Vec<f64> = hubs
            .iter()
            .map(|hub| DAY.as_secs_f64() / next(hub, all - hub.share, 100.0).as_secs_f64())
            .collect();
        assert!((visits.iter().sum::<f64>() - 100.0).abs() < 0.5, "{visits:?}");
        assert!((visits[0] / visits[1] - 4.0).abs() < 0.1, "{visits:?}");
    }

    #[test]
    fn a_barren_hub_is_left_alone_more_and_more() {
        let mut quiet = hub(HubKind::Feed, 0, 3);
        let busy = hub(HubKind::Feed, 20, 9).share;
        let mut last = Duration::ZERO;
        for barren in 0..12 {
            quiet.barren = barren;
            quiet.share = share(&Config::default(), &quiet);
            let next = next(&quiet, busy / 50, 100.0);
            assert!(next >= last, "{barren}: {next:?} after {last:?}");
            last = next;
        }
        assert_eq!(last, Config::default().barren_max);
    }

    #[test]
    fn hints_and_bounds() {
        let config = Config::default();
        let hub = hub(HubKind::Feed, 10, 5);
        let account = Account { shares: hub.share, ..Account::default() };
        let at = |visits, asked: Option<u64>| {
            let asked = asked.map(Duration::from_secs);
            let terms = Terms { visits_per_day: visits, asked, now: UnixMicros(0) };
            next_in(&config, &hub, &account, &terms).as_secs()
        };
        assert_eq!((at(1e9, None), at(1e9, Some(600))), (120, 600));
        assert_eq!((at(1e9, Some(99_999)), at(1e-9, None)), (3_600, 86_400));
    }

    #[test]
    fn what_is_fresh_and_how_much_of_it() {
        let now = UnixMicros(1_795_564_800_000_000);
        let hours = |n: u32| UnixMicros(now.0 - UnixMicros(0).after(n * DAY / 24).0);
        let first = |kind| Hub::new(kind, Found::Alternate, None);
        let again = Hub { visits: 1, ..first(HubKind::Page) };
        for (hub, at, before, fresh) in [
            (&first(HubKind::Feed), Some(hours(47)), 0, true),
            (&first(HubKind::Feed), Some(hours(49)), 0, false),
            (&again, Some(hours(49)), 0, false),
            (&first(HubKind::Page), None, UNDATED_MAX - 1, true),
            (&first(HubKind::Page), None, UNDATED_MAX, false),
            (&first(HubKind::Sitemap), None, 0, false),
            (&again, None, UNDATED_MAX, true),
            (&again, Some(hours(1)), FRESH_MAX, false),
        ] {
            assert_eq!(is_fresh(hub, at, before, now), fresh, "{hub:?} {at:?} {before}");
        }
    }

    #[test]
    fn failed_hubs_come_ever_more_rarely_and_only_given_ones_for_ever() {
        let after = |found, failures| {
            let hub = Hub { failures, ..Hub::new(HubKind::Feed, found, None) };
            failed_in(&hub).map(|d| d.as_secs() / 86_400)
        };
        assert_eq!([0, 1, 3].map(|n| after(Found::Alternate, n)), [Some(1), Some(2), Some(8)]);
        assert_eq!((after(Found::Alternate, 4), after(Found::Seed, 40)), (None, Some(32)));
    }

    #[test]
    fn a_sitemap_sleeps_after_half_a_year() {
        let now = UnixMicros(1_795_564_800_000_000);
        let ago = |days: u32| UnixMicros(now.0 - UnixMicros(0).after(days * DAY).0);
        assert!(!is_asleep(ago(180), now) && is_asleep(ago(181), now));
    }

    #[test]
    fn young_articles_come_again_ever_more_rarely() {
        let config = Config::default();
        let hours = Duration::from_hours;
        assert_eq!(edit_in(&config, Duration::ZERO), Some(hours(1)));
        assert_eq!(edit_in(&config, hours(2)), Some(hours(4)));
        assert_eq!(edit_in(&config, hours(24)), None);
    }
}
