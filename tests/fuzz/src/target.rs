//! The list of what is fuzzed.

use extract::Input;
use url::Url;

use crate::{article, charset, coding, feed, html, robots, sitemap, warc};

/// One reader and what always holds of it.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    /// The name on the command line, and of the folder in `corpus/`.
    pub name: &'static str,
    /// Panics when a property is broken by these bytes.
    pub check: fn(&[u8]),
}

/// All of them.
pub const TARGETS: [Target; 8] = [
    Target { name: "robots", check: robots::check },
    Target { name: "html", check: html::check },
    Target { name: "feed", check: feed::check },
    Target { name: "sitemap", check: sitemap::check },
    Target { name: "charset", check: charset::check },
    Target { name: "coding", check: coding::check },
    Target { name: "warc", check: warc::check },
    Target { name: "article", check: article::check },
];

impl Target {
    /// The target of a name.
    pub fn named(name: &str) -> Option<Self> {
        TARGETS.into_iter().find(|target| target.name == name)
    }
}

/// The URL that all bytes come from.
pub(crate) fn url() -> Url {
    "https://www.paper.test/world/2026/11/flood".parse().expect("it is a URL")
}

/// Bytes as the body of an answer without a content type.
pub(crate) fn input<'a>(url: &'a Url, body: &'a [u8]) -> Input<'a> {
    Input { url, content_type: None, robots_tags: &[], body }
}

/// A URL that was read is in its canonical form: read again it is the same.
pub(crate) fn assert_canonical(url: &crawl::CanonicalUrl) {
    assert_eq!(crawl::CanonicalUrl::parse(url.as_str()).as_ref(), Ok(url));
    assert!(url.as_str().len() <= crawl::url::URL_BYTES_MAX);
}
