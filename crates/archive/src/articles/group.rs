//! A group of lines as bytes: a head that tells what follows, then a zstd frame with a checksum.
//!
//! The head is a skippable frame (RFC 8878, section 3.1.2): whatever reads zstd passes over it, and
//! whoever knows it can pass over the group. All numbers are little-endian, as in zstd.

use crawl::UnixMicros;
use libdeflater::crc32;
use zstd::bulk::{Compressor, Decompressor};
use zstd::zstd_safe::CParameter;

use super::line::{Encoded, LINE_BYTES_MAX};

/// One of the sixteen magic numbers of skippable frames.
const MAGIC: u32 = 0x184D_2A5A;

/// Bytes of a head, and of an end mark.
pub(super) const HEAD_BYTES: usize = 48;

/// What stands behind the magic number and this length itself.
const CONTENT_BYTES: u32 = 40;

const GROUP_TAG: &[u8; 4] = b"NHAg";
const END_TAG: &[u8; 4] = b"NHAe";

/// Where the check of a head begins: it covers all that stands before it.
const CHECK_AT: usize = HEAD_BYTES - 4;

/// A group is ended when its lines have so many bytes: enough to compress well, and little to lose.
pub(super) const GROUP_BYTES: usize = 256 << 10;

/// Bytes of a group at most, its lines unpacked.
const PLAIN_BYTES_MAX: usize = GROUP_BYTES + LINE_BYTES_MAX;

/// zstd's default: on lines of articles level 1 saves little time, level 9 little space.
const LEVEL: i32 = 3;

/// What a head tells of the group behind it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Group {
    /// Bytes of the zstd frame.
    pub(super) packed_bytes: u32,
    /// Bytes of the lines.
    pub(super) plain_bytes: u32,
    pub(super) lines: u32,
    /// Lines that hold an article.
    pub(super) articles: u32,
    /// When the first and the last of its snapshots were fetched.
    pub(super) first: UnixMicros,
    pub(super) last: UnixMicros,
}

/// Says at the end of a sidecar that every snapshot of its segment has a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct End {
    /// Length of the segment that it was compared with.
    pub(super) segment_bytes: u64,
    /// Lines of the whole file.
    pub(super) lines: u64,
}

/// What stands at a place of a sidecar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Head {
    Group(Group),
    End(End),
}

impl Head {
    pub(super) fn encode(self) -> [u8; HEAD_BYTES] {
        let mut bytes = [0; HEAD_BYTES];
        let mut at = 0;
        let mut put = |part: &[u8]| {
            bytes[at..at + part.len()].copy_from_slice(part);
            at += part.len();
        };
        put(&MAGIC.to_le_bytes());
        put(&CONTENT_BYTES.to_le_bytes());
        match self {
            Self::Group(group) => {
                put(GROUP_TAG);
                for number in [group.packed_bytes, group.plain_bytes, group.lines, group.articles] {
                    put(&number.to_le_bytes());
                }
                put(&group.first.0.to_le_bytes());
                put(&group.last.0.to_le_bytes());
            }
            Self::End(end) => {
                put(END_TAG);
                put(&end.segment_bytes.to_le_bytes());
                put(&end.lines.to_le_bytes());
            }
        }
        let check = crc32(&bytes[..CHECK_AT]);
        bytes[CHECK_AT..].copy_from_slice(&check.to_le_bytes());
        bytes
    }

    /// Reads a head; what is wrong with it is the error.
    pub(super) fn decode(bytes: &[u8; HEAD_BYTES]) -> Result<Self, &'static str> {
        let u32_at = |at: usize| u32::from_le_bytes(part(bytes, at));
        let u64_at = |at: usize| u64::from_le_bytes(part(bytes, at));
        let time_at = |at: usize| UnixMicros(i64::from_le_bytes(part(bytes, at)));
        if u32_at(0) != MAGIC || u32_at(4) != CONTENT_BYTES {
            return Err("no group of lines begins here");
        }
        if u32_at(CHECK_AT) != crc32(&bytes[..CHECK_AT]) {
            return Err("the checksum of a group's head is wrong");
        }
        match &part::<4>(bytes, 8) {
            END_TAG => Ok(Self::End(End { segment_bytes: u64_at(12), lines: u64_at(20) })),
            GROUP_TAG if u32_at(16) as usize > PLAIN_BYTES_MAX => Err("a group is too large"),
            GROUP_TAG => Ok(Self::Group(Group {
                packed_bytes: u32_at(12),
                plain_bytes: u32_at(16),
                lines: u32_at(20),
                articles: u32_at(24),
                first: time_at(28),
                last: time_at(36),
            })),
            _ => Err("a group's head is of no kind that is known"),
        }
    }
}

fn part<const N: usize>(bytes: &[u8; HEAD_BYTES], at: usize) -> [u8; N] {
    let mut part = [0; N];
    part.copy_from_slice(&bytes[at..at + N]);
    part
}

/// Lines that wait to be written together.
#[derive(Debug, Default)]
pub(super) struct Waiting {
    plain: Vec<u8>,
    lines: u32,
    articles: u32,
    /// When the first and the last of them were fetched.
    span: Option<(UnixMicros, UnixMicros)>,
}

impl Waiting {
    /// The first group of a file: its header, which counts as no line.
    pub(super) fn of_header(json: Vec<u8>) -> Self {
        Self { plain: json, ..Self::default() }
    }

    pub(super) fn push(&mut self, line: &Encoded) {
        self.plain.extend_from_slice(&line.json);
        self.lines += 1;
        self.articles += u32::from(line.is_article);
        let (first, last) = self.span.unwrap_or((line.fetched, line.fetched));
        self.span = Some((first.min(line.fetched), last.max(line.fetched)));
    }

    pub(super) fn lines(&self) -> u32 {
        self.lines
    }

    /// Whether it is large enough to be written.
    pub(super) fn is_full(&self) -> bool {
        self.plain.len() >= GROUP_BYTES
    }

    /// Head and frame.
    pub(super) fn pack(&self) -> std::io::Result<Vec<u8>> {
        let mut compressor = Compressor::new(LEVEL)?;
        compressor.set_parameter(CParameter::ChecksumFlag(true))?;
        let packed = compressor.compress(&self.plain)?;
        let length = |bytes: usize| u32::try_from(bytes).map_err(std::io::Error::other);
        let (first, last) = self.span.unwrap_or_default();
        let head = Head::Group(Group {
            packed_bytes: length(packed.len())?,
            plain_bytes: length(self.plain.len())?,
            lines: self.lines,
            articles: self.articles,
            first,
            last,
        });
        let mut bytes = Vec::with_capacity(HEAD_BYTES + packed.len());
        bytes.extend_from_slice(&head.encode());
        bytes.extend_from_slice(&packed);
        Ok(bytes)
    }
}

/// The lines of a group. What is wrong with it is the error.
pub(super) fn unpack(group: &Group, packed: &[u8]) -> Result<Vec<u8>, String> {
    let said = group.plain_bytes as usize;
    let unpacked = Decompressor::new().and_then(|mut d| d.decompress(packed, said));
    match unpacked {
        Ok(plain) if plain.len() == said => Ok(plain),
        Ok(plain) => Err(format!("a group has {} bytes, its head says {said}", plain.len())),
        Err(error) => Err(format!("a group cannot be unpacked ({error})")),
    }
}
