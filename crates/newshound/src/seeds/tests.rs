//! Lists of seeds, good and bad: what is read, what is refused and where, what is written.

mod csv;
mod files;
mod opml;
mod txt;
mod write;

use std::io::{Cursor, Read};
use std::path::PathBuf;

use super::*;

/// What came of a list.
#[derive(Debug, Default, PartialEq, Eq)]
struct Came {
    specs: Vec<SeedSpec>,
    refused: Vec<Refused>,
    notices: Vec<String>,
}

impl Came {
    fn seeds(&self) -> Vec<String> {
        self.specs.iter().map(|spec| format!("{} {}", spec.seed.kind(), spec.seed)).collect()
    }

    /// `LINE: REASON` of every refused line.
    fn reasons(&self) -> Vec<String> {
        let line = |r: &Refused| r.place.rsplit(':').next().unwrap_or_default().to_owned();
        self.refused.iter().map(|r| format!("{}: {}", line(r), r.reason)).collect()
    }

    /// Every refused line is the one that is expected and says a word that is expected.
    fn assert_refused(&self, expected: &[(u64, &str)]) {
        let reasons = self.reasons();
        assert_eq!(reasons.len(), expected.len(), "{reasons:#?}");
        for (reason, (line, word)) in reasons.iter().zip(expected) {
            assert!(reason.starts_with(&format!("{line}: ")), "{reason}: not line {line}");
            assert!(reason.contains(word), "{reason}: not {word}");
        }
    }
}

/// The fields of a seed as a txt list has them.
fn fields(spec: &SeedSpec) -> String {
    let field = |f: crawl::SpecField| spec.get(f).map(|value| format!("{}={value}", f.name()));
    crawl::SpecField::ALL.into_iter().filter_map(field).collect::<Vec<_>>().join(" ")
}

fn fixture(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("fixtures/seeds").join(name)
}

fn read_all(reader: Result<Reader, ReadError>) -> Result<Came, ReadError> {
    let mut reader = reader?;
    let mut came = Came::default();
    for line in &mut reader {
        match line? {
            Ok(spec) => came.specs.push(spec),
            Err(refused) => came.refused.push(refused),
        }
    }
    assert!(reader.next().is_none(), "a reader that has ended goes on");
    came.notices = reader.notices();
    Ok(came)
}

fn read_fixture(name: &str) -> Result<Came, ReadError> {
    read_all(open(&Source::File(fixture(name))))
}

fn read_from(
    reader: impl Read + Send + 'static,
    format: Option<Format>,
) -> Result<Came, ReadError> {
    read_all(input::from_reader("list".to_owned(), Box::new(reader), format).and_then(Reader::of))
}

fn read_bytes(bytes: &[u8], format: Format) -> Result<Came, ReadError> {
    read_from(Cursor::new(bytes.to_vec()), Some(format))
}

/// Gives its bytes one at a time, as a slow pipe does.
struct Drip<R>(R);

impl<R: Read> Read for Drip<R> {
    fn read(&mut self, to: &mut [u8]) -> std::io::Result<usize> {
        let most = to.len().min(1);
        self.0.read(&mut to[..most])
    }
}
