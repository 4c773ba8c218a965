//! Digests of blocks and payloads: what a record says, and what is true.

use std::fmt;

use data_encoding::{BASE32, HEXLOWER};
use sha1::{Digest, Sha1};

/// A SHA-1 digest, the one that archives deduplicate by.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Sha1Digest(pub [u8; 20]);

impl Sha1Digest {
    /// The digest of some bytes.
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha1::digest(bytes).into())
    }

    /// Parses `sha1:` and the digest in Base32 or in hexadecimal, in either case.
    fn parse(labelled: &str) -> Option<Self> {
        let (algorithm, value) = labelled.split_once(':')?;
        if !matches!(algorithm.to_ascii_lowercase().as_str(), "sha1" | "sha-1") {
            return None;
        }
        let bytes = match value.len() {
            32 => BASE32.decode(value.to_ascii_uppercase().as_bytes()).ok()?,
            40 => HEXLOWER.decode(value.to_ascii_lowercase().as_bytes()).ok()?,
            _ => return None,
        };
        bytes.try_into().ok().map(Self)
    }
}

impl fmt::Display for Sha1Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "sha1:{}", BASE32.encode(&self.0))
    }
}

impl fmt::Debug for Sha1Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// How a digest that a record says compares with what is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Check {
    /// The record says none.
    Absent,
    /// It is right.
    Right,
    /// It is the digest of the payload without its chunks: right by the standard, although most
    /// readers digest what is stored.
    RightWithoutChunks,
    /// It is wrong.
    Wrong {
        /// What the record says.
        said: String,
        /// What is true.
        found: Sha1Digest,
    },
    /// It is in an algorithm or a form that is not known here.
    Unknown(String),
}

/// Compares what a record says with what is true.
pub(super) fn compare(said: Option<&str>, found: impl FnOnce() -> Sha1Digest) -> Check {
    let Some(said) = said else { return Check::Absent };
    let Some(parsed) = Sha1Digest::parse(said) else { return Check::Unknown(said.to_owned()) };
    match found() {
        found if found == parsed => Check::Right,
        found => Check::Wrong { said: said.to_owned(), found },
    }
}

/// Digests of a block too large to be kept, taken as it goes by.
#[derive(Default)]
pub(super) struct Streaming {
    block: Sha1,
    payload: Sha1,
}

impl Streaming {
    /// Begins with the kept beginning of a block, whose payload begins at `payload_at`.
    pub(super) fn begin(kept: &[u8], payload_at: usize) -> Self {
        let mut streaming = Self::default();
        streaming.block.update(kept);
        streaming.payload.update(kept.get(payload_at..).unwrap_or_default());
        streaming
    }

    pub(super) fn update(&mut self, more: &[u8]) {
        self.block.update(more);
        self.payload.update(more);
    }

    /// The digests of block and payload.
    pub(super) fn finish(self) -> (Sha1Digest, Sha1Digest) {
        (Sha1Digest(self.block.finalize().into()), Sha1Digest(self.payload.finalize().into()))
    }
}
