//! Rules, findings and figures.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::{self, Write};

use serde::Serialize;

/// Findings that are kept of each rule; more are counted.
const KEPT_OF_A_RULE: u64 = 50;

/// Notes that are kept.
const NOTES_MAX: usize = 50;

/// What an archive can break. The words are stable: scripts may look for them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Rule {
    /// Two requests to one host were on their way at the same time.
    Overlap,
    /// A host was asked again sooner than promised, than the attempt itself says, or than the host
    /// asks: by the Crawl-delay of its robots.txt, or by a Retry-After.
    Gap,
    /// A request went to another host than the one whose lease it had.
    Lease,
    /// A page was asked for that robots.txt forbade at that time.
    Disallowed,
    /// A page was asked for although no robots.txt of its origin had been asked for before.
    NoRobots,
    /// A page was asked for by a robots.txt older than a day.
    StaleRobots,
    /// An exception from the rules does not say for which host, why, by whom, or until when.
    Override,
    /// A request does not say who sends it, or says another name than warcinfo.
    Identity,
    /// A request carries what gives access, and should neither be sent nor kept.
    Secret,
    /// The file is damaged: not all of it can be read.
    Damage,
    /// Bytes are not what their digest says, or have none.
    Digest,
    /// A field of a record's header is missing or wrong.
    Field,
    /// A date is none, or not that of the attempt.
    Date,
    /// The address that answered is not told.
    Address,
    /// A record id stands twice: what refers to it is ambiguous.
    Duplicate,
    /// The file does not begin with a warcinfo record that tells how it was made.
    Warcinfo,
    /// The records of an attempt are not all there, or do not belong together.
    Group,
    /// What the metadata record says of an attempt cannot be.
    Attempt,
    /// An HTTP message cannot be read, or is not what it says of itself.
    Http,
    /// A body is not coded as its header says, or in a way that replay tools do not undo.
    Coding,
    /// A revisit record does not lead to the payload it stands for.
    Revisit,
}

impl Rule {
    /// Its word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Overlap => "overlap",
            Self::Gap => "gap",
            Self::Lease => "lease",
            Self::Disallowed => "disallowed",
            Self::NoRobots => "no-robots",
            Self::StaleRobots => "stale-robots",
            Self::Override => "override",
            Self::Identity => "identity",
            Self::Secret => "secret",
            Self::Damage => "damage",
            Self::Digest => "digest",
            Self::Field => "field",
            Self::Date => "date",
            Self::Address => "address",
            Self::Duplicate => "duplicate",
            Self::Warcinfo => "warcinfo",
            Self::Group => "group",
            Self::Attempt => "attempt",
            Self::Http => "http",
            Self::Coding => "coding",
            Self::Revisit => "revisit",
        }
    }

    /// What it means when it is broken.
    pub fn meaning(self) -> &'static str {
        match self {
            Self::Overlap => "two requests to one host were on their way at the same time",
            Self::Gap => "a host was asked again too soon",
            Self::Lease => "a request went to a host whose lease it did not have",
            Self::Disallowed => "a page was fetched that robots.txt forbade",
            Self::NoRobots => "a page was fetched before its robots.txt",
            Self::StaleRobots => "a page was fetched by a robots.txt older than a day",
            Self::Override => "nobody could answer for an exception from the rules",
            Self::Identity => "a site owner cannot see who sent the request",
            Self::Secret => "a request carried what gives access",
            Self::Damage => "part of the file is lost",
            Self::Digest => "bytes have changed since they were written, or nobody could tell",
            Self::Field => "readers may refuse or misread the record",
            Self::Date => "the time of the record is not known",
            Self::Address => "it is not known which machine answered",
            Self::Duplicate => "what refers to the record is ambiguous",
            Self::Warcinfo => "it is not known how the file was made",
            Self::Group => "an attempt is not kept whole",
            Self::Attempt => "what is said of an attempt cannot be relied on",
            Self::Http => "the message will not replay as it was",
            Self::Coding => "the page will not be shown by replay tools",
            Self::Revisit => "the page will not be found by replay tools",
        }
    }
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// Which rule.
    pub rule: Rule,
    /// The file's name.
    pub file: String,
    /// Where in it the record begins, in bytes.
    pub offset: u64,
    /// The host that it is about.
    pub host: Option<String>,
    /// The URL that it is about.
    pub url: Option<String>,
    /// What is wrong.
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
    /// Attempts for tdmrep.json.
    pub tdmrep: u64,
    /// Attempts that brought no response.
    pub failed: u64,
    /// Host queues.
    pub hosts: u64,
    /// Attempts at the host that had most of them.
    pub requests_of_a_host_max: u64,
    /// The shortest time from a first byte (or a failed end) to the next start on a host.
    pub smallest_gap_ms: Option<f64>,
    /// The same minus the delay that was in force: how close it ever came to a breach.
    pub smallest_margin_ms: Option<f64>,
    /// Pages that were judged by an operator's exception, not by robots.txt.
    pub overridden: u64,
    /// Requests that were not over when their lease was: their worker was stopped, or suspended,
    /// and closed them when it went on.
    pub held: u64,
    /// Bodies that came from their servers in another coding than they said, or broken in it.
    pub undecodable: u64,
    /// Revisit records whose original lies in an archive that was not given.
    pub originals_elsewhere: u64,
    /// Exceptions that an operator made, those that do not count included.
    pub overrides: BTreeSet<String>,
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

/// Where something is wrong.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place<'a> {
    pub(super) file: &'a str,
    pub(super) offset: u64,
    pub(super) url: Option<&'a str>,
}

impl Report {
    pub(super) fn add(&mut self, rule: Rule, at: Place<'_>, message: impl Into<String>) {
        let count = self.counts.entry(rule).or_default();
        *count += 1;
        if *count > KEPT_OF_A_RULE {
            return;
        }
        let url = at.url.map(str::to_owned);
        let parsed = at.url.and_then(|url| crawl::CanonicalUrl::parse(url).ok());
        self.findings.push(Finding {
            rule,
            file: at.file.to_owned(),
            offset: at.offset,
            host: parsed.map(|url| url.host_key().to_string()),
            url,
            message: message.into(),
        });
    }

    pub(super) fn note(&mut self, note: String) {
        if self.notes.len() < NOTES_MAX && !self.notes.contains(&note) {
            self.notes.push(note);
        }
    }

    /// Writes it for people: what was seen, then what is wrong, rule by rule.
    pub fn render(&self, out: &mut impl Write) -> fmt::Result {
        self.render_figures(out)?;
        for note in &self.notes {
            writeln!(out, "note: {note}")?;
        }
        for (rule, count) in &self.counts {
            writeln!(out, "{} ({count}): {}", rule.word(), rule.meaning())?;
            let shown = self.findings.iter().filter(|finding| finding.rule == *rule);
            for finding in shown {
                let Finding { file, offset, url, message, .. } = finding;
                let about = url.as_deref().map(|url| format!(" {url}")).unwrap_or_default();
                writeln!(out, "  {file}:{offset}{about}: {message}")?;
            }
        }
        let total: u64 = self.counts.values().sum();
        match (total, self.figures.pages + self.figures.robots) {
            (0, 0) => writeln!(out, "no findings, but there was no attempt to judge"),
            (0, _) => writeln!(out, "no findings: polite, obedient, whole"),
            (1, _) => writeln!(out, "1 finding"),
            _ if total == self.findings.len() as u64 => writeln!(out, "{total} findings"),
            _ => writeln!(out, "{total} findings ({} shown)", self.findings.len()),
        }
    }

    fn render_figures(&self, out: &mut impl Write) -> fmt::Result {
        let figures = &self.figures;
        let kinds: Vec<_> = figures.records.iter().map(|(k, n)| format!("{n} {k}")).collect();
        writeln!(
            out,
            "{}, {}, {}{}{}",
            counted(figures.segments, "segment"),
            counted(figures.bytes, "byte"),
            counted(figures.records.values().sum(), "record"),
            if kinds.is_empty() { "" } else { ": " },
            kinds.join(", ")
        )?;
        writeln!(
            out,
            "{} for pages and {} for robots.txt to {} (at most {} to one), {} without an answer",
            counted(figures.pages, "request"),
            figures.robots,
            counted(figures.hosts, "host"),
            figures.requests_of_a_host_max,
            figures.failed
        )?;
        if let (Some(gap), Some(margin)) = (figures.smallest_gap_ms, figures.smallest_margin_ms) {
            let far = margin.abs();
            let tightest = match margin {
                0.0.. => format!("the tightest kept {far:.1} ms more than its delay"),
                _ => format!("the earliest came {far:.1} ms before its delay was over"),
            };
            writeln!(out, "shortest gap {gap:.1} ms; {tightest}")?;
        }
        for line in &figures.overrides {
            writeln!(out, "override: {line}")?;
        }
        self.render_counts(out)
    }

    fn render_counts(&self, out: &mut impl Write) -> fmt::Result {
        let figures = &self.figures;
        for (count, one, what) in [
            (figures.tdmrep, "request", "for tdmrep.json"),
            (figures.overridden, "page", "fetched by an override, whatever robots.txt says"),
            (figures.held, "request", "held by a worker that was stopped until its lease was over"),
            (figures.undecodable, "body", "received in a broken coding"),
            (figures.originals_elsewhere, "revisit", "of an original that was not given"),
        ] {
            if count > 0 {
                writeln!(out, "note: {} {what}", counted(count, one))?;
            }
        }
        Ok(())
    }
}

/// A number and what is counted: `1 body`, `2 bodies`.
fn counted(count: u64, one: &str) -> String {
    match (count, one.strip_suffix('y')) {
        (1, _) => format!("1 {one}"),
        (_, Some(stem)) => format!("{count} {stem}ies"),
        (_, None) => format!("{count} {one}s"),
    }
}
