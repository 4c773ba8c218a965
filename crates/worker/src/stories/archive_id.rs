//! By what the archive of a data directory is known in a fleet: an id that is made once and stays
//! there, whatever its worker is called.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Write as _};
use std::path::Path;

use crawl::Random;

/// The file in the data directory.
const FILE: &str = "archive.id";

/// Characters of an id at most.
const CHARS_MAX: usize = 64;

/// The id of the archive of a data directory; nothing while it has none.
pub fn archive_id(data: &Path) -> io::Result<Option<String>> {
    let path = data.join(FILE);
    let text = match fs::read_to_string(&path) {
        Ok(text) => text,
        Err(e) if e.kind() == ErrorKind::NotFound => return Ok(None),
        Err(e) => return Err(at(&path, &e)),
    };
    let id = text.trim();
    let is_plain = id.chars().all(|c| c.is_ascii_alphanumeric());
    if id.is_empty() || id.len() > CHARS_MAX || !is_plain {
        let what = "it holds no id: remove it, and another one is made";
        return Err(at(&path, &io::Error::new(ErrorKind::InvalidData, what)));
    }
    Ok(Some(id.to_owned()))
}

/// The same; one is made where there is none. For whoever has the directory to itself.
pub fn own_archive_id(data: &Path, random: &dyn Random) -> io::Result<String> {
    if let Some(id) = archive_id(data)? {
        return Ok(id);
    }
    let id = format!("{:016x}{:016x}", random.next_u64(), random.next_u64());
    let (path, new) = (data.join(FILE), data.join(format!("{FILE}.new")));
    let written = File::create(&new).and_then(|mut file| {
        writeln!(file, "{id}")?;
        file.sync_all()
    });
    written.and_then(|()| fs::rename(&new, &path)).map_err(|e| at(&path, &e))?;
    Ok(id)
}

fn at(path: &Path, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("{}: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SystemRandom;

    #[test]
    fn an_id_is_made_once_and_what_is_none_is_refused() {
        let (one, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let random = SystemRandom::new();
        assert_eq!(archive_id(one.path()).unwrap(), None);
        let id = own_archive_id(one.path(), &random).unwrap();
        assert_eq!(own_archive_id(one.path(), &random).unwrap(), id);
        assert_eq!(archive_id(one.path()).unwrap(), Some(id.clone()));
        assert_ne!(own_archive_id(other.path(), &random).unwrap(), id);
        for bad in ["", "../..", "a b", &"x".repeat(65)] {
            fs::write(one.path().join(FILE), bad).unwrap();
            archive_id(one.path()).unwrap_err();
        }
    }
}
