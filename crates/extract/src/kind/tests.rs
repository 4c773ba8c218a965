//! Tests of the module that declares this one.

use std::io::Write as _;

use proptest::prelude::*;
use url::Url;

use super::*;

fn kind_as(content_type: Option<&str>, body: &[u8]) -> Kind {
    let url = Url::parse("https://news.test/").unwrap();
    kind_of(&Input { url: &url, content_type, robots_tags: &[], body })
}

fn packed(body: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(body).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn a_json_feed_may_tell_its_version_last() {
    let gap = " ".repeat(20_000);
    let version = "https://jsonfeed.org/version/1";
    let body = format!("{{\"items\":[{gap}],\"version\":\"{version}\"}}");
    assert_eq!(kind_as(None, body.as_bytes()), Kind::Feed);
}

#[test]
fn the_first_element_decides() {
    for (body, expected) in [
        ("<rss version='2.0'>", Kind::Feed),
        ("<rss/>", Kind::Feed),
        ("\u{feff}\n<?xml version='1.0'?>\n<!-- <html> --><!DOCTYPE rss><rss>", Kind::Feed),
        ("<!DOCTYPE rss [<!ENTITY a 'b>'>]><rss>", Kind::Feed),
        ("<?xml-stylesheet href='x'?><feed xmlns='x'>", Kind::Feed),
        ("<a:feed>", Kind::Feed),
        ("<rdf:RDF xmlns='http://purl.org/rss/1.0/'>", Kind::Feed),
        ("<RDF><channel>", Kind::Feed),
        ("<rdf:RDF><foaf:Person/>", Kind::Other),
        ("<urlset xmlns='x'>", Kind::Sitemap),
        ("<sm:sitemapindex>", Kind::Sitemap),
        ("<!DOCTYPE html><html><rss>", Kind::Page),
        ("<?xml version='1.0'?><!DOCTYPE html><html>", Kind::Page),
        ("<html ", Kind::Page),
        ("<!-- x --><p>", Kind::Page),
        ("<svg xmlns='x'>", Kind::Other),
        ("<opml>", Kind::Other),
        ("<rss", Kind::Other),
        ("{\"version\": \"https://jsonfeed.org/version/1.1\"}", Kind::Feed),
        ("{\"version\": \"2\"}", Kind::Other),
        ("https://a.test/1\nhttps://a.test/2\n", Kind::Sitemap),
        ("https://a.test/1\n", Kind::Other),
        ("User-agent: *\nSitemap: https://a.test/s\n", Kind::Other),
        ("hello <rss>", Kind::Other),
        ("", Kind::Other),
        (" \n", Kind::Other),
    ] {
        assert_eq!(kind_as(None, body.as_bytes()), expected, "{body}");
        let utf16: Vec<u8> =
            format!("\u{feff}{body}").encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(kind_as(None, &utf16), expected, "{body}");
    }
}

#[test]
fn the_content_type_is_a_hint() {
    let page = &b"<!DOCTYPE html><html>"[..];
    let script = &b"<p>var x"[..];
    let text = &b"hello"[..];
    let feed = &b"<rss>"[..];
    for (content_type, body, expected) in [
        ("text/html", page, Kind::Page),
        ("text/html; charset=utf-8", text, Kind::Page),
        ("application/xhtml+xml", b"<?xml version='1.0'?><html>", Kind::Page),
        ("text/plain", page, Kind::Page),
        ("application/octet-stream", page, Kind::Page),
        ("text/xml", page, Kind::Page),
        ("text/plain", text, Kind::Other),
        ("text/javascript", script, Kind::Other),
        ("image/png", page, Kind::Other),
        ("application/json", text, Kind::Other),
        ("text/html", feed, Kind::Feed),
        ("text/plain", feed, Kind::Feed),
        ("text/html", b"", Kind::Page),
    ] {
        let shown = String::from_utf8_lossy(body);
        assert_eq!(kind_as(Some(content_type), body), expected, "{content_type} {shown}");
    }
}

#[test]
fn only_the_first_bytes_are_read() {
    let urls = "https://a.test/1\n".repeat(100_000);
    assert_eq!(kind_as(None, urls.as_bytes()), Kind::Sitemap);
    let comment = format!("<!--{}--><rss>", "x".repeat(100_000));
    assert_eq!(kind_as(Some("text/xml"), comment.as_bytes()), Kind::Other);
    let cut = format!("<rss><channel><title>{}", "\u{20ac}".repeat(10_000));
    assert_eq!(kind_as(None, cut.as_bytes()), Kind::Feed);
}

#[test]
fn packed_files_are_sitemaps_or_nothing() {
    for (body, expected) in [
        ("<urlset>", Kind::Sitemap),
        ("https://a.test/1\nhttps://a.test/2", Kind::Sitemap),
        ("<html>", Kind::Other),
        ("", Kind::Other),
    ] {
        assert_eq!(kind_as(Some("text/html"), &packed(body.as_bytes())), expected, "{body}");
    }
    let long = format!("<urlset>{}", "<url><loc>https://a.test/1</loc></url>".repeat(10_000));
    let packed = packed(long.as_bytes());
    assert_eq!(kind_as(None, &packed[..packed.len() / 2]), Kind::Sitemap);
}

proptest! {
    #[test]
    fn any_bytes_are_of_some_kind(body: Vec<u8>, content_type in "[a-z/;=]{0,20}") {
        let _ = kind_as(Some(&content_type), &body);
    }
}
