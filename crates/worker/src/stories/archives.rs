//! The archives of the workers whose articles a store holds, as far as they can be reached.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use super::progress;

/// The file beside the store that says where archives were found.
const FILE: &str = "stories.archives.json";

/// The archive of a worker that can be reached from here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Archive {
    /// The name of the worker.
    pub worker: String,
    /// Its data directory.
    pub data: PathBuf,
}

/// The data directories that were noted for a store, by the name of their workers.
pub fn known(data: &Path) -> io::Result<BTreeMap<String, PathBuf>> {
    progress::read(&data.join(FILE))
}

/// Notes where archives are.
pub fn note(data: &Path, archives: &[Archive]) -> io::Result<()> {
    let before = known(data)?;
    let mut after = before.clone();
    for Archive { worker, data } in archives {
        after.insert(worker.clone(), std::path::absolute(data)?);
    }
    if after == before { Ok(()) } else { progress::write(&data.join(FILE), &after) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_noted_is_known_and_what_is_noted_last_counts() {
        let folder = tempfile::tempdir().unwrap();
        let of = |worker: &str, data: &str| Archive { worker: worker.into(), data: data.into() };
        note(folder.path(), &[]).unwrap();
        assert!(known(folder.path()).unwrap().is_empty());
        note(folder.path(), &[of("w1", "/a"), of("w2", "/b")]).unwrap();
        note(folder.path(), &[of("w2", "here")]).unwrap();
        let here = std::path::absolute("here").unwrap();
        let all = [("w1".to_owned(), PathBuf::from("/a")), ("w2".to_owned(), here)];
        assert_eq!(known(folder.path()).unwrap(), all.into());
    }
}
