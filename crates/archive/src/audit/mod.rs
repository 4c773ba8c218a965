//! Judges archives: was the crawl polite, obedient and honest, and is every byte in its place?
//!
//! It reads every segment to the end and believes nothing but the records: times and leases from
//! metadata records, the promised pace from warcinfo, robots.txt as it was archived.
//!
//! # Layout
//! - [`report`]: findings and figures
//! - `records`: each record by itself, and the records of one snapshot together
//! - `pace`: gaps and overlaps of each host
//! - `robots`: every page against the robots.txt of that time

mod pace;
mod records;
pub mod report;
mod robots;

#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};

pub use report::{Figures, Finding, Report, Rule};

use crate::{Error, find};

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

/// Judges data directories, archive folders and files together, as one crawl.
pub fn run(paths: &[PathBuf], progress: &mut dyn FnMut(Progress)) -> Result<Report, Error> {
    let files = files(paths)?;
    let mut report = Report::default();
    let mut attempts = Vec::new();
    for (index, file) in files.iter().enumerate() {
        progress(Progress { file: file.clone(), number: index + 1, of: files.len() });
        records::read(file, &mut report, &mut attempts)?;
    }
    report.figures.segments = files.len() as u64;
    // One order of time for all workers.
    attempts.sort_by_key(records::Seen::started);
    let delays = robots::check(&attempts, &mut report);
    pace::check(&attempts, &delays, &mut report);
    Ok(report)
}

/// The segments that are meant. A folder is a data directory where it has an `archive` in it.
fn files(paths: &[PathBuf]) -> Result<Vec<PathBuf>, Error> {
    let mut files = Vec::new();
    for path in paths {
        if path.is_file() {
            files.push(path.clone());
            continue;
        }
        let inner = path.join("archive");
        let folder: &Path = if inner.is_dir() { &inner } else { path };
        files.extend(find::segments(folder)?);
    }
    Ok(files)
}
