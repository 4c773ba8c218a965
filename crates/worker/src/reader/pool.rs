//! The readers of a worker: started when they are needed, replaced when a page has killed one.

use std::collections::VecDeque;
use std::ffi::OsString;
use std::future::Future;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio::time::timeout;

use super::frame::{Answer, Said};
use super::process::{End, Process};
use super::{Config, ReadOutcome, Reader, Reading, ToRead, Unreadable};

/// Bodies that have killed a reader and are remembered, so that they kill no other one.
const DEADLY_MAX: usize = 1_000;

/// How a reader is started: a program that serves pages ([`super::child::serve`]).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Launch {
    /// The program.
    pub program: PathBuf,
    /// What goes before `--memory BYTES` and `--untamed`.
    pub args: Vec<OsString>,
}

impl Launch {
    /// This very program, also when its file was replaced meanwhile, with a subcommand.
    pub fn this_program(subcommand: &str) -> Self {
        Self { program: "/proc/self/exe".into(), args: vec![subcommand.into()] }
    }
}

/// The readers of a worker.
pub struct Pool {
    config: Config,
    launch: Launch,
    /// One for each process that may run.
    turns: Semaphore,
    idle: Mutex<Vec<Process>>,
    deadly: Mutex<VecDeque<Deadly>>,
    cpu_us: AtomicU64,
    memory_peak_bytes: AtomicU64,
    started: AtomicU64,
    /// That no reader can be started was said.
    has_complained: AtomicBool,
}

/// A body that has killed a reader.
struct Deadly {
    bytes: usize,
    digest: String,
    why: Unreadable,
}

/// What asking one reader came to.
enum Asked {
    Read(ReadOutcome),
    /// Another one shall be asked.
    Again,
}

impl Pool {
    /// Readers that are started as they are needed.
    pub fn new(config: Config, launch: Launch) -> Self {
        Self {
            turns: Semaphore::new(config.processes()),
            config,
            launch,
            idle: Mutex::default(),
            deadly: Mutex::default(),
            cpu_us: AtomicU64::new(0),
            memory_peak_bytes: AtomicU64::new(0),
            started: AtomicU64::new(0),
            has_complained: AtomicBool::new(false),
        }
    }

    /// Processes started so far.
    pub fn started(&self) -> u64 {
        self.started.load(Ordering::Relaxed)
    }

    async fn read_page(&self, page: &ToRead) -> ReadOutcome {
        if let Some(why) = self.killed_before(page) {
            return ReadOutcome::Unreadable(why);
        }
        // Closed or too long a queue: nothing is lost, the snapshot can be read later.
        let Ok(Ok(_turn)) = timeout(self.config.wait_max, self.turns.acquire()).await else {
            return ReadOutcome::Unread;
        };
        for may_reuse in [true, false] {
            match self.ask_one(page, may_reuse).await {
                Asked::Read(ReadOutcome::Unreadable(why)) => {
                    self.remember(page, why);
                    return ReadOutcome::Unreadable(why);
                }
                Asked::Read(outcome) => return outcome,
                Asked::Again => {}
            }
        }
        ReadOutcome::Unread
    }

    async fn ask_one(&self, page: &ToRead, may_reuse: bool) -> Asked {
        let idle = if may_reuse { self.idle().pop() } else { None };
        let mut process = match idle {
            Some(process) => process,
            None => match self.start().await {
                Some(process) => process,
                None => return Asked::Read(ReadOutcome::Unread),
            },
        };
        let is_fresh = process.pages == 0;
        let asked = process.ask(page, &self.config).await;
        let told = asked.as_ref().ok().map(|answer| answer.cpu_us);
        self.note(process.cpu_since(told), process.memory_peak_bytes());
        match asked {
            Ok(answer) => {
                self.note(Duration::ZERO, Some(answer.memory_peak_bytes));
                Asked::Read(self.answered(process, answer, page).await)
            }
            Err(end) => {
                process.kill().await;
                match end {
                    // What pages before it have left behind is not this page's fault.
                    End::Page(Unreadable::Memory) if !is_fresh => Asked::Again,
                    End::Page(why) => Asked::Read(ReadOutcome::Unreadable(why)),
                    End::Foreign(signal) => {
                        tracing::warn!(signal, "somebody has ended a reader of articles");
                        Asked::Again
                    }
                }
            }
        }
    }

    async fn answered(&self, process: Process, answer: Answer, page: &ToRead) -> ReadOutcome {
        let is_large = answer.memory_peak_bytes > self.config.memory_bytes_max / 2;
        if is_large || process.pages >= self.config.pages_max || self.turns.is_closed() {
            process.end().await;
        } else {
            self.idle().push(process);
        }
        match answer.read {
            Said::Article(article) => ReadOutcome::Article(article),
            Said::NoArticle => ReadOutcome::NoArticle,
            Said::Panicked | Said::Ready => {
                tracing::error!(url = %page.url, "reading an article panicked: please report it");
                ReadOutcome::Unreadable(Unreadable::Crashed)
            }
        }
    }

    /// A new reader; none when there can be none.
    async fn start(&self) -> Option<Process> {
        self.started.fetch_add(1, Ordering::Relaxed);
        match Process::start(&self.launch, &self.config).await {
            Ok(process) => {
                self.has_complained.store(false, Ordering::Relaxed);
                Some(process)
            }
            Err(error) => {
                if !self.has_complained.swap(true, Ordering::Relaxed) {
                    tracing::error!(
                        %error,
                        "no process can be started to read articles; pages are stored all the \
                        same, and can be read later (newshound archive read). Is the limit of \
                        processes too low, or reader.memory_bytes_max?"
                    );
                }
                None
            }
        }
    }

    fn note(&self, cpu: Duration, memory_peak_bytes: Option<u64>) {
        let us = u64::try_from(cpu.as_micros()).unwrap_or(0);
        self.cpu_us.fetch_add(us, Ordering::Relaxed);
        self.memory_peak_bytes.fetch_max(memory_peak_bytes.unwrap_or(0), Ordering::Relaxed);
    }

    fn killed_before(&self, page: &ToRead) -> Option<Unreadable> {
        let deadly = self.deadly();
        let alike = deadly.iter().filter(|known| known.bytes == page.body.len());
        let mut digest = None;
        let same = alike.into_iter().find(|known| {
            let digest = digest.get_or_insert_with(|| archive::payload_digest(&page.body));
            known.digest == *digest
        });
        same.map(|known| known.why)
    }

    fn remember(&self, page: &ToRead, why: Unreadable) {
        let digest = archive::payload_digest(&page.body);
        let mut deadly = self.deadly();
        if deadly.len() >= DEADLY_MAX {
            deadly.pop_front();
        }
        deadly.push_back(Deadly { bytes: page.body.len(), digest, why });
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Process>> {
        // Pushed to and popped from in single steps.
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn deadly(&self) -> MutexGuard<'_, VecDeque<Deadly>> {
        self.deadly.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Reader for Pool {
    fn read<'a>(&'a self, page: &'a ToRead) -> Reading<'a> {
        Box::pin(self.read_page(page))
    }

    fn takes_untamed(&self) -> bool {
        self.config.untamed
    }

    fn cpu(&self) -> Duration {
        Duration::from_micros(self.cpu_us.load(Ordering::Relaxed))
    }

    fn memory_peak_bytes(&self) -> u64 {
        self.memory_peak_bytes.load(Ordering::Relaxed)
    }

    fn close(&self) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(async {
            self.turns.close();
            let idle = std::mem::take(&mut *self.idle());
            for process in idle {
                process.end().await;
            }
        })
    }
}
