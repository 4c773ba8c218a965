//! Feeds: RSS 0.9 to 2.0, RSS 1.0 (RDF), Atom and JSON Feed; what they list, and how often to ask.
//!
//! One reader for all of XML, by local names, whatever namespace or version a file claims: a strict
//! parser gives all or nothing, and does not tell `isPermaLink`, `skipHours` and the like. Tests
//! hold it to `feed-rs` wherever that reads a feed too.
//!
//! Sources: <https://www.rssboard.org/rss-specification>, <https://web.resource.org/rss/1.0/spec>,
//! <https://www.rfc-editor.org/rfc/rfc4287>, <https://www.jsonfeed.org/version/1.1/>.

mod entry;
mod json;
mod names;
mod walk;

use std::time::Duration;

use crawl::{CanonicalUrl, UnixMicros};

use crate::Input;
use crate::charset::markup;

/// How much of a feed is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FeedLimits {
    /// Entries kept; those beyond are refused. Real feeds have 10 to 500.
    pub entries_max: usize,
    /// Longest title kept, in bytes; what is longer is cut.
    pub title_bytes_max: usize,
}

impl Default for FeedLimits {
    fn default() -> Self {
        Self { entries_max: 2_000, title_bytes_max: 1_000 }
    }
}

/// Which family a feed belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FeedFormat {
    /// RSS 0.91 to 2.0, whatever version it names.
    Rss,
    /// RSS 0.90 and 1.0, written in RDF.
    Rdf,
    /// Atom 0.3 and 1.0.
    Atom,
    /// JSON Feed 1.x.
    Json,
}

/// What a feed says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Feed {
    /// Its family.
    pub format: FeedFormat,
    /// Its title, plain; empty when it has none.
    pub title: String,
    /// The address it calls its own: one feed under several addresses is polled once.
    pub self_link: Option<CanonicalUrl>,
    /// The page that it is the feed of.
    pub site_link: Option<CanonicalUrl>,
    /// The language it names, as it is written: `de`, `en-US`, `pt_br`.
    pub language: Option<String>,
    /// The least time between polls that it asks for: the longer one of `ttl` and
    /// `updatePeriod`/`updateFrequency`.
    pub wait: Option<Duration>,
    /// Hours of the day in UTC (0 to 23, ascending) in which it asks not to be polled.
    pub skip_hours: Vec<u8>,
    /// What it lists, in its order.
    pub entries: Vec<FeedEntry>,
    /// It is not well-formed, or its end is missing: entries may be missing too.
    pub is_damaged: bool,
    /// Entries without a URL that can be crawled, and those beyond [`FeedLimits::entries_max`].
    pub refused_links: u32,
}

/// An entry of a feed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FeedEntry {
    /// Where the article is.
    pub url: CanonicalUrl,
    /// Its title, plain; empty when it has none.
    pub title: String,
    /// When it was published, where that can be read for sure.
    pub published: Option<UnixMicros>,
    /// When it was last changed, where that can be read for sure.
    pub updated: Option<UnixMicros>,
}

impl Feed {
    fn new(format: FeedFormat) -> Self {
        Self {
            format,
            title: String::new(),
            self_link: None,
            site_link: None,
            language: None,
            wait: None,
            skip_hours: Vec::new(),
            entries: Vec::new(),
            is_damaged: false,
            refused_links: 0,
        }
    }

    /// Takes an entry, or counts it where it has no URL or there is no room.
    fn push(&mut self, entry: Option<FeedEntry>, limits: &FeedLimits) {
        match entry.filter(|_| self.entries.len() < limits.entries_max) {
            Some(entry) => self.entries.push(entry),
            None => self.refused_links = self.refused_links.saturating_add(1),
        }
    }
}

/// Reads a feed; none when the body is something else, whatever its content type says.
///
/// An entry of a damaged feed counts when its end is there, or the beginning of the next one.
pub fn read_feed(input: &Input<'_>, limits: &FeedLimits) -> Option<Feed> {
    let encoding = markup::encoding(input.body, input.content_type, input.url);
    let text = encoding.decode_with_bom_removal(input.body).0;
    let start = text.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
    if start.starts_with('{') {
        json::read(start, input.url, limits)
    } else {
        walk::read(start, input.url, limits)
    }
}

#[cfg(test)]
mod tests;
