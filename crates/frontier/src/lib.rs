//! Which URL is fetched next, and when.
//!
//! What it is: the memory of a crawl. It knows every URL, keeps them in host queues, and gives
//! workers leases: the exclusive, expiring, fenced right to talk to one host. One trait,
//! [`Frontier`], and its backends: [`Sqlite`] (one machine, one file) and [`Model`] (in memory,
//! for simulation and as the measure of the others).
//!
//! What it is not: it decides nothing. Delays, back-off, revisit times and priorities are computed
//! in `crawl` and arrive here as durations; the frontier adds them to its own clock and keeps
//! order.
//!
//! # Layout
//! - [`contract`]: the trait, and the rules that every backend keeps
//! - [`lease`]: what goes in and out of it: leases, verdicts, settlements
//! - [`seeds`]: the same about seeds, outlets and single URLs
//! - [`stats`]: where a frontier stands, in figures
//! - [`control`]: what workers tell each other, and what operators see and command
//! - [`dump`]: all that a crawl keeps, as records that every backend writes and reads
//! - [`error`]: our own failures
//! - [`turn`]: in which order bands and lanes take turns
//! - [`time`]: the backend's clock, which never goes back
//! - [`model`]: the backend in memory
//! - [`mod@redis`]: the backend of fleets
//! - [`sqlite`]: the backend in a file
//! - `conformance` (feature of that name): the contract, a function a sentence
//! - `testing` (the same feature): real Redis servers on loopback

pub mod contract;
pub mod control;
pub mod dump;
pub mod error;
pub mod lease;
pub mod model;
pub mod redis;
pub mod seeds;
pub mod sqlite;
pub mod stats;
pub mod time;
pub mod turn;

#[cfg(feature = "conformance")]
pub mod conformance;
#[cfg(feature = "conformance")]
pub mod testing;

pub use contract::Frontier;
pub use control::{
    AddressAsk, Beat, Beaten, Control, Given, HostRow, OUTLET_BUSY_FOR, StoriesBeat,
    WORKER_FORGOTTEN_AFTER, WorkerRow,
};
pub use dump::{Cursor, DirectiveRecord, Dumped, HostRecord, Record, SeedRecord};
pub use error::{Error, Result};
pub use lease::{
    Enqueued, Extended, Extension, HostReply, Idle, Lease, LeaseAsk, LeaseReply, LeaseToken,
    Settled, Settlement, StoredRobots, Verdict,
};
pub use model::Model;
pub use redis::{Backlog, Making, OnWire, Redis, RedisAddress, Sender, Standing, Tolerance, Wire};
pub use seeds::{HubRow, NewSeed, Place, SeedRemoved, SeedRow, SeedsAdded};
pub use sqlite::{Mode, Sqlite};
pub use stats::{LaneStats, Stats};
