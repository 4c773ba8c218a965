//! What a worker has handed on as a whole: a file in its data directory that grows line by line.
//!
//! The first line names the stream, each other one a file of articles as it was then. A line that
//! is lost or torn costs that its articles are sent once more.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use story::store::Segment;

use super::beside::Known;

/// Lines that say what later ones say again, at most, for each that does not.
const STALE_PER_LINE: usize = 2;

/// What was handed on to one stream.
#[derive(Debug)]
pub(super) struct Sent {
    path: PathBuf,
    stream: String,
    segments: Known,
    /// Lines of the file behind the first one; nothing while the file is another stream's.
    lines: Option<usize>,
}

#[derive(Serialize, Deserialize)]
struct Head {
    stream: String,
}

#[derive(Serialize, Deserialize)]
struct Line(String, u64, u64);

impl Sent {
    /// Nothing was handed on.
    pub(super) fn none(path: PathBuf) -> Self {
        Self { path, stream: String::new(), segments: Known::new(), lines: None }
    }

    /// Reads what the file says; one that is not there, or not readable, says nothing.
    pub(super) fn read(path: &Path) -> io::Result<Self> {
        let none = Self::none(path.to_owned());
        let bytes = match fs::read(path) {
            Ok(bytes) => bytes,
            Err(e) if e.kind() == ErrorKind::NotFound => return Ok(none),
            Err(e) => return Err(e),
        };
        let mut lines = bytes.split(|byte| *byte == b'\n');
        let head = lines.next().unwrap_or_default();
        let Ok(Head { stream }) = serde_json::from_slice(head) else { return Ok(none) };
        let mut sent = Self { stream, lines: Some(0), ..none };
        for line in lines.filter(|line| !line.is_empty()) {
            sent.lines = sent.lines.map(|count| count + 1);
            if let Ok(Line(name, lines, bytes)) = serde_json::from_slice(line) {
                sent.segments.insert(name.clone(), Segment { name, lines, bytes });
            }
        }
        Ok(sent)
    }

    /// Which stream it is about; empty while that is none.
    pub(super) fn stream(&self) -> &str {
        &self.stream
    }

    pub(super) fn segments(&self) -> &Known {
        &self.segments
    }

    /// From now on it is about another stream, which has nothing yet.
    pub(super) fn go_to(&mut self, stream: &str) {
        stream.clone_into(&mut self.stream);
        self.segments.clear();
        self.lines = None;
    }

    /// Notes that all of a file was handed on, as it is now.
    pub(super) fn note(&mut self, segment: &Segment) -> io::Result<()> {
        self.segments.insert(segment.name.clone(), segment.clone());
        match self.lines {
            Some(lines) if lines <= (1 + STALE_PER_LINE) * self.segments.len() => {
                // One line at a time, behind a line break: a torn one spoils no other.
                let mut line = vec![b'\n'];
                line.extend(json_of(segment)?);
                OpenOptions::new().append(true).open(&self.path)?.write_all(&line)?;
                self.lines = Some(lines + 1);
                Ok(())
            }
            _ => self.write_anew(),
        }
    }

    fn write_anew(&mut self) -> io::Result<()> {
        let mut text = serde_json::to_vec(&Head { stream: self.stream.clone() })?;
        for segment in self.segments.values() {
            text.push(b'\n');
            text.extend(json_of(segment)?);
        }
        let new = self.path.with_extension("new");
        let mut file = File::create(&new)?;
        file.write_all(&text)?;
        file.sync_all()?;
        fs::rename(&new, &self.path)?;
        self.lines = Some(self.segments.len());
        Ok(())
    }
}

fn json_of(segment: &Segment) -> io::Result<Vec<u8>> {
    Ok(serde_json::to_vec(&Line(segment.name.clone(), segment.lines, segment.bytes))?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn segment(name: &str, lines: u64) -> Segment {
        Segment { name: name.into(), lines, bytes: 10 * lines }
    }

    #[test]
    fn what_is_noted_last_is_known_and_the_file_does_not_grow_for_good() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("sent.jsonl");
        let mut sent = Sent::read(&path).unwrap();
        assert_eq!((sent.stream(), sent.segments().len()), ("", 0));
        sent.go_to("s");
        for n in 0..100 {
            sent.note(&segment("a", n)).unwrap();
            sent.note(&segment("b", 7)).unwrap();
        }
        let lines = fs::read_to_string(&path).unwrap().lines().count();
        assert!(lines <= 9, "{lines}");
        let again = Sent::read(&path).unwrap();
        assert_eq!((again.stream(), again.segments().len()), ("s", 2));
        assert_eq!(again.segments()["a"], segment("a", 99));
    }

    #[test]
    fn a_torn_line_costs_itself_and_another_stream_has_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("sent.jsonl");
        let mut sent = Sent::read(&path).unwrap();
        sent.go_to("s");
        sent.note(&segment("a", 1)).unwrap();
        let torn = fs::read_to_string(&path).unwrap() + "\n[\"b\",";
        fs::write(&path, torn).unwrap();
        let mut sent = Sent::read(&path).unwrap();
        sent.note(&segment("c", 3)).unwrap();
        let mut names: Vec<String> =
            Sent::read(&path).unwrap().segments().keys().cloned().collect();
        names.sort();
        assert_eq!(names, ["a", "c"]);
        sent.go_to("another");
        assert!(sent.segments().is_empty());
        sent.note(&segment("d", 4)).unwrap();
        let sent = Sent::read(&path).unwrap();
        assert_eq!((sent.stream(), sent.segments().len()), ("another", 1));
        fs::write(&path, "{\"str").unwrap();
        assert_eq!(Sent::read(&path).unwrap().stream(), "");
    }
}
