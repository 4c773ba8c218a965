//! Sitemaps as plain text: one URL a line.

use crawl::CanonicalUrl;

use super::{Sitemap, SitemapEntry, SitemapKind, SitemapLimits};

/// Of so many lines one may be something else: a heading, a comment.
const LINES_PER_OTHER: usize = 10;

/// Reads a text; none when it is no list of URLs.
pub(super) fn read(text: &str, limits: &SitemapLimits) -> Option<Sitemap> {
    if !is_list(text, 1) {
        return None;
    }
    let mut sitemap = Sitemap::new(SitemapKind::Text);
    for line in lines(text) {
        if !sitemap.has_room(limits) {
            continue;
        }
        match CanonicalUrl::parse(line) {
            Ok(url) => sitemap.entries.push(SitemapEntry { url, lastmod: None, news: None }),
            Err(_) => sitemap.refuse(),
        }
    }
    (!sitemap.entries.is_empty()).then_some(sitemap)
}

/// Whether (nearly) every line is an absolute web address, and there are at least `least`.
pub(crate) fn is_list(text: &str, least: usize) -> bool {
    let (mut urls, mut others) = (0, 0);
    for line in lines(text) {
        if is_url(line) {
            urls += 1;
        } else {
            others += 1;
        }
    }
    urls >= least && others <= urls / LINES_PER_OTHER
}

/// The lines that are not empty. Old systems end them with CR alone.
fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.split(['\n', '\r']).map(str::trim).filter(|line| !line.is_empty())
}

fn is_url(line: &str) -> bool {
    let start =
        |scheme: &str| line.get(..scheme.len()).is_some_and(|s| s.eq_ignore_ascii_case(scheme));
    (start("http://") || start("https://")) && !line.contains(char::is_whitespace)
}
