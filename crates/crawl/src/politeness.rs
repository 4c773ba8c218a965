//! Delay, back-off and `Retry-After`: how long a host queue rests.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::optout::Reservations;
use crate::wall::WallKind;
use crate::{Habits, UnixMicros, duration};

/// A `Retry-After` beyond this is honoured by one visit a day (design, guarantee 1).
const ONCE_A_DAY: Duration = Duration::from_hours(24);

/// Doublings of the back-off that are counted; more would only overflow.
const DOUBLINGS_MAX: u32 = 16;

/// How polite to be. All keys are optional in a config file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Least time between two requests to one host queue.
    #[serde(with = "duration::text")]
    pub delay: Duration,
    /// What a host is taken to ask for until its robots.txt is known and stored. It counts only
    /// when a crawl dies in between: the next one comes no sooner.
    #[serde(with = "duration::text")]
    pub first_delay: Duration,
    /// The delay is at least this many times the last time to first byte; 0 turns it off.
    pub adaptive_factor: f64,
    /// The adaptive part is at most this.
    #[serde(with = "duration::text")]
    pub adaptive_max: Duration,
    /// First rest after 429, 503 or no answer; it doubles with each in a row.
    #[serde(with = "duration::text")]
    pub backoff_first: Duration,
    /// Longest rest by back-off.
    #[serde(with = "duration::text")]
    pub backoff_max: Duration,
    /// Good answers in a row after which a doubling is forgiven.
    pub forgive_after: u32,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            delay: Duration::from_secs(1),
            first_delay: Duration::from_secs(10),
            adaptive_factor: 1.0,
            adaptive_max: Duration::from_secs(30),
            backoff_first: Duration::from_secs(15),
            backoff_max: Duration::from_hours(1),
            forgive_after: 5,
        }
    }
}

/// What politeness has to remember of a host queue between two leases. The frontier stores it
/// without looking inside.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct HostState {
    /// Doublings of the back-off in force.
    backoff: u32,
    /// Good answers since the last bad one.
    good: u32,
    /// The last time to first byte.
    response_ms: u64,
    /// What robots.txt asks for.
    crawl_delay_ms: Option<u64>,
    /// Walls since the last page.
    #[serde(skip_serializing_if = "is_zero")]
    walls: u32,
    /// What its URLs have shown.
    #[serde(skip_serializing_if = "Habits::is_empty")]
    pub habits: Habits,
    /// What its tdmrep.json reserves, as far as it was asked for.
    #[serde(skip_serializing_if = "Reservations::is_empty")]
    pub reservations: Reservations,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "as serde calls it")]
fn is_zero(n: &u32) -> bool {
    *n == 0
}

/// What the host did with a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signal {
    /// It answered.
    Answered {
        /// The status code.
        status: u16,
        /// From the start to the first byte.
        first_byte: Duration,
        /// How long it asks us to stay away.
        retry_after: Option<Duration>,
    },
    /// There was no answer: DNS, connection, TLS, time.
    Failed,
}

impl HostState {
    /// The delay of the host: the longest of the configured minimum, the Crawl-delay of its
    /// robots.txt, and the adaptive part. Only the adaptive part is capped.
    pub fn delay(&self, config: &Config) -> Duration {
        let asked = self.crawl_delay().unwrap_or_default();
        config.delay.max(asked).max(self.adaptive(config))
    }

    /// Doublings of the back-off in force: how often the host has refused, or not answered.
    pub fn doublings(&self) -> u32 {
        self.backoff
    }

    /// The last time to first byte; zero before the first answer.
    pub fn response_time(&self) -> Duration {
        Duration::from_millis(self.response_ms)
    }

    /// What robots.txt asks for, or what an operator has put in its place.
    pub fn crawl_delay(&self) -> Option<Duration> {
        self.crawl_delay_ms.map(Duration::from_millis)
    }

    /// The adaptive part of the delay.
    pub fn adaptive(&self, config: &Config) -> Duration {
        // Capped as a number: a product too large for a duration is no reason to panic. A factor
        // that is no number (the `max` passes it over) turns the adaptive part off.
        let adaptive = (self.response_time().as_secs_f64() * config.adaptive_factor).max(0.0);
        let adaptive = Duration::try_from_secs_f64(adaptive).unwrap_or(Duration::MAX);
        adaptive.min(config.adaptive_max)
    }

    /// Takes what robots.txt asks for; nothing when it asks for nothing. Rounded up to the
    /// millisecond: never earlier than asked.
    pub fn set_crawl_delay(&mut self, asked: Option<Duration>) {
        let millis =
            |d: Duration| u64::try_from(d.as_nanos().div_ceil(1_000_000)).unwrap_or(u64::MAX);
        self.crawl_delay_ms = asked.map(millis);
    }

    /// Learns from a request, and gives how long the host rests: from the first byte, or from the
    /// end of a failed attempt. At least [`Self::delay`]. `random` spreads the back-off.
    pub fn note(&mut self, config: &Config, signal: &Signal, random: u64) -> Duration {
        let asked = match *signal {
            Signal::Answered { status, first_byte, retry_after } => {
                self.response_ms = u64::try_from(first_byte.as_millis()).unwrap_or(u64::MAX);
                if !matches!(status, 429 | 503) {
                    self.forgive(config);
                    // Heard on any answer: RFC 9110, section 10.2.3, names 3xx as well.
                    return self.delay(config).max(retry_after.map_or(Duration::ZERO, once_a_day));
                }
                // "Now" from a server that refuses us is no wish to be taken at its word.
                retry_after.filter(|asked| !asked.is_zero())
            }
            Signal::Failed => None,
        };
        self.good = 0;
        let backoff = self.next_backoff(config, random);
        self.delay(config).max(asked.map_or(backoff, once_a_day))
    }

    /// Learns that the answer just noted was a wall, and gives how long the host rests: from its
    /// first byte. A server that has asked us to stay away with the status is not asked twice.
    pub fn note_wall(
        &mut self,
        config: &Config,
        (kind, status): (WallKind, u16),
        random: u64,
    ) -> Duration {
        self.walls = self.walls.saturating_add(1);
        self.good = 0;
        if matches!(status, 429 | 503) || self.walls <= kind.taken_in_a_row() {
            return self.delay(config);
        }
        let backoff = self.next_backoff(config, random);
        self.delay(config).max(backoff)
    }

    /// Learns that the answer just noted was what had been asked for.
    pub fn note_content(&mut self) {
        self.walls = 0;
    }

    /// Walls since the last page.
    pub fn walls_in_a_row(&self) -> u32 {
        self.walls
    }

    fn forgive(&mut self, config: &Config) {
        self.good = self.good.saturating_add(1);
        if self.good >= config.forgive_after {
            self.good = 0;
            self.backoff = self.backoff.saturating_sub(1);
        }
    }

    /// Between the whole and one and a half of the doubled rest.
    fn next_backoff(&mut self, config: &Config, random: u64) -> Duration {
        let doublings = self.backoff.min(DOUBLINGS_MAX);
        self.backoff = (doublings + 1).min(DOUBLINGS_MAX);
        let doubled = config.backoff_first.saturating_mul(1 << doublings);
        let rest = doubled.min(config.backoff_max);
        rest.saturating_add(rest.mul_f64((random % 1_000) as f64 / 2_000.0))
    }
}

/// Never earlier than asked, up to a day; a longer wish is honoured by one visit a day.
fn once_a_day(asked: Duration) -> Duration {
    asked.min(ONCE_A_DAY)
}

/// Reads a `Retry-After` value: seconds, or a date (RFC 9110, section 10.2.3). A date in the past
/// asks for nothing; what is neither counts as absent.
pub fn retry_after(value: &str, now: UnixMicros) -> Option<Duration> {
    let value = value.trim();
    if !value.is_empty() && value.bytes().all(|b| b.is_ascii_digit()) {
        return Some(Duration::from_secs(value.parse().unwrap_or(u64::from(u32::MAX))));
    }
    let date = httpdate::parse_http_date(value).ok()?;
    let since_epoch = date.duration_since(std::time::UNIX_EPOCH).ok()?;
    let micros = i64::try_from(since_epoch.as_micros()).ok()?;
    Some(UnixMicros(micros).since(now))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SEC: Duration = Duration::from_secs(1);

    fn answered(status: u16, first_byte: Duration, retry_after: Option<Duration>) -> Signal {
        Signal::Answered { status, first_byte, retry_after }
    }

    #[test]
    fn the_longest_of_three_is_the_delay_and_only_the_adaptive_part_is_capped() {
        let config = Config::default();
        for (response, crawl_delay, delay) in [
            (SEC / 2, None, SEC),
            (SEC * 3, None, SEC * 3),
            (SEC * 300, None, SEC * 30),
            (SEC * 300, Some(SEC * 120), SEC * 120),
            (SEC / 2, Some(SEC / 4), SEC),
        ] {
            let mut state = HostState::default();
            state.set_crawl_delay(crawl_delay);
            state.note(&config, &answered(200, response, None), 0);
            assert_eq!(state.delay(&config), delay);
        }
    }

    #[test]
    fn walls_cool_a_host_down() {
        use WallKind::{Challenge, Consent, Geo, Login};
        let config = Config::default();
        let first = config.backoff_first;
        for (kinds, rests) in [
            (&[Challenge, Challenge][..], &[first, first * 2][..]),
            (&[Geo, Geo], &[first, first * 2]),
            (&[Login, Login, Login], &[SEC, first, first * 2]),
            (&[Consent, Consent, Consent], &[SEC, SEC, first]),
            (&[Consent, Challenge], &[SEC, first]),
        ] {
            let mut state = HostState::default();
            let mut note = |kind: &WallKind| {
                state.note(&config, &answered(200, SEC / 2, None), 0);
                state.note_wall(&config, (*kind, 200), 0)
            };
            assert_eq!(kinds.iter().map(&mut note).collect::<Vec<_>>(), rests, "{kinds:?}");
        }
    }

    #[test]
    fn a_page_between_walls_starts_anew_and_a_503_counts_once() {
        let config = Config::default();
        let mut state = HostState::default();
        for _ in 0..20 {
            assert_eq!(state.note_wall(&config, (WallKind::Login, 200), 0), SEC);
            state.note_content();
        }
        let mut state = HostState::default();
        state.note(&config, &answered(503, SEC / 2, None), 0);
        assert_eq!(state.note_wall(&config, (WallKind::Challenge, 503), 0), SEC);
        assert_eq!((state.doublings(), state.walls_in_a_row()), (1, 1));
    }

    #[test]
    fn what_an_older_version_has_stored_is_read() {
        let old = r#"{"backoff":2,"good":1,"response_ms":40,"crawl_delay_ms":null}"#;
        let state: HostState = serde_json::from_str(old).unwrap();
        assert_eq!(state.doublings(), 2);
        // And what has nothing to say takes no room.
        assert_eq!(serde_json::to_string(&state).unwrap(), old);
    }

    #[test]
    fn a_crawl_delay_is_never_rounded_down() {
        let mut state = HostState::default();
        state.set_crawl_delay(Some(Duration::from_micros(1_500_001)));
        assert_eq!(state.delay(&Config::default()), Duration::from_millis(1_501));
    }

    #[test]
    fn retry_after_is_honoured_up_to_a_day() {
        let config = Config::default();
        for status in [200, 429, 503, 301] {
            for (asked, rest) in [(5, 5), (7_200, 7_200), (1_000_000, 86_400)] {
                let signal = answered(status, SEC / 9, Some(SEC * asked));
                assert_eq!(HostState::default().note(&config, &signal, 7), SEC * rest);
            }
        }
    }

    #[test]
    fn the_back_off_doubles_and_is_forgiven_after_quiet() {
        let config = Config::default();
        let mut state = HostState::default();
        let rests: Vec<_> =
            (0..12).map(|_| state.note(&config, &Signal::Failed, 0).as_secs()).collect();
        assert_eq!(rests[..4], [15, 30, 60, 120]);
        assert_eq!(rests[11], 3_600);
        for _ in 0..12 * config.forgive_after {
            state.note(&config, &answered(200, SEC / 9, None), 0);
        }
        assert_eq!(state.note(&config, &answered(503, SEC / 9, None), 0), SEC * 15);
    }

    #[test]
    fn a_refusal_that_asks_for_no_rest_backs_off_all_the_same() {
        let signal = answered(429, SEC / 9, Some(Duration::ZERO));
        assert_eq!(HostState::default().note(&Config::default(), &signal, 0), SEC * 15);
    }

    #[test]
    fn the_adaptive_part_is_off_by_zero_and_no_number_breaks_it() {
        for (factor, response, delay) in [
            (0.0, SEC * 9, SEC),
            (f64::NAN, SEC * 9, SEC),
            (-3.0, SEC * 9, SEC),
            (f64::INFINITY, SEC * 9, SEC * 30),
            (f64::MAX, Duration::MAX, SEC * 30),
            (1.0, Duration::MAX, SEC * 30),
        ] {
            let config = Config { adaptive_factor: factor, ..Config::default() };
            let mut state = HostState::default();
            state.note(&config, &answered(200, response, None), 0);
            assert_eq!(state.delay(&config), delay, "{factor}");
        }
        let config = Config { delay: Duration::ZERO, adaptive_factor: 0.0, ..Config::default() };
        let signal = answered(200, SEC, None);
        assert_eq!(HostState::default().note(&config, &signal, 1), Duration::ZERO);
    }

    #[test]
    fn limits_beyond_reason_do_not_overflow() {
        let (backoff_first, backoff_max) = (Duration::MAX, Duration::MAX);
        let config = Config { backoff_first, backoff_max, ..Config::default() };
        let mut state = HostState { backoff: u32::MAX, ..HostState::default() };
        assert_eq!(state.note(&config, &Signal::Failed, 999), Duration::MAX);
    }

    #[test]
    fn configs_may_be_empty_and_unknown_keys_are_refused() {
        let read = serde_json::from_str::<Config>;
        assert_eq!(read("{}").unwrap(), Config::default());
        assert_eq!(read(r#"{"delay":"500ms"}"#).unwrap().delay, SEC / 2);
        assert!(read(r#"{"dealy":"1s"}"#).unwrap_err().to_string().contains("dealy"));
    }

    #[test]
    fn retry_after_values() {
        // 1994-11-06T08:49:37Z, the example of RFC 9110, section 5.6.7.
        let date = UnixMicros(784_111_777_000_000);
        for (value, asked) in [
            ("120", Some(120)),
            (" 0 ", Some(0)),
            ("Sun, 06 Nov 1994 08:51:37 GMT", Some(120)),
            ("Sun, 06 Nov 1994 08:00:00 GMT", Some(0)),
            ("soon", None),
            ("-5", None),
            ("", None),
        ] {
            assert_eq!(retry_after(value, date), asked.map(Duration::from_secs), "{value}");
        }
        assert!(retry_after("99999999999999999999999", date).unwrap() > ONCE_A_DAY);
    }

    proptest! {
        #[test]
        fn a_rest_is_never_shorter_than_the_delay(
            status in 100_u16..600,
            first_byte in 0_u64..100_000,
            asked in proptest::option::of(0_u64..10_000_000),
            crawl_delay in proptest::option::of(0_u64..1_000_000),
            random: u64,
        ) {
            let config = Config::default();
            let mut state = HostState::default();
            state.set_crawl_delay(crawl_delay.map(Duration::from_millis));
            let asked = asked.map(Duration::from_secs);
            let signal = answered(status, Duration::from_millis(first_byte), asked);
            let rest = state.note(&config, &signal, random);
            prop_assert!(rest >= state.delay(&config));
            prop_assert!(rest >= asked.unwrap_or_default().min(ONCE_A_DAY));
        }
    }
}
