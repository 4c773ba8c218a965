//! Group commit: one thread brings segments to the disk, and answers all that wait for it.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use tokio::sync::oneshot;

use crate::Error;
use crate::disk::Disk;
use crate::segment::Segment;

type Answer = oneshot::Sender<Result<(), String>>;

/// What the thread is asked for.
enum Job {
    /// Bring what is written so far to the disk.
    Sync(Arc<Segment>, Answer),
    /// End a segment nobody writes to any more.
    Seal(Arc<Segment>),
}

/// Who brings segments to the disk.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SyncBy {
    /// A thread of its own, once for all that wait at the same time.
    #[default]
    Thread,
    /// Whoever waits, at once: for simulations, whose time stands still meanwhile.
    Caller,
}

/// The thread, and the way to it; without a thread, the disk.
#[derive(Debug)]
pub(crate) struct Committer {
    jobs: Option<Sender<Job>>,
    thread: Option<JoinHandle<Result<(), Error>>>,
    caller: Option<Caller>,
}

impl Committer {
    pub(crate) fn start(disk: Arc<dyn Disk>, by: SyncBy) -> std::io::Result<Self> {
        if by == SyncBy::Caller {
            let caller = Some(Caller { disk, lost: Mutex::default() });
            return Ok(Self { jobs: None, thread: None, caller });
        }
        let (jobs, queue) = channel();
        let work = move || run(&*disk, &queue);
        let thread = std::thread::Builder::new().name("archive-sync".into()).spawn(work)?;
        Ok(Self { jobs: Some(jobs), thread: Some(thread), caller: None })
    }

    /// Waits until a segment is on the disk. The error is told in words, for many may wait for it.
    pub(crate) async fn sync(&self, segment: Arc<Segment>) -> Result<(), String> {
        if let Some(caller) = &self.caller {
            return caller.sync(&segment);
        }
        let (answer, answered) = oneshot::channel();
        self.send(Job::Sync(segment, answer))?;
        answered.await.unwrap_or_else(|_| Err("the thread that syncs has ended".into()))
    }

    pub(crate) fn seal(&self, segment: Arc<Segment>) -> Result<(), String> {
        if let Some(caller) = &self.caller {
            caller.sync(&segment)?;
            return segment.seal(&*caller.disk).map_err(|error| error.to_string());
        }
        self.send(Job::Seal(segment))
    }

    fn send(&self, job: Job) -> Result<(), String> {
        let sent = self.jobs.as_ref().is_some_and(|jobs| jobs.send(job).is_ok());
        if sent { Ok(()) } else { Err("the thread that syncs has ended".into()) }
    }

    /// Waits for all that was asked. The first failure is told.
    pub(crate) fn finish(mut self) -> Result<(), Error> {
        self.jobs = None;
        match self.thread.take().map(JoinHandle::join) {
            None | Some(Ok(Ok(()))) => Ok(()),
            Some(Ok(Err(error))) => Err(error),
            Some(Err(_)) => Err(Error::Poisoned("the thread that syncs panicked".into())),
        }
    }
}

/// Syncs on the thread of whoever waits.
#[derive(Debug)]
struct Caller {
    disk: Arc<dyn Disk>,
    /// The first failure: what came before it may be lost, so everything after it fails too.
    lost: Mutex<Option<String>>,
}

impl Caller {
    fn sync(&self, segment: &Segment) -> Result<(), String> {
        sync(segment, &mut self.lost.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Drop for Committer {
    /// Nothing is written behind the back of whoever opens the folder next.
    fn drop(&mut self) {
        self.jobs = None;
        if let Some(thread) = self.thread.take() {
            // A dropped archive is recovered at the next start, whatever came of this.
            let _ = thread.join();
        }
    }
}

/// Works until nobody asks any more. After a sync has failed nothing is synced or sealed again.
fn run(disk: &dyn Disk, queue: &Receiver<Job>) -> Result<(), Error> {
    let mut outcome = Ok(());
    let mut lost = None;
    while let Ok(first) = queue.recv() {
        // Whoever asked while the last sync ran shares the next one.
        let batch = Batch::gather(std::iter::once(first).chain(queue.try_iter()));
        for (segment, waiting) in batch.waiting {
            let told = sync(&segment, &mut lost);
            for answer in waiting {
                // Who does not wait any more does not mind.
                let _ = answer.send(told.clone());
            }
        }
        for segment in batch.ended {
            let sealed = sync(&segment, &mut lost).map_err(Error::Poisoned);
            let sealed = sealed.and_then(|()| segment.seal(disk));
            outcome = outcome.and(sealed);
        }
    }
    outcome.and(lost.map_or(Ok(()), |reason| Err(Error::Poisoned(reason))))
}

fn sync(segment: &Segment, lost: &mut Option<String>) -> Result<(), String> {
    match lost {
        Some(reason) => Err(reason.clone()),
        None => segment.sync().map_err(|error| lost.insert(error.in_words()).clone()),
    }
}

/// What was asked for since the last round.
#[derive(Default)]
struct Batch {
    /// Who waits, by segment: one sync serves them all.
    waiting: Vec<(Arc<Segment>, Vec<Answer>)>,
    ended: Vec<Arc<Segment>>,
}

impl Batch {
    fn gather(jobs: impl Iterator<Item = Job>) -> Self {
        let mut batch = Self::default();
        for job in jobs {
            match job {
                Job::Seal(segment) => batch.ended.push(segment),
                Job::Sync(segment, answer) => batch.wait(segment, answer),
            }
        }
        batch
    }

    fn wait(&mut self, segment: Arc<Segment>, answer: Answer) {
        // Only a few segments are ever open at once.
        match self.waiting.iter_mut().find(|(known, _)| Arc::ptr_eq(known, &segment)) {
            Some((_, waiting)) => waiting.push(answer),
            None => self.waiting.push((segment, vec![answer])),
        }
    }
}
