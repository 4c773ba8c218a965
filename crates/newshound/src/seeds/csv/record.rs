//! The records of a table (RFC 4180), with what is broken kept apart from what is not.
//!
//! A quoted cell may go over lines. When a quote is never closed, only the line that opened it is
//! lost: those after it are read again as records of their own.

use std::collections::VecDeque;

use csv_core::{ReadRecordResult, Reader, ReaderBuilder};

use super::super::error::ReadError;
use super::super::lines::{LINE_BYTES_MAX, Lines, TextLine};

/// A record goes over no more lines than this.
const RECORD_LINES_MAX: usize = 64;

/// A record has no more bytes than this.
const RECORD_BYTES_MAX: usize = 4 * LINE_BYTES_MAX;

/// A record has no more cells than this.
const CELLS_MAX: usize = 512;

/// A record with the line it begins on.
pub(super) struct Record {
    pub(super) line: u64,
    /// Its cells, or why it has none.
    pub(super) cells: Result<Vec<String>, String>,
}

/// The records of a source, after its header.
pub(super) struct Records {
    lines: Lines,
    parser: Parser,
    /// For lines that are looked at by themselves.
    apart: Parser,
    /// Lines that are read again.
    returned: VecDeque<TextLine>,
}

impl Records {
    pub(super) fn new(lines: Lines, separator: u8) -> Self {
        let (parser, apart) = (Parser::new(separator), Parser::new(separator));
        Self { lines, parser, apart, returned: VecDeque::new() }
    }

    /// How the source is called in messages.
    pub(super) fn name(&self) -> &str {
        &self.lines.name
    }

    /// The next record; `is_seed` says whether cells make a good record of their own.
    pub(super) fn next(
        &mut self,
        is_seed: &dyn Fn(&[String]) -> bool,
    ) -> Result<Option<Record>, ReadError> {
        while let Some(TextLine { number, text }) = self.line()? {
            let cells = match text {
                Ok(text) if text.trim().is_empty() || text.starts_with('#') => continue,
                Ok(text) => match self.parser.begin(&text) {
                    Step::Record(cells) => Ok(cells),
                    Step::Refused(reason) => Err(reason),
                    Step::Open => self.continued(text.len(), is_seed)?,
                },
                Err(fault) => Err(fault.to_string()),
            };
            let is_nothing = |cells: &Vec<String>| cells.iter().all(|c| c.trim().is_empty());
            if !cells.as_ref().is_ok_and(is_nothing) {
                return Ok(Some(Record { line: number, cells }));
            }
        }
        Ok(None)
    }

    fn line(&mut self) -> Result<Option<TextLine>, ReadError> {
        match self.returned.pop_front() {
            Some(line) => Ok(Some(line)),
            None => self.lines.next(),
        }
    }

    /// Reads on where a quote is open at the end of a line.
    fn continued(
        &mut self,
        mut bytes: usize,
        is_seed: &dyn Fn(&[String]) -> bool,
    ) -> Result<Result<Vec<String>, String>, ReadError> {
        let mut taken: Vec<TextLine> = Vec::new();
        let cells = loop {
            let Some(line) = self.line()? else { break None };
            let step = line.text.as_ref().ok().map(|text| {
                bytes += text.len() + 1;
                let is_record = self.apart.alone(text).is_some_and(|cells| is_seed(&cells));
                (self.parser.go_on(text), is_record)
            });
            taken.push(line);
            match step {
                // A line that is a good record by itself was not meant as part of a cell.
                None | Some((_, true) | (Step::Refused(_), _)) => break None,
                Some((Step::Record(cells), false)) => break Some(cells),
                Some((Step::Open, false)) => {
                    if taken.len() >= RECORD_LINES_MAX || bytes > RECORD_BYTES_MAX {
                        break None;
                    }
                }
            }
        };
        if let Some(cells) = cells {
            return Ok(Ok(cells));
        }
        for line in taken.into_iter().rev() {
            self.returned.push_front(line);
        }
        Ok(Err("a quote is opened and not closed: close it, or double it (\"\") where it is part \
            of the value"
            .to_owned()))
    }
}

/// What a line adds to a record.
enum Step {
    Record(Vec<String>),
    /// A quote is open: the record goes on.
    Open,
    Refused(String),
}

/// The tokenizer with its buffers.
struct Parser {
    reader: Reader,
    output: Vec<u8>,
    written: usize,
    ends: [usize; CELLS_MAX],
    cells: usize,
}

impl Parser {
    fn new(separator: u8) -> Self {
        let reader = ReaderBuilder::new().delimiter(separator).build();
        Self { reader, output: Vec::new(), written: 0, ends: [0; CELLS_MAX], cells: 0 }
    }

    /// Takes the first line of a record.
    fn begin(&mut self, line: &str) -> Step {
        self.reader.reset();
        (self.written, self.cells) = (0, 0);
        self.go_on(line)
    }

    /// Takes a further line of it.
    fn go_on(&mut self, line: &str) -> Step {
        // Cells are never longer than what they are read from.
        self.output.resize((self.written + line.len() + 2).max(self.output.len()), 0);
        for piece in [line.as_bytes(), b"\n"] {
            let (output, ends) = (&mut self.output[self.written..], &mut self.ends[self.cells..]);
            let (result, _, written, cells) = self.reader.read_record(piece, output, ends);
            (self.written, self.cells) = (self.written + written, self.cells + cells);
            match result {
                ReadRecordResult::InputEmpty => {}
                ReadRecordResult::Record | ReadRecordResult::End => return self.record(),
                ReadRecordResult::OutputEndsFull | ReadRecordResult::OutputFull => {
                    return Step::Refused(format!("the line has more than {CELLS_MAX} cells"));
                }
            }
        }
        Step::Open
    }

    fn record(&self) -> Step {
        let mut from = 0;
        let cells = self.ends[..self.cells].iter().map(|end| {
            // The input is UTF-8 and cut at ASCII characters only.
            let text = String::from_utf8_lossy(&self.output[from..*end]).into_owned();
            from = *end;
            text
        });
        Step::Record(cells.collect())
    }

    /// The cells of a line by itself; none where it is no whole record.
    fn alone(&mut self, line: &str) -> Option<Vec<String>> {
        match self.begin(line) {
            Step::Record(cells) => Some(cells),
            Step::Open | Step::Refused(_) => None,
        }
    }
}

/// The cells of one line; none where it is no whole record.
pub(super) fn split(line: &str, separator: u8) -> Option<Vec<String>> {
    Parser::new(separator).alone(line)
}
