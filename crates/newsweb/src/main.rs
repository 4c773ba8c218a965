//! The simulated news web as a program: serves one for use by hand and for benchmarks, and judges
//! logs.

mod commands;

use std::io::Write as _;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use commands::{judge, serve};

/// A simulated news web on loopback.
#[derive(Parser)]
#[command(version, args_conflicts_with_subcommands = true)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    serve: serve::Args,
}

#[derive(Subcommand)]
enum Command {
    /// Serve a web until standard input ends or a signal comes (the default).
    Serve(Box<serve::Args>),
    /// Judge a log: exit code 0 when the crawler did everything right, 3 when not.
    Judge(judge::Args),
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    let done = match cli.command {
        None => serve::run(&cli.serve),
        Some(Command::Serve(args)) => serve::run(&args),
        Some(Command::Judge(args)) => judge::run(&args),
    };
    done.unwrap_or_else(|error| {
        // Nothing is left to tell it to when standard error is gone, too.
        let _ = writeln!(std::io::stderr(), "newsweb: {error:#}");
        ExitCode::FAILURE
    })
}
