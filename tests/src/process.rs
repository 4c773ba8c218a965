//! A program that runs: its output, its signals, its end.
//!
//! Nothing here sleeps: lines of output and the end of the program are waited for, with a limit.

use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

pub use rustix::process::Signal;
use rustix::process::{Pid, kill_process};

/// How a program ended.
#[derive(Debug, Clone)]
pub struct Finished {
    /// The exit code; `None` when a signal ended it.
    pub code: Option<i32>,
    /// The signal that ended it.
    pub signal: Option<i32>,
    /// What it wrote to its output.
    pub stdout: String,
    /// What it wrote to its error output.
    pub stderr: String,
}

impl Finished {
    /// Itself, when it ended with this code.
    ///
    /// # Panics
    /// With all output, when it ended otherwise.
    #[track_caller]
    pub fn expect_code(self, code: i32) -> Self {
        let Self { signal, stdout, stderr, .. } = &self;
        assert_eq!(self.code, Some(code), "signal {signal:?}\n{stdout}\n{stderr}");
        self
    }
}

/// A line of output, and of which stream.
enum Line {
    Out(String),
    Err(String),
}

/// A started program. It is killed when this value is dropped.
#[derive(Debug)]
pub struct Running {
    child: Child,
    /// Where it is held open.
    stdin: Option<ChildStdin>,
    lines: Receiver<Line>,
    stdout: String,
    stderr: String,
}

impl Running {
    /// Starts a program whose output is kept; its standard input is `input`, then ends.
    pub fn start(command: &mut Command, input: &[u8]) -> Self {
        let mut running = Self::hold(command);
        let mut stdin = running.stdin.take().expect("it is held open");
        let input = input.to_vec();
        // A program need not read its input: a closed pipe is no failure of the test.
        thread::spawn(move || stdin.write_all(&input).ok());
        running
    }

    /// Starts a program whose standard input stays open and empty: for those that end with it.
    pub fn hold(command: &mut Command) -> Self {
        let spawned =
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
        let mut child = spawned.unwrap_or_else(|error| panic!("cannot start {command:?}: {error}"));
        let (sender, lines) = channel();
        read_lines(child.stdout.take(), sender.clone(), Line::Out);
        read_lines(child.stderr.take(), sender, Line::Err);
        let stdin = child.stdin.take();
        Self { child, stdin, lines, stdout: String::new(), stderr: String::new() }
    }

    /// Ends its standard input.
    pub fn close_input(&mut self) {
        self.stdin = None;
    }

    /// Its process id.
    pub fn pid(&self) -> Pid {
        Pid::from_child(&self.child)
    }

    /// How it has ended, if it has.
    pub fn status(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().ok().flatten()
    }

    /// Sends it a signal; it may have ended already.
    pub fn signal(&self, signal: Signal) {
        kill_process(self.pid(), signal).ok();
    }

    /// Waits until a line of either stream contains `text`, and returns the line.
    ///
    /// # Panics
    /// With all output, when the program ends or `limit` passes first.
    #[track_caller]
    pub fn wait_for(&mut self, text: &str, limit: Duration) -> String {
        let deadline = now() + limit;
        while let Some(line) = self.next_line(deadline) {
            if line.contains(text) {
                return line;
            }
        }
        self.signal(Signal::KILL);
        panic!("no line with {text:?} within {limit:?}\n{}\n{}", self.stdout, self.stderr)
    }

    /// Waits until it ends by itself.
    ///
    /// # Panics
    /// With all output, when `limit` passes first; the program is killed then.
    #[track_caller]
    pub fn wait(mut self, limit: Duration) -> Finished {
        let deadline = now() + limit;
        while self.next_line(deadline).is_some() {}
        if now() >= deadline {
            self.signal(Signal::KILL);
            panic!("still running after {limit:?}\n{}\n{}", self.stdout, self.stderr);
        }
        self.finish()
    }

    /// Kills it as a power cut would, and waits until it is gone.
    pub fn kill(mut self) -> Finished {
        self.signal(Signal::KILL);
        self.finish()
    }

    /// Waits for the end of one that a signal ends, and gives what it said.
    pub fn ended(&mut self) -> Finished {
        self.finish()
    }

    /// Waits for the end, which is near: the streams are closed or a kill is sent.
    fn finish(&mut self) -> Finished {
        let status = self.child.wait().expect("a child can be waited for");
        while let Ok(line) = self.lines.recv() {
            self.keep(line);
        }
        Finished {
            code: status.code(),
            signal: status.signal(),
            stdout: std::mem::take(&mut self.stdout),
            stderr: std::mem::take(&mut self.stderr),
        }
    }

    /// The next line; `None` when the streams are closed or the deadline has passed.
    fn next_line(&mut self, deadline: Instant) -> Option<String> {
        let left = deadline.saturating_duration_since(now());
        self.lines.recv_timeout(left).ok().map(|line| self.keep(line))
    }

    fn keep(&mut self, line: Line) -> String {
        let (kept, line) = match line {
            Line::Out(line) => (&mut self.stdout, line),
            Line::Err(line) => (&mut self.stderr, line),
        };
        kept.push_str(&line);
        line
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Both fail only when it has ended.
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// Runs a program to its end.
///
/// # Panics
/// When it is still running after `limit`.
#[track_caller]
pub fn run(command: &mut Command, limit: Duration) -> Finished {
    Running::start(command, b"").wait(limit)
}

/// Sends on what a stream says, line by line; bytes that are no UTF-8 are replaced.
fn read_lines(
    stream: Option<impl Read + Send + 'static>,
    sender: Sender<Line>,
    wrap: impl Fn(String) -> Line + Send + 'static,
) {
    let mut reader = BufReader::new(stream.expect("it is piped"));
    thread::spawn(move || {
        let mut line = Vec::new();
        while reader.read_until(b'\n', &mut line).is_ok_and(|read| read > 0) {
            let text = String::from_utf8_lossy(&line).into_owned();
            if sender.send(wrap(text)).is_err() {
                return;
            }
            line.clear();
        }
    });
}

#[expect(clippy::disallowed_methods, reason = "limits of real programs pass in real time")]
fn now() -> Instant {
    Instant::now()
}
