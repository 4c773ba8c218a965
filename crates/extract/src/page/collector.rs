//! The pass over the bytes: everything of interest, as written, in document order.

mod head;

use std::cell::RefCell;
use std::ops::Range;
use std::rc::Rc;

use crawl::url::URL_BYTES_MAX;
use encoding_rs::{Encoding, UTF_8};
use lol_html::errors::RewritingError;
use lol_html::html_content::{Element, EndTag};
use lol_html::{AsciiCompatibleEncoding, HtmlRewriter, MemorySettings, Settings, element};

use super::article::Metas;
use super::open::OpenElements;
use super::{Guard, Limits};
use crate::reference::decode_attribute;
use crate::robots::RobotsMeta;
use crate::usage::TdmNotice;
use head::{FeedAsWritten, enter_script};

/// Anchors kept for each link that may be kept in the end: most pages link to a page several times.
const ANCHORS_PER_LINK: usize = 3;

/// How many `<noscript>` of a page are looked into: real pages have one for each lazy image.
const NOSCRIPTS_MAX: usize = 2_000;

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
    pub(super) tdm: TdmNotice,
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
    // One limit is enough: a handler for each of millions of elements would take more memory than
    // the page.
    if pass.found.guard.is_some() || !element.can_have_content() {
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
}

fn attribute(element: &Element<'_, '_>, name: &str) -> Option<String> {
    element.get_attribute(name).map(|value| decode_attribute(&value).into_owned())
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
