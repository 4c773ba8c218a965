//! The packages that we depend on, from `cargo metadata`.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::{Context, Result};
use serde::Deserialize;

use crate::shell;

/// A package of the dependency graph.
#[derive(Debug, Deserialize, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Package {
    pub(super) name: String,
    pub(super) version: String,
    /// An SPDX expression.
    pub(super) license: Option<String>,
    /// `None` for our own crates.
    pub(super) source: Option<String>,
}

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
}

/// The packages of all targets, each once.
pub(super) fn read(root: &Path, targets: &[String]) -> Result<Vec<Package>> {
    let mut packages = BTreeSet::new();
    for target in targets {
        let args = ["metadata", "--format-version", "1", "--locked", "--filter-platform", target];
        let json = shell::output(&mut shell::cargo(root, &args))?;
        let metadata: Metadata =
            serde_json::from_str(&json).context("cannot read the answer of cargo metadata")?;
        packages.extend(metadata.packages);
    }
    Ok(packages.into_iter().collect())
}
