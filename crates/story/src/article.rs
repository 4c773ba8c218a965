//! What the engine is handed and what it answers.

use std::sync::Arc;

use crawl::UnixMicros;
use serde::{Deserialize, Serialize};

use crate::agency::Agency;
use crate::decide::Kind;

/// Number of a story; never given twice by one engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct StoryId(pub u64);

/// An article as it arrives.
#[derive(Clone, Copy, Debug, Default)]
pub struct Article<'a> {
    /// The caller's number for it, under which [`Texts`] finds its text later.
    pub id: u64,
    /// Its canonical URL. Articles of one URL are its revisions.
    pub url: Option<&'a str>,
    /// Its publisher; what is repeated in its articles does not count.
    pub outlet: Option<&'a str>,
    /// The main text; a line is a paragraph.
    pub text: &'a str,
    /// When it says it was published.
    pub published: Option<UnixMicros>,
    /// When it was fetched; the window moves by this.
    pub seen_at: UnixMicros,
    /// What else its page told.
    pub hints: Hints<'a>,
}

/// What a page tells about its article.
#[derive(Clone, Copy, Debug, Default)]
pub struct Hints<'a> {
    /// Its language: `en`.
    pub language: Option<&'a str>,
    /// Who signs it.
    pub byline: Option<&'a str>,
    /// The agency that its structured data names.
    pub agency: Option<&'a str>,
}

/// What became of an article.
#[derive(Clone, Debug, PartialEq)]
pub struct Assignment {
    /// Its story.
    pub story: StoryId,
    /// How it belongs to it.
    pub kind: Kind,
    /// The older articles that it was found to share its text with, the closest first.
    pub reasons: Vec<Reason>,
    /// Stories of which it holds a part without being a member.
    pub links: Vec<StoryId>,
    /// Stories whose members are now in this one.
    pub merged: Vec<StoryId>,
    /// Older articles that were taken out of their stories.
    pub moved: Vec<Moved>,
    /// The wire service it is attributed to.
    pub agency: Option<Agency>,
}

/// Why an article is in its story.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Reason {
    /// The older article.
    pub article: u64,
    /// How the new one belongs to it.
    pub kind: Kind,
    /// The share of the new article that the older one covers.
    pub of_new: f64,
    /// The share of the older article that the new one covers.
    pub of_old: f64,
}

/// An article that now stands in another story: it turned out to hold several, or it was in this
/// one only through such an article.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moved {
    /// Which.
    pub article: u64,
    /// Where it stood.
    pub from: StoryId,
    /// Where it stands.
    pub to: StoryId,
    /// Whether it holds several stories.
    pub is_digest: bool,
}

/// What a store of texts says when it fails.
pub type TextsError = Box<dyn std::error::Error + Send + Sync>;

/// Where the engine finds the texts of older articles.
pub trait Texts {
    /// The text that came with the article of this number; `None` when it was given up.
    fn text(&self, id: u64) -> Result<Option<Arc<str>>, TextsError>;
}

/// Texts in memory: for tests, and for collections that fit.
impl<S: std::hash::BuildHasher> Texts for std::collections::HashMap<u64, Arc<str>, S> {
    fn text(&self, id: u64) -> Result<Option<Arc<str>>, TextsError> {
        Ok(self.get(&id).cloned())
    }
}
