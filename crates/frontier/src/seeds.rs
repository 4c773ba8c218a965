//! What goes in and out of a frontier about seeds, outlets and single URLs.

use std::time::Duration;

use crawl::{Account, Entry, SeedSpec, SeedState};

/// A seed on its way in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewSeed {
    /// The seed, and what is said about it.
    pub spec: SeedSpec,
    /// What it adds to the scope (see [`crawl::scope::member_of_seed`]).
    pub member: Option<String>,
}

/// What became of seeds that were given.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SeedsAdded {
    /// Seeds that were unknown.
    pub added: u64,
    /// Seeds that were known, of which something else is said now.
    pub changed: u64,
    /// Seeds that were known just so.
    pub known: u64,
}

/// A seed as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeedRow {
    /// The seed, and what was said about it.
    pub spec: SeedSpec,
    /// Time since it was first given.
    pub age: Duration,
    /// What came of its last visit, and how long ago that was.
    pub state: Option<(SeedState, Duration)>,
    /// The account of its outlet.
    pub account: Account,
}

/// What went away with a seed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SeedRemoved {
    /// URLs of its outlet that waited and are forgotten. None while the outlet has other seeds.
    pub urls: u64,
    /// Other seeds of the outlet.
    pub others: u64,
}

/// A hub of an outlet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HubRow {
    /// Its entry.
    pub entry: Entry,
    /// Until its next visit is due; zero when it waits for its turn.
    pub due_in: Duration,
}

/// Where a known URL is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// It waits for its turn, or is in flight.
    Pending(Box<Entry>),
    /// It waits for its time.
    Due(Box<Entry>, Duration),
    /// It is settled for good.
    Settled,
}

impl Place {
    /// The entry, where there still is one.
    pub fn entry(&self) -> Option<&Entry> {
        match self {
            Self::Pending(entry) | Self::Due(entry, _) => Some(entry),
            Self::Settled => None,
        }
    }
}

/// The name under which a seed is kept: its text.
pub(crate) fn name(spec: &SeedSpec) -> String {
    spec.seed.to_string()
}
