//! What the head of a page says of it: canonical URL, feeds, `<meta>`, JSON-LD.

use std::rc::Rc;

use crawl::url::URL_BYTES_MAX;
use encoding_rs::Encoding;
use lol_html::html_content::Element;

use super::{Pass, Shared, attribute, on_end};
use crate::page::article;
use crate::page::refresh_target;
use crate::text::plain;

/// `<meta>` and `<link>` elements of a sort that are kept; the first usable one counts.
const CANDIDATES_MAX: usize = 16;

/// Feeds kept of a page. Large outlets name some 40.
const FEEDS_MAX: usize = 128;

/// Longest title of a feed, in bytes.
const FEED_TITLE_BYTES_MAX: usize = 200;

/// Media types of feeds, and those that feeds are given by mistake.
const FEED_MEDIA: &[&str] = &[
    "application/atom+xml",
    "application/feed+json",
    "application/json",
    "application/rdf+xml",
    "application/rss+xml",
    "application/xml",
    "text/rss+xml",
    "text/xml",
];

/// Scripts of JSON-LD that are looked into, and how much of them in all, in bytes: an article with
/// its text in it takes some 20,000.
const SCRIPTS_MAX: usize = 32;
const SCRIPT_BYTES_MAX: usize = 512 * 1024;

/// A link to a feed as it is written.
#[derive(Debug)]
pub(in crate::page) struct FeedAsWritten {
    pub(in crate::page) href: String,
    pub(in crate::page) title: Option<String>,
    /// Lower-case, without parameters.
    pub(in crate::page) media: String,
}

/// A script of JSON-LD; one without an end tag is cut, and left out.
pub(super) fn enter_script(element: &mut Element<'_, '_>, pass: &mut Pass, shared: &Shared) {
    let Some(media) = element.get_attribute("type") else { return };
    let is_json_ld = media_type(&media).eq_ignore_ascii_case("application/ld+json");
    if !is_json_ld || pass.scripts.len() >= SCRIPTS_MAX {
        return;
    }
    let text_start = pass.start;
    let start = text_start + element.source_location().bytes().end;
    let shared = Rc::clone(shared);
    on_end(element, move |end| {
        let stop = text_start + end.source_location().bytes().start;
        shared.borrow_mut().scripts.push(start..stop);
    });
}

impl Pass {
    pub(super) fn link(&mut self, element: &Element<'_, '_>) {
        let Some(rel) = attribute(element, "rel") else { return };
        let has = |token: &str| rel.split_ascii_whitespace().any(|t| t.eq_ignore_ascii_case(token));
        if has("canonical") {
            if let Some(href) = attribute(element, "href") {
                push_candidate(&mut self.found.canonicals, href);
            }
        } else if (has("alternate") || has("feed")) && !has("nofollow") && !has("stylesheet") {
            self.feed_link(element, has("feed"));
        }
    }

    /// An alternative form of the page: a feed, or the page in other words.
    fn feed_link(&mut self, element: &Element<'_, '_>, is_feed: bool) {
        let media = attribute(element, "type").unwrap_or_default();
        let media = media_type(&media).to_ascii_lowercase();
        if !is_feed && !FEED_MEDIA.contains(&media.as_str()) {
            return;
        }
        let Some(href) = attribute(element, "href") else { return };
        let href = href.trim_matches(|c: char| c <= ' ');
        // WordPress names the data of the page itself this way.
        let is_page_data = media == "application/json" && href.contains("/wp-json");
        let has_room = self.found.feeds.len() < FEEDS_MAX && href.len() <= URL_BYTES_MAX;
        if href.is_empty() || is_page_data || !has_room {
            return;
        }
        let title = attribute(element, "title").map(|text| plain(&text, FEED_TITLE_BYTES_MAX));
        let title = title.filter(|text| !text.is_empty());
        self.found.feeds.push(FeedAsWritten { href: href.to_owned(), title, media });
    }

    pub(super) fn meta(&mut self, element: &Element<'_, '_>) {
        let Some(content) = attribute(element, "content") else { return };
        let name = attribute(element, "name").unwrap_or_default();
        let name = name.trim().to_ascii_lowercase();
        if name == "robots" || name == self.token {
            self.found.robots.add_meta(&content);
        }
        self.found.tdm.add(&name, &content);
        let property = attribute(element, "property").unwrap_or_default();
        let property = property.trim().to_ascii_lowercase();
        for known in [property, name].iter().filter(|name| article::is_known(name)) {
            self.found.metas.add(known, &content);
        }
        let pragma = attribute(element, "http-equiv").unwrap_or_default();
        if pragma.trim().eq_ignore_ascii_case("refresh")
            && let Some(target) = refresh_target(&content)
        {
            push_candidate(&mut self.found.refresh, target);
        }
    }

    /// Takes the scripts out of the body, as far as there is room for them.
    pub(super) fn read_scripts(&mut self, body: &[u8], encoding: &'static Encoding) {
        let mut room = SCRIPT_BYTES_MAX;
        for range in std::mem::take(&mut self.scripts) {
            let Some(bytes) = body.get(range.start..range.end.min(body.len())) else { continue };
            if bytes.len() <= room {
                room -= bytes.len();
                let text = encoding.decode_without_bom_handling(bytes).0;
                self.found.scripts.push(text.into_owned());
            }
        }
    }
}

fn push_candidate(list: &mut Vec<String>, value: String) {
    if list.len() < CANDIDATES_MAX && value.len() <= URL_BYTES_MAX {
        list.push(value);
    }
}

/// A media type without its parameters.
fn media_type(media: &str) -> &str {
    media.split(';').next().unwrap_or(media).trim()
}
