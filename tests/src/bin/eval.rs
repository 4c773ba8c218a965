//! Compares what we read with what is known: `cargo xtask eval`.

use clap::{Parser, Subcommand};
use it::eval::{hostile, pages, stories};

/// Compares what Newshound makes of pages and texts with what is known of them, and prints the
/// figures.
#[derive(Parser)]
struct Cli {
    #[command(subcommand)]
    subject: Subject,
}

#[derive(Subcommand)]
enum Subject {
    /// Text, title, authors, day and agency of articles, beside Python trafilatura
    Pages(pages::Args),
    /// Time and memory of answers that are made to hurt: bombs, mazes, rubbish
    Hostile(hostile::Args),
    /// Stories, beside the known methods; without data on the stress sets that are made here
    Stories(stories::Args),
}

fn main() {
    match Cli::parse().subject {
        Subject::Pages(args) => pages::run(&args),
        Subject::Hostile(args) => hostile::run(&args),
        Subject::Stories(args) => stories::run(&args),
    }
}
