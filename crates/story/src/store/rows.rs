//! What is read: stories and their documents.

use crawl::UnixMicros;
use rusqlite::Row;
use serde::Serialize;

use super::arrival::Place;
use super::error::Fault;
use crate::{Kind, StoryId};

/// A story as a whole.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Story {
    /// Its number.
    pub id: StoryId,
    /// URLs that carry it.
    pub size: u64,
    /// Documents: URLs with all their revisions.
    pub documents: u64,
    /// Outlets that carry it.
    pub outlets: u64,
    /// The wire service that most of its documents are attributed to.
    pub agency: Option<String>,
    /// The number of the document that was published first, as far as times can be believed.
    pub first: u64,
    /// When that was published, or seen where it says nothing.
    pub first_at: UnixMicros,
    /// When a document of it was first seen.
    pub seen_first: UnixMicros,
    /// When the last one was seen.
    pub seen_last: UnixMicros,
    /// The headline of the first publication.
    pub headline: Option<String>,
    /// Its URL.
    pub url: String,
    /// Its outlet.
    pub outlet: String,
}

/// One document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    /// Its number in the order of arrival.
    pub number: u64,
    /// Its story.
    pub story: StoryId,
    /// How it belongs to it.
    pub kind: Kind,
    /// Its URL.
    pub url: String,
    /// Its publisher.
    pub outlet: String,
    /// When it was fetched.
    pub seen_at: UnixMicros,
    /// When it was published as far as that can be believed; else when it was fetched.
    pub first_at: UnixMicros,
    /// When it says it was published, as it is written there.
    pub published: Option<String>,
    /// Its headline.
    pub headline: Option<String>,
    /// Who signs it.
    pub byline: Option<String>,
    /// Its language.
    pub language: Option<String>,
    /// The wire service it is attributed to.
    pub agency: Option<String>,
    /// The page asks not to be shown from archives: its text is not to be exported.
    pub noarchive: bool,
    /// The text may be its beginning only.
    pub partial: bool,
    /// The payload digest of its page.
    pub digest: Option<String>,
    /// Where its snapshot is.
    pub place: Option<Place>,
}

/// Why a document is in its story.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Reason {
    /// The older document that it shares its text with.
    pub other: u64,
    /// How the document belongs to it.
    pub kind: Kind,
    /// The share of the document that the other one covers.
    pub of_document: f64,
    /// The share of the other one that the document covers.
    pub of_other: f64,
}

/// What a store holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Held {
    /// Documents.
    pub documents: u64,
    /// Stories that are carried by two URLs and more.
    pub stories: u64,
    /// Those that are carried by two outlets and more.
    pub shared: u64,
}

/// The columns of a [`Story`], in the order that [`story`] reads them.
pub(super) const STORY: &str = "s.id, s.size, s.documents, s.outlets, s.agency, s.first, \
    s.first_at, s.seen_first, s.seen_last, d.headline, d.url, o.name";

/// Where they come from.
pub(super) const STORY_FROM: &str = "story s JOIN document d ON d.number = s.first \
    JOIN outlet o ON o.id = d.outlet";

/// The columns of a [`Document`], in the order that [`document`] reads them.
pub(super) const DOCUMENT: &str = "d.number, d.story, d.kind, d.url, o.name, d.seen_at, \
    d.first_at, d.published, d.headline, d.byline, d.language, d.agency, d.noarchive, d.partial, \
    d.digest, g.archive, g.name, d.record, d.offset";

/// Where they come from.
pub(super) const DOCUMENT_FROM: &str = "document d JOIN outlet o ON o.id = d.outlet \
    LEFT JOIN segment g ON g.id = d.segment";

pub(super) fn story(row: &Row<'_>) -> Result<Story, Fault> {
    Ok(Story {
        id: StoryId(row.get(0)?),
        size: row.get(1)?,
        documents: row.get(2)?,
        outlets: row.get(3)?,
        agency: row.get(4)?,
        first: row.get(5)?,
        first_at: UnixMicros(row.get(6)?),
        seen_first: UnixMicros(row.get(7)?),
        seen_last: UnixMicros(row.get(8)?),
        headline: row.get(9)?,
        url: row.get(10)?,
        outlet: row.get(11)?,
    })
}

pub(super) fn document(row: &Row<'_>) -> Result<Document, Fault> {
    Ok(Document {
        number: row.get(0)?,
        story: StoryId(row.get(1)?),
        kind: kind(row, 2)?,
        url: row.get(3)?,
        outlet: row.get(4)?,
        seen_at: UnixMicros(row.get(5)?),
        first_at: UnixMicros(row.get(6)?),
        published: row.get(7)?,
        headline: row.get(8)?,
        byline: row.get(9)?,
        language: row.get(10)?,
        agency: row.get(11)?,
        noarchive: row.get(12)?,
        partial: row.get(13)?,
        digest: row.get(14)?,
        place: place(row)?,
    })
}

fn place(row: &Row<'_>) -> Result<Option<Place>, Fault> {
    let Some(archive) = row.get(15)? else { return Ok(None) };
    Ok(Some(Place { archive, segment: row.get(16)?, record: row.get(17)?, offset: row.get(18)? }))
}

pub(super) fn reason(row: &Row<'_>) -> Result<Reason, Fault> {
    Ok(Reason {
        other: row.get(0)?,
        kind: kind(row, 1)?,
        of_document: row.get(2)?,
        of_other: row.get(3)?,
    })
}

fn kind(row: &Row<'_>, column: usize) -> Result<Kind, Fault> {
    const KINDS: [Kind; 6] =
        [Kind::First, Kind::Identical, Kind::Edited, Kind::Excerpt, Kind::Update, Kind::Digest];
    let word: String = row.get(column)?;
    let found = KINDS.into_iter().find(|kind| kind.as_str() == word);
    found.ok_or_else(|| Fault::Damaged(format!("{word:?} is no kind of a document")))
}
