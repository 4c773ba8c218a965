//! Where a crawl hands its articles in: beside the archive, and to the stories.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use crawl::Clock;
use story::store::{Arrival, Error, FILE, Keeper, Store, rows::Held};

use super::Config;
use super::arrival::arrival;
use super::sink::Sink;
use super::thread::Thread;
use super::to_fleet::{ToFleet, WireTo};
use crate::reader::{Articles, BesideArchive, ReadSnapshot};

/// Articles that wait for the thread at most. More are picked up from beside the archive.
const QUEUE_MAX: usize = 4_096;

/// Bytes of their texts at most.
const QUEUE_BYTES_MAX: u64 = 64 << 20;

/// Keeps articles beside the archive, and hands them to the stories of the data directory.
pub struct Embedded {
    beside: BesideArchive,
    shared: Arc<Shared>,
    /// Gone once it is closed.
    running: Mutex<Option<Running>>,
    /// The store; nothing where articles go to a fleet's.
    path: Option<PathBuf>,
}

struct Running {
    queue: SyncSender<Arrival>,
    thread: JoinHandle<()>,
}

/// What the crawl and the thread tell each other.
#[derive(Debug, Default)]
pub(super) struct Shared {
    /// Bytes of the texts that wait.
    pub(super) waiting_bytes: AtomicU64,
    /// Something did not get through: it has to be picked up from beside the archive.
    pub(super) is_behind: AtomicBool,
    /// Nothing but the queue is to be done before the end.
    pub(super) is_hasty: AtomicBool,
    /// Documents that this run has added.
    pub(super) added: AtomicU64,
    /// Why stories stand still.
    pub(super) trouble: Mutex<Option<String>>,
    /// The thread has ended before its time, which was said.
    pub(super) is_dead: AtomicBool,
}

/// What came of the stories of a run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Kept {
    /// What there is now, with what earlier runs have found; nothing where it is elsewhere.
    pub held: Held,
    /// Articles that this run has added, or has handed on.
    pub added: u64,
    /// Articles were handed on to a fleet's service of stories.
    pub is_elsewhere: bool,
    /// Something is still to be picked up from beside the archive: the next run does it.
    pub is_behind: bool,
    /// Why stories stood still at the end.
    pub trouble: Option<String>,
}

impl std::fmt::Debug for Embedded {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Embedded").field("path", &self.path).finish_non_exhaustive()
    }
}

impl Embedded {
    /// Opens the stories of a data directory, and begins to pick up what they lack. A file that is
    /// none of ours, or of a newer version, is an error.
    pub fn start(
        data: &Path,
        config: &Config,
        beside: BesideArchive,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, Error> {
        let path = data.join(FILE);
        let keeper = Keeper::open(&path, config.engine())?;
        Ok(Self::with(data, Some(path), beside, clock, |_| keeper))
    }

    /// Hands articles to the service of stories of a fleet, and begins to send what it lacks of
    /// this data directory. Within a runtime only, which waits for nothing of it.
    pub fn in_fleet(data: &Path, to: WireTo, beside: BesideArchive, clock: Arc<dyn Clock>) -> Self {
        let (own, its) = (Arc::clone(&clock), data.to_owned());
        let runtime = tokio::runtime::Handle::current();
        Self::with(data, None, beside, clock, |shared| ToFleet::new(&its, to, shared, own, runtime))
    }

    fn with<S: Sink + 'static>(
        data: &Path,
        path: Option<PathBuf>,
        beside: BesideArchive,
        clock: Arc<dyn Clock>,
        sink: impl FnOnce(Arc<Shared>) -> S,
    ) -> Self {
        let shared = Arc::<Shared>::default();
        let (queue, arrivals) = sync_channel(QUEUE_MAX);
        let sink = sink(Arc::clone(&shared));
        let thread = Thread::new(data, sink, Arc::clone(&shared), clock);
        let name = std::thread::Builder::new().name("stories".into());
        let spawned = name.spawn(move || thread.run(&arrivals));
        let running = spawned.map(|thread| Running { queue, thread });
        let running = running.inspect_err(|error| {
            tracing::error!(%error, "no thread for stories is to be had; they are not looked for");
            shared.set_trouble(&error.to_string());
        });
        Self { beside, shared, running: Mutex::new(running.ok()), path }
    }

    /// Ends it: what waits is taken in. Unless it is hasty, what did not get through is picked up
    /// as well. To be called once nothing is handed in any more, and all is written beside the
    /// archive. It blocks.
    pub fn close(&self, is_hasty: bool) -> Result<Kept, Error> {
        self.shared.is_hasty.store(is_hasty, Ordering::Relaxed);
        let running = self.running.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(Running { queue, thread }) = running {
            drop(queue);
            if thread.join().is_err() {
                self.shared.is_behind.store(true, Ordering::Relaxed);
                self.shared.tell_dead();
            }
        }
        Ok(Kept {
            held: self.held()?,
            is_elsewhere: self.path.is_none(),
            added: self.shared.added.load(Ordering::Relaxed),
            is_behind: self.shared.is_behind.load(Ordering::Relaxed),
            trouble: self.trouble(),
        })
    }

    fn held(&self) -> Result<Held, Error> {
        let Some(path) = &self.path else { return Ok(Held::default()) };
        Store::open(path)?.held()
    }

    /// Why stories stand still, where they do.
    pub fn trouble(&self) -> Option<String> {
        self.shared.trouble.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Hands an article in where there is room; whether it was.
    fn hand_in(&self, arrival: Arrival) -> bool {
        let running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(Running { queue, .. }) = running.as_ref() else { return false };
        let bytes = arrival.text.len() as u64;
        let waiting = self.shared.waiting_bytes.fetch_add(bytes, Ordering::Relaxed);
        let is_in = waiting <= QUEUE_BYTES_MAX
            && match queue.try_send(arrival) {
                Ok(()) => true,
                Err(TrySendError::Full(_)) => false,
                Err(TrySendError::Disconnected(_)) => {
                    self.shared.tell_dead();
                    false
                }
            };
        if !is_in {
            self.shared.waiting_bytes.fetch_sub(bytes, Ordering::Relaxed);
        }
        is_in
    }
}

impl Shared {
    pub(super) fn set_trouble(&self, why: &str) {
        let mut trouble = self.trouble.lock().unwrap_or_else(PoisonError::into_inner);
        *trouble = Some(why.to_owned());
    }

    /// Says once that nobody takes articles in any more.
    fn tell_dead(&self) {
        const WHY: &str = "its thread has panicked: please report it";
        self.set_trouble(WHY);
        if !self.is_dead.swap(true, Ordering::Relaxed) {
            tracing::error!(error = WHY, "stories stand still until the next run");
        }
    }

    pub(super) fn no_trouble(&self) {
        self.trouble.lock().unwrap_or_else(PoisonError::into_inner).take();
    }
}

impl Articles for Embedded {
    fn keep(&self, snapshot: &ReadSnapshot<'_>) {
        let Some(line) = self.beside.keep_line(snapshot) else { return };
        let segment = snapshot.receipt.segment().file_name().unwrap_or_default();
        let arrival = arrival(line, &segment.to_string_lossy(), Some(snapshot.labels));
        if let Some(arrival) = arrival
            && !self.hand_in(arrival)
        {
            self.shared.is_behind.store(true, Ordering::Relaxed);
        }
    }

    fn flush_old(&self) {
        self.beside.flush_old();
    }

    fn flush(&self) {
        self.beside.flush();
    }

    fn lost(&self) -> u64 {
        self.beside.lost()
    }
}
