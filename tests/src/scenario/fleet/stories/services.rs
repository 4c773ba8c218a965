//! The services of stories of a fleet, one of them at work.

use std::process::Command;

use serde_json::Value;

use crate::process::{self, Signal};
use crate::scenario::LIMIT;
use crate::scenario::fleet::crew::Ended;
use crate::scenario::fleet::shared::Shared;
use crate::wait::until;
use crate::{DataDir, Running, newshound};

/// The service that is at work, and the one that stands by.
pub(super) struct Services {
    command: Command,
    at_work: Running,
    stands_by: Running,
}

impl Services {
    /// Starts both.
    #[track_caller]
    pub(super) fn start(shared: &Shared, store: &DataDir) -> Self {
        let mut command = serve(shared, store);
        let mut at_work = Running::start(&mut command, b"");
        at_work.wait_for("stories of", LIMIT);
        let stands_by = Self::stand_by(&mut command);
        let are_told = until(LIMIT, || states(&told(shared)) == ["active", "standing by"]);
        assert!(are_told, "the status does not tell both: {}", told(shared));
        Self { command, at_work, stands_by }
    }

    #[track_caller]
    fn stand_by(command: &mut Command) -> Running {
        let mut running = Running::start(command, b"");
        running.wait_for("standing by", LIMIT);
        running
    }

    /// Kills the one that is at work, and waits until the other one has taken over.
    #[track_caller]
    pub(super) fn kill(&mut self) {
        self.at_work.signal(Signal::KILL);
        self.at_work.ended();
        self.stands_by.wait_for("stories of", LIMIT);
        let next = Self::stand_by(&mut self.command);
        self.at_work = std::mem::replace(&mut self.stands_by, next);
    }

    /// Asks both to end, and gives what they said.
    #[track_caller]
    pub(super) fn end(self) -> Vec<String> {
        let mut said = Vec::new();
        for running in [self.stands_by, self.at_work] {
            running.signal(Signal::TERM);
            said.push(running.wait(LIMIT).expect_code(0).stderr);
        }
        said
    }
}

/// A service with this store.
pub(super) fn serve(shared: &Shared, store: &DataDir) -> Command {
    let mut command = newshound();
    command.args(["stories", "serve", "--frontier", &shared.url(), "--data"]);
    command.arg(store.path());
    command
}

/// The flags that name the archives of workers.
pub(super) fn archives(workers: &[Ended]) -> Vec<String> {
    let archive = |(number, worker): (usize, &Ended)| {
        let of = format!("w{}={}", number + 1, worker.data.path().display());
        ["--archive".to_owned(), of]
    };
    workers.iter().enumerate().flat_map(archive).collect()
}

/// What the status tells of stories.
#[track_caller]
pub(super) fn told(shared: &Shared) -> Value {
    let mut command = newshound();
    command.args(["frontier", "status", "--json", "--frontier", &shared.url()]);
    let done = process::run(&mut command, LIMIT).expect_code(0);
    let mut status: Value = serde_json::from_str(&done.stdout).expect("--json writes JSON");
    status["stories"].take()
}

/// What the services do, in the order of the words for it.
pub(super) fn states(told: &Value) -> Vec<&str> {
    let services = told["services"].as_array().map_or(&[][..], Vec::as_slice);
    let mut states: Vec<&str> = services.iter().filter_map(|one| one["state"].as_str()).collect();
    states.sort_unstable();
    states
}
