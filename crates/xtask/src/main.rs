//! The tasks of this repository: `cargo xtask help`.
//!
//! What it is: the commands that developers and CI run, so that both run the same ones. What it
//! is not: a part of the crawler; nothing here is shipped.
//!
//! # Layout
//! One file a task, holding its arguments and `run`: `test`, [`ci`], [`check`], [`tidy`],
//! [`deny`], [`setup`], [`fuzz`], [`measure`] (`simulate`, `soak`, `bench` and `eval`). They share [`shell`] (running
//! programs) and [`steps`] (what took how long).
//! A new task is a new file, a variant of `Task` and an arm of its `match`.
#![allow(clippy::print_stdout, clippy::print_stderr)] // A program for people at a terminal.

mod check;
mod ci;
mod deny;
mod fuzz;
mod measure;
mod setup;
mod shell;
mod steps;
mod test;
mod tidy;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// The tasks of the Newshound repository.
///
/// On a fresh machine `cargo xtask test` is all that is needed: it installs what the tests use,
/// builds, and runs every test. `cargo xtask ci` adds what a change must pass before it is done.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", disable_version_flag = true)]
struct Cli {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Install what the tests need, build the binaries, run every test
    Test(test::Args),
    /// All that a change must pass: `check`, then `test`
    Ci,
    /// Everything but the tests: format, clippy, tidy, deny, docs
    Check,
    /// Our style as a test: layers, lengths, module docs, forbidden words
    Tidy,
    /// Licences, doubled crates and sources of the dependencies against deny.toml
    Deny,
    /// Make up inputs for the readers of what comes from outside, and see what they break
    Fuzz(fuzz::Args),
    /// Install what the tests need: Debian packages, Python readers of WARC files, a Valkey server
    Setup(setup::Args),
    /// Play a scenario in full size: crawl, hub, kills, freshness, pauses, full-disk
    Simulate(measure::Args),
    /// Play a fleet on one Redis in full size: fleet, scaling, address-cap, redis-full,
    /// redis-disk-full
    Soak(measure::Args),
    /// Measure what things cost: crawl, frontier, reader, seeds, stories
    Bench(measure::Args),
    /// Compare what we read with what is known of it: pages, stories
    Eval(measure::Args),
}

fn main() -> ExitCode {
    let root = shell::root();
    let done = match Cli::parse().task {
        Task::Test(args) => test::run(&root, &args),
        Task::Ci => ci::run(&root),
        Task::Check => check::run(&root),
        Task::Tidy => tidy::run(&root),
        Task::Deny => deny::run(&root),
        Task::Fuzz(args) => fuzz::run(&root, &args),
        Task::Setup(args) => setup::run(&root, &args),
        Task::Simulate(args) => measure::run(&root, "simulate", &args),
        Task::Soak(args) => measure::run(&root, "soak", &args),
        Task::Bench(args) => measure::run(&root, "bench", &args),
        Task::Eval(args) => measure::run(&root, "eval", &args),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("cargo xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}
