//! The seam to the disk, so that a simulation can make it fail.

use std::fmt::Debug;
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What the archive asks of a disk.
pub trait Disk: Send + Sync + Debug {
    /// Makes a folder and those above it, and returns when their names are on the disk.
    fn create_dir(&self, path: &Path) -> io::Result<()>;

    /// Makes a file that must not exist yet, for appending.
    fn create(&self, path: &Path) -> io::Result<Arc<dyn SegmentFile>>;

    /// Opens a file for appending behind what it holds.
    fn reopen(&self, path: &Path) -> io::Result<Arc<dyn SegmentFile>>;

    /// Writes a small file, and returns when its content is on the disk. Whoever reads meanwhile
    /// sees all of it or what was there before.
    fn write(&self, path: &Path, content: &[u8]) -> io::Result<()>;

    /// Cuts a file, and returns when that is on the disk.
    fn cut(&self, path: &Path, length: u64) -> io::Result<()>;

    /// Removes a file.
    fn remove(&self, path: &Path) -> io::Result<()>;

    /// Gives a file another name; a file that has it already is replaced.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;

    /// Returns when the names in a folder are on the disk.
    fn sync_dir(&self, path: &Path) -> io::Result<()>;

    /// The files of a folder.
    fn list(&self, path: &Path) -> io::Result<Vec<PathBuf>>;

    /// Bytes that may still be written there.
    fn free_bytes(&self, path: &Path) -> io::Result<u64>;
}

/// A file that grows.
pub trait SegmentFile: Send + Sync + Debug {
    /// Appends all of it, or fails having written some of it.
    fn append(&self, bytes: &[u8]) -> io::Result<()>;

    /// Returns when everything appended before the call is on the disk.
    fn sync(&self) -> io::Result<()>;

    /// Cuts the file.
    fn cut(&self, length: u64) -> io::Result<()>;
}

/// The disk of the machine.
#[derive(Clone, Copy, Debug, Default)]
pub struct RealDisk;

impl Disk for RealDisk {
    fn create_dir(&self, path: &Path) -> io::Result<()> {
        if path.is_dir() {
            return Ok(());
        }
        let above = parent_of(path);
        if above != path {
            self.create_dir(above)?;
        }
        match std::fs::create_dir(path) {
            Err(e) if e.kind() == io::ErrorKind::AlreadyExists && path.is_dir() => Ok(()),
            made => made,
        }?;
        self.sync_dir(above)
    }

    fn create(&self, path: &Path) -> io::Result<Arc<dyn SegmentFile>> {
        let file = OpenOptions::new().append(true).create_new(true).open(path)?;
        Ok(Arc::new(RealFile(file)))
    }

    fn reopen(&self, path: &Path) -> io::Result<Arc<dyn SegmentFile>> {
        let file = OpenOptions::new().append(true).open(path)?;
        Ok(Arc::new(RealFile(file)))
    }

    fn write(&self, path: &Path, content: &[u8]) -> io::Result<()> {
        let mut temporary = path.as_os_str().to_owned();
        temporary.push(".new");
        let temporary = PathBuf::from(temporary);
        let write = || {
            let mut file = File::create(&temporary)?;
            file.write_all(content)?;
            file.sync_all()?;
            std::fs::rename(&temporary, path)
        };
        write().inspect_err(|_| {
            // A leftover does no harm: the next attempt writes over it.
            let _ = std::fs::remove_file(&temporary);
        })
    }

    fn cut(&self, path: &Path, length: u64) -> io::Result<()> {
        let file = OpenOptions::new().write(true).open(path)?;
        file.set_len(length)?;
        file.sync_all()
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        std::fs::remove_file(path)
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        std::fs::rename(from, to)
    }

    fn sync_dir(&self, path: &Path) -> io::Result<()> {
        File::open(path)?.sync_all()
    }

    fn list(&self, path: &Path) -> io::Result<Vec<PathBuf>> {
        std::fs::read_dir(path)?.map(|entry| entry.map(|e| e.path())).collect()
    }

    fn free_bytes(&self, path: &Path) -> io::Result<u64> {
        let stat = rustix::fs::statvfs(path)?;
        Ok(stat.f_bavail.saturating_mul(stat.f_frsize))
    }
}

/// The folder that holds a path; that of a bare name is the present one.
pub(crate) fn parent_of(path: &Path) -> &Path {
    match path.parent() {
        Some(above) if above.as_os_str().is_empty() => Path::new("."),
        Some(above) => above,
        None => path,
    }
}

#[derive(Debug)]
struct RealFile(File);

impl SegmentFile for RealFile {
    fn append(&self, bytes: &[u8]) -> io::Result<()> {
        (&self.0).write_all(bytes)
    }

    fn sync(&self) -> io::Result<()> {
        // The length is data to reading back, so `sync_data` brings it as well (fdatasync(2)).
        self.0.sync_data()
    }

    fn cut(&self, length: u64) -> io::Result<()> {
        self.0.set_len(length)
    }
}
