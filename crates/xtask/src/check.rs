//! `check`: everything that a change must pass but the tests.

use std::path::Path;

use anyhow::Result;

use crate::steps::Steps;
use crate::{deny, shell, tidy};

/// Runs all checks, and shows how long each took.
pub(crate) fn run(root: &Path) -> Result<()> {
    let mut steps = Steps::default();
    add_to(&mut steps, root);
    steps.finish()
}

/// Runs all checks as steps: the quick ones first.
pub(crate) fn add_to(steps: &mut Steps, root: &Path) {
    steps.run("tidy", || tidy::run(root));
    steps.run("fmt", || shell::run(&mut shell::cargo(root, &["fmt", "--all", "--check"])));
    steps.run("deny", || deny::run(root));
    let clippy = ["clippy", "--workspace", "--all-targets", "--locked", "--", "-D", "warnings"];
    steps.run("clippy", || shell::run(&mut shell::cargo(root, &clippy)));
    let doc = ["doc", "--workspace", "--no-deps", "--document-private-items", "--locked"];
    steps.run("doc", || shell::run(shell::cargo(root, &doc).env("RUSTDOCFLAGS", "-D warnings")));
}
