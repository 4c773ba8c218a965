//! Judges archives: was the crawl polite, obedient and honest, and is every byte in its place?
//!
//! It reads every segment to the end and believes nothing but the records: times and leases from
//! metadata records, the promised pace from warcinfo, robots.txt as it was archived. Archives of
//! several workers are judged together, on the one clock of the frontier that they shared.
//!
//! Files are read twice: once from end to end, where all that is remembered of an attempt is when
//! and where it was, and fingerprints of its records (about 150 bytes); then attempt by attempt in
//! the order of time, where each page meets the robots.txt of that moment.
//!
//! # Layout
//! - [`report`]: rules, findings and figures
//! - `files`: which files are meant
//! - `evidence`: what is remembered of all files
//! - `records`: a file from end to end, each record by itself
//! - `clock`: the clocks of the workers against the frontier's
//! - `about`: what a warcinfo record promises
//! - `exception`: the exceptions from robots.txt among that
//! - `directive`: the override under which a single request was sent
//! - `group`: the records of one attempt together
//! - `message`: the HTTP request and answer in them
//! - `revisit`: whether what revisit records refer to is there
//! - `timeline`: the attempts in the order of time
//! - `robots`: every page against the robots.txt of that time
//! - `pace`: gaps and overlaps of each host

mod about;
mod clock;
mod directive;
mod evidence;
mod exception;
mod files;
mod group;
mod message;
mod pace;
mod records;
pub mod report;
mod revisit;
mod robots;
mod timeline;

#[cfg(test)]
mod tests;

use std::path::PathBuf;

pub use report::{Figures, Finding, Report, Rule};

use crate::Error;
use evidence::Evidence;

/// How far the audit has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Progress {
    /// The file that is read next.
    pub file: PathBuf,
    /// Its number, from 1.
    pub number: usize,
    /// How many there are.
    pub of: usize,
}

/// Judges data directories, archive folders and files together, as one crawl. An error is a file or
/// folder that cannot be read; what is wrong in it is a finding.
pub fn run(paths: &[PathBuf], progress: &mut dyn FnMut(Progress)) -> Result<Report, Error> {
    let mut report = Report::default();
    let mut evidence = Evidence::new(files::of(paths, &mut report)?);
    for number in 0..evidence.files.len() {
        let file = evidence.files[number].clone();
        progress(Progress { file, number: number + 1, of: evidence.files.len() });
        let before = evidence.seen.len();
        records::read(number, &mut evidence, &mut report)?;
        clock::refine(&mut evidence.seen[before..]);
    }
    revisit::check(&mut evidence, &mut report);
    timeline::check(&mut evidence, &mut report)?;
    Ok(report)
}
