//! The workers of a fleet: each a process with a data directory of its own.

use std::process::Command;
use std::time::Duration;

use super::shared::Shared;
use super::{LEASE_FOR, PATIENCE};
use crate::process::{Finished, Signal};
use crate::scenario::LIMIT;
use crate::wait::until;
use crate::{DataDir, Running, Web, newshound};

/// How long an exchange may take in all: the shorter, the shorter a lease may be.
const EXCHANGE_MAX: &str = "4s";

/// A worker.
struct Worker {
    contact: String,
    data: DataDir,
    /// How it is started, again and again.
    command: Command,
    running: Running,
    /// What its earlier lives said.
    said: String,
}

/// All workers, by number.
pub(super) struct Crew(Vec<Worker>);

impl Crew {
    /// Starts so many workers. Each has a contact of its own, so that the servers' log tells them
    /// apart.
    pub(super) fn start(web: &Web, shared: &Shared, count: usize) -> Self {
        Self::start_with(web, shared, count, &[])
    }

    /// The same with more in their environment.
    pub(super) fn start_with(
        web: &Web,
        shared: &Shared,
        count: usize,
        more: &[(&str, String)],
    ) -> Self {
        let workers = (1..=count).map(|number| {
            let (name, data) = (format!("w{number}"), DataDir::new());
            let contact = format!("{name}@fleet.example");
            let mut command = newshound();
            command.args(["worker", "--frontier", &shared.url(), "--name", &name]);
            command.args(["--contact", &contact, "--until-idle", "--json", "--data"]);
            command.arg(data.path()).args(web.flags());
            command.envs(environment()).envs(more.iter().cloned());
            let running = Running::start(&mut command, b"");
            Worker { contact, data, command, running, said: String::new() }
        });
        Self(workers.collect())
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// The name under which servers know a worker.
    pub(super) fn contact(&self, number: usize) -> &str {
        &self.0[number].contact
    }

    /// Kills a worker as a power cut would, and starts it again; returns when it is at work.
    #[track_caller]
    pub(super) fn kill(&mut self, number: usize) {
        let Worker { command, running, said, .. } = &mut self.0[number];
        running.signal(Signal::KILL);
        // Its lock is free once it is gone.
        let done = running.ended();
        *said += &done.stderr;
        *running = Running::start(command, b"");
        // One that finds no frontier when it starts gives up, to be started again by whoever
        // watches over it. Here it shall find one.
        running.wait_for("snapshots go to", LIMIT);
    }

    /// Sends a worker a signal.
    pub(super) fn signal(&self, number: usize, signal: Signal) {
        self.0[number].running.signal(signal);
    }

    /// Waits until a condition holds.
    ///
    /// # Panics
    /// With what all workers said, when one fails, all end first, or it takes too long.
    #[track_caller]
    pub(super) fn until(&mut self, what: &str, mut holds: impl FnMut() -> bool) {
        self.watch(
            what,
            |have_ended| if holds() { Some(true) } else { have_ended.then_some(false) },
        );
    }

    /// Waits until `look` says whether all is well; it is told whether all have ended.
    #[track_caller]
    fn watch(&mut self, what: &str, mut look: impl FnMut(bool) -> Option<bool>) {
        let mut is_well = false;
        until(LIMIT, || {
            let ended: Vec<_> = self.0.iter_mut().map(|worker| worker.running.status()).collect();
            let has_failed =
                ended.iter().flatten().any(|status| !matches!(status.code(), Some(0 | 3)));
            let seen = look(ended.iter().all(Option::is_some));
            is_well = seen == Some(true) && !has_failed;
            has_failed || seen.is_some()
        });
        if is_well {
            return;
        }
        let said = std::mem::take(&mut self.0).into_iter().map(|worker| {
            let Finished { code, signal, stderr, .. } = worker.running.kill();
            format!("--- {}: {code:?} {signal:?}\n{}{stderr}\n", worker.contact, worker.said)
        });
        panic!("not seen: {what}\n{}", said.collect::<String>());
    }

    /// Waits until a worker says something.
    ///
    /// # Panics
    /// When it does not.
    #[track_caller]
    pub(super) fn wait_for(&mut self, number: usize, text: &str) {
        self.0[number].running.wait_for(text, LIMIT);
    }

    /// Asks all to end, and waits until they have.
    ///
    /// # Panics
    /// When one fails.
    #[track_caller]
    pub(super) fn terminate(self) {
        for number in 0..self.len() {
            self.signal(number, Signal::TERM);
        }
        self.wait();
    }

    /// Waits until all have ended by themselves, and gives what each said.
    ///
    /// # Panics
    /// When one fails.
    #[track_caller]
    pub(super) fn wait(mut self) -> Vec<Ended> {
        self.watch("the end of all workers", |have_ended| have_ended.then_some(true));
        let ended = self.0.into_iter().map(|worker| {
            let done = worker.running.wait(LIMIT);
            Ended { data: worker.data, said: worker.said + &done.stderr }
        });
        ended.collect()
    }
}

/// A worker that has ended.
pub(super) struct Ended {
    /// Its archive.
    pub(super) data: DataDir,
    /// All it said, in all its lives.
    pub(super) said: String,
}

/// Short waits for all: the hosts are simulated.
fn environment() -> Vec<(&'static str, String)> {
    let text = |time: Duration| format!("{}ms", time.as_millis());
    vec![
        ("NEWSHOUND_CRAWL_LEASE_FOR", text(LEASE_FOR)),
        ("NEWSHOUND_CRAWL_PATIENCE", text(PATIENCE)),
        ("NEWSHOUND_CRAWL_VISIT_MAX", "3s".into()),
        ("NEWSHOUND_FETCH_LIMITS_TOTAL", EXCHANGE_MAX.into()),
        ("NEWSHOUND_FETCH_LIMITS_FIRST_BYTE", EXCHANGE_MAX.into()),
        ("NEWSHOUND_FETCH_LIMITS_CONNECT", EXCHANGE_MAX.into()),
        ("NEWSHOUND_RETRY_FIRST", "1s".into()),
        ("NEWSHOUND_POLITENESS_BACKOFF_FIRST", "1s".into()),
        // No host of the simulated web asks for more before its robots.txt is known.
        ("NEWSHOUND_POLITENESS_FIRST_DELAY", "2s".into()),
        ("NEWSHOUND_ARCHIVE_FREE_BYTES_MIN", "0".into()),
    ]
}
