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

/// A binary of the workspace, in the profile of the running program.
pub fn built(name: &str) -> PathBuf {
    let this = env::current_exe().expect("a running program has a path");
    // Tests run in PROFILE/deps, binaries in PROFILE.
    let found = this.ancestors().skip(1).take(2).map(|folder| folder.join(name));
    found.into_iter().find(|path| path.is_file()).unwrap_or_else(|| {
        panic!(
            "{name} is not built beside {}: run `cargo xtask test`, or `cargo build --workspace \
             --bins` once",
            this.display()
        )
    })
}

/// The folder of the workspace.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("tests/ lies in the workspace")
}
