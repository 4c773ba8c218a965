//! Findings and figures.

use std::collections::BTreeMap;
use std::fmt::{self, Write};

use serde::Serialize;

/// Findings that are kept of each rule; more are counted.
const KEPT_OF_A_RULE: u64 = 50;

/// What an archive can break.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Rule {
    /// The file is damaged.
    Damage,
    /// A block or payload is not what its digest says, or has none.
    Digest,
    /// A field that every record of its kind has is missing or wrong.
    Field,
    /// A record id stands twice.
    Duplicate,
    /// A snapshot is not whole: request, response, metadata.
    Group,
    /// An HTTP message cannot be read, or is not coded as it says.
    Http,
    /// A request names nobody who can be reached, or another agent than warcinfo.
    Identity,
    /// A request carries what should not be kept.
    Secret,
    /// Two requests to one host overlapped.
    Overlap,
    /// A request came too soon.
    Gap,
    /// A page that robots.txt forbade was asked for.
    Disallowed,
    /// A page was asked for without a robots.txt that was valid then.
    NoRobots,
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// Which rule.
    pub rule: Rule,
    /// The file.
    pub file: String,
    /// Where in it.
    pub offset: u64,
    /// The URL, where it is about one.
    pub url: Option<String>,
    /// What is wrong, and what that means.
    pub message: String,
}

/// What was seen.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Figures {
    /// WARC files.
    pub segments: u64,
    /// Bytes of all of them.
    pub bytes: u64,
    /// Records by type.
    pub records: BTreeMap<String, u64>,
    /// Attempts for pages.
    pub pages: u64,
    /// Attempts for robots.txt.
    pub robots: u64,
    /// Attempts that brought no response.
    pub failed: u64,
    /// Host queues.
    pub hosts: u64,
    /// The shortest time from a first byte (or a failed end) to the next start on a host.
    pub smallest_gap_ms: Option<f64>,
    /// The same minus the delay that was in force.
    pub smallest_margin_ms: Option<f64>,
    /// Exceptions that an operator made.
    pub overrides: Vec<String>,
}

/// What an audit found.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Report {
    /// What was seen.
    pub figures: Figures,
    /// How often each rule was broken.
    pub counts: BTreeMap<Rule, u64>,
    /// The findings, up to a number for each rule.
    pub findings: Vec<Finding>,
    /// What is worth knowing and no fault.
    pub notes: Vec<String>,
}

impl Report {
    pub(super) fn add(&mut self, rule: Rule, at: (&str, u64), url: Option<&str>, message: String) {
        let count = self.counts.entry(rule).or_default();
        *count += 1;
        if *count <= KEPT_OF_A_RULE {
            let (file, offset) = (at.0.to_owned(), at.1);
            self.findings.push(Finding {
                rule,
                file,
                offset,
                url: url.map(str::to_owned),
                message,
            });
        }
    }

    /// Writes it for people.
    pub fn render(&self, out: &mut impl Write) -> fmt::Result {
        let figures = &self.figures;
        let records: Vec<_> = figures.records.iter().map(|(k, n)| format!("{n} {k}")).collect();
        writeln!(
            out,
            "{} segments, {} bytes: {}",
            figures.segments,
            figures.bytes,
            records.join(", ")
        )?;
        writeln!(
            out,
            "{} requests for pages and {} for robots.txt to {} hosts, {} without an answer",
            figures.pages, figures.robots, figures.hosts, figures.failed
        )?;
        if let (Some(gap), Some(margin)) = (figures.smallest_gap_ms, figures.smallest_margin_ms) {
            writeln!(
                out,
                "shortest gap {gap:.1} ms; the tightest kept {margin:.1} ms more than the delay"
            )?;
        }
        for line in &figures.overrides {
            writeln!(out, "override: {line}")?;
        }
        for note in &self.notes {
            writeln!(out, "note: {note}")?;
        }
        for finding in &self.findings {
            let rule = serde_json::to_string(&finding.rule).map_err(|_| fmt::Error)?;
            let rule = rule.trim_matches('"');
            let url = finding.url.as_deref().unwrap_or("-");
            writeln!(
                out,
                "{rule}: {}:{} {url}: {}",
                finding.file, finding.offset, finding.message
            )?;
        }
        let total: u64 = self.counts.values().sum();
        if total == 0 {
            return writeln!(out, "no findings: polite, obedient, whole");
        }
        writeln!(out, "{total} findings ({} shown)", self.findings.len())
    }
}
