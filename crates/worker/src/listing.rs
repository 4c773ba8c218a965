//! What a hub lists, before anybody has asked whether it is new.

use std::time::Duration;

use crawl::{CanonicalUrl, Entry, Fingerprint, Found, Hub, HubKind, UnixMicros};
use extract::{Feed, Page, Sitemap, SitemapKind};

/// What a hub lists.
#[derive(Debug, Default)]
pub(crate) struct Listing {
    /// Articles, in its order.
    pub(crate) items: Vec<Item>,
    /// Other hubs that it leads to.
    pub(crate) hubs: Vec<Entry>,
    /// By which it is known again under another address.
    pub(crate) identities: Vec<u64>,
    /// How long it asks to be left alone.
    pub(crate) wait: Option<Duration>,
    /// Hours (UTC) in which it asks to be left alone.
    pub(crate) skip_hours: Vec<u8>,
}

/// A listed article.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Item {
    pub(crate) url: CanonicalUrl,
    /// The time that the hub gives.
    pub(crate) at: Option<UnixMicros>,
    /// Whether that is the time of publication (and not of the last change).
    pub(crate) is_published: bool,
}

/// Feeds of a page that are taken; a page with more is a list of feeds, not a site.
const FEEDS_MAX: usize = 100;

/// Sitemaps of an index that are taken at one visit, the latest first.
const CHILDREN_MAX: usize = 50;

impl Listing {
    /// The feeds that a page's head links. Articles are added by who knows the scope.
    pub(crate) fn of_page(page: &Page, from: &CanonicalUrl) -> Self {
        let feed = |url: &CanonicalUrl| {
            let hub = Hub::new(HubKind::Feed, Found::Alternate, Some(from.to_string()));
            Entry::hub(url.clone(), hub)
        };
        let hubs = page.feeds.iter().take(FEEDS_MAX).map(|link| feed(&link.url)).collect();
        Self { hubs, ..Self::default() }
    }

    /// The entries of a feed.
    pub(crate) fn of_feed(feed: Feed) -> Self {
        let identities = identities(&feed);
        let item = |entry: extract::FeedEntry| Item {
            is_published: entry.published.is_some(),
            at: entry.published.or(entry.updated),
            url: entry.url,
        };
        Self {
            identities,
            wait: feed.wait,
            skip_hours: feed.skip_hours,
            items: feed.entries.into_iter().map(item).collect(),
            ..Self::default()
        }
    }

    /// The URLs of a sitemap, or the sitemaps of an index.
    pub(crate) fn of_sitemap(sitemap: Sitemap, from: &CanonicalUrl) -> Self {
        if sitemap.kind == SitemapKind::Index {
            return Self { hubs: children(sitemap, from), ..Self::default() };
        }
        let item = |entry: extract::SitemapEntry| {
            let published = entry.news.and_then(|news| news.published);
            Item {
                is_published: published.is_some(),
                at: published.or(entry.lastmod),
                url: entry.url,
            }
        };
        Self { items: sitemap.entries.into_iter().map(item).collect(), ..Self::default() }
    }

    /// The latest time that it gives.
    pub(crate) fn newest(&self) -> Option<UnixMicros> {
        self.items.iter().filter_map(|item| item.at).max()
    }

    /// Whether it gives a time for everything.
    pub(crate) fn is_dated(&self) -> bool {
        !self.items.is_empty() && self.items.iter().all(|item| item.at.is_some())
    }
}

/// The sitemaps of an index, the latest first; those without a date in the order of the index.
fn children(index: Sitemap, from: &CanonicalUrl) -> Vec<Entry> {
    let mut entries = index.entries;
    entries.sort_by_key(|entry| std::cmp::Reverse(entry.lastmod));
    let child = |entry: extract::SitemapEntry| {
        let hub = Hub::new(HubKind::Sitemap, Found::Index, Some(from.to_string()));
        Entry::hub(entry.url, hub)
    };
    entries.into_iter().take(CHILDREN_MAX).map(child).collect()
}

/// A feed is the same under two addresses when it names the same address and title as its own, or
/// lists the same articles in the same order.
fn identities(feed: &Feed) -> Vec<u64> {
    let of = |text: &str| Fingerprint::of(text).0;
    let own = feed.self_link.as_ref().map(|url| {
        let place = url.as_str().trim_start_matches("https:").trim_start_matches("http:");
        of(&format!("self\n{}\n{}", place.trim_end_matches('/'), feed.title))
    });
    let listed: Vec<&str> = feed.entries.iter().map(|entry| entry.url.as_str()).collect();
    let entries = (!listed.is_empty()).then(|| of(&format!("entries\n{}", listed.join("\n"))));
    own.into_iter().chain(entries).collect()
}
