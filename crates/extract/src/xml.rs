//! XML as the web writes it: the elements of a text in order, whatever is broken in it.
//!
//! `quick-xml` finds the markup; what it would stop at is repaired here. End tags that match
//! nothing, stray `<` and `&`, undeclared prefixes and a missing end cost what they touch and no
//! more. Entities of a document type are never expanded, so there are no bombs.

use std::borrow::Cow;

use quick_xml::Reader;
use quick_xml::errors::Error;
use quick_xml::events::Event;
use quick_xml::events::attributes::Attributes;

use crate::reference::decode_attribute;

/// Deepest element that is told of. Feeds and sitemaps nest less than ten deep.
const DEPTH_MAX: usize = 256;

/// How often a text may be gone over again, as a multiple of its length, to get past what is
/// broken.
const REREAD_FACTOR: usize = 8;

/// Attributes of a tag that are looked at.
const ATTRIBUTES_MAX: usize = 64;

/// Longest attribute value that is looked at, in bytes.
const ATTRIBUTE_BYTES_MAX: usize = 16 * 1024;

/// Elements that hold others. A wrong end tag does not close them, as it does an element of text.
const STRUCTURE: &[&str] = &[
    "channel",
    "entry",
    "feed",
    "item",
    "items",
    "news",
    "rdf",
    "rss",
    "sitemap",
    "sitemapindex",
    "url",
    "urlset",
];

/// Elements of HTML whose stray end tags appear in texts that were not escaped.
const HTML: &[&str] = &[
    "a",
    "b",
    "blockquote",
    "br",
    "center",
    "div",
    "em",
    "font",
    "i",
    "img",
    "li",
    "p",
    "s",
    "small",
    "span",
    "strong",
    "sub",
    "sup",
    "u",
    "ul",
];

/// A step through a document.
pub(crate) enum Token<'a> {
    /// An element begins; [`Tokens::depth`] counts it already.
    Open(Tag<'a>),
    /// The innermost element ended; [`Tokens::depth`] does not count it any more.
    Close,
    /// Characters in the innermost element, references resolved. One text may come in many pieces.
    Text(Cow<'a, str>),
}

/// A start tag.
#[derive(Clone, Copy)]
pub(crate) struct Tag<'a> {
    /// What stands before the colon of its name; empty without one.
    pub(crate) prefix: &'a str,
    /// The name without its prefix.
    pub(crate) local: &'a str,
    /// The whole inside of the tag.
    content: &'a str,
    name_bytes: usize,
}

impl<'a> Tag<'a> {
    fn new(content: &'a str) -> Self {
        let ends = |b: u8| b.is_ascii_whitespace() || b == b'/';
        let end = content.bytes().position(ends).unwrap_or(content.len());
        let name = &content[..end];
        let (prefix, local) = match name.bytes().position(|b| b == b':') {
            Some(colon) => (&name[..colon], &name[colon + 1..]),
            None => ("", name),
        };
        Self { prefix, local, content, name_bytes: end }
    }

    /// Whether the name without its prefix is this one, in any case.
    pub(crate) fn is(&self, local: &str) -> bool {
        self.local.eq_ignore_ascii_case(local)
    }

    /// Whether this is its prefix. Most have none, and comparing nothing is not free.
    pub(crate) fn has_prefix(&self, prefix: &str) -> bool {
        self.prefix.len() == prefix.len() && (prefix.is_empty() || self.prefix == prefix)
    }

    /// The value of an attribute by its full name, in any case.
    pub(crate) fn attribute(&self, name: &str) -> Option<Cow<'a, str>> {
        let value =
            self.attributes().find_map(|(n, v)| n.eq_ignore_ascii_case(name).then_some(v))?;
        (value.len() <= ATTRIBUTE_BYTES_MAX).then(|| decode_attribute(value))
    }

    /// Names and values as they are written.
    pub(crate) fn attributes(&self) -> impl Iterator<Item = (&'a str, &'a str)> + use<'a> {
        let mut attributes = Attributes::html(self.content, self.name_bytes);
        attributes.with_checks(false);
        attributes.take(ATTRIBUTES_MAX).filter_map(Result::ok).filter_map(|attribute| {
            let Cow::Borrowed(value) = attribute.value else { return None };
            Some((attribute.key.0, value))
        })
    }
}

/// The steps through a text.
pub(crate) struct Tokens<'a> {
    text: &'a str,
    reader: Reader<&'a [u8]>,
    /// Where the reader began, in bytes.
    start: usize,
    /// Bytes that may still be gone over again.
    rereads: usize,
    /// Full names of the open elements.
    open: Vec<&'a str>,
    /// Elements that are open beyond [`DEPTH_MAX`].
    beyond: usize,
    /// Ends that are still to be told.
    closing: usize,
    damaged: bool,
    done: bool,
}

impl<'a> Tokens<'a> {
    /// Begins a text.
    pub(crate) fn new(text: &'a str) -> Self {
        let text = text.trim_start_matches('\u{feff}');
        Self {
            text,
            reader: reader(text),
            start: 0,
            rereads: text.len().saturating_mul(REREAD_FACTOR),
            open: Vec::new(),
            beyond: 0,
            closing: 0,
            damaged: false,
            done: false,
        }
    }

    /// How many elements are open.
    pub(crate) fn depth(&self) -> usize {
        self.open.len()
    }

    /// The local name of the element around the innermost one; empty for the root.
    pub(crate) fn parent(&self) -> &'a str {
        let parent = self.depth().checked_sub(2).and_then(|at| self.open.get(at));
        parent.map_or("", |name| local(name))
    }

    /// Whether something was not as it must be, or is missing at the end.
    pub(crate) fn is_damaged(&self) -> bool {
        self.damaged || (self.done && !self.open.is_empty())
    }

    /// Moves the element that was just opened out of those around it: their end tags are missing.
    pub(crate) fn lift(&mut self, depth: usize) {
        if let Some(name) = self.open.pop() {
            self.open.truncate(depth.saturating_sub(1));
            self.open.push(name);
            self.damaged = true;
        }
    }

    /// The first element; none where there is no element at all.
    pub(crate) fn root(&mut self) -> Option<Tag<'a>> {
        loop {
            match self.next()? {
                Token::Open(tag) => return Some(tag),
                Token::Close | Token::Text(_) => {}
            }
        }
    }

    /// The next step; none at the end. What is open there is not closed.
    pub(crate) fn next(&mut self) -> Option<Token<'a>> {
        loop {
            if self.closing > 0 {
                self.closing -= 1;
                self.open.pop();
                return Some(Token::Close);
            }
            if self.done {
                return None;
            }
            if let Some(token) = self.step() {
                return Some(token);
            }
        }
    }

    /// Reads one piece of markup or text; it may have nothing to tell.
    fn step(&mut self) -> Option<Token<'a>> {
        let from = self.position();
        let event = self.reader.read_event();
        let raw = self.text.get(from..self.position()).unwrap_or_default();
        match event {
            Ok(Event::Start(_) | Event::Empty(_) | Event::End(_)) => self.tag(from, raw),
            Ok(Event::Text(text)) => {
                self.damaged |= raw.starts_with('&');
                self.text(text.into_inner())
            }
            Ok(Event::CData(text)) => self.text(text.into_inner()),
            Ok(Event::GeneralRef(_)) => {
                let text = self.reference(raw);
                self.text(text)
            }
            Ok(Event::Eof) => {
                self.done = true;
                None
            }
            Ok(_) => None,
            Err(Error::IllFormed(_)) => {
                self.damaged = true;
                None
            }
            Err(Error::Syntax(_)) => self.mend(from),
            Err(_) => self.stop(),
        }
    }

    fn position(&self) -> usize {
        self.start + usize::try_from(self.reader.buffer_position()).unwrap_or(usize::MAX)
    }

    fn text(&self, text: Cow<'a, str>) -> Option<Token<'a>> {
        (self.beyond == 0 && !text.is_empty()).then_some(Token::Text(text))
    }

    fn reference(&mut self, raw: &'a str) -> Cow<'a, str> {
        match raw {
            "&amp;" => "&".into(),
            "&lt;" => "<".into(),
            "&gt;" => ">".into(),
            _ => {
                let text = decode_attribute(raw);
                self.damaged |= text == raw;
                text
            }
        }
    }

    /// Takes a tag, `<` and `>` included.
    fn tag(&mut self, from: usize, raw: &'a str) -> Option<Token<'a>> {
        let content = raw.strip_prefix('<')?.strip_suffix('>')?;
        if self.closes_top(content) {
            self.open.pop();
            return Some(Token::Close);
        }
        // A tag has no `<` in it: this is another one, and the end of this one is missing.
        if let Some(next) = content.bytes().position(|b| b == b'<') {
            return self.resume(from, from + 1 + next);
        }
        if let Some(end) = content.strip_prefix('/') {
            return self.close(Tag::new(end.trim_ascii_start()));
        }
        if content.starts_with(|c: char| c.is_ascii_whitespace()) || content.is_empty() {
            self.damaged = true;
            return self.text(raw.into());
        }
        let (content, is_empty) = match content.strip_suffix('/') {
            Some(content) => (content, true),
            None => (content, false),
        };
        if self.open.len() >= DEPTH_MAX || self.beyond > 0 {
            self.damaged = true;
            self.beyond += usize::from(!is_empty);
            return None;
        }
        let tag = Tag::new(content);
        self.open.push(&content[..tag.name_bytes]);
        self.closing = usize::from(is_empty);
        Some(Token::Open(tag))
    }

    /// Whether a tag is the end of the innermost element as it should be.
    fn closes_top(&self, content: &str) -> bool {
        let name = content.strip_prefix('/').filter(|_| self.beyond == 0);
        name.is_some_and(|name| self.open.last().is_some_and(|top| *top == name))
    }

    fn close(&mut self, tag: Tag<'a>) -> Option<Token<'a>> {
        if self.beyond > 0 {
            self.beyond -= 1;
            return None;
        }
        let name = &tag.content[..tag.name_bytes];
        if self.open.last() == Some(&name) {
            self.open.pop();
            return Some(Token::Close);
        }
        self.damaged = true;
        if let Some(at) = self.open.iter().rposition(|open| *open == name) {
            self.closing = self.open.len() - at;
        } else if self.open.last().is_some_and(|top| !has(STRUCTURE, local(top)))
            && !has(HTML, tag.local)
        {
            self.closing = 1;
        }
        None
    }

    /// Goes on behind what cannot be read. What is cut within a comment or the like has no rest.
    fn mend(&mut self, from: usize) -> Option<Token<'a>> {
        let rest = self.text.get(from..).unwrap_or_default();
        let is_open = ["<![CDATA[", "<!--", "<?"].iter().any(|start| rest.starts_with(start));
        match rest.get(1..).filter(|_| !is_open).and_then(|rest| rest.find('<')) {
            Some(next) => self.resume(from, from + 1 + next),
            None => self.stop(),
        }
    }

    /// Reads on at `next`, a `<`. What lies before is text where it could be no tag.
    fn resume(&mut self, from: usize, next: usize) -> Option<Token<'a>> {
        self.damaged = true;
        let again = self.position().saturating_sub(next);
        let Some(rereads) = self.rereads.checked_sub(again) else { return self.stop() };
        self.rereads = rereads;
        let (skipped, rest) = (self.text.get(from..next)?, self.text.get(next..)?);
        self.start = next;
        self.reader = reader(rest);
        let begins_tag = |c: char| c.is_alphabetic() || "/!?".contains(c);
        if skipped[1..].starts_with(begins_tag) { None } else { self.text(skipped.into()) }
    }

    fn stop(&mut self) -> Option<Token<'a>> {
        self.damaged = true;
        self.done = true;
        None
    }
}

fn reader(text: &str) -> Reader<&[u8]> {
    let mut reader = Reader::from_str(text);
    let config = reader.config_mut();
    config.allow_dangling_amp = true;
    config.allow_unmatched_ends = true;
    config.check_end_names = false;
    reader
}

fn local(name: &str) -> &str {
    name.split_once(':').map_or(name, |(_, local)| local)
}

fn has(names: &[&str], name: &str) -> bool {
    names.iter().any(|n| n.eq_ignore_ascii_case(name))
}
