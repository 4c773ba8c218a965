//! The thread that owns the connection: group commit and savepoints.

use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::thread::JoinHandle;

use crawl::{Clock, UnixMicros};
use rusqlite::{Connection, params};
use serde::{Deserialize, Serialize};
use tokio::sync::oneshot;

use super::{Mode, calls, schema};
use crate::time::LogicalClock;
use crate::{Error, Result};

/// Calls that share one transaction at most: the last of them waits for all.
const BATCH_MAX: usize = 128;

/// The handle to the thread.
pub(super) struct Thread {
    jobs: Mutex<Option<Sender<Job>>>,
    handle: Mutex<Option<JoinHandle<()>>>,
    path: PathBuf,
}

/// A call on its way to the thread.
struct Job {
    work: Work,
    is_durable: bool,
}

/// Does the call, and gives how to answer once the commit has gone well, or not.
type Work = Box<dyn FnOnce(&mut Tx<'_>) -> (bool, Answer) + Send>;
type Answer = Box<dyn FnOnce(Option<Error>) + Send>;

/// The transaction of a batch, as a call sees it.
pub(super) struct Tx<'a> {
    pub(super) db: &'a Connection,
    /// Logical time; the same for all calls of a batch.
    pub(super) now: UnixMicros,
    pub(super) totals: Totals,
    pub(super) path: &'a Path,
}

/// Figures that would cost a walk through the tables. Stored with each transaction.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Totals {
    pub(super) seen: u64,
    pub(super) hosts: u64,
    /// Hosts with URLs of any kind.
    pub(super) hosts_with_urls: u64,
    pub(super) pending: [u64; 3],
    pub(super) due: u64,
    pub(super) in_flight: u64,
    /// Successful draws.
    pub(super) drawn: u64,
    /// The last logical time that was stored.
    pub(super) now: UnixMicros,
}

impl Thread {
    pub(super) fn start(path: &Path, clock: Arc<dyn Clock>, mode: Mode) -> Result<Self> {
        let db = schema::open(path)?;
        let mut owner = Owner { db, clock: None, path: path.to_owned() };
        let totals = read_totals(&owner.db).map_err(|e| schema::storage("read", path, e))?;
        owner.clock = Some(LogicalClock::new(clock, totals.now));
        if mode == Mode::Owner {
            owner.drop_leases()?;
        }
        let (jobs, queue) = channel();
        let handle = std::thread::Builder::new()
            .name("frontier".into())
            .spawn(move || owner.run(&queue))
            .map_err(|source| Error::Io {
                operation: "start the thread of",
                path: path.to_owned(),
                source,
            })?;
        Ok(Self {
            jobs: Mutex::new(Some(jobs)),
            handle: Mutex::new(Some(handle)),
            path: path.to_owned(),
        })
    }

    /// Prepares a call; it is sent when it is awaited.
    pub(super) fn call<T, F>(&self, operation: &'static str, call: F) -> Call<'_, T>
    where
        T: Send + 'static,
        F: FnOnce(&mut Tx<'_>) -> CallResult<T> + Send + 'static,
    {
        let (answer, answered) = oneshot::channel();
        let work: Work = Box::new(move |tx| {
            let done = tx.whole(call).map_err(|e| e.explain(operation, tx.path));
            let is_fine = done.is_ok();
            let tell = move |broken: Option<Error>| {
                // Who no longer waits does not mind.
                let _ = answer.send(broken.map_or(done, Err));
            };
            (is_fine, Box::new(tell))
        });
        Call { thread: self, job: Some(Job { work, is_durable: false }), answered }
    }

    fn send(&self, job: Job) {
        let jobs = self.jobs.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(jobs) = &*jobs {
            // A thread that has ended drops the answer, which is then told as closed.
            let _ = jobs.send(job);
        }
    }

    fn closed(&self) -> Error {
        let handle = self.handle.lock().unwrap_or_else(PoisonError::into_inner).take();
        let panic = handle.and_then(|handle| handle.join().err()).map(|panic| {
            let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
            text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_default()
        });
        Error::Closed { path: self.path.clone(), panic }
    }
}

impl Drop for Thread {
    fn drop(&mut self) {
        *self.jobs.lock().unwrap_or_else(PoisonError::into_inner) = None;
        let handle = self.handle.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(Err(panic)) = handle.map(JoinHandle::join) {
            tracing::error!(path = %self.path.display(), ?panic, "the frontier's thread panicked");
        }
    }
}

/// A call that is sent when it is awaited.
pub(super) struct Call<'a, T> {
    thread: &'a Thread,
    job: Option<Job>,
    answered: oneshot::Receiver<Result<T>>,
}

impl<T> Call<'_, T> {
    /// Answered only when it is on the disk, and everything before it.
    pub(super) fn durable(mut self) -> Self {
        if let Some(job) = &mut self.job {
            job.is_durable = true;
        }
        self
    }
}

impl<T> Future for Call<'_, T> {
    type Output = Result<T>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        if let Some(job) = self.job.take() {
            self.thread.send(job);
        }
        let answered = Pin::new(&mut self.answered).poll(cx);
        answered.map(|answer| answer.unwrap_or_else(|_| Err(self.thread.closed())))
    }
}

/// What a call gives: SQLite's errors are explained outside, ours are taken as they are.
pub(super) type CallResult<T> = std::result::Result<T, CallError>;

pub(super) enum CallError {
    Sqlite(rusqlite::Error),
    Ours(Error),
}

impl From<rusqlite::Error> for CallError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sqlite(error)
    }
}

impl From<Error> for CallError {
    fn from(error: Error) -> Self {
        Self::Ours(error)
    }
}

impl CallError {
    fn explain(self, operation: &'static str, path: &Path) -> Error {
        match self {
            Self::Sqlite(source) => schema::storage(operation, path, source),
            Self::Ours(error) => error,
        }
    }
}

impl Tx<'_> {
    /// Does a call whole or not at all.
    fn whole<T>(&mut self, call: impl FnOnce(&mut Self) -> CallResult<T>) -> CallResult<T> {
        let totals = self.totals.clone();
        self.db.prepare_cached("SAVEPOINT call")?.execute([])?;
        let done = call(self);
        if done.is_err() {
            self.totals = totals;
            // After some errors SQLite has undone the whole transaction already.
            if !self.db.is_autocommit() {
                self.db.prepare_cached("ROLLBACK TO call")?.execute([])?;
            }
        }
        if !self.db.is_autocommit() {
            self.db.prepare_cached("RELEASE call")?.execute([])?;
        }
        done
    }
}

/// What the thread owns.
struct Owner {
    db: Connection,
    /// None only while it is opened.
    clock: Option<LogicalClock>,
    path: PathBuf,
}

impl Owner {
    fn run(mut self, queue: &Receiver<Job>) {
        while let Ok(first) = queue.recv() {
            let more = queue.try_iter().take(BATCH_MAX - 1);
            let batch: Vec<Job> = std::iter::once(first).chain(more).collect();
            self.batch(batch);
        }
        // The WAL goes into the file, and none is left behind.
        if let Err(error) = self.db.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)") {
            tracing::debug!(%error, "the WAL stays beside the frontier");
        }
    }

    fn batch(&mut self, batch: Vec<Job>) {
        let is_durable = batch.iter().any(|job| job.is_durable);
        let mut answers = Vec::with_capacity(batch.len());
        let committed = self.transaction(is_durable, |tx| {
            let mut is_whole = true;
            for job in batch {
                let (is_fine, answer) = (job.work)(tx);
                is_whole &= is_fine || !tx.db.is_autocommit();
                answers.push(answer);
            }
            is_whole
        });
        let broken = committed.err();
        for answer in answers {
            answer(broken.as_ref().map(|e| schema::storage("commit", &self.path, again(e))));
        }
    }

    /// Runs `work` in a transaction. When it says that SQLite has undone the transaction, or the
    /// commit fails, nothing of it has happened.
    fn transaction(
        &mut self,
        is_durable: bool,
        work: impl FnOnce(&mut Tx<'_>) -> bool,
    ) -> rusqlite::Result<()> {
        let level = if is_durable { "FULL" } else { "NORMAL" };
        self.db.execute_batch(&format!("PRAGMA synchronous = {level}"))?;
        self.db.prepare_cached("BEGIN IMMEDIATE")?.execute([])?;
        let guard = RollBack(&self.db);
        let before = read_totals(&self.db)?;
        let now = self.clock.as_ref().map_or(before.now, LogicalClock::now).max(before.now);
        let totals = before.clone();
        let mut tx = Tx { db: &self.db, now, totals, path: &self.path };
        if !work(&mut tx) {
            return Err(rusqlite::Error::SqliteFailure(
                rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_FULL),
                Some("the transaction was undone".into()),
            ));
        }
        let mut totals = tx.totals;
        if totals != before || is_durable {
            totals.now = now;
            write_totals(&self.db, &totals)?;
        }
        self.db.prepare_cached("COMMIT")?.execute([])?;
        drop(guard);
        Ok(())
    }

    fn drop_leases(&mut self) -> Result<()> {
        let path = self.path.clone();
        let mut done = Ok(());
        let committed = self.transaction(true, |tx| {
            done = calls::drop_leases(tx).map_err(|e| e.explain("drop old leases", tx.path));
            done.is_ok()
        });
        done?;
        committed.map_err(|source| schema::storage("drop old leases", &path, source))
    }
}

/// Undoes a transaction that was not committed, also when a call panics.
struct RollBack<'a>(&'a Connection);

impl Drop for RollBack<'_> {
    fn drop(&mut self) {
        if !self.0.is_autocommit() {
            // Fails only with the connection itself.
            let _ = std::panic::catch_unwind(AssertUnwindSafe(|| self.0.execute_batch("ROLLBACK")));
        }
    }
}

/// The same error once more: all calls of a batch are told.
fn again(error: &rusqlite::Error) -> rusqlite::Error {
    match error {
        rusqlite::Error::SqliteFailure(code, text) => {
            rusqlite::Error::SqliteFailure(*code, text.clone())
        }
        other => rusqlite::Error::SqliteFailure(
            rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_ERROR),
            Some(other.to_string()),
        ),
    }
}

fn read_totals(db: &Connection) -> rusqlite::Result<Totals> {
    let mut statement = db.prepare_cached("SELECT value FROM meta WHERE key = 'totals'")?;
    let mut rows = statement.query([])?;
    match rows.next()? {
        None => Ok(Totals::default()),
        Some(row) => {
            let text: String = row.get(0)?;
            serde_json::from_str(&text).map_err(|error| {
                rusqlite::Error::FromSqlConversionFailure(
                    0,
                    rusqlite::types::Type::Text,
                    Box::new(error),
                )
            })
        }
    }
}

fn write_totals(db: &Connection, totals: &Totals) -> rusqlite::Result<()> {
    let text = serde_json::to_string(totals)
        .map_err(|error| rusqlite::Error::ToSqlConversionFailure(Box::new(error)))?;
    let mut statement =
        db.prepare_cached("INSERT OR REPLACE INTO meta (key, value) VALUES ('totals', ?1)")?;
    statement.execute(params![text]).map(drop)
}
