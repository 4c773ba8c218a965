//! Stories and articles as JSON. Times are RFC 3339 in UTC.

use anyhow::Result;
use serde::Serialize;
use serde_json::{Map, Value};
use story::store::{Document, Place, Reason, Store, Story};

use crate::units::rfc3339;

/// A story as a whole.
#[derive(Serialize)]
pub(crate) struct StoryView {
    pub(crate) id: u64,
    /// URLs that carry it.
    pub(crate) size: u64,
    pub(crate) outlets: u64,
    /// URLs with all their versions.
    pub(crate) documents: u64,
    pub(crate) agency: Option<String>,
    pub(crate) headline: Option<String>,
    /// The document that was published first, when, by whom.
    pub(crate) first: u64,
    pub(crate) first_at: String,
    pub(crate) outlet: String,
    pub(crate) url: String,
    pub(crate) seen_first: String,
    pub(crate) seen_last: String,
}

impl From<Story> for StoryView {
    fn from(story: Story) -> Self {
        Self {
            id: story.id.0,
            size: story.size,
            outlets: story.outlets,
            documents: story.documents,
            agency: story.agency,
            headline: story.headline,
            first: story.first,
            first_at: rfc3339(story.first_at),
            outlet: story.outlet,
            url: story.url,
            seen_first: rfc3339(story.seen_first),
            seen_last: rfc3339(story.seen_last),
        }
    }
}

/// An article.
#[derive(Serialize)]
pub(crate) struct DocumentView {
    pub(crate) number: u64,
    pub(crate) story: u64,
    pub(crate) kind: &'static str,
    pub(crate) url: String,
    pub(crate) outlet: String,
    /// When it was published as far as that can be believed, else when it was seen.
    pub(crate) first_at: String,
    /// When it says it was published, as it is written there.
    pub(crate) published: Option<String>,
    pub(crate) seen_at: String,
    pub(crate) headline: Option<String>,
    pub(crate) byline: Option<String>,
    pub(crate) language: Option<String>,
    pub(crate) agency: Option<String>,
    pub(crate) noarchive: bool,
    pub(crate) partial: bool,
    pub(crate) digest: Option<String>,
    pub(crate) snapshot: Option<PlaceView>,
}

/// Where a snapshot is.
#[derive(Serialize)]
pub(crate) struct PlaceView {
    /// The data directory, where it is another one.
    #[serde(skip_serializing_if = "String::is_empty")]
    archive: String,
    segment: String,
    record: String,
    offset: u64,
}

impl From<Place> for PlaceView {
    fn from(place: Place) -> Self {
        let Place { archive, segment, record, offset } = place;
        Self { archive, segment, record, offset }
    }
}

impl From<Document> for DocumentView {
    fn from(document: Document) -> Self {
        Self {
            number: document.number,
            story: document.story.0,
            kind: document.kind.as_str(),
            url: document.url,
            outlet: document.outlet,
            first_at: rfc3339(document.first_at),
            published: document.published,
            seen_at: rfc3339(document.seen_at),
            headline: document.headline,
            byline: document.byline,
            language: document.language,
            agency: document.agency,
            noarchive: document.noarchive,
            partial: document.partial,
            digest: document.digest,
            snapshot: document.place.map(PlaceView::from),
        }
    }
}

/// A member of a story, and why it is one.
#[derive(Serialize)]
pub(crate) struct MemberView {
    #[serde(flatten)]
    pub(crate) document: DocumentView,
    /// What the seeds say of its outlet: `country`, `language`, `tags`.
    labels: Value,
    /// The older documents that it shares its text with, the closest first, and the share of each
    /// that the other covers.
    reasons: Vec<Reason>,
    /// Other stories of which it holds a part.
    links: Vec<u64>,
}

impl MemberView {
    pub(crate) fn of(store: &Store, document: Document) -> Result<Self> {
        let number = document.number;
        Ok(Self {
            labels: labels(store.labels(&document.outlet)?),
            reasons: store.reasons(number)?,
            links: store.links(number)?.into_iter().map(|story| story.0).collect(),
            document: document.into(),
        })
    }
}

fn labels(found: Vec<(String, String)>) -> Value {
    let mut labels = Map::new();
    let mut tags = Vec::new();
    for (name, value) in found {
        match name.as_str() {
            "tag" => tags.push(Value::String(value)),
            _ => drop(labels.insert(name, Value::String(value))),
        }
    }
    if !tags.is_empty() {
        labels.insert("tags".into(), Value::Array(tags));
    }
    Value::Object(labels)
}
