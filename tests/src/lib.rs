//! What the end-to-end tests share.
//!
//! What it is: the tested binary as a process, folders of data that vanish, the simulated web in
//! the test's own process, and the world's readers of WARC files as judges of our archives. What
//! it is not: a place for tests; these are in `it/`, one binary.
//!
//! Everything here panics with what to do about it: a helper that cannot help fails its test.
//!
//! # Layout
//! - [`binary`]: where the built `newshound` is
//! - [`process`]: a program that runs: its output, its signals, its end
//! - [`wait`]: conditions that are waited for, within a limit
//! - [`data`]: a data directory in a temporary folder
//! - [`web`]: the simulated web as the crawler is told of it
//! - [`site`]: answers of our own on loopback
//! - [`peers`]: warcio, cdxj-indexer, `FastWARC` and pywb
//! - [`pace`]: how fast a polite crawl was, against the ideal
//! - [`scenario`]: what is played through, small in the tests and in full by `xtask simulate`
//! - [`sim`]: the crawler under simulated time
//! - [`eval`]: how well pages are read, by `xtask eval`
//! - [`hostile`]: answers that are made to hurt
//! - [`mod@bench`]: what a page costs, by `xtask bench`

pub mod bench;
pub mod binary;
pub mod data;
pub mod eval;
pub mod hostile;
pub mod pace;
pub mod peers;
pub mod process;
pub mod scenario;
pub mod sim;
pub mod site;
pub mod wait;
pub mod web;

pub use binary::newshound;
pub use data::DataDir;
pub use process::{Finished, Running};
pub use web::Web;
