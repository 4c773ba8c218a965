//! One file a subcommand: its arguments and its `run`.

use std::path::PathBuf;

use clap::ArgAction;

use crate::telemetry::Verbosity;

pub(crate) mod audit;
pub(crate) mod crawl;
pub(crate) mod demo;
pub(crate) mod inspect;
pub(crate) mod robots;
pub(crate) mod seeds;

/// What every subcommand takes.
#[derive(clap::Args, Debug)]
pub(crate) struct Common {
    /// Config file; without it ./newshound.toml is read where it exists
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Say more (-v: what happens, -vv: everything)
    #[arg(short, long, global = true, action = ArgAction::Count)]
    verbose: u8,
    /// Say only what went wrong
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub(crate) quiet: bool,
}

impl Common {
    pub(crate) fn level(&self) -> Verbosity {
        match (self.quiet, self.verbose) {
            (true, _) => Verbosity::Quiet,
            (false, 0) => Verbosity::Normal,
            (false, 1) => Verbosity::Verbose,
            (false, _) => Verbosity::All,
        }
    }
}

/// The runtime that a command runs in.
pub(crate) fn runtime() -> anyhow::Result<tokio::runtime::Runtime> {
    use anyhow::Context;
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("cannot start the threads of the program")
}
