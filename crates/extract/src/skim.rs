//! A glance at what a reader would see of a page: its blocks of text, and the digest of it all.
//!
//! One pass over the decoded bytes, without a tree and without attributes beyond those that tell a
//! banner from the page below it. It is right enough to tell a wall from an article, and to know
//! the same text again; for reading articles it is far too coarse.

use crawl::TextDigest;
use crawl::digest::Digester;

use crate::charset::{self, Charset};
use crate::reference::decode_attribute;

/// Blocks of the page that are kept, and of each so many bytes.
const BLOCKS_MAX: usize = 80;
const BLOCK_BYTES_MAX: usize = 1_000;

/// Bytes of the text of banners that are kept.
const OVERLAY_BYTES_MAX: usize = 8_000;

/// Bytes of a page that are looked at.
const BODY_BYTES_MAX: usize = 3_000_000;

/// A page proper with less than this says nothing, and something else may be the page, in
/// characters.
pub(crate) const EMPTY_CHARS_MAX: usize = 200;

/// Links from which on a page leads somewhere, as no banner and no wall does.
pub(crate) const LINKS_MIN: usize = 12;

/// Elements whose content is no text.
const RAW: &[&str] = &["script", "style", "svg", "template", "textarea", "select", "iframe"];

/// Elements beside the page proper.
const BESIDE: &[&str] = &["nav", "footer", "aside"];

/// Elements that a line of text goes through.
const INLINE: &[&str] = &[
    "a", "abbr", "b", "bdi", "cite", "code", "em", "font", "i", "img", "kbd", "mark", "q", "s",
    "small", "span", "strong", "sub", "sup", "time", "u", "wbr",
];

/// Elements that a banner may be.
const BANNER_TAGS: &[&str] = &["div", "section", "dialog", "form", "aside"];

/// What the class or id of a banner holds.
const BANNER_NAMES: &[&str] = &[
    "consent",
    "cookie",
    "gdpr",
    "onetrust",
    "didomi",
    "usercentrics",
    "sp_message",
    "cmp-",
    "cmpbox",
    "qc-cmp",
    "overlay",
    "modal",
    "popup",
    "newsletter",
    "paywall",
    "lightbox",
];

/// What is seen of a page.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Skim {
    /// Its title, plain.
    pub title: String,
    /// Its blocks of text, plain, without banners, menus and feet; the first ones, each cut.
    pub blocks: Vec<String>,
    /// The text of banners and what else lies over the page, plain; the first of it.
    pub overlay: String,
    /// Characters of the page proper, banners, menus and feet left out.
    pub chars: usize,
    /// Links of the page proper.
    pub links: usize,
    /// Buttons, and forms' fields to send something with.
    pub buttons: usize,
    /// Fields for a password.
    pub passwords: usize,
    /// The digest of all its text; none where there is too little of it.
    pub digest: Option<TextDigest>,
}

/// Where in the page the pass is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Zone {
    Page,
    Beside,
    Overlay,
}

/// Glances at a page as it came, in its charset. No more of it is decoded than is looked at.
pub fn of(body: &[u8], charset: Charset) -> Skim {
    skim(&charset::decode(&body[..body.len().min(BODY_BYTES_MAX)], charset))
}

/// Glances at a page.
pub fn skim(html: &str) -> Skim {
    let html = &html[..html.floor_char_boundary(BODY_BYTES_MAX)];
    let mut pass = Pass::default();
    let mut rest = html;
    while let Some(at) = rest.find('<') {
        pass.text(&rest[..at]);
        rest = pass.markup(&rest[at..]);
    }
    pass.text(rest);
    pass.finish()
}

#[derive(Default)]
struct Pass {
    skim: Skim,
    digester: Digester,
    /// The block that is under way.
    block: String,
    /// What lies around: the name of the element that began it, and how many of that name are open.
    around: Option<(Zone, String, usize)>,
    over: Over,
}

/// What lies over the page: banners, or all of the page where a frame around it is called like
/// one (`has-newsletter`).
#[derive(Default)]
struct Over {
    blocks: Vec<String>,
    /// Bytes of the blocks.
    bytes: usize,
    chars: usize,
    links: usize,
    digester: Digester,
}

impl Over {
    fn add(&mut self, block: &str) {
        if self.is_full() {
            return;
        }
        let room = OVERLAY_BYTES_MAX - self.bytes;
        let block = plain(block, room);
        // Each parts from the next by a space.
        self.bytes += block.len() + 1;
        if !block.is_empty() {
            self.blocks.push(block);
        }
    }

    fn is_full(&self) -> bool {
        self.bytes >= OVERLAY_BYTES_MAX
    }

    /// Whether it says more than a banner does.
    fn is_page(&self) -> bool {
        self.links >= LINKS_MIN || self.is_full()
    }
}

impl Pass {
    fn zone(&self) -> Zone {
        self.around.as_ref().map_or(Zone::Page, |(zone, ..)| *zone)
    }

    fn text(&mut self, text: &str) {
        if text.trim_ascii().is_empty() {
            self.space();
            return;
        }
        let zone = self.zone();
        let chars = || text.chars().filter(|c| !c.is_whitespace()).count();
        match zone {
            Zone::Page => self.skim.chars += chars(),
            Zone::Overlay => self.over.chars += chars(),
            Zone::Beside => {}
        }
        match zone {
            Zone::Overlay => self.over.digester.add(text),
            Zone::Page | Zone::Beside => self.digester.add(text),
        }
        if zone != Zone::Beside && self.block.len() < OVERLAY_BYTES_MAX {
            self.block.push_str(text);
        }
    }

    fn space(&mut self) {
        if !self.block.is_empty() && !self.block.ends_with(' ') {
            self.block.push(' ');
        }
    }

    /// Goes over one tag, comment or declaration; gives what follows it.
    fn markup<'a>(&mut self, text: &'a str) -> &'a str {
        if let Some(comment) = text.strip_prefix("<!--") {
            // `<!-->` and `<!--->` are whole (HTML, "comment start state").
            if let Some(rest) = [">", "->"].iter().find_map(|end| comment.strip_prefix(end)) {
                return rest;
            }
            return comment.find("-->").map_or("", |end| &comment[end + 3..]);
        }
        let inner = &text[1..];
        let is_end = inner.starts_with('/');
        let named = inner.trim_start_matches('/');
        if !named.starts_with(|c: char| c.is_ascii_alphabetic()) {
            if inner.starts_with(['!', '?', '/']) {
                return inner.find('>').map_or("", |end| &inner[end + 1..]);
            }
            self.text("<");
            return inner;
        }
        let end = tag_end(named);
        let tag = &named[..end];
        let after = named.get(end + 1..).unwrap_or_default();
        let name_end = tag.find(|c: char| !(c.is_ascii_alphanumeric() || c == '-'));
        let (name, attributes) = tag.split_at(name_end.unwrap_or(tag.len()));
        let name = name.to_ascii_lowercase();
        if is_end {
            self.end_tag(&name);
            return after;
        }
        self.start_tag(&name, attributes, after)
    }

    fn start_tag<'a>(&mut self, name: &str, attributes: &str, after: &'a str) -> &'a str {
        if name == "title" && self.skim.title.is_empty() {
            let (title, rest) = raw_content(name, after);
            self.skim.title = plain(title, BLOCK_BYTES_MAX);
            self.digester.add(title);
            return rest;
        }
        if RAW.contains(&name) && !attributes.ends_with('/') {
            return raw_content(name, after).1;
        }
        if !INLINE.contains(&name) {
            self.end_block();
        }
        let zone = self.zone();
        match name {
            "a" if zone == Zone::Page => self.skim.links += 1,
            "a" if zone == Zone::Overlay => self.over.links += 1,
            "button" => self.skim.buttons += 1,
            "input" => self.input(attributes),
            _ => {}
        }
        match &mut self.around {
            Some((_, around, open)) if around == name => *open += 1,
            Some(_) => {}
            None => self.enter(name, attributes),
        }
        after
    }

    fn input(&mut self, attributes: &str) {
        let attributes = attributes.to_ascii_lowercase();
        self.skim.passwords += usize::from(attributes.contains("password"));
        self.skim.buttons += usize::from(attributes.contains("submit"));
    }

    /// Begins what lies beside or over the page.
    fn enter(&mut self, name: &str, attributes: &str) {
        let is_banner = BANNER_TAGS.contains(&name) && is_banner(attributes);
        let zone = match name {
            _ if is_banner || name == "dialog" => Zone::Overlay,
            _ if BESIDE.contains(&name) => Zone::Beside,
            _ => return,
        };
        self.around = Some((zone, name.to_owned(), 1));
    }

    fn end_tag(&mut self, name: &str) {
        if !INLINE.contains(&name) {
            self.end_block();
        }
        if let Some((_, around, open)) = &mut self.around
            && around == name
        {
            *open -= 1;
            if *open == 0 {
                self.around = None;
            }
        }
    }

    fn end_block(&mut self) {
        let block = std::mem::take(&mut self.block);
        if block.trim_ascii().is_empty() {
            return;
        }
        match self.zone() {
            Zone::Page if self.skim.blocks.len() < BLOCKS_MAX => {
                let block = plain(&block, BLOCK_BYTES_MAX);
                // Spaces that do not break are none of ASCII's.
                if !block.is_empty() {
                    self.skim.blocks.push(block);
                }
            }
            Zone::Overlay => self.over.add(&block),
            Zone::Page | Zone::Beside => {}
        }
    }

    fn finish(mut self) -> Skim {
        self.end_block();
        let Self { mut skim, digester, over, .. } = self;
        if skim.chars < EMPTY_CHARS_MAX && over.is_page() {
            let room = BLOCKS_MAX - skim.blocks.len();
            skim.blocks.extend(over.blocks.into_iter().take(room));
            skim.chars += over.chars;
            skim.links += over.links;
            skim.digest = over.digester.finish();
        } else {
            skim.overlay = over.blocks.join(" ");
            skim.digest = digester.finish();
        }
        skim
    }
}

/// Where a tag ends, its quoted values skipped.
fn tag_end(tag: &str) -> usize {
    let mut quote = None;
    for (at, byte) in tag.bytes().enumerate() {
        match (quote, byte) {
            (None, b'>') => return at,
            // A quote opens a value only behind an equals sign.
            (None, b'"' | b'\'') if tag[..at].trim_ascii_end().ends_with('=') => quote = Some(byte),
            (Some(open), _) if open == byte => quote = None,
            _ => {}
        }
    }
    // An open quote would hide all the rest.
    tag.find('>').unwrap_or(tag.len())
}

/// The content of an element that holds no elements, and what follows it.
fn raw_content<'a>(name: &str, after: &'a str) -> (&'a str, &'a str) {
    let mut from = 0;
    while let Some(at) = after[from..].find("</") {
        let end = from + at;
        let candidate = &after.as_bytes()[end + 2..];
        let is_name =
            candidate.get(..name.len()).is_some_and(|n| n.eq_ignore_ascii_case(name.as_bytes()));
        if is_name {
            let rest = &after[end + 2 + name.len()..];
            return (&after[..end], rest.find('>').map_or("", |close| &rest[close + 1..]));
        }
        from = end + 2;
    }
    (after, "")
}

/// Whether the attributes of an element say that it lies over the page.
fn is_banner(attributes: &str) -> bool {
    let attributes = attributes.to_ascii_lowercase();
    let names = ["id=", "class="];
    names.iter().any(|name| {
        attributes.match_indices(name).any(|(at, _)| {
            let value = &attributes[at + name.len()..];
            let value = match value.as_bytes().first() {
                Some(b'"') => value[1..].split('"').next(),
                Some(b'\'') => value[1..].split('\'').next(),
                _ => value.split_ascii_whitespace().next(),
            };
            let value = value.unwrap_or_default();
            BANNER_NAMES.iter().any(|banner| value.contains(banner))
        })
    })
}

fn plain(text: &str, bytes_max: usize) -> String {
    crate::text::plain(&decode_attribute(text), bytes_max)
}

#[cfg(test)]
mod tests;
