//! The thread that owns the connection, and group commit.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::thread::JoinHandle;

use crawl::{Clock, UnixMicros};
use rusqlite::Connection;
use tokio::sync::{mpsc, oneshot};

use super::fault::Fault;
use super::tx::Tx;
use super::{Mode, file, leases};
use crate::time::LogicalClock;
use crate::{Error, Result};

/// Calls that share one transaction at most: the first of them waits for the last.
const BATCH_MAX: usize = 128;

/// Calls that wait for the thread at most; who comes then waits to be let in.
const QUEUE_MAX: usize = 1_024;

/// What a call needs of its transaction; a shared one gives what the most demanding call needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    /// It writes nothing.
    Read,
    /// It writes.
    Write,
    /// It is on the disk when it is answered, and everything before it.
    Durable,
}

/// The handle of the thread. Dropping it ends the thread, after the calls that wait.
pub(super) struct Thread {
    jobs: Option<mpsc::Sender<Box<dyn Job>>>,
    handle: Mutex<Option<JoinHandle<()>>>,
    panic: Arc<OnceLock<String>>,
    path: PathBuf,
}

impl Thread {
    pub(super) fn start(path: &Path, clock: Arc<dyn Clock>, mode: Mode) -> Result<Self> {
        let mut owner = Owner::open(path, clock, mode)?;
        let (jobs, queue) = mpsc::channel(QUEUE_MAX);
        let panic = Arc::new(OnceLock::new());
        let note = Arc::clone(&panic);
        let thread = std::thread::Builder::new().name("frontier".into());
        let handle = thread.spawn(move || owner.serve(queue, &note)).map_err(|source| {
            Error::Io { operation: "start the thread of", path: path.to_owned(), source }
        })?;
        let handle = Mutex::new(Some(handle));
        Ok(Self { jobs: Some(jobs), handle, panic, path: path.to_owned() })
    }

    /// Does a call in a transaction of the thread. It may run more than once until it is committed,
    /// and it is done even if nobody waits for the answer any more.
    pub(super) async fn call<T, F>(&self, kind: Kind, operation: &'static str, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: Fn(&mut Tx<'_>) -> std::result::Result<T, Fault> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        let job = Call { kind, operation, work, outcome: None, reply };
        let Some(jobs) = &self.jobs else { return Err(self.closed()) };
        jobs.send(Box::new(job)).await.map_err(|_| self.closed())?;
        answer.await.unwrap_or_else(|_| Err(self.closed()))
    }

    fn closed(&self) -> Error {
        Error::Closed { path: self.path.clone(), panic: self.panic.get().cloned() }
    }
}

impl Drop for Thread {
    fn drop(&mut self) {
        self.jobs = None;
        let handle = self.handle.get_mut().unwrap_or_else(PoisonError::into_inner).take();
        // Panics of calls are caught and told to the callers; this one would be of the thread.
        if handle.is_some_and(|handle| handle.join().is_err()) {
            tracing::error!(path = %self.path.display(), "the frontier's thread panicked");
        }
    }
}

/// A call on its way through the thread.
trait Job: Send {
    fn kind(&self) -> Kind;
    /// Does it, and keeps what came of it.
    fn run(&mut self, tx: &mut Tx<'_>, path: &Path);
    /// Its transaction failed: nothing of it has happened.
    fn fail(&mut self, fault: Fault, path: &Path);
    /// Whether it was refused or failed.
    fn has_failed(&self) -> bool;
    /// Tells the caller.
    fn answer(self: Box<Self>);
}

struct Call<T, F> {
    kind: Kind,
    operation: &'static str,
    work: F,
    outcome: Option<Result<T>>,
    reply: oneshot::Sender<Result<T>>,
}

impl<T, F> Job for Call<T, F>
where
    T: Send,
    F: Fn(&mut Tx<'_>) -> std::result::Result<T, Fault> + Send,
{
    fn kind(&self) -> Kind {
        self.kind
    }

    fn run(&mut self, tx: &mut Tx<'_>, path: &Path) {
        let done = match self.kind {
            Kind::Read => (self.work)(tx),
            Kind::Write | Kind::Durable => tx.whole(&self.work),
        };
        self.outcome = Some(done.map_err(|fault| fault.at(self.operation, path)));
    }

    fn fail(&mut self, fault: Fault, path: &Path) {
        self.outcome = Some(Err(fault.at(self.operation, path)));
    }

    fn has_failed(&self) -> bool {
        matches!(self.outcome, Some(Err(_)))
    }

    fn answer(self: Box<Self>) {
        if let Some(outcome) = self.outcome {
            // Who no longer waits does not mind.
            let _ = self.reply.send(outcome);
        }
    }
}

/// What the thread owns.
struct Owner {
    conn: Connection,
    clock: LogicalClock,
    mode: Mode,
    path: PathBuf,
}

impl Owner {
    fn open(path: &Path, clock: Arc<dyn Clock>, mode: Mode) -> Result<Self> {
        let conn = file::open(path, mode)?;
        let shown = shown_time(&conn).map_err(|e| Fault::Sql(e).at("read the time", path))?;
        let clock = LogicalClock::new(clock, shown);
        let mut owner = Self { conn, clock, mode, path: path.to_owned() };
        if mode == Mode::Owner {
            let mut dropped = Ok(());
            let committed = owner.transaction(Kind::Durable, |tx| {
                dropped = tx.whole(leases::drop_all);
                Ok(())
            });
            let dropped = committed.map_err(Failed::into_fault).and(dropped);
            dropped.map_err(|fault| fault.at("drop old leases", path))?;
        }
        Ok(owner)
    }

    fn serve(&mut self, mut queue: mpsc::Receiver<Box<dyn Job>>, note: &OnceLock<String>) {
        while let Some(first) = queue.blocking_recv() {
            let mut batch = vec![first];
            while let Some(job) = (batch.len() < BATCH_MAX).then(|| queue.try_recv().ok()).flatten()
            {
                batch.push(job);
            }
            // A panic is a fault of ours that may have left anything half done in memory: all who
            // wait are told, and the file is left as the last commit made it.
            let done = catch_unwind(AssertUnwindSafe(|| self.batch(&mut batch)));
            if let Err(panic) = done {
                let _ = note.set(panic_text(panic.as_ref()));
                tracing::error!(path = %self.path.display(), "a call of the frontier panicked");
                return;
            }
            batch.into_iter().for_each(Job::answer);
        }
        self.close();
    }

    /// Does calls in one transaction; each alone when that cannot be committed.
    fn batch(&mut self, batch: &mut [Box<dyn Job>]) {
        match self.together(batch) {
            Ok(()) => {}
            Err(Failed::AtBegin(fault)) => {
                for job in batch {
                    job.fail(fault.again(), &self.path);
                }
            }
            Err(Failed::Undone(_)) if batch.len() > 1 => {
                batch.chunks_mut(1).for_each(|job| self.batch(job));
            }
            Err(Failed::Undone(fault)) => {
                // A call that has failed itself says more than the transaction it took along.
                for job in batch.iter_mut().filter(|job| !job.has_failed()) {
                    job.fail(fault.again(), &self.path);
                }
            }
        }
    }

    fn together(&mut self, batch: &mut [Box<dyn Job>]) -> std::result::Result<(), Failed> {
        let kind = batch.iter().map(|job| job.kind()).max().unwrap_or(Kind::Read);
        let path = self.path.clone();
        self.transaction(kind, |tx| {
            for job in batch {
                job.run(tx, &path);
                if tx.conn.is_autocommit() {
                    return Err(Fault::Undone);
                }
            }
            Ok(())
        })
    }

    /// Runs `work` in a transaction. When it fails, nothing of it has happened.
    fn transaction(
        &mut self,
        kind: Kind,
        work: impl FnOnce(&mut Tx<'_>) -> std::result::Result<(), Fault>,
    ) -> std::result::Result<(), Failed> {
        self.begin(kind).map_err(|e| Failed::AtBegin(e.into()))?;
        let rollback = Rollback(&self.conn);
        let now = self.clock.now();
        let changes = self.conn.total_changes();
        work(&mut Tx::new(&self.conn, now)).map_err(Failed::Undone)?;
        if kind == Kind::Durable || self.conn.total_changes() != changes {
            self.show_time(now).map_err(|e| Failed::Undone(e.into()))?;
        }
        let commit = self.conn.prepare_cached("COMMIT").and_then(|mut sql| sql.execute([]));
        commit.map_err(|e| Failed::Undone(e.into()))?;
        drop(rollback);
        Ok(())
    }

    fn begin(&mut self, kind: Kind) -> rusqlite::Result<()> {
        // Outside of a transaction only; without a statement to keep, it costs next to nothing.
        let level = if kind == Kind::Durable { "FULL" } else { "NORMAL" };
        self.conn.execute_batch(&format!("PRAGMA synchronous = {level}"))?;
        let begin = if kind == Kind::Read { "BEGIN" } else { "BEGIN IMMEDIATE" };
        self.conn.prepare_cached(begin)?.execute([])?;
        if self.mode == Mode::Beside {
            let shown = shown_time(&self.conn);
            if shown.is_err() {
                drop(Rollback(&self.conn));
            }
            self.clock.catch_up(shown?);
        }
        Ok(())
    }

    /// Stores where logical time has come to. Only the owner does: a clock beside it that was
    /// started after a step of the wall must not carry it away.
    fn show_time(&self, now: UnixMicros) -> rusqlite::Result<()> {
        let now = if self.mode == Mode::Owner { now.0 } else { 0 };
        // Written even if it does not grow: a durable commit needs something to write.
        let mut update = self.conn.prepare_cached("UPDATE meta SET now = max(now, ?1)")?;
        update.execute([now])?;
        Ok(())
    }

    /// Stores the time, and puts the WAL into the file.
    fn close(&mut self) {
        if self.mode == Mode::Owner
            && let Err(failed) = self.transaction(Kind::Durable, |_| Ok(()))
        {
            let error = failed.into_fault().at("close", &self.path);
            tracing::warn!(%error, "nothing is lost: the log beside the file is read at next \
                start");
        }
    }
}

/// How a transaction failed.
enum Failed {
    /// It could not begin: no call was made.
    AtBegin(Fault),
    /// It was undone.
    Undone(Fault),
}

impl Failed {
    fn into_fault(self) -> Fault {
        match self {
            Self::AtBegin(fault) | Self::Undone(fault) => fault,
        }
    }
}

/// Undoes a transaction that was not committed, also while a panic passes.
struct Rollback<'c>(&'c Connection);

impl Drop for Rollback<'_> {
    fn drop(&mut self) {
        if !self.0.is_autocommit() {
            // What cannot be rolled back is dropped with the connection.
            let _ = self.0.execute_batch("ROLLBACK");
        }
    }
}

fn shown_time(conn: &Connection) -> rusqlite::Result<UnixMicros> {
    let mut select = conn.prepare_cached("SELECT now FROM meta")?;
    select.query_row([], |row| row.get(0)).map(UnixMicros)
}

fn panic_text(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_default()
}
