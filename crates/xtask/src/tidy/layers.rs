//! Which crate may know which: dependencies point down only.
//!
//! Dev-dependencies are left alone but for one rule: nothing depends on the binary. A test may
//! need a neighbour; the code that ships may not.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::{Context, Result};
use serde::Deserialize;

use super::Finding;
use crate::shell;

/// The layer of each crate. Crates of one layer do not know one another.
const LAYERS: [(&str, u8); 10] = [
    ("newshound", 3),
    ("worker", 2),
    ("dashboard", 2),
    ("newsweb", 2),
    ("frontier", 1),
    ("fetch", 1),
    ("archive", 1),
    ("extract", 1),
    ("story", 1),
    ("crawl", 0),
];

/// Crates beside the layers: they may know any, and none may know them.
const OUTSIDE: [&str; 3] = ["xtask", "it", "fuzz"];

/// Judges the crawler, so it may share no code with it.
const JUDGE: &str = "newsweb";

/// What `cargo metadata` says, as far as we ask.
#[derive(Deserialize)]
pub(super) struct Workspace {
    packages: Vec<Package>,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    dependencies: Vec<Dependency>,
}

#[derive(Deserialize)]
struct Dependency {
    name: String,
    /// `None` for what ships, else `dev` or `build`.
    kind: Option<String>,
}

/// Asks cargo for the crates of the workspace and what each depends on.
pub(super) fn workspace(root: &Path) -> Result<Workspace> {
    let args = ["metadata", "--format-version", "1", "--no-deps"];
    let json = shell::output(&mut shell::cargo(root, &args))?;
    serde_json::from_str(&json).context("cannot read the answer of cargo metadata")
}

/// Finds edges that do not point down, and crates without a layer.
pub(super) fn check(workspace: &Workspace) -> Vec<Finding> {
    let ours: BTreeSet<&str> = workspace.packages.iter().map(|p| p.name.as_str()).collect();
    let mut findings = Vec::new();
    for package in &workspace.packages {
        if layer(&package.name).is_none() && !OUTSIDE.contains(&package.name.as_str()) {
            let what = "has no layer".to_owned();
            let remedy = "give it one in design and in LAYERS of crates/xtask/src/tidy/layers.rs";
            findings.push(finding(&package.name, what, remedy));
            continue;
        }
        let edges = package.dependencies.iter().filter(|to| ours.contains(to.name.as_str()));
        findings.extend(edges.filter_map(|to| forbidden(&package.name, to)));
    }
    findings
}

fn forbidden(from: &str, to: &Dependency) -> Option<Finding> {
    let name = to.name.as_str();
    if to.kind.as_deref() == Some("dev") {
        let remedy = "test the binary in tests/, through its command line";
        let top = name == "newshound" && from != "it";
        return top.then(|| finding(from, format!("tests depend on `{name}`"), remedy));
    }
    let Some(below) = layer(name) else {
        let remedy = "nothing may know a crate beside the layers";
        return Some(finding(from, format!("depends on `{name}`"), remedy));
    };
    let above = layer(from)?;
    if from == JUDGE {
        let remedy = "the judge of the crawler may share no code with it";
        return Some(finding(from, format!("depends on `{name}`"), remedy));
    }
    let remedy = "edges point down only: hand the value through a higher crate, or move the word \
                  that both need into `crawl`";
    (below >= above).then(|| {
        finding(from, format!("layer {above} depends on `{name}` of layer {below}"), remedy)
    })
}

fn layer(name: &str) -> Option<u8> {
    LAYERS.iter().find(|(known, _)| *known == name).map(|(_, layer)| *layer)
}

fn finding(name: &str, what: String, remedy: &'static str) -> Finding {
    Finding { path: format!("crates/{name}/Cargo.toml"), line: 0, what, remedy }
}
