//! The engine and its store: takes articles in, and goes on after a restart where it was.

use std::collections::{BTreeSet, HashMap};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use crawl::{Labels, UnixMicros};
use rusqlite::{Connection, TransactionBehavior};

use super::arrival::Arrival;
use super::error::{Error, Fault};
use super::texts::{self, StoredTexts};
use super::{file, note, segments, state, write};
use crate::{Article, Assignment, Config, Figures, Hints, Stories, StoryId};

/// Documents between two checkpoints: a tenth of the window, within these bounds. The first keeps
/// checkpoints of small windows rare, the second a restart within about a minute.
const CHECKPOINT_EVERY: (u64, u64) = (5_000, 200_000);

/// What became of an arrival.
#[derive(Clone, Debug, PartialEq)]
pub enum Taken {
    /// It is new.
    New {
        /// Its number in the order of arrival.
        number: u64,
        /// Its story, and why.
        assignment: Assignment,
    },
    /// This text under this URL is known: nothing was changed.
    Known {
        /// The number under which it is.
        number: u64,
    },
    /// The engine panicked on it: it is not here, and nothing else lacks for it.
    LeftOut,
}

/// Takes articles in. There must be one of a file at a time.
///
/// A batch is one transaction: documents, texts, stories and order are there as a whole or not at
/// all. The engine's state is written now and then; after a restart the documents behind it are
/// given to it again, from the texts that are kept until then.
pub struct Keeper {
    conn: Connection,
    path: PathBuf,
    config: Config,
    every: Option<u64>,
    /// Nothing when it has to be read from the store, at first and after a failure.
    engine: Option<Stories>,
    /// The newest document, and the newest that the checkpoint knows.
    last: u64,
    checkpoint: u64,
    /// The bounds are those of the checkpoint.
    is_written: bool,
    /// Labels that are known to be in the store.
    labels: HashMap<String, Labels>,
}

impl std::fmt::Debug for Keeper {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Keeper").field("path", &self.path).finish_non_exhaustive()
    }
}

impl Keeper {
    /// Opens a file, and makes it where it is missing. The engine is read by the first call that
    /// needs it, or by [`Keeper::restore`].
    pub fn open(path: &Path, config: Config) -> Result<Self, Error> {
        let conn = file::own(path, &config)?;
        Ok(Self {
            conn,
            path: path.to_owned(),
            config,
            every: None,
            engine: None,
            last: 0,
            checkpoint: 0,
            is_written: false,
            labels: HashMap::new(),
        })
    }

    /// The same, which writes the engine's state after so many documents.
    #[must_use]
    pub fn with_checkpoints_every(mut self, documents: u64) -> Self {
        self.every = Some(documents.max(1));
        self
    }

    /// Reads the engine's state, and gives it the documents behind that again. Does nothing where
    /// the engine is there.
    pub fn restore(&mut self) -> Result<(), Error> {
        if self.engine.is_some() {
            return Ok(());
        }
        let restored = self.restored();
        self.is_written = restored.map_err(|fault| fault.at("restore the stories", &self.path))?;
        if self.is_written {
            return Ok(());
        }
        // From here on the new bounds hold, also when this is replayed.
        self.checkpoint()
    }

    /// Takes a batch in, in its order. After an error nothing of it is kept; what is handed in
    /// again is known.
    pub fn take(&mut self, batch: &[Arrival]) -> Result<Vec<Taken>, Error> {
        self.take_noting(batch, None)
    }

    /// The same, and notes something with it: both are kept, or neither.
    pub fn take_with(&mut self, batch: &[Arrival], note: &str) -> Result<Vec<Taken>, Error> {
        self.take_noting(batch, Some(note))
    }

    /// What was noted last.
    pub fn note(&self) -> Result<Option<String>, Error> {
        note::read(&self.conn).map_err(|fault| fault.at("read", &self.path))
    }

    fn take_noting(&mut self, batch: &[Arrival], note: Option<&str>) -> Result<Vec<Taken>, Error> {
        self.restore()?;
        if self.last - self.checkpoint >= self.checkpoint_every() {
            self.checkpoint()?;
        }
        let mut left_out = BTreeSet::new();
        loop {
            let fault = match self.batch(batch, note, &left_out) {
                Ok(taken) => return Ok(taken),
                Err(fault) => fault,
            };
            // It may know documents that the store has not.
            self.engine = None;
            self.labels.clear();
            let Fault::Panicked { place, .. } = fault else {
                return Err(fault.at("keep articles", &self.path));
            };
            left_out.insert(place);
            self.restore()?;
        }
    }

    /// Writes the engine's state, and gives up the texts that it does not need any more.
    /// Does nothing where nothing is new.
    pub fn checkpoint(&mut self) -> Result<(), Error> {
        self.restore()?;
        let last = self.last;
        if self.is_written && self.checkpoint == last {
            return Ok(());
        }
        let written = self.write_checkpoint();
        written.map_err(|fault| fault.at("write the checkpoint", &self.path))?;
        (self.checkpoint, self.is_written) = (last, true);
        Ok(())
    }

    /// Closes the file, with all that is in it brought to the disk.
    pub fn close(self) -> Result<(), Error> {
        let Self { conn, path, .. } = self;
        let whole = conn.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()));
        let closed = whole.and_then(|()| conn.close().map_err(|(_, error)| error));
        closed.map_err(|e| Fault::Sql(e).at("close", &path))
    }

    /// The newest document's number: how many there are.
    pub fn documents(&mut self) -> Result<u64, Error> {
        self.restore()?;
        Ok(self.last)
    }

    /// What the engine holds; nothing while it has not been read.
    pub fn figures(&self) -> Option<Figures> {
        self.engine.as_ref().map(Stories::figures)
    }

    /// What is known of the files that articles come from.
    pub fn segments(&self, archive: &str) -> Result<Vec<segments::Segment>, Error> {
        segments::all(&self.conn, archive).map_err(|fault| fault.at("read", &self.path))
    }

    /// Notes that all of a file of articles is here, as it is now.
    pub fn note_segment(
        &mut self,
        archive: &str,
        segment: &segments::Segment,
    ) -> Result<(), Error> {
        segments::note(&self.conn, archive, segment).map_err(|f| f.at("note a segment", &self.path))
    }

    fn checkpoint_every(&self) -> u64 {
        let window = self.engine.as_ref().map_or(0, |engine| engine.figures().documents);
        let (least, most) = CHECKPOINT_EVERY;
        self.every.unwrap_or((window / 10).clamp(least, most))
    }

    /// Reads the engine; gives whether its bounds are those that were asked for.
    fn restored(&mut self) -> Result<bool, Fault> {
        let (mut engine, checkpoint) = state::read(&self.conn)?;
        let last = replay(&self.conn, &mut engine, checkpoint)?;
        let is_as_written = engine.config == self.config;
        engine.config = self.config;
        (self.engine, self.last, self.checkpoint) = (Some(engine), last, checkpoint);
        Ok(is_as_written)
    }

    fn batch(
        &mut self,
        batch: &[Arrival],
        note: Option<&str>,
        left_out: &BTreeSet<usize>,
    ) -> Result<Vec<Taken>, Fault> {
        let Some(engine) = &mut self.engine else { return Ok(Vec::new()) };
        let tx = self.conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let mut last = self.last;
        let mut touched = BTreeSet::new();
        let mut taken = Vec::with_capacity(batch.len());
        for (place, arrival) in batch.iter().enumerate() {
            if left_out.contains(&place) {
                taken.push(Taken::LeftOut);
                continue;
            }
            note_labels(&tx, arrival, &mut self.labels)?;
            if let Some(number) = write::known(&tx, (arrival.url_key(), arrival.text_key()))? {
                taken.push(Taken::Known { number });
                continue;
            }
            last += 1;
            texts::write(&tx, last, &arrival.text)?;
            let assignment = assign(engine, place, &article(last, arrival), &tx)?;
            write::document(&tx, last, arrival, &assignment)?;
            write::consequences(&tx, last, &assignment, &mut touched)?;
            taken.push(Taken::New { number: last, assignment });
        }
        for story in touched {
            write::sums(&tx, story)?;
        }
        if let Some(text) = note {
            note::write(&tx, text)?;
        }
        tx.commit()?;
        self.last = last;
        Ok(taken)
    }

    fn write_checkpoint(&mut self) -> Result<(), Fault> {
        let Some(engine) = &self.engine else { return Ok(()) };
        let tx = self.conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
        state::write(&tx, engine, self.last)?;
        // The engine holds the newest ones.
        texts::drop_before(&tx, self.last + 1 - engine.figures().documents.min(self.last))?;
        Ok(tx.commit()?)
    }
}

/// Keeps what the seeds say of an outlet, where it is new.
fn note_labels(
    conn: &Connection,
    arrival: &Arrival,
    known: &mut HashMap<String, Labels>,
) -> Result<(), Fault> {
    let Some(labels) = &arrival.labels else { return Ok(()) };
    if known.get(&arrival.outlet) != Some(labels) {
        write::labels(conn, &arrival.outlet, labels)?;
        known.insert(arrival.outlet.clone(), labels.clone());
    }
    Ok(())
}

fn article(number: u64, arrival: &Arrival) -> Article<'_> {
    Article {
        id: number,
        url: Some(&arrival.url),
        outlet: Some(&arrival.outlet),
        text: &arrival.text,
        published: arrival.published.as_ref().map(|published| published.at),
        seen_at: arrival.seen_at,
        hints: Hints {
            language: arrival.language.as_deref(),
            byline: arrival.byline.as_deref(),
            agency: arrival.declared.as_deref(),
        },
    }
}

/// What the engine says of the article at this place of its batch. After an error it is of no use.
fn assign(
    engine: &mut Stories,
    place: usize,
    article: &Article<'_>,
    conn: &Connection,
) -> Result<Assignment, Fault> {
    let assign = || {
        #[cfg(test)]
        assert!(!article.text.contains(super::tests::PANICS), "as the test asks");
        engine.assign(article, &StoredTexts(conn))
    };
    let url = || article.url.unwrap_or_default().to_owned();
    let found = catch_unwind(AssertUnwindSafe(assign));
    Ok(found.map_err(|_| Fault::Panicked { place, url: url() })??)
}

/// Gives the engine the documents behind its checkpoint again; gives the newest one's number.
fn replay(conn: &Connection, engine: &mut Stories, checkpoint: u64) -> Result<u64, Fault> {
    let mut statement = conn.prepare(
        "SELECT number, url, name, seen_at, published_at, language, given
         FROM document JOIN outlet ON outlet.id = document.outlet
         WHERE number > ? ORDER BY number",
    )?;
    let mut rows = statement.query([checkpoint])?;
    let mut last = checkpoint;
    while let Some(row) = rows.next()? {
        let number: u64 = row.get(0)?;
        let text = texts::read(conn, number)?
            .ok_or_else(|| Fault::Damaged(format!("document {number} has no text")))?;
        let language: Option<String> = row.get(5)?;
        let article = Article {
            id: number,
            url: Some(row.get_ref(1)?.as_str().map_err(Fault::damaged)?),
            outlet: Some(row.get_ref(2)?.as_str().map_err(Fault::damaged)?),
            text: &text,
            seen_at: UnixMicros(row.get(3)?),
            published: row.get::<_, Option<i64>>(4)?.map(UnixMicros),
            // Byline and agency are told of the article, and decide nothing.
            hints: Hints { language: language.as_deref(), ..Hints::default() },
        };
        let assignment = assign(engine, 0, &article, conn)?;
        if number != last + 1 || assignment.story != StoryId(row.get(6)?) {
            return Err(Fault::Diverged(number));
        }
        last = number;
    }
    Ok(last)
}
