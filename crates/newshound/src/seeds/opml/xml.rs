//! A stream of XML whose events have a place and a largest size.

use std::io::{self, BufRead, Read};

use quick_xml::errors::{Error, SyntaxError};
use quick_xml::events::Event;

use super::super::error::ReadError;
use super::super::input::Bytes;

/// The longest tag, text or comment, in bytes.
const EVENT_BYTES_MAX: usize = 256 * 1024;

/// A place in a file, both counted from 1; the column is in bytes of UTF-8.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) line: u64,
    pub(super) column: u64,
}

/// Something that is no XML.
pub(super) struct Damage {
    pub(super) place: Place,
    pub(super) reason: String,
    /// Whether nothing can be read behind it.
    pub(super) is_end: bool,
}

/// The events of a source.
pub(super) struct Xml {
    /// How the source is called in messages.
    pub(super) name: String,
    reader: quick_xml::Reader<Limited>,
    event: Vec<u8>,
}

impl Xml {
    pub(super) fn new(name: String, bytes: Bytes) -> Self {
        let mut reader = quick_xml::Reader::from_reader(Limited::new(bytes));
        let config = reader.config_mut();
        // What is not closed, and where, is told in the words of seeds.
        config.check_end_names = false;
        config.allow_unmatched_ends = true;
        config.allow_dangling_amp = true;
        Self { name, reader, event: Vec::new() }
    }

    /// The next event with the place where it begins.
    pub(super) fn next(&mut self) -> Result<Result<(Place, Event<'static>), Damage>, ReadError> {
        self.event.clear();
        let place = self.reader.get_mut().begin_event();
        match self.reader.read_event_into(&mut self.event) {
            Ok(event) => Ok(Ok((place, event.into_owned()))),
            Err(Error::Io(error)) => {
                if self.reader.get_ref().is_spent() {
                    let kib = EVENT_BYTES_MAX / 1024;
                    let reason = format!("what begins here is longer than {kib} KiB");
                    return Ok(Err(Damage { place, reason, is_end: true }));
                }
                let source = io::Error::new(error.kind(), error.to_string());
                Err(ReadError::Read { name: self.name.clone(), line: place.line, source })
            }
            Err(error) => {
                let (reason, is_end) = in_words(&error);
                Ok(Err(Damage { place, reason, is_end }))
            }
        }
    }
}

/// What an error says to people, and whether it is the last one.
fn in_words(error: &Error) -> (String, bool) {
    use SyntaxError as S;
    let Error::Syntax(syntax) = error else {
        return (error.to_string(), !matches!(error, Error::IllFormed(_)));
    };
    let what = match syntax {
        S::UnclosedTag
        | S::UnclosedSingleQuotedAttributeValue
        | S::UnclosedDoubleQuotedAttributeValue => "the tag that begins here is not closed",
        S::UnclosedComment => "the comment that begins here is not closed",
        S::UnclosedCData => "the CDATA that begins here is not closed",
        S::UnclosedPI | S::UnclosedXmlDecl | S::UnclosedDoctype => {
            "the declaration that begins here is not closed"
        }
        S::InvalidBangMarkup => "what begins with <! here is no XML",
    };
    (what.to_owned(), true)
}

/// A stream that counts lines and ends where one event takes too much of it.
struct Limited {
    bytes: Bytes,
    place: Place,
    left: usize,
}

impl Limited {
    fn new(bytes: Bytes) -> Self {
        Self { bytes, place: Place { line: 1, column: 1 }, left: EVENT_BYTES_MAX }
    }

    fn begin_event(&mut self) -> Place {
        self.left = EVENT_BYTES_MAX;
        self.place
    }

    fn is_spent(&self) -> bool {
        self.left == 0
    }
}

impl BufRead for Limited {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.left == 0 {
            return Err(io::Error::other("an element is too long"));
        }
        let chunk = self.bytes.fill_buf()?;
        Ok(&chunk[..chunk.len().min(self.left)])
    }

    fn consume(&mut self, bytes: usize) {
        // The chunk is still there: a filled buffer is given again until it is consumed.
        if let Ok(chunk) = self.bytes.fill_buf() {
            for byte in &chunk[..bytes.min(chunk.len())] {
                match byte {
                    b'\n' => self.place = Place { line: self.place.line + 1, column: 1 },
                    _ => self.place.column += 1,
                }
            }
        }
        self.left = self.left.saturating_sub(bytes);
        self.bytes.consume(bytes);
    }
}

impl Read for Limited {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        let from = self.fill_buf()?;
        let bytes = from.len().min(to.len());
        to[..bytes].copy_from_slice(&from[..bytes]);
        self.consume(bytes);
        Ok(bytes)
    }
}
