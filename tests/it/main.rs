//! The end-to-end tests: one binary, so that they are linked once and share their processes.
#![allow(clippy::unwrap_used, reason = "clippy knows tests by their attribute, not their helpers")]

mod articles;
mod bad_input;
mod crawl;
mod fleet;
mod fleet_commands;
mod hostile;
mod inspect;
mod ops;
mod pauses;
mod peers;
mod process;
mod readers;
mod seeds;
mod stories;
mod stories_cli;
mod stories_crawl;
mod stories_fleet;
mod traps;
mod web;
