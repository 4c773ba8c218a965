//! The store of stories made anew, from the articles beside the archive.

use std::path::{Path, PathBuf};

use archive::articles::sidecars;
use story::store::{FILE, Rebuild, Rebuilt};

use super::Config;
use super::archives::Archive;
use super::beside::{Arrivals, Sidecar};
use crate::Stop;

/// Articles that are read at a time.
const BATCH: usize = 256;

/// Why stories could not be rebuilt. The old store stands as it stood.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RebuildError {
    /// The archive failed, or what stands beside it.
    #[error(transparent)]
    Archive(#[from] archive::Error),
    /// The stories failed.
    #[error(transparent)]
    Stories(#[from] story::store::Error),
    /// Somebody has asked to stop.
    #[error("stopped; the stories are as they were")]
    Stopped,
}

/// How far it has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// The old store is of no use: the order is that of the fetches.
    NoOrder(String),
    /// A file of articles is read.
    Reading(PathBuf),
    /// So many of all articles are compared.
    Comparing(u64, u64),
}

/// Makes the stories of a data directory anew, from all articles beside its archive and those of
/// others, in the order in which they were logged. Nobody else may keep stories there meanwhile.
pub fn rebuild(
    data: &Path,
    archives: &[Archive],
    config: &Config,
    stop: &Stop,
    each: &mut dyn FnMut(Step),
) -> Result<Rebuilt, RebuildError> {
    let mut rebuild = Rebuild::begin(&data.join(FILE), config.engine())?;
    if let Some(fault) = rebuild.fault() {
        each(Step::NoOrder(fault.to_string()));
    }
    let own = Archive { worker: String::new(), data: data.to_owned() };
    let mut segments = Vec::new();
    for archive in std::iter::once(&own).chain(archives) {
        for path in sidecars(&archive.data)? {
            let Some(sidecar) = Sidecar::of(&archive.data, &path)? else { continue };
            each(Step::Reading(path));
            let mut arrivals = Arrivals::of(&sidecar, &archive.worker)?;
            loop {
                let batch = arrivals.next_batch(BATCH)?;
                if batch.is_empty() {
                    break;
                }
                for arrival in &batch {
                    rebuild.put(arrival)?;
                }
                if stop.is_asked() {
                    return Err(RebuildError::Stopped);
                }
            }
            segments.push((archive.worker.clone(), sidecar.now));
        }
    }
    Ok(rebuild.finish(&segments, &mut |done, total| each(Step::Comparing(done, total)))?)
}
