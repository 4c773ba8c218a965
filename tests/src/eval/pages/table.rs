//! The figures of a folder, a line a reader.
#![allow(clippy::print_stdout, reason = "its figures are its purpose")]

use std::fmt;

use serde::Serialize;

use super::reader::{Reading, Readings};
use super::sample::Sample;
use super::score;

/// The figures of a folder.
#[derive(Debug, Serialize)]
pub(super) struct Table {
    pages: String,
    count: usize,
    readers: Vec<Line>,
}

/// What a reader makes of the pages.
#[derive(Debug, Serialize)]
struct Line {
    reader: String,
    /// The mean F1 of the text where it is known.
    text: Mean,
    /// The same of texts in Chinese, Japanese, Korean, Thai, Burmese.
    text_cjk: Mean,
    /// The share of known phrases that are there or are not there, as they should.
    phrases: Mean,
    title: Mean,
    authors: Mean,
    day: Mean,
    /// Pages that credit an agency, and name it.
    agency: Mean,
    /// Pages that credit none, and name none.
    no_agency: Mean,
    ms_mean: f64,
    ms_p99: f64,
    memory_mb: f64,
}

/// A mean and of how many.
#[derive(Debug, Default, Clone, Copy, Serialize)]
struct Mean {
    sum: f64,
    of: usize,
}

impl Mean {
    fn add(&mut self, value: f64) {
        self.sum += value;
        self.of += 1;
    }
}

impl fmt::Display for Mean {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.of == 0 {
            return f.pad("-");
        }
        f.pad(&format!("{:.3} /{}", self.sum / self.of as f64, self.of))
    }
}

/// The figures of one page, where they can be had.
#[derive(Default)]
struct Scores {
    text: Option<f64>,
    phrases: Option<f64>,
    title: Option<f64>,
    authors: Option<f64>,
    day: Option<f64>,
    agency: Option<f64>,
    no_agency: Option<f64>,
}

impl Scores {
    fn of(sample: &Sample, reading: &Reading) -> Self {
        let expected = &sample.expected;
        let is = |flag: bool| f64::from(u8::from(flag));
        let title = reading.title.as_deref().unwrap_or_default();
        let authors = expected.authors.as_ref().filter(|authors| !authors.is_empty());
        let day = expected.date.as_deref().and_then(|date| date.get(..10));
        let agency = expected.agency.as_deref();
        let named = |agency: &str| reading.agency.as_deref() == Some(agency);
        Self {
            text: expected.text.as_ref().map(|text| score::overlap(text, &reading.text)),
            phrases: score::phrases(&expected.with, &expected.without, &reading.text),
            title: expected.title.as_ref().map(|t| is(score::is_same_title(t, title))),
            authors: authors.map(|authors| score::names(authors, &reading.authors)),
            day: day.map(|day| is(reading.days.iter().any(|d| d == day))),
            agency: agency.filter(|a| !a.is_empty()).map(|agency| is(named(agency))),
            no_agency: agency.filter(|a| a.is_empty()).map(|_| is(reading.agency.is_none())),
        }
    }
}

impl Table {
    pub(super) fn new(pages: &str, count: usize) -> Self {
        Self { pages: pages.to_owned(), count, readers: Vec::new() }
    }

    /// Adds a reader's line.
    pub(super) fn add(&mut self, reader: &str, samples: &[Sample], readings: &Readings) {
        let mut ms: Vec<f64> = readings.pages.iter().map(|page| page.ms).collect();
        ms.sort_by(f64::total_cmp);
        let mut line = Line {
            reader: reader.to_owned(),
            text: Mean::default(),
            text_cjk: Mean::default(),
            phrases: Mean::default(),
            title: Mean::default(),
            authors: Mean::default(),
            day: Mean::default(),
            agency: Mean::default(),
            no_agency: Mean::default(),
            ms_mean: ms.iter().sum::<f64>() / ms.len().max(1) as f64,
            ms_p99: ms.get((ms.len() * 99).div_ceil(100).saturating_sub(1)).copied().unwrap_or(0.0),
            memory_mb: readings.memory_bytes as f64 / 1e6,
        };
        for (sample, reading) in samples.iter().zip(&readings.pages) {
            let scores = Scores::of(sample, reading);
            let is_cjk = sample.expected.text.as_deref().is_some_and(score::is_cjk);
            for (mean, score) in [
                (&mut line.text, scores.text),
                (&mut line.text_cjk, scores.text.filter(|_| is_cjk)),
                (&mut line.phrases, scores.phrases),
                (&mut line.title, scores.title),
                (&mut line.authors, scores.authors),
                (&mut line.day, scores.day),
                (&mut line.agency, scores.agency),
                (&mut line.no_agency, scores.no_agency),
            ] {
                if let Some(score) = score {
                    mean.add(score);
                }
            }
        }
        self.readers.push(line);
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}: {} pages; means, and of how many pages", self.pages, self.count)?;
        write!(f, "{:<22}", "")?;
        for name in
            ["text F1", "CJK F1", "phrases", "title", "authors", "day", "agency", "no agency"]
        {
            write!(f, "{name:<11}")?;
        }
        writeln!(f, "{:>8}{:>9}{:>9}", "ms mean", "ms p99", "peak MB")?;
        for line in &self.readers {
            write!(f, "{:<22}", line.reader)?;
            let agency = [line.agency, line.no_agency];
            let means =
                [line.text, line.text_cjk, line.phrases, line.title, line.authors, line.day];
            for mean in means.iter().chain(&agency) {
                write!(f, "{mean:<11}")?;
            }
            writeln!(f, "{:>8.2}{:>9.1}{:>9.0}", line.ms_mean, line.ms_p99, line.memory_mb)?;
        }
        Ok(())
    }
}

/// A line for each page, by its text, the worst last.
pub(super) fn print_each(samples: &[Sample], readings: &[Reading]) {
    let mut lines: Vec<(f64, String)> =
        samples.iter().zip(readings).map(|(s, r)| each(s, r)).collect();
    lines.sort_by(|a, b| b.0.total_cmp(&a.0));
    for (_, line) in lines {
        println!("{line}");
    }
}

/// How well the text of a page is read, and its line: figures, then what is wrong (`-` expected,
/// `+` found).
fn each(sample: &Sample, reading: &Reading) -> (f64, String) {
    let scores = Scores::of(sample, reading);
    let shown = |score: Option<f64>| score.map_or("-".to_owned(), |score| format!("{score:.2}"));
    let figures = [
        scores.text,
        scores.phrases,
        scores.title,
        scores.authors,
        scores.day,
        scores.agency.or(scores.no_agency),
    ];
    let figures: Vec<String> =
        figures.iter().map(|score| format!("{:>6}", shown(*score))).collect();
    let name: String = sample.name.chars().take(54).collect();
    let mut lines = vec![format!("{name:<55}{}{:>8.1}", figures.concat(), reading.ms)];
    let expected = &sample.expected;
    let authors = expected.authors.as_ref().map(|authors| authors.join("; "));
    for (score, known, found) in [
        (scores.title, expected.title.clone(), reading.title.clone()),
        (scores.authors, authors, Some(reading.authors.join("; "))),
        (scores.day, expected.date.clone(), Some(reading.days.join("; "))),
        (scores.agency.or(scores.no_agency), expected.agency.clone(), reading.agency.clone()),
    ] {
        if score.is_some_and(|score| score < 1.0) {
            lines.push(format!("      - {}", known.unwrap_or_default()));
            lines.push(format!("      + {}", found.unwrap_or_default()));
        }
    }
    (scores.text.or(scores.phrases).unwrap_or(1.0), lines.join("\n"))
}
