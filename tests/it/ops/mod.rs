//! What an operator runs, out of `ops/`: as far as it can be tried on this machine, it is.

mod deploy;
mod redis;
mod start;

use std::path::PathBuf;

use it::binary;

/// A file of `ops/`.
fn file(name: &str) -> PathBuf {
    binary::root().join("ops").join(name)
}

/// Its text.
fn text(name: &str) -> String {
    let path = file(name);
    std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("cannot read {}: {e}", path.display()))
}
