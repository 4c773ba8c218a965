//! Measures what things cost: `cargo xtask bench`.
#![allow(clippy::print_stdout, reason = "its figures are its purpose")]

use clap::{Parser, Subcommand};
use it::bench::frontier::{Paths, Size};
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
    /// Bytes of Redis by kind, beside the naive layout, and pages a second of its CPU with 27 known
    /// and 3 new links a page; the same for the file
    Frontier {
        /// Which figures
        #[arg(long, value_delimiter = ',', default_value = "memory,naive,redis,sqlite")]
        only: Vec<String>,
        /// URLs of the smaller memory runs; the larger have ten times as many
        #[arg(long, default_value_t = 1_000_000)]
        urls: u64,
        /// Pages of each run of visits
        #[arg(long, default_value_t = 40_000)]
        pages: u64,
        /// Leave the sizes out that take long
        #[arg(long)]
        small: bool,
    },
    /// Articles a second of a core, bytes of the index for each, and how long an assignment takes,
    /// at a million and ten million made articles of which 30 % are republished
    Stories {
        /// A hundredth of them
        #[arg(long)]
        small: bool,
    },
    /// Pages a second and CPU-seconds for 1,000 real pages, read for their articles in this process
    /// and in reader processes
    Reader {
        /// How often each of the fixtures is read
        #[arg(long, default_value_t = 40)]
        times: usize,
    },
    /// Megabytes of real pages for each second of CPU: links, a glance at the text, both
    Links {
        /// How often each of the fixtures is read
        #[arg(long, default_value_t = 40)]
        times: usize,
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
        Part::Frontier { only, urls, pages, small } => {
            let runtime = tokio::runtime::Runtime::new().expect("a runtime");
            runtime.block_on(frontier(&only, urls, pages, small));
        }
        Part::Stories { small } => {
            let size = if small { bench::stories::SMALL } else { bench::stories::FULL };
            bench::stories::run(size, print);
        }
        Part::Reader { times } => {
            let runtime = tokio::runtime::Runtime::new().expect("a runtime");
            runtime.block_on(reader(times));
        }
        Part::Links { times } => {
            for cost in bench::links::links(&bench::reader::fixtures(), times) {
                print(&cost);
            }
        }
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

async fn reader(times: usize) {
    let pages = bench::reader::fixtures();
    print(&bench::reader::in_process(&pages, times).await);
    for processes in [1, 2] {
        print(&bench::reader::pool(&pages, times, processes).await);
    }
}

async fn frontier(only: &[String], urls: u64, pages: u64, is_small: bool) {
    let wants = |part: &str| only.iter().any(|o| o == part);
    let more: &[u64] = if is_small { &[1] } else { &[1, 10] };
    if wants("memory") {
        for times in more {
            for hosts in [urls / 1_000, urls / 20] {
                for paths in [Paths::Words, Paths::Counted] {
                    let size = Size { hosts, urls: urls * times, paths };
                    print(&bench::frontier::memory(size).await);
                }
            }
        }
    }
    if wants("naive") {
        print(&bench::frontier::naive(urls).await);
    }
    let scales: &[u64] = if is_small { &[1] } else { &[1, 10, 100] };
    for times in scales {
        let size = Size { hosts: 1_000 * times, urls: 100_000 * times, paths: Paths::Words };
        if wants("redis") {
            for (urls_per_lease, is_filtered) in [(1, false), (1, true), (8, false), (8, true)] {
                print(
                    &bench::frontier::redis_speed(size, urls_per_lease, is_filtered, pages).await,
                );
            }
        }
        if wants("sqlite") {
            for urls_per_lease in [1, 8] {
                print(&bench::frontier::sqlite_speed(size, urls_per_lease, pages).await);
            }
        }
    }
}

fn run(load: &Load) {
    print(&bench::crawl(load));
}

fn print(figures: &impl serde::Serialize) {
    println!("{}", serde_json::to_string_pretty(figures).expect("figures are plain data"));
}
