//! The data directory: who may work in it, and of which version it is.

use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Seek, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, Result};
use frontier::{Mode, Sqlite};
use rustix::fs::{FlockOperation, flock};
use story::store::{self as stories, Store};
use worker::SystemClock;

use crate::exit::usage;

/// The version of the layout that this program writes.
const FORMAT: u32 = 1;

/// A data directory.
pub(crate) struct DataDir {
    root: PathBuf,
    /// Held by the one crawl that works here.
    _lock: Option<File>,
}

impl DataDir {
    /// Takes the directory for a crawl, and makes it where it is missing.
    pub(crate) fn own(root: &Path) -> Result<Self> {
        Self::try_own(root)?.map_or_else(
            || {
                let holder = std::fs::read_to_string(root.join("lock")).unwrap_or_default();
                anyhow::bail!(
                    "another crawl (process {}) works in {}: wait for it, stop it, or choose \
                        another --data DIR",
                    holder.trim(),
                    root.display()
                )
            },
            Ok,
        )
    }

    /// The same; nothing while somebody else has it.
    pub(crate) fn try_own(root: &Path) -> Result<Option<Self>> {
        let remedy = "choose another place with --data DIR, or make it writable";
        std::fs::create_dir_all(root).with_context(|| {
            format!("cannot make the data directory {}: {remedy}", root.display())
        })?;
        check_format(root)?;
        let path = root.join("lock");
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .with_context(|| {
                format!("cannot write in the data directory {}: {remedy}", root.display())
            })?;
        if flock(&file, FlockOperation::NonBlockingLockExclusive).is_err() {
            return Ok(None);
        }
        note_holder(&mut file).with_context(|| format!("cannot write {}", path.display()))?;
        write_format(root)?;
        Ok(Some(Self { root: root.to_owned(), _lock: Some(file) }))
    }

    /// Looks into a directory beside whatever works there.
    pub(crate) fn beside(root: &Path) -> Result<Self> {
        if !root.join("archive").is_dir() {
            return Err(usage(format!(
                "{} is no data directory of a crawl (it has no archive/ in it): name one with \
                    --data DIR",
                root.display()
            )));
        }
        check_format(root)?;
        Ok(Self { root: root.to_owned(), _lock: None })
    }

    /// Opens the frontier of a directory beside whatever works there.
    pub(crate) fn frontier_beside(root: &Path) -> Result<Sqlite> {
        check_format(root)?;
        let path = root.join("frontier.sqlite");
        if !path.is_file() {
            return Err(usage(format!(
                "{} holds no frontier yet: name a data directory with --data DIR, or begin one \
                    with `newshound seeds add`",
                root.display()
            )));
        }
        Ok(Sqlite::open(&path, Arc::new(SystemClock), Mode::Beside)?)
    }

    /// Opens the stories of a directory beside whatever works there.
    pub(crate) fn stories_beside(root: &Path) -> Result<Store> {
        if !root.is_dir() {
            let root = root.display();
            return Err(usage(format!(
                "there is no {root}: name a data directory with --data DIR"
            )));
        }
        check_format(root)?;
        match Store::open(&root.join(stories::FILE)) {
            Err(stories::Error::Missing { .. }) => Err(usage(format!(
                "{} holds no stories yet: name a data directory with --data DIR; `newshound crawl` \
                    finds stories as it goes, `newshound stories rebuild` in an archive that is \
                    there",
                root.display()
            ))),
            opened => Ok(opened?),
        }
    }

    /// Looks at a directory whose stories are to be made anew: it has an archive or stories.
    pub(crate) fn of_stories(root: &Path) -> Result<()> {
        if root.join(stories::FILE).is_file() {
            check_format(root)
        } else {
            Self::beside(root).map(drop)
        }
    }

    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    pub(crate) fn archive(&self) -> PathBuf {
        self.root.join("archive")
    }

    pub(crate) fn frontier(&self) -> PathBuf {
        self.root.join("frontier.sqlite")
    }
}

fn note_holder(file: &mut File) -> std::io::Result<()> {
    file.set_len(0)?;
    file.rewind()?;
    writeln!(file, "{}", std::process::id())
}

fn check_format(root: &Path) -> Result<()> {
    let path = root.join("format");
    let text = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error).with_context(|| format!("cannot read {}", path.display())),
    };
    let found: u32 = text.trim().parse().ok().with_context(|| {
        format!("{} should hold a version number, but says {:?}", path.display(), text.trim())
    })?;
    anyhow::ensure!(
        found <= FORMAT,
        "{} was written by a newer newshound (layout {found}, this one knows {FORMAT}): use \
            that one, or another --data DIR",
        root.display()
    );
    Ok(())
}

fn write_format(root: &Path) -> Result<()> {
    let path = root.join("format");
    if path.exists() {
        return Ok(());
    }
    std::fs::write(&path, format!("{FORMAT}\n"))
        .with_context(|| format!("cannot write {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_crawl_at_a_time() {
        let dir = tempfile::tempdir().unwrap();
        let first = DataDir::own(dir.path()).unwrap();
        let error = format!("{:#}", DataDir::own(dir.path()).err().unwrap());
        assert!(error.contains(&std::process::id().to_string()), "{error}");
        drop(first);
        DataDir::own(dir.path()).unwrap();
    }

    #[test]
    fn a_newer_layout_is_refused_and_left_alone() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("format"), "99\n").unwrap();
        let error = format!("{:#}", DataDir::own(dir.path()).err().unwrap());
        assert!(error.contains("newer") && error.contains("99"), "{error}");
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1);
    }
}
