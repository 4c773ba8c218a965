//! A reader as the crawler sees it: a process that is asked, and that may die of what it is asked.

use std::fs;
use std::io;
use std::os::unix::process::ExitStatusExt;
use std::process::{ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rustix::process::Signal;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader};
use tokio::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command};
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::frame::{self, Answer, Said};
use super::{Config, Launch, ToRead, Unreadable};

/// A reader that is not there by then cannot be started.
const START_MAX: Duration = Duration::from_secs(20);

/// For so long a process that has closed its streams, or was told to end, may take to end.
const END_MAX: Duration = Duration::from_secs(2);

/// So often a page gets its time again, where the reader got less than half of the processor.
const STARVED_TURNS_MAX: u32 = 4;

/// Bytes of a line of a reader's error stream.
const LINE_BYTES_MAX: u64 = 4_096;

/// What Rust says before it aborts for want of memory.
const NO_MEMORY: &str = "memory allocation of ";

/// A running reader. It is killed when it is dropped.
pub(super) struct Process {
    child: Child,
    pid: u32,
    to: ChildStdin,
    from: BufReader<ChildStdout>,
    last_words: Arc<Mutex<LastWords>>,
    listening: JoinHandle<()>,
    /// Pages that it was asked for.
    pub(super) pages: u32,
    /// CPU time that was told so far.
    cpu: Duration,
}

/// How a reader ended.
#[derive(Debug)]
pub(super) enum End {
    /// By the page.
    Page(Unreadable),
    /// By somebody else: a signal that we did not send.
    Foreign(String),
}

#[derive(Default)]
struct LastWords {
    is_out_of_memory: bool,
    line: String,
}

impl Process {
    /// Starts a reader, and waits until it is there.
    pub(super) async fn start(launch: &Launch, config: &Config) -> io::Result<Self> {
        let mut command = Command::new(&launch.program);
        command.args(&launch.args).arg("--memory").arg(config.memory_bytes_max.to_string());
        if config.untamed {
            command.arg("--untamed");
        }
        // It needs nothing of what the crawler knows, passwords among it. One arena is enough for
        // one thread, and takes no address space of its own.
        command.env_clear().env("MALLOC_ARENA_MAX", "1");
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        // Of its own, so that a Ctrl-C at the terminal does not end it in the middle of a page.
        command.process_group(0).kill_on_drop(true);
        let mut child = command.spawn()?;
        let gone = || io::Error::other("it ended at once");
        let pid = child.id().ok_or_else(gone)?;
        let (to, from) = (child.stdin.take(), child.stdout.take());
        let (to, from) = (to.ok_or_else(gone)?, BufReader::new(from.ok_or_else(gone)?));
        let last_words = Arc::default();
        let errors = child.stderr.take().ok_or_else(gone)?;
        let listening = tokio::spawn(listen(errors, Arc::clone(&last_words), pid));
        let mut process =
            Self { child, pid, to, from, last_words, listening, pages: 0, cpu: Duration::ZERO };
        match timeout(START_MAX, frame::receive_answer(&mut process.from)).await {
            Ok(Ok(Answer { read: Said::Ready, .. })) => Ok(process),
            Ok(Ok(_)) => Err(io::Error::other("it speaks another language")),
            Ok(Err(_)) => Err(process.why_not_there().await),
            Err(_) => Err(io::Error::other("it does not say that it is there")),
        }
    }

    async fn why_not_there(&mut self) -> io::Error {
        let status = self.ended().await;
        let words = self.words();
        let status = status.map_or_else(|| "no answer".to_owned(), |status| status.to_string());
        io::Error::other(format!("it ended at once ({status}): {}", words.line))
    }

    /// Asks for the article of a page, within its time.
    pub(super) async fn ask(&mut self, page: &ToRead, config: &Config) -> Result<Answer, End> {
        self.pages += 1;
        let (pid, cpu_before) = (self.pid, cpu_of(self.pid));
        let answered = {
            let exchange = self.exchange(page);
            tokio::pin!(exchange);
            let mut turns = 0;
            loop {
                turns += 1;
                match timeout(config.time_max, &mut exchange).await {
                    Ok(answered) => break Some(answered),
                    Err(_) if turns < STARVED_TURNS_MAX && is_starved(pid, cpu_before, config) => {}
                    Err(_) => break None,
                }
            }
        };
        match answered {
            Some(Ok(answer)) => Ok(answer),
            Some(Err(_)) => Err(self.why_ended().await),
            None => Err(End::Page(Unreadable::Time)),
        }
    }

    async fn exchange(&mut self, page: &ToRead) -> io::Result<Answer> {
        frame::send_page(&mut self.to, page).await?;
        frame::receive_answer(&mut self.from).await
    }

    /// CPU time since it was asked for the last time: as the reader tells it, else as the system
    /// does.
    pub(super) fn cpu_since(&mut self, told: Option<u64>) -> Duration {
        let now = told.map(Duration::from_micros).or_else(|| cpu_of(self.pid)).unwrap_or(self.cpu);
        let since = now.saturating_sub(self.cpu);
        self.cpu = self.cpu.max(now);
        since
    }

    /// Resident memory at its peak, in bytes, where it still runs.
    pub(super) fn memory_peak_bytes(&self) -> Option<u64> {
        crate::cost::memory_peak_bytes(&self.pid.to_string())
    }

    async fn why_ended(&mut self) -> End {
        let status = self.ended().await;
        // All that it has said is read before it is judged.
        let _ = timeout(END_MAX, &mut self.listening).await;
        let words = self.words();
        let signal = status.and_then(|status| status.signal()).and_then(Signal::from_named_raw);
        tracing::debug!(?status, line = words.line, "a reader of articles ended");
        match signal {
            _ if words.is_out_of_memory => End::Page(Unreadable::Memory),
            Some(signal) if FOREIGN.contains(&signal) => End::Foreign(format!("{signal:?}")),
            _ => End::Page(Unreadable::Crashed),
        }
    }

    async fn ended(&mut self) -> Option<ExitStatus> {
        timeout(END_MAX, self.child.wait()).await.ok()?.ok()
    }

    fn words(&mut self) -> LastWords {
        let mut words = self.last_words.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut words)
    }

    /// Ends it, and waits until it is gone.
    pub(super) async fn end(mut self) {
        drop(self.to);
        if timeout(END_MAX, self.child.wait()).await.is_err() {
            // Fails where it has ended meanwhile.
            let _ = self.child.kill().await;
        }
    }

    /// Kills it, and waits until it is gone.
    pub(super) async fn kill(mut self) {
        let _ = self.child.kill().await;
    }
}

/// Signals that no page makes its reader die of.
const FOREIGN: [Signal; 5] = [Signal::KILL, Signal::TERM, Signal::INT, Signal::HUP, Signal::QUIT];

/// Whether a reader got too little of the processor for its page's time to have been a chance.
fn is_starved(pid: u32, before: Option<Duration>, config: &Config) -> bool {
    let (Some(before), Some(now)) = (before, cpu_of(pid)) else { return false };
    now.saturating_sub(before) < config.time_max / 2
}

/// CPU time of a process, user's and system's, as Linux tells it in hundredths of a second.
fn cpu_of(pid: u32) -> Option<Duration> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name in brackets may hold anything; 11 fields behind it come the two times (proc(5)).
    let mut fields = stat.rsplit_once(')')?.1.split_ascii_whitespace().skip(11);
    let user: u64 = fields.next()?.parse().ok()?;
    let system: u64 = fields.next()?.parse().ok()?;
    Some(Duration::from_millis((user + system) * 10))
}

/// Logs what a reader says on its error stream, and keeps what it died of.
async fn listen(errors: ChildStderr, last_words: Arc<Mutex<LastWords>>, pid: u32) {
    let mut errors = BufReader::new(errors);
    let mut line = Vec::new();
    loop {
        line.clear();
        match (&mut errors).take(LINE_BYTES_MAX).read_until(b'\n', &mut line).await {
            Ok(0) | Err(_) => return,
            Ok(_) => {}
        }
        let text = String::from_utf8_lossy(&line).trim().to_owned();
        tracing::debug!(pid, "a reader of articles says: {text}");
        let mut words = last_words.lock().unwrap_or_else(PoisonError::into_inner);
        words.is_out_of_memory |= text.contains(NO_MEMORY);
        words.line = text;
    }
}
