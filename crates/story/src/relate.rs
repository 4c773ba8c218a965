//! Whether two texts speak of the same: by words, weighted by how rare they are in their language.
#![allow(clippy::cast_possible_truncation, reason = "pieces of hashes are meant")]

use std::collections::{HashMap, VecDeque};

use crate::hash;

/// Cells for the words of one language.
const CELLS: usize = 1 << 15;
/// Languages that are counted apart; others share a table.
const LANGUAGES_MAX: usize = 48;
/// Documents that stand for strangers.
const STRANGERS: usize = 24;
/// So many are needed to tell what strangers share; before, the relation is unknown, which is
/// neither near nor far: other signs decide.
const STRANGERS_LEAST: usize = 8;
const UNKNOWN: f64 = 1.7;
/// Likeness that is chance however little strangers share.
const CHANCE_LEAST: f64 = 0.002;
/// Counts are halved at so many documents, so that they keep up with the news.
const DOCUMENTS_MAX: u32 = 200_000;

/// In how many documents words were seen, by language.
#[derive(Debug, Default)]
pub(crate) struct Frequencies {
    pub(crate) tables: Vec<Words>,
    pub(crate) numbers: HashMap<u64, usize>,
}

/// The words of one language.
#[derive(Clone, Debug)]
pub(crate) struct Words {
    pub(crate) language: u64,
    pub(crate) counts: Vec<u32>,
    pub(crate) documents: u32,
    /// The units of the last documents that were counted: strangers to compare with.
    pub(crate) recent: VecDeque<Vec<u64>>,
}

impl Frequencies {
    /// The number of a language's table.
    pub(crate) fn language(&mut self, language: u64) -> usize {
        if let Some(number) = self.numbers.get(&language) {
            return *number;
        }
        if self.tables.len() >= LANGUAGES_MAX {
            return 0;
        }
        self.tables.push(Words {
            language,
            counts: vec![0; CELLS],
            documents: 0,
            recent: VecDeque::new(),
        });
        self.numbers.insert(language, self.tables.len() - 1);
        self.tables.len() - 1
    }

    /// Counts a document; its units are each counted once.
    pub(crate) fn add(&mut self, table: usize, units: Vec<u64>) {
        let Some(words) = self.tables.get_mut(table) else { return };
        words.documents += 1;
        for unit in &units {
            let count = &mut words.counts[cell(*unit)];
            *count = count.saturating_add(1);
        }
        if words.documents >= DOCUMENTS_MAX {
            words.documents /= 2;
            words.counts.iter_mut().for_each(|count| *count /= 2);
        }
        if words.recent.len() >= STRANGERS {
            words.recent.pop_front();
        }
        words.recent.push_back(units);
    }

    /// How many times more two texts share than each does with strangers.
    ///
    /// What texts share by chance depends on their length, their language and the collection, so
    /// that no fixed likeness tells relatives; a multiple of chance does.
    pub(crate) fn relation(&self, table: usize, a: &[u64], b: &[u64]) -> f64 {
        let Some(words) = self.tables.get(table) else { return UNKNOWN };
        if words.recent.len() < STRANGERS_LEAST {
            return UNKNOWN;
        }
        let with = |text| words.recent.iter().map(move |other| words.likeness(text, other));
        let mut chance: Vec<f64> = with(a).chain(with(b)).collect();
        chance.sort_by(f64::total_cmp);
        // Among the last documents may be relatives.
        chance.truncate(chance.len() * 5 / 6);
        let mean = chance.iter().sum::<f64>() / chance.len() as f64;
        words.likeness(a, b) / (mean + CHANCE_LEAST)
    }

    pub(crate) fn bytes(&self) -> usize {
        let recent =
            |words: &Words| -> usize { words.recent.iter().map(|text| text.capacity() * 8).sum() };
        let texts: usize = self.tables.iter().map(recent).sum::<usize>();
        self.tables.len() * (CELLS * 4 + size_of::<Words>()) + texts
    }
}

impl Words {
    /// Whether a table can have so many cells.
    pub(crate) fn is_size(cells: usize) -> bool {
        cells == CELLS
    }

    /// Cosine of two sets of units, each weighted by its rarity; 0 without any shared.
    fn likeness(&self, a: &[u64], b: &[u64]) -> f64 {
        let weight = |unit: u64| {
            let seen = f64::from(self.counts[cell(unit)]);
            // Of what is in most documents nothing counts; smoothed for small collections.
            ((f64::from(self.documents) + 20.0) / (seen + 2.0)).ln().max(0.0).powi(2)
        };
        let sum = |units: &[u64]| units.iter().map(|unit| weight(*unit)).sum::<f64>();
        let (mut at, mut shared) = (0, 0.0);
        for unit in a {
            while at < b.len() && b[at] < *unit {
                at += 1;
            }
            if b.get(at) == Some(unit) {
                shared += weight(*unit);
            }
        }
        let norm = (sum(a) * sum(b)).sqrt();
        if norm > 0.0 { shared / norm } else { 0.0 }
    }
}

/// The distinct units of a text by which it is compared: its words, or pairs of its characters;
/// sorted.
pub(crate) fn units(tokens: &[u64], is_words: bool) -> Vec<u64> {
    let mut units =
        if is_words { tokens.to_vec() } else { tokens.windows(2).map(hash::sequence).collect() };
    units.sort_unstable();
    units.dedup();
    units
}

fn cell(unit: u64) -> usize {
    unit as usize & (CELLS - 1)
}
