//! A file that is read in order, with its position known to the byte.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Seek, SeekFrom};

const BUFFER_BYTES: usize = 128 * 1024;

/// A buffered file and the offset of the next byte that it gives.
pub(super) struct Input {
    file: BufReader<File>,
    at: u64,
}

impl Input {
    pub(super) fn new(file: File) -> Self {
        Self { file: BufReader::with_capacity(BUFFER_BYTES, file), at: 0 }
    }

    /// Offset of the next byte.
    pub(super) fn at(&self) -> u64 {
        self.at
    }

    /// The bytes that lie ready; none at the end of the file.
    pub(super) fn fill(&mut self) -> io::Result<&[u8]> {
        loop {
            match self.file.fill_buf() {
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) => return Err(e),
                Ok(_) => break,
            }
        }
        // Cannot block or fail: the buffer was just filled.
        self.file.fill_buf()
    }

    /// Steps over bytes that [`Self::fill`] gave.
    pub(super) fn consume(&mut self, bytes: usize) {
        self.file.consume(bytes);
        self.at += bytes as u64;
    }

    /// The next byte, if there is one.
    pub(super) fn byte(&mut self) -> io::Result<Option<u8>> {
        let first = self.fill()?.first().copied();
        self.consume(usize::from(first.is_some()));
        Ok(first)
    }

    /// Goes to the beginning, wherever the file was left.
    pub(super) fn rewind(&mut self) -> io::Result<()> {
        self.at = self.file.seek(SeekFrom::Start(0))?;
        Ok(())
    }

    /// Goes to an offset; what is buffered is used where it can be.
    pub(super) fn seek(&mut self, to: u64) -> io::Result<()> {
        let way = i128::from(to) - i128::from(self.at);
        match i64::try_from(way) {
            Ok(way) => self.file.seek_relative(way)?,
            Err(_) => drop(self.file.seek(SeekFrom::Start(to))?),
        }
        self.at = to;
        Ok(())
    }

    /// Goes to the next place at or behind the present one where `mark` stands, if there is one.
    pub(super) fn find(&mut self, mark: &[u8]) -> io::Result<Option<u64>> {
        let mut last = Vec::new();
        loop {
            let base = self.at - last.len() as u64;
            let fresh = self.fill()?;
            if fresh.is_empty() {
                return Ok(None);
            }
            let bytes = fresh.len();
            last.extend_from_slice(fresh);
            self.consume(bytes);
            if let Some(found) = last.windows(mark.len()).position(|window| window == mark) {
                self.seek(base + found as u64)?;
                return Ok(Some(self.at));
            }
            // The mark may lie across two fillings.
            last.drain(..last.len().saturating_sub(mark.len() - 1));
        }
    }
}
