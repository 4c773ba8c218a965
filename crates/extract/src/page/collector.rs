//! The pass over the bytes: everything of interest, as written, in document order.

use std::cell::RefCell;
use std::ops::Range;
use std::rc::Rc;

use crawl::url::URL_BYTES_MAX;
use encoding_rs::{Encoding, UTF_8};
use lol_html::errors::RewritingError;
use lol_html::html_content::{Element, EndTag};
use lol_html::{AsciiCompatibleEncoding, HtmlRewriter, MemorySettings, Settings, element};

use super::article::{self, Metas};
use super::open::OpenElements;
use super::{Guard, Limits, refresh_target};
use crate::reference::decode_attribute;
use crate::robots::RobotsMeta;
use crate::text::plain;

/// Anchors kept for each link that may be kept in the end: most pages link to a page several times.
const ANCHORS_PER_LINK: usize = 3;

/// `<meta>` and `<link>` elements of a sort that are kept; the first usable one counts.
const CANDIDATES_MAX: usize = 16;

/// How many `<noscript>` of a page are looked into: real pages have one for each lazy image.
const NOSCRIPTS_MAX: usize = 2_000;

/// Feeds kept of a page. Large outlets name some 40.
const FEEDS_MAX: usize = 128;

/// Longest title of a feed, in bytes.
const FEED_TITLE_BYTES_MAX: usize = 200;

/// Media types of feeds, and those that feeds are given by mistake.
const FEED_MEDIA: &[&str] = &[
    "application/atom+xml",
    "application/feed+json",
    "application/json",
    "application/rdf+xml",
    "application/rss+xml",
    "application/xml",
    "text/rss+xml",
    "text/xml",
];

/// Scripts of JSON-LD that are looked into, and how much of them in all, in bytes: an article with
/// its text in it takes some 20,000.
const SCRIPTS_MAX: usize = 32;
const SCRIPT_BYTES_MAX: usize = 512 * 1024;

/// How deep `<noscript>` may lie in each other; the standard forbids it altogether.
const NOSCRIPTS_NESTED_MAX: usize = 3;

/// What was found, before anything is resolved.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) anchors: Vec<Anchor>,
    pub(super) base: Option<String>,
    pub(super) canonicals: Vec<String>,
    pub(super) refresh: Vec<String>,
    pub(super) robots: RobotsMeta,
    pub(super) feeds: Vec<FeedAsWritten>,
    pub(super) metas: Metas,
    /// The contents of scripts that are JSON-LD.
    pub(super) scripts: Vec<String>,
    pub(super) guard: Option<Guard>,
    /// Anchors that were too long or too many.
    pub(super) refused: u32,
}

/// A link as it is written.
#[derive(Debug)]
pub(super) struct Anchor {
    /// Where its tag begins, in bytes.
    offset: usize,
    pub(super) href: String,
    pub(super) rel: String,
}

/// A link to a feed as it is written.
#[derive(Debug)]
pub(super) struct FeedAsWritten {
    pub(super) href: String,
    pub(super) title: Option<String>,
    /// Lower-case, without parameters.
    pub(super) media: String,
}

/// Reads a body in a given encoding.
pub(super) fn collect(
    body: &[u8],
    encoding: &'static Encoding,
    token: &str,
    limits: &Limits,
) -> Found {
    let size = (body.len() > limits.body_bytes_max).then_some(Guard::Size);
    // The parser needs tags to look like ASCII.
    let decoded = (!encoding.is_ascii_compatible()).then(|| encoding.decode(body).0);
    let (body, encoding) = match &decoded {
        Some(text) => (text.as_bytes(), UTF_8),
        None => (body, encoding),
    };
    let mut pass = Pass::new(token, limits);
    pass.found.guard = size;
    // Ranges of text still to be read, with how many `<noscript>` they lie in.
    let mut texts = vec![(0..body.len(), 0)];
    let mut at = 0;
    while let Some((range, nested)) = texts.get(at).cloned() {
        at += 1;
        let inner = pass.run(&body[range.clone()], encoding, range.start);
        if nested == NOSCRIPTS_NESTED_MAX && !inner.is_empty() {
            pass.note(Guard::Depth);
            continue;
        }
        let room = NOSCRIPTS_MAX.saturating_sub(texts.len());
        if inner.len() > room {
            pass.note(Guard::Elements);
        }
        texts.extend(inner.into_iter().take(room).map(|range| (range, nested + 1)));
    }
    pass.found.anchors.sort_by_key(|anchor| anchor.offset);
    pass.read_scripts(body, encoding);
    pass.found
}

/// The state of a pass; handlers share it.
struct Pass {
    found: Found,
    token: String,
    limits: Limits,
    /// Where the text that is read begins in the body, in bytes.
    start: usize,
    open: OpenElements,
    elements: usize,
    /// How many `<template>` are open.
    templates: usize,
    noscripts: Vec<Range<usize>>,
    /// Where the contents of scripts that are JSON-LD lie.
    scripts: Vec<Range<usize>>,
}

impl Pass {
    fn new(token: &str, limits: &Limits) -> Self {
        Self {
            found: Found::default(),
            token: token.to_ascii_lowercase(),
            limits: *limits,
            start: 0,
            open: OpenElements::default(),
            elements: 0,
            templates: 0,
            noscripts: Vec::new(),
            scripts: Vec::new(),
        }
    }

    /// Reads a text that begins at `start` of the body; returns where `<noscript>` contents lie.
    fn run(&mut self, text: &[u8], encoding: &'static Encoding, start: usize) -> Vec<Range<usize>> {
        let empty = Self::new("", &self.limits);
        let shared = Rc::new(RefCell::new(std::mem::replace(self, empty)));
        {
            let mut pass = shared.borrow_mut();
            pass.start = start;
            pass.templates = 0;
            pass.open = OpenElements::default();
        }
        let outcome = parse(text, encoding, self.limits.parser_memory_bytes_max, &shared);
        std::mem::swap(self, &mut shared.borrow_mut());
        if let Err(RewritingError::MemoryLimitExceeded(_)) = outcome {
            // Above all others: it alone says that links are missing.
            self.found.guard = Some(Guard::Memory);
        }
        let noscripts = std::mem::take(&mut self.noscripts);
        let within = |at: usize| start + at.min(text.len());
        noscripts.into_iter().map(|r| within(r.start)..within(r.end.max(r.start))).collect()
    }

    /// Takes the scripts out of the body, as far as there is room for them.
    fn read_scripts(&mut self, body: &[u8], encoding: &'static Encoding) {
        let mut room = SCRIPT_BYTES_MAX;
        for range in std::mem::take(&mut self.scripts) {
            let Some(bytes) = body.get(range.start..range.end.min(body.len())) else { continue };
            if bytes.len() <= room {
                room -= bytes.len();
                let text = encoding.decode_without_bom_handling(bytes).0;
                self.found.scripts.push(text.into_owned());
            }
        }
    }

    fn note(&mut self, guard: Guard) {
        self.found.guard.get_or_insert(guard);
    }
}

type Shared = Rc<RefCell<Pass>>;

fn parse(
    text: &[u8],
    encoding: &'static Encoding,
    memory_bytes_max: usize,
    shared: &Shared,
) -> Result<(), RewritingError> {
    let encoding =
        AsciiCompatibleEncoding::new(encoding).unwrap_or_else(AsciiCompatibleEncoding::utf_8);
    let memory = MemorySettings::new().with_max_allowed_memory_usage(memory_bytes_max);
    let settings = Settings::new()
        .with_encoding(encoding)
        .with_memory_settings(memory)
        .with_strict(false)
        .append_element_content_handler(element!("*", |element| {
            visit(element, shared);
            Ok(())
        }));
    let mut rewriter = HtmlRewriter::new(settings, |_: &[u8]| {});
    rewriter.write(text)?;
    rewriter.end()
}

fn visit(element: &mut Element<'_, '_>, shared: &Shared) {
    let name = element.tag_name();
    look(element, &name, shared);
    measure(element, name, shared);
}

/// Keeps what an element says.
fn look(element: &mut Element<'_, '_>, name: &str, shared: &Shared) {
    let mut pass = shared.borrow_mut();
    match name {
        "template" => enter_template(element, &mut pass, shared),
        _ if pass.templates > 0 => {}
        "noscript" => enter_noscript(element, &mut pass, shared),
        "a" | "area" => pass.anchor(element),
        "base" if pass.found.base.is_none() => pass.found.base = attribute(element, "href"),
        "link" => pass.link(element),
        "meta" => pass.meta(element),
        "script" => enter_script(element, &mut pass, shared),
        _ => {}
    }
}

/// Counts an element for the guard.
fn measure(element: &mut Element<'_, '_>, name: String, shared: &Shared) {
    let mut pass = shared.borrow_mut();
    let limits = pass.limits;
    pass.elements += 1;
    if pass.elements > limits.elements_max {
        pass.note(Guard::Elements);
    }
    // An attribute takes two bytes at least; so most tags need not be taken apart.
    let tag_bytes = element.source_location().bytes().len();
    if tag_bytes / 2 > limits.attributes_max && element.attributes().len() > limits.attributes_max {
        pass.note(Guard::Attributes);
    }
    if pass.found.guard == Some(Guard::Depth) || !element.can_have_content() {
        return;
    }
    if pass.open.depth() >= limits.depth_max {
        pass.note(Guard::Depth);
        return;
    }
    let opened = pass.open.open(&name);
    let shared = Rc::clone(shared);
    on_end(element, move |end| {
        if end.name() == name {
            shared.borrow_mut().open.end(opened);
        }
    });
}

/// Runs `act` at the end tag that closes the element: its own, or that of an element around it.
/// Elements that cannot have content never get there.
fn on_end(element: &mut Element<'_, '_>, act: impl FnOnce(&EndTag<'_>) + 'static) {
    if let Some(handlers) = element.end_tag_handlers() {
        handlers.push(Box::new(move |end| {
            act(end);
            Ok(())
        }));
    }
}

/// What lies in a template is not part of the page, unless it becomes a shadow tree at once.
///
/// A template that is left open ends with the element around it: a browser would let it go on, but
/// the links of all the rest are worth more than those of a broken template cost.
fn enter_template(element: &mut Element<'_, '_>, pass: &mut Pass, shared: &Shared) {
    if pass.templates == 0 && element.has_attribute("shadowrootmode") {
        return;
    }
    let before = pass.templates;
    pass.templates += 1;
    let shared = Rc::clone(shared);
    on_end(element, move |_| shared.borrow_mut().templates = before);
}

fn enter_noscript(element: &mut Element<'_, '_>, pass: &mut Pass, shared: &Shared) {
    let at = pass.noscripts.len();
    // Without an end tag it reaches to the end of the text.
    pass.noscripts.push(element.source_location().bytes().end..usize::MAX);
    let shared = Rc::clone(shared);
    on_end(element, move |end| {
        let stop = end.source_location().bytes().start;
        if let Some(range) = shared.borrow_mut().noscripts.get_mut(at) {
            range.end = stop;
        }
    });
}

/// A script of JSON-LD; one without an end tag is cut, and left out.
fn enter_script(element: &mut Element<'_, '_>, pass: &mut Pass, shared: &Shared) {
    let Some(media) = element.get_attribute("type") else { return };
    let is_json_ld = media_type(&media).eq_ignore_ascii_case("application/ld+json");
    if !is_json_ld || pass.scripts.len() >= SCRIPTS_MAX {
        return;
    }
    let text_start = pass.start;
    let start = text_start + element.source_location().bytes().end;
    let shared = Rc::clone(shared);
    on_end(element, move |end| {
        let stop = text_start + end.source_location().bytes().start;
        shared.borrow_mut().scripts.push(start..stop);
    });
}

impl Pass {
    fn anchor(&mut self, element: &Element<'_, '_>) {
        let Some(href) = attribute(element, "href") else { return };
        let rel = tokens(&attribute(element, "rel").unwrap_or_default());
        // `ugc` and `sponsored` say who wrote a link or who paid for it, not to stay away.
        if rel.split(' ').any(|token| token == "nofollow") {
            return;
        }
        let href = href.trim_matches(|c: char| c <= ' ');
        let full = self.found.anchors.len() >= self.limits.links_max * ANCHORS_PER_LINK;
        if full || (href.len() > URL_BYTES_MAX && !has_other_scheme(href)) {
            self.found.refused = self.found.refused.saturating_add(1);
            return;
        }
        if href.len() <= URL_BYTES_MAX {
            let offset = self.start + element.source_location().bytes().start;
            self.found.anchors.push(Anchor { offset, href: href.to_owned(), rel });
        }
    }

    fn link(&mut self, element: &Element<'_, '_>) {
        let Some(rel) = attribute(element, "rel") else { return };
        let has = |token: &str| rel.split_ascii_whitespace().any(|t| t.eq_ignore_ascii_case(token));
        if has("canonical") {
            if let Some(href) = attribute(element, "href") {
                push_candidate(&mut self.found.canonicals, href);
            }
        } else if (has("alternate") || has("feed")) && !has("nofollow") && !has("stylesheet") {
            self.feed_link(element, has("feed"));
        }
    }

    /// An alternative form of the page: a feed, or the page in other words.
    fn feed_link(&mut self, element: &Element<'_, '_>, is_feed: bool) {
        let media = attribute(element, "type").unwrap_or_default();
        let media = media_type(&media).to_ascii_lowercase();
        if !is_feed && !FEED_MEDIA.contains(&media.as_str()) {
            return;
        }
        let Some(href) = attribute(element, "href") else { return };
        let href = href.trim_matches(|c: char| c <= ' ');
        // WordPress names the data of the page itself this way.
        let is_page_data = media == "application/json" && href.contains("/wp-json");
        let has_room = self.found.feeds.len() < FEEDS_MAX && href.len() <= URL_BYTES_MAX;
        if href.is_empty() || is_page_data || !has_room {
            return;
        }
        let title = attribute(element, "title").map(|text| plain(&text, FEED_TITLE_BYTES_MAX));
        let title = title.filter(|text| !text.is_empty());
        self.found.feeds.push(FeedAsWritten { href: href.to_owned(), title, media });
    }

    fn meta(&mut self, element: &Element<'_, '_>) {
        let Some(content) = attribute(element, "content") else { return };
        let name = attribute(element, "name").unwrap_or_default();
        let name = name.trim().to_ascii_lowercase();
        if name == "robots" || name == self.token {
            self.found.robots.add_meta(&content);
        }
        let property = attribute(element, "property").unwrap_or_default();
        let property = property.trim().to_ascii_lowercase();
        for known in [property, name].iter().filter(|name| article::is_known(name)) {
            self.found.metas.add(known, &content);
        }
        let pragma = attribute(element, "http-equiv").unwrap_or_default();
        if pragma.trim().eq_ignore_ascii_case("refresh")
            && let Some(target) = refresh_target(&content)
        {
            push_candidate(&mut self.found.refresh, target);
        }
    }
}

fn push_candidate(list: &mut Vec<String>, value: String) {
    if list.len() < CANDIDATES_MAX && value.len() <= URL_BYTES_MAX {
        list.push(value);
    }
}

fn attribute(element: &Element<'_, '_>, name: &str) -> Option<String> {
    element.get_attribute(name).map(|value| decode_attribute(&value).into_owned())
}

/// A media type without its parameters.
fn media_type(media: &str) -> &str {
    media.split(';').next().unwrap_or(media).trim()
}

/// `rel` tokens in lower case, one space between them.
fn tokens(rel: &str) -> String {
    let mut out = String::with_capacity(rel.len());
    for token in rel.split_ascii_whitespace() {
        if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(&token.to_ascii_lowercase());
    }
    out
}

/// Whether it is certainly not http(s): `data:` and `javascript:` URLs may be long.
fn has_other_scheme(href: &str) -> bool {
    let Some((scheme, _)) = href.split_once(':') else { return false };
    let is_scheme = scheme.bytes().all(|b| b.is_ascii_alphanumeric() || b"+-.".contains(&b))
        && scheme.starts_with(|c: char| c.is_ascii_alphabetic());
    is_scheme && !scheme.eq_ignore_ascii_case("http") && !scheme.eq_ignore_ascii_case("https")
}
