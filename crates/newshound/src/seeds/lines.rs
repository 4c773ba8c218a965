//! Lines of a bounded length, each with its number and with what is wrong with it as text.

use std::io;

use super::error::ReadError;
use super::input::{Bytes, Input};

/// Lines longer than this are no seed, whatever they are. The longest URL has 8 KiB.
pub(super) const LINE_BYTES_MAX: usize = 16 * 1024;

/// One line of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct TextLine {
    /// Counted from 1.
    pub(super) number: u64,
    pub(super) text: Result<String, LineFault>,
}

/// Why a line is no text that can be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum LineFault {
    #[error("the line is longer than {LINE_BYTES_MAX} bytes: write one seed a line")]
    TooLong,
    #[error(
        "byte {at} of the line is 0x{byte:02X}, which is not valid {encoding}: save the file as \
            UTF-8"
    )]
    Encoding { byte: u8, at: usize, encoding: &'static str },
    #[error("character {at} of the line is a damaged pair in {encoding}: save the file as UTF-8")]
    Pair { at: usize, encoding: &'static str },
    #[error("character {at} of the line is the control character U+{code:04X}: remove it")]
    Control { code: u32, at: usize },
}

/// The lines of a source; they end with LF, CRLF or CR.
pub(super) struct Lines {
    /// How the source is called in messages.
    pub(super) name: String,
    bytes: Bytes,
    encoding: &'static str,
    number: u64,
    /// The last line ended with CR: an LF that follows belongs to it.
    after_cr: bool,
}

impl Lines {
    pub(super) fn new(input: Input) -> Self {
        let Input { name, bytes, encoding, .. } = input;
        Self { name, bytes, encoding, number: 0, after_cr: false }
    }

    /// The next line without its end; none at the end of the file.
    pub(super) fn next(&mut self) -> Result<Option<TextLine>, ReadError> {
        let line = self.raw().map_err(|source| ReadError::Read {
            name: self.name.clone(),
            line: self.number,
            source,
        })?;
        Ok(line.map(|bytes| {
            self.number += 1;
            TextLine { number: self.number, text: checked(bytes, self.encoding) }
        }))
    }

    /// The bytes of one line, one more than allowed at most.
    fn raw(&mut self) -> io::Result<Option<Vec<u8>>> {
        let mut line = Vec::new();
        let mut is_any = false;
        loop {
            let chunk = match self.bytes.fill_buf() {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                other => other?,
            };
            if chunk.is_empty() {
                return Ok(is_any.then_some(line));
            }
            if std::mem::take(&mut self.after_cr) && chunk[0] == b'\n' {
                self.bytes.consume(1);
                continue;
            }
            is_any = true;
            let end = chunk.iter().position(|b| matches!(b, b'\n' | b'\r'));
            let take = end.unwrap_or(chunk.len());
            let room = LINE_BYTES_MAX + 1 - line.len();
            line.extend_from_slice(&chunk[..take.min(room)]);
            self.after_cr = end.is_some_and(|end| chunk[end] == b'\r');
            self.bytes.consume(end.map_or(take, |n| n + 1));
            if end.is_some() {
                return Ok(Some(line));
            }
        }
    }
}

fn checked(bytes: Vec<u8>, encoding: &'static str) -> Result<String, LineFault> {
    if bytes.len() > LINE_BYTES_MAX {
        return Err(LineFault::TooLong);
    }
    let text = String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        let bytes = error.as_bytes();
        if encoding == "UTF-8" {
            return LineFault::Encoding { byte: bytes[at], at: at + 1, encoding };
        }
        let before = String::from_utf8_lossy(&bytes[..at]).chars().count();
        LineFault::Pair { at: before + 1, encoding }
    })?;
    let control = text.chars().enumerate().find(|(_, c)| c.is_control() && *c != '\t');
    match control {
        Some((index, c)) => Err(LineFault::Control { code: u32::from(c), at: index + 1 }),
        None => Ok(text),
    }
}
