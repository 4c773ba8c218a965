//! Real Redis and Valkey servers on loopback, for tests.
//!
//! What it is: [`RedisServer`] and [`RedisCluster`], started in a folder of their own, reached at a
//! port of their own, ended by process id at the latest when the test ends, even when the test is
//! killed. A program that is missing is an error that names the command which installs it: a test
//! that cannot start its server fails.
//!
//! What it is not: for use under a paused clock. Servers are programs and take real time; what is
//! waited for here is asked for again and again, within a limit.
//!
//! # Layout
//! - [`options`]: how a server, or a cluster of them, is to run
//! - [`server`]: one server
//! - [`cluster`]: masters and replicas that share the slots
//! - [`tls`]: an authority, and certificates for loopback
//! - [`program`]: where the programs are
//! - [`error`]: what can go wrong before the test begins
//! - `port`, `process`, `wait`, `view`: ports nobody else takes, a program and its end, conditions,
//!   what a node knows of its cluster

pub mod cluster;
pub mod error;
pub mod options;
mod port;
mod process;
pub mod program;
pub mod server;
pub mod tls;
mod view;
mod wait;

pub use cluster::{Failover, RedisCluster, SLOTS};
pub use error::{Error, Result};
pub use options::{ClusterOptions, Fsync, Options, User};
pub use program::Program;
pub use server::RedisServer;
pub use tls::Authority;

#[cfg(test)]
mod tests;
