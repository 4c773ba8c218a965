//! The digest of a text: by it the same text is known again under another URL.

use serde::{Deserialize, Serialize};

/// Letters and digits that a text must have to be told from others: "page not found" or the name
/// of an outlet stand on many pages that have nothing else in common.
const CHARS_MIN: usize = 100;

/// Bytes that are hashed at a time.
const CHUNK_BYTES: usize = 4_096;

/// 64 bits that stand for a text: its letters and digits in lower case, whatever stands between
/// them. The first eight bytes of BLAKE3.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TextDigest(pub u64);

impl TextDigest {
    /// The digest of one text; none where there is too little of it.
    pub fn of(text: &str) -> Option<Self> {
        let mut digester = Digester::default();
        digester.add(text);
        digester.finish()
    }
}

/// Makes the digest of a text that comes in pieces.
#[derive(Debug, Default)]
pub struct Digester {
    hasher: blake3::Hasher,
    folded: String,
    chars: usize,
}

impl Digester {
    /// Adds a piece.
    pub fn add(&mut self, text: &str) {
        for c in text.chars().filter(|c| c.is_alphanumeric()) {
            self.chars += 1;
            if c.is_ascii() {
                self.folded.push(c.to_ascii_lowercase());
            } else {
                self.folded.extend(c.to_lowercase());
            }
            if self.folded.len() >= CHUNK_BYTES {
                self.hasher.update(self.folded.as_bytes());
                self.folded.clear();
            }
        }
    }

    /// The digest; none where there were fewer letters and digits than tell texts apart.
    pub fn finish(mut self) -> Option<TextDigest> {
        if self.chars < CHARS_MIN {
            return None;
        }
        self.hasher.update(self.folded.as_bytes());
        let mut first = [0; 8];
        first.copy_from_slice(&self.hasher.finalize().as_bytes()[..8]);
        Some(TextDigest(u64::from_le_bytes(first)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_letters_and_digits_count() {
        let text = "Talks went on until Friday, they said; 12 of them left. ".repeat(200);
        let other = text.to_uppercase().replace(", ", " \n").replace(';', " -");
        assert!(TextDigest::of(&text).is_some());
        assert_eq!(TextDigest::of(&text), TextDigest::of(&other));
        assert_ne!(TextDigest::of(&text), TextDigest::of(&text.replace("12", "13")));
    }

    #[test]
    fn pieces_make_the_whole() {
        let text = "\u{c4}rger \u{4e2d}\u{6587} news ".repeat(60);
        let mut digester = Digester::default();
        text.split_inclusive(' ').for_each(|piece| digester.add(piece));
        assert_eq!(digester.finish(), TextDigest::of(&text));
    }

    #[test]
    fn short_texts_have_none() {
        assert_eq!(TextDigest::of(&"ab. ".repeat(49)), None);
        assert!(TextDigest::of(&"ab. ".repeat(50)).is_some());
    }
}
