//! Figures as people read them.

use std::time::Duration;

use crawl::UnixMicros;
use jiff::Timestamp;

/// `12.3 MB`, in powers of 1,000.
pub(crate) fn bytes(n: u64) -> String {
    let mut value = n as f64;
    for unit in ["B", "kB", "MB", "GB"] {
        if value < 1_000.0 {
            return if unit == "B" { format!("{n} B") } else { format!("{value:.1} {unit}") };
        }
        value /= 1_000.0;
    }
    format!("{value:.1} TB")
}

/// `1,234,567`.
pub(crate) fn count(n: u64) -> String {
    let digits = n.to_string();
    let mut grouped = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// `1 page`, `2 pages`.
pub(crate) fn plural(n: u64, noun: &str) -> String {
    let end = if n == 1 { "" } else { "s" };
    format!("{} {noun}{end}", count(n))
}

/// `750 ms`, `12.3 s`, `4 min 5 s`, `3 h 2 min`.
pub(crate) fn duration(d: Duration) -> String {
    let secs = d.as_secs();
    match secs {
        0 => format!("{} ms", d.as_millis()),
        1..=59 => format!("{:.1} s", d.as_secs_f64()),
        60..=3_599 => format!("{} min {} s", secs / 60, secs % 60),
        _ => format!("{} h {} min", secs / 3_600, secs % 3_600 / 60),
    }
}

/// A share: `92%`. Only all of it is 100%, only nothing 0%.
pub(crate) fn percent(share: f64) -> String {
    let rounded = (share * 100.0).round();
    let shown = if share >= 1.0 || share <= 0.0 { rounded } else { rounded.clamp(1.0, 99.0) };
    format!("{shown:.0}%")
}

/// A point in time to the minute, in UTC: `2026-11-25 09:12`.
pub(crate) fn minute(at: UnixMicros) -> String {
    let time = Timestamp::from_microsecond(at.0).unwrap_or_default();
    time.strftime("%Y-%m-%d %H:%M").to_string()
}

/// A point in time as RFC 3339 has it: `2026-11-25T09:12:00Z`.
pub(crate) fn rfc3339(at: UnixMicros) -> String {
    Timestamp::from_microsecond(at.0).unwrap_or_default().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures() {
        assert_eq!(bytes(999), "999 B");
        assert_eq!(bytes(1_500), "1.5 kB");
        assert_eq!(bytes(2_345_678_901), "2.3 GB");
        assert_eq!(count(1_234_567), "1,234,567");
        assert_eq!(count(12), "12");
        assert_eq!(plural(1, "page"), "1 page");
        assert_eq!(plural(2_000, "page"), "2,000 pages");
        assert_eq!(duration(Duration::from_millis(12_345)), "12.3 s");
        assert_eq!(duration(Duration::from_secs(3_725)), "1 h 2 min");
        let shares = [0.0, 0.001, 0.924, 0.999, 1.0].map(percent);
        assert_eq!(shares, ["0%", "1%", "92%", "99%", "100%"]);
        let at = UnixMicros(1_764_062_059_000_001);
        assert_eq!(minute(at), "2025-11-25 09:14");
        assert_eq!(rfc3339(at), "2025-11-25T09:14:19.000001Z");
    }
}
