//! The service of stories of a fleet: takes the articles of all workers from the stream, in its
//! order, into one store.
//!
//! An entry is acknowledged once its transaction is committed, which says how far it is as well:
//! the store and its place in the stream cannot disagree, whatever a crash takes. What the
//! cap pushed out of the stream before its turn came is looked for beside the archives that can be
//! reached; as long as that is not all of them, it stays listed.
//!
//! # Layout
//! - `term`: the right to read, which one service has at a time
//! - `catch_up`: what archives have and the store has not
//! - `pulse`: the heartbeat

mod catch_up;
mod pulse;
mod term;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crawl::Clock;
use frontier::{OnWire, StoriesBeat, Wire};
use story::store::rows::Held;
use story::store::{Arrival, FILE, Keeper, Store};
use tokio::runtime::Handle;

use self::catch_up::Looks;
pub use self::pulse::{Pulse, Told};
pub use self::term::Term;
use super::Config;
use super::archives::{self, Archive};
use super::packed::unpack;
use super::progress::{Gap, Progress, mark};
use super::sink::added;
use crate::Stop;

/// Entries of one transaction at most.
const BATCH: usize = 256;

/// Between two looks at a stream that has nothing new.
const LOOK_EVERY: Duration = Duration::from_millis(200);

/// Between two tries while Redis does not answer.
const TRY_EVERY: Duration = Duration::from_secs(1);

/// Stories are counted no sooner than this after the last time, and shall take no more than this
/// part of the time: all of them are read for it.
const COUNT_EVERY: Duration = Duration::from_secs(2);
const COUNT_SHARE: u32 = 50;

/// What is served.
#[derive(Clone, Debug)]
pub struct Serving {
    /// Where the store is.
    pub data: PathBuf,
    /// The archives that can be reached.
    pub archives: Vec<Archive>,
    /// End when nothing is left in the stream, and the archives were looked through.
    pub until_idle: bool,
}

/// What came of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Served {
    /// What there is now.
    pub held: Held,
    /// Articles that this run has added.
    pub added: u64,
    /// Those of them that came from archives.
    pub from_archives: u64,
    /// What the cap has pushed out of the stream and was not caught up.
    pub gaps: Vec<Gap>,
    /// Workers whose archives could not be looked through, where that is why.
    pub out_of_reach: Vec<String>,
}

/// Why it ended before its time. What was taken is kept.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ServeError {
    /// The stream failed.
    #[error(transparent)]
    Stream(#[from] frontier::Error),
    /// The store failed.
    #[error(transparent)]
    Stories(#[from] story::store::Error),
    /// The archive of a worker failed.
    #[error(transparent)]
    Archive(#[from] archive::Error),
    /// A file that says how far it is, or where archives are.
    #[error("cannot keep {path}")]
    Progress {
        /// The file, or its folder.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// Another service has the right to read.
    #[error("another service of stories has taken over")]
    Superseded,
}

/// Takes articles from the stream.
pub struct Service {
    serving: Serving,
    wire: Wire,
    term: Term,
    clock: Arc<dyn Clock>,
    runtime: Handle,
    keeper: Keeper,
    progress: Progress,
    looks: Looks,
    served: Served,
    told: Told,
    /// When stories may be counted again.
    count_not_before: Duration,
    /// The stream stands where the store does.
    is_in_place: bool,
}

impl std::fmt::Debug for Service {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Service").field("serving", &self.serving).finish_non_exhaustive()
    }
}

impl Service {
    /// Opens the store for the holder of a term. Nobody else may keep stories there. Within a
    /// runtime only; it is to be run on a thread that may wait.
    pub fn open(
        serving: Serving,
        config: &Config,
        (term, told): (Term, Told),
        clock: Arc<dyn Clock>,
    ) -> Result<Self, ServeError> {
        // For those who read the stories, or rebuild them.
        archives::note(&serving.data, &serving.archives)
            .map_err(|source| ServeError::Progress { path: serving.data.clone(), source })?;
        let keeper = Keeper::open(&serving.data.join(FILE), config.engine())?;
        let progress = Progress::of(keeper.note()?.as_deref());
        Ok(Self {
            wire: term.wire().clone(),
            term,
            clock,
            runtime: Handle::current(),
            keeper,
            progress,
            looks: Looks::default(),
            served: Served::default(),
            told,
            count_not_before: Duration::ZERO,
            is_in_place: false,
            serving,
        })
    }

    /// Serves until somebody asks to stop, or nothing is left.
    pub fn run(mut self, stop: &Stop) -> Result<Served, ServeError> {
        self.told.tell(StoriesBeat::default());
        self.keeper.restore()?;
        if !self.progress.gaps.is_empty() {
            self.looks.ask_later(self.clock.elapsed());
        }
        let mut is_told = false;
        while !stop.is_asked() {
            self.tell()?;
            match self.step(stop) {
                Ok(Step::Took) => is_told = false,
                Ok(Step::Idle) => self.pause(LOOK_EVERY),
                Ok(Step::Done) => break,
                Err(ServeError::Stream(error)) if error.is_transient() => {
                    self.is_in_place = false;
                    if !std::mem::replace(&mut is_told, true) {
                        tracing::warn!(%error, "the stream of articles is away; waiting for it");
                    }
                    self.pause(TRY_EVERY);
                }
                Err(error) => return Err(error),
            }
        }
        self.keeper.checkpoint()?;
        self.count_not_before = Duration::ZERO;
        self.tell()?;
        let Self { keeper, served, progress, looks, term, runtime, .. } = self;
        keeper.close()?;
        runtime.block_on(term.end());
        let out_of_reach = if progress.gaps.is_empty() { Vec::new() } else { looks.out_of_reach };
        Ok(Served { gaps: progress.gaps, out_of_reach, ..served })
    }

    /// Says how far it is.
    fn tell(&mut self) -> Result<(), ServeError> {
        let documents = self.keeper.documents()?;
        let now = self.clock.elapsed();
        if documents != self.served.held.documents && now >= self.count_not_before {
            self.served.held = Store::open(&self.serving.data.join(FILE))?.held()?;
            let took = self.clock.elapsed().saturating_sub(now);
            self.count_not_before = now + COUNT_EVERY.max(took * COUNT_SHARE);
        }
        self.told.tell(StoriesBeat {
            stands_by: false,
            documents,
            stories: self.served.held.stories,
            missing: self.progress.missing(),
        });
        Ok(())
    }

    fn step(&mut self, stop: &Stop) -> Result<Step, ServeError> {
        if !self.term.is_held()? {
            self.is_in_place = false;
            return Ok(Step::Idle);
        }
        if !self.is_in_place {
            self.take_place()?;
        }
        if self.take_next()? {
            return Ok(Step::Took);
        }
        let is_last = self.serving.until_idle;
        if is_last || self.looks.is_due(self.clock.elapsed(), !self.progress.gaps.is_empty()) {
            self.catch_up(stop)?;
        }
        // Something may have come meanwhile, or Redis forgotten whose turn it is.
        let is_done = is_last && !self.take_next()? && self.is_in_place;
        Ok(if is_done { Step::Done } else { Step::Idle })
    }

    /// Goes to where the store is; to the beginning where the stream is not the one that it knows.
    fn take_place(&mut self) -> Result<(), ServeError> {
        let Some(stream) = self.stream()? else { return Ok(()) };
        if self.progress.stream != stream {
            if !self.progress.stream.is_empty() {
                tracing::warn!("another stream of articles than before: all of it is read");
                self.looks.ask();
            }
            self.progress.go_to(&stream);
        }
        let taken = self.progress.taken;
        let ends = self.runtime.block_on(self.wire.ends())?;
        let (first, last) = ends.unwrap_or_default();
        let is_known = taken == 0
            || taken < first
            || taken <= last && {
                let entry = self.runtime.block_on(self.wire.entry(taken))?;
                entry.is_some_and(|entry| mark(&entry.article) == self.progress.entry)
            };
        if !is_known {
            tracing::warn!("the stream of articles has lost its tail: all of it is read");
            self.progress.taken = first.saturating_sub(1);
            self.looks.ask();
        }
        let go_to = self.wire.go_to(self.term.who(), self.progress.taken);
        self.is_in_place = self.runtime.block_on(go_to)?;
        Ok(())
    }

    /// The name of the stream, which is made where it is missing; nothing without a right to it.
    fn stream(&self) -> Result<Option<String>, ServeError> {
        let standing = || self.runtime.block_on(self.wire.standing());
        let mut stream = standing()?.stream;
        if stream.is_empty() {
            self.runtime.block_on(self.wire.go_to(self.term.who(), 0))?;
            stream = standing()?.stream;
        }
        Ok(Some(stream).filter(|name| !name.is_empty()))
    }

    /// Takes the next entries in; whether there were any.
    fn take_next(&mut self) -> Result<bool, ServeError> {
        let read = self.wire.read(self.term.who(), BATCH);
        let Some(entries) = self.runtime.block_on(read)? else {
            // Redis has forgotten whose turn it is; the term is asked for again.
            self.is_in_place = false;
            return Ok(false);
        };
        let Some(newest) = entries.last() else { return Ok(false) };
        let (newest, entry) = (newest.number, mark(&newest.article));
        if !self.term.is_held()? {
            self.is_in_place = false;
            return Ok(false);
        }
        let (arrivals, numbers) = self.arrivals(entries);
        (self.progress.taken, self.progress.entry) = (newest, entry);
        let taken = self.keeper.take_with(&arrivals, &self.note()?)?;
        self.served.added += added(&arrivals, &taken);
        self.runtime.block_on(self.wire.acknowledge(self.term.who(), &numbers))?;
        Ok(true)
    }

    /// The articles of entries, and the entries' numbers; what is missing is noted.
    fn arrivals(&mut self, entries: Vec<OnWire>) -> (Vec<Arrival>, Vec<u64>) {
        let (mut arrivals, mut numbers) = (Vec::new(), Vec::new());
        let mut next = self.progress.taken + 1;
        for OnWire { number, article } in entries {
            if number > next {
                let (from, to) = (next, number - 1);
                tracing::warn!(
                    from,
                    to,
                    "articles were pushed out of the stream before they were taken"
                );
                self.note_gap(Gap { from, to });
            }
            next = number + 1;
            numbers.push(number);
            match unpack(&article) {
                Ok(mut arrival) => {
                    self.bound_time(&mut arrival);
                    arrivals.push(arrival);
                }
                Err(error) => {
                    tracing::error!(number, %error, "an article in the stream is not readable");
                    self.note_gap(Gap { from: number, to: number });
                }
            }
        }
        (arrivals, numbers)
    }

    /// Nothing was fetched later than now: a worker whose clock is ahead would else move the window
    /// over all that others bring.
    fn bound_time(&self, arrival: &mut Arrival) {
        arrival.seen_at = arrival.seen_at.min(self.clock.now());
    }

    fn note_gap(&mut self, gap: Gap) {
        self.looks.ask_later(self.clock.elapsed());
        self.progress.note_gap(gap);
    }

    fn keep_progress(&mut self) -> Result<(), ServeError> {
        let note = self.note()?;
        self.keeper.take_with(&[], &note)?;
        Ok(())
    }

    fn note(&self) -> Result<String, ServeError> {
        let path = || self.serving.data.join(FILE);
        self.progress.note().map_err(|source| ServeError::Progress { path: path(), source })
    }

    fn pause(&self, time: Duration) {
        self.runtime.block_on(tokio::time::sleep(time));
    }
}

/// What a step came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Took,
    /// Nothing to do at the moment.
    Idle,
    /// Nothing to do any more.
    Done,
}
