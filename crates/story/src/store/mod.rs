//! Stories on disk: what the engine has decided, in one `SQLite` file beside the archive.
//!
//! A [`Keeper`] takes articles in and writes; any number of [`Store`]s read beside it. Documents
//! are numbered in the order of their arrival, and that order is all that a rebuild needs to come
//! to the same stories. Documents and stories stay for good; texts are kept for the window only,
//! since the archive has them.
//!
//! # Layout
//! - [`arrival`]: an article as it is handed in
//! - [`keeper`]: the engine and its store
//! - [`segments`]: which files of articles are here as a whole
//! - [`rebuild`]: a store made anew
//! - [`rows`]: what is read
//! - [`query`]: which stories are asked for
//! - `note`: what whoever hands articles in has noted with them
//! - `write`: documents and stories as rows
//! - `texts`: the texts of the window
//! - `state`: the engine's state in the store
//! - `file`: opening it
//! - [`error`]: our own failures

pub mod arrival;
pub mod error;
mod file;
pub mod keeper;
mod note;
pub mod query;
pub mod rebuild;
pub mod rows;
pub mod segments;
mod state;
mod texts;
mod write;

#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};

use rusqlite::{Connection, OptionalExtension as _, Params, Row, params_from_iter};

use crate::StoryId;
use error::Fault;
use query::Sql;

pub use arrival::{Arrival, Place, Published};
pub use error::Error;
pub use keeper::{Keeper, Taken};
pub use query::{Cursor, Label, Page, Query};
pub use rebuild::{KEPT, Rebuild, Rebuilt};
pub use rows::{Document, Held, Reason, Story};
pub use segments::Segment;

/// The name of the file in a data directory.
pub const FILE: &str = "stories.sqlite";

/// Most stories that turned into others one after the other, that are followed.
const MERGES_MAX: usize = 64;

/// Reads stories, also beside a [`Keeper`].
pub struct Store {
    conn: Connection,
    path: PathBuf,
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Store").field("path", &self.path).finish_non_exhaustive()
    }
}

impl Store {
    /// Opens a file that a [`Keeper`] has made.
    pub fn open(path: &Path) -> Result<Self, Error> {
        Ok(Self { conn: file::beside(path)?, path: path.to_owned() })
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// From now on, until this value is dropped, reads the stories as they stand at the first read,
    /// whatever is written meanwhile.
    pub fn freeze(&self) -> Result<(), Error> {
        let begun = self.conn.execute_batch("BEGIN");
        begun.map_err(|e| Fault::Sql(e).at("read stories", &self.path))
    }

    /// What there is.
    pub fn held(&self) -> Result<Held, Error> {
        let sql = "SELECT (SELECT count(*) FROM document),
            (SELECT count(*) FROM story WHERE size > 1),
            (SELECT count(*) FROM story WHERE outlets > 1)";
        let read = |row: &Row<'_>| -> Result<Held, Fault> {
            Ok(Held { documents: row.get(0)?, stories: row.get(1)?, shared: row.get(2)? })
        };
        Ok(self.one(sql, [], read)?.unwrap_or_default())
    }

    /// Up to so many stories, those that most outlets carry first.
    pub fn stories(&self, query: &Query, limit: usize) -> Result<Page, Error> {
        let Sql { text, values } = Sql::of(query, limit);
        let stories = self.all(&text, params_from_iter(values), rows::story)?;
        let is_full = !stories.is_empty() && stories.len() >= limit;
        let next = stories.last().filter(|_| is_full).map(Cursor::behind);
        Ok(Page { stories, next })
    }

    /// The story of this number, or the one that it was merged into.
    pub fn story(&self, id: StoryId) -> Result<Option<Story>, Error> {
        let id = self.merged_into(id)?;
        let (columns, from) = (rows::STORY, rows::STORY_FROM);
        self.one(&format!("SELECT {columns} FROM {from} WHERE s.id = ?"), [id.0], rows::story)
    }

    /// The documents of a story, in the order of their publication.
    pub fn members(&self, id: StoryId) -> Result<Vec<Document>, Error> {
        let id = self.merged_into(id)?;
        self.documents("d.story = ? ORDER BY d.first_at, d.number", [id.0])
    }

    /// Documents that hold a part of a story without being members: digests of several stories.
    pub fn linked(&self, id: StoryId) -> Result<Vec<Document>, Error> {
        let id = self.merged_into(id)?;
        let linked = "d.number IN (SELECT document FROM link WHERE story = ?) ORDER BY d.number";
        self.documents(linked, [id.0])
    }

    /// One document.
    pub fn document(&self, number: u64) -> Result<Option<Document>, Error> {
        Ok(self.documents("d.number = ?", [number])?.pop())
    }

    /// Documents behind this number in the order of their arrival, so many at most.
    pub fn documents_after(&self, number: u64, limit: usize) -> Result<Vec<Document>, Error> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        self.documents("d.number > ? ORDER BY d.number LIMIT ?", (number, limit))
    }

    /// The documents of a URL, oldest first: its revisions.
    pub fn revisions(&self, url: &str) -> Result<Vec<Document>, Error> {
        let (key, of_url) = (arrival::key(url), "d.url_key = ? AND d.url = ? ORDER BY d.number");
        self.documents(of_url, (key, url))
    }

    /// Why a document is in its story: the older documents that it shares its text with, the
    /// closest first.
    pub fn reasons(&self, number: u64) -> Result<Vec<Reason>, Error> {
        let sql = "SELECT other, kind, of_document, of_other FROM reason
            WHERE document = ? ORDER BY place";
        self.all(sql, [number], rows::reason)
    }

    /// Stories of which a document holds a part without being a member.
    pub fn links(&self, number: u64) -> Result<Vec<StoryId>, Error> {
        let sql = "SELECT story FROM link WHERE document = ? ORDER BY story";
        self.all(sql, [number], |row| Ok(StoryId(row.get(0)?)))
    }

    /// The text of a document: nothing when it is behind the window. Then the file of articles of
    /// its segment has it.
    pub fn text(&self, number: u64) -> Result<Option<String>, Error> {
        texts::read(&self.conn, number).map_err(|fault| fault.at("read a text", &self.path))
    }

    /// What whoever hands articles in has noted with the last of them.
    pub fn note(&self) -> Result<Option<String>, Error> {
        note::read(&self.conn).map_err(|fault| fault.at("read", &self.path))
    }

    /// The labels of an outlet: their names (`country`, `language`, `tag`) and values.
    pub fn labels(&self, outlet: &str) -> Result<Vec<(String, String)>, Error> {
        let sql = "SELECT l.name, l.value FROM label l JOIN outlet o ON o.id = l.outlet
            WHERE o.name = ? ORDER BY l.name, l.value";
        self.all(sql, [outlet], |row| Ok((row.get(0)?, row.get(1)?)))
    }

    /// The story that one was merged into; itself where it was not.
    pub fn merged_into(&self, id: StoryId) -> Result<StoryId, Error> {
        let mut at = id;
        for _ in 0..MERGES_MAX {
            let sql = "SELECT into_story FROM merge WHERE story = ?";
            match self.one(sql, [at.0], |row| Ok(StoryId(row.get(0)?)))? {
                Some(next) => at = next,
                None => break,
            }
        }
        Ok(at)
    }

    fn documents(&self, condition: &str, values: impl Params) -> Result<Vec<Document>, Error> {
        let (columns, from) = (rows::DOCUMENT, rows::DOCUMENT_FROM);
        let sql = format!("SELECT {columns} FROM {from} WHERE {condition}");
        self.all(&sql, values, rows::document)
    }

    fn one<T>(
        &self,
        sql: &str,
        values: impl Params,
        read: impl Fn(&Row<'_>) -> Result<T, Fault>,
    ) -> Result<Option<T>, Error> {
        let found = || -> Result<Option<T>, Fault> {
            let mut statement = self.conn.prepare_cached(sql)?;
            statement.query_row(values, |row| Ok(read(row))).optional()?.transpose()
        };
        found().map_err(|fault| fault.at("read stories", &self.path))
    }

    fn all<T>(
        &self,
        sql: &str,
        values: impl Params,
        read: impl Fn(&Row<'_>) -> Result<T, Fault>,
    ) -> Result<Vec<T>, Error> {
        let found = || -> Result<Vec<T>, Fault> {
            let mut statement = self.conn.prepare_cached(sql)?;
            let mut rows = statement.query(values)?;
            let mut found = Vec::new();
            while let Some(row) = rows.next()? {
                found.push(read(row)?);
            }
            Ok(found)
        };
        found().map_err(|fault| fault.at("read stories", &self.path))
    }
}
