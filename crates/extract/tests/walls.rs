//! Walls are recognised, and what only has a banner over it is not taken for one.
#![allow(clippy::unwrap_used, reason = "clippy knows tests by their attribute, not their helpers")]

use std::collections::BTreeMap;
use std::fs;
use std::io::Read as _;
use std::path::PathBuf;

use crawl::CanonicalUrl;
use extract::{Input, Limits, charset, read_page, skim, wall};
use serde_json::Value;

#[derive(Debug)]
struct Case {
    file: String,
    body: String,
    expected: Value,
}

fn cases() -> Vec<Case> {
    let folder = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/walls"));
    let text = fs::read_to_string(folder.join("expected.json")).unwrap();
    let all: Vec<Value> = serde_json::from_str(&text).unwrap();
    let case = |expected: Value| {
        let file = expected["file"].as_str().unwrap().to_owned();
        let body = fs::read_to_string(folder.join(&file)).unwrap();
        Case { file, body, expected }
    };
    all.into_iter().map(case).collect()
}

fn judged(case: &Case) -> Option<wall::Wall> {
    let url = CanonicalUrl::parse(case.expected["url"].as_str().unwrap()).unwrap();
    let headers: BTreeMap<String, String> =
        serde_json::from_value(case.expected["headers"].clone()).unwrap();
    let headers: Vec<(String, Vec<u8>)> =
        headers.into_iter().map(|(name, value)| (name, value.into_bytes())).collect();
    let status = u16::try_from(case.expected["status"].as_u64().unwrap()).unwrap();
    let answer = wall::Answer { url: &url, status, headers: &headers };
    let input = Input {
        url: url.as_url(),
        content_type: Some("text/html; charset=utf-8"),
        robots_tags: &[],
        body: case.body.as_bytes(),
    };
    let page = read_page(&input, "newshound", &Limits::default());
    let seen = skim::skim_body(input.body, page.charset);
    wall::of_page(&answer, input.body, &page, &seen)
}

#[test]
fn every_wall_and_no_article() {
    let cases = cases();
    let walls = cases.iter().filter(|case| case.expected["wall"].is_string()).count();
    assert!(walls >= 10 && cases.len() - walls >= 10, "{walls} of {}", cases.len());
    for case in &cases {
        let found = judged(case);
        let kind = found.map(|wall| wall.kind.name());
        let by = found.map(|wall| wall.by.name());
        let expected = (case.expected["wall"].as_str(), case.expected["by"].as_str());
        assert_eq!((kind, by), expected, "{}", case.file);
    }
}

/// Real pages, most of which ask for consent somewhere: none is a wall, and they would not be if
/// their heads declared no article. `NEWSHOUND_PAGES` names another folder of such pages.
#[test]
fn no_real_page_is_a_wall() {
    let given = std::env::var_os("NEWSHOUND_PAGES").map(PathBuf::from);
    let own = || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/pages"));
    let folder = given.unwrap_or_else(own);
    let index = fs::read_to_string(folder.join("index.json")).unwrap();
    let index: Vec<Value> = serde_json::from_str(&index).unwrap();
    let mut wrong = Vec::new();
    for entry in &index {
        let file = entry["file"].as_str().unwrap();
        let mut body = Vec::new();
        let packed = fs::File::open(folder.join(file)).unwrap();
        flate2::read::MultiGzDecoder::new(packed).read_to_end(&mut body).unwrap();
        let url = entry["url"].as_str().unwrap_or("https://a.test/unknown");
        let url = CanonicalUrl::parse(url).unwrap();
        let answer = wall::Answer { url: &url, status: 200, headers: &[] };
        let input = Input { url: url.as_url(), content_type: None, robots_tags: &[], body: &body };
        let mut page = read_page(&input, "newshound", &Limits::default());
        let seen = skim::skim_body(input.body, page.charset);
        for _ in 0..2 {
            if let Some(wall) = wall::of_page(&answer, &body, &page, &seen) {
                wrong.push(format!("{file}: {wall}, {} characters", seen.chars));
            }
            page.article = None;
        }
    }
    assert!(!index.is_empty() && wrong.is_empty(), "{wrong:#?}");
}
