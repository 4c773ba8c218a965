//! Rules on what the repository has: files that must be there, and what they must name.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use super::{Finding, Source};

/// Files that users, developers or CI rely on.
const REQUIRED: [&str; 8] = [
    ".ci/run",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "LICENSE",
    "README.md",
    "config/newshound.toml",
    "deny.toml",
    "docs/architecture.md",
];

/// Runs all rules of this module.
pub(super) fn check(root: &Path, sources: &[Source]) -> Vec<Finding> {
    let mut findings = Vec::new();
    required(sources, &mut findings);
    map_of_crates(sources, &mut findings);
    manifests(sources, &mut findings);
    decisions(sources, &mut findings);
    executable(root, &mut findings);
    findings
}

fn required(sources: &[Source], findings: &mut Vec<Finding>) {
    for path in REQUIRED {
        if !sources.iter().any(|source| source.path == path) {
            findings.push(whole(path, "is missing", "write it"));
        }
    }
}

/// A crate that the map does not name is a crate that nobody will find.
fn map_of_crates(sources: &[Source], findings: &mut Vec<Finding>) {
    let map = "docs/architecture.md";
    let text = text_of(sources, map).unwrap_or_default();
    for name in crate_folders(sources) {
        if !text.contains(&format!("`{name}`")) {
            let what = format!("does not name the crate `{name}`");
            findings.push(whole(map, &what, "give it a row in the map of crates"));
        }
    }
}

/// Lints are of use only where they are switched on.
fn manifests(sources: &[Source], findings: &mut Vec<Finding>) {
    for name in crate_folders(sources) {
        let path = format!("crates/{name}/Cargo.toml");
        let text = text_of(sources, &path).unwrap_or_default();
        if !text.contains("[lints]\nworkspace = true") {
            findings.push(whole(&path, "leaves our lints out", "add `[lints] workspace = true`"));
        }
        if !text.contains(&format!("name = \"{name}\"")) {
            findings.push(whole(&path, "is not named as its folder", "folder = crate name"));
        }
    }
}

/// Decisions are found by their number, so each has its own.
fn decisions(sources: &[Source], findings: &mut Vec<Finding>) {
    let mut numbers: BTreeMap<&str, &str> = BTreeMap::new();
    for source in sources {
        let Some(name) = source.path.strip_prefix("docs/decisions/") else { continue };
        let number = name.split('-').next().unwrap_or_default();
        if number.len() != 4 || !number.chars().all(|c| c.is_ascii_digit()) {
            let remedy = "name it NNNN-what.md with the next free number";
            findings.push(whole(&source.path, "has no number", remedy));
        } else if let Some(other) = numbers.insert(number, name) {
            let what = format!("has the number of {other}");
            findings.push(whole(&source.path, &what, "take the next free number"));
        }
    }
}

fn executable(root: &Path, findings: &mut Vec<Finding>) {
    let path = ".ci/run";
    let mode = fs::metadata(root.join(path)).map(|metadata| metadata.permissions().mode());
    if mode.is_ok_and(|mode| mode & 0o111 == 0) {
        findings.push(whole(path, "is not executable", "chmod +x it"));
    }
}

fn crate_folders(sources: &[Source]) -> impl Iterator<Item = &str> {
    sources.iter().filter_map(|source| {
        let (folder, file) = source.path.strip_prefix("crates/")?.split_once('/')?;
        (file == "Cargo.toml").then_some(folder)
    })
}

fn text_of<'a>(sources: &'a [Source], path: &str) -> Option<&'a str> {
    sources.iter().find(|source| source.path == path).map(|source| source.text.as_str())
}

fn whole(path: &str, what: &str, remedy: &'static str) -> Finding {
    Finding { path: path.to_owned(), line: 0, what: what.to_owned(), remedy }
}
