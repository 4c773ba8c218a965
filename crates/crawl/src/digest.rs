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
    folded: Vec<u8>,
    chars: usize,
}

impl Digester {
    /// Adds a piece.
    pub fn add(&mut self, text: &str) {
        let mut rest = text;
        while !rest.is_empty() {
            let ascii = rest.bytes().take(CHUNK_BYTES).position(|b| !b.is_ascii());
            let (piece, after) = rest.split_at(ascii.unwrap_or(rest.len().min(CHUNK_BYTES)));
            let before = self.folded.len();
            let letters = piece.bytes().filter(u8::is_ascii_alphanumeric);
            self.folded.extend(letters.map(|b| b.to_ascii_lowercase()));
            self.chars += self.folded.len() - before;
            rest = self.add_wide(after);
            if self.folded.len() >= CHUNK_BYTES {
                self.hasher.update(&self.folded);
                self.folded.clear();
            }
        }
    }

    /// Adds the characters beyond ASCII that a text begins with; gives what follows them.
    fn add_wide<'a>(&mut self, text: &'a str) -> &'a str {
        let mut bytes = [0; 4];
        let mut taken = 0;
        for c in text.chars().take_while(|c| !c.is_ascii()) {
            taken += c.len_utf8();
            if is_caseless(c) {
                self.folded.extend_from_slice(c.encode_utf8(&mut bytes).as_bytes());
                self.chars += 1;
            } else if c.is_alphanumeric() {
                for lower in c.to_lowercase() {
                    self.folded.extend_from_slice(lower.encode_utf8(&mut bytes).as_bytes());
                }
                self.chars += 1;
            }
        }
        &text[taken..]
    }

    /// The digest; none where there were fewer letters and digits than tell texts apart.
    pub fn finish(mut self) -> Option<TextDigest> {
        if self.chars < CHARS_MIN {
            return None;
        }
        self.hasher.update(&self.folded);
        let mut first = [0; 8];
        first.copy_from_slice(&self.hasher.finalize().as_bytes()[..8]);
        Some(TextDigest(u64::from_le_bytes(first)))
    }
}

/// Letters that are their own lower case, of scripts that are written without spaces or in small
/// letters mostly: it is known without looking at the tables.
fn is_caseless(c: char) -> bool {
    matches!(
        c,
        '\u{4e00}'..='\u{9fff}' | '\u{ac00}'..='\u{d7a3}' | '\u{430}'..='\u{44f}'
            | '\u{3041}'..='\u{3096}' | '\u{30a1}'..='\u{30fa}'
    )
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
    fn letters_are_folded_as_unicode_has_them() {
        for c in (0..=0x0010_ffff).filter_map(char::from_u32) {
            let mut digester = Digester::default();
            digester.add(c.encode_utf8(&mut [0; 4]));
            let lower: String =
                if c.is_alphanumeric() { c.to_lowercase().collect() } else { String::new() };
            assert_eq!(digester.folded, lower.as_bytes(), "{c:?}");
            assert_eq!(digester.chars, usize::from(c.is_alphanumeric()), "{c:?}");
        }
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
