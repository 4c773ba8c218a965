//! The `newshound` command.
//!
//! `main` parses, dispatches and maps errors to exit codes: 0 ok, 1 failed, 2 wrong usage or
//! config, 3 finished with findings, 130 interrupted. Data goes to stdout, everything else to
//! stderr.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "this is the command line")]

/// In place of the standard one, which panics when the reader is gone (`2>&1 | head`).
macro_rules! eprint {
    ($($part:tt)*) => { $crate::out::tell(format_args!($($part)*)) };
}

/// As [`eprint`], and the end of the line.
macro_rules! eprintln {
    () => { $crate::out::tell(format_args!("\n")) };
    ($($part:tt)*) => { $crate::out::tell(format_args!("{}\n", format_args!($($part)*))) };
}

mod closed;
mod commands;
mod config;
mod data_dir;
mod display;
mod exit;
mod job;
mod member;
mod moved;
mod out;
mod policy;
mod report;
mod seeds;
mod signals;
mod spent;
mod store;
mod stories;
mod telemetry;
mod times;
mod units;

use clap::{Parser, Subcommand};

/// A polite, distributed news crawler.
///
/// It fetches news pages under per-host delays and robots.txt, keeps every raw page as a WARC
/// snapshot, and can prove from the archive alone that it was polite.
#[derive(Parser)]
#[command(name = "newshound", version, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: Command,
    #[command(flatten)]
    common: commands::Common,
}

#[derive(Subcommand)]
enum Command {
    /// Crawl a simulated news web on loopback: no network, no services, under a minute
    Demo(commands::demo::Args),
    /// Crawl on one machine; run it again to resume
    Crawl(commands::crawl::Args),
    /// Crawl as one member of a fleet, on the frontier that all share
    Worker(commands::worker::Args),
    /// Make, watch and steer the frontier of a crawl
    Frontier(commands::frontier::Args),
    /// Show what a URL is, what is known of it, and what the host says now
    Inspect(commands::inspect::Args),
    /// Prove politeness, robots compliance and integrity from the archive
    Audit(commands::audit::Args),
    /// Look after the archive, and read the articles of its pages again
    Archive(commands::archive::Args),
    /// Give, list and judge what to crawl
    Seeds(commands::seeds::Args),
    /// Recognise the same story across outlets
    Stories(commands::stories::Args),
    /// Say which robots.txt rule allows or forbids a URL
    Robots(commands::robots::Args),
    /// Read articles of pages given on standard input
    #[command(hide = true)]
    ReadPages(commands::read_pages::Args),
}

fn main() -> std::process::ExitCode {
    let cli = Cli::parse();
    telemetry::init(cli.common.level());
    let done = match cli.command {
        Command::Demo(args) => commands::demo::run(&args, &cli.common),
        Command::Crawl(args) => commands::crawl::run(&args, &cli.common),
        Command::Worker(args) => commands::worker::run(&args, &cli.common),
        Command::Frontier(args) => commands::frontier::run(&args, &cli.common),
        Command::Inspect(args) => commands::inspect::run(&args),
        Command::Audit(args) => commands::audit::run(&args, &cli.common),
        Command::Archive(args) => commands::archive::run(&args, &cli.common),
        Command::Seeds(args) => commands::seeds::run(&args, &cli.common),
        Command::Stories(args) => commands::stories::run(&args, &cli.common),
        Command::Robots(args) => commands::robots::run(&args),
        Command::ReadPages(args) => commands::read_pages::run(&args),
    };
    match done {
        Ok(exit) => exit.into(),
        Err(error) => {
            eprintln!("newshound: {error:#}");
            exit::of(&error).into()
        }
    }
}
