//! The way of a URL: lease, robots.txt, pace, fetch, archive, extract, settle.
//!
//! What it is: the only place where the stages meet. [`Crawler`] leases host queues and runs a
//! visit for each; a visit talks to one host at a time, and everything it learns goes back in one
//! settle. A frontier that does not answer for a while ends nothing, and loses nothing.
//!
//! What it is not: it decides no delay, no rule and no schedule (those are pure functions of
//! `crawl`), and it does not know which frontier backend it talks to.
//!
//! # Layout
//! - [`config`]: how much at once, how long, how far
//! - [`crawler`]: a worker, what it is made of, and what it tells
//! - `run`: the loop that leases hosts, and knows when a crawl is over; then the drain
//! - `heart`: the heartbeat, and what is heard in return
//! - `orders`: what operators ask for
//! - `crowds`: addresses that many hosts share
//! - `clock_offset`: the frontier's clock against ours
//! - `line`: calls of the frontier are tried again while it does not answer
//! - `disk`: resting while a disk is full
//! - `visit`: one lease from its first request to its settle
//! - `robots`: robots.txt as the first request of a visit, and as a redirect to another host
//! - `page`: what an answer says: what it is, where it leads
//! - [`reader`]: articles, read in child processes that may die of them
//! - [`reread`]: the pages of an archive, read again
//! - [`stories`]: the stories of a data directory, recognised while it is crawled
//! - `listing`: what a hub lists
//! - `news`: what of it is new, and what the outlet's budget allows
//! - `claims`: which URL stands for an article that has many
//! - `trap`: which URLs are not asked for, and what is learnt of those that were
//! - `usage`: what is said of the use of a page
//! - `verdict`: when the URL is visited again
//! - `fresh`: news for hosts that are being visited
//! - `seen_links`: links that were offered lately
//! - `discover`: where an outlet may publish, beside what its pages link
//! - `snapshot`: an exchange as the archive keeps it
//! - [`tally`]: what a crawl has done so far
//! - [`ledger`]: what came of each seed
//! - [`stop`]: stopping as a value
//! - [`cost`]: CPU time by stage, and memory
//! - [`system`]: the real clock and the real randomness

mod claims;
mod clock_offset;
pub mod config;
pub mod cost;
pub mod crawler;
mod crowds;
mod discover;
mod disk;
mod fresh;
mod heart;
pub mod ledger;
mod line;
mod listing;
mod news;
mod orders;
mod page;
pub mod reader;
pub mod reread;
mod robots;
mod run;
mod seen_links;
mod snapshot;
pub mod stop;
pub mod stories;
pub mod system;
pub mod tally;
mod trap;
mod usage;
mod verdict;
mod visit;

#[cfg(test)]
mod tests;

pub use config::Config;
pub use cost::{Cost, memory_peak_bytes, process_cpu};
pub use crawler::{Crawler, Ended, Error, Full, Parts};
pub use ledger::{Ledger, SeedFate};
pub use reread::{Reread, RereadError, Rereader, SegmentReread};
pub use stop::{Stop, StopHandle};
pub use system::{SystemClock, SystemRandom};
pub use tally::{Tally, Totals};
pub use usage::usage_of;
