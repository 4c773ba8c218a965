//! A data directory in a temporary folder.

use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

/// A data directory, as `--data` takes it; it vanishes with this value.
#[derive(Debug)]
pub struct DataDir {
    folder: TempDir,
}

impl DataDir {
    /// An empty one, not made yet: the crawler makes it.
    #[expect(clippy::new_without_default, reason = "it touches the disk")]
    pub fn new() -> Self {
        Self { folder: tempfile::tempdir().expect("a temporary folder can be made") }
    }

    /// What `--data` gets.
    pub fn path(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// Its finished and unfinished segments, in the order of their names.
    pub fn segments(&self) -> Vec<PathBuf> {
        segments(&self.path().join("archive"))
    }
}

/// The `*.warc.gz` of a folder, in the order of their names; none where there is no folder.
pub fn segments(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let mut paths: Vec<PathBuf> = entries
        .map(|entry| entry.expect("the folder can be listed").path())
        .filter(|path| path.to_string_lossy().ends_with(".warc.gz"))
        .collect();
    paths.sort();
    paths
}
