//! What is kept of each document in the window: some 48 bytes.

use std::collections::{HashMap, VecDeque};

use crate::index::Seq;

/// Documents are kept in blocks, so that their number can grow without moving all.
const BLOCK_SEQ: Seq = 4_096;
const BLOCK: usize = BLOCK_SEQ as usize;

/// No outlet, or no time.
pub(crate) const NONE: u32 = u32::MAX;

/// One document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Document {
    /// The caller's number.
    pub(crate) id: u64,
    pub(crate) story: u32,
    pub(crate) outlet: u32,
    /// The hash of its URL, or 0.
    pub(crate) url: u64,
    /// Seconds since 1970.
    pub(crate) seen_at: u32,
    pub(crate) published: u32,
    /// Hashes of its signature.
    pub(crate) hashes: u16,
    /// Those that the index was to hold.
    pub(crate) indexed: u8,
    pub(crate) is_digest: bool,
    pub(crate) language: u8,
}

/// The documents of the window, and the members of stories that have several.
#[derive(Debug)]
pub(crate) struct Documents {
    blocks: VecDeque<Vec<Document>>,
    /// The number of the first document of the first block.
    base: Seq,
    /// The oldest live document; the next one's number when there are none.
    pub(crate) oldest: Seq,
    pub(crate) next: Seq,
    /// Members of stories with two and more, oldest first.
    pub(crate) members: HashMap<u32, Vec<Seq>>,
}

impl Default for Documents {
    fn default() -> Self {
        Self::starting_at(1)
    }
}

impl Documents {
    /// Without any; the first will have this number.
    pub(crate) fn starting_at(first: Seq) -> Self {
        Self {
            blocks: VecDeque::new(),
            base: first,
            oldest: first,
            next: first,
            members: HashMap::new(),
        }
    }

    pub(crate) fn len(&self) -> usize {
        (self.next - self.oldest) as usize
    }

    pub(crate) fn get(&self, seq: Seq) -> Option<&Document> {
        if seq < self.oldest || seq >= self.next {
            return None;
        }
        let at = (seq - self.base) as usize;
        self.blocks.get(at / BLOCK)?.get(at % BLOCK)
    }

    pub(crate) fn get_mut(&mut self, seq: Seq) -> Option<&mut Document> {
        if seq < self.oldest || seq >= self.next {
            return None;
        }
        let at = (seq - self.base) as usize;
        self.blocks.get_mut(at / BLOCK)?.get_mut(at % BLOCK)
    }

    /// Adds the newest. Its story's members are not touched.
    pub(crate) fn push(&mut self, document: Document) -> Seq {
        if self.blocks.back().is_none_or(|block| block.len() == BLOCK) {
            self.blocks.push_back(Vec::with_capacity(BLOCK));
        }
        if let Some(block) = self.blocks.back_mut() {
            block.push(document);
        }
        self.next += 1;
        self.next - 1
    }

    /// Drops the oldest document.
    pub(crate) fn expire_one(&mut self) {
        let seq = self.oldest;
        let Some(story) = self.get(seq).map(|document| document.story) else { return };
        self.leave(seq, story);
        self.oldest += 1;
        if (self.oldest - self.base) as usize >= BLOCK {
            self.blocks.pop_front();
            self.base += BLOCK_SEQ;
        }
    }

    /// Puts a document into a story that has `other` in it.
    pub(crate) fn join(&mut self, seq: Seq, story: u32, other: Seq) {
        let members = self.members.entry(story).or_insert_with(|| vec![other]);
        members.push(seq);
    }

    /// Takes a document out of the members of its story.
    pub(crate) fn leave(&mut self, seq: Seq, story: u32) {
        if let Some(members) = self.members.get_mut(&story) {
            members.retain(|member| *member != seq);
            if members.len() < 2 {
                self.members.remove(&story);
            }
        }
    }

    /// Takes documents out of one story, and makes another of them.
    pub(crate) fn split(&mut self, from: u32, to: u32, moving: &[Seq]) {
        for seq in moving {
            self.leave(*seq, from);
            if let Some(document) = self.get_mut(*seq) {
                document.story = to;
            }
        }
        if moving.len() > 1 {
            self.members.insert(to, moving.to_vec());
        }
    }

    /// The members of a story of which one is known.
    pub(crate) fn members_with(&self, story: u32, one: Seq) -> Vec<Seq> {
        self.members.get(&story).cloned().unwrap_or_else(|| vec![one])
    }

    /// Moves all members of one story into another.
    pub(crate) fn merge(&mut self, from: u32, one: Seq, to: u32, other: Seq) {
        let moving = self.members_with(from, one);
        self.members.remove(&from);
        for seq in &moving {
            if let Some(document) = self.get_mut(*seq) {
                document.story = to;
            }
        }
        let members = self.members.entry(to).or_insert_with(|| vec![other]);
        members.extend(moving);
        members.sort_unstable();
        members.dedup();
    }

    /// Memory, in bytes.
    pub(crate) fn bytes(&self) -> usize {
        let members: usize = self.members.values().map(|list| list.capacity() * 4).sum();
        let table = self.members.capacity() * (size_of::<(u32, Vec<Seq>)>() + 2);
        self.blocks.len() * BLOCK * size_of::<Document>() + members + table
    }
}
