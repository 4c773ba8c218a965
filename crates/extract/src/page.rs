//! One HTML page: its base, canonical URL, robots rules, links, and whether it is tame.
//!
//! `lol_html` streams over the bytes once, without building a tree; what lies in `<noscript>`,
//! which
//! it takes for text, is looked at in a second pass. Links are resolved at the end, because a
//! `<base>` rules the links before it too.

pub(crate) mod article;
mod collector;
mod json_ld;
mod open;

use std::collections::HashSet;

use crawl::url::{QueryRule, URL_BYTES_MAX};
use crawl::{CanonicalUrl, UrlError};
use url::Url;

use crate::charset::{self, Charset};
use crate::robots::RobotsMeta;
use crate::usage::TdmNotice;
use collector::Found;

pub use article::Declared;

/// One response to read.
#[derive(Clone, Copy, Debug)]
pub struct Input<'a> {
    /// Where it was fetched from, after redirects.
    pub url: &'a Url,
    /// The value of its `Content-Type` header.
    pub content_type: Option<&'a str>,
    /// The values of its `X-Robots-Tag` headers.
    pub robots_tags: &'a [String],
    /// The body with its content coding taken off.
    pub body: &'a [u8],
}

/// How much of a page is read, and from where on it is not tame any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Links kept of a page; those beyond are refused.
    pub links_max: usize,
    /// Deepest nesting that a tree may be built of. Real pages nest up to 51 deep (measured).
    pub depth_max: usize,
    /// Most elements that a tree may be built of.
    pub elements_max: usize,
    /// Most attributes in a tag.
    pub attributes_max: usize,
    /// Largest body that a tree may be built of, in bytes.
    pub body_bytes_max: usize,
    /// Memory that the streaming parser may take, in bytes; at its end reading stops.
    pub parser_memory_bytes_max: usize,
}

impl Default for Limits {
    /// The figures measured for the guard: `html5ever` hangs on 200,000 nested elements and
    /// overflows its stack far earlier.
    fn default() -> Self {
        Self {
            links_max: 20_000,
            depth_max: 256,
            elements_max: 60_000,
            attributes_max: 200,
            body_bytes_max: 3_000_000,
            parser_memory_bytes_max: 64 * 1024 * 1024,
        }
    }
}

/// Why no tree may be built of a page. Its links are read all the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Guard {
    /// The body is larger than [`Limits::body_bytes_max`].
    Size,
    /// Elements nest deeper than [`Limits::depth_max`].
    Depth,
    /// There are more elements than [`Limits::elements_max`].
    Elements,
    /// A tag has more attributes than [`Limits::attributes_max`].
    Attributes,
    /// The parser reached [`Limits::parser_memory_bytes_max`]; links behind that point are missing.
    Memory,
}

/// What a page says without a tree being built.
#[derive(Clone, Debug, PartialEq)]
pub struct Page {
    /// The encoding the page was read in.
    pub charset: Charset,
    /// What relative links were resolved against: the first `<base href>`, else the page's URL.
    pub base: Url,
    /// Which URL the page calls its own (`<link rel=canonical>`, the first that can be crawled).
    /// A name, not a link: it is kept for pages that say `nofollow` too.
    pub canonical: Option<CanonicalUrl>,
    /// What it asks of robots.
    pub robots: RobotsMeta,
    /// What it says of text and data mining.
    pub tdm: TdmNotice,
    /// Its links in document order, each URL once, without those to itself and those marked
    /// `nofollow`. Empty for a page that says `nofollow`.
    pub links: Vec<Link>,
    /// Where a `<meta http-equiv=refresh>` leads: a link like others, but not to itself.
    pub refresh: Option<CanonicalUrl>,
    /// The feeds it names (`<link rel=alternate>` of a feed's type), each once. Empty for a page
    /// that says `nofollow`.
    pub feeds: Vec<FeedLink>,
    /// What its head declares of an article; none when it declares none, as front pages do.
    pub article: Option<Declared>,
    /// The first limit the page passed, if any; [`Guard::Memory`] above all, as links are missing.
    pub guard: Option<Guard>,
    /// How many links were left out: http and https URLs that are malformed or too long, and
    /// all beyond [`Limits::links_max`]. Other schemes (`mailto:`) are not counted.
    pub refused_links: u32,
}

/// A link of a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// Where it leads.
    pub url: CanonicalUrl,
    /// The `rel` tokens in lower case, joined by spaces.
    pub rel: String,
}

/// A feed that a page names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FeedLink {
    /// Where it is.
    pub url: CanonicalUrl,
    /// What the page calls it, plain.
    pub title: Option<String>,
    /// Its media type, lower-case, without parameters; empty where the page gives none.
    pub media: String,
}

/// Reads a page. `token` is our product token, by which a page may speak to us alone.
///
/// Queries are percent-encoded as UTF-8 in pages of any charset. Browsers use the page's charset
/// there; but a link whose query is not ASCII is rare, and UTF-8 is what servers expect today.
pub fn read_page(input: &Input<'_>, token: &str, limits: &Limits) -> Page {
    let charset = charset::detect(input.body, input.content_type, input.url);
    let mut robots = RobotsMeta::default();
    for value in input.robots_tags {
        robots.add_header(value, token);
    }
    let found = collector::collect(input.body, charset::encoding(charset), token, limits);
    robots.join(&found.robots);
    let base = base_of(input.url, found.base.as_deref());
    let own = CanonicalUrl::from_url(input.url.clone(), QueryRule::Keep).ok();
    let mut links = Links { own, limit: limits.links_max, ..Links::default() };
    links.refused = found.refused;
    let (mut refresh, mut feeds) = (None, Vec::new());
    if !robots.nofollow {
        refresh = found.refresh.iter().find_map(|target| links.resolve(&base, target));
        links.add_all(&base, &found);
        feeds = feeds_of(&base, &found);
    }
    let canonical = found.canonicals.iter().find_map(|href| CanonicalUrl::join(&base, href).ok());
    let names: Vec<&CanonicalUrl> = links.own.iter().chain(&canonical).collect();
    let article = article::declared(found.metas, &found.scripts, &names);
    Page {
        charset,
        base,
        robots,
        tdm: found.tdm,
        links: links.kept,
        refresh,
        feeds,
        article,
        canonical,
        guard: found.guard,
        refused_links: links.refused,
    }
}

/// The limit that a piece of HTML passes, if any: whether a tree may be built of it.
pub(crate) fn guard_of(html: &str, limits: &Limits) -> Option<Guard> {
    let limits = Limits { links_max: 0, ..*limits };
    collector::collect(html.as_bytes(), encoding_rs::UTF_8, "", &limits).guard
}

/// The feeds that a page names, each once.
fn feeds_of(base: &Url, found: &Found) -> Vec<FeedLink> {
    let mut feeds: Vec<FeedLink> = Vec::new();
    for feed in &found.feeds {
        let Ok(url) = CanonicalUrl::join(base, &feed.href) else { continue };
        if feeds.iter().all(|known| known.url != url) {
            let title = feed.title.clone();
            feeds.push(FeedLink { url, title, media: feed.media.clone() });
        }
    }
    feeds
}

/// The first `<base href>` where it can be used; browsers let no later one take its place.
fn base_of(page: &Url, href: Option<&str>) -> Url {
    let usable = |url: &Url| matches!(url.scheme(), "http" | "https");
    href.filter(|href| href.len() <= URL_BYTES_MAX)
        .and_then(|href| page.join(href).ok())
        .filter(usable)
        .unwrap_or_else(|| page.clone())
}

/// The links of a page as they are resolved.
#[derive(Default)]
struct Links {
    own: Option<CanonicalUrl>,
    limit: usize,
    seen: HashSet<CanonicalUrl>,
    kept: Vec<Link>,
    refused: u32,
}

impl Links {
    fn add_all(&mut self, base: &Url, found: &Found) {
        for anchor in &found.anchors {
            let Some(url) = self.resolve(base, &anchor.href) else { continue };
            if self.seen.contains(&url) {
                continue;
            }
            if self.kept.len() >= self.limit {
                self.refused = self.refused.saturating_add(1);
                continue;
            }
            self.seen.insert(url.clone());
            self.kept.push(Link { url, rel: anchor.rel.clone() });
        }
    }

    /// The URL that `href` leads to, unless it is the page itself or cannot be crawled.
    fn resolve(&mut self, base: &Url, href: &str) -> Option<CanonicalUrl> {
        match CanonicalUrl::join(base, href) {
            Ok(url) => (self.own.as_ref() != Some(&url)).then_some(url),
            Err(UrlError::Scheme(_)) => None,
            Err(_) => {
                self.refused = self.refused.saturating_add(1);
                None
            }
        }
    }
}

/// The target of a `<meta http-equiv=refresh>`: `5; url='/next'`, with all that browsers forgive.
///
/// Source: <https://html.spec.whatwg.org/multipage/semantics.html> ("shared declarative refresh
/// steps").
fn refresh_target(content: &str) -> Option<String> {
    let content = content.trim_ascii_start();
    let after_time = content.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.');
    if after_time.len() == content.len() {
        return None;
    }
    let separated = after_time.trim_ascii_start();
    let target = separated.strip_prefix([';', ',']).unwrap_or(separated).trim_ascii_start();
    if target.is_empty() || target.len() == after_time.len() {
        return None;
    }
    let url = strip_url_name(target).unwrap_or(target);
    let url = match url.chars().next() {
        Some(quote @ ('"' | '\'')) => url[1..].split(quote).next().unwrap_or_default(),
        _ => url,
    };
    Some(url.to_owned())
}

/// Takes `url =` off the start, in any case.
fn strip_url_name(text: &str) -> Option<&str> {
    let name = text.get(..3).filter(|name| name.eq_ignore_ascii_case("url"))?;
    Some(text[name.len()..].trim_ascii_start().strip_prefix('=')?.trim_ascii_start())
}

#[cfg(test)]
mod tests;
