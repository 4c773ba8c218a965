//! The table of hashes: which documents have one, in some 10 bytes an entry.
//!
//! It is cut by some bits of the hash into parts that grow one by one and in small steps, so
//! that it neither holds twice what it needs nor stands still while it grows. Entries of documents
//! that have left the window are dead: they are written over, or left out when a part is rebuilt.
#![allow(clippy::cast_possible_truncation, reason = "halves of packed cells are meant")]

/// Number of a document in the index, in order of arrival, from 1.
pub(crate) type Seq = u32;

/// Parts: 2 to the power of this.
const PART_BITS: u32 = 12;
/// Cells of a part when it is first written to.
const CELLS_MIN: usize = 8;
/// A part is rebuilt when it is fuller than this, in percent.
const FULL: usize = 85;
/// Entries of one hash that are looked at; what more have is no sign of anything.
pub(crate) const SAME_MAX: usize = 48;

/// Hash to documents.
#[derive(Debug)]
pub(crate) struct Table {
    pub(crate) parts: Vec<Part>,
}

/// One part: open addressing with linear probing. A cell is the second half of the hash and the
/// document; 0 is free.
#[derive(Clone, Debug, Default)]
pub(crate) struct Part {
    pub(crate) cells: Vec<u64>,
    /// Cells that are not free, dead ones among them.
    pub(crate) used: usize,
}

impl Default for Table {
    fn default() -> Self {
        Self { parts: vec![Part::default(); 1 << PART_BITS] }
    }
}

impl Table {
    /// Reads a cell near each hash, so that memory is under way when they are looked up.
    pub(crate) fn warm(&self, hash: u64) -> u64 {
        let part = &self.parts[part_of(hash)];
        part.cells.get(home(hash, part.cells.len())).copied().unwrap_or(0)
    }

    /// The documents from `oldest` on that have this hash, in no order; none when there are more
    /// than [`SAME_MAX`].
    pub(crate) fn find(&self, hash: u64, oldest: Seq, to: &mut Vec<Seq>) {
        to.clear();
        let part = &self.parts[part_of(hash)];
        let cells = part.cells.len();
        if cells == 0 {
            return;
        }
        let mut at = home(hash, cells);
        loop {
            let cell = part.cells[at];
            if cell == 0 {
                return;
            }
            let doc = doc_of(cell);
            if cell >> 32 == u64::from(hash as u32) && doc >= oldest {
                if to.len() == SAME_MAX {
                    to.clear();
                    return;
                }
                to.push(doc);
            }
            at = if at + 1 == cells { 0 } else { at + 1 };
        }
    }

    /// Adds a document to a hash.
    pub(crate) fn insert(&mut self, hash: u64, doc: Seq, oldest: Seq) {
        let part = &mut self.parts[part_of(hash)];
        if part.cells.is_empty() || (part.used + 1) * 100 > part.cells.len() * FULL {
            part.rebuild(part_of(hash), oldest);
        }
        let cell = (u64::from(hash as u32) << 32) | u64::from(doc);
        part.put(home(hash, part.cells.len()), cell, oldest);
    }

    /// Memory, in bytes.
    pub(crate) fn bytes(&self) -> usize {
        let cells: usize = self.parts.iter().map(|part| part.cells.capacity() * 8).sum();
        cells + self.parts.capacity() * size_of::<Part>()
    }
}

impl Part {
    /// Writes into the first free or dead cell.
    fn put(&mut self, home: usize, cell: u64, oldest: Seq) {
        let mut at = home;
        loop {
            let found = self.cells[at];
            if found == 0 {
                self.used += 1;
                self.cells[at] = cell;
                return;
            }
            if doc_of(found) < oldest {
                self.cells[at] = cell;
                return;
            }
            at = if at + 1 == self.cells.len() { 0 } else { at + 1 };
        }
    }

    /// Leaves the dead out, and grows by a fifth where that does not make room.
    ///
    /// The place of a hash needs bits that a cell does not hold, but its order does not change:
    /// cells between two free ones are moved as they stand in the old part.
    fn rebuild(&mut self, number: usize, oldest: Seq) {
        let live = self.cells.iter().filter(|cell| **cell != 0 && doc_of(**cell) >= oldest).count();
        let needed = (live + 1) * 100 / FULL;
        let cells = (needed + needed / 5).max(CELLS_MIN) + number % 8;
        let old = std::mem::replace(&mut self.cells, vec![0; cells]);
        self.used = 0;
        for cell in old.into_iter().filter(|cell| *cell != 0 && doc_of(*cell) >= oldest) {
            self.put(home(cell >> 32, cells), cell, oldest);
        }
    }
}

fn doc_of(cell: u64) -> Seq {
    cell as Seq
}

fn part_of(hash: u64) -> usize {
    // Signatures keep their least hashes, so the first bits are no even split.
    (hash >> 32) as usize & ((1 << PART_BITS) - 1)
}

/// Where a hash is looked for first. Only the half that a cell holds is used, so that a part can be
/// rebuilt from its cells.
fn home(hash: u64, cells: usize) -> usize {
    (((hash & 0xFFFF_FFFF) * cells as u64) >> 32) as usize
}
