//! The stories of a data directory, read beside whatever works there.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use archive::Location;
use archive::articles::{Found, line_of, sidecar_of};
use crawl::CanonicalUrl;
use extract::Article;
use story::StoryId;
use story::store::{Document, Place, Store, Story};

use super::name::Name;
use crate::data_dir::DataDir;

/// Stories and texts of a data directory, as they stand at one moment.
pub(crate) struct Reader {
    store: Store,
    data: PathBuf,
    /// Where the archives of a fleet's workers are, by name.
    archives: BTreeMap<String, PathBuf>,
}

impl Reader {
    pub(crate) fn open(data: &Path) -> Result<Self> {
        let store = DataDir::stories_beside(data)?;
        store.freeze()?;
        let archives = worker::stories::archives::known(data)
            .with_context(|| format!("cannot read where the archives of {} are", data.display()))?;
        Ok(Self { store, data: data.to_owned(), archives })
    }

    pub(crate) fn store(&self) -> &Store {
        &self.store
    }

    /// A story, or the one that it has become a part of.
    pub(crate) fn story(&self, number: u64) -> Result<Story> {
        let found = self.store.story(StoryId(number))?;
        found.with_context(|| {
            let data = self.data.display();
            format!(
                "{data} has no story s{number}: `newshound stories list --data {data}` tells which \
                    there are"
            )
        })
    }

    /// One article.
    pub(crate) fn document(&self, number: u64) -> Result<Document> {
        let found = self.store.document(number)?;
        found.with_context(|| {
            let data = self.data.display();
            format!(
                "{data} has no document d{number}: `newshound stories show` tells the documents of \
                    a story"
            )
        })
    }

    /// All versions of an article, oldest first; there is one at least.
    pub(crate) fn revisions(
        &self,
        url: &CanonicalUrl,
        otherwise: Option<&CanonicalUrl>,
    ) -> Result<Vec<Document>> {
        for url in [Some(url), otherwise].into_iter().flatten() {
            let found = self.store.revisions(url.as_str())?;
            if !found.is_empty() {
                return Ok(found);
            }
        }
        bail!(
            "{data} knows no article at {url}: `newshound inspect {url} --data {data}` tells what \
                is known of it",
            data = self.data.display()
        )
    }

    /// The article that is meant: the newest version of a URL, the first publication of a story. A
    /// number by itself is a document's.
    pub(crate) fn one(&self, name: &Name) -> Result<Document> {
        match name {
            Name::Story(number) => self.document(self.story(*number)?.first),
            Name::Document(number) | Name::Number(number) => self.document(*number),
            Name::Url { url, otherwise } => {
                let mut found = self.revisions(url, otherwise.as_ref())?;
                found.pop().context("an article has a version at least")
            }
        }
    }

    /// The text of an article: from the stories while they hold it, then from beside the archive.
    pub(crate) fn text(&self, document: &Document) -> Result<Option<String>> {
        if let Some(text) = self.store.text(document.number)? {
            return Ok(Some(text));
        }
        let Some(location) = self.location(document) else { return Ok(None) };
        let line = line_of::<Article>(&location)
            .with_context(|| format!("cannot read the text of d{}", document.number))?;
        Ok(line.and_then(|line| match line.found {
            Found::Article(article) if line.url == document.url => Some(article.text()),
            _ => None,
        }))
    }

    /// The same, where there is no use in going on without it.
    pub(crate) fn needed_text(&self, document: &Document) -> Result<String> {
        self.text(document)?.with_context(|| self.lack(document))
    }

    /// Why a text is not at hand, and what helps.
    pub(crate) fn lack(&self, document: &Document) -> String {
        let gone = format!("the text of d{} is not kept any more", document.number);
        if let Some(Location { segment, .. }) = self.location(document) {
            return format!(
                "{gone}, and {} lacks it: `newshound archive read --segment {}` reads it again",
                sidecar_of(&segment).display(),
                segment.display()
            );
        }
        let Some(Place { archive, .. }) = &document.place else { return gone };
        format!(
            "{gone}, and where the archive of worker {archive} is, is not known: `newshound \
                stories serve` and `rebuild` remember --archive {archive}=DIR"
        )
    }

    /// Where its snapshot is, as far as that is known.
    fn location(&self, document: &Document) -> Option<Location> {
        let Place { archive, segment, offset, .. } = document.place.as_ref()?;
        let data = if archive.is_empty() { &self.data } else { self.archives.get(archive)? };
        Some(Location {
            date: document.seen_at,
            segment: data.join("archive").join(segment),
            offset: *offset,
        })
    }
}
