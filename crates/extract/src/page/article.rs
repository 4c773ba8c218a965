//! Whether the head of a page declares an article: Open Graph, dates in `<meta>`, JSON-LD.
//!
//! This tells an article from a front page without a tree. JSON-LD is believed
//! before `<meta>`: of 258 pages measured it had the right day most often.

use crawl::{CanonicalUrl, UnixMicros};

use super::json_ld::{self, Node};
use crate::date;
use crate::text::{cut, plain_of_html};

/// Longest title kept, in bytes.
const TITLE_BYTES_MAX: usize = 1_000;

/// Longest content of a `<meta>` that is kept, in bytes.
const CONTENT_BYTES_MAX: usize = 4_000;

/// Names of `<meta>` whose date makes a page an article, the surest first.
pub(crate) const PUBLISHED: &[&str] = &[
    "article:published_time",
    "og:article:published_time",
    "article.published",
    "parsely-pub-date",
    "sailthru.date",
    "cxenseparse:recs:publishtime",
    "datepublished",
    "pubdate",
    "publishdate",
    "publish-date",
    "publish_date",
    "publication_date",
    "published_time",
];

/// Names whose date is on other pages too: they count unless the page says what else it is.
pub(crate) const PUBLISHED_PERHAPS: &[&str] = &[
    "dc.date.issued",
    "dcterms.issued",
    "dc.date.created",
    "dcterms.created",
    "dc.date",
    "dcterms.date",
    "date",
];

/// Names of when a page was changed, which alone make no article.
pub(crate) const MODIFIED: &[&str] = &[
    "article:modified_time",
    "og:article:modified_time",
    "article.updated",
    "dcterms.modified",
    "dc.date.modified",
    "og:updated_time",
    "lastmod",
    "last-modified",
];

/// Names of titles.
const TITLES: &[&str] = &["og:title", "twitter:title"];

/// What the head of a page declares of its article.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Declared {
    /// When it was published, where that can be read for sure.
    pub published: Option<UnixMicros>,
    /// When it was last changed, where that can be read for sure.
    pub modified: Option<UnixMicros>,
    /// Its headline, plain.
    pub title: Option<String>,
}

/// What `<meta>` elements say, as they come.
#[derive(Debug, Default)]
pub(super) struct Metas {
    /// `og:type`, lower-case.
    kind: Option<String>,
    published: Option<(usize, UnixMicros)>,
    perhaps: Option<(usize, UnixMicros)>,
    modified: Option<(usize, UnixMicros)>,
    title: Option<(usize, String)>,
}

impl Metas {
    /// Takes a `<meta>` by its lower-case `name` or `property`.
    pub(super) fn add(&mut self, name: &str, content: &str) {
        let content = cut(content, CONTENT_BYTES_MAX);
        if name == "og:type" {
            self.kind.get_or_insert_with(|| content.trim().to_ascii_lowercase());
        } else if let Some(rank) = position(TITLES, name) {
            better(&mut self.title, rank, || {
                let title = plain_of_html(content, TITLE_BYTES_MAX);
                (!title.is_empty()).then_some(title)
            });
        } else if let Some(rank) = position(PUBLISHED, name) {
            better(&mut self.published, rank, || date::parse(content));
        } else if let Some(rank) = position(PUBLISHED_PERHAPS, name) {
            better(&mut self.perhaps, rank, || date::parse(content));
        } else if let Some(rank) = position(MODIFIED, name) {
            better(&mut self.modified, rank, || date::parse(content));
        }
    }

    fn is_article(&self) -> bool {
        self.kind.as_deref() == Some("article")
    }
}

/// Whether a `<meta>` of this lower-case name is of use here.
pub(super) fn is_known(name: &str) -> bool {
    let tables = [TITLES, PUBLISHED, PUBLISHED_PERHAPS, MODIFIED];
    name == "og:type" || tables.iter().any(|table| table.contains(&name))
}

/// What a page declares; `own` are the addresses it goes by.
pub(super) fn declared(
    metas: Metas,
    scripts: &[String],
    own: &[&CanonicalUrl],
) -> Option<Declared> {
    let node = the_article(scripts, own, metas.is_article());
    let says_other = metas.kind.as_ref().is_some_and(|kind| kind != "article");
    let perhaps = metas.perhaps.filter(|_| !says_other);
    let is_article =
        node.is_some() || metas.is_article() || metas.published.is_some() || perhaps.is_some();
    if !is_article {
        return None;
    }
    let node = node.unwrap_or_default();
    let date_of = |text: &Option<String>| text.as_deref().and_then(date::parse);
    let published = metas.published.or(perhaps).map(|(_, at)| at);
    let headline = node.headline.map(|text| plain_of_html(&text, TITLE_BYTES_MAX));
    Some(Declared {
        published: date_of(&node.published).or(published),
        modified: date_of(&node.modified).or(metas.modified.map(|(_, at)| at)),
        title: headline.filter(|text| !text.is_empty()).or(metas.title.map(|(_, text)| text)),
    })
}

/// The article of the page among those that JSON-LD names. A page that lists several is one of
/// them only where it is called by its name, or where it says that it is an article at all.
fn the_article(scripts: &[String], own: &[&CanonicalUrl], is_article: bool) -> Option<Node> {
    let mut nodes = Vec::new();
    for script in scripts {
        json_ld::articles(script, &mut nodes);
    }
    // Some templates write the same script twice.
    nodes.dedup();
    if nodes.len() <= 1 {
        return nodes.pop();
    }
    let is_own = |node: &Node| {
        let named = node.addresses.iter().filter_map(|url| CanonicalUrl::parse(url).ok());
        named.into_iter().any(|url| own.contains(&&url))
    };
    let is_same = nodes.iter().all(|node| node.published == nodes[0].published);
    match nodes.iter().position(is_own) {
        Some(at) => Some(nodes.swap_remove(at)),
        None if is_article || (is_same && nodes[0].published.is_some()) => {
            Some(nodes.swap_remove(0))
        }
        None => None,
    }
}

fn position(names: &[&str], name: &str) -> Option<usize> {
    names.iter().position(|n| *n == name)
}

fn better<T>(slot: &mut Option<(usize, T)>, rank: usize, value: impl FnOnce() -> Option<T>) {
    if slot.as_ref().is_none_or(|(best, _)| rank < *best)
        && let Some(value) = value()
    {
        *slot = Some((rank, value));
    }
}

#[cfg(test)]
mod tests;
