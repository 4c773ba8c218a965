//! The archive: where snapshots go, and when they are safe.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak};
use std::time::Duration;

use crawl::{Clock, Random, UnixMicros, duration};
use serde::{Deserialize, Serialize};

use crate::attempt::Fields;
use crate::commit::{Committer, SyncBy};
use crate::disk::Disk;
use crate::record::{Record, date14, record_id};
use crate::recovery::{Recovered, recover};
use crate::segment::{AppendError, Segment};
use crate::{Error, Snapshot};

/// How segments are made. All keys are optional in a config file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// A segment is ended when it has so many bytes (WARC 1.1, annex C, suggests 1 GB).
    pub segment_bytes_max: u64,
    /// A segment is ended when it is so old.
    #[serde(with = "duration::text")]
    pub segment_age_max: Duration,
    /// With less free space than this, in bytes, nothing new is fetched.
    pub free_bytes_min: u64,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            segment_bytes_max: 1_000_000_000,
            segment_age_max: Duration::from_hours(1),
            free_bytes_min: 1 << 30,
        }
    }
}

/// What the warcinfo record of each segment says about the crawl.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct About {
    /// Name and version of the program.
    pub software: String,
    /// The user agent of every request.
    pub user_agent: String,
    /// Who can be reached about the crawl.
    pub contact: String,
    /// The product token that robots.txt groups are matched against.
    pub token: String,
    /// The least delay between two requests to one host.
    pub delay_ms: u64,
    /// How robots.txt is treated: `obey`.
    pub robots: String,
    /// Exceptions from robots.txt or pace that an operator made, each with reason, author, expiry.
    pub overrides: Vec<String>,
    /// Further fields.
    pub extra: Vec<(String, String)>,
}

/// Proof that a snapshot was appended; give it to [`Archive::durable`].
#[derive(Clone, Debug)]
pub struct Receipt {
    /// The payload digest of the response: `sha1:BASE32`.
    pub payload_digest: Option<String>,
    /// The id of the response or revisit record, without angle brackets.
    pub record: Option<String>,
    /// The offset of the first record in its segment.
    pub offset: u64,
    /// Bytes that the snapshot takes in its segment.
    pub bytes: u64,
    segment: Arc<Segment>,
    end: u64,
}

impl Receipt {
    /// The segment's file.
    pub fn segment(&self) -> &Path {
        &self.segment.path
    }

    pub(crate) fn downgrade(&self) -> Weak<Segment> {
        Arc::downgrade(&self.segment)
    }
}

/// What an archive has taken in since it was opened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Segments made.
    pub segments: u64,
    /// Bytes written.
    pub bytes: u64,
    /// Records written.
    pub records: u64,
}

/// An archive folder that is written to. There must be one writer at a time; who opens it holds the
/// lock of the data directory.
#[derive(Debug)]
pub struct Archive {
    folder: PathBuf,
    config: Config,
    about: About,
    disk: Arc<dyn Disk>,
    seams: Seams,
    current: Mutex<Current>,
    committer: Committer,
    /// The first write that could neither be made durable nor be undone.
    poison: OnceLock<String>,
}

struct Seams {
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
}

impl std::fmt::Debug for Seams {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Seams")
    }
}

#[derive(Debug, Default)]
struct Current {
    segment: Option<Arc<Segment>>,
    /// Ended, but records for them are still being made.
    ending: Vec<Arc<Segment>>,
    summary: Summary,
}

/// What an archive is opened with besides its folder.
pub struct Opening {
    /// The disk.
    pub disk: Arc<dyn Disk>,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// The randomness.
    pub random: Arc<dyn Random>,
    /// How segments are made.
    pub config: Config,
    /// What they say about the crawl.
    pub about: About,
    /// Who brings them to the disk.
    pub sync_by: SyncBy,
}

impl Archive {
    /// Opens a folder, makes it where it is missing, and mends what a crash left. The first segment
    /// is made with the first snapshot.
    pub fn open(folder: &Path, opening: Opening) -> Result<(Self, Recovered), Error> {
        let Opening { disk, clock, random, config, about, sync_by } = opening;
        disk.create_dir(folder).map_err(|e| Error::disk("make", folder, e))?;
        let recovered = recover(&*disk, folder)?;
        let committer = Committer::start(Arc::clone(&disk), sync_by)
            .map_err(|e| Error::disk("start the thread that syncs", folder, e))?;
        let archive = Self {
            folder: folder.to_owned(),
            config,
            about,
            disk,
            seams: Seams { clock, random },
            current: Mutex::default(),
            committer,
            poison: OnceLock::new(),
        };
        Ok((archive, recovered))
    }

    /// Appends the records of a snapshot, as a whole or not at all. They are compressed on the
    /// caller's thread, so that many may append at once.
    pub fn append(&self, snapshot: &Snapshot<'_>) -> Result<Receipt, Error> {
        self.check()?;
        // Held until the records are in: a segment ends only when nobody holds it.
        let segment = self.segment()?;
        let packed = snapshot.pack(&segment.warcinfo_id, &*self.seams.random)?;
        match segment.append(&packed) {
            Ok(place) => Ok(Receipt {
                payload_digest: packed.payload_digest,
                record: packed.response_id,
                offset: place.offset,
                bytes: place.end - place.offset,
                end: place.end,
                segment,
            }),
            Err(AppendError::Undone(error)) => Err(error),
            Err(AppendError::Torn(error)) => {
                self.poison.get_or_init(|| error.in_words());
                Err(error)
            }
        }
    }

    /// Waits until a snapshot is on the disk. Many that wait share one sync.
    pub async fn durable(&self, receipt: Receipt) -> Result<(), Error> {
        if receipt.segment.is_durable(receipt.end) {
            return Ok(());
        }
        self.check()?;
        // After a failed fsync the kernel may have dropped what it could not write: what a second
        // one says is worth nothing.
        self.committer
            .sync(receipt.segment)
            .await
            .map_err(|reason| Error::Poisoned(self.poison.get_or_init(|| reason).clone()))
    }

    /// Bytes that may still be written.
    pub fn free_bytes(&self) -> Result<u64, Error> {
        self.disk.free_bytes(&self.folder).map_err(|e| Error::disk("look at", &self.folder, e))
    }

    /// Ends all segments. Without it, the next start recovers them.
    pub fn finish(self) -> Result<Summary, Error> {
        let current = self.current.into_inner().unwrap_or_else(PoisonError::into_inner);
        let mut summary = current.summary;
        for segment in current.segment.into_iter().chain(current.ending) {
            summary.bytes += segment.bytes();
            summary.records += segment.records();
            self.committer.seal(segment).map_err(Error::Poisoned)?;
        }
        self.committer.finish()?;
        Ok(summary)
    }

    fn check(&self) -> Result<(), Error> {
        match self.poison.get() {
            Some(reason) => Err(Error::Poisoned(reason.clone())),
            None => Ok(()),
        }
    }

    /// The segment that takes the next snapshot.
    fn segment(&self) -> Result<Arc<Segment>, Error> {
        let mut current = self.current();
        self.seal_released(&mut current)?;
        let now = self.seams.clock.elapsed();
        if let Some(segment) = &current.segment {
            let age = now.saturating_sub(segment.opened);
            let is_room = segment.bytes() < self.config.segment_bytes_max;
            if is_room && age < self.config.segment_age_max {
                return Ok(Arc::clone(segment));
            }
        }
        let fresh = Arc::new(self.create(current.summary.segments, now)?);
        current.summary.segments += 1;
        let before = current.segment.replace(Arc::clone(&fresh));
        current.ending.extend(before);
        Ok(fresh)
    }

    /// Seals ended segments that nobody writes to any more.
    fn seal_released(&self, current: &mut Current) -> Result<(), Error> {
        let (released, held): (Vec<_>, Vec<_>) =
            current.ending.drain(..).partition(|segment| Arc::strong_count(segment) == 1);
        current.ending = held;
        for segment in released {
            current.summary.bytes += segment.bytes();
            current.summary.records += segment.records();
            self.committer.seal(segment).map_err(Error::Poisoned)?;
        }
        Ok(())
    }

    fn create(&self, sequence: u64, opened: Duration) -> Result<Segment, Error> {
        let now = self.seams.clock.now();
        // The low bits: enough that two workers never meet in one folder.
        let unique = self.seams.random.next_u64() & 0xFFFF_FFFF;
        let name = format!("newshound-{}-{sequence:05}-{unique:08x}.warc.gz", date14(now));
        let id = record_id(&*self.seams.random);
        let warcinfo = self.warcinfo(&name, &id, now)?;
        Segment::create(&*self.disk, self.folder.join(name), id, &warcinfo, opened)
    }

    fn warcinfo(&self, name: &str, id: &str, now: UnixMicros) -> Result<Vec<u8>, Error> {
        let about = &self.about;
        let mut fields = Fields::default();
        fields.put("software", &about.software);
        fields.put("format", "WARC File Format 1.1");
        fields.put("conformsTo", CONFORMS_TO);
        fields.put("robots", &about.robots);
        fields.put("http-header-user-agent", &about.user_agent);
        fields.put("operator", &about.contact);
        fields.put("newshound-token", &about.token);
        fields.put("newshound-delay-ms", about.delay_ms);
        for exception in &about.overrides {
            fields.put("newshound-override", exception);
        }
        for (name, value) in &about.extra {
            fields.put(name, value);
        }
        let mut record = Record::new("warcinfo", id, now, fields.0.as_bytes());
        record.field("WARC-Filename", name);
        record.field("Content-Type", "application/warc-fields");
        let mut bytes = Vec::new();
        record.write(&mut bytes)?;
        Ok(bytes)
    }

    fn current(&self) -> MutexGuard<'_, Current> {
        // Changed in single steps, each of which leaves it whole.
        self.current.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

const CONFORMS_TO: &str =
    "http://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/";

#[cfg(test)]
mod tests;
