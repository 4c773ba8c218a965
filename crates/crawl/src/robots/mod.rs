//! robots.txt (RFC 9309): rules, matcher, and what the answer to its request means.
//!
//! The crate `robotstxt` turns lines into events and nothing more: its matcher tries only the first
//! place where a wildcard fits, and it stumbles over marks, long lines and stray percent signs, so
//! it is given clean lines, and the rules and their matcher are ours.
//!
//! # Layout
//! - [`rules`]: the rules of our group, compiled once a file
//! - `lines`: a file's bytes as clean lines
//! - `pattern`: percent-encoding on both sides, and the glob matcher
//! - [`copy`]: what the frontier keeps of a file
//! - [`answer`]: what an answer to the request for the file means

pub mod answer;
pub mod copy;
mod lines;
mod pattern;
pub mod rules;

pub use answer::{RobotsAnswer, next_copy};
pub use copy::{RobotsCopy, RobotsState};
pub(crate) use pattern::matches_location;
pub use pattern::path_and_query;
pub use rules::{Rule, Rules, Verdict};
