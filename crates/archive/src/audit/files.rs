//! Which files are meant.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use super::report::Report;
use crate::Error;

/// The WARC files of data directories, archive folders, or files named one by one; each only once.
/// A folder is a data directory where it has an `archive` in it.
pub(super) fn of(paths: &[PathBuf], report: &mut Report) -> Result<Vec<PathBuf>, Error> {
    let mut files: Vec<PathBuf> = Vec::new();
    let mut known = HashSet::new();
    for path in paths {
        let found = if path.is_file() { vec![path.clone()] } else { in_folder(path)? };
        if found.is_empty() {
            report.note(format!("{} holds no WARC file", path.display()));
        }
        for file in found {
            // One file may be named in several ways. What has no true name is read as it is named.
            let name = file.canonicalize().unwrap_or_else(|_| file.clone());
            if known.insert(name) {
                files.push(file);
            }
        }
    }
    Ok(files)
}

fn in_folder(path: &Path) -> Result<Vec<PathBuf>, Error> {
    let inner = path.join("archive");
    let folder: &Path = if inner.is_dir() { &inner } else { path };
    let failed = |e| Error::disk("list", folder, e);
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        let name = path.to_string_lossy();
        if name.ends_with(".warc.gz") || name.ends_with(".warc") {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}
