//! What the form of a URL tells: an article, or a place that lists some.
//!
//! A guess, for lack of better knowledge: feeds, news sitemaps and what a page says of itself come
//! first.

use crate::{CanonicalUrl, Fingerprint};

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

/// Segments at the beginning of a path that are kept as they are: sections and the like.
const LITERAL_SEGMENTS: usize = 2;

/// Longest such segment, in bytes; what is longer is no name of a section.
const LITERAL_BYTES_MAX: usize = 24;

/// Parameters whose names count.
const PARAMETERS_MAX: usize = 12;

/// Digits and letters a to f in a row that are made by a machine.
const HEX_DIGITS: usize = 16;

/// Words before the number of a page of a list.
const PAGE_WORDS: [&str; 8] =
    ["page", "paged", "pg", "seite", "pagina", "strona", "sida", "stranica"];

/// The form of a URL: which URLs are made by the same rule. 32 bits of [`template`]'s hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Shape(pub u32);

impl Shape {
    /// The form of a URL.
    pub fn of(url: &CanonicalUrl) -> Self {
        Self(short_hash(&template(url)))
    }

    /// The same, where the last segment is the name of an article and not of a list or a script,
    /// whatever query follows.
    pub(crate) fn of_article(url: &CanonicalUrl) -> Self {
        Self(short_hash(&form(url, false)))
    }
}

/// 32 bits that stand for a text.
pub(crate) fn short_hash(text: &str) -> u32 {
    // The fingerprint's upper half is as good as any other.
    u32::try_from(Fingerprint::of(text).0 >> 31).unwrap_or(u32::MAX)
}

/// The form of a URL in words: `/politics/y/#/#/t`, `/events/y/#?view`. Short words at the
/// beginning stand for themselves; `y` is a year, `#` another number, `x` what a machine made, `t`
/// any other text. Of the query only the names count, in any order.
pub fn template(url: &CanonicalUrl) -> String {
    form(url, url.as_url().query().is_some())
}

fn form(url: &CanonicalUrl, keeps_last: bool) -> String {
    let segments = segments(url);
    let mut out = String::new();
    for (at, segment) in segments.iter().enumerate() {
        let is_last = at + 1 == segments.len() && !keeps_last;
        let is_kept = at < LITERAL_SEGMENTS && !is_last && is_short_word(segment);
        out.push('/');
        out.push_str(if is_kept { segment } else { class(segment) });
    }
    let mut names: Vec<String> = parameters(url).map(|(name, _)| name).collect();
    names.sort_unstable();
    names.dedup();
    for (at, name) in names.iter().take(PARAMETERS_MAX).enumerate() {
        out.push(if at == 0 { '?' } else { '&' });
        out.push_str(name);
    }
    out
}

/// The segments of the path, empty ones left out.
pub(crate) fn segments(url: &CanonicalUrl) -> Vec<&str> {
    url.as_url().path().split('/').filter(|segment| !segment.is_empty()).collect()
}

/// Names, in lower case, and values of the query, as they are written.
pub(crate) fn parameters(url: &CanonicalUrl) -> impl Iterator<Item = (String, &str)> {
    let pairs = url.as_url().query().unwrap_or_default().split('&');
    pairs.filter(|pair| !pair.is_empty()).map(|pair| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        (name.to_ascii_lowercase(), value)
    })
}

/// Whether a segment is one or two plain words.
pub(crate) fn is_short_word(segment: &str) -> bool {
    segment.len() <= LITERAL_BYTES_MAX
        && segment.bytes().all(|b| b.is_ascii_alphabetic() || b"-_.".contains(&b))
        && segment.split(['-', '_']).count() < 3
}

/// Whether a segment is the number of a year.
pub(crate) fn is_year(segment: &str) -> bool {
    segment.len() == 4
        && (segment.starts_with("19") || segment.starts_with("20"))
        && segment.bytes().all(|b| b.is_ascii_digit())
}

fn class(segment: &str) -> &'static str {
    if is_year(segment) {
        return "y";
    }
    if segment.bytes().all(|b| b.is_ascii_digit()) {
        return "#";
    }
    if page_number(segment).is_some() {
        return "page#";
    }
    if is_made_by_machine(segment) { "x" } else { "t" }
}

/// Whether it is a long row of hexadecimal digits, hyphens aside.
pub(crate) fn is_made_by_machine(text: &str) -> bool {
    let digits = text.bytes().filter(u8::is_ascii_hexdigit).count();
    digits >= HEX_DIGITS
        && text.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-')
        && text.bytes().any(|b| b.is_ascii_digit())
}

/// The number in a segment like `page-7`.
pub(crate) fn page_number(segment: &str) -> Option<u64> {
    let letters = segment.find(|c: char| c.is_ascii_digit())?;
    let word = segment[..letters].trim_end_matches(['-', '_']);
    let is_page = PAGE_WORDS.iter().any(|known| known.eq_ignore_ascii_case(word));
    segment[letters..].parse().ok().filter(|_| is_page)
}

/// Whether a segment or the name of a parameter is the word for a page of a list.
pub(crate) fn is_page_word(text: &str) -> bool {
    PAGE_WORDS.iter().any(|word| word.eq_ignore_ascii_case(text))
}

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
    fn forms() {
        for (path, form) in [
            ("/", ""),
            ("/politics/", "/t"),
            ("/politics/?page=2", "/politics?page"),
            ("/politics/page/7", "/politics/page/#"),
            ("/politics/page-7", "/politics/page#"),
            ("/politics/2026/11/24/talks-end-12.html", "/politics/y/#/#/t"),
            ("/article/12345/talks-end", "/article/#/t"),
            ("/article/12345/talks-end-without-result", "/article/#/t"),
            ("/a/9f86d081884c7d659a2feaa0c55ad015?b=1&A=2&b=3", "/a/x?a&b"),
            ("/talks-end-12345", "/t"),
        ] {
            let url = CanonicalUrl::parse(&format!("https://a.test{path}")).unwrap();
            assert_eq!(template(&url), form, "{path}");
        }
    }

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
