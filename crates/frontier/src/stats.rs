//! Where a frontier stands, in figures.

use std::time::Duration;

use crawl::Band;
use serde::{Deserialize, Serialize};

/// Figures of a frontier at one moment.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stats {
    /// URLs ever accepted.
    pub urls_seen: u64,
    /// URLs that wait for their turn.
    pub pending: u64,
    /// The same, by band, in the order of [`Band::ALL`].
    pub pending_by_band: [u64; Band::ALL.len()],
    /// URLs that wait for a time: retries and revisits.
    pub due: u64,
    /// URLs handed out with a lease and not settled; those of an abandoned lease too, until its
    /// host is leased again.
    pub in_flight: u64,
    /// Hosts ever heard of.
    pub hosts: u64,
    /// Hosts that could be leased now.
    pub hosts_ready: u64,
    /// Hosts with URLs, neither ready nor leased: they rest, or their URLs wait for a time.
    pub hosts_waiting: u64,
    /// Hosts with a lease in force.
    pub hosts_leased: u64,
    /// Until the earliest host with URLs is ready, zero when one is; none when no host has any. A
    /// host that is leased counts with the time at which it would heal.
    pub next_ready_in: Option<Duration>,
    /// What the frontier takes where it is stored; zero in memory.
    pub bytes: u64,
}
