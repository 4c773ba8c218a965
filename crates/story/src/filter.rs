//! What an outlet repeats: paragraphs and passages seen in two earlier articles of it.
//!
//! Each outlet has a sketch: how many of its articles had a hash. It is bounded (the rarest hash of
//! a bucket makes room) and decays (counts are halved from time to time), so that a design that the
//! outlet has given up is forgotten.
#![allow(clippy::cast_possible_truncation, reason = "pieces of hashes are meant")]

use std::collections::HashMap;

/// Earlier articles of the outlet in which a passage makes it a part of the outlet's furniture.
pub(crate) const SEEN: u8 = 2;

/// Cells of a cache line.
const LINE: usize = 16;
/// Cells of a bucket.
const BUCKET: usize = 8;
/// Buckets of a new sketch, and of a full one: some 20 articles of one-off passages fit.
const BUCKETS_MIN: usize = 16;
const BUCKETS_MAX: usize = 256;
/// Articles after which counts are halved.
const DECAY: u32 = 256;
/// Bits of a cell that count, and how far.
const COUNT_BITS: u32 = 4;
const COUNT: u32 = (1 << COUNT_BITS) - 1;
const COUNT_MAX: u8 = 15;

/// How many articles of one outlet had a hash.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sketch {
    /// A piece of the hash, and in the last bits the count; 0 is a free cell.
    pub(crate) cells: Vec<u32>,
    /// Articles counted.
    pub(crate) articles: u32,
}

impl Sketch {
    /// In how many articles the hash was seen.
    pub(crate) fn count(&self, hash: u64) -> u8 {
        if self.cells.is_empty() {
            return 0;
        }
        let mark = mark(hash);
        let found = self.cells[self.bucket(mark)].iter().find(|cell| *cell & !COUNT == mark);
        found.map_or(0, |cell| count(*cell))
    }

    /// Reads all of it once, in order, which costs less than waiting for each bucket.
    pub(crate) fn warm(&self) -> u32 {
        self.cells.iter().step_by(LINE).fold(0, |sum, cell| sum ^ cell)
    }

    /// Counts an article that has these hashes, each once.
    pub(crate) fn add(&mut self, hashes: impl Iterator<Item = u64>) {
        if self.cells.is_empty() {
            self.resize(BUCKETS_MIN);
        }
        self.articles = self.articles.saturating_add(1);
        let buckets = self.cells.len() / BUCKET;
        // An article has some 100 hashes, so 12 buckets for each as long as it may grow.
        if buckets < BUCKETS_MAX && self.articles as usize * 12 > buckets {
            self.resize(buckets * 2);
        }
        if self.articles.is_multiple_of(DECAY) {
            self.decay();
        }
        for hash in hashes {
            self.add_one(mark(hash));
        }
    }

    fn add_one(&mut self, mark: u32) {
        let bucket = self.bucket(mark);
        let cells = &mut self.cells[bucket];
        if let Some(cell) = cells.iter_mut().find(|cell| **cell & !COUNT == mark) {
            *cell = mark | u32::from((count(*cell) + 1).min(COUNT_MAX));
            return;
        }
        // The first cell is the youngest, so that of the rarest the oldest makes room.
        let rarest = (0..BUCKET).rev().min_by_key(|at| count(cells[*at])).unwrap_or(0);
        if count(cells[rarest]) >= SEEN {
            for cell in cells {
                *cell -= 1;
            }
            return;
        }
        cells.copy_within(0..rarest, 1);
        cells[0] = mark | 1;
    }

    /// Halves all counts, and drops what is left with none.
    fn decay(&mut self) {
        for cell in &mut self.cells {
            let half = u32::from(count(*cell) / 2);
            *cell = if half == 0 { 0 } else { *cell & !COUNT | half };
        }
    }

    fn bucket(&self, mark: u32) -> std::ops::Range<usize> {
        let buckets = self.cells.len() / BUCKET;
        let first = ((mark >> COUNT_BITS) as usize & (buckets - 1)) * BUCKET;
        first..first + BUCKET
    }

    /// Makes it larger: a bucket is split by one more bit of the marks.
    fn resize(&mut self, buckets: usize) {
        let old = std::mem::replace(&mut self.cells, vec![0; buckets * BUCKET]);
        for cell in old.into_iter().filter(|cell| *cell != 0) {
            let bucket = self.bucket(cell & !COUNT);
            if let Some(free) = self.cells[bucket].iter_mut().find(|free| **free == 0) {
                *free = cell;
            }
        }
    }

    /// Whether a sketch can have so many cells.
    pub(crate) fn is_size(cells: usize) -> bool {
        let buckets = cells / BUCKET;
        cells == 0
            || (cells.is_multiple_of(BUCKET) && buckets.is_power_of_two() && buckets <= BUCKETS_MAX)
    }

    fn bytes(&self) -> usize {
        self.cells.capacity() * 4 + size_of::<Self>()
    }
}

/// The piece of a hash that a cell holds; never 0.
fn mark(hash: u64) -> u32 {
    (((hash >> 32) as u32) & !COUNT).max(COUNT + 1)
}

fn count(cell: u32) -> u8 {
    (cell & COUNT) as u8
}

/// The sketches of all outlets; the one that was silent longest makes room.
#[derive(Debug, Default)]
pub(crate) struct Filter {
    pub(crate) names: HashMap<u64, u32>,
    /// By number: the hash of its name, the round in which it last published, its sketch.
    pub(crate) outlets: Vec<(u64, u64, Sketch)>,
    pub(crate) round: u64,
}

impl Filter {
    /// The number of an outlet; of one that was not known, or was forgotten, a new one.
    pub(crate) fn outlet(&mut self, name: u64, outlets_max: usize) -> u32 {
        self.round += 1;
        if let Some(number) = self.names.get(&name) {
            self.outlets[*number as usize].1 = self.round;
            return *number;
        }
        let number = if self.outlets.len() < outlets_max.max(1) {
            self.outlets.push((name, self.round, Sketch::default()));
            self.outlets.len() - 1
        } else {
            let silent = (0..self.outlets.len()).min_by_key(|at| self.outlets[*at].1).unwrap_or(0);
            self.names.remove(&self.outlets[silent].0);
            self.outlets[silent] = (name, self.round, Sketch::default());
            silent
        };
        let number = u32::try_from(number).unwrap_or(u32::MAX);
        self.names.insert(name, number);
        number
    }

    pub(crate) fn sketch(&self, outlet: u32) -> Option<&Sketch> {
        self.outlets.get(outlet as usize).map(|(_, _, sketch)| sketch)
    }

    pub(crate) fn sketch_mut(&mut self, outlet: u32) -> Option<&mut Sketch> {
        self.outlets.get_mut(outlet as usize).map(|(_, _, sketch)| sketch)
    }

    pub(crate) fn bytes(&self) -> usize {
        let sketches: usize = self.outlets.iter().map(|(_, _, sketch)| sketch.bytes() + 16).sum();
        sketches + self.names.capacity() * 14
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hash;

    #[test]
    fn what_all_articles_have_is_known_among_much_that_one_has() {
        let mut sketch = Sketch::default();
        for article in 0..400_u64 {
            let own = (0..100).map(|n| hash::mix(1_000 + article * 100 + n));
            sketch.add((0..5).map(hash::mix).chain(own));
            if article >= 2 {
                assert!((0..5).all(|n| sketch.count(hash::mix(n)) >= SEEN), "article {article}");
            }
        }
        let wrong = (0..40_000).filter(|n| sketch.count(hash::mix(1_000 + n)) >= SEEN).count();
        // Cells hold 28 bits of a hash, so a few are taken for others.
        assert!(wrong < 10, "{wrong} hashes of one article are known as repeated");
        assert!(sketch.bytes() < 16 * 1_024, "{}", sketch.bytes());
    }

    #[test]
    fn a_design_that_was_given_up_is_forgotten() {
        let mut sketch = Sketch::default();
        let design = |version: u64| (0..50).map(move |n| hash::mix(version * 10_000 + n));
        let known = |sketch: &Sketch, version| {
            design(version).filter(|hash| sketch.count(*hash) >= SEEN).count()
        };
        for _ in 0..40 {
            sketch.add(design(1));
        }
        assert_eq!(known(&sketch, 1), 50);
        for _ in 0..4 * DECAY {
            sketch.add(design(2));
        }
        assert_eq!((known(&sketch, 1), known(&sketch, 2)), (0, 50));
    }

    #[test]
    fn the_most_silent_outlet_makes_room() {
        let mut filter = Filter::default();
        let (a, b) = (filter.outlet(1, 2), filter.outlet(2, 2));
        assert_eq!(filter.outlet(1, 2), a);
        assert_eq!(filter.outlet(3, 2), b, "the second was silent longest");
        assert_eq!(filter.outlets.len(), 2);
    }
}
