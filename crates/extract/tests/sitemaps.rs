//! The sitemaps of `fixtures/sitemaps`: each gives what the index says, whole, cut and packed.

#![allow(missing_docs)]
// Helpers of tests are tests too, which the lint's own exception does not see.
#![allow(clippy::unwrap_used)]

mod samples;

use std::io::{Read as _, Write as _};

use extract::{
    Input, Kind, Sitemap, SitemapEntry, SitemapKind, SitemapLimits, kind_of, read_sitemap,
};
use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use serde_json::{Value, json};
use url::Url;

use samples::{Sample, date};

#[test]
fn each_sitemap_gives_what_the_index_says() {
    let samples = samples();
    assert_eq!(samples.len(), 17);
    for sample in samples {
        let sitemap = read(&sample.body).unwrap_or_else(|| panic!("{}: none", sample.file));
        assert_eq!(show(&sitemap), sample.expected, "{}", sample.file);
        assert!(!sitemap.is_truncated, "{}", sample.file);
    }
}

#[test]
fn a_sitemap_is_known_whatever_its_content_type() {
    let url = url();
    for sample in samples() {
        for content_type in [None, Some("text/html"), Some("text/plain"), Some("application/xml")] {
            let input = Input { url: &url, content_type, robots_tags: &[], body: &sample.body };
            assert_eq!(kind_of(&input), Kind::Sitemap, "{} as {content_type:?}", sample.file);
        }
    }
}

#[test]
fn a_sitemap_that_is_cut_gives_the_first_entries() {
    for sample in samples() {
        let plain = unpacked(&sample.body);
        let whole = read(&plain).unwrap();
        // A text that ends within a line ends with another URL.
        if whole.kind == SitemapKind::Text {
            continue;
        }
        let step = 1 + plain.len() / 3_000;
        for end in (0..plain.len()).step_by(step) {
            let Some(cut) = read(&plain[..end]) else { continue };
            let count = cut.entries.len();
            assert_eq!(cut.entries, whole.entries[..count], "{} up to {end}", sample.file);
            let is_all = count == whole.entries.len();
            assert!(cut.is_damaged || is_all, "{} up to {end}", sample.file);
        }
    }
}

#[test]
fn a_packed_sitemap_is_the_same_and_what_is_left_of_it_is_read() {
    for sample in samples() {
        let plain = unpacked(&sample.body);
        let whole = read(&plain).unwrap();
        let packed = packed(&plain);
        assert_eq!(read(&packed).as_ref(), Some(&whole), "{}", sample.file);
        let cut = read(&packed[..packed.len() - 5]);
        let cut = cut.unwrap_or_else(|| panic!("{}: nothing is left", sample.file));
        assert!(cut.is_damaged, "{}", sample.file);
        let count = cut.entries.len();
        assert_eq!(cut.entries, whole.entries[..count], "{}", sample.file);
    }
}

#[test]
fn a_sitemap_in_utf_16_is_the_same() {
    for sample in samples() {
        let plain = unpacked(&sample.body);
        let whole = read(&plain).unwrap();
        let text = std::str::from_utf8(&plain).unwrap().trim_start_matches('\u{feff}');
        let text = format!("\u{feff}{text}");
        let little: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let big: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        for body in [little, big] {
            assert_eq!(read(&body).as_ref(), Some(&whole), "{}", sample.file);
        }
    }
}

fn url() -> Url {
    Url::parse("https://unknown.test/sitemap.xml").unwrap()
}

fn read(body: &[u8]) -> Option<Sitemap> {
    let url = url();
    let input = Input { url: &url, content_type: None, robots_tags: &[], body };
    read_sitemap(&input, &SitemapLimits::default())
}

fn packed(body: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(body).unwrap();
    encoder.finish().unwrap()
}

fn unpacked(body: &[u8]) -> Vec<u8> {
    if !body.starts_with(&[0x1F, 0x8B]) {
        return body.to_vec();
    }
    let mut plain = Vec::new();
    GzDecoder::new(body).read_to_end(&mut plain).unwrap();
    plain
}

fn samples() -> Vec<Sample> {
    samples::samples("sitemaps")
}

/// A sitemap in the form of the index.
fn show(sitemap: &Sitemap) -> Value {
    let kind = match sitemap.kind {
        SitemapKind::Index => "index",
        SitemapKind::Urls => "urls",
        SitemapKind::Text => "text",
    };
    let entries = &sitemap.entries;
    json!({
        "kind": kind,
        "count": entries.len(),
        "with_lastmod": entries.iter().filter(|e| e.lastmod.is_some()).count(),
        "with_news": entries.iter().filter(|e| e.news.is_some()).count(),
        "newest_lastmod": date(entries.iter().filter_map(|e| e.lastmod).max()),
        "is_damaged": sitemap.is_damaged,
        "refused_links": sitemap.refused_links,
        "first": entries.first().map(show_entry),
        "last": entries.last().map(show_entry),
    })
}

fn show_entry(entry: &SitemapEntry) -> Value {
    let news = entry.news.as_ref().map(|news| {
        json!({
            "title": news.title,
            "published": date(news.published),
            "language": news.language,
            "publication": news.publication,
        })
    });
    json!({ "url": entry.url, "lastmod": date(entry.lastmod), "news": news })
}
