//! Sitemaps: entries within bounds, with canonical URLs.

use extract::SitemapLimits;

use crate::target::{assert_canonical, input, url};

pub(crate) fn check(body: &[u8]) {
    let url = url();
    let decoded_bytes_max = 100_000;
    let limits = SitemapLimits { entries_max: 30, decoded_bytes_max, ..SitemapLimits::default() };
    let Some(sitemap) = extract::read_sitemap(&input(&url, body), &limits) else { return };
    assert!(sitemap.entries.len() <= limits.entries_max);
    for entry in &sitemap.entries {
        assert_canonical(&entry.url);
        let title = entry.news.as_ref().map_or(0, |news| news.title.len());
        assert!(title <= limits.title_bytes_max);
    }
    assert_eq!(extract::read_sitemap(&input(&url, body), &limits).as_ref(), Some(&sitemap));
}
