//! One WARC record as bytes: named fields, block, and the gzip member around them.

use std::cell::RefCell;

use crawl::{Random, UnixMicros};
use data_encoding::BASE32;
use jiff::Timestamp;
use libdeflater::{CompressionLvl, Compressor};
use sha1::{Digest, Sha1};

use crate::Error;

/// How hard a member is compressed. libdeflate's level 1 gives .22 of a page's size at 320 MB/s; a
/// body that came coded only costs time (measured on 430 news pages).
const PLAIN_LEVEL: i32 = 1;

/// How the block is kept in its gzip member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Packing {
    /// Compressed.
    Deflated,
    /// As it is: it holds a body that came coded.
    Stored,
}

/// A record that is being written.
pub(crate) struct Record<'a> {
    head: String,
    block: &'a [u8],
    packing: Packing,
}

impl<'a> Record<'a> {
    /// A record of a type (WARC 1.1, section 6), with the fields that every record has.
    pub(crate) fn new(kind: &str, id: &str, date: UnixMicros, block: &'a [u8]) -> Self {
        let mut record =
            Self { head: String::from("WARC/1.1\r\n"), block, packing: Packing::Deflated };
        record.field("WARC-Type", kind);
        record.field("WARC-Record-ID", id);
        record.field("WARC-Date", &warc_date(date));
        record
    }

    /// Adds a field. A value never breaks out of its line.
    pub(crate) fn field(&mut self, name: &str, value: &str) {
        self.head.push_str(name);
        self.head.push_str(": ");
        self.head.extend(value.chars().map(|c| if c.is_control() { ' ' } else { c }));
        self.head.push_str("\r\n");
    }

    /// Adds a field where there is something to say.
    pub(crate) fn field_some(&mut self, name: &str, value: Option<&str>) {
        if let Some(value) = value {
            self.field(name, value);
        }
    }

    pub(crate) fn packed(mut self, packing: Packing) -> Self {
        self.packing = packing;
        self
    }

    /// Appends the record as a gzip member of its own (WARC 1.1, annex D.2).
    pub(crate) fn write(mut self, out: &mut Vec<u8>) -> Result<(), Error> {
        self.field("WARC-Block-Digest", &digest(self.block));
        let length = self.block.len().to_string();
        self.field("Content-Length", &length);
        let mut plain = Vec::with_capacity(self.head.len() + self.block.len() + 6);
        plain.extend_from_slice(self.head.as_bytes());
        plain.extend_from_slice(b"\r\n");
        plain.extend_from_slice(self.block);
        plain.extend_from_slice(b"\r\n\r\n");
        gzip(&plain, self.packing, out)
    }
}

thread_local! {
    static COMPRESSORS: RefCell<[Compressor; 2]> = RefCell::new([
        Compressor::new(CompressionLvl::new(0).unwrap_or_default()),
        Compressor::new(CompressionLvl::new(PLAIN_LEVEL).unwrap_or_default()),
    ]);
}

fn gzip(plain: &[u8], packing: Packing, out: &mut Vec<u8>) -> Result<(), Error> {
    COMPRESSORS.with_borrow_mut(|compressors| {
        let compressor = &mut compressors[usize::from(packing == Packing::Deflated)];
        let begin = out.len();
        out.resize(begin + compressor.gzip_compress_bound(plain.len()), 0);
        let written = compressor
            .gzip_compress(plain, &mut out[begin..])
            .map_err(|error| Error::Compress(error.to_string()))?;
        out.truncate(begin + written);
        Ok(())
    })
}

/// A digest as WARC writes it: `sha1:` and Base32 (WARC 1.1, section 5.8).
pub(crate) fn digest(bytes: &[u8]) -> String {
    format!("sha1:{}", BASE32.encode(&Sha1::digest(bytes)))
}

/// A record id: a random UUID as a URN (RFC 9562, section 5.4).
pub(crate) fn record_id(random: &dyn Random) -> String {
    let bits = (u128::from(random.next_u64()) << 64) | u128::from(random.next_u64());
    let id = uuid::Builder::from_random_bytes(bits.to_be_bytes()).into_uuid();
    format!("<urn:uuid:{id}>")
}

/// `2026-11-25T04:22:23.123456Z` (WARC 1.1, section 5.4: fractions are allowed).
pub(crate) fn warc_date(at: UnixMicros) -> String {
    timestamp(at).strftime("%Y-%m-%dT%H:%M:%S%.6fZ").to_string()
}

/// `20261125042223`, as file names and index lines have it.
pub(crate) fn date14(at: UnixMicros) -> String {
    timestamp(at).strftime("%Y%m%d%H%M%S").to_string()
}

fn timestamp(at: UnixMicros) -> Timestamp {
    Timestamp::from_microsecond(at.0).unwrap_or(Timestamp::UNIX_EPOCH)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_and_digests() {
        let at = UnixMicros(1_764_044_543_000_120);
        assert_eq!(warc_date(at), "2025-11-25T04:22:23.000120Z");
        assert_eq!(date14(at), "20251125042223");
        assert_eq!(digest(b""), "sha1:3I42H3S6NNFQ2MSVX7XZKYAYSCX5QBYJ");
    }
}
