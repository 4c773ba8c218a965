//! The time of the server's log: wall-clock seconds that never step back.

use rustix::time::{ClockId, clock_gettime};

/// Wall-clock time at the start, carried on by the monotonic clock, so that a log is in order.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Clock {
    offset_s: f64,
    started_s: f64,
}

impl Clock {
    /// Starts now.
    pub(crate) fn start() -> Self {
        let monotonic_s = seconds(ClockId::Monotonic);
        Self { offset_s: seconds(ClockId::Realtime) - monotonic_s, started_s: monotonic_s }
    }

    /// Seconds since 1970-01-01T00:00:00Z.
    pub(crate) fn now_s(&self) -> f64 {
        seconds(ClockId::Monotonic) + self.offset_s
    }

    /// Seconds since the start.
    pub(crate) fn elapsed_s(&self) -> f64 {
        seconds(ClockId::Monotonic) - self.started_s
    }
}

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

fn seconds(clock: ClockId) -> f64 {
    let time = clock_gettime(clock);
    time.tv_sec as f64 + time.tv_nsec as f64 / 1e9
}

/// A date as `Wed, 25 Nov 2026 04:38:00 GMT` (RFC 9110, section 5.6.7).
pub(crate) fn http_date(unix_s: u64) -> String {
    const WEEKDAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
    let days = unix_s / 86_400;
    let (year, month, day) = civil(days);
    let (hour, minute, second) = time_of_day(unix_s);
    let weekday = name(&WEEKDAYS, days % 7);
    let month = name(&MONTHS, month - 1);
    format!("{weekday}, {day:02} {month} {year} {hour:02}:{minute:02}:{second:02} GMT")
}

/// One of a handful of names, none of which is out of reach.
fn name(names: &[&'static str], nth: u64) -> &'static str {
    usize::try_from(nth).ok().and_then(|nth| names.get(nth)).unwrap_or(&"")
}

/// Reads what [`http_date`] writes, in seconds since 1970. The two obsolete forms are not read.
pub(crate) fn read_http_date(text: &str) -> Option<u64> {
    let mut words = text.trim().strip_suffix(" GMT")?.split_once(", ")?.1.split(' ');
    let day: u64 = words.next()?.parse().ok()?;
    let month = words.next()?;
    let month = 1 + MONTHS.iter().position(|name| *name == month)? as u64;
    let year: u64 = words.next()?.parse().ok()?;
    let mut clock = words.next()?.split(':').map(|part| part.parse::<u64>().ok());
    let (hour, minute, second) = (clock.next()??, clock.next()??, clock.next()??);
    let in_range = (1970..10_000).contains(&year) && (1..=31).contains(&day);
    in_range.then(|| days_to(year, month, day) * 86_400 + hour * 3_600 + minute * 60 + second)
}

/// Days from 1970-01-01 to a date.
pub(crate) fn days_to(year: u64, month: u64, day: u64) -> u64 {
    let years: u64 = (1970..year).map(|year| if is_leap(year) { 366 } else { 365 }).sum();
    let months: u64 = month_lengths(year).into_iter().zip(1..month).map(|(days, _)| days).sum();
    years + months + day - 1
}

/// A date as `2026-11-25T04:38:00Z`.
pub(crate) fn iso_date(unix_s: u64) -> String {
    let (year, month, day) = civil(unix_s / 86_400);
    let (hour, minute, second) = time_of_day(unix_s);
    format!("{year}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}

/// Year, month and day of a number of days since 1970-01-01.
pub(crate) fn civil(mut days: u64) -> (u64, u64, u64) {
    let mut year = 1970;
    loop {
        let length = if is_leap(year) { 366 } else { 365 };
        if days < length {
            break;
        }
        days -= length;
        year += 1;
    }
    let mut month = 1;
    for length in month_lengths(year) {
        if days < length {
            break;
        }
        days -= length;
        month += 1;
    }
    (year, month, days + 1)
}

fn month_lengths(year: u64) -> [u64; 12] {
    let february = if is_leap(year) { 29 } else { 28 };
    [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
}

fn is_leap(year: u64) -> bool {
    year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400))
}

fn time_of_day(unix_s: u64) -> (u64, u64, u64) {
    (unix_s / 3_600 % 24, unix_s / 60 % 60, unix_s % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_in_both_forms() {
        for (unix_s, http, iso) in [
            (0, "Thu, 01 Jan 1970 00:00:00 GMT", "1970-01-01T00:00:00Z"),
            (951_782_400, "Tue, 29 Feb 2000 00:00:00 GMT", "2000-02-29T00:00:00Z"),
            (1_795_581_480, "Wed, 25 Nov 2026 04:38:00 GMT", "2026-11-25T04:38:00Z"),
            (1_798_761_599, "Thu, 31 Dec 2026 23:59:59 GMT", "2026-12-31T23:59:59Z"),
        ] {
            assert_eq!(http_date(unix_s), http);
            assert_eq!(iso_date(unix_s), iso);
            assert_eq!(read_http_date(http), Some(unix_s));
        }
    }

    #[test]
    fn what_is_no_date_is_not_read() {
        for text in ["", "yesterday", "Thu, 01 Jan 1970 00:00 GMT", "Thu, 01 Foo 1970 00:00:00 GMT"]
        {
            assert_eq!(read_http_date(text), None, "{text}");
        }
    }

    #[test]
    fn the_clock_does_not_step_back() {
        let clock = Clock::start();
        let first_s = clock.now_s();
        assert!(clock.now_s() >= first_s && clock.elapsed_s() >= 0.0);
    }
}
