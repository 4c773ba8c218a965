//! Passages of a freely licensed book in several languages (`tests/stories/README.md`).

use std::io::Read;

use flate2::read::GzDecoder;
use serde::Deserialize;

/// The file, in the program: the sets need nothing else.
const TEXTS: &[u8] = include_bytes!("../../../../stories/texts.jsonl.gz");

/// A passage that stands in for an article.
#[derive(Clone, Debug, Deserialize)]
pub struct Passage {
    /// ISO 639-1.
    pub language: String,
    /// Consecutive paragraphs.
    pub paragraphs: Vec<String>,
}

/// The passages of a language.
///
/// # Panics
/// When the file in the repository is broken.
pub fn of(language: &str) -> Vec<Passage> {
    let mut text = String::new();
    GzDecoder::new(TEXTS).read_to_string(&mut text).expect("the file is whole");
    let passages = text.lines().map(|line| serde_json::from_str(line).expect("a passage a line"));
    passages.filter(|passage: &Passage| passage.language == language).collect()
}
