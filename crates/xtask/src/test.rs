//! `test`: installs what the tests need, builds, and runs every test.

use std::path::Path;

use anyhow::Result;

use crate::setup;
use crate::shell;
use crate::steps::Steps;

/// What is handed on to the tests.
#[derive(clap::Args, Default)]
pub(crate) struct Args {
    /// Run only the tests whose name contains this
    filter: Option<String>,
}

/// Runs the tests, and shows how long each step took.
pub(crate) fn run(root: &Path, args: &Args) -> Result<()> {
    let mut steps = Steps::default();
    add_to(&mut steps, root, args);
    steps.finish()
}

/// Runs the tests as steps. They run the built binaries, so these come first.
pub(crate) fn add_to(steps: &mut Steps, root: &Path, args: &Args) {
    let ready = steps.run("setup", || setup::run(root, &setup::Args::default()));
    let bins = ["build", "--workspace", "--bins", "--locked"];
    let built = steps.run("build", || shell::run(&mut shell::cargo(root, &bins)));
    if !(ready && built) {
        return;
    }
    let mut tests = vec!["test", "--workspace", "--no-fail-fast", "--locked"];
    tests.extend(args.filter.as_deref());
    steps.run("test", || shell::run(&mut shell::cargo(root, &tests)));
}
