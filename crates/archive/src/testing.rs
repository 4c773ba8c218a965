//! What the tests of this crate stand on: a clock, a source of randomness and a disk that fail or
//! advance only when told, and a snapshot to vary.
//!
//! # Layout
//! - here: all of these
//! - [`warc`]: WARC bytes, right ones and wrong ones

pub(crate) mod warc;

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::time::Duration;

use crawl::{Clock, Random, UnixMicros};

use crate::disk::parent_of;
use crate::read::{Reader, Record};
use crate::{
    About, Archive, Attempt, Config, Disk, Opening, Purpose, RealDisk, Recovered, SegmentFile,
    Snapshot, StoredResponse,
};

/// 2026-11-25T04:22:23.000120Z.
pub(crate) const NOW: UnixMicros = UnixMicros(1_795_580_543_000_120);

/// A clock that stands until it is moved.
#[derive(Debug, Default)]
pub(crate) struct StillClock(AtomicI64);

impl StillClock {
    pub(crate) fn forward(&self, by: Duration) {
        self.0.fetch_add(i64::try_from(by.as_micros()).unwrap(), Ordering::Relaxed);
    }
}

impl Clock for StillClock {
    fn now(&self) -> UnixMicros {
        NOW.after(self.elapsed())
    }

    fn elapsed(&self) -> Duration {
        Duration::from_micros(self.0.load(Ordering::Relaxed).unsigned_abs())
    }
}

/// Numbers that never repeat (`SplitMix64`).
#[derive(Debug, Default)]
pub(crate) struct Seeded(AtomicU64);

impl Random for Seeded {
    fn next_u64(&self) -> u64 {
        const STEP: u64 = 0x9E37_79B9_7F4A_7C15;
        let mut z = self.0.fetch_add(STEP, Ordering::Relaxed).wrapping_add(STEP);
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }
}

/// What a disk does, and what it has been asked.
#[derive(Debug, Default)]
struct Faults {
    /// Bytes that still fit; all when there is none.
    room: Option<u64>,
    /// Operations until all fail; never when there is none.
    operations_left: Option<u64>,
    fail_sync: bool,
    fail_cut: bool,
    /// Syncs wait while it is shut.
    gate_shut: bool,
    syncs_waiting: u64,
    syncs: u64,
    /// Length of each file when it was last synced.
    synced: BTreeMap<PathBuf, u64>,
    /// Names that no sync of their folder has covered.
    unsynced_names: Vec<PathBuf>,
}

/// A disk over real files that fails on demand, and forgets at a crash what was not synced.
#[derive(Clone, Debug, Default)]
pub(crate) struct FaultDisk(Arc<(Mutex<Faults>, Condvar)>);

impl FaultDisk {
    fn faults(&self) -> MutexGuard<'_, Faults> {
        self.0.0.lock().unwrap()
    }

    pub(crate) fn set_room(&self, bytes: Option<u64>) {
        self.faults().room = bytes;
    }

    pub(crate) fn set_operations_left(&self, operations: Option<u64>) {
        self.faults().operations_left = operations;
    }

    pub(crate) fn set_fail_sync(&self, fail: bool) {
        self.faults().fail_sync = fail;
    }

    pub(crate) fn set_fail_cut(&self, fail: bool) {
        self.faults().fail_cut = fail;
    }

    pub(crate) fn shut_gate(&self) {
        self.faults().gate_shut = true;
    }

    pub(crate) fn open_gate(&self) {
        self.faults().gate_shut = false;
        self.0.1.notify_all();
    }

    /// Waits until a sync stands before the gate.
    pub(crate) fn wait_for_sync(&self) {
        drop(self.0.1.wait_while(self.faults(), |faults| faults.syncs_waiting == 0).unwrap());
    }

    /// Syncs of segments so far.
    pub(crate) fn syncs(&self) -> u64 {
        self.faults().syncs
    }

    /// The machine loses its power: what was not synced is gone.
    pub(crate) fn crash(&self) {
        let mut faults = self.faults();
        for path in std::mem::take(&mut faults.unsynced_names) {
            let _ = std::fs::remove_file(path);
        }
        for (path, length) in std::mem::take(&mut faults.synced) {
            if path.exists() {
                RealDisk.cut(&path, length).unwrap();
            }
        }
    }

    fn operation(&self) -> io::Result<()> {
        let mut faults = self.faults();
        match &mut faults.operations_left {
            Some(0) => Err(io::Error::other("the machine is down")),
            Some(left) => {
                *left -= 1;
                Ok(())
            }
            None => Ok(()),
        }
    }

    /// Takes room for some bytes; gives how many of them fit.
    fn take_room(&self, bytes: u64) -> u64 {
        let mut faults = self.faults();
        let fits = faults.room.map_or(bytes, |room| room.min(bytes));
        faults.room = faults.room.map(|room| room - fits);
        fits
    }
}

fn full() -> io::Error {
    io::ErrorKind::StorageFull.into()
}

impl Disk for FaultDisk {
    fn create_dir(&self, path: &Path) -> io::Result<()> {
        self.operation()?;
        std::fs::create_dir_all(path)
    }

    fn create(&self, path: &Path) -> io::Result<Arc<dyn SegmentFile>> {
        self.operation()?;
        let file = RealDisk.create(path)?;
        let mut faults = self.faults();
        faults.unsynced_names.push(path.to_owned());
        faults.synced.insert(path.to_owned(), 0);
        Ok(Arc::new(FaultFile { file, path: path.to_owned(), disk: self.clone() }))
    }

    fn reopen(&self, path: &Path) -> io::Result<Arc<dyn SegmentFile>> {
        self.operation()?;
        let file = RealDisk.reopen(path)?;
        Ok(Arc::new(FaultFile { file, path: path.to_owned(), disk: self.clone() }))
    }

    fn write(&self, path: &Path, content: &[u8]) -> io::Result<()> {
        self.operation()?;
        if self.take_room(content.len() as u64) < content.len() as u64 {
            return Err(full());
        }
        std::fs::write(path, content)?;
        self.faults().unsynced_names.push(path.to_owned());
        Ok(())
    }

    fn cut(&self, path: &Path, length: u64) -> io::Result<()> {
        self.operation()?;
        std::fs::OpenOptions::new().write(true).open(path)?.set_len(length)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        self.operation()?;
        self.faults().synced.remove(path);
        RealDisk.remove(path)
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.operation()?;
        let mut faults = self.faults();
        let synced = faults.synced.remove(from);
        faults.synced.extend(synced.map(|length| (to.to_owned(), length)));
        faults.unsynced_names.retain(|name| name != from);
        RealDisk.rename(from, to)
    }

    fn sync_dir(&self, path: &Path) -> io::Result<()> {
        self.operation()?;
        self.faults().unsynced_names.retain(|name| parent_of(name) != path);
        Ok(())
    }

    fn list(&self, path: &Path) -> io::Result<Vec<PathBuf>> {
        self.operation()?;
        RealDisk.list(path)
    }

    fn free_bytes(&self, path: &Path) -> io::Result<u64> {
        self.faults().room.map_or_else(|| RealDisk.free_bytes(path), Ok)
    }
}

#[derive(Debug)]
struct FaultFile {
    file: Arc<dyn SegmentFile>,
    path: PathBuf,
    disk: FaultDisk,
}

impl SegmentFile for FaultFile {
    fn append(&self, bytes: &[u8]) -> io::Result<()> {
        self.disk.operation()?;
        let fits = self.disk.take_room(bytes.len() as u64);
        let fits = usize::try_from(fits).unwrap();
        self.file.append(&bytes[..fits])?;
        if fits < bytes.len() { Err(full()) } else { Ok(()) }
    }

    fn sync(&self) -> io::Result<()> {
        self.disk.operation()?;
        let length = std::fs::metadata(&self.path)?.len();
        let mut faults = self.disk.faults();
        faults.syncs += 1;
        faults.syncs_waiting += 1;
        self.disk.0.1.notify_all();
        faults = self.disk.0.1.wait_while(faults, |faults| faults.gate_shut).unwrap();
        faults.syncs_waiting -= 1;
        if faults.fail_sync {
            return Err(io::Error::other("the disk lost it"));
        }
        faults.synced.insert(self.path.clone(), length);
        Ok(())
    }

    fn cut(&self, length: u64) -> io::Result<()> {
        self.disk.operation()?;
        if self.disk.faults().fail_cut {
            return Err(io::Error::other("the disk is stuck"));
        }
        self.file.cut(length)
    }
}

/// A folder, and all that an archive in it is opened with.
pub(crate) struct Setting {
    pub(crate) folder: tempfile::TempDir,
    pub(crate) disk: FaultDisk,
    pub(crate) clock: Arc<StillClock>,
    pub(crate) random: Arc<Seeded>,
    pub(crate) config: Config,
}

impl Setting {
    pub(crate) fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
            disk: FaultDisk::default(),
            clock: Arc::default(),
            random: Arc::default(),
            config: Config::default(),
        }
    }

    pub(crate) fn with_segment_bytes_max(mut self, bytes: u64) -> Self {
        self.config.segment_bytes_max = bytes;
        self
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.folder.path().join("archive")
    }

    pub(crate) fn try_open(&self) -> Result<(Archive, Recovered), crate::Error> {
        let opening = Opening {
            disk: Arc::new(self.disk.clone()),
            clock: Arc::clone(&self.clock) as Arc<dyn Clock>,
            random: Arc::clone(&self.random) as Arc<dyn Random>,
            config: self.config.clone(),
            about: about(),
            sync_by: crate::SyncBy::default(),
        };
        Archive::open(&self.path(), opening)
    }

    pub(crate) fn open(&self) -> (Archive, Recovered) {
        self.try_open().unwrap()
    }

    pub(crate) fn segments(&self) -> Vec<PathBuf> {
        crate::segments(&self.path()).unwrap()
    }

    /// All files that end so.
    pub(crate) fn files(&self, suffix: &str) -> Vec<PathBuf> {
        let mut files = RealDisk.list(&self.path()).unwrap();
        files.retain(|path| path.to_str().unwrap().ends_with(suffix));
        files
    }
}

fn about() -> About {
    About {
        software: "newshound/0.0.0".into(),
        user_agent: "Newshound/0.0.0 (+mailto:ops@crawler.test)".into(),
        contact: "ops@crawler.test".into(),
        token: "newshound".into(),
        delay_ms: 1_000,
        robots: "obey".into(),
        overrides: vec!["a.test: robots.txt ignored; invited; ops; 2027-01-01".into()],
        extra: vec![("description".into(), "a test".into())],
    }
}

pub(crate) const REQUEST: &[u8] =
    b"GET /x HTTP/1.1\r\nhost: a.test\r\nuser-agent: Newshound/0.0.0\r\n\r\n";

/// An attempt that went well.
pub(crate) fn attempt() -> Attempt {
    Attempt {
        outcome: "200".into(),
        purpose: Purpose::Page,
        host: "a.test".into(),
        fence: 3,
        worker: "w1".into(),
        started: NOW,
        first_byte: Some(UnixMicros(NOW.0 + 20_000)),
        ended: UnixMicros(NOW.0 + 30_000),
        delay_ms: 1_000,
        ..Attempt::default()
    }
}

/// A plain response.
pub(crate) fn response<'a>(headers: &'a [(String, Vec<u8>)], body: &'a [u8]) -> StoredResponse<'a> {
    StoredResponse {
        version: "HTTP/1.1",
        status: 200,
        reason: Some("OK"),
        headers,
        body,
        decoded_from: None,
        truncated: None,
        revisit_of: None,
    }
}

/// A page without header lines.
pub(crate) fn page<'a>(url: &'a str, body: &'a [u8]) -> Snapshot<'a> {
    Snapshot {
        url,
        request_head: REQUEST,
        remote: Some([192, 0, 2, 1].into()),
        response: Some(response(&[], body)),
        attempt: attempt(),
    }
}

/// Header lines from text.
pub(crate) fn headers(lines: &[(&str, &str)]) -> Vec<(String, Vec<u8>)> {
    lines.iter().map(|(name, value)| ((*name).into(), value.as_bytes().into())).collect()
}

/// All records of a segment that must have no damage.
pub(crate) fn records(path: &Path) -> Vec<Record> {
    let mut reader = Reader::open(path).unwrap();
    let next = || reader.next_record().unwrap();
    std::iter::from_fn(next).collect()
}
