//! The archives of the workers whose articles a store holds, as far as they can be reached.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use archive::{Disk as _, RealDisk};

use super::archive_id::archive_id;

/// The file beside the store that says where archives were found.
const FILE: &str = "stories.archives.json";

/// The archive of a worker that can be reached from here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Archive {
    /// By what it is known: the id in its directory; the name of its worker where that has none.
    pub worker: String,
    /// Its data directory.
    pub data: PathBuf,
}

impl Archive {
    /// The archive of a data directory; nothing where it has no id and no other name is given.
    pub fn of(data: PathBuf, name: Option<String>) -> std::io::Result<Option<Self>> {
        let worker = archive_id(&data)?.or(name).filter(|name| !name.is_empty());
        Ok(worker.map(|worker| Self { worker, data }))
    }

    /// The same under its id, which its worker may have made since.
    pub(super) fn now_known(self) -> Self {
        let id = archive_id(&self.data).ok().flatten();
        Self { worker: id.unwrap_or(self.worker), ..self }
    }
}

/// The data directories that were noted for a store, by the name of their workers.
pub fn known(data: &Path) -> io::Result<BTreeMap<String, PathBuf>> {
    match fs::read(data.join(FILE)) {
        Ok(bytes) => Ok(serde_json::from_slice(&bytes).unwrap_or_else(|error| {
            tracing::warn!(%error, file = FILE, "where archives are is unreadable; made anew");
            BTreeMap::new()
        })),
        Err(e) if e.kind() == ErrorKind::NotFound => Ok(BTreeMap::new()),
        Err(e) => Err(e),
    }
}

/// Notes where archives are.
pub fn note(data: &Path, archives: &[Archive]) -> io::Result<()> {
    let before = known(data)?;
    let mut after = before.clone();
    for Archive { worker, data } in archives {
        after.insert(worker.clone(), std::path::absolute(data)?);
    }
    if after == before {
        return Ok(());
    }
    RealDisk.write(&data.join(FILE), &serde_json::to_vec(&after)?)
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
