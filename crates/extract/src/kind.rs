//! What a body is: by what stands in it, with the content type as a hint only.
//!
//! Feeds are sent as `text/html` and pages as `text/plain` often enough that the first element is
//! the better witness. Only the first bytes are looked at.

use std::borrow::Cow;

use crate::Input;
use crate::charset::markup;
use crate::sitemap::{is_list, is_packed, unpack};
use crate::sniff::{essence, is_html, looks_like_html};

/// How far into a body is looked, in bytes. Long comments before the first element exist.
const HEAD_BYTES: usize = 8 * 1024;

/// Types that a server gives to text it knows nothing about, or to markup of any sort. What is
/// called an image, a script or a style sheet is believed.
const VAGUE: &[&str] = &[
    "",
    "*/*",
    "application/octet-stream",
    "application/unknown",
    "application/xml",
    "binary/octet-stream",
    "text/plain",
    "text/xml",
    "unknown/unknown",
];

/// What a body is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// An HTML page: [`crate::read_page`].
    Page,
    /// A feed: [`crate::read_feed`].
    Feed,
    /// A sitemap, an index of such or a text with a URL a line: [`crate::read_sitemap`].
    Sitemap,
    /// Anything else.
    Other,
}

/// What the version of a JSON Feed holds.
const JSON_FEED: &str = "jsonfeed.org/version/";

/// Finds out what a body is. It is cheap: a few KiB are read, whatever the size.
pub fn kind_of(input: &Input<'_>) -> Kind {
    if is_packed(input.body) {
        let head = unpack(input.body, HEAD_BYTES);
        let inner = Input { body: &head.bytes, content_type: None, ..*input };
        // What is packed within its content coding is a file, and the only such files are these.
        let is_sitemap = kind_by_body(&inner, &head_of(&inner)) == Some(Kind::Sitemap);
        return if is_sitemap { Kind::Sitemap } else { Kind::Other };
    }
    let head = head_of(input);
    kind_by_body(input, &head).unwrap_or_else(|| kind_by_type(input, &head))
}

/// The beginning of a body as text.
fn head_of<'a>(input: &Input<'a>) -> Cow<'a, str> {
    let head = &input.body[..input.body.len().min(HEAD_BYTES)];
    let encoding = markup::encoding(head, input.content_type, input.url);
    encoding.decode_with_bom_removal(head).0
}

/// Feeds and sitemaps, whatever their content type says.
fn kind_by_body(input: &Input<'_>, head: &str) -> Option<Kind> {
    let head = trim(head);
    if head.starts_with('{') {
        // Keys have no order: what writes them sorted puts the version last.
        let tail = &input.body[input.body.len().saturating_sub(HEAD_BYTES)..];
        let is_feed = head.contains(JSON_FEED) || String::from_utf8_lossy(tail).contains(JSON_FEED);
        return is_feed.then_some(Kind::Feed);
    }
    if head.starts_with('<') {
        return kind_by_element(head);
    }
    // A text that goes on may end within a line.
    let is_cut = input.body.len() >= HEAD_BYTES;
    let whole = if is_cut { head.rsplit_once('\n').map_or(head, |(whole, _)| whole) } else { head };
    is_list(whole, 2).then_some(Kind::Sitemap)
}

fn trim(head: &str) -> &str {
    head.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{feff}')
}

fn kind_by_element(head: &str) -> Option<Kind> {
    let name = first_element(head)?;
    let local = name.rsplit(':').next().unwrap_or(name).to_ascii_lowercase();
    match local.as_str() {
        "rss" | "feed" => Some(Kind::Feed),
        // RDF is written of many things.
        "rdf" => {
            let is_feed = ["purl.org/rss/", "netscape.com/rdf", "<channel", "<item"];
            is_feed.iter().any(|mark| head.contains(mark)).then_some(Kind::Feed)
        }
        "urlset" | "sitemapindex" => Some(Kind::Sitemap),
        _ => None,
    }
}

/// The name of the first element, behind declarations and comments.
fn first_element(head: &str) -> Option<&str> {
    let mut rest = behind_comments(head)?;
    while rest.starts_with("<!") {
        rest = behind_comments(behind_doctype(rest)?)?;
    }
    let name = rest.strip_prefix('<')?;
    Some(&name[..name.find(|c: char| c.is_whitespace() || "/>".contains(c))?])
}

/// What follows comments and processing instructions.
fn behind_comments(text: &str) -> Option<&str> {
    let mut rest = text.trim_start();
    loop {
        let end = if rest.starts_with("<!--") {
            // `<!-->` is a whole comment, so the two dashes may be the opening ones.
            2 + rest[2..].find("-->")? + 3
        } else if rest.starts_with("<?") {
            rest.find('>')? + 1
        } else {
            return Some(rest);
        };
        rest = rest[end..].trim_start();
    }
}

/// What follows a document type, whose inner part may hold declarations.
fn behind_doctype(text: &str) -> Option<&str> {
    let end = text.find(['>', '['])?;
    if text[end..].starts_with('>') {
        return Some(&text[end + 1..]);
    }
    let inner_end = end + text[end..].find(']')?;
    Some(&text[inner_end + text[inner_end..].find('>')? + 1..])
}

fn kind_by_type(input: &Input<'_>, head: &str) -> Kind {
    let essence = essence(input.content_type.unwrap_or_default());
    let is_vague = VAGUE.contains(&essence.as_str()) || !essence.contains('/');
    let begins_page = || behind_comments(trim(head)).is_some_and(|t| looks_like_html(t.as_bytes()));
    if is_html(input) || (is_vague && begins_page()) { Kind::Page } else { Kind::Other }
}

#[cfg(test)]
mod tests;
