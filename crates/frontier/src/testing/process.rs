//! A program and its end.

use std::fs::File;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};

use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process, waitid};

use super::error::{Result, io};

/// Waits until its input ends, which is when we end, however that happens; then kills.
const GUARD: &str = r#"read -r _; kill -9 "$1""#;

/// A started program: killed when this value is dropped, and when we are killed ourselves.
#[derive(Debug)]
pub(super) struct Process {
    child: Child,
    guard: Child,
    stopped: AtomicBool,
}

impl Process {
    /// Starts it without streams of ours; what it says goes to the file `output`.
    pub(super) fn start(command: &mut Command, output: &Path) -> Result<Self> {
        let file = File::create(output).map_err(io("make the file of a server's output"))?;
        let copy = file.try_clone().map_err(io("share the file of a server's output"))?;
        let mut child = command
            .stdin(Stdio::null())
            .stdout(file)
            .stderr(copy)
            .spawn()
            .map_err(io("start a server"))?;
        let guard = Command::new("sh")
            .args(["-c", GUARD, "guard", &child.id().to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        match guard {
            Ok(guard) => Ok(Self { child, guard, stopped: AtomicBool::new(false) }),
            Err(error) => {
                end(&mut child);
                Err(io("start the guard of a server")(error))
            }
        }
    }

    /// Its process id.
    pub(super) fn id(&self) -> u32 {
        self.child.id()
    }

    /// How it ended, if it has.
    pub(super) fn ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().ok().flatten()
    }

    /// Asks it to end.
    pub(super) fn terminate(&self) {
        self.signal(Signal::TERM);
    }

    /// Stops it, and returns when it stands still.
    pub(super) fn stop(&self) {
        self.signal(Signal::STOP);
        // The signal is on its way; what is waited for is that it has arrived.
        let options = WaitIdOptions::STOPPED | WaitIdOptions::EXITED | WaitIdOptions::NOWAIT;
        waitid(WaitId::Pid(self.pid()), options).ok();
        self.stopped.store(true, Ordering::Relaxed);
    }

    /// Whether we stopped it and did not let it go on.
    pub(super) fn is_stopped(&self) -> bool {
        self.stopped.load(Ordering::Relaxed)
    }

    /// Lets it go on.
    pub(super) fn cont(&self) {
        self.stopped.store(false, Ordering::Relaxed);
        self.signal(Signal::CONT);
    }

    /// It cannot be reaped but by us, so the id is still its own; it may have ended already.
    fn signal(&self, signal: Signal) {
        kill_process(self.pid(), signal).ok();
    }

    fn pid(&self) -> Pid {
        Pid::from_child(&self.child)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // The guard first: it must not outlive the id that it would kill.
        end(&mut self.guard);
        end(&mut self.child);
    }
}

/// Kills and reaps; both fail only when it has ended.
fn end(child: &mut Child) {
    child.kill().ok();
    child.wait().ok();
}

#[cfg(test)]
mod tests {
    use std::os::unix::process::ExitStatusExt;

    use super::*;

    #[test]
    fn a_program_ends_with_whoever_started_it() {
        let dir = tempfile::tempdir().unwrap();
        let mut command = Command::new("sh");
        command.args(["-c", "kill -STOP $$"]);
        let mut process = Process::start(&mut command, &dir.path().join("output")).unwrap();
        // What happens to our end of the pipe when we are killed.
        drop(process.guard.stdin.take());
        let status = process.child.wait().unwrap();
        assert_eq!(status.signal(), Some(9));
    }
}
