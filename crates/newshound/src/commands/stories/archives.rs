//! Which archives of a fleet can be reached from here.

use std::path::PathBuf;

use anyhow::Result;
use worker::stories::Archive;

use crate::data_dir::DataDir;

/// The data directories of workers.
#[derive(clap::Args, Debug)]
pub(super) struct Archives {
    /// The data directory of a worker that can be reached from here (repeatable). It is known by
    /// the id in it; one that has none yet by NAME, the name of its worker: unless given, that of
    /// the directory
    #[arg(long = "archive", value_name = "[NAME=]DIR", value_parser = parse)]
    pub(super) archives: Vec<Archive>,
}

impl Archives {
    /// Refuses what is no data directory.
    pub(super) fn check(&self) -> Result<()> {
        self.archives.iter().try_for_each(|archive| DataDir::beside(&archive.data).map(drop))
    }
}

fn parse(text: &str) -> Result<Archive, String> {
    let (name, dir) = match text.split_once('=') {
        Some((name, dir)) => (Some(name.to_owned()), PathBuf::from(dir)),
        None => (None, PathBuf::from(text)),
    };
    let of_dir = || Some(dir.file_name()?.to_string_lossy().into_owned());
    let name = name.or_else(of_dir);
    let archive = Archive::of(dir, name).map_err(|error| error.to_string())?;
    archive.ok_or_else(|| "name its worker: --archive NAME=DIR".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn archives_are_named_as_their_workers() {
        let archive =
            |worker: &str, data: &str| Archive { worker: worker.into(), data: data.into() };
        assert_eq!(parse("w1=/data/1").unwrap(), archive("w1", "/data/1"));
        assert_eq!(parse("/data/w2").unwrap(), archive("w2", "/data/w2"));
        assert!(parse("..").is_err() && parse("=/data").is_err());
    }
}
