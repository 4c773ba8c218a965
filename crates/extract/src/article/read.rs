//! From a page to its article: what is declared, then what the elements hold, then which of both.

use crawl::CanonicalUrl;
use crawl::url::QueryRule;
use url::Url;

use super::body::{self, Body, Known};
use super::json_ld::{JsonLd, Node};
use super::meta::Metas;
use super::script::Measure;
use super::stated::Stated;
use super::tree::{ROOT, Tree};
use super::{Article, TextSource};
use super::{agency, author, date, headline, kind, language};
use crate::{Input, Limits, Page};

/// Text below which a page holds no article, in units; unless it declares one.
const TEXT_UNITS_MIN: usize = 140;

/// Longest section, in characters.
const SECTION_CHARS_MAX: usize = 100;

/// What a page says of itself.
pub(super) struct Facts<'a> {
    pub(super) url: &'a Url,
    pub(super) tree: &'a Tree,
    pub(super) metas: &'a Metas,
    pub(super) json_ld: &'a JsonLd,
    /// The article in JSON-LD.
    pub(super) node: Option<&'a Node>,
    /// Whether the head declares an article at all.
    pub(super) is_declared: bool,
}

/// Reads the article of a page; none where it holds none, or where `page.guard` is set.
///
/// `page` is what [`crate::read_page`] read of the same input. A tree is built of the page: on
/// hostile input that may take long, much memory or the whole stack within what the limits let
/// pass, so whoever reads foreign pages calls it in a process that may die.
pub fn read_article(input: &Input<'_>, page: &Page, limits: &Limits) -> Option<Article> {
    if page.guard.is_some() || input.body.len() > limits.body_bytes_max {
        return None;
    }
    let html = crate::charset::decode(input.body, page.charset);
    let tree = Tree::parse(&html);
    let metas = Metas::of(&tree);
    let json_ld = JsonLd::of(&tree);
    let own = CanonicalUrl::from_url(input.url.clone(), QueryRule::Keep).ok();
    let is_own = |url: &str| {
        let url = CanonicalUrl::parse(url).ok();
        url.is_some() && (url == own || url == page.canonical)
    };
    let facts = Facts {
        url: input.url,
        tree: &tree,
        metas: &metas,
        json_ld: &json_ld,
        node: json_ld.article(is_own),
        is_declared: page.article.is_some(),
    };
    let article = read(&facts, page, limits);
    let units: usize = article.paragraphs.iter().map(|p| Measure::of(&p.text).units).sum();
    (facts.is_declared || units >= TEXT_UNITS_MIN).then_some(article)
}

fn read(facts: &Facts<'_>, page: &Page, limits: &Limits) -> Article {
    let headline = headline::find(facts);
    let stated = facts.node.and_then(Node::body);
    let stated = stated.map(|text| Stated::of(&text, headline.as_deref(), limits));
    let description = facts.metas.first(&["og:description", "description", "twitter:description"]);
    let known = Known { headline: headline.as_deref(), description, stated: stated.as_ref() };
    let body = body::find(facts.tree, &known);
    let (body, text_from) = choose(body, stated);
    let authors = author::find(facts, &body);
    let text: Vec<&str> = body.paragraphs.iter().map(|p| p.text.as_str()).collect();
    Article {
        kind: kind::find(facts, &body),
        agencies: agency::find(facts, &authors, &body),
        dateline: agency::dateline(&body.paragraphs).map(|(dateline, _)| dateline),
        published: date::published(facts, &body),
        modified: date::modified(facts),
        section: section(facts),
        language: language::find(facts, &text.join(" ")),
        canonical: page.canonical.clone(),
        amp: amp(facts.tree, page),
        partial: is_partial(facts),
        headline,
        authors,
        paragraphs: body.paragraphs,
        text_from,
    }
}

/// The elements' text, unless JSON-LD holds the same article at greater length: pages that scripts
/// fill, and pages whose text only search engines get.
fn choose(mut body: Body, stated: Option<Stated>) -> (Body, TextSource) {
    let units: usize = body.paragraphs.iter().map(|p| Measure::of(&p.text).units).sum();
    let source = if body.paragraphs.is_empty() { TextSource::None } else { TextSource::Structure };
    let Some(stated) = stated else { return (body, source) };
    let stated_units = stated.units();
    let agreement = stated.agreement(&body.paragraphs);
    let is_fuller = stated_units > units * 11 / 5 && stated_units > 400;
    // The elements hold something else: what JSON-LD calls the article's text is believed.
    let is_other = agreement.found * 4 < agreement.units && stated_units > 600;
    if is_fuller || is_other {
        body.paragraphs = stated.paragraphs;
        return (body, TextSource::JsonLd);
    }
    (body, source)
}

fn section(facts: &Facts<'_>) -> Option<String> {
    let of_node = facts.node.and_then(|node| node.text("articleSection"));
    let metas = ["article:section", "parsely-section", "og:article:section", "section", "category"];
    let of_meta = || facts.metas.first(&metas).map(str::to_owned);
    let section = of_node.or_else(of_meta)?;
    (section.chars().count() <= SECTION_CHARS_MAX).then_some(section)
}

/// Where the AMP version of the page is.
fn amp(tree: &Tree, page: &Page) -> Option<CanonicalUrl> {
    let is_amp = |element: &super::tree::Element| {
        element.name() == "link"
            && element.get("rel").is_some_and(|rel| rel.trim().eq_ignore_ascii_case("amphtml"))
    };
    let (_, link) = tree.elements(ROOT).find(|(_, element)| is_amp(element))?;
    CanonicalUrl::join(&page.base, link.get("href")?).ok()
}

/// Whether the page says that it is not free to read.
fn is_partial(facts: &Facts<'_>) -> bool {
    let is_locked = facts.metas.first(&["article:content_tier"]) == Some("locked");
    is_locked || facts.node.and_then(|node| node.flag("isAccessibleForFree")) == Some(false)
}
