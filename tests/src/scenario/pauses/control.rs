//! What operators and workers tell each other, through the same gate.

use std::future::Future;
use std::time::Duration;

use crawl::{Directive, Entry, HostKey};
use frontier::{
    AddressAsk, Beat, Beaten, Control, Cursor, Dumped, Given, HostRow, LeaseToken, Record, Result,
    WorkerRow,
};

use super::frontier::Far;

impl<F: Control> Control for Far<F> {
    fn direct(&self, given: Given) -> impl Future<Output = Result<Directive>> + Send {
        self.gate.around(self.frontier.direct(given))
    }

    fn lift(
        &self,
        about: &str,
        kind: &str,
    ) -> impl Future<Output = Result<Option<Directive>>> + Send {
        self.gate.around(self.frontier.lift(about, kind))
    }

    fn directives(&self) -> impl Future<Output = Result<Vec<Directive>>> + Send {
        self.gate.around(self.frontier.directives())
    }

    fn beat(&self, beat: Beat) -> impl Future<Output = Result<Beaten>> + Send {
        self.gate.around(self.frontier.beat(beat))
    }

    fn changes(&self) -> impl Future<Output = Result<Beaten>> + Send {
        self.gate.around(self.frontier.changes())
    }

    fn workers(&self) -> impl Future<Output = Result<Vec<WorkerRow>>> + Send {
        self.gate.around(self.frontier.workers())
    }

    fn hosts(
        &self,
        after: Option<HostKey>,
        max: usize,
    ) -> impl Future<Output = Result<Vec<HostRow>>> + Send {
        self.gate.around(self.frontier.hosts(after, max))
    }

    fn host(&self, host: &HostKey) -> impl Future<Output = Result<Option<HostRow>>> + Send {
        self.gate.around(self.frontier.host(host))
    }

    fn requeue(&self, about: &str) -> impl Future<Output = Result<u64>> + Send {
        self.gate.around(self.frontier.requeue(about))
    }

    fn revisit(&self, entries: Vec<Entry>) -> impl Future<Output = Result<u64>> + Send {
        self.gate.around(self.frontier.revisit(entries))
    }

    fn purge(&self, about: &str) -> impl Future<Output = Result<u64>> + Send {
        self.gate.around(self.frontier.purge(about))
    }

    fn take_address(
        &self,
        token: &LeaseToken,
        ask: AddressAsk,
    ) -> impl Future<Output = Result<Option<Duration>>> + Send {
        self.gate.around(self.frontier.take_address(token, ask))
    }

    fn free_addresses(
        &self,
        token: &LeaseToken,
        groups: Vec<String>,
    ) -> impl Future<Output = Result<()>> + Send {
        self.gate.around(self.frontier.free_addresses(token, groups))
    }

    fn dump(&self, from: Cursor) -> impl Future<Output = Result<Dumped>> + Send {
        self.gate.around(self.frontier.dump(from))
    }

    fn load(&self, records: Vec<Record>) -> impl Future<Output = Result<()>> + Send {
        self.gate.around(self.frontier.load(records))
    }
}
