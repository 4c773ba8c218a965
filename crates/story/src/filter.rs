//! What an outlet repeats: paragraphs and passages seen in two earlier articles of it.
//!
//! Each outlet has a sketch: how many of its articles had a hash. It is bounded (the rarest hash of
//! a bucket makes room) and decays (where all are common, all become rarer), so that a design that
//! the outlet has given up is forgotten.

use std::collections::HashMap;

/// Earlier articles of the outlet in which a passage makes it a part of the outlet's furniture.
pub(crate) const SEEN: u8 = 2;

/// Cells of a bucket.
const BUCKET: usize = 8;
/// Buckets of a new sketch, and of a full one: some 80 articles of one-off passages fit.
const BUCKETS_MIN: usize = 16;
const BUCKETS_MAX: usize = 1_024;
/// Counting beyond this tells nothing more.
const COUNT_MAX: u8 = 15;

/// How many articles of one outlet had a hash.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sketch {
    /// 0 is a free cell.
    pub(crate) marks: Vec<u32>,
    pub(crate) counts: Vec<u8>,
    /// Articles counted.
    pub(crate) articles: u32,
}

impl Sketch {
    /// In how many articles the hash was seen.
    pub(crate) fn count(&self, hash: u64) -> u8 {
        if self.marks.is_empty() {
            return 0;
        }
        let (first, mark) = self.place(hash);
        let found = self.marks[first..first + BUCKET].iter().position(|m| *m == mark);
        found.map_or(0, |at| self.counts[first + at])
    }

    /// Counts an article that has these hashes, each once.
    pub(crate) fn add(&mut self, hashes: impl Iterator<Item = u64>) {
        if self.marks.is_empty() {
            self.resize(BUCKETS_MIN);
        }
        self.articles = self.articles.saturating_add(1);
        let buckets = self.marks.len() / BUCKET;
        // An article has some 100 hashes, so 12 buckets for each as long as it may grow.
        if buckets < BUCKETS_MAX && self.articles as usize * 12 > buckets {
            self.resize(buckets * 2);
        }
        for hash in hashes {
            self.add_one(hash);
        }
    }

    fn add_one(&mut self, hash: u64) {
        let (first, mark) = self.place(hash);
        let bucket = first..first + BUCKET;
        if let Some(at) = bucket.clone().find(|at| self.marks[*at] == mark) {
            self.counts[at] = (self.counts[at] + 1).min(COUNT_MAX);
            return;
        }
        // The first cell is the youngest, so that of the rarest the oldest makes room.
        let rarest = bucket.clone().rev().min_by_key(|at| self.counts[*at]).unwrap_or(first);
        if self.counts[rarest] >= SEEN {
            for at in bucket {
                self.counts[at] -= 1;
            }
            return;
        }
        self.marks.copy_within(first..rarest, first + 1);
        self.counts.copy_within(first..rarest, first + 1);
        self.marks[first] = mark;
        self.counts[first] = 1;
    }

    fn place(&self, hash: u64) -> (usize, u32) {
        let mark = ((hash >> 32) as u32).max(1);
        let buckets = self.marks.len() / BUCKET;
        ((mark as usize & (buckets - 1)) * BUCKET, mark)
    }

    /// Makes it larger: a bucket is split by one more bit of the marks.
    fn resize(&mut self, buckets: usize) {
        let marks = std::mem::replace(&mut self.marks, vec![0; buckets * BUCKET]);
        let counts = std::mem::replace(&mut self.counts, vec![0; buckets * BUCKET]);
        for (mark, count) in marks.into_iter().zip(counts) {
            if mark == 0 {
                continue;
            }
            let first = (mark as usize & (buckets - 1)) * BUCKET;
            if let Some(at) = (first..first + BUCKET).find(|at| self.marks[*at] == 0) {
                self.marks[at] = mark;
                self.counts[at] = count;
            }
        }
    }

    fn bytes(&self) -> usize {
        self.marks.capacity() * 4 + self.counts.capacity() + size_of::<Self>()
    }
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
