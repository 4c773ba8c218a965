//! A time as it is written: with its zone, without one, or a day alone.

use std::fmt;
use std::str::FromStr;

use crawl::UnixMicros;
use jiff::civil::{Date, DateTime};
use jiff::tz::Offset;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A time as a page gives it. What the page leaves out is not guessed: neither a zone nor a time.
///
/// As text it has one of three forms, by which they are told apart: `2024-05-31T10:00:00+02:00`,
/// `2024-05-31T10:00:00` (what clocks showed somewhere) and `2024-05-31`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Stamp {
    /// A point in time.
    Zoned {
        /// What clocks showed.
        local: DateTime,
        /// How far they were ahead of UTC.
        offset: Offset,
    },
    /// A time of day without a zone.
    Local(DateTime),
    /// A day without a time.
    Day(Date),
}

/// A text that is no [`Stamp`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a time: a date, with a time of day and a zone where they are known")]
pub struct NoStamp;

impl Stamp {
    /// The point in time, where it is known.
    pub fn instant(&self) -> Option<UnixMicros> {
        match self {
            Self::Zoned { local, offset } => {
                let at = offset.to_timestamp(*local).ok()?;
                Some(UnixMicros(at.as_microsecond()))
            }
            Self::Local(_) | Self::Day(_) => None,
        }
    }

    /// The day where it was written.
    pub fn day(&self) -> Date {
        match self {
            Self::Zoned { local, .. } | Self::Local(local) => local.date(),
            Self::Day(day) => *day,
        }
    }

    /// The point in time, with UTC and the start of the day for what is not known: to order by.
    pub fn instant_or_utc(&self) -> UnixMicros {
        let local = match self {
            Self::Zoned { local, .. } | Self::Local(local) => *local,
            Self::Day(day) => day.to_datetime(jiff::civil::Time::midnight()),
        };
        let in_utc = || Offset::UTC.to_timestamp(local).map_or(0, jiff::Timestamp::as_microsecond);
        self.instant().unwrap_or_else(|| UnixMicros(in_utc()))
    }
}

/// In UTC.
impl From<UnixMicros> for Stamp {
    fn from(at: UnixMicros) -> Self {
        let at = jiff::Timestamp::from_microsecond(at.0).unwrap_or_default();
        Self::Zoned { local: Offset::UTC.to_datetime(at), offset: Offset::UTC }
    }
}

impl fmt::Display for Stamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Zoned { local, offset } if offset.is_zero() => write!(f, "{local}Z"),
            Self::Zoned { local, offset } => {
                let minutes = offset.seconds() / 60;
                let sign = if minutes < 0 { '-' } else { '+' };
                let minutes = minutes.abs();
                write!(f, "{local}{sign}{:02}:{:02}", minutes / 60, minutes % 60)
            }
            Self::Local(local) => write!(f, "{local}"),
            Self::Day(day) => write!(f, "{day}"),
        }
    }
}

impl FromStr for Stamp {
    type Err = NoStamp;

    fn from_str(text: &str) -> Result<Self, NoStamp> {
        super::stamp(text).ok_or(NoStamp)
    }
}

impl Serialize for Stamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Stamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}
