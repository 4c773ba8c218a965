//! Feeds, sitemaps and packed files that are made to hurt.

use std::fmt::Write as _;
use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;

use super::{Hostile, UNTAMED};

/// Where the hostile site's articles are.
const OWN: &str = "https://www.hostile.test/2026/11/25/page";

const XML: &str = "application/xml";

/// Its name and type, what may become of it, and how its body is made.
type Row = (&'static str, &'static str, &'static [&'static str], fn() -> Vec<u8>);

/// The same, with its coding.
type Packed =
    (&'static str, &'static str, Option<&'static str>, &'static [&'static str], fn() -> Vec<u8>);

/// What is plain.
const PLAIN: [Row; 9] = [
    ("feed of a billion laughs", XML, &["feed"], || {
        laughs("rss", "<channel><item><title>&i;</title><link>/&i;</link></item></channel>")
    }),
    ("sitemap of a billion laughs", XML, &["sitemap"], || {
        laughs("urlset", "<url><loc>https://a.test/&i;</loc></url>")
    }),
    ("feed 300,000 deep", XML, &["feed"], || text("<rss><channel>", "<item>", 300_000)),
    ("sitemap 300,000 deep", XML, &["sitemap"], || text("<urlset>", "<url>", 300_000)),
    ("feed of 200,000 entries", XML, &["feed"], || feed(200_000)),
    ("sitemap of 1,000,000 URLs", XML, &["sitemap"], || sitemap(1_000_000)),
    ("index that lists itself", XML, &["sitemap"], || {
        text("<sitemapindex>", &format!("<sitemap><loc>{OWN}</loc></sitemap>"), 50_000)
    }),
    ("tag of 8 MB in a feed", XML, &["feed"], || text("<rss><channel a=\"", "x", 8_000_000)),
    ("JSON feed 500,000 deep", "application/feed+json", &["feed"], || {
        text("{\"version\":\"jsonfeed.org/version/1.1\",\"items\":", "[", 500_000)
    }),
];

/// What is packed, and how often.
const PACKED: [Packed; 5] = [
    ("sitemap that unpacks to 1 GB", "application/gzip", None, &["sitemap"], || {
        gzip(b"<urlset>", b"<url><loc>https://a.test/1</loc></url>", 1 << 30)
    }),
    ("page that unpacks to 1 GB", "text/html", Some("gzip"), UNTAMED, || {
        gzip(b"<!doctype html><title>x</title>", b"<p>more of the same</p>\n", 1 << 30)
    }),
    // A byte of it is three once decoded.
    (
        "page of 50 MB in one byte a letter",
        "text/html; charset=windows-1252",
        Some("gzip"),
        UNTAMED,
        || gzip(b"<!doctype html><title>x</title>", &b"\x80".repeat(4_000), 50 << 20),
    ),
    ("page packed three times", "text/html", Some("gzip, gzip, gzip"), UNTAMED, || {
        let once = gzip(b"<!doctype html>", b"<p>x", 1 << 28);
        let twice = gzip(&once, b"", 0);
        gzip(&twice, b"", 0)
    }),
    ("page that is no gzip", "text/html", Some("gzip"), &["undecodable"], || {
        text("", "<!doctype html><title>x</title>", 10_000)
    }),
];

/// All of them.
pub fn all() -> Vec<Hostile> {
    let plain = |(name, content_type, outcomes, body)| Hostile {
        name,
        content_type,
        coding: None,
        body,
        outcomes,
    };
    let packed = |(name, content_type, coding, outcomes, body)| Hostile {
        name,
        content_type,
        coding,
        body,
        outcomes,
    };
    PLAIN.into_iter().map(plain).chain(PACKED.into_iter().map(packed)).collect()
}

fn text(start: &str, piece: &str, times: usize) -> Vec<u8> {
    (start.to_owned() + &piece.repeat(times)).into_bytes()
}

/// Entities of entities (the "billion laughs" of XML).
fn laughs(root: &str, body: &str) -> Vec<u8> {
    let mut text = format!("<?xml version=\"1.0\"?><!DOCTYPE {root} [<!ENTITY a \"ha ha ha\">");
    for (name, of) in ('b'..='i').zip('a'..) {
        // Writing to a string cannot fail.
        let _ = write!(text, "<!ENTITY {name} \"{}\">", format!("&{of};").repeat(10));
    }
    let _ = write!(text, "]><{root}>{body}</{root}>");
    text.into_bytes()
}

fn feed(entries: usize) -> Vec<u8> {
    let mut text = String::from("<rss version=\"2.0\"><channel><title>x</title>");
    for at in 0..entries {
        let _ = write!(text, "<item><link>/{at}</link></item>");
    }
    text.into_bytes()
}

fn sitemap(urls: usize) -> Vec<u8> {
    let mut text = String::from("<urlset>");
    for at in 0..urls {
        let _ = write!(text, "<url><loc>/{at}</loc></url>");
    }
    text.into_bytes()
}

/// A beginning, and then a piece again and again, for so many bytes.
pub(super) fn gzip(head: &[u8], piece: &[u8], bytes: usize) -> Vec<u8> {
    let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
    packed.write_all(head).expect("memory takes bytes");
    if !piece.is_empty() {
        let block = piece.repeat((1 << 16) / piece.len() + 1);
        for _ in 0..bytes / block.len() {
            packed.write_all(&block).expect("memory takes bytes");
        }
    }
    packed.finish().expect("memory takes bytes")
}
