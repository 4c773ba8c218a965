//! One WARC file, read record by record.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use super::damage::{Damage, DamageKind, ReadError};
use super::digest::{Check, Sha1Digest, Streaming, compare};
use super::gunzip::{Begin, Gunzip, MAGIC};
use super::header::{Header, shown};
use super::http;
use super::input::Input;
use super::source::Source;

/// Most bytes of a block that are kept in memory, unless the caller says otherwise: more than any
/// page that is fetched. What lies beyond is digested as it goes by.
pub const BLOCK_BYTES_MAX: usize = 64 << 20;

/// Longest header of a record, in bytes: room for several URLs of the longest kind.
pub const HEADER_BYTES_MAX: usize = 256 << 10;

/// What a block must be followed by.
const END: &[u8] = b"\r\n\r\n";

/// A record, whole and right in form; whether its digests are right is asked separately.
#[derive(Debug)]
pub struct Record {
    /// Where in the file it (or its gzip member) begins.
    pub offset: u64,
    /// Bytes that it takes there, packed or not.
    pub member_bytes: u64,
    /// Its named fields.
    pub header: Header,
    /// Its block, or the beginning of one that is larger than the reader keeps.
    pub block: Vec<u8>,
    /// The whole block's length in bytes.
    pub block_bytes: u64,
    streamed: Option<(Sha1Digest, Sha1Digest)>,
}

impl Record {
    /// Whether `block` holds all of the block.
    pub fn is_whole(&self) -> bool {
        self.streamed.is_none()
    }

    /// Compares `WARC-Block-Digest` with the block.
    pub fn check_block_digest(&self) -> Check {
        compare(self.header.get("WARC-Block-Digest"), || match self.streamed {
            Some((block, _)) => block,
            None => Sha1Digest::of(&self.block),
        })
    }

    /// Compares `WARC-Payload-Digest` with the payload: the body of an HTTP message, as stored or
    /// without its chunks; for other blocks the block itself.
    pub fn check_payload_digest(&self) -> Check {
        let said = self.header.get("WARC-Payload-Digest");
        let stored = compare(said, || match self.streamed {
            Some((_, payload)) => payload,
            None => Sha1Digest::of(self.payload()),
        });
        if !matches!(stored, Check::Wrong { .. }) || !self.is_whole() {
            return stored;
        }
        let bare = http::without_chunks(self.payload());
        match bare.map(|bare| compare(said, || Sha1Digest::of(&bare))) {
            Some(Check::Right) => Check::RightWithoutChunks,
            _ => stored,
        }
    }

    /// The payload as it is stored (its beginning, where the block is not whole).
    pub fn payload(&self) -> &[u8] {
        &self.block[payload_offset(&self.header, &self.block)..]
    }
}

/// Where the payload begins: behind the head of an HTTP message, else at once.
fn payload_offset(header: &Header, block: &[u8]) -> usize {
    match header.media_type().as_deref() {
        Some("application/http") => http::body_offset(block).unwrap_or(block.len()),
        _ => 0,
    }
}

/// Reads the records of one file in order.
pub struct Reader {
    source: Source,
    /// Length of the file when it was opened: what a writer adds meanwhile may be seen or not.
    file_bytes: u64,
    block_bytes_max: usize,
    /// Where to look for the next record after a damage, if not right here.
    resync_from: Option<u64>,
}

impl Reader {
    /// Opens a file; whether it is compressed is seen from its first bytes, then from its name.
    pub fn open(path: &Path) -> Result<Self, ReadError> {
        let failed = |source| ReadError::Open { path: path.to_owned(), source };
        let mut file = File::open(path).map_err(failed)?;
        let file_bytes = file.metadata().map_err(failed)?.len();
        let mut first = Vec::with_capacity(8);
        file.by_ref().take(5).read_to_end(&mut first).map_err(failed)?;
        let mut input = Input::new(file);
        input.rewind().map_err(failed)?;
        let source = match is_gzip(path, &first) {
            Some(true) => Source::Gzip(Box::new(Gunzip::new(input))),
            Some(false) => Source::Plain(input),
            None => {
                let found = foreign(&first);
                return Err(ReadError::NotWarc { path: path.to_owned(), found });
            }
        };
        Ok(Self { source, file_bytes, block_bytes_max: BLOCK_BYTES_MAX, resync_from: None })
    }

    /// Opens a file at the offset of one of its records.
    pub fn at(path: &Path, offset: u64) -> Result<Self, ReadError> {
        let mut reader = Self::open(path)?;
        reader.seek(offset).map_err(|source| ReadError::Open { path: path.to_owned(), source })?;
        Ok(reader)
    }

    /// The same reader with another limit on the bytes of a block that are kept.
    pub fn with_block_bytes_max(mut self, bytes: usize) -> Self {
        self.block_bytes_max = bytes;
        self
    }

    /// Goes to the offset of a record.
    pub fn seek(&mut self, offset: u64) -> io::Result<()> {
        self.resync_from = None;
        self.source.seek(offset)
    }

    /// Whether the file is compressed.
    pub fn is_gzip(&self) -> bool {
        self.source.is_gzip()
    }

    /// Where in the file the next record is expected.
    pub fn offset(&self) -> u64 {
        self.resync_from.unwrap_or_else(|| self.source.at())
    }

    /// Length of the file in bytes when it was opened.
    pub fn file_bytes(&self) -> u64 {
        self.file_bytes
    }

    /// The next record; `None` at the end of the file. After a damage the next call goes on at the
    /// next place that begins a record.
    pub fn next_record(&mut self) -> Result<Option<Record>, Damage> {
        if let Some(from) = self.resync_from.take() {
            let found = self.source.resync(from);
            if found.map_err(|e| Damage { offset: from, kind: e.into() })?.is_none() {
                return Ok(None);
            }
        }
        let offset = self.source.at();
        match self.source.begin() {
            Ok(Begin::End) => Ok(None),
            Ok(Begin::Foreign) => Err(self.garbage(offset)),
            Ok(Begin::Member) => match self.record(offset) {
                Ok(record) => Ok(Some(record)),
                Err(kind) => Err(self.damaged(offset, kind)),
            },
            Err(kind) => Err(self.damaged(offset, kind)),
        }
    }

    fn record(&mut self, offset: u64) -> Result<Record, DamageKind> {
        let head = self.head()?;
        let header = Header::parse(&head).map_err(DamageKind::Header)?;
        let said = header.content_length().map_err(DamageKind::Header)?;
        let (block, found, streamed) = self.block(&header, said)?;
        self.end(said, found, &block)?;
        let member_bytes = self.source.at() - offset;
        Ok(Record { offset, member_bytes, header, block, block_bytes: said, streamed })
    }

    /// Reads up to the empty line that ends a header; gives what stands before it.
    fn head(&mut self) -> Result<Vec<u8>, DamageKind> {
        let mut head = Vec::with_capacity(1_024);
        loop {
            let ready = self.source.fill()?;
            if ready.is_empty() {
                return Err(self.headless(&head));
            }
            // Only whole lines matter: looking for the end once a line keeps this linear.
            let taken = ready.iter().position(|b| *b == b'\n').map_or(ready.len(), |at| at + 1);
            head.extend_from_slice(&ready[..taken]);
            self.source.consume(taken);
            if head.ends_with(b"\n\r\n") || head == b"\r\n" {
                head.truncate(head.len() - 2);
                return Ok(head);
            }
            if head.len() > HEADER_BYTES_MAX {
                return Err(DamageKind::Header(format!("longer than {HEADER_BYTES_MAX} bytes")));
            }
            if head.len() >= 5 && !head.starts_with(b"WARC/") {
                return Err(DamageKind::Header(format!("it begins with {}", shown(&head))));
            }
        }
    }

    fn headless(&self, head: &[u8]) -> DamageKind {
        match (self.source.is_gzip(), head.is_empty()) {
            (false, _) => DamageKind::Torn,
            (true, true) => DamageKind::EmptyMember,
            (true, false) => DamageKind::Header("it has no end".into()),
        }
    }

    /// Reads a block: what is kept of it, how much there was, and digests of what is not kept.
    #[expect(clippy::type_complexity, reason = "three plain results of one step")]
    fn block(
        &mut self,
        header: &Header,
        said: u64,
    ) -> Result<(Vec<u8>, u64, Option<(Sha1Digest, Sha1Digest)>), DamageKind> {
        let kept_max = said.min(self.block_bytes_max as u64);
        // A wrong Content-Length must not make us ask for memory that the file cannot fill.
        let mut block = Vec::with_capacity(usize_of(kept_max.min(1 << 20)));
        self.take(kept_max, |bytes| block.extend_from_slice(bytes))?;
        if said == kept_max || (block.len() as u64) < kept_max {
            let found = block.len() as u64;
            return Ok((block, found, None));
        }
        let mut streaming = Streaming::begin(&block, payload_offset(header, &block));
        let more = self.take(said - kept_max, |bytes| streaming.update(bytes))?;
        Ok((block, kept_max + more, Some(streaming.finish())))
    }

    /// Hands up to `bytes_max` bytes to `each`; says how many there were.
    fn take(&mut self, bytes_max: u64, mut each: impl FnMut(&[u8])) -> Result<u64, DamageKind> {
        let mut taken = 0;
        while taken < bytes_max {
            let ready = self.source.fill()?;
            if ready.is_empty() {
                break;
            }
            let bytes = ready.len().min(usize_of(bytes_max - taken));
            each(&ready[..bytes]);
            self.source.consume(bytes);
            taken += bytes as u64;
        }
        Ok(taken)
    }

    /// Checks that the record ends where its block ends, and, in a gzip file, the member with it.
    fn end(&mut self, said: u64, found: u64, block: &[u8]) -> Result<(), DamageKind> {
        let mut end = Vec::with_capacity(END.len());
        self.take(END.len() as u64, |bytes| end.extend_from_slice(bytes))?;
        if !self.source.is_gzip() {
            return match end == END {
                true => Ok(()),
                false if END.starts_with(&end) => Err(DamageKind::Torn),
                false => Err(DamageKind::End),
            };
        }
        let mut next = Ends::default();
        let rest = self.take(u64::MAX, |bytes| next.note(bytes))?;
        match (end == END, rest) {
            (true, 0) => Ok(()),
            (true, _) if next.first.starts_with(b"WARC/") => Err(DamageKind::SeveralRecords),
            // Nothing behind the block at all, though the length is right.
            (false, 0) if found == said && (end.is_empty() || END.starts_with(&end)) => {
                Err(DamageKind::End)
            }
            _ => {
                Err(wrong_length(said, [block, &end, &next.last], found + end.len() as u64 + rest))
            }
        }
    }

    /// Bytes that begin no member: how many there are up to the next one.
    fn garbage(&mut self, offset: u64) -> Damage {
        match self.source.resync(offset + 1) {
            Ok(found) => {
                self.resync_from = Some(found.unwrap_or(self.file_bytes.max(offset + 1)));
                let bytes = self.resync_from.unwrap_or(offset).saturating_sub(offset);
                Damage { offset, kind: DamageKind::Garbage { bytes, at_end: found.is_none() } }
            }
            Err(e) => Damage { offset, kind: e.into() },
        }
    }

    /// Decides where to go on after a damage, and what the damage means in that light.
    fn damaged(&mut self, offset: u64, kind: DamageKind) -> Damage {
        let whole_member = self.source.is_gzip() && is_inside(&kind);
        if whole_member && self.take(u64::MAX, |_| ()).is_ok() {
            return Damage { offset, kind };
        }
        if let DamageKind::Unreadable(_) = kind {
            // A disk that fails is not searched further: it would be asked for every byte again.
            self.resync_from = Some(self.file_bytes);
            return Damage { offset, kind };
        }
        let found = self.source.resync(offset + 1).ok().flatten();
        self.resync_from = Some(found.unwrap_or(self.file_bytes.max(offset + 1)));
        let kind = match (kind, found) {
            (DamageKind::Torn, Some(_)) if self.source.is_gzip() => {
                DamageKind::Corrupt("it does not end before the next one")
            }
            (DamageKind::Torn, Some(_)) => DamageKind::End,
            (kind, _) => kind,
        };
        Damage { offset, kind }
    }
}

/// Whether a damage lies in what a gzip member holds, so that the member itself may be whole. One
/// whose checksum is wrong may have run over the next ones.
fn is_inside(kind: &DamageKind) -> bool {
    use DamageKind as D;
    matches!(kind, D::SeveralRecords | D::EmptyMember | D::Header(_) | D::Length { .. } | D::End)
}

/// The first and the last bytes of what went by: enough to see what begins and how it ends.
#[derive(Default)]
struct Ends {
    first: Vec<u8>,
    last: Vec<u8>,
}

impl Ends {
    const BYTES: usize = 8;

    fn note(&mut self, bytes: &[u8]) {
        let missing = Self::BYTES - self.first.len();
        self.first.extend_from_slice(&bytes[..bytes.len().min(missing)]);
        self.last.extend_from_slice(last(bytes, Self::BYTES));
        self.last.drain(..self.last.len().saturating_sub(Self::BYTES));
    }
}

/// The last bytes of some, at most so many.
fn last(bytes: &[u8], at_most: usize) -> &[u8] {
    &bytes[bytes.len().saturating_sub(at_most)..]
}

/// The damage of a block that is longer or shorter than its header says.
fn wrong_length(said: u64, parts: [&[u8]; 3], held: u64) -> DamageKind {
    let mut tail = Vec::with_capacity(3 * END.len());
    for part in parts {
        tail.extend_from_slice(last(part, END.len()));
    }
    let end = if tail.ends_with(END) { END.len() as u64 } else { 0 };
    DamageKind::Length { said, found: held - end.min(held) }
}

/// Whether a file is compressed, as far as its first bytes or its name tell. An empty file holds
/// no record, which is for others to judge.
fn is_gzip(path: &Path, first: &[u8]) -> Option<bool> {
    let named = |suffix: &str| path.extension().is_some_and(|e| e.eq_ignore_ascii_case(suffix));
    match first {
        [a, b, ..] if [*a, *b] == MAGIC[..2] => Some(true),
        b"WARC/" => Some(false),
        _ if named("gz") => Some(true),
        _ if named("warc") || first.is_empty() => Some(false),
        _ => None,
    }
}

fn foreign(first: &[u8]) -> String {
    match first {
        [0x28, 0xb5, 0x2f, 0xfd, ..] | [0x5d, 0x2a, 0x4d, 0x18, ..] => "Zstandard".into(),
        _ => shown(first),
    }
}

fn usize_of(bytes: u64) -> usize {
    usize::try_from(bytes).unwrap_or(usize::MAX)
}
