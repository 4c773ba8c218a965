//! Durations as people write them: `500ms`, `1s`, `10m`, `24h`, `7d`.

use std::time::Duration;

/// Why a text is no duration.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no duration: write a number and a unit, like 500ms, 1s, 1.5s, 10m, 24h or 7d")]
pub struct DurationError(String);

/// The units, the longest first.
const UNITS: [(&str, u64); 5] =
    [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1)];

/// The longest duration that is read: a hundred years, far from every overflow.
const MAX_MS: f64 = 3.2e12;

/// Reads a duration. A bare `0` needs no unit.
pub fn parse_duration(text: &str) -> Result<Duration, DurationError> {
    let refused = || DurationError(text.to_owned());
    let text = text.trim();
    if text == "0" {
        return Ok(Duration::ZERO);
    }
    let split = text.find(|c: char| c.is_ascii_alphabetic()).ok_or_else(refused)?;
    let (number, unit) = text.split_at(split);
    let (_, unit_ms) = UNITS.iter().find(|(name, _)| *name == unit).ok_or_else(refused)?;
    let number = number.trim_end();
    if !number.bytes().all(|b| b.is_ascii_digit() || b == b'.') {
        return Err(refused());
    }
    let number: f64 = number.parse().map_err(|_| refused())?;
    let ms = number * *unit_ms as f64;
    if !(0.0..=MAX_MS).contains(&ms) {
        return Err(refused());
    }
    Ok(Duration::from_secs_f64(ms / 1_000.0))
}

/// Writes a duration in the largest unit that keeps it whole, down to milliseconds.
pub fn format_duration(duration: Duration) -> String {
    let ms = duration.as_millis();
    let whole = UNITS.iter().find(|(_, unit)| ms.is_multiple_of(u128::from(*unit)));
    match whole {
        Some((name, unit)) if ms > 0 => format!("{}{name}", ms / u128::from(*unit)),
        _ => format!("{ms}{}", if ms == 0 { "s" } else { "ms" }),
    }
}

/// Serde: a duration as text. Use with `#[serde(with = "crawl::duration::text")]`.
pub mod text {
    use std::time::Duration;

    use serde::{Deserialize, Deserializer, Serializer};

    /// Writes it.
    pub fn serialize<S: Serializer>(duration: &Duration, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&super::format_duration(*duration))
    }

    /// Reads it.
    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Duration, D::Error> {
        let text = String::deserialize(from)?;
        super::parse_duration(&text).map_err(serde::de::Error::custom)
    }
}

/// Serde: a duration that may be absent.
pub mod option_text {
    use std::time::Duration;

    use serde::{Deserialize, Deserializer, Serializer};

    /// Writes it.
    pub fn serialize<S: Serializer>(duration: &Option<Duration>, to: S) -> Result<S::Ok, S::Error> {
        match duration {
            Some(duration) => super::text::serialize(duration, to),
            None => to.serialize_none(),
        }
    }

    /// Reads it.
    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Duration>, D::Error> {
        let text = Option::<String>::deserialize(from)?;
        text.map(|t| super::parse_duration(&t).map_err(serde::de::Error::custom)).transpose()
    }
}

/// Serde: a list of durations.
pub mod list_text {
    use std::time::Duration;

    use serde::{Deserialize, Deserializer, Serializer};

    /// Writes it.
    pub fn serialize<S: Serializer>(list: &[Duration], to: S) -> Result<S::Ok, S::Error> {
        to.collect_seq(list.iter().map(|duration| super::format_duration(*duration)))
    }

    /// Reads it.
    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<Duration>, D::Error> {
        let list = Vec::<String>::deserialize(from)?;
        list.iter().map(|t| super::parse_duration(t).map_err(serde::de::Error::custom)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn read_and_written() {
        for (text, ms) in [
            ("0", 0),
            ("500ms", 500),
            ("1s", 1_000),
            ("1.5s", 1_500),
            ("10m", 600_000),
            ("7d", 604_800_000),
        ] {
            assert_eq!(parse_duration(text).unwrap(), Duration::from_millis(ms), "{text}");
        }
        for text in ["90s", "1500ms", "24h", "2d", "5m"] {
            let duration = parse_duration(text).unwrap();
            assert_eq!(parse_duration(&format_duration(duration)).unwrap(), duration);
        }
        assert_eq!(format_duration(Duration::from_hours(24)), "1d");
        assert_eq!(format_duration(Duration::ZERO), "0s");
    }

    #[test]
    fn refused_with_examples() {
        for text in ["", "5", "s", "-1s", "1 year", "1e9d", "nan s", "99999999999999d"] {
            assert!(parse_duration(text).unwrap_err().to_string().contains("500ms"), "{text}");
        }
    }
}
