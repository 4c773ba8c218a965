//! `tidy`: our style as a test.
//!
//! Clippy and rustfmt hold what they can; this holds the rest. A rule is a function that takes a
//! tree and adds findings; each finding says where, what, and what to do about it.
//!
//! # Layout
//! - [`layers`]: which crate may know which
//! - [`text`]: rules on the lines of a file
//! - [`tree`]: rules on what the repository has

mod layers;
mod text;
mod tree;

use std::fmt::{self, Display, Formatter};
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};

/// What a rule does not like.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Finding {
    /// Path from the root of the repository.
    path: String,
    /// Counted from 1; 0 is the file as a whole.
    line: usize,
    what: String,
    remedy: &'static str,
}

impl Display for Finding {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Finding { path, line, what, remedy } = self;
        match line {
            0 => write!(f, "{path}: {what}: {remedy}"),
            _ => write!(f, "{path}:{line}: {what}: {remedy}"),
        }
    }
}

/// A text file of the repository.
#[derive(Debug)]
struct Source {
    /// Path from the root, with `/`.
    path: String,
    text: String,
}

/// Runs every rule over the repository.
pub(crate) fn run(root: &Path) -> Result<()> {
    let sources = read_tree(root)?;
    let mut findings = text::check(&sources);
    findings.extend(tree::check(root, &sources));
    findings.extend(layers::check(&layers::workspace(root)?));
    for finding in &findings {
        eprintln!("{finding}");
    }
    if !findings.is_empty() {
        bail!("{} findings in {} files looked at", findings.len(), sources.len());
    }
    eprintln!("tidy: {} files, nothing to say", sources.len());
    Ok(())
}

/// Folders that hold no source of ours, or are made by builds and runs.
const SKIPPED: [&str; 5] = [".git", ".venvs", "target", "newshound-data", "node_modules"];

/// All text files below `root`, in the order of their paths.
fn read_tree(root: &Path) -> Result<Vec<Source>> {
    let mut sources = Vec::new();
    let mut folders = vec![root.to_path_buf()];
    while let Some(folder) = folders.pop() {
        let entries =
            fs::read_dir(&folder).with_context(|| format!("cannot list {}", folder.display()))?;
        for entry in entries {
            let entry = entry.with_context(|| format!("cannot list {}", folder.display()))?;
            let kind = entry.file_type().context("cannot tell a file from a folder")?;
            let skipped = SKIPPED.iter().any(|name| entry.file_name() == *name);
            if kind.is_dir() && !skipped {
                folders.push(entry.path());
            } else if kind.is_file() {
                sources.extend(read_source(root, &entry.path())?);
            }
        }
    }
    sources.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(sources)
}

/// A file, unless it is no text: fixtures may hold any bytes.
fn read_source(root: &Path, path: &Path) -> Result<Option<Source>> {
    let bytes = fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    let short = path.strip_prefix(root).unwrap_or(path).to_string_lossy().into_owned();
    Ok(String::from_utf8(bytes).ok().map(|text| Source { path: short, text }))
}

#[cfg(test)]
mod tests;
