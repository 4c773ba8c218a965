//! `deny`: licences, doubled crates and sources of the dependencies against `deny.toml`.
//!
//! cargo-deny is the judge. One that is installed is used; else it is built once, below `target/`
//! (`docs/decisions/0004-cargo-deny.md`). Advisories are left out: their list is no package of a
//! registry, and a check that fails without a change of ours is not a check of the change.

use std::path::Path;
use std::process::Command;

use anyhow::Result;

use crate::shell;

/// The version that is built where none is installed.
const VERSION: &str = "0.20.2";

/// Checks the dependencies of all targets that `deny.toml` names.
pub(crate) fn run(root: &Path) -> Result<()> {
    let check = ["--locked", "check", "--hide-inclusion-graph", "licenses", "bans", "sources"];
    if shell::succeeds("cargo-deny", &["--version"]) {
        return shell::run(Command::new("cargo-deny").current_dir(root).args(check));
    }
    let tools = root.join("target/tools");
    let built = tools.join("bin/cargo-deny");
    if !built.is_file() {
        // Unoptimised: it builds in half the time, and runs for two seconds.
        let what = ["install", "cargo-deny", "--version", VERSION, "--locked", "--debug"];
        shell::run(shell::cargo(root, &what).args(["--quiet", "--root"]).arg(&tools))?;
    }
    shell::run(Command::new(built).current_dir(root).args(check))
}
