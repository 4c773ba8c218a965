//! Group commit: one thread brings segments to the disk, and answers all that wait for it.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;

use tokio::sync::oneshot;

use crate::Error;
use crate::disk::Disk;
use crate::segment::Segment;

/// What the thread is asked for.
enum Job {
    /// Bring what is written so far to the disk.
    Sync(Arc<Segment>, oneshot::Sender<Result<(), String>>),
    /// End a segment nobody writes to any more.
    Seal(Arc<Segment>),
}

/// The thread, and the way to it.
#[derive(Debug)]
pub(crate) struct Committer {
    jobs: Option<Sender<Job>>,
    thread: Option<JoinHandle<Result<(), Error>>>,
}

impl Committer {
    pub(crate) fn start(disk: Arc<dyn Disk>) -> std::io::Result<Self> {
        let (jobs, queue) = channel();
        let work = move || run(&*disk, &queue);
        let thread = std::thread::Builder::new().name("archive-sync".into()).spawn(work)?;
        Ok(Self { jobs: Some(jobs), thread: Some(thread) })
    }

    /// Waits until a segment is on the disk. The error is told in words, for many may wait for it.
    pub(crate) async fn sync(&self, segment: Arc<Segment>) -> Result<(), String> {
        let (answer, answered) = oneshot::channel();
        self.send(Job::Sync(segment, answer))?;
        answered.await.unwrap_or_else(|_| Err("the thread that syncs has ended".into()))
    }

    pub(crate) fn seal(&self, segment: Arc<Segment>) -> Result<(), String> {
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

fn run(disk: &dyn Disk, queue: &Receiver<Job>) -> Result<(), Error> {
    let mut outcome = Ok(());
    while let Ok(first) = queue.recv() {
        let mut groups: HashMap<_, (Arc<Segment>, Vec<_>)> = HashMap::new();
        let mut sealed = Vec::new();
        // Whoever asked while the last sync ran shares the next one.
        for job in std::iter::once(first).chain(queue.try_iter()) {
            match job {
                Job::Seal(segment) => sealed.push(segment),
                Job::Sync(segment, answer) => {
                    let group = groups.entry(segment.path.clone());
                    group.or_insert_with(|| (segment, Vec::new())).1.push(answer);
                }
            }
        }
        for (segment, waiting) in groups.into_values() {
            let synced = segment.sync();
            let told = synced.as_ref().map_err(ToString::to_string).copied();
            for answer in waiting {
                // Who does not wait any more does not mind.
                let _ = answer.send(told.clone());
            }
            outcome = outcome.and(synced);
        }
        for segment in sealed {
            outcome = outcome.and(segment.seal(disk));
        }
    }
    outcome
}
