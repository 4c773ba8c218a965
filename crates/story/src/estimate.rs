//! Candidates: the older documents that share enough hashes to be worth a comparison.

use std::collections::HashMap;

use crate::documents::Documents;
use crate::index::{Seq, Table};

/// Estimated coverage, of either side, from which a document is compared.
const ESTIMATE_LEAST: f64 = 0.2;
/// Hits from which it is.
const HITS_LEAST: u32 = 2;
/// Documents that are compared at most.
pub(crate) const CANDIDATES_MAX: usize = 16;
/// The same of one story: what does not match three members matches none.
const OF_STORY_MAX: usize = 3;

/// What the index says to a signature.
#[derive(Debug, Default)]
pub(crate) struct Lookup {
    /// Documents by hash: `ends[n]` is where those of hash `n` end.
    found: Vec<Seq>,
    ends: Vec<usize>,
    hits: HashMap<Seq, u32>,
    one: Vec<Seq>,
}

impl Lookup {
    /// Looks up all hashes of a signature.
    pub(crate) fn run(&mut self, signature: &[u64], table: &Table, documents: &Documents) {
        self.found.clear();
        self.ends.clear();
        self.hits.clear();
        // The sum is of no use, but makes the reads real.
        let warmed = signature.iter().fold(0, |sum: u64, hash| sum ^ table.warm(*hash));
        std::hint::black_box(warmed);
        for hash in signature {
            table.find(*hash, documents.oldest, &mut self.one);
            self.found.extend(&self.one);
            self.ends.push(self.found.len());
        }
        for seq in &self.found {
            *self.hits.entry(*seq).or_default() += 1;
        }
    }

    /// The documents that have the hash of this number.
    pub(crate) fn documents_of(&self, number: usize) -> &[Seq] {
        let from = number.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.found[from..self.ends[number]]
    }

    /// The most promising documents, best first.
    pub(crate) fn candidates(&self, hashes: usize, documents: &Documents) -> Vec<Seq> {
        let mut estimates: Vec<(f64, Seq)> = self
            .hits
            .iter()
            .filter(|(_, hits)| **hits >= HITS_LEAST)
            .filter_map(|(seq, hits)| {
                let document = documents.get(*seq)?;
                let of_old = f64::from(*hits) / f64::from(document.indexed.max(1));
                let of_new = of_old * f64::from(document.hashes) / hashes.max(1) as f64;
                let estimate = of_old.max(of_new);
                // What both cover counts for the order: a near copy before what contains it.
                let both = of_old.min(1.0) + of_new.min(1.0);
                (estimate >= ESTIMATE_LEAST).then_some((both, *seq))
            })
            .collect();
        estimates.sort_by(|(x, a), (y, b)| y.total_cmp(x).then(a.cmp(b)));
        let mut of_story: HashMap<u32, usize> = HashMap::new();
        let mut chosen = Vec::new();
        for (_, seq) in estimates {
            let Some(story) = documents.get(seq).map(|document| document.story) else { continue };
            let count = of_story.entry(story).or_default();
            if *count < OF_STORY_MAX && chosen.len() < CANDIDATES_MAX {
                *count += 1;
                chosen.push(seq);
            }
        }
        chosen
    }
}
