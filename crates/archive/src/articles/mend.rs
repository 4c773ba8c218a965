//! What a crash left of a sidecar.

use std::path::Path;

use super::reader::Reader;
use super::sidecar_of;
use crate::Error;
use crate::disk::Disk;

/// What became of a segment whose sidecar is mended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Became {
    /// What is kept of it stands where it stood.
    InPlace,
    /// It is gone, or its snapshots stand elsewhere now.
    Other,
}

/// Cuts the torn end of the sidecar of a recovered segment; gives the bytes that were cut. One that
/// does not belong to its segment any more, or is damaged before its end, is removed.
pub(crate) fn mend(disk: &dyn Disk, segment: &Path, became: Became) -> Result<u64, Error> {
    let path = sidecar_of(segment);
    if !path.is_file() {
        return Ok(0);
    }
    let length = std::fs::metadata(&path).map_err(|e| Error::disk("look at", &path, e))?.len();
    let whole = match became {
        Became::InPlace => whole_bytes(&path)?,
        Became::Other => None,
    };
    match whole {
        Some(whole) if whole == length => return Ok(0),
        Some(whole) => disk.cut(&path, whole).map_err(|e| Error::disk("cut", &path, e))?,
        None => disk.remove(&path).map_err(|e| Error::disk("remove", &path, e))?,
    }
    Ok(length - whole.unwrap_or(0))
}

/// Bytes of whole groups; nothing where there is no header, or a damage.
pub(super) fn whole_bytes(path: &Path) -> Result<Option<u64>, Error> {
    let figures = match Reader::open(path) {
        Ok(Some(reader)) => reader.figures(),
        Ok(None) | Err(Error::Sidecar { .. } | Error::NewerSidecar { .. }) => return Ok(None),
        Err(error) => return Err(error),
    };
    match figures {
        Ok(figures) => Ok(Some(figures.bytes)),
        Err(Error::Sidecar { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}
