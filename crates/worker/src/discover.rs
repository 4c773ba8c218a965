//! Where an outlet may publish, beside what its pages link: robots.txt, then well-known paths.

use crawl::robots::Rules;
use crawl::{CanonicalUrl, Entry, Found, Hub, HubKind};

/// Sitemaps of a robots.txt that are taken.
const SITEMAPS_MAX: usize = 20;

/// Where feeds are, on many sites. The first that is one ends the search.
const FEED_PATHS: [&str; 8] = [
    "/feed/",
    "/feed",
    "/rss.xml",
    "/rss",
    "/feed.xml",
    "/atom.xml",
    "/feeds/all.xml",
    "/index.xml",
];

/// Where sitemaps are, on many sites: those for news first.
const SITEMAP_PATHS: [&str; 6] = [
    "/news-sitemap.xml",
    "/sitemap-news.xml",
    "/sitemap_news.xml",
    "/sitemap.xml",
    "/sitemap_index.xml",
    "/sitemap-index.xml",
];

/// The sitemaps that a robots.txt names.
pub(crate) fn in_robots(rules: &Rules, site: &CanonicalUrl) -> Vec<Entry> {
    let from = site.origin().robots_url();
    let named = rules.sitemaps().iter().take(SITEMAPS_MAX);
    named
        .filter_map(|text| CanonicalUrl::join(from.as_url(), text).ok())
        .map(|url| {
            let hub = Hub::new(HubKind::Sitemap, Found::Robots, Some(from.to_string()));
            Entry::hub(url, hub)
        })
        .collect()
}

/// The first guess of a kind.
pub(crate) fn first_guess(kind: HubKind, site: &CanonicalUrl) -> Option<Entry> {
    guess(kind, site, 0)
}

/// The next guess, after one that led nowhere.
pub(crate) fn next_guess(entry: &Entry) -> Option<Entry> {
    let hub = entry.hub.as_deref()?;
    let last = hub.guess?;
    if hub.visits > 0 {
        return None;
    }
    guess(hub.kind, &entry.url, last.checked_add(1)?)
}

fn guess(kind: HubKind, site: &CanonicalUrl, number: u8) -> Option<Entry> {
    let paths: &[&str] = if kind == HubKind::Feed { &FEED_PATHS } else { &SITEMAP_PATHS };
    let url = CanonicalUrl::join(site.as_url(), paths.get(usize::from(number))?).ok()?;
    let hub = Hub { guess: Some(number), ..Hub::new(kind, Found::Path, None) };
    Some(Entry::hub(url, hub))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn guesses_follow_one_another_and_end() {
        let site = CanonicalUrl::parse("https://a.test/x/y").unwrap();
        let mut guesses = vec![first_guess(HubKind::Sitemap, &site).unwrap()];
        while let Some(next) = next_guess(guesses.last().unwrap()) {
            guesses.push(next);
        }
        let paths: Vec<_> = guesses.iter().map(|entry| entry.url.path_and_query()).collect();
        assert_eq!(paths, SITEMAP_PATHS);
        let mut found = guesses.swap_remove(0);
        found.hub.as_mut().unwrap().visits = 1;
        assert!(next_guess(&found).is_none());
    }
}
