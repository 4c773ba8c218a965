//! The feeds of `fixtures/feeds`: each gives what the index says, whole, cut and in other
//! encodings.

#![allow(missing_docs)]
// Helpers of tests are tests too, which the lint's own exception does not see.
#![allow(clippy::unwrap_used)]

mod samples;

use std::time::Duration;

use crawl::CanonicalUrl;
use crawl::UnixMicros;
use extract::{Feed, FeedFormat, FeedLimits, Input, Kind, kind_of, read_feed};
use serde_json::{Value, json};
use url::Url;

use samples::{Sample, date};

#[test]
fn each_feed_gives_what_the_index_says() {
    let samples = samples();
    assert_eq!(samples.len(), 21);
    for sample in samples {
        let feed = read(&sample.body).unwrap_or_else(|| panic!("{}: no feed", sample.file));
        assert_eq!(show(&feed), sample.expected, "{}", sample.file);
    }
}

#[test]
fn a_feed_is_known_whatever_its_content_type() {
    let url = url();
    for sample in samples() {
        for content_type in [None, Some("text/html"), Some("text/plain"), Some("image/png")] {
            let input = Input { url: &url, content_type, robots_tags: &[], body: &sample.body };
            assert_eq!(kind_of(&input), Kind::Feed, "{} as {content_type:?}", sample.file);
        }
    }
}

#[test]
fn a_feed_that_is_cut_gives_the_first_entries() {
    for sample in samples() {
        let whole = read(&sample.body).unwrap();
        for end in 0..sample.body.len() {
            let Some(cut) = read(&sample.body[..end]) else { continue };
            let count = cut.entries.len();
            assert_eq!(cut.entries, whole.entries[..count], "{} up to {end}", sample.file);
            let is_all = count == whole.entries.len();
            assert!(cut.is_damaged || is_all, "{} up to {end}", sample.file);
        }
    }
}

#[test]
fn a_feed_in_utf_16_is_the_same() {
    for sample in samples() {
        // Legacy files are read as they are declared; this is about what a file says elsewhere.
        let Ok(text) = std::str::from_utf8(&sample.body) else { continue };
        let whole = read(&sample.body).unwrap();
        for mark in ["\u{feff}", ""] {
            let text = format!("{mark}{}", text.trim_start());
            let little: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
            let big: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
            for body in [little, big] {
                assert_eq!(read(&body).as_ref(), Some(&whole), "{}", sample.file);
            }
        }
    }
}

/// `feed-rs` is stricter: it reads fewer files. What it reads, it reads as we do.
#[test]
fn entries_are_those_of_a_strict_parser() {
    let mut judged = 0;
    for sample in samples() {
        let Ok(theirs) = feed_rs::parser::parse(sample.body.as_slice()) else { continue };
        let ours = read(&sample.body).unwrap();
        for entry in &theirs.entries {
            let Some(link) = entry.links.first() else { continue };
            let url = CanonicalUrl::join(&url(), &link.href).unwrap();
            let found = ours.entries.iter().find(|e| e.url == url);
            let found = found.unwrap_or_else(|| panic!("{}: {url} is missing", sample.file));
            let published = entry.published.map(|at| UnixMicros(at.timestamp_micros()));
            // They read dates that nobody can be sure of.
            assert!(found.published == published || found.published.is_none(), "{}", sample.file);
            judged += 1;
        }
    }
    assert!(judged > 15, "{judged}");
}

fn url() -> Url {
    Url::parse("https://unknown.test/feed").unwrap()
}

fn read(body: &[u8]) -> Option<Feed> {
    let url = url();
    let input = Input { url: &url, content_type: None, robots_tags: &[], body };
    read_feed(&input, &FeedLimits::default())
}

fn samples() -> Vec<Sample> {
    samples::samples("feeds")
}

/// A feed in the form of the index.
fn show(feed: &Feed) -> Value {
    let format = match feed.format {
        FeedFormat::Rss => "rss",
        FeedFormat::Rdf => "rdf",
        FeedFormat::Atom => "atom",
        FeedFormat::Json => "json",
    };
    let entries: Vec<Value> = feed
        .entries
        .iter()
        .map(|entry| {
            json!({
                "url": entry.url,
                "title": entry.title,
                "published": date(entry.published),
                "updated": date(entry.updated),
            })
        })
        .collect();
    json!({
        "format": format,
        "title": feed.title,
        "self_link": feed.self_link,
        "site_link": feed.site_link,
        "language": feed.language,
        "wait_s": feed.wait.map(|wait: Duration| wait.as_secs()),
        "skip_hours": feed.skip_hours,
        "refused_links": feed.refused_links,
        "is_damaged": feed.is_damaged,
        "entries": entries,
    })
}
