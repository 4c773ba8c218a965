//! What sort of page it is.

use super::body::Body;
use super::script::Measure;
use super::{ArticleKind, Facts, ParagraphKind};

/// Text below which a page with a video is a video, in units.
const VIDEO_UNITS_MAX: usize = 900;

/// Captions, against text, from which on a page is a gallery.
const GALLERY_CAPTIONS_MIN: usize = 6;

/// Types of JSON-LD that list articles.
const HUBS: &[&str] = &["CollectionPage", "SearchResultsPage", "ProfilePage"];

/// Finds the kind.
pub(super) fn find(facts: &Facts<'_>, body: &Body) -> ArticleKind {
    let is = |kind: &str| facts.node.is_some_and(|node| node.is(kind));
    let og = facts.metas.first(&["og:type"]).unwrap_or_default().to_ascii_lowercase();
    if is("LiveBlogPosting") || facts.json_ld.first("LiveBlogPosting").is_some() {
        return ArticleKind::LiveBlog;
    }
    let units = |is_caption: bool| -> usize {
        let of_kind = |p: &&super::Paragraph| (p.kind == ParagraphKind::Caption) == is_caption;
        body.paragraphs.iter().filter(of_kind).map(|p| Measure::of(&p.text).units).sum()
    };
    let text = units(false);
    let is_video = og.starts_with("video")
        || (facts.node.is_none() && facts.json_ld.first("VideoObject").is_some());
    if is_video && text < VIDEO_UNITS_MAX {
        return ArticleKind::Video;
    }
    let captions = body.paragraphs.iter().filter(|p| p.kind == ParagraphKind::Caption).count();
    let is_gallery = facts.json_ld.first("ImageGallery").is_some();
    if captions >= GALLERY_CAPTIONS_MIN && (units(true) > text || is_gallery) {
        return ArticleKind::Gallery;
    }
    if is_hub(facts, &og, text) { ArticleKind::Hub } else { ArticleKind::Article }
}

/// Whether it lists articles and is none: a front page, or a page that declares no article and has
/// hardly a text.
fn is_hub(facts: &Facts<'_>, og: &str, text: usize) -> bool {
    if facts.node.is_some() || facts.is_declared {
        return false;
    }
    let path = facts.url.path();
    let is_front = path == "/" && facts.url.query().is_none();
    let is_list = HUBS.iter().any(|kind| facts.json_ld.first(kind).is_some());
    is_front || is_list || text < 200 || (og == "website" && text < 600)
}
