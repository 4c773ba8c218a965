//! Stress sets.
use super::data::Set;
/// none yet
pub fn sets(_seed: u64) -> Vec<Set> { Vec::new() }
