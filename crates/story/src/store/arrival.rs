//! An article as it is handed in.

use crawl::{Fingerprint, Labels, UnixMicros};
use serde::{Deserialize, Serialize};

/// How long a day is, in microseconds.
const DAY_MICROS: i64 = 86_400 * 1_000_000;

/// Characters of a day that is written without a time: `2024-05-31`.
const DAY_CHARS: usize = 10;

/// An article, and where it comes from.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Arrival {
    /// Its canonical URL.
    pub url: String,
    /// Its publisher.
    pub outlet: String,
    /// What the seeds say of the publisher, where that is at hand.
    pub labels: Option<Labels>,
    /// The main text; a line is a paragraph.
    pub text: String,
    /// When it was fetched.
    pub seen_at: UnixMicros,
    /// When it says it was published.
    pub published: Option<Published>,
    /// Its headline.
    pub headline: Option<String>,
    /// Who signs it.
    pub byline: Option<String>,
    /// Its language: `en`.
    pub language: Option<String>,
    /// The agency that its page names.
    pub declared: Option<String>,
    /// The page asks not to be shown from archives: its text is not to be exported.
    pub noarchive: bool,
    /// The text may be its beginning only.
    pub partial: bool,
    /// The payload digest of its page: `sha1:BASE32`.
    pub digest: Option<String>,
    /// Where its snapshot is.
    pub place: Option<Place>,
}

/// A time of publication.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Published {
    /// The point in time; the start of the day in UTC for what is not known.
    pub at: UnixMicros,
    /// As it was written, with its zone: `2024-05-31T10:00:00+02:00`, or without, or the day alone.
    pub text: String,
}

/// Where a snapshot is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// The worker whose archive has it, by name; empty for the data directory of the store itself.
    pub archive: String,
    /// The file name of its segment.
    pub segment: String,
    /// The id of its response record, without angle brackets.
    pub record: String,
    /// Where its first record begins in the segment, in bytes.
    pub offset: u64,
}

impl Arrival {
    pub(super) fn url_key(&self) -> i64 {
        key(&self.url)
    }

    pub(super) fn text_key(&self) -> i64 {
        key(&self.text)
    }

    /// When it was published, as far as that can be believed: not after it was seen, and of a day
    /// alone its end, lest whoever gives no time of day comes first.
    pub(super) fn first_at(&self) -> UnixMicros {
        let Some(published) = &self.published else { return self.seen_at };
        let is_day = published.text.len() == DAY_CHARS;
        let slack = if is_day { DAY_MICROS - 1 } else { 0 };
        UnixMicros(published.at.0.saturating_add(slack)).min(self.seen_at)
    }
}

/// A fingerprint as `SQLite` keeps numbers; it has 63 bits.
pub(super) fn key(text: &str) -> i64 {
    i64::try_from(Fingerprint::of(text).0).unwrap_or(i64::MAX)
}
