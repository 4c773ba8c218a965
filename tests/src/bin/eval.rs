//! Compares what we read with what is known: `cargo xtask eval`.

use clap::{Parser, Subcommand};
use it::eval::pages;

/// Compares what Newshound makes of real pages with what is known of them, and prints the figures.
#[derive(Parser)]
struct Cli {
    #[command(subcommand)]
    subject: Subject,
}

#[derive(Subcommand)]
enum Subject {
    /// Text, title, authors, day and agency of articles, beside Python trafilatura
    Pages(pages::Args),
}

fn main() {
    match Cli::parse().subject {
        Subject::Pages(args) => pages::run(&args),
    }
}
