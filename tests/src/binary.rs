//! Where the built `newshound` is.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A command that runs the binary built beside these tests.
///
/// Cargo builds a package's own binaries for its tests, but not those of another package, so the
/// test command builds them first.
pub fn newshound() -> Command {
    Command::new(built("newshound"))
}

/// A binary of the workspace, in the profile of these tests.
pub fn built(name: &str) -> PathBuf {
    let test = env::current_exe().expect("a running test has a path");
    let profile = test.ancestors().nth(2).expect("tests run in PROFILE/deps");
    let path = profile.join(name);
    assert!(
        path.is_file(),
        "{} is not built: run `cargo xtask test`, or `cargo build --workspace --bins` once",
        path.display()
    );
    path
}

/// The folder of the workspace.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("tests/ lies in the workspace")
}
