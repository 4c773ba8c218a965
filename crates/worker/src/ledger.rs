//! What came of each seed of this run.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crawl::Fingerprint;
use serde::Serialize;

/// Reasons that are kept in words; the others are counted.
const REASONS_MAX: usize = 1_000;

/// Keeps a few bytes a seed, so that a long list of them does not fill the memory.
#[derive(Debug, Default)]
pub struct Ledger {
    seeds: Mutex<Seeds>,
}

#[derive(Debug, Default)]
struct Seeds {
    fates: HashMap<u64, Mark>,
    reasons: HashMap<u64, SeedFate>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mark {
    Waiting,
    Page,
    NoPage,
}

/// A seed that gave no page, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SeedFate {
    /// The seed as it was understood.
    pub seed: String,
    /// Why there is no page.
    pub reason: String,
}

impl Ledger {
    /// Begins to follow a seed.
    pub fn follow(&self, seed: &str) {
        self.lock().fates.entry(key(seed)).or_insert(Mark::Waiting);
    }

    /// A page (or a confirmation that it has not changed) came of the seed.
    pub(crate) fn page(&self, seed: Option<&str>) {
        let Some(seed) = seed else { return };
        let mut seeds = self.lock();
        if let Some(mark) = seeds.fates.get_mut(&key(seed)) {
            *mark = Mark::Page;
            seeds.reasons.remove(&key(seed));
        }
    }

    /// An attempt for the seed ended without a page. A later page outweighs it.
    pub(crate) fn no_page(&self, seed: Option<&str>, reason: &str) {
        let Some(seed) = seed else { return };
        let mut seeds = self.lock();
        let Some(mark) = seeds.fates.get_mut(&key(seed)) else { return };
        if *mark == Mark::Page {
            return;
        }
        *mark = Mark::NoPage;
        if seeds.reasons.len() < REASONS_MAX || seeds.reasons.contains_key(&key(seed)) {
            let fate = SeedFate { seed: seed.to_owned(), reason: reason.to_owned() };
            seeds.reasons.insert(key(seed), fate);
        }
    }

    /// How many seeds of this run were tried and gave no page.
    pub fn without_page(&self) -> usize {
        self.lock().fates.values().filter(|mark| **mark == Mark::NoPage).count()
    }

    /// The seeds that were tried and gave no page, sorted, up to a fixed number.
    pub fn reasons(&self) -> Vec<SeedFate> {
        let mut reasons: Vec<_> = self.lock().reasons.values().cloned().collect();
        reasons.sort_by(|a, b| a.seed.cmp(&b.seed));
        reasons
    }

    fn lock(&self) -> MutexGuard<'_, Seeds> {
        self.seeds.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn key(seed: &str) -> u64 {
    Fingerprint::of(seed).0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_outweighs_failed_attempts() {
        let ledger = Ledger::default();
        for seed in ["a.test", "b.test", "c.test"] {
            ledger.follow(seed);
        }
        ledger.no_page(Some("a.test"), "connection refused");
        ledger.page(Some("a.test"));
        ledger.no_page(Some("a.test"), "404");
        ledger.no_page(Some("b.test"), "dns");
        ledger.no_page(Some("stranger.test"), "dns");
        assert_eq!(ledger.without_page(), 1);
        assert_eq!(ledger.reasons()[0].seed, "b.test");
    }
}
