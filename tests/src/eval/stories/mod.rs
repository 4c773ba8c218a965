//! How well stories are told, on texts of which it is known, beside the known methods.
//!
//! Every method sees the same folded tokens. Those that need a threshold are shown twice: at the
//! one that is best for the set at hand, which nobody knows beforehand, and at one for all sets.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "its figures are its purpose")]

pub mod baseline;
pub mod data;
pub mod engine;
pub mod metrics;
pub mod report;
pub mod stress;

use std::path::PathBuf;

use self::data::Set;

/// Which texts, and how they are told.
#[derive(Debug, clap::Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
pub struct Args {
    /// JSON lines, also gzipped: id, text, cluster (null: alone), optional title, site, date, url
    data: Vec<PathBuf>,
    /// Pairs (a, b) that are left out of the pairwise figures, for the data file of the same place
    #[arg(long)]
    unsure: Vec<PathBuf>,
    /// The stress sets too, which are made here
    #[arg(long)]
    stress: bool,
    /// Seed of the stress sets
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Leave the known methods out
    #[arg(long)]
    alone: bool,
    /// Print the pairs that the engine gets wrong
    #[arg(long)]
    wrong: bool,
    /// Print the figures as JSON
    #[arg(long)]
    json: bool,
}

/// Reads the sets and prints the figures.
///
/// # Panics
/// When a file cannot be read.
pub fn run(args: &Args) {
    let mut sets: Vec<Set> = Vec::new();
    for (n, path) in args.data.iter().enumerate() {
        sets.push(Set::read(path, args.unsure.get(n).map(PathBuf::as_path)));
    }
    if args.stress || sets.is_empty() {
        sets.extend(stress::sets(args.seed));
    }
    let mut rows = Vec::new();
    let results: Vec<engine::Found> = sets.iter().map(engine::run).collect();
    for (set, found) in sets.iter().zip(&results) {
        if args.wrong {
            report::wrong(set, found);
        }
        rows.push(report::engine_row(set, found));
        if !args.alone {
            rows.extend(baseline::rows(set));
        }
    }
    report::print(&rows, args.json);
    let judged: Vec<_> = sets.iter().zip(&results).collect();
    report::print_goals(&report::goals(&judged), args.json);
}
