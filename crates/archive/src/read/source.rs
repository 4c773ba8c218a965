//! Where records come from: a file of gzip members, or a plain one.

use std::io;

use super::damage::DamageKind;
use super::gunzip::{Begin, Gunzip, MAGIC};
use super::input::Input;

/// How every record begins.
const RECORD_MARK: &[u8] = b"WARC/";

/// The bytes of records, unpacked.
pub(super) enum Source {
    Plain(Input),
    Gzip(Box<Gunzip>),
}

impl Source {
    pub(super) fn is_gzip(&self) -> bool {
        matches!(self, Self::Gzip(_))
    }

    fn input(&mut self) -> &mut Input {
        match self {
            Self::Plain(input) => input,
            Self::Gzip(gunzip) => &mut gunzip.input,
        }
    }

    /// Offset in the file of the next byte that was not used yet.
    pub(super) fn at(&self) -> u64 {
        match self {
            Self::Plain(input) => input.at(),
            Self::Gzip(gunzip) => gunzip.input.at(),
        }
    }

    pub(super) fn seek(&mut self, to: u64) -> io::Result<()> {
        self.input().seek(to)
    }

    /// Begins a record at the present offset, as far as that can be known before its header is
    /// read.
    pub(super) fn begin(&mut self) -> Result<Begin, DamageKind> {
        match self {
            Self::Plain(input) => {
                Ok(if input.fill()?.is_empty() { Begin::End } else { Begin::Member })
            }
            Self::Gzip(gunzip) => gunzip.begin(),
        }
    }

    /// Bytes that lie ready; none at the end of the member, or of the plain file.
    pub(super) fn fill(&mut self) -> Result<&[u8], DamageKind> {
        match self {
            Self::Plain(input) => Ok(input.fill()?),
            Self::Gzip(gunzip) => gunzip.fill(),
        }
    }

    pub(super) fn consume(&mut self, bytes: usize) {
        match self {
            Self::Plain(input) => input.consume(bytes),
            Self::Gzip(gunzip) => gunzip.consume(bytes),
        }
    }

    /// Goes to the next place at or behind `from` that begins a record; says where that is.
    pub(super) fn resync(&mut self, from: u64) -> io::Result<Option<u64>> {
        self.seek(from)?;
        let mark: &[u8] = if self.is_gzip() { &MAGIC } else { RECORD_MARK };
        while let Some(place) = self.input().find(mark)? {
            let believable = !self.is_gzip() || self.begins_with_record()?;
            self.seek(if believable { place } else { place + 1 })?;
            if believable {
                return Ok(Some(place));
            }
        }
        Ok(None)
    }

    /// Whether the member at the present offset unpacks to the beginning of a record. The magic
    /// alone is three bytes, which packed data holds by chance.
    fn begins_with_record(&mut self) -> io::Result<bool> {
        if !matches!(self.begin(), Ok(Begin::Member)) {
            return Ok(false);
        }
        match self.fill() {
            Ok(first) => Ok(first.starts_with(RECORD_MARK)),
            Err(DamageKind::Unreadable(e)) => Err(e),
            Err(_) => Ok(false),
        }
    }
}
