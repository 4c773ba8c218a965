//! Stories, recognised while the crawl runs.
//!
//! Articles go to one thread that keeps the stories of the data directory. The way there is short
//! and bounded, and whatever does not get through is not lost: the articles beside the archive are
//! looked through, and what is not in the store is handed in from there.
//!
//! # Layout
//! - [`config`]: whether, and how long an article is remembered
//! - [`embedded`]: where a crawl hands its articles in
//! - `thread`: who takes them in
//! - `beside`: what stands beside the archive and is not in the store
//! - `arrival`: an article, as the store takes it
//! - [`rebuild`]: the store made anew

mod arrival;
mod beside;
pub mod config;
pub mod embedded;
pub mod rebuild;
mod thread;

#[cfg(test)]
mod tests;

pub use config::Config;
pub use embedded::{Embedded, Kept};
pub use rebuild::{RebuildError, Step, rebuild};
