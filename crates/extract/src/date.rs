//! Points in time as feeds, sitemaps and pages write them: the forms of RFC 3339 and RFC 2822, with
//! what real publishers make of them.
//!
//! Nothing is guessed. A date whose day and month could change places, a zone name that several
//! countries use, a clock time of RFC 2822 without a zone: all are unreadable.
//!
//! Sources: <https://www.w3.org/TR/NOTE-datetime>, <https://www.rfc-editor.org/rfc/rfc3339>,
//! <https://www.rfc-editor.org/rfc/rfc2822#section-3.3>.

mod sloppy;
mod stamp;
mod visible;

use crawl::UnixMicros;
use jiff::civil::{Date, Time};
use jiff::tz::Offset;

pub use stamp::{NoStamp, Stamp};
pub(crate) use visible::visible;

/// Longest text that is looked at, in bytes.
const TEXT_BYTES_MAX: usize = 128;

/// Years that news can have. What lies outside is a default of some software (`0001-01-01`).
const YEARS: std::ops::RangeInclusive<i16> = 1800..=2199;

/// Reads a date in any of the forms that are used; none when it is unreadable.
///
/// A date of the RFC 3339 family without a clock time is the start of that day, month or year in
/// UTC, and a clock time without a zone is taken as UTC.
pub(crate) fn parse(text: &str) -> Option<UnixMicros> {
    let text = within_limit(text)?;
    if !begins_with_year(text) {
        return sloppy::parse(text)?.instant();
    }
    let (stamp, _) = year_first(text)?;
    Some(stamp.instant_or_utc())
}

/// Reads a date as [`parse`] does, but adds nothing to it: no zone, no time of day. A year or a
/// month alone is no date here.
pub(crate) fn stamp(text: &str) -> Option<Stamp> {
    let text = within_limit(text)?;
    if !begins_with_year(text) {
        return sloppy::parse(text);
    }
    let (stamp, has_day) = year_first(text)?;
    has_day.then_some(stamp)
}

/// Whether a word is a month, or an abbreviation of one.
pub(crate) fn is_month(word: &str) -> bool {
    sloppy::is_month(word)
}

fn within_limit(text: &str) -> Option<&str> {
    let text = text.trim();
    (text.len() <= TEXT_BYTES_MAX).then_some(text)
}

fn begins_with_year(text: &str) -> bool {
    matches!(text.bytes().take_while(u8::is_ascii_digit).count(), 4 | 8)
}

/// `2024`, `2024-05`, `2024-05-31`, `20240531`, with a clock time behind; and whether it names
/// the day.
fn year_first(text: &str) -> Option<(Stamp, bool)> {
    let mut rest = Digits { rest: text };
    let year = rest.number(4)?;
    let basic = rest.is_digit();
    let mut parts = [1, 1];
    let mut known = 0;
    for part in &mut parts {
        if basic || rest.skip(b"-/") {
            *part = rest.number(2)?;
            known += 1;
        } else {
            break;
        }
    }
    let date = date(year, parts[0], parts[1])?;
    let has_day = known == 2;
    let clock = rest.rest;
    if clock.is_empty() {
        return Some((Stamp::Day(date), has_day));
    }
    let clock = clock.strip_prefix(['T', 't', ' '])?.trim_start();
    let (time, zone) = time(clock)?;
    let local = date.to_datetime(time);
    if zone.is_empty() {
        return Some((Stamp::Local(local), has_day));
    }
    Some((zoned(date, time, offset(zone)?)?, has_day))
}

/// Reads `10:30`, `10:30:59`, `10:30:59.123` or `103059`; returns what follows, trimmed.
fn time(text: &str) -> Option<(Time, &str)> {
    let mut rest = Digits { rest: text };
    let hour = rest.number(2)?;
    if !rest.skip(b":") && !rest.is_digit() {
        return None;
    }
    let minute = rest.number(2)?;
    let mut second = 0;
    let mut nanosecond = 0;
    if rest.skip(b":") || rest.is_digit() {
        second = rest.number(2)?;
        if rest.rest.len() > 1 && rest.skip(b".,") {
            nanosecond = rest.fraction()?;
        }
    }
    Some((clock(hour, minute, second, nanosecond)?, rest.rest.trim()))
}

/// A time of day; a leap second is the second before it.
fn clock(hour: i16, minute: i16, second: i16, nanosecond: i32) -> Option<Time> {
    let small = |n: i16| i8::try_from(n).ok();
    Time::new(small(hour)?, small(minute)?, small(second.min(60))?.min(59), nanosecond)
        .ok()
        .filter(|_| second <= 60)
}

fn date(year: i16, month: i16, day: i16) -> Option<Date> {
    let small = |n: i16| i8::try_from(n).ok();
    YEARS.contains(&year).then(|| Date::new(year, small(month)?, small(day)?).ok()).flatten()
}

/// The point in time at which clocks that are `offset_s` seconds ahead of UTC show this.
fn zoned(date: Date, time: Time, offset_s: i32) -> Option<Stamp> {
    let offset = Offset::from_seconds(offset_s).ok()?;
    Some(Stamp::Zoned { local: date.to_datetime(time), offset })
}

/// Names of zones that mean one thing in news, with how far they are ahead of UTC, in minutes.
/// `IST`, `BST` and `AST` are used by several countries, and so left out.
const ZONES: &[(&str, i16)] = &[
    ("ACDT", 630),
    ("ACST", 570),
    ("AEDT", 660),
    ("AEST", 600),
    ("AKDT", -480),
    ("AKST", -540),
    ("AWST", 480),
    ("BRT", -180),
    ("CAT", 120),
    ("CDT", -300),
    ("CEST", 120),
    ("CET", 60),
    ("CST", -360),
    ("EAT", 180),
    ("EDT", -240),
    ("EEST", 180),
    ("EET", 120),
    ("EST", -300),
    ("GMT", 0),
    ("HKT", 480),
    ("HST", -600),
    ("JST", 540),
    ("KST", 540),
    ("MDT", -360),
    ("MEST", 120),
    ("MET", 60),
    ("MESZ", 120),
    ("MEZ", 60),
    ("MSK", 180),
    ("MST", -420),
    ("NDT", -150),
    ("NZDT", 780),
    ("NZST", 720),
    ("PDT", -420),
    ("PKT", 300),
    ("PST", -480),
    ("SAST", 120),
    ("SGT", 480),
    ("UT", 0),
    ("UTC", 0),
    ("WAT", 60),
    ("WEST", 60),
    ("WET", 0),
    ("Z", 0),
];

/// Reads `Z`, `+01:00`, `+0100`, `-5`, `EST`, `GMT+1`, `+0000 (UTC)`; in seconds ahead of UTC.
fn offset(text: &str) -> Option<i32> {
    if !text.is_ascii() {
        return None;
    }
    // What stands in parentheses is a comment.
    let text = text.split('(').next().unwrap_or(text).trim();
    let letters = text.bytes().take_while(u8::is_ascii_alphabetic).count();
    let (name, rest) = text.split_at(letters);
    let base = match name {
        "" => 0,
        _ => ZONES.iter().find(|(zone, _)| name.eq_ignore_ascii_case(zone))?.1,
    };
    let rest = rest.trim();
    if rest.is_empty() {
        return (!name.is_empty()).then_some(i32::from(base) * 60);
    }
    // `EST-0500` says it twice; only the names of UTC are a place to count from.
    let shift = shift(rest)?;
    let base = if base == 0 || base == shift { shift } else { return None };
    Some(i32::from(base) * 60)
}

/// `+01:00` in minutes. A name may follow (`+0000 GMT`) that says no more.
fn shift(text: &str) -> Option<i16> {
    let sign = match text.as_bytes().first()? {
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    let (digits, name) = text[1..].split_once(' ').unwrap_or((&text[1..], ""));
    let (hours, minutes) = match digits.split_once(':') {
        Some(parts) => parts,
        None if digits.len() == 4 => digits.split_at(2),
        None if digits.len() == 3 => digits.split_at(1),
        None => (digits, "0"),
    };
    let number = |text: &str| {
        let is_number = matches!(text.len(), 1 | 2) && text.bytes().all(|b| b.is_ascii_digit());
        is_number.then(|| text.parse::<i16>().ok()).flatten()
    };
    let (hours, minutes) = (number(hours)?, number(minutes)?);
    let is_name = name.trim().bytes().all(|b| b.is_ascii_alphabetic());
    (hours <= 18 && minutes < 60 && is_name).then_some(sign * (hours * 60 + minutes))
}

/// Digits at the start of a text.
struct Digits<'a> {
    rest: &'a str,
}

impl Digits<'_> {
    fn is_digit(&self) -> bool {
        self.rest.starts_with(|c: char| c.is_ascii_digit())
    }

    /// Takes up to `length` digits, at least one.
    fn number(&mut self, length: usize) -> Option<i16> {
        let taken = self.rest.bytes().take(length).take_while(u8::is_ascii_digit).count();
        let (digits, rest) = self.rest.split_at(taken);
        self.rest = rest;
        digits.parse().ok()
    }

    fn skip(&mut self, separators: &[u8]) -> bool {
        let found = self.rest.bytes().next().is_some_and(|b| separators.contains(&b));
        self.rest = &self.rest[usize::from(found)..];
        found
    }

    /// Takes the digits behind a point, as nanoseconds.
    fn fraction(&mut self) -> Option<i32> {
        let taken = self.rest.bytes().take_while(u8::is_ascii_digit).count();
        let (digits, rest) = self.rest.split_at(taken);
        self.rest = rest;
        let mut nanoseconds = 0;
        for place in 0..9 {
            let digit = digits.as_bytes().get(place).map_or(0, |b| i32::from(b - b'0'));
            nanoseconds = nanoseconds * 10 + digit;
        }
        (taken > 0).then_some(nanoseconds)
    }
}

#[cfg(test)]
mod tests;
