//! One article: what a page publishes, without what stands around it.
//!
//! The types here are stored beside the archive and sent between processes: their names are kept.

mod agency;
mod author;
mod block;
mod body;
mod date;
mod headline;
mod json_ld;
mod kind;
mod language;
mod meta;
mod read;
mod script;
mod stated;
mod tree;
mod zone;

use crawl::CanonicalUrl;
use serde::{Deserialize, Serialize};

use crate::date::Stamp;
use read::Facts;

pub use read::read_article;

/// What is read of a page that holds one article.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "snake_case")]
#[non_exhaustive]
pub struct Article {
    /// What sort of page it is.
    pub kind: ArticleKind,
    /// Its headline, without the name of the site.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub headline: Option<String>,
    /// Its text and captions in document order; the headline is none of them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub paragraphs: Vec<Paragraph>,
    /// Who wrote it: people, and desks where no people are named.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub authors: Vec<String>,
    /// What names a wire agency as its source, the surest first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub agencies: Vec<AgencyHint>,
    /// The place with which its text begins, and who sent it: `MOSCOW (AFP)`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dateline: Option<String>,
    /// When it was published.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub published: Option<Stamp>,
    /// When it was last changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub modified: Option<Stamp>,
    /// The section of the outlet that it stands in, as the page writes it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub section: Option<String>,
    /// The language of its text: the code of ISO 639-1, else of 639-3, in lower case.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// Which URL the page calls its own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub canonical: Option<CanonicalUrl>,
    /// Where its AMP version is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub amp: Option<CanonicalUrl>,
    /// The page says that it is not free to read: the text may be its beginning only.
    #[serde(skip_serializing_if = "is_false")]
    pub partial: bool,
    /// Where the text was found.
    pub text_from: TextSource,
}

/// One paragraph.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Paragraph {
    /// What it is.
    pub kind: ParagraphKind,
    /// Its text on one line, with single spaces.
    pub text: String,
}

/// What a paragraph is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ParagraphKind {
    /// Running text, an item of a list, a row of a table.
    #[default]
    Text,
    /// A heading within the text.
    Heading,
    /// What the page sets off as quoted: a block quote, an embedded post.
    Quote,
    /// The caption of a picture; no part of the text.
    Caption,
}

/// What sort of page an article is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ArticleKind {
    /// A text to be read.
    #[default]
    Article,
    /// A text that grows by dated posts.
    LiveBlog,
    /// A video with a few words about it.
    Video,
    /// Pictures with captions.
    Gallery,
    /// No article: a page that lists them.
    Hub,
}

/// Something that names an agency.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct AgencyHint {
    /// Where it is named.
    pub source: AgencySource,
    /// The agency's short name, one spelling for each: `AFP`, `Reuters`, `dpa`.
    pub name: String,
}

/// Where an agency is named, the surest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AgencySource {
    /// Author, source or copyright holder in the page's JSON-LD.
    JsonLd,
    /// The byline.
    Byline,
    /// The dateline at the start of the text: `MOSCOW (AFP) -`.
    Dateline,
    /// A line of credit, most often at the end of the text: `(Reporting by ...)`, `AFP/jd`.
    Credit,
    /// An element or `<meta>` that names the source.
    Source,
    /// A copyright line: `Copyright 2024 The Associated Press`.
    Copyright,
}

/// Where a text was found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TextSource {
    /// Nowhere: the article has no text.
    #[default]
    None,
    /// In the page's elements.
    Structure,
    /// In `articleBody` of the page's JSON-LD, where the elements hold less.
    JsonLd,
}

impl Article {
    /// The text: paragraphs, headings and quotes, a line each. Captions are not part of it.
    pub fn text(&self) -> String {
        let mut text = String::new();
        for paragraph in self.paragraphs.iter().filter(|p| p.kind != ParagraphKind::Caption) {
            if !text.is_empty() {
                text.push('\n');
            }
            text.push_str(&paragraph.text);
        }
        text
    }

    /// The agency that the article is by, where one is named.
    pub fn agency(&self) -> Option<&str> {
        self.agencies.first().map(|hint| hint.name.as_str())
    }
}

/// Serde asks for a function of a reference.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "the form that serde calls")]
fn is_false(flag: &bool) -> bool {
    !flag
}

#[cfg(test)]
mod tests;
