//! A glance at what a reader would see of a page: its blocks of text, and the digest of it all.
//!
//! One pass over the decoded bytes, without a tree and without attributes beyond those that tell a
//! banner from the page below it. It is right enough to tell a wall from an article, and to know
//! the same text again; for reading articles it is far too coarse.

mod tag;

use crawl::TextDigest;
use crawl::digest::Digester;
use memchr::{memchr, memmem};

use crate::charset::{self, Charset};
use crate::reference::decode_attribute;
use tag::{Element, is_banner, raw_content, tag_end};

/// Blocks of the page that are kept, and of each so many bytes.
const BLOCKS_MAX: usize = 80;
const BLOCK_BYTES_MAX: usize = 1_000;

/// Bytes of the text of banners that are kept.
const OVERLAY_BYTES_MAX: usize = 8_000;

/// Bytes of a page that are looked at.
const BODY_BYTES_MAX: usize = 3_000_000;

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

/// Glances at a body in a charset: no more of it is decoded than is looked at.
pub fn skim_body(body: &[u8], charset: Charset) -> Skim {
    skim(&charset::decode(&body[..body.len().min(BODY_BYTES_MAX)], charset))
}

/// Glances at a page.
pub fn skim(html: &str) -> Skim {
    let html = &html[..html.floor_char_boundary(BODY_BYTES_MAX)];
    let mut pass = Pass::default();
    let mut rest = html;
    while let Some(at) = memchr(b'<', rest.as_bytes()) {
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
    /// What lies around: the element that began it, and how many of its kind are open.
    around: Option<(Zone, Element, usize)>,
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
        if zone != Zone::Overlay {
            self.digester.add(text);
        }
        if zone == Zone::Page {
            self.skim.chars += visible_chars(text);
        }
        if self.has_room(zone) && self.block.len() < OVERLAY_BYTES_MAX {
            self.block.push_str(text);
        }
    }

    /// Whether blocks of a zone are still kept.
    fn has_room(&self, zone: Zone) -> bool {
        match zone {
            Zone::Page => self.skim.blocks.len() < BLOCKS_MAX,
            Zone::Overlay => self.skim.overlay.len() < OVERLAY_BYTES_MAX,
            Zone::Beside => false,
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
            // A whole comment (HTML, "abrupt closing of empty comment").
            if let Some(after) = comment.strip_prefix("->").or(comment.strip_prefix('>')) {
                return after;
            }
            let end = memmem::find(comment.as_bytes(), b"-->");
            return end.map_or("", |end| &comment[end + 3..]);
        }
        let inner = &text[1..];
        let is_end = inner.starts_with('/');
        let named = inner.trim_start_matches('/');
        if !named.starts_with(|c: char| c.is_ascii_alphabetic()) {
            if inner.starts_with(['!', '?', '/']) {
                let end = memchr(b'>', inner.as_bytes());
                return end.map_or("", |end| &inner[end + 1..]);
            }
            self.text("<");
            return inner;
        }
        let end = tag_end(named);
        let tag = &named[..end];
        let after = named.get(end + 1..).unwrap_or_default();
        let name_end = tag.bytes().position(|b| !(b.is_ascii_alphanumeric() || b == b'-'));
        let (name, attributes) = tag.split_at(name_end.unwrap_or(tag.len()));
        let element = Element::of(name);
        if is_end {
            self.end_tag(element);
            return after;
        }
        if element == Element::Title && self.skim.title.is_empty() {
            let (title, rest) = raw_content(name, after);
            self.skim.title = plain(title, BLOCK_BYTES_MAX);
            self.digester.add(title);
            return rest;
        }
        if element == Element::Raw && !attributes.ends_with('/') {
            return raw_content(name, after).1;
        }
        self.start_tag(element, attributes);
        after
    }

    fn start_tag(&mut self, element: Element, attributes: &str) {
        if !element.is_inline() {
            self.end_block();
        }
        match element {
            Element::Anchor if self.zone() == Zone::Page => self.skim.links += 1,
            Element::Button => self.skim.buttons += 1,
            Element::Input => self.input(attributes),
            _ => {}
        }
        match &mut self.around {
            Some((_, around, open)) if *around == element => *open += 1,
            Some(_) => {}
            None => self.enter(element, attributes),
        }
    }

    fn input(&mut self, attributes: &str) {
        let attributes = attributes.to_ascii_lowercase();
        self.skim.passwords += usize::from(attributes.contains("password"));
        self.skim.buttons += usize::from(attributes.contains("submit"));
    }

    /// Begins what lies beside or over the page.
    fn enter(&mut self, element: Element, attributes: &str) {
        let is_banner = element.may_be_banner() && is_banner(attributes);
        let zone = match element {
            _ if is_banner || element == Element::Dialog => Zone::Overlay,
            _ if element.is_beside() => Zone::Beside,
            _ => return,
        };
        self.around = Some((zone, element, 1));
    }

    fn end_tag(&mut self, element: Element) {
        if !element.is_inline() {
            self.end_block();
        }
        if let Some((_, around, open)) = &mut self.around
            && *around == element
        {
            *open -= 1;
            if *open == 0 {
                self.around = None;
            }
        }
    }

    fn end_block(&mut self) {
        let zone = self.zone();
        if !self.block.trim_ascii().is_empty() && self.has_room(zone) {
            match zone {
                Zone::Overlay => {
                    let room = OVERLAY_BYTES_MAX - self.skim.overlay.len();
                    self.skim.overlay.push_str(&plain(&self.block, room));
                    self.skim.overlay.push(' ');
                }
                _ => self.skim.blocks.push(plain(&self.block, BLOCK_BYTES_MAX)),
            }
        }
        self.block.clear();
    }

    fn finish(mut self) -> Skim {
        self.end_block();
        self.skim.digest = self.digester.finish();
        self.skim
    }
}

/// Characters that are no white space.
fn visible_chars(text: &str) -> usize {
    if text.is_ascii() {
        return text.bytes().filter(|b| !matches!(b, b'\t'..=b'\r' | b' ')).count();
    }
    text.chars().filter(|c| !c.is_whitespace()).count()
}

fn plain(text: &str, bytes_max: usize) -> String {
    crate::text::plain(&decode_attribute(text), bytes_max)
}

#[cfg(test)]
mod tests;
