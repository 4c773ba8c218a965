//! Which failures are tried again, and when.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::duration;

/// The longest wait: once a day is patient enough.
const WAIT_MAX: Duration = Duration::from_hours(24);

/// How failed URLs are tried again. All keys are optional in a config file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Further attempts after the first.
    pub attempts_max: u8,
    /// Until the first further attempt; each next one waits four times as long, a day at most.
    #[serde(with = "duration::text")]
    pub first: Duration,
}

impl Default for Config {
    fn default() -> Self {
        Self { attempts_max: 3, first: Duration::from_mins(1) }
    }
}

/// Whether a status may pass by itself: the server is overloaded, or something behind it failed.
/// 501 (not implemented) and 505 (version) say that trying again is of no use.
pub fn is_retryable_status(status: u16) -> bool {
    matches!(status, 408 | 425 | 429 | 500..=599) && !matches!(status, 501 | 505)
}

/// When the next attempt is due, after `attempt` failed ones before this; none when it is given up.
/// `random` adds up to a quarter.
pub fn next_in(config: &Config, attempt: u8, random: u64) -> Option<Duration> {
    if attempt >= config.attempts_max {
        return None;
    }
    let wait = config.first.saturating_mul(4_u32.saturating_pow(u32::from(attempt)));
    let wait = wait.min(WAIT_MAX);
    Some(wait + wait.mul_f64((random % 1_000) as f64 / 4_000.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_wait_is_longer_and_then_it_is_given_up() {
        let waits: Vec<_> = (0..4).map(|n| next_in(&Config::default(), n, 0)).collect();
        let secs = |n| Some(Duration::from_secs(n));
        assert_eq!(waits, [secs(60), secs(240), secs(960), None]);
        assert_eq!(next_in(&Config::default(), 0, 999).map(|d| d.as_secs()), Some(74));
        let endless = Config { attempts_max: u8::MAX, first: Duration::MAX };
        assert_eq!(next_in(&endless, 254, 0), Some(WAIT_MAX));
    }

    #[test]
    fn statuses() {
        for status in [429, 500, 502, 503, 504, 408, 425] {
            assert!(is_retryable_status(status), "{status}");
        }
        for status in [200, 301, 304, 400, 403, 404, 410, 451, 501, 505] {
            assert!(!is_retryable_status(status), "{status}");
        }
    }
}
