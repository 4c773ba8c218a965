//! Compares what we read with what is known: `cargo xtask eval`.

use clap::{Parser, Subcommand};
use it::eval::{hostile, pages};

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
    /// Time and memory of answers that are made to hurt: bombs, mazes, rubbish
    Hostile(hostile::Args),
}

fn main() {
    match Cli::parse().subject {
        Subject::Pages(args) => pages::run(&args),
        Subject::Hostile(args) => hostile::run(&args),
    }
}
