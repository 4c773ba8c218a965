//! The contract, held against each backend.

mod common;

use std::sync::Arc;

use common::InServer;
use frontier::conformance::{Harness, TestClock};
use frontier::testing::Program;
use frontier::{Mode, Model, Redis, Sqlite, conformance_suite};

struct InMemory;

impl Harness for InMemory {
    type Frontier = Model;

    async fn make(&mut self, clock: Arc<TestClock>) -> Model {
        Model::new(clock)
    }
}

impl Harness for InServer {
    type Frontier = Redis;

    async fn make(&mut self, clock: Arc<TestClock>) -> Redis {
        self.frontier(clock).await
    }
}

struct InFile(tempfile::TempDir);

impl Harness for InFile {
    type Frontier = Sqlite;

    async fn make(&mut self, clock: Arc<TestClock>) -> Sqlite {
        Sqlite::open(&self.0.path().join("frontier.sqlite"), clock, Mode::Owner).expect("open")
    }
}

mod model {
    frontier::conformance_suite!(super::InMemory);
}

mod sqlite {
    frontier::conformance_suite!(super::InFile(tempfile::tempdir().unwrap()));
}

mod redis {
    use super::{InServer, Program};

    frontier::conformance_suite!(InServer::new(Program::Redis, 1));
}

mod valkey {
    use super::{InServer, Program};

    frontier::conformance_suite!(InServer::new(Program::Valkey, 1));
}

mod shared {
    use super::{Arc, Harness, InMemory, Model, TestClock};

    /// A decorator is held to the contract like a backend.
    struct Shared(InMemory);

    impl Harness for Shared {
        type Frontier = Arc<Model>;

        async fn make(&mut self, clock: Arc<TestClock>) -> Arc<Model> {
            Arc::new(self.0.make(clock).await)
        }
    }

    super::conformance_suite!(Shared(InMemory));
}
