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
//! - `sink`: the store they go to, or what stands for it
//! - [`to_fleet`]: the way to the service of stories of a fleet
//! - [`serve`]: that service
//! - `packed`: an article on its way there
//! - `sent`: what was handed on to it
//! - [`mod@archive_id`]: by what an archive is known there
//! - `progress`: how far it is
//! - `beside`: what stands beside the archive and is not in the store
//! - [`archives`]: where the archives of a fleet are
//! - `arrival`: an article, as the store takes it
//! - [`mod@rebuild`]: the store made anew

pub mod archive_id;
pub mod archives;
mod arrival;
mod beside;
pub mod config;
pub mod embedded;
mod packed;
mod progress;
pub mod rebuild;
mod sent;
pub mod serve;
mod sink;
mod thread;
pub mod to_fleet;

#[cfg(test)]
mod tests;

pub use archive_id::{archive_id, own_archive_id};
pub use archives::Archive;
pub use config::Config;
pub use embedded::{Embedded, Kept};
pub use progress::Gap;
pub use rebuild::{RebuildError, Step, rebuild};
pub use serve::{Pulse, ServeError, Served, Service, Serving, Term, Told};
pub use to_fleet::WireTo;
