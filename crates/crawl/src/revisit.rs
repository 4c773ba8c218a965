//! When a hub is visited again.
//!
//! A change halves the interval, no change lengthens it by half. A rate estimate follows with the
//! feeds and sitemaps that give it something to count.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::{Validators, duration};

/// Bounds of the interval. All keys are optional in a config file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// After the first visit.
    #[serde(with = "duration::text")]
    pub first: Duration,
    /// At the soonest.
    #[serde(with = "duration::text")]
    pub min: Duration,
    /// At the latest.
    #[serde(with = "duration::text")]
    pub max: Duration,
}

impl Default for Config {
    fn default() -> Self {
        let hours = |n: u64| Duration::from_secs(n * 3_600);
        Self { first: hours(1), min: Duration::from_mins(15), max: hours(24) }
    }
}

/// The time until the next visit, by what the last one left and whether something had changed.
pub fn next_in(config: &Config, previous: Option<&Validators>, changed: bool) -> Duration {
    let before = previous.map(|v| Duration::from_millis(v.interval_ms)).filter(|d| !d.is_zero());
    let next = match (before, changed) {
        (None, _) => config.first,
        (Some(interval), true) => interval / 2,
        (Some(interval), false) => interval.saturating_add(interval / 2),
    };
    // Not `clamp`, which panics on bounds that a config file may cross.
    next.min(config.max).max(config.min)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_interval_follows_change_within_its_bounds() {
        let config = Config::default();
        let after = |minutes: u64, changed| {
            let before = Validators { interval_ms: minutes * 60_000, ..Validators::default() };
            next_in(&config, Some(&before), changed).as_secs() / 60
        };
        assert_eq!(next_in(&config, None, true), config.first);
        assert_eq!((after(60, true), after(60, false)), (30, 90));
        assert_eq!((after(20, true), after(1_400, false)), (15, 1_440));
    }
}
