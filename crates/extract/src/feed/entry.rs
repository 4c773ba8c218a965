//! An entry as it is read: which of its links is the article's, which of its dates count.

use crawl::{CanonicalUrl, UnixMicros};
use url::Url;

use super::FeedEntry;
use crate::date;

/// How surely a link leads to the article, the surest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Rank {
    /// `feedburner:origLink`.
    Original,
    /// RSS `link`, Atom `rel=alternate` to HTML or to no type in particular.
    Alternate,
    /// `rel=alternate` to another type.
    AlternateOther,
    /// A relation that is neither known nor excluded.
    OtherRelation,
    /// A `guid` that is a permanent link.
    Guid,
    /// An identifier that happens to be a web address: RDF `about`, Atom and JSON `id`.
    Identifier,
}

/// Relations that never lead to the article itself.
const NO_ARTICLE: &[&str] = &[
    "edit",
    "edit-media",
    "enclosure",
    "first",
    "hub",
    "last",
    "license",
    "next",
    "payment",
    "prev",
    "previous",
    "replies",
    "search",
    "self",
    "service",
    "shortlink",
    "start",
    "stylesheet",
    "up",
];

/// How sure a `link` with attributes is; none for those that are no articles.
pub(super) fn rank(rel: Option<&str>, media: Option<&str>) -> Option<Rank> {
    let rel = rel.map(str::trim).filter(|rel| !rel.is_empty()).unwrap_or("alternate");
    // Relations may be written as addresses; `http://www.iana.org/assignments/relation/alternate`.
    let name = rel.rsplit('/').next().unwrap_or(rel).to_ascii_lowercase();
    if NO_ARTICLE.contains(&name.as_str()) {
        return None;
    }
    let media = media.unwrap_or_default().trim().to_ascii_lowercase();
    Some(match name.as_str() {
        "alternate" if media.is_empty() || media.contains("html") => Rank::Alternate,
        "alternate" => Rank::AlternateOther,
        _ => Rank::OtherRelation,
    })
}

/// An entry that is being read.
#[derive(Debug, Default)]
pub(super) struct Draft {
    link: Option<(Rank, CanonicalUrl)>,
    title: Option<(u8, String)>,
    published: Option<(u8, UnixMicros)>,
    updated: Option<(u8, UnixMicros)>,
}

impl Draft {
    /// Takes a link when it is surer than the one before. `own` is the feed's address, which is no
    /// article's.
    pub(super) fn link(&mut self, rank: Rank, base: &Url, href: &str, own: &Url) {
        let href = href.trim();
        if href.is_empty() || self.link.as_ref().is_some_and(|(best, _)| *best <= rank) {
            return;
        }
        // Identifiers are names: only where they are whole addresses are they taken as links.
        let url = match rank {
            Rank::Guid | Rank::Identifier => CanonicalUrl::parse(href),
            _ => CanonicalUrl::join(base, href),
        };
        if let Ok(url) = url
            && url.as_url() != own
        {
            self.link = Some((rank, url));
        }
    }

    /// Takes a title when it is not empty and ranks before the one there is.
    pub(super) fn title(&mut self, rank: u8, title: String) {
        if !title.is_empty() && self.title.as_ref().is_none_or(|(best, _)| rank < *best) {
            self.title = Some((rank, title));
        }
    }

    /// Takes a date of publication when it can be read.
    pub(super) fn published(&mut self, rank: u8, text: &str) {
        better(&mut self.published, rank, text);
    }

    /// Takes a date of change when it can be read.
    pub(super) fn updated(&mut self, rank: u8, text: &str) {
        better(&mut self.updated, rank, text);
    }

    /// The entry, unless there is no link to it.
    pub(super) fn finish(self) -> Option<FeedEntry> {
        let (_, url) = self.link?;
        Some(FeedEntry {
            url,
            title: self.title.map(|(_, title)| title).unwrap_or_default(),
            published: self.published.map(|(_, at)| at),
            updated: self.updated.map(|(_, at)| at),
        })
    }
}

fn better(slot: &mut Option<(u8, UnixMicros)>, rank: u8, text: &str) {
    if slot.is_none_or(|(best, _)| rank < best)
        && let Some(at) = date::parse(text)
    {
        *slot = Some((rank, at));
    }
}
