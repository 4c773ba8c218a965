//! Sitemaps: lists of URLs, lists of such lists, and plain text, packed or not.
//!
//! Elements are known by their local names: wrong and missing namespaces are common. What belongs
//! to images, videos and other languages of a page is no URL of its own here.
//!
//! Sources: <https://www.sitemaps.org/protocol.html>,
//! <https://developers.google.com/search/docs/crawling-indexing/sitemaps/news-sitemap>.

mod elements;
mod text;
mod unpack;

use crawl::{CanonicalUrl, UnixMicros};

use crate::Input;
use crate::charset::markup;

pub(crate) use text::is_list;
pub(crate) use unpack::{is_packed, unpack};

/// How much of a sitemap is kept. The defaults are the limits of the protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SitemapLimits {
    /// Entries kept; those beyond are refused.
    pub entries_max: usize,
    /// Bytes read, after unpacking.
    pub decoded_bytes_max: usize,
    /// Longest title and name of a publication kept, in bytes; what is longer is cut.
    pub title_bytes_max: usize,
}

impl Default for SitemapLimits {
    fn default() -> Self {
        Self { entries_max: 50_000, decoded_bytes_max: 52_428_800, title_bytes_max: 1_000 }
    }
}

/// What the entries of a sitemap are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SitemapKind {
    /// Other sitemaps (`<sitemapindex>`).
    Index,
    /// Pages (`<urlset>`).
    Urls,
    /// Pages, as a text with one URL a line.
    Text,
}

/// What a sitemap says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sitemap {
    /// What its entries are.
    pub kind: SitemapKind,
    /// What it lists, in its order.
    pub entries: Vec<SitemapEntry>,
    /// It is not well-formed, or its end is missing: entries may be missing too.
    pub is_damaged: bool,
    /// A limit of ours cut it.
    pub is_truncated: bool,
    /// Entries without a URL that can be crawled, and those beyond [`SitemapLimits::entries_max`].
    pub refused_links: u32,
}

/// An entry of a sitemap.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SitemapEntry {
    /// Where the page or the other sitemap is.
    pub url: CanonicalUrl,
    /// When it was last changed, where that can be read for sure.
    pub lastmod: Option<UnixMicros>,
    /// What a news sitemap says of it.
    pub news: Option<News>,
}

/// What a news sitemap says of an article.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct News {
    /// Its headline, plain; empty when there is none.
    pub title: String,
    /// When it was published, where that can be read for sure.
    pub published: Option<UnixMicros>,
    /// The language of the publication, as it is written.
    pub language: Option<String>,
    /// The name of the publication.
    pub publication: Option<String>,
}

impl Sitemap {
    fn new(kind: SitemapKind) -> Self {
        Self { kind, entries: Vec::new(), is_damaged: false, is_truncated: false, refused_links: 0 }
    }

    /// Whether a further entry is kept. One that is not is counted.
    fn has_room(&mut self, limits: &SitemapLimits) -> bool {
        let has_room = self.entries.len() < limits.entries_max;
        if !has_room {
            self.is_truncated = true;
            self.refuse();
        }
        has_room
    }

    fn refuse(&mut self) {
        self.refused_links = self.refused_links.saturating_add(1);
    }
}

/// Reads a sitemap; none when the body is something else, whatever its content type says.
///
/// gzip is known by its first bytes, also where the content coding was taken off before. An entry
/// of a damaged sitemap counts when its end is there, or the beginning of the next one.
pub fn read_sitemap(input: &Input<'_>, limits: &SitemapLimits) -> Option<Sitemap> {
    let unpacked = is_packed(input.body).then(|| unpack(input.body, limits.decoded_bytes_max));
    let (body, is_damaged, is_cut) = match &unpacked {
        Some(unpacked) => (unpacked.bytes.as_slice(), unpacked.is_damaged, unpacked.is_cut),
        None if input.body.len() > limits.decoded_bytes_max => {
            (&input.body[..limits.decoded_bytes_max], false, true)
        }
        None => (input.body, false, false),
    };
    let encoding = markup::encoding(body, input.content_type, input.url);
    let decoded = encoding.decode_with_bom_removal(body).0;
    let start = decoded.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
    let mut sitemap = if start.starts_with('<') {
        elements::read(start, input.url, limits)?
    } else {
        text::read(start, limits)?
    };
    sitemap.is_damaged |= is_damaged;
    sitemap.is_truncated |= is_cut;
    Some(sitemap)
}

#[cfg(test)]
mod tests;
