//! `ci`: all that a change must pass before it is called done: checks, tests, a minute of fuzzing.

use std::path::Path;

use anyhow::Result;

use crate::steps::Steps;
use crate::{check, fuzz, test};

/// Runs the checks and the tests, also when a check fails: one run shows all.
pub(crate) fn run(root: &Path) -> Result<()> {
    let mut steps = Steps::default();
    check::add_to(&mut steps, root);
    test::add_to(&mut steps, root, &test::Args::default());
    steps.run("fuzz", || fuzz::run(root, &fuzz::Args::default()));
    steps.finish()
}
