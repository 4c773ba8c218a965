//! What a crash left: segments that were not sealed, perhaps with a torn end.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::ops::Range;
use std::path::{Path, PathBuf};

use crawl::{Fingerprint, UnixMicros};

use crate::articles::{Became, mend};
use crate::disk::{Disk, SegmentFile, parent_of};
use crate::index::{self, Row};
use crate::read::{Damage, DamageKind, Reader, Record, RecordType};
use crate::segment::{marker_of, seal};
use crate::{Attempt, Error};

/// What was found and mended at the start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Recovered {
    /// Segments that were not sealed.
    pub segments: u64,
    /// Bytes that belong to no whole snapshot and were cut off. Nothing settled is among them,
    /// unless the disk itself lost it.
    pub bytes_cut: u64,
    /// Segments without any snapshot, which were removed.
    pub removed: u64,
    /// Segments with damage before their end: more than a crash of this program leaves.
    pub damaged: u64,
    /// Bytes cut off the articles beside them; `newshound archive read` makes them up.
    pub articles_cut: u64,
}

/// Mends every segment that has a marker, and what lies beside it. A sealed one is never touched.
/// Whoever calls it holds the lock of the data directory.
pub fn recover(disk: &dyn Disk, folder: &Path) -> Result<Recovered, Error> {
    let mut recovered = Recovered::default();
    let files = disk.list(folder).map_err(|e| Error::disk("list", folder, e))?;
    for leftover in files.iter().filter(|file| is_leftover(file)) {
        remove(disk, leftover)?;
    }
    for path in files.iter().filter_map(|file| marked_segment(file)) {
        recovered.segments += 1;
        if files.contains(&path) {
            recover_segment(disk, &path, &mut recovered)?;
        } else {
            // The crash came between the marker and the segment.
            remove(disk, &marker_of(&path))?;
            recovered.removed += 1;
        }
    }
    Ok(recovered)
}

fn recover_segment(disk: &dyn Disk, path: &Path, recovered: &mut Recovered) -> Result<(), Error> {
    let mut found = scan(path)?;
    recovered.bytes_cut += found.file_bytes - found.kept_bytes();
    if !found.has_snapshots {
        recovered.articles_cut += mend(disk, path, Became::Other)?;
        remove(disk, path)?;
        sync_folder(disk, path)?;
        recovered.removed += 1;
        return remove(disk, &marker_of(path));
    }
    if found.is_whole_before_its_end() {
        if found.kept_bytes() < found.file_bytes {
            disk.cut(path, found.kept_bytes()).map_err(|e| Error::disk("cut", path, e))?;
        }
        recovered.articles_cut += mend(disk, path, Became::InPlace(found.kept_bytes()))?;
    } else {
        recovered.damaged += 1;
        recovered.articles_cut += mend(disk, path, Became::Other)?;
        found.write_kept(disk, path)?;
    }
    seal(disk, path, &index::encode(found.kept_bytes(), &mut found.rows))
}

/// Files that a crash left half written; nothing refers to them.
fn is_leftover(file: &Path) -> bool {
    const SUFFIXES: [&str; 3] = [".warc.gz.open.new", ".warc.gz.idx.new", ".warc.gz.mended"];
    file.to_str().is_some_and(|name| SUFFIXES.iter().any(|suffix| name.ends_with(suffix)))
}

fn marked_segment(file: &Path) -> Option<PathBuf> {
    let name = file.to_str()?.strip_suffix(".open")?;
    name.ends_with(".warc.gz").then(|| name.into())
}

fn remove(disk: &dyn Disk, path: &Path) -> Result<(), Error> {
    disk.remove(path).map_err(|e| Error::disk("remove", path, e))
}

fn sync_folder(disk: &dyn Disk, path: &Path) -> Result<(), Error> {
    let folder = parent_of(path);
    disk.sync_dir(folder).map_err(|e| Error::disk("sync", folder, e))
}

/// What a segment holds: its whole snapshots, wherever they are.
#[derive(Debug, Default)]
pub(crate) struct Found {
    file_bytes: u64,
    /// The places of whole snapshots and of warcinfo records; what touches is joined.
    kept: Vec<Range<u64>>,
    pub(crate) rows: Vec<Row>,
    has_snapshots: bool,
    is_damaged: bool,
    /// The id of the warcinfo record that stands first.
    info_id: String,
}

/// Reads a segment to its end. What cannot be read because the disk fails is an error: it must not
/// be taken for a torn end.
pub(crate) fn scan(path: &Path) -> Result<Found, Error> {
    let mut reader = Reader::open(path)?;
    let mut found = Found { file_bytes: reader.file_bytes(), ..Found::default() };
    let mut group = Group::None;
    loop {
        match reader.next_record() {
            Ok(Some(record)) => found.take(&record, &mut group),
            Ok(None) => return Ok(found),
            Err(damage) => {
                found.is_damaged = true;
                group = Group::Broken;
                go_on_behind(&mut reader, path, &damage)?;
            }
        }
    }
}

/// Makes sure that a damage does not hide the record behind it.
pub(crate) fn go_on_behind(reader: &mut Reader, path: &Path, damage: &Damage) -> Result<(), Error> {
    match damage.kind {
        DamageKind::Unreadable(_) => Err(unreadable(path, damage)),
        // What is damaged may be the end of the packed data itself. The member was then read beyond
        // its end, so that the next one is looked for from its beginning.
        DamageKind::Checksum | DamageKind::MemberLength => {
            reader.seek(damage.offset + 1).map_err(|e| Error::disk("read", path, e))
        }
        _ => Ok(()),
    }
}

/// The error of a place that cannot be read.
pub(crate) fn unreadable(path: &Path, damage: &Damage) -> Error {
    Error::Damaged { path: path.to_owned(), offset: damage.offset, what: damage.kind.to_string() }
}

/// The snapshot whose records are being read.
enum Group {
    /// None: the last one was whole.
    None,
    /// Whole so far.
    Open { offset: u64, url: Option<Fingerprint> },
    /// Something of it is damaged or missing.
    Broken,
}

impl Found {
    fn take(&mut self, record: &Record, group: &mut Group) {
        if self.is_foreign(record) {
            return;
        }
        let end = record.offset + record.member_bytes;
        match record.header.record_type() {
            RecordType::Warcinfo => {
                let id = record.header.get("WARC-Record-ID").unwrap_or_default();
                id.clone_into(&mut self.info_id);
                self.keep(record.offset..end);
                *group = Group::None;
            }
            RecordType::Request => *group = Group::Open { offset: record.offset, url: None },
            RecordType::Metadata => {
                match group {
                    Group::Open { offset, url } => self.keep_snapshot(*offset..end, *url, record),
                    // The other records of its snapshot are lost.
                    Group::Broken if record.header.get("WARC-Concurrent-To").is_some() => {}
                    Group::None | Group::Broken => {
                        self.keep_snapshot(record.offset..end, None, record);
                    }
                }
                *group = Group::None;
            }
            kind => {
                if matches!(group, Group::None) {
                    *group = Group::Open { offset: record.offset, url: None };
                }
                if let (Group::Open { url, .. }, RecordType::Response | RecordType::Revisit) =
                    (group, kind)
                {
                    *url = record.header.uri("WARC-Target-URI").map(Fingerprint::of);
                }
            }
        }
    }

    /// Whether a record belongs to another file: a page may be an archive itself, and once the
    /// member around it is damaged, its records lie open.
    fn is_foreign(&self, record: &Record) -> bool {
        let names = record.header.get("WARC-Warcinfo-ID") == Some(&self.info_id);
        self.is_damaged && !self.info_id.is_empty() && !names
    }

    /// A snapshot ends with its metadata record.
    fn keep_snapshot(&mut self, place: Range<u64>, url: Option<Fingerprint>, metadata: &Record) {
        let date = Attempt::parse(&metadata.block).map_or(UnixMicros(0), |a| a.started);
        let row = url.map(|fingerprint| Row { fingerprint, offset: place.start, date });
        self.rows.extend(row);
        self.has_snapshots = true;
        self.keep(place);
    }

    fn keep(&mut self, place: Range<u64>) {
        match self.kept.last_mut() {
            Some(last) if last.end == place.start => last.end = place.end,
            _ => self.kept.push(place),
        }
    }

    fn kept_bytes(&self) -> u64 {
        self.kept.iter().map(|place| place.end - place.start).sum()
    }

    /// Whether all that is kept stands together at the beginning.
    fn is_whole_before_its_end(&self) -> bool {
        matches!(&self.kept[..], [only] if only.start == 0)
    }

    /// Writes the segment anew without what is damaged inside it, so that every reader gets past
    /// that place. Members are copied as they are.
    fn write_kept(&mut self, disk: &dyn Disk, path: &Path) -> Result<(), Error> {
        let mut mended = path.as_os_str().to_owned();
        mended.push(".mended");
        let mended = PathBuf::from(mended);
        let failed = |e| Error::disk("mend", path, e);
        let file = disk.create(&mended).map_err(failed)?;
        self.copy_kept(path, &*file).and_then(|()| file.sync()).map_err(failed)?;
        disk.rename(&mended, path).map_err(failed)?;
        self.move_rows();
        sync_folder(disk, path)
    }

    fn copy_kept(&self, path: &Path, to: &dyn SegmentFile) -> std::io::Result<()> {
        let mut from = File::open(path)?;
        let mut buffer = vec![0; 1 << 20];
        for place in &self.kept {
            from.seek(SeekFrom::Start(place.start))?;
            let mut left = (&from).take(place.end - place.start);
            loop {
                let bytes = left.read(&mut buffer)?;
                if bytes == 0 {
                    break;
                }
                to.append(&buffer[..bytes])?;
            }
        }
        Ok(())
    }

    /// Moves the rows to where their snapshots are now.
    fn move_rows(&mut self) {
        let mut written = 0;
        for place in &self.kept {
            let here = self.rows.iter_mut().filter(|row| place.contains(&row.offset));
            // A row moves down only, to a place that was passed already: none is met twice.
            here.for_each(|row| row.offset = written + (row.offset - place.start));
            written += place.end - place.start;
        }
    }
}

#[cfg(test)]
mod tests;
