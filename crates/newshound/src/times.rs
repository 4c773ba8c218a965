//! Points in time as people give them.

use std::str::FromStr;
use std::time::Duration;

use crawl::UnixMicros;
use crawl::duration::parse_duration;
use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Time};
use jiff::tz::Offset;

/// A time on the command line: a day, a point in time, or how long ago.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum When {
    /// `2026-11-25`, in UTC.
    Day(Date),
    /// `today`, `yesterday`: so many days before now, in UTC.
    DaysAgo(i64),
    /// `2026-11-25T09:30:00+01:00`; without a zone in UTC.
    At(UnixMicros),
    /// `12h`.
    Ago(Duration),
}

/// A day in microseconds; in UTC all are as long.
const DAY_MICROS: i64 = 86_400_000_000;

/// How long a day is written: `2026-11-25`.
const DAY_CHARS: usize = 10;

impl When {
    /// The point from which on something is meant: the start of a day.
    pub(crate) fn start(self, now: UnixMicros) -> UnixMicros {
        match self {
            Self::Day(day) => midnight(day),
            Self::DaysAgo(days) => UnixMicros(day_of(now).saturating_sub(days) * DAY_MICROS),
            Self::At(at) => at,
            Self::Ago(ago) => before(now, ago),
        }
    }

    /// The point before which something is meant: the end of a day.
    pub(crate) fn end(self, now: UnixMicros) -> UnixMicros {
        match self {
            Self::Day(day) => day.tomorrow().map_or(UnixMicros(i64::MAX), midnight),
            Self::DaysAgo(days) => Self::DaysAgo(days - 1).start(now),
            Self::At(at) => at,
            Self::Ago(ago) => before(now, ago),
        }
    }
}

impl FromStr for When {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let text = text.trim();
        match text {
            "today" => return Ok(Self::DaysAgo(0)),
            "yesterday" => return Ok(Self::DaysAgo(1)),
            _ => {}
        }
        if let Ok(ago) = parse_duration(text) {
            return Ok(Self::Ago(ago));
        }
        if text.len() == DAY_CHARS
            && let Ok(day) = text.parse()
        {
            return Ok(Self::Day(day));
        }
        let in_utc = || Offset::UTC.to_timestamp(text.parse::<DateTime>().ok()?).ok();
        let at = text.parse::<Timestamp>().ok().or_else(in_utc);
        at.map(|at| Self::At(UnixMicros(at.as_microsecond()))).ok_or_else(|| {
            "write a day (2026-11-25, yesterday), a time (2026-11-25T09:30Z), or how long ago \
                (12h, 7d)"
                .to_owned()
        })
    }
}

/// The number of a day, counted from 1970 on.
fn day_of(at: UnixMicros) -> i64 {
    at.0.div_euclid(DAY_MICROS)
}

fn midnight(day: Date) -> UnixMicros {
    let start = Offset::UTC.to_timestamp(day.to_datetime(Time::midnight()));
    UnixMicros(start.map_or(i64::MAX, Timestamp::as_microsecond))
}

fn before(now: UnixMicros, ago: Duration) -> UnixMicros {
    let micros = i64::try_from(ago.as_micros()).unwrap_or(i64::MAX);
    UnixMicros(now.0.saturating_sub(micros))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_times_and_ages() {
        const HOUR: i64 = 3_600_000_000;
        let now = UnixMicros(100 * HOUR);
        for (text, start, end) in [
            ("1970-01-03", 48 * HOUR, 72 * HOUR),
            ("1970-01-03T01:00:00+01:00", 48 * HOUR, 48 * HOUR),
            ("1970-01-03T01:00Z", 49 * HOUR, 49 * HOUR),
            ("1970-01-03 01:00", 49 * HOUR, 49 * HOUR),
            ("2h", 98 * HOUR, 98 * HOUR),
            ("1d", 76 * HOUR, 76 * HOUR),
            ("today", 96 * HOUR, 120 * HOUR),
            ("yesterday", 72 * HOUR, 96 * HOUR),
        ] {
            let when: When = text.parse().unwrap();
            assert_eq!((when.start(now).0, when.end(now).0), (start, end), "{text}");
        }
        for text in ["", "tomorrow", "2026-13-01", "2026"] {
            assert!(text.parse::<When>().unwrap_err().contains("2026-11-25"), "{text}");
        }
    }
}
