//! Measures what things cost: `cargo xtask bench`.
#![allow(clippy::print_stdout, reason = "its figures are its purpose")]

use clap::{Parser, Subcommand};
use it::bench::{self, Load};

/// Measures a part of Newshound and prints the figures as JSON.
#[derive(Parser)]
struct Cli {
    #[command(subcommand)]
    part: Part,
}

#[derive(Subcommand)]
enum Part {
    /// Pages a second and CPU-seconds for 1,000 pages of 60 KB, plain and gzipped, without delays;
    /// then memory over many pages on many hosts
    Crawl {
        /// Pages of each of the two runs
        #[arg(long, default_value_t = 20_000)]
        pages: usize,
        /// Pages of the memory run, ten a host; 0 leaves it out
        #[arg(long, default_value_t = 100_000)]
        memory_pages: usize,
    },
    /// Time, memory and bytes of importing a list of seeds, as txt and as CSV
    Seeds {
        /// Lines of each list
        #[arg(long, default_value_t = 1_000_000)]
        lines: u64,
    },
}

/// Bytes of a page.
const PAGE_BYTES: usize = 60_000;

fn main() {
    match Cli::parse().part {
        Part::Crawl { pages, memory_pages } => crawl(pages, memory_pages),
        Part::Seeds { lines } => {
            print(&bench::import(lines, "txt"));
            print(&bench::import(lines, "csv"));
        }
    }
}

fn crawl(pages: usize, memory_pages: usize) {
    for coding in ["plain", "gzip"] {
        let hosts = (pages / 100).max(1);
        run(&Load { hosts, pages_per_host: pages / hosts, page_bytes: PAGE_BYTES, coding });
    }
    if memory_pages > 0 {
        let hosts = (memory_pages / 10).max(1);
        run(&Load { hosts, pages_per_host: 10, page_bytes: PAGE_BYTES, coding: "gzip" });
    }
}

fn run(load: &Load) {
    print(&bench::crawl(load));
}

fn print(figures: &impl serde::Serialize) {
    println!("{}", serde_json::to_string_pretty(figures).expect("figures are plain data"));
}
