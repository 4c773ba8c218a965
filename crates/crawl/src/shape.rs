//! What the form of a URL tells: an article, or a place that lists some.
//!
//! A guess, for lack of better knowledge: feeds, news sitemaps and what a page says of itself come
//! first.

use crate::CanonicalUrl;

/// Words of a slug from which on it is a headline.
const SLUG_WORDS: usize = 4;

/// Digits in a row that are the number of an article rather than a year or a page.
const ID_DIGITS: usize = 5;

/// Deepest path of a section.
const SECTION_DEPTH: usize = 2;

/// Endings of files that are no pages.
const FILES: [&str; 24] = [
    "jpg", "jpeg", "png", "gif", "webp", "avif", "svg", "ico", "css", "js", "json", "pdf", "zip",
    "gz", "mp3", "mp4", "webm", "m3u8", "woff", "woff2", "xml", "rss", "atom", "txt",
];

/// Whether a URL looks like that of an article: a headline, a date or a long number in its path.
pub fn is_article_like(url: &CanonicalUrl) -> bool {
    let path = url.as_url().path();
    if is_file(path) {
        return false;
    }
    let segments: Vec<&str> = path.split('/').filter(|segment| !segment.is_empty()).collect();
    let Some(last) = segments.last() else { return false };
    let words = last.split(['-', '_', '+']).filter(|word| !word.is_empty()).count();
    let is_headline = words >= SLUG_WORDS;
    let is_numbered = digits_in_a_row(last) >= ID_DIGITS;
    let is_encoded = last.matches('%').count() >= 12;
    // A date alone is the page of a day; with something behind it, it is an article.
    let is_dated = segments.len() >= 4 && has_date(&segments[..segments.len() - 1]);
    is_headline || is_numbered || is_encoded || is_dated
}

/// Whether a URL looks like that of a section: a short path of words.
pub fn is_section_like(url: &CanonicalUrl) -> bool {
    let path = url.as_url().path();
    let depth = path.split('/').filter(|segment| !segment.is_empty()).count();
    let has_query = url.as_url().query().is_some();
    !has_query && !is_file(path) && depth <= SECTION_DEPTH && !is_article_like(url)
}

fn is_file(path: &str) -> bool {
    let ending = path.rsplit('/').next().and_then(|name| name.rsplit_once('.'));
    ending.is_some_and(|(_, ending)| FILES.iter().any(|file| ending.eq_ignore_ascii_case(file)))
}

fn digits_in_a_row(text: &str) -> usize {
    text.split(|c: char| !c.is_ascii_digit()).map(str::len).max().unwrap_or(0)
}

/// A year, and a month after it.
fn has_date(segments: &[&str]) -> bool {
    let number = |text: &str| text.parse::<u32>().ok();
    segments.windows(2).any(|pair| {
        let is_year = number(pair[0]).is_some_and(|year| (1990..2100).contains(&year));
        is_year && number(pair[1]).is_some_and(|month| (1..=12).contains(&month))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn articles_and_sections() {
        for (path, article, section) in [
            ("/", false, true),
            ("/politics/", false, true),
            ("/news/world", false, true),
            ("/politics/2026/11/24/talks-end-12.html", true, false),
            ("/2026/11/24", false, false),
            ("/world/talks-end-without-a-result", true, false),
            ("/article/1234567", true, false),
            ("/a/b/c", false, false),
            ("/politics/?page=2", false, false),
            ("/img/some-long-name-of-photo.jpg", false, false),
            ("/news/sitemap.xml", false, false),
            ("/about-us.html", false, true),
        ] {
            let url = CanonicalUrl::parse(&format!("https://a.test{path}")).unwrap();
            assert_eq!(
                (is_article_like(&url), is_section_like(&url)),
                (article, section),
                "{path}"
            );
        }
    }
}
