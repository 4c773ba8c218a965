//! Stress sets: stories made by code from freely licensed texts, with known labels.
//!
//! What a newsroom does to a wire text is done to passages of a book in several languages: cutting,
//! local paragraphs, new headlines and ledes, attribution, spelling, small changes, updates,
//! digests. Texts that only look alike are made from forms and sentences of our own.
//!
//! # Layout
//! - [`texts`]: the passages
//! - [`edit`]: what a newsroom does to a text
//! - [`news`]: a set of republished stories amid their outlets' furniture
//! - [`forms`], [`lookalike`]: texts that are no republication of one another

pub mod edit;
pub mod forms;
pub mod lookalike;
pub mod news;
pub mod texts;

use super::data::Set;

/// Languages of the sets.
pub const LANGUAGES: [&str; 6] = ["en", "de", "ar", "ja", "zh", "ru"];

/// All sets from a seed.
pub fn sets(seed: u64) -> Vec<Set> {
    let mut sets: Vec<Set> =
        LANGUAGES.iter().map(|language| news::set(language, seed, usize::MAX)).collect();
    sets.push(lookalike::set(seed));
    sets
}
