//! Plain lists: one seed a line, `#` before comments.
//!
//! A line is a domain or a URL; before it there may be its kind, after it what is known of it:
//! `feed https://example.com/rss country=FR language=fr tags=a,b delay=5s budget=200 scope=host`.

use crawl::{Seed, SeedKind, SeedSpec, SpecField};

use super::error::ReadError;
use super::input::Input;
use super::lines::Lines;
use super::{Line, Refused};

/// The seeds of a plain list.
pub(crate) struct Txt {
    lines: Lines,
    is_over: bool,
}

impl Txt {
    pub(super) fn new(input: Input) -> Self {
        Self { lines: Lines::new(input), is_over: false }
    }

    fn read(&mut self) -> Result<Option<Line>, ReadError> {
        while let Some(line) = self.lines.next()? {
            let parsed = match &line.text {
                Ok(text) => parse(text),
                Err(fault) => Some(Err(fault.to_string())),
            };
            if let Some(parsed) = parsed {
                let place = || format!("{}:{}", self.lines.name, line.number);
                return Ok(Some(parsed.map_err(|reason| Refused { place: place(), reason })));
            }
        }
        Ok(None)
    }
}

impl Iterator for Txt {
    type Item = Result<Line, ReadError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.is_over {
            return None;
        }
        let read = self.read();
        self.is_over = !matches!(read, Ok(Some(_)));
        read.transpose()
    }
}

/// Reads one line; none where there is nothing on it but a comment.
pub(super) fn parse(line: &str) -> Option<Result<SeedSpec, String>> {
    let words = line.trim_start_matches('\u{feff}').split_whitespace();
    let words: Vec<&str> = words.take_while(|word| !word.starts_with('#')).collect();
    let (first, rest) = words.split_first()?;
    Some(match (SeedKind::named(first), rest.split_first()) {
        (Some(kind), Some((seed, rest))) => Seed::parse_as(kind, seed)
            .map_err(|error| error.to_string())
            .and_then(|seed| with_fields(seed, rest)),
        _ => spaced(first, rest)
            .and_then(|()| Seed::parse(first).map_err(|error| error.to_string()))
            .and_then(|seed| with_fields(seed, rest)),
    })
}

/// A text of several words is shown as it was given, not as its first word.
fn spaced(first: &str, rest: &[&str]) -> Result<(), String> {
    if rest.first().is_none_or(|word| word.contains('=')) {
        return Ok(());
    }
    let text = format!("{first} {}", rest.join(" "));
    Err(format!(
        "{:?} has a space in it: write one seed a line, %20 for a space in a URL, and what is \
            known of it as key=value behind it",
        shorten(&text)
    ))
}

fn with_fields(seed: Seed, words: &[&str]) -> Result<SeedSpec, String> {
    let mut spec = SeedSpec::new(seed);
    let mut given = Vec::new();
    for word in words {
        let (key, value) = word.split_once('=').ok_or_else(|| {
            format!("{:?} is not of the form key=value, like country=FR", shorten(word))
        })?;
        let field = SpecField::named(key).ok_or_else(|| {
            let known = SpecField::ALL.map(SpecField::name).join(", ");
            format!("{:?} is not known; known are {known}", shorten(key))
        })?;
        if given.contains(&field) {
            return Err(format!("{key:?} is given twice"));
        }
        given.push(field);
        spec.set(field, value).map_err(|error| error.to_string())?;
    }
    Ok(spec)
}

/// A text from a file, short enough for a message.
pub(super) fn shorten(text: &str) -> String {
    match text.char_indices().nth(80) {
        Some((cut, _)) => format!("{}…", &text[..cut]),
        None => text.to_owned(),
    }
}
