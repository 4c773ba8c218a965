//! Tests of the module that declares this one.

use url::Url;

use super::*;

fn check(content_type: Option<&str>, body: &[u8]) -> bool {
    let url = Url::parse("https://example.com/").unwrap();
    is_html(&Input { url: &url, content_type, robots_tags: &[], body })
}

#[test]
fn a_content_type_is_believed() {
    for (content_type, expected) in [
        ("text/html", true),
        ("TEXT/HTML; charset=x", true),
        ("text/html,text/html", true),
        (" application/xhtml+xml ;q", true),
        ("text/plain", false),
        ("application/json", false),
        ("application/rss+xml", false),
        ("image/png", false),
    ] {
        assert_eq!(check(Some(content_type), b"<html>"), expected, "{content_type}");
    }
}

#[test]
fn without_one_the_bytes_decide() {
    for content_type in [None, Some(""), Some("*/*"), Some("unknown/unknown"), Some("html")] {
        for (body, expected) in [
            (&b"<!DOCTYPE html>"[..], true),
            (b" \r\n\t<HtMl >", true),
            (b"\xEF\xBB\xBF<html>", true),
            (b"<!-- hello", true),
            (b"<p>x", true),
            (b"<br >", true),
            (b"<html", false),
            (b"<px>", false),
            (b"<?xml version='1.0'?><rss>", false),
            (b"{\"a\": 1}", false),
            (b"hello <html>", false),
            (b"", false),
        ] {
            let text = String::from_utf8_lossy(body);
            assert_eq!(check(content_type, body), expected, "{content_type:?} {text}");
        }
    }
}
