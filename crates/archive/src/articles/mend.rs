//! What a crash left of a sidecar.

use std::path::Path;

use super::reader::Reader;
use super::sidecar_of;
use crate::Error;
use crate::disk::Disk;

/// What became of a segment whose sidecar is mended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Became {
    /// So many of its bytes are kept where they stood.
    InPlace(u64),
    /// It is gone, or its snapshots stand elsewhere now.
    Other,
}

/// Cuts the torn end of the sidecar of a recovered segment, and what tells of snapshots that the
/// segment has lost; gives the bytes that were cut. One that does not belong to its segment any
/// more, or is damaged before its end, is removed.
pub(crate) fn mend(disk: &dyn Disk, segment: &Path, became: Became) -> Result<u64, Error> {
    let path = sidecar_of(segment);
    if !path.is_file() {
        return Ok(0);
    }
    let length = std::fs::metadata(&path).map_err(|e| Error::disk("look at", &path, e))?.len();
    let whole = match became {
        Became::InPlace(kept_bytes) => whole_bytes(&path, kept_bytes)?,
        Became::Other => None,
    };
    match whole {
        Some(whole) if whole == length => return Ok(0),
        Some(whole) => disk.cut(&path, whole).map_err(|e| Error::disk("cut", &path, e))?,
        None => disk.remove(&path).map_err(|e| Error::disk("remove", &path, e))?,
    }
    Ok(length - whole.unwrap_or(0))
}

/// Bytes of whole groups about what a segment holds; nothing where there is no header, or a damage.
/// A group is written as soon as it is full: the end of its segment may not have reached the disk.
fn whole_bytes(path: &Path, segment_bytes: u64) -> Result<Option<u64>, Error> {
    let bytes = || -> Result<Option<u64>, Error> {
        let Some(mut reader) = Reader::open(path)? else { return Ok(None) };
        while let Some(place) = reader.next_place()? {
            if place.offset >= segment_bytes {
                return Ok(Some(reader.group_at()));
            }
        }
        Ok(Some(reader.whole_bytes()))
    };
    match bytes() {
        Err(Error::Sidecar { .. } | Error::NewerSidecar { .. }) => Ok(None),
        given => given,
    }
}
