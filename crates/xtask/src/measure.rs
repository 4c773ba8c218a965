//! `simulate`, `soak`, `bench` and `eval`: the scenarios, measurements and comparisons of `tests/`,
//! in release and in full size.

use std::path::Path;
use std::process::Command;

use anyhow::Result;

use crate::shell;

/// What is handed on.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Which one, and its options; `--help` lists them
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, value_name = "NAME")]
    arguments: Vec<String>,
}

/// Builds everything in release, then runs the program of that name with the arguments.
pub(crate) fn run(root: &Path, program: &str, args: &Args) -> Result<()> {
    let build = ["build", "--release", "--workspace", "--bins", "--locked", "--quiet"];
    shell::run(&mut shell::cargo(root, &build))?;
    let target =
        std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), Into::into);
    let program = target.join("release").join(program);
    shell::run(Command::new(program).args(&args.arguments))
}
