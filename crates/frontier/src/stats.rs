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
    /// Hosts with URLs, by lane: fresh, backfill. A host may be in both.
    pub lanes: [LaneStats; 2],
    /// Hosts with a lease in force.
    pub hosts_leased: u64,
    /// Until the earliest host with URLs is ready, zero when one is; none when no host has any. A
    /// host that is leased counts with the time at which it would heal.
    pub next_ready_in: Option<Duration>,
    /// How long the host has been ready that has been so longest; none when none is.
    pub ready_for: Option<Duration>,
    /// For how long a part of the frontier gives no leases yet, because its store was started anew
    /// or its clock was stepped; none where all do.
    pub rests_for: Option<Duration>,
    /// What the frontier takes where it is stored; zero in memory.
    pub bytes: u64,
}

/// The hosts of a lane.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LaneStats {
    /// Those that could be leased now.
    pub ready: u64,
    /// Those that could not: leased, resting, held, or all their URLs wait for a time.
    pub later: u64,
}
