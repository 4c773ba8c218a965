//! Reads WARC files, compressed or not, to the last byte, and says exactly what is wrong with them.
//!
//! WARC 1.0 and 1.1 (ISO 28500) are read, plain or with a gzip member for each record. A reader
//! hands out one record at a time; whatever is damaged becomes a [`Damage`] with the offset at
//! which
//! it begins, and the next call goes on behind it, at the next place that begins a record. A record
//! is handed out only when all of it is right: its compressed member to the checksum, its header,
//! its length and its end.
//!
//! # Layout
//! - [`Reader`], [`Record`]: one file, one record
//! - [`Header`]: the named fields of a record
//! - [`Damage`]: what is wrong, and where
//! - [`digest`]: block and payload digests, said and found
//! - [`http`]: the HTTP message inside a block

mod damage;
pub mod digest;
mod gunzip;
mod header;
pub mod http;
mod input;
mod reader;
mod source;

#[cfg(test)]
mod tests;

pub use damage::{Damage, DamageKind, ReadError};
pub(crate) use header::bare_uri;
pub use header::{Header, RecordType, Version};
pub use reader::{BLOCK_BYTES_MAX, HEADER_BYTES_MAX, Reader, Record};
