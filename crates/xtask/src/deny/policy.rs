//! What `deny.toml` says, as far as we read it. cargo-deny reads all of it.

use std::collections::BTreeSet;
use std::fmt::{self, Display, Formatter};
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use serde::Deserialize;

/// The tables of `deny.toml` that we read.
#[derive(Deserialize)]
pub(super) struct Policy {
    pub(super) graph: Graph,
    pub(super) licenses: Licences,
    pub(super) bans: Bans,
}

/// `[graph]`.
#[derive(Deserialize)]
pub(super) struct Graph {
    /// The targets that we build for; what others need is not looked at.
    pub(super) targets: Vec<String>,
}

/// `[licenses]`.
#[derive(Deserialize)]
pub(super) struct Licences {
    allow: Vec<String>,
    #[serde(default)]
    exceptions: Vec<Exception>,
}

/// Licences that one crate may have besides.
#[derive(Deserialize)]
struct Exception {
    #[serde(rename = "crate")]
    name: String,
    allow: Vec<String>,
}

/// `[bans]`.
#[derive(Deserialize)]
pub(super) struct Bans {
    #[serde(default)]
    pub(super) skip: Vec<Skip>,
}

/// A version that may be there beside another one of its crate: `name` or `name@version`.
#[derive(Deserialize)]
pub(super) struct Skip {
    #[serde(rename = "crate")]
    spec: String,
}

impl Skip {
    /// Whether it speaks of this version; `1.2` stands for all of `1.2.x`.
    pub(super) fn matches(&self, name: &str, version: &str) -> bool {
        match self.spec.split_once('@') {
            None => self.spec == name,
            Some((named, wanted)) => {
                let rest = version.strip_prefix(wanted);
                named == name && rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
            }
        }
    }
}

impl Display for Skip {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(&self.spec)
    }
}

impl Policy {
    /// The licences allowed for a crate.
    pub(super) fn licences_of(&self, name: &str) -> BTreeSet<&str> {
        let more = self.licenses.exceptions.iter().filter(|exception| exception.name == name);
        let more = more.flat_map(|exception| &exception.allow);
        self.licenses.allow.iter().chain(more).map(String::as_str).collect()
    }

    /// Whether a version may be there beside another one.
    pub(super) fn skips(&self, name: &str, version: &str) -> bool {
        self.bans.skip.iter().any(|skip| skip.matches(name, version))
    }
}

/// Reads the file.
pub(super) fn read(path: &Path) -> Result<Policy> {
    let text =
        fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    toml::from_str(&text).with_context(|| format!("cannot read {}", path.display()))
}
