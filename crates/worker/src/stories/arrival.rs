//! An article beside the archive, as the store of stories takes it.

use archive::articles::{Found, Line};
use crawl::{CanonicalUrl, Labels};
use extract::{Article, ArticleKind};
use story::store::{Arrival, Place, Published};

/// What is handed in of a line: articles that have a text. Walls, hubs and what could not be read
/// have none.
pub(super) fn arrival(
    line: Line<Article>,
    segment: &str,
    labels: Option<&Labels>,
) -> Option<Arrival> {
    let Found::Article(article) = line.found else { return None };
    if article.kind == ArticleKind::Hub {
        return None;
    }
    let text = article.text();
    if text.trim().is_empty() {
        return None;
    }
    let outlet = CanonicalUrl::parse(&line.url).ok()?.host_key().outlet();
    let byline = (!article.authors.is_empty()).then(|| article.authors.join(", "));
    let declared = article.agency().map(str::to_owned);
    let published = article
        .published
        .map(|stamp| Published { at: stamp.instant_or_utc(), text: stamp.to_string() });
    Some(Arrival {
        url: line.url,
        outlet: outlet.as_str().to_owned(),
        labels: labels.cloned(),
        text,
        seen_at: line.fetched,
        published,
        headline: article.headline,
        byline,
        language: article.language,
        declared,
        noarchive: line.noarchive,
        partial: article.partial,
        digest: line.digest,
        place: Some(Place {
            archive: String::new(),
            segment: segment.to_owned(),
            record: line.record,
            offset: line.offset,
        }),
    })
}
