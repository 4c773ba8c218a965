//! WARC bytes for tests: right ones, and wrong ones in any way that is asked for.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::write::GzEncoder;

use crate::read::digest::Sha1Digest;

/// A record whose every field can be changed before it is written.
#[derive(Clone)]
pub(crate) struct Raw {
    pub(crate) version: String,
    pub(crate) fields: Vec<(String, String)>,
    pub(crate) block: Vec<u8>,
    pub(crate) end: Vec<u8>,
}

impl Raw {
    /// A record of a kind with nothing but its length and its block digest.
    pub(crate) fn new(kind: &str, block: &[u8]) -> Self {
        let raw = Self {
            version: "WARC/1.1".into(),
            fields: Vec::new(),
            block: block.to_vec(),
            end: b"\r\n\r\n".to_vec(),
        };
        raw.with("WARC-Type", kind)
            .with("Content-Length", &block.len().to_string())
            .with("WARC-Block-Digest", &Sha1Digest::of(block).to_string())
    }

    /// The same with a field set: replaced where it stands, else added.
    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        match self.fields.iter_mut().find(|(n, _)| n == name) {
            Some(field) => field.1 = value.to_owned(),
            None => self.fields.push((name.to_owned(), value.to_owned())),
        }
        self
    }

    /// The same without a field.
    pub(crate) fn without(mut self, name: &str) -> Self {
        self.fields.retain(|(n, _)| n != name);
        self
    }

    /// The same with another block, its length and digest made right.
    pub(crate) fn with_block(mut self, block: &[u8]) -> Self {
        self.block = block.to_vec();
        let length = block.len().to_string();
        self.with("Content-Length", &length)
            .with("WARC-Block-Digest", &Sha1Digest::of(block).to_string())
    }

    /// A field's value.
    pub(crate) fn get(&self, name: &str) -> &str {
        self.fields.iter().find(|(n, _)| n == name).map_or("", |(_, value)| value)
    }

    /// As it stands in a plain file.
    pub(crate) fn plain(&self) -> Vec<u8> {
        let mut bytes = format!("{}\r\n", self.version).into_bytes();
        for (name, value) in &self.fields {
            bytes.extend_from_slice(format!("{name}: {value}\r\n").as_bytes());
        }
        bytes.extend_from_slice(b"\r\n");
        bytes.extend_from_slice(&self.block);
        bytes.extend_from_slice(&self.end);
        bytes
    }

    /// As a gzip member of its own.
    pub(crate) fn member(&self) -> Vec<u8> {
        gzip(&self.plain())
    }
}

/// Some bytes as one gzip member.
pub(crate) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// Writes a file into a folder.
pub(crate) fn file(folder: &Path, name: &str, bytes: &[u8]) -> PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, bytes).unwrap();
    path
}
