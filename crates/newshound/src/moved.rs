//! The file that a crawl moves in: a line of JSON for each record, between a head and an end.

use std::fs::File;
use std::io::{self, BufRead, BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use frontier::Record;
use serde::{Deserialize, Serialize};

use crate::exit::usage;

/// What the head says a file is.
const KIND: &str = "newshound-frontier";

/// The version of the format that this program writes, and the latest that it reads.
const VERSION: u32 = 1;

/// A line is no longer than this, in bytes: a robots copy is the longest. Frontiers keep copies of
/// up to 16 MiB, as JSON as here.
const LINE_BYTES_MAX: u64 = 20 << 20;

/// What a zstd frame begins with (RFC 8878, section 3.1.1).
const ZSTD_MAGIC: [u8; 4] = [0x28, 0xB5, 0x2F, 0xFD];

/// The first line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Head {
    kind: String,
    version: u32,
    /// The frontier's time when it was written, in microseconds since 1970: what the times in the
    /// records count from.
    pub(crate) at: i64,
    /// Tells this file from others.
    pub(crate) id: String,
}

/// The last line.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct End {
    kind: String,
    records: u64,
}

impl Head {
    pub(crate) fn new(at: i64, chance: u64) -> Self {
        Self { kind: KIND.into(), version: VERSION, at, id: format!("{at}-{chance:016x}") }
    }
}

/// Writes a file; it is there under its name when it is whole.
pub(crate) struct Writer {
    to: Sink,
    records: u64,
    /// Where it is written, and its name.
    paths: Option<(PathBuf, PathBuf)>,
}

enum Sink {
    Plain(BufWriter<File>),
    Zstd(Box<zstd::Encoder<'static, BufWriter<File>>>),
    Out(BufWriter<io::Stdout>),
}

impl Sink {
    fn write(&mut self, line: &[u8]) -> io::Result<()> {
        match self {
            Self::Plain(to) => to.write_all(line),
            Self::Zstd(to) => to.write_all(line),
            Self::Out(to) => to.write_all(line),
        }
    }

    /// Writes what is left; gives the file that it is in.
    fn finish(self) -> io::Result<Option<File>> {
        let file = match self {
            Self::Plain(to) => to,
            Self::Zstd(to) => to.finish()?,
            Self::Out(mut to) => return to.flush().map(|()| None),
        };
        file.into_inner().map(Some).map_err(io::IntoInnerError::into_error)
    }
}

impl Writer {
    /// `-` is standard output; a name that ends in `.zst` is compressed.
    pub(crate) fn new(path: &Path, head: &Head) -> Result<Self> {
        let (to, paths) = if path.as_os_str() == "-" {
            (Sink::Out(BufWriter::new(io::stdout())), None)
        } else {
            let mut part = path.as_os_str().to_owned();
            part.push(".part");
            let part = PathBuf::from(part);
            let file = File::create(&part)
                .map_err(|error| usage(format!("cannot write {}: {error}", part.display())))?;
            let file = BufWriter::new(file);
            let is_packed = path.extension().is_some_and(|end| end.eq_ignore_ascii_case("zst"));
            let to = if is_packed {
                Sink::Zstd(Box::new(zstd::Encoder::new(file, 3)?))
            } else {
                Sink::Plain(file)
            };
            (to, Some((part, path.to_owned())))
        };
        let mut writer = Self { to, records: 0, paths };
        writer.line(head)?;
        Ok(writer)
    }

    fn line(&mut self, value: &impl Serialize) -> Result<()> {
        let mut line = serde_json::to_vec(value)?;
        line.push(b'\n');
        self.to.write(&line).context("cannot write the export")
    }

    pub(crate) fn record(&mut self, record: &Record) -> Result<()> {
        self.records += 1;
        self.line(record)
    }

    /// Ends the file, and puts it on the disk.
    pub(crate) fn finish(mut self) -> Result<()> {
        let records = self.records;
        self.line(&End { kind: "end".into(), records })?;
        let cannot = "cannot write the export to its end";
        let file = self.to.finish().context(cannot)?;
        let (Some(file), Some((part, path))) = (file, self.paths) else { return Ok(()) };
        file.sync_all().context(cannot)?;
        std::fs::rename(&part, &path)
            .with_context(|| format!("cannot call {} {}", part.display(), path.display()))
    }
}

/// Reads a file, which may be compressed whatever its name.
pub(crate) struct Reader {
    from: Box<dyn BufRead>,
    name: String,
    line: u64,
    records: u64,
    /// Of the last line.
    bytes: usize,
    is_at_end: bool,
}

impl Reader {
    /// `-` is standard input.
    pub(crate) fn open(path: &Path) -> Result<(Self, Head)> {
        let name = path.display().to_string();
        let raw: Box<dyn Read> = if path.as_os_str() == "-" {
            Box::new(io::stdin())
        } else {
            let opened = File::open(path);
            Box::new(opened.map_err(|error| usage(format!("cannot read {name}: {error}")))?)
        };
        Self::of(raw, name)
    }

    fn of(raw: Box<dyn Read>, name: String) -> Result<(Self, Head)> {
        let mut raw = BufReader::new(raw);
        let is_packed = raw.fill_buf()?.starts_with(&ZSTD_MAGIC);
        let from: Box<dyn BufRead> = if is_packed {
            Box::new(BufReader::new(zstd::Decoder::with_buffer(raw)?))
        } else {
            Box::new(raw)
        };
        let mut reader = Self { from, name, line: 0, records: 0, bytes: 0, is_at_end: false };
        let first = reader.next_line()?.unwrap_or_default();
        let head: Head = match serde_json::from_str(&first) {
            Ok(head) => head,
            Err(_) => return Err(reader.bad("it does not begin as an export of newshound does")),
        };
        if head.kind != KIND {
            return Err(reader.bad("it is no export of newshound"));
        }
        if head.version > VERSION {
            return Err(reader.bad("it was written by a newer newshound: use that"));
        }
        Ok((reader, head))
    }

    /// The next record; none behind the last one.
    pub(crate) fn next(&mut self) -> Result<Option<Record>> {
        if self.is_at_end {
            return Ok(None);
        }
        let Some(line) = self.next_line()? else {
            return Err(self.bad("it ends too soon: it is not the whole export"));
        };
        if let Ok(End { kind, records }) = serde_json::from_str(&line)
            && kind == "end"
        {
            if records != self.records {
                return Err(self.bad("records are missing in it"));
            }
            self.is_at_end = true;
            return Ok(None);
        }
        self.records += 1;
        Record::parse(&line).map(Some).map_err(|reason| self.bad(&reason))
    }

    /// How long the line of the last record is.
    pub(crate) fn line_bytes(&self) -> usize {
        self.bytes
    }

    fn next_line(&mut self) -> Result<Option<String>> {
        self.line += 1;
        let mut line = Vec::new();
        let read = (&mut self.from).take(LINE_BYTES_MAX).read_until(b'\n', &mut line);
        if let Err(error) = read {
            return Err(self.bad(&error.to_string()));
        }
        if line.last() != Some(&b'\n') {
            let is_there = !line.is_empty() && line.len() as u64 == LINE_BYTES_MAX;
            return if is_there { Err(self.bad("the line is too long")) } else { Ok(None) };
        }
        self.bytes = line.len();
        match String::from_utf8(line) {
            Ok(line) => Ok(Some(line)),
            Err(_) => Err(self.bad("the line is no text")),
        }
    }

    fn bad(&self, reason: &str) -> anyhow::Error {
        usage(format!("{}, line {}: {reason}", self.name, self.line))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use crawl::robots::{RobotsCopy, RobotsState};

    use super::*;

    fn record(n: usize) -> Record {
        Record::Scope { member: format!("{n}.test") }
    }

    fn read(path: &Path) -> Result<(Vec<Record>, Head)> {
        let (mut reader, head) = Reader::open(path)?;
        let mut records = Vec::new();
        while let Some(record) = reader.next()? {
            records.push(record);
        }
        Ok((records, head))
    }

    fn written(path: &Path, count: usize) -> Head {
        let head = Head::new(5, 7);
        let mut writer = Writer::new(path, &head).unwrap();
        (0..count).for_each(|n| writer.record(&record(n)).unwrap());
        assert!(!path.exists(), "it is there before it is whole");
        writer.finish().unwrap();
        head
    }

    #[test]
    fn what_is_written_is_read_again() {
        let dir = tempfile::tempdir().unwrap();
        for name in ["a.jsonl", "a.jsonl.zst"] {
            let path = dir.path().join(name);
            let head = written(&path, 1_000);
            assert_eq!(read(&path).unwrap(), ((0..1_000).map(record).collect(), head));
        }
        let (plain, packed) = ("a.jsonl", "a.jsonl.zst");
        let size = |name: &str| std::fs::metadata(dir.path().join(name)).unwrap().len();
        assert!(size(packed) * 4 < size(plain));
    }

    #[test]
    fn a_file_that_was_cut_is_told_wherever_it_was_cut() {
        let dir = tempfile::tempdir().unwrap();
        for name in ["a.jsonl", "a.jsonl.zst"] {
            let path = dir.path().join(name);
            written(&path, 3);
            let bytes = std::fs::read(&path).unwrap();
            for end in 0..bytes.len() {
                std::fs::write(&path, &bytes[..end]).unwrap();
                assert!(read(&path).is_err(), "{name} cut at {end}");
            }
        }
    }

    #[test]
    fn the_largest_robots_copy_comes_through() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.jsonl.zst");
        let copy = RobotsCopy {
            state: RobotsState::Rules("a".repeat((16 << 20) - 100)),
            fresh_for: Duration::from_secs(1),
            unreachable_for: Duration::ZERO,
        };
        let large = Record::Robots { origin: "https://a.test".into(), copy, age_us: 0 };
        let mut writer = Writer::new(&path, &Head::new(5, 7)).unwrap();
        for record in [&large, &record(1)] {
            writer.record(record).unwrap();
        }
        writer.finish().unwrap();
        let (mut reader, _) = Reader::open(&path).unwrap();
        assert!(reader.next().unwrap() == Some(large));
        assert!(reader.line_bytes() > 16 << 20);
        assert_eq!(reader.next().unwrap(), Some(record(1)));
        assert!(reader.line_bytes() < 100);
        assert_eq!(reader.next().unwrap(), None);
    }

    #[test]
    fn what_is_no_export_is_told_with_its_line() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x");
        let head = serde_json::to_string(&Head::new(5, 7)).unwrap();
        let newer = head.replace("\"version\":1", "\"version\":2");
        for (text, words) in [
            ("https://a.test/\n".to_owned(), "line 1: it does not begin"),
            (format!("{newer}\n"), "newer newshound"),
            (format!("{head}\n{{\"kind\":\"lease\"}}\n"), "line 2: "),
            (format!("{head}\n{{\"kind\":\"end\",\"records\":1}}\n"), "records are missing"),
        ] {
            std::fs::write(&path, text).unwrap();
            let told = read(&path).unwrap_err().to_string();
            assert!(told.contains(words), "{told}");
        }
    }
}
