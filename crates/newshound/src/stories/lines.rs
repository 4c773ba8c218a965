//! Texts as JSON lines, plain or gzipped; a bad line is an answer, not the end.

use std::fmt;
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;

use anyhow::{Context, Result};
use crawl::CanonicalUrl;
use flate2::bufread::MultiGzDecoder;
use serde::Deserialize;
use serde_json::Value;

use crate::exit::usage;

/// Bytes of a line; more is no article.
const LINE_BYTES_MAX: u64 = 32 << 20;

/// A text of a line.
#[derive(Debug, Deserialize)]
#[expect(clippy::struct_field_names, reason = "fields are called as in the file")]
pub(crate) struct Text {
    /// Its name: a text or a number, handed back as it is.
    pub(crate) id: Value,
    /// Its main text; a line is a paragraph.
    pub(crate) text: String,
    #[serde(default)]
    site: Option<String>,
    /// Its address.
    #[serde(default)]
    pub(crate) url: Option<String>,
    /// Its language: `en`.
    #[serde(default)]
    pub(crate) language: Option<String>,
}

impl Text {
    /// Who published it: the site, else the outlet of the URL.
    pub(crate) fn outlet(&self) -> Option<String> {
        let url = || CanonicalUrl::parse(self.url.as_deref()?).ok();
        let site = self.site.clone().filter(|site| !site.trim().is_empty());
        site.or_else(|| url().map(|url| url.host_key().outlet().as_str().to_owned()))
    }
}

/// A line that was refused.
#[derive(Debug)]
pub(crate) struct Refused {
    place: String,
    why: String,
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.why)
    }
}

/// The lines of a file.
pub(crate) struct Lines {
    name: String,
    reader: Box<dyn BufRead>,
    /// Number of the last line that was read.
    number: u64,
}

impl Lines {
    /// Opens a file, or standard input for `-`; gzip is known by its first bytes.
    pub(crate) fn open(path: &Path) -> Result<Self> {
        let is_input = path.as_os_str() == "-";
        let name = if is_input { "standard input".into() } else { path.display().to_string() };
        let raw: Box<dyn Read> = if is_input {
            Box::new(std::io::stdin())
        } else {
            let file = File::open(path);
            Box::new(file.map_err(|error| usage(format!("cannot open {name}: {error}")))?)
        };
        let mut raw = BufReader::new(raw);
        let head = raw.fill_buf().with_context(|| format!("cannot read {name}"))?;
        let reader: Box<dyn BufRead> = if head.starts_with(&[0x1F, 0x8B]) {
            Box::new(BufReader::new(MultiGzDecoder::new(raw)))
        } else {
            Box::new(raw)
        };
        Ok(Self { name, reader, number: 0 })
    }

    /// The next line that is not empty; `None` behind the last.
    pub(crate) fn next_line(&mut self) -> Result<Option<Result<Text, Refused>>> {
        loop {
            let mut line = Vec::new();
            let place = || format!("cannot read {} behind line {}", self.name, self.number);
            let mut limited = self.reader.by_ref().take(LINE_BYTES_MAX);
            if limited.read_until(b'\n', &mut line).with_context(place)? == 0 {
                return Ok(None);
            }
            self.number += 1;
            if line.len() as u64 == LINE_BYTES_MAX && !line.ends_with(b"\n") {
                self.skip()?;
                let most = LINE_BYTES_MAX >> 20;
                return Ok(Some(Err(self.refused(format!(
                    "longer than {most} MiB; give one article a line, and its main text only"
                )))));
            }
            if line.iter().all(u8::is_ascii_whitespace) {
                continue;
            }
            return Ok(Some(parse(&line).map_err(|why| self.refused(why))));
        }
    }

    /// Leaves the rest of a line out.
    fn skip(&mut self) -> Result<()> {
        loop {
            let found =
                self.reader.fill_buf().with_context(|| format!("cannot read {}", self.name))?;
            let end = found.iter().position(|byte| *byte == b'\n');
            let length = end.map_or(found.len(), |at| at + 1);
            self.reader.consume(length);
            if end.is_some() || length == 0 {
                return Ok(());
            }
        }
    }

    fn refused(&self, why: String) -> Refused {
        Refused { place: format!("{}, line {}", self.name, self.number), why }
    }
}

/// Reads a line; says what is wrong with it and what helps.
fn parse(line: &[u8]) -> Result<Text, String> {
    let text: Text = serde_json::from_slice(line).map_err(|error| {
        let needs = "an object with \"id\" and \"text\", and text, where given, in \"site\", \
                     \"url\" and \"language\"";
        format!("{error}; each line has to be {needs}")
    })?;
    match text.id {
        Value::String(_) | Value::Number(_) => Ok(text),
        _ => Err("\"id\" is neither a text nor a number; give each article a name".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_read_or_refused_with_what_helps() {
        assert!(parse(br#"{"id": 7, "text": "a", "site": null, "cluster": null}"#).is_ok());
        for (line, word) in [
            (&b"{"[..], "each line has to be"),
            (br#"{"text": "a"}"#, "missing field `id`"),
            (br#"{"id": "a"}"#, "missing field `text`"),
            (br#"{"id": null, "text": "a"}"#, "neither a text nor a number"),
            (b"{\"id\": 1, \"text\": \"\xff\"}", "each line has to be"),
        ] {
            let why = parse(line).unwrap_err();
            assert!(why.contains(word), "{why}");
        }
    }

    #[test]
    fn the_outlet_is_the_site_or_that_of_the_url() {
        let text = |json: &str| serde_json::from_str::<Text>(json).unwrap().outlet();
        let url = r#""url": "https://www.news.example/a""#;
        assert_eq!(text(&format!(r#"{{"id":1,"text":"",{url}}}"#)).unwrap(), "news.example");
        assert_eq!(text(&format!(r#"{{"id":1,"text":"","site":"N",{url}}}"#)).unwrap(), "N");
        assert_eq!(text(r#"{"id":1,"text":"","url":"no url"}"#), None);
    }
}
