//! What the suites share.

use std::sync::Arc;
use std::time::Duration;

use crawl::{Clock, UnixMicros};
use frontier::conformance::TestClock;
use frontier::testing::{Options, Program, RedisServer};
use frontier::{Redis, RedisAddress};

/// The test's clock without steps of the wall: it stands in for a server's clock that is sound.
struct Steady {
    clock: Arc<TestClock>,
    began: (UnixMicros, Duration),
}

impl Clock for Steady {
    fn now(&self) -> UnixMicros {
        self.began.0.after(self.clock.elapsed().saturating_sub(self.began.1))
    }

    fn elapsed(&self) -> Duration {
        self.clock.elapsed()
    }
}

/// A server, and frontiers in it one after another.
pub(crate) struct InServer {
    program: Program,
    partitions: usize,
    server: Option<RedisServer>,
}

impl InServer {
    pub(crate) fn new(program: Program, partitions: usize) -> Self {
        Self { program, partitions, server: None }
    }

    /// A new and empty frontier on this clock.
    pub(crate) async fn frontier(&mut self, clock: Arc<TestClock>) -> Redis {
        if self.server.is_none() {
            let mut options = Options::default();
            options.program = self.program;
            self.server = Some(RedisServer::start(options).await.expect("a server"));
        }
        let server = self.server.as_ref().expect("it was just started");
        for command in ["FLUSHALL", "FUNCTION FLUSH SYNC"] {
            let mut words = command.split(' ');
            let mut cmd = redis::cmd(words.next().unwrap_or_default());
            for word in words {
                cmd.arg(word);
            }
            server.ask::<()>(&cmd).await.expect(command);
        }
        let address = RedisAddress::parse(&server.url()).expect("its URL");
        let began = (clock.now(), clock.elapsed());
        let clock = Arc::new(Steady { clock, began });
        Redis::init_on(&address, clock, self.partitions).await.expect("init")
    }
}
