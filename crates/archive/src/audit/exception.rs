//! Exceptions that an operator made: for which host, of what, why, by whom, until when.

use std::collections::HashMap;

use crawl::HostKey;
use jiff::Timestamp;

const DAY_US: i64 = 24 * 3_600 * 1_000_000;

/// One exception, as a warcinfo record tells it: `host: what; reason; author; expiry`.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Exception {
    pub(super) host: HostKey,
    /// Whether it is one from robots.txt; others are from the pace or from a block.
    pub(super) ignores_robots: bool,
    /// When it ends, in microseconds since 1970.
    pub(super) until: i64,
}

impl Exception {
    /// Reads a line. The error says what it does not tell: what is excepted without a reason, a
    /// name and an end is not excepted.
    pub(super) fn parse(line: &str) -> Result<Self, &'static str> {
        let host = line.split_once(": ").and_then(|(host, _)| HostKey::parse(host).ok());
        let (host, (_, rest)) = host.zip(line.split_once(": ")).ok_or("for which host")?;
        let (what, rest) = rest.split_once(';').ok_or("why")?;
        let (rest, expiry) = rest.rsplit_once(';').ok_or("until when")?;
        // Only the reason may hold further semicolons.
        let (reason, author) = rest.rsplit_once(';').ok_or("by whom")?;
        if reason.trim().is_empty() {
            return Err("why");
        }
        if author.trim().is_empty() {
            return Err("by whom");
        }
        let until = end(expiry.trim()).ok_or("until when")?;
        let what = what.trim().to_ascii_lowercase();
        let ignores_robots = matches!(what.as_str(), "robots ignored" | "robots.txt ignored");
        Ok(Self { host, ignores_robots, until })
    }
}

/// An expiry: a point in time, or a day (UTC), which still belongs to the exception.
fn end(text: &str) -> Option<i64> {
    let at = |text: &str| text.parse::<Timestamp>().ok().map(Timestamp::as_microsecond);
    let is_day = text.len() == "2026-01-01".len();
    if is_day { at(&format!("{text}T00:00:00Z")).map(|us| us + DAY_US) } else { at(text) }
}

/// The exceptions from robots.txt of a segment: the end of the last one of each host.
#[derive(Debug, Default)]
pub(super) struct Exceptions(HashMap<HostKey, i64>);

impl Exceptions {
    pub(super) fn add(&mut self, exception: Exception) {
        if exception.ignores_robots {
            let until = self.0.entry(exception.host).or_insert(exception.until);
            *until = exception.until.max(*until);
        }
    }

    /// Whether robots.txt need not be followed on a host at a time.
    pub(super) fn cover(&self, host: &HostKey, at: i64) -> bool {
        self.0.get(host).is_some_and(|until| at < *until)
    }

    /// When the exception of a host ended, if there was one that has ended.
    pub(super) fn ended(&self, host: &HostKey, at: i64) -> Option<Timestamp> {
        let until = self.0.get(host).filter(|until| **until <= at)?;
        Timestamp::from_microsecond(*until).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn until(text: &str) -> i64 {
        text.parse::<Timestamp>().unwrap().as_microsecond()
    }

    const NEXT_DAY: &str = "2027-01-02T00:00:00Z";

    #[test]
    fn a_whole_exception_is_read() {
        for (line, host, ignores_robots, ends) in [
            ("a.test: robots ignored; invited; ops; 2027-01-01", "a.test", true, NEXT_DAY),
            (
                "A.test: robots.txt ignored; invited; ops; 2027-01-01T12:00:00Z",
                "a.test",
                true,
                "2027-01-01T12:00:00Z",
            ),
            ("a.test: robots ignored; a; b; ops; 2027-01-01", "a.test", true, NEXT_DAY),
            ("[::1]: robots ignored; ours; ops; 2027-01-01", "[::1]", true, NEXT_DAY),
            ("a.test: delay 5s; asked; ops; 2027-01-01", "a.test", false, NEXT_DAY),
            ("a.test: robots obeyed; x; ops; 2027-01-01", "a.test", false, NEXT_DAY),
        ] {
            let host = HostKey::parse(host).unwrap();
            let exception = Exception { host, ignores_robots, until: until(ends) };
            assert_eq!(Exception::parse(line), Ok(exception), "{line}");
        }
    }

    #[test]
    fn what_an_exception_does_not_tell_is_named() {
        for (line, missing) in [
            ("", "for which host"),
            ("robots ignored; invited; ops; 2027-01-01", "for which host"),
            ("a b: robots ignored; invited; ops; 2027-01-01", "for which host"),
            ("a.test: robots ignored", "why"),
            ("a.test: robots ignored; ; ops; 2027-01-01", "why"),
            ("a.test: robots ignored; invited", "until when"),
            ("a.test: robots ignored; invited; 2027-01-01", "by whom"),
            ("a.test: robots ignored; invited; ; 2027-01-01", "by whom"),
            ("a.test: robots ignored; invited; ops; 2027", "until when"),
            ("a.test: robots ignored; invited; ops; 2027-01-01T00:00:00", "until when"),
            ("a.test: robots ignored; invited; ops; ", "until when"),
        ] {
            assert_eq!(Exception::parse(line), Err(missing), "{line}");
        }
    }

    #[test]
    fn the_last_end_of_a_host_counts() {
        let mut exceptions = Exceptions::default();
        for day in ["2027-01-01", "2027-03-01", "2027-02-01"] {
            let line = format!("a.test: robots ignored; invited; ops; {day}");
            exceptions.add(Exception::parse(&line).unwrap());
        }
        let host = HostKey::parse("a.test").unwrap();
        let end = until("2027-03-02T00:00:00Z");
        assert!(exceptions.cover(&host, end - 1) && !exceptions.cover(&host, end));
        assert_eq!(exceptions.ended(&host, end - 1), None);
        assert_eq!(exceptions.ended(&host, end).unwrap().to_string(), "2027-03-02T00:00:00Z");
        let other = HostKey::parse("www.a.test").unwrap();
        assert!(!exceptions.cover(&other, 0) && exceptions.ended(&other, end).is_none());
    }
}
