//! Reading seeds from arguments, files and standard input.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use crawl::Seed;

/// Seeds are handed on in batches of this many, so that a long list does not fill the memory.
pub(crate) const BATCH: usize = 1_000;

/// Lines longer than this are no seed, whatever they are.
const LINE_BYTES_MAX: usize = 16 * 1024;

/// A line that was refused.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub(crate) struct Refused {
    /// `seeds.txt:12`, or `argument 3`.
    pub(crate) place: String,
    /// What is wrong with it, and what to write.
    pub(crate) reason: String,
}

/// Where seeds come from, in order.
pub(crate) enum Source {
    Arguments(Vec<String>),
    File(PathBuf),
}

/// Reads every source, hands good seeds on in batches, and gives each bad line to `refused`.
pub(crate) async fn read(
    sources: &[Source],
    refused: &mut impl FnMut(Refused),
    accept: &mut impl AsyncFnMut(Vec<Seed>) -> Result<()>,
) -> Result<u64> {
    let mut batch = Vec::new();
    let mut read = 0;
    for source in sources {
        let lines: Box<dyn Iterator<Item = Result<(String, String)>>> = match source {
            Source::Arguments(given) => Box::new(
                given
                    .iter()
                    .enumerate()
                    .map(|(i, s)| Ok((format!("argument {}", i + 1), s.clone()))),
            ),
            Source::File(path) => Box::new(lines(path)?),
        };
        for line in lines {
            let (place, text) = line?;
            let text = text.trim_start_matches('\u{feff}').trim();
            if text.is_empty() || text.starts_with('#') {
                continue;
            }
            read += 1;
            match Seed::parse(text) {
                Ok(seed) => batch.push(seed),
                Err(error) => refused(Refused { place, reason: error.to_string() }),
            }
            if batch.len() >= BATCH {
                accept(std::mem::take(&mut batch)).await?;
            }
        }
    }
    if !batch.is_empty() {
        accept(batch).await?;
    }
    Ok(read)
}

/// The lines of a file (`-`: standard input), each with its place. A line that is not UTF-8 is read
/// as far as it can be, and is then refused as a seed by what it says.
fn lines(path: &Path) -> Result<impl Iterator<Item = Result<(String, String)>> + use<>> {
    let is_stdin = path.as_os_str() == "-";
    let name = if is_stdin { "standard input".to_owned() } else { path.display().to_string() };
    let mut reader: Box<dyn BufRead> = if is_stdin {
        Box::new(BufReader::new(std::io::stdin()))
    } else {
        let file = std::fs::File::open(path)
            .with_context(|| format!("cannot read the seed file {name}"))?;
        Box::new(BufReader::new(file))
    };
    let mut number = 0_u64;
    Ok(std::iter::from_fn(move || {
        number += 1;
        match line(&mut reader) {
            Ok(Some(text)) => Some(Ok((format!("{name}:{number}"), text))),
            Ok(None) => None,
            Err(error) => {
                Some(Err(error).with_context(|| format!("cannot read {name} after line {number}")))
            }
        }
    }))
}

/// One line without its end, cut at the longest length.
fn line(reader: &mut dyn BufRead) -> std::io::Result<Option<String>> {
    let mut bytes = Vec::new();
    let mut is_any = false;
    loop {
        let chunk = reader.fill_buf()?;
        if chunk.is_empty() {
            break;
        }
        is_any = true;
        let end = chunk.iter().position(|b| *b == b'\n');
        let take = end.unwrap_or(chunk.len());
        let room = LINE_BYTES_MAX.saturating_sub(bytes.len());
        bytes.extend_from_slice(&chunk[..take.min(room)]);
        reader.consume(end.map_or(take, |n| n + 1));
        if end.is_some() {
            break;
        }
    }
    Ok(is_any.then(|| String::from_utf8_lossy(&bytes).into_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn read_file(content: &[u8]) -> (Vec<String>, Vec<Refused>) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("s.txt");
        std::fs::write(&path, content).unwrap();
        let (mut seeds, mut refused) = (Vec::new(), Vec::new());
        let mut accept = async |batch: Vec<Seed>| {
            seeds.extend(batch.iter().map(ToString::to_string));
            Ok(())
        };
        read(&[Source::File(path)], &mut |r| refused.push(r), &mut accept).await.unwrap();
        (seeds, refused)
    }

    #[tokio::test]
    async fn a_bad_line_is_named_and_the_others_go_on() {
        let text = b"\xef\xbb\xbfexample.com\r\n\n# a comment\nnot a seed\n\
            https://example.org/x\n\xff\xfe\n";
        let (seeds, refused) = read_file(text).await;
        assert_eq!(seeds, ["example.com", "https://example.org/x"]);
        let places: Vec<_> = refused.iter().map(|r| r.place.rsplit(':').next().unwrap()).collect();
        assert_eq!(places, ["4", "6"]);
    }

    #[tokio::test]
    async fn an_endless_line_is_cut() {
        let mut text = vec![b'a'; 3 * LINE_BYTES_MAX];
        text.extend_from_slice(b"\nexample.com");
        let (seeds, refused) = read_file(&text).await;
        assert_eq!((seeds.len(), refused.len()), (1, 1));
    }
}
