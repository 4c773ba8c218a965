//! Articles are read where reading may go wrong: in child processes.
//!
//! A tree is built of a page for its article, and of a hostile page that may take any time, any
//! memory or the whole stack. A thread cannot be stopped, and an overflow of the stack ends its
//! process; so the crawler hands pages to processes that may die.
//!
//! # Layout
//! - [`config`]: how many readers, and what one may use
//! - [`pool`]: the readers of a worker
//! - `process`: one of them, as the crawler sees it
//! - [`child`]: one of them, as it sees itself
//! - `frame`: what they say to each other
//! - [`in_process`]: reading without any of it, for simulations
//! - [`kept`]: where articles go
//! - [`beside`]: beside the archive
//! - `seen`: what a page is that no article is read of

pub mod beside;
pub mod child;
pub mod config;
mod frame;
pub mod in_process;
pub mod kept;
pub mod pool;
mod process;
pub(crate) mod seen;

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use crawl::{CanonicalUrl, shape};
use extract::{Article, Input, Page};
use serde::{Deserialize, Serialize};
use url::Url;

pub use beside::BesideArchive;
pub use child::ChildOptions;
pub use config::Config;
pub use in_process::InProcess;
pub use kept::{Articles, NoArticles, ReadSnapshot};
pub use pool::{Launch, Pool};

/// The version of what is read of a snapshot, and of which. Raise it with every change that lets
/// the same snapshot be read otherwise: what was kept by an older one counts as stale.
pub const VERSION: u32 = 2;

/// A page whose article is to be read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ToRead {
    /// Where it was fetched from.
    pub url: Url,
    /// The value of its `Content-Type` header.
    pub content_type: Option<String>,
    /// The values of its `X-Robots-Tag` headers.
    pub robots_tags: Vec<String>,
    /// The body with its content coding taken off.
    #[serde(skip)]
    pub body: Vec<u8>,
}

impl ToRead {
    /// The page of an input.
    pub fn of(input: &Input<'_>) -> Self {
        Self {
            url: input.url.clone(),
            content_type: input.content_type.map(str::to_owned),
            robots_tags: input.robots_tags.to_vec(),
            body: input.body.to_vec(),
        }
    }

    /// The page as the readers of `extract` take it.
    pub fn input(&self) -> Input<'_> {
        Input {
            url: &self.url,
            content_type: self.content_type.as_deref(),
            robots_tags: &self.robots_tags,
            body: &self.body,
        }
    }
}

/// What came of reading a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReadOutcome {
    /// Its article.
    Article(Box<Article>),
    /// It holds none.
    NoArticle,
    /// The page is at fault; it is not tried again.
    Unreadable(Unreadable),
    /// We are at fault: it can be read later, from the snapshot.
    Unread,
}

/// By what a page has killed its reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unreadable {
    /// It overflowed the stack, or hit a fault of the program.
    Crashed,
    /// It took more than [`Config::memory_bytes_max`].
    Memory,
    /// It took more than [`Config::time_max`].
    Time,
}

impl Unreadable {
    /// The word of it in metadata, counters and summaries.
    pub fn word(self) -> &'static str {
        match self {
            Self::Crashed => "crashed",
            Self::Memory => "memory",
            Self::Time => "time",
        }
    }
}

impl ReadOutcome {
    /// Says so where the page is at fault: for whoever has stored it.
    pub(crate) fn warn_of(&self, url: &Url) {
        if let Self::Unreadable(why) = self {
            tracing::warn!(
                %url,
                why = why.word(),
                "this page has ended its reader: it is stored, and not read again"
            );
        }
    }
}

/// What a reader is about to say.
pub type Reading<'a> = Pin<Box<dyn Future<Output = ReadOutcome> + Send + 'a>>;

/// Reads articles. The seam between the crawler and its readers.
pub trait Reader: Send + Sync {
    /// Reads the article of a page.
    fn read<'a>(&'a self, page: &'a ToRead) -> Reading<'a>;

    /// Whether pages that are not tame ([`extract::Guard`]) are taken as well.
    fn takes_untamed(&self) -> bool {
        false
    }

    /// CPU time that was spent in other processes.
    fn cpu(&self) -> Duration {
        Duration::ZERO
    }

    /// Resident memory at the peak of the largest other process, in bytes.
    fn memory_peak_bytes(&self) -> u64 {
        0
    }

    /// Ends what runs for it. Nothing is read after that.
    fn close(&self) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(std::future::ready(()))
    }
}

/// Whether the article of a tame page is worth a reader's time. It depends on the page alone, so
/// that an archive is read as the crawl read it. Front pages and sections that declare no article
/// are hubs.
pub fn is_wanted(url: &CanonicalUrl, page: &Page) -> bool {
    page.article.is_some() || !(url.is_front_page() || shape::is_section_like(url))
}
