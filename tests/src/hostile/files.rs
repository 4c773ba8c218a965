//! Feeds, sitemaps and packed files that are made to hurt.

use std::fmt::Write as _;
use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;

use super::Hostile;

/// What becomes of a feed or sitemap.
const LISTED: &[&str] = &["feed", "sitemap", "nothing"];

/// All of them.
pub fn all() -> Vec<Hostile> {
    let xml = "application/xml";
    let plain = |name, body: String| Hostile {
        name,
        content_type: xml,
        coding: None,
        body: body.into_bytes(),
        outcomes: LISTED,
    };
    vec![
        plain(
            "feed of a billion laughs",
            format!(
                "{}<rss><channel><item><title>&i;</title><link>/&i;</link></item></channel></rss>",
                laughs("rss")
            ),
        ),
        plain(
            "sitemap of a billion laughs",
            format!(
                "{}<urlset><url><loc>https://a.test/&i;</loc></url></urlset>",
                laughs("urlset")
            ),
        ),
        plain("feed 300,000 deep", format!("<rss><channel>{}", "<item>".repeat(300_000))),
        plain("sitemap 300,000 deep", format!("<urlset>{}", "<url>".repeat(300_000))),
        plain("feed of 200,000 entries", feed(200_000)),
        plain("sitemap of 1,000,000 URLs", sitemap(1_000_000)),
        plain("index that lists itself", index(50_000)),
        plain(
            "tag of 8 MB in a feed",
            format!("<rss><channel a=\"{}\"><item>", "x".repeat(8_000_000)),
        ),
        Hostile {
            name: "sitemap that unpacks to 1 GB",
            content_type: "application/gzip",
            coding: None,
            body: gzip_of(b"<urlset>", b"<url><loc>https://a.test/1</loc></url>", 1 << 30),
            outcomes: LISTED,
        },
        Hostile {
            name: "page that unpacks to 1 GB",
            content_type: "text/html",
            coding: Some("gzip"),
            body: gzip_of(
                b"<!doctype html><title>x</title>",
                b"<p>more of the same</p>\n",
                1 << 30,
            ),
            outcomes: &["links-only"],
        },
        Hostile {
            name: "page packed three times",
            content_type: "text/html",
            coding: Some("gzip, gzip, gzip"),
            body: gzip(&gzip(&gzip_of(b"<!doctype html>", b"<p>x", 1 << 28))),
            outcomes: &["links-only"],
        },
        Hostile {
            name: "page that is no gzip",
            content_type: "text/html",
            coding: Some("gzip"),
            body: b"<!doctype html><title>x</title>".repeat(10_000),
            outcomes: &["undecodable"],
        },
        Hostile {
            name: "JSON feed 500,000 deep",
            content_type: "application/feed+json",
            coding: None,
            body: format!(
                "{{\"version\":\"https://jsonfeed.org/version/1.1\",\"items\":{}",
                "[".repeat(500_000)
            )
            .into_bytes(),
            outcomes: LISTED,
        },
    ]
}

/// Entities of entities (the "billion laughs" of XML).
fn laughs(root: &str) -> String {
    let mut text = format!("<?xml version=\"1.0\"?><!DOCTYPE {root} [<!ENTITY a \"ha ha ha\">");
    for (name, of) in ('b'..='i').zip('a'..) {
        // Writing to a string cannot fail.
        let _ = write!(text, "<!ENTITY {name} \"{}\">", format!("&{of};").repeat(10));
    }
    text + "]>"
}

fn feed(entries: usize) -> String {
    let mut text = String::from("<rss version=\"2.0\"><channel><title>x</title>");
    for at in 0..entries {
        let _ = write!(text, "<item><link>/{at}</link></item>");
    }
    text + "</channel></rss>"
}

fn sitemap(urls: usize) -> String {
    let mut text = String::from("<urlset>");
    for at in 0..urls {
        let _ = write!(text, "<url><loc>/{at}</loc></url>");
    }
    text + "</urlset>"
}

fn index(times: usize) -> String {
    let own = "<sitemap><loc>https://www.hostile.test/page</loc></sitemap>";
    format!("<sitemapindex>{}</sitemapindex>", own.repeat(times))
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    gzip_of(b"", bytes, bytes.len())
}

/// A beginning, and then a piece again and again up to so many bytes.
fn gzip_of(head: &[u8], piece: &[u8], bytes: usize) -> Vec<u8> {
    let mut packed = GzEncoder::new(Vec::new(), Compression::best());
    let block = piece.repeat((1 << 16) / piece.len().max(1) + 1);
    let block = if piece.len() >= bytes { piece } else { &block };
    packed.write_all(head).expect("memory takes bytes");
    for _ in 0..bytes.div_ceil(block.len()) {
        packed.write_all(block).expect("memory takes bytes");
    }
    packed.finish().expect("memory takes bytes")
}
