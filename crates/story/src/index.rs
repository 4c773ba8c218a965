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
/// Cells of a cache line.
const LINE: usize = 8;
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
    /// Reads where a hash is looked for, so that memory is under way when it is: a full part is
    /// searched for more than one cache line.
    pub(crate) fn warm(&self, hash: u64) -> u64 {
        let cells = &self.parts[part_of(hash)].cells;
        let home = home(hash, cells.len());
        let read = |at: usize| cells.get(at).copied().unwrap_or(0);
        read(home) ^ read(home + LINE)
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

    /// Puts a document in the place of another one that has the same hash.
    pub(crate) fn replace(&mut self, hash: u64, old: Seq, new: Seq) {
        let cells = &mut self.parts[part_of(hash)].cells;
        let key = (hash & 0xFFFF_FFFF) << 32;
        let mut at = home(hash, cells.len());
        // It ends at a free cell, which each part has.
        while let Some(cell) = cells.get_mut(at).filter(|cell| **cell != 0) {
            if *cell == key | u64::from(old) {
                *cell = key | u64::from(new);
                return;
            }
            at = if at + 1 == cells.len() { 0 } else { at + 1 };
        }
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

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;
    use crate::hash;

    fn found(table: &Table, hash: u64, oldest: Seq) -> Vec<Seq> {
        let mut found = Vec::new();
        table.find(hash, oldest, &mut found);
        found.sort_unstable();
        found
    }

    proptest! {
        #[test]
        fn the_table_finds_what_a_map_finds(
            entries in prop::collection::vec((0_u64..40, 0_u32..3), 0..600),
        ) {
            let mut table = Table::default();
            let mut map: BTreeMap<u64, Vec<Seq>> = BTreeMap::new();
            let (mut oldest, mut next) = (1, 1);
            for (key, expired) in entries {
                // All in one part, so that it fills and is rebuilt.
                let hash = hash::mix(key) & !(0xFFF << 32);
                oldest = (oldest + expired).min(next);
                if found(&table, hash, oldest).len() < SAME_MAX {
                    table.insert(hash, next, oldest);
                    map.entry(hash).or_default().push(next);
                    next += 1;
                }
                for (hash, docs) in &map {
                    let live: Vec<Seq> = docs.iter().copied().filter(|d| *d >= oldest).collect();
                    prop_assert_eq!(found(&table, *hash, oldest), live);
                }
            }
        }
    }

    #[test]
    fn a_document_takes_the_place_of_another() {
        let mut table = Table::default();
        for doc in 1..=20 {
            table.insert(7, doc, 1);
            table.insert(hash::mix(u64::from(doc)) & !(0xFFF << 32), doc, 1);
        }
        let size = table.bytes();
        table.replace(7, 3, 21);
        table.replace(7, 99, 22);
        let docs = found(&table, 7, 1);
        assert_eq!((docs.len(), docs.contains(&3), docs.contains(&21)), (20, false, true));
        assert_eq!(table.bytes(), size);
        Table::default().replace(7, 1, 2);
    }

    #[test]
    fn entries_cost_some_ten_bytes_at_any_size() {
        let mut table = Table::default();
        let empty = table.bytes();
        for doc in 1..=600_000_u32 {
            table.insert(hash::mix(u64::from(doc)), doc, 1);
            if doc % 100_000 == 0 {
                let each = (table.bytes() - empty) as f64 / f64::from(doc);
                assert!(each < 12.5, "{each} bytes at {doc}");
            }
        }
    }

    #[test]
    fn what_expires_makes_room() {
        let mut table = Table::default();
        for doc in 1..=400_000_u32 {
            table.insert(hash::mix(u64::from(doc)), doc, doc.saturating_sub(50_000).max(1));
        }
        let each = table.bytes() as f64 / 50_000.0;
        assert!(each < 20.0, "{each} bytes for each live entry");
    }
}
