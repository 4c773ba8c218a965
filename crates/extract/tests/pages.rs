//! Real pages, judged by a tree builder: `read_page` finds the links that `html5ever` finds.
//!
//! The pages are those of `fixtures/pages`; `NEWSHOUND_PAGES` names another folder with an
//! `index.json` of the same form.

#![allow(missing_docs)]
// Helpers of tests are tests too, which the lint's own exception does not see.
#![allow(clippy::unwrap_used)]

use std::collections::HashSet;
use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use crawl::url::QueryRule;
use crawl::{CanonicalUrl, UnixMicros};
use encoding_rs::Encoding;
use extract::{CharsetSource, Input, Kind, Limits, Page, kind_of, read_page};
use html5ever::tendril::TendrilSink as _;
use html5ever::tree_builder::TreeBuilderOpts;
use html5ever::{ParseOpts, parse_document};
use markup5ever_rcdom::{Handle, NodeData, RcDom};
use serde_json::{Value, json};
use url::Url;

/// A page of the folder.
struct Sample {
    file: String,
    url: Url,
    declared: Option<&'static Encoding>,
    body: Vec<u8>,
    /// What the index says of it.
    entry: Value,
}

#[test]
fn the_charset_is_the_declared_one() {
    for sample in samples() {
        let charset = read(&sample).charset;
        let expected = sample.declared.map_or("UTF-8", Encoding::name);
        assert_eq!(charset.name, expected, "{}", sample.file);
        let sure = [CharsetSource::Meta, CharsetSource::ValidUtf8];
        assert!(sure.contains(&charset.source), "{}: {charset:?}", sample.file);
    }
}

#[test]
fn links_are_those_of_a_tree() {
    let mut total = 0;
    for sample in samples() {
        let page = read(&sample);
        let ours: Vec<String> = page.links.iter().map(|l| l.url.to_string()).collect();
        let theirs = Oracle::read(&sample, &page);
        let missing = difference(&theirs.links, &ours);
        let extra = difference(&ours, &theirs.links);
        assert!(missing.is_empty() && extra.is_empty(), "{}: {missing:?} {extra:?}", sample.file);
        assert_eq!(page.base, theirs.base, "{}", sample.file);
        assert_eq!(page.canonical, theirs.canonical, "{}", sample.file);
        assert_eq!(ours, theirs.links, "the order in {}", sample.file);
        total += ours.len();
    }
    println!("{total} links");
    assert!(total > 1_000, "only {total} links in all pages");
}

#[test]
fn no_real_page_trips_a_guard() {
    for sample in samples() {
        let page = read(&sample);
        assert_eq!(page.guard, None, "{}", sample.file);
        let (ours, tree) = (depth(&sample), Oracle::read(&sample, &page).depth);
        println!("{}: depth {ours}, in the tree {tree}", sample.file);
        // The estimate lacks `html` and `body` where they are implied, and follows no misnesting.
        assert!(ours <= tree + 16 && tree <= ours + 16, "{}: {ours}, {tree}", sample.file);
    }
}

/// What the heads declare was read with Python's `lxml`. Other folders need not say it.
#[test]
fn the_head_declares_what_the_index_says() {
    for sample in samples() {
        let page = read(&sample);
        let date = |at: Option<UnixMicros>| {
            at.map(|at| jiff::Timestamp::from_microsecond(at.0).unwrap().to_string())
        };
        let article = page.article.map(|article| {
            json!({
                "published": date(article.published),
                "modified": date(article.modified),
                "title": article.title,
            })
        });
        let feeds: Vec<_> = page.feeds.into_iter().map(|feed| feed.url).collect();
        for (name, found) in [("article", json!(article)), ("feeds", json!(feeds))] {
            if let Some(expected) = sample.entry.get(name) {
                assert_eq!(&found, expected, "{name} of {}", sample.file);
            }
        }
        assert_eq!(kind_of(&input(&sample)), Kind::Page, "{}", sample.file);
    }
}

/// The depth that the guard sees: the least limit that it lets pass.
fn depth(sample: &Sample) -> usize {
    let passes = |depth_max| {
        let limits = Limits { depth_max, ..Limits::default() };
        read_page(&input(sample), "newshound", &limits).guard.is_none()
    };
    let (mut low, mut high) = (0, 256);
    while low < high {
        let middle = usize::midpoint(low, high);
        if passes(middle) { high = middle } else { low = middle + 1 }
    }
    low
}

fn input(sample: &Sample) -> Input<'_> {
    Input { url: &sample.url, content_type: None, robots_tags: &[], body: &sample.body }
}

fn read(sample: &Sample) -> Page {
    read_page(&input(sample), "newshound", &Limits::default())
}

fn difference(left: &[String], right: &[String]) -> Vec<String> {
    let right: HashSet<&String> = right.iter().collect();
    left.iter().filter(|url| !right.contains(url)).cloned().collect()
}

fn samples() -> Vec<Sample> {
    let folder = std::env::var_os("NEWSHOUND_PAGES").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/pages"),
        PathBuf::from,
    );
    let index = fs::read(folder.join("index.json")).unwrap();
    let index: Vec<Value> = serde_json::from_slice(&index).unwrap();
    assert!(!index.is_empty());
    index.iter().map(|entry| sample(&folder, entry)).collect()
}

fn sample(folder: &Path, entry: &Value) -> Sample {
    let file = entry["file"].as_str().unwrap().to_owned();
    let packed = fs::read(folder.join(&file)).unwrap();
    let mut body = Vec::new();
    flate2::read::GzDecoder::new(packed.as_slice()).read_to_end(&mut body).unwrap();
    let declared = entry["declared_charset"].as_str();
    Sample {
        url: Url::parse(entry["url"].as_str().unwrap_or("https://unknown.test/a/b")).unwrap(),
        declared: declared.map(|label| Encoding::for_label(label.as_bytes()).unwrap()),
        file,
        body,
        entry: entry.clone(),
    }
}

/// What the tree says.
struct Oracle {
    base: Url,
    canonical: Option<CanonicalUrl>,
    links: Vec<String>,
    depth: usize,
}

impl Oracle {
    fn read(sample: &Sample, page: &Page) -> Self {
        let encoding = Encoding::for_label(page.charset.name.as_bytes()).unwrap();
        let text = encoding.decode(&sample.body).0;
        let tree_builder = TreeBuilderOpts { scripting_enabled: false, ..Default::default() };
        let options = ParseOpts { tree_builder, ..Default::default() };
        let dom = parse_document(RcDom::default(), options).one(&*text);
        let mut elements = Vec::new();
        let depth = walk(&dom.document, 0, &mut elements);
        let base = elements
            .iter()
            .filter(|element| element.name == "base")
            .find_map(|element| element.get("href"))
            .map_or_else(|| sample.url.clone(), |href| sample.url.join(href).unwrap());
        let canonical = elements
            .iter()
            .filter(|e| e.name == "link" && e.has_token("canonical"))
            .find_map(|e| CanonicalUrl::join(&base, e.get("href")?).ok());
        let links = links(&elements, &base, sample);
        Self { base, canonical, links, depth }
    }
}

fn links(elements: &[Found], base: &Url, sample: &Sample) -> Vec<String> {
    let own = CanonicalUrl::from_url(sample.url.clone(), QueryRule::Keep).unwrap();
    let mut seen = HashSet::from([own.to_string()]);
    elements
        .iter()
        .filter(|e| matches!(e.name.as_str(), "a" | "area") && !e.has_token("nofollow"))
        .filter_map(|e| CanonicalUrl::join(base, e.get("href")?).ok())
        .map(String::from)
        .filter(|url| seen.insert(url.clone()))
        .collect()
}

/// An element of the tree.
struct Found {
    name: String,
    attributes: Vec<(String, String)>,
}

impl Found {
    fn get(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
    }

    fn has_token(&self, token: &str) -> bool {
        let rel = self.get("rel").unwrap_or_default();
        rel.split_ascii_whitespace().any(|t| t.eq_ignore_ascii_case(token))
    }
}

/// Lists the elements below a node in document order, templates left out; returns their depth.
fn walk(node: &Handle, depth: usize, elements: &mut Vec<Found>) -> usize {
    let mut deepest = depth;
    if let NodeData::Element { name, attrs, .. } = &node.data {
        let attributes = attrs
            .borrow()
            .iter()
            .map(|a| (a.name.local.to_string(), a.value.to_string()))
            .collect();
        elements.push(Found { name: name.local.to_string(), attributes });
    }
    for child in node.children.borrow().iter() {
        let below = usize::from(matches!(child.data, NodeData::Element { .. }));
        deepest = deepest.max(walk(child, depth + below, elements));
    }
    deepest
}
