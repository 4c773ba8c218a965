//! All that is shown of a URL, as one JSON object or as text.

use std::fmt;

use extract::ParagraphKind;
use serde::Serialize;

use super::answer::Answer;
use super::article;
use super::ask::Timings;
use super::kept::SnapshotLine;
use super::known::{HubView, Known};
use super::reading::Reading;
use super::trap::Trap;
use super::verdict::Robots;
use crate::exit::Exit;
use crate::units;

/// Links and entries that are listed for people; --json lists all.
const LINES_SHOWN: usize = 20;

/// Bytes of a value that people see of one line.
const VALUE_BYTES_MAX: usize = 400;

/// What is known of a URL. What is not known is left out of the text, and null in JSON.
#[derive(Serialize)]
pub(super) struct Report {
    url: String,
    #[serde(flatten)]
    reading: Reading,
    status: Option<u16>,
    headers: Vec<(String, String)>,
    /// Where it redirects to.
    pub(super) redirect: Option<String>,
    /// Why there is no answer.
    pub(super) failure: Option<String>,
    pub(super) robots: Option<Robots>,
    pub(super) timings: Option<Timings>,
    pub(super) frontier: Option<Known>,
    /// Why it would not be asked for, were it a link.
    pub(super) trap: Option<Trap>,
    pub(super) snapshots: Vec<SnapshotLine>,
    pub(super) attempt: Option<Vec<(String, String)>>,
    #[serde(skip)]
    answer: Option<Answer>,
}

impl Report {
    pub(super) fn new(url: String, reading: Reading) -> Self {
        Self {
            url,
            reading,
            status: None,
            headers: Vec::new(),
            redirect: None,
            failure: None,
            robots: None,
            timings: None,
            frontier: None,
            trap: None,
            snapshots: Vec::new(),
            attempt: None,
            answer: None,
        }
    }

    /// Adds the answer that the reading is of.
    pub(super) fn answer(&mut self, answer: Option<Answer>) {
        self.status = answer.as_ref().map(|answer| answer.status);
        self.headers = answer.as_ref().map(|answer| answer.headers.clone()).unwrap_or_default();
        self.answer = answer;
    }

    /// Says on the error stream what could not be read; how the command ends then.
    pub(super) fn told(&self) -> Exit {
        article::told(&self.url, &self.reading)
    }

    /// The text for people.
    pub(super) fn render(&self) -> String {
        let mut out = Text(String::new());
        out.line(&self.url);
        out.reading(&self.reading);
        if let Some(robots) = &self.robots {
            out.robots(robots);
        }
        if let Some(timings) = &self.timings {
            out.timings(timings);
        }
        if let Some(known) = &self.frontier {
            out.known(known);
        }
        if let Some(trap) = &self.trap {
            let instead = trap.instead.as_ref().map(|url| format!("; {url} is fetched instead"));
            let instead = instead.unwrap_or_default();
            out.row("skipped by", format!("{}: {}{instead}", trap.rule, trap.why));
        }
        out.snapshots(self);
        out.exchange(self);
        out.0
    }
}

/// A text with aligned names. What comes from the web cannot move the cursor.
struct Text(String);

impl Text {
    fn line(&mut self, text: &str) {
        let printable = |c: char| if c.is_control() { '\u{fffd}' } else { c };
        let end = text.floor_char_boundary(bytes_max(text));
        self.0.extend(text[..end].chars().map(printable));
        if end < text.len() {
            self.0.push('…');
        }
        self.0.push('\n');
    }

    fn row(&mut self, name: &str, value: impl fmt::Display) {
        self.line(&format!("  {name:<16}{value}"));
    }

    fn some(&mut self, name: &str, value: Option<impl fmt::Display>) {
        if let Some(value) = value {
            self.row(name, value);
        }
    }

    fn reading(&mut self, reading: &Reading) {
        let format = reading.format.map(|format| format!(" ({format})")).unwrap_or_default();
        self.row("kind", format!("{}{format}", reading.kind));
        self.some("title", reading.title.as_ref());
        self.some("published", reading.published.as_ref());
        self.some("modified", reading.modified.as_ref());
        self.some("language", reading.language.as_ref());
        self.article(reading);
        if let (Some(charset), Some(from)) = (reading.charset, reading.charset_from) {
            self.row("charset", format!("{charset} ({from})"));
        }
        self.some("canonical", reading.canonical.as_ref());
        self.some("wall", reading.wall.as_ref());
        for said in &reading.usage {
            self.row("use", said);
        }
        if !reading.robots_meta.is_empty() {
            self.row("asks robots", reading.robots_meta.join(", "));
        }
        let is_damaged = reading.damaged.then_some("not well-formed, or without its end");
        self.some("damaged", is_damaged);
        self.some("truncated", reading.truncated.then_some("a limit of ours cut it"));
        self.some("guard", reading.guard.map(|limit| format!("no tree is built of it: {limit}")));
        self.some("refused", (reading.refused > 0).then_some(reading.refused));
        self.list("feed", &reading.feeds, |feed| {
            let title = feed.title.as_deref().unwrap_or_default();
            format!("{}  {title}", feed.url)
        });
        self.list("entrie", &reading.entries, |entry| {
            let at = entry.published.as_ref().or(entry.updated.as_ref());
            let at = at.map(|at| format!("{at}  ")).unwrap_or_default();
            format!("{at}{}  {}", entry.url, entry.title.as_deref().unwrap_or_default())
        });
        self.list("link", &reading.links, |link| format!("{} {}", link.url, link.rel));
    }

    /// What was read of an article, with the beginning of its text.
    fn article(&mut self, reading: &Reading) {
        if !reading.authors.is_empty() {
            self.row("authors", reading.authors.join(", "));
        }
        self.some("agency", reading.agency.as_ref());
        if let Some(from) = reading.article_from {
            let from = match (from, &reading.unreadable) {
                ("crawl", _) => "as the crawl kept it",
                (_, Some(_)) => "not to be read",
                _ => "read now",
            };
            let note = reading.article_note.as_ref().map(|note| format!(": {note}"));
            self.row("article", format!("{from}{}", note.unwrap_or_default()));
        }
        let Some(article) = &reading.article else { return };
        self.some("dateline", article.dateline.as_ref());
        self.some("section", article.section.as_ref());
        self.some("amp", article.amp.as_ref());
        self.some(
            "partial",
            article.partial.then_some("the page says that it is not free to read"),
        );
        self.list("paragraph", &article.paragraphs, |paragraph| match paragraph.kind {
            ParagraphKind::Text => paragraph.text.clone(),
            ParagraphKind::Heading => format!("# {}", paragraph.text),
            ParagraphKind::Quote => format!("> {}", paragraph.text),
            ParagraphKind::Caption => format!("[{}]", paragraph.text),
        });
    }

    fn list<T>(&mut self, noun: &str, items: &[T], line: impl Fn(&T) -> String) {
        if items.is_empty() {
            return;
        }
        let noun = match (noun, items.len()) {
            ("entrie", 1) => "entry",
            (noun, _) => noun,
        };
        self.line(&units::plural(items.len() as u64, noun));
        for item in items.iter().take(LINES_SHOWN) {
            self.line(format!("  {}", line(item)).trim_end());
        }
        if items.len() > LINES_SHOWN {
            self.line(&format!("  and {} more (--json lists all)", items.len() - LINES_SHOWN));
        }
    }

    fn robots(&mut self, robots: &Robots) {
        self.line("robots.txt");
        let rule = robots.rule.as_deref().unwrap_or("no rule matches");
        let line = robots.line.map(|line| format!(" (line {line})")).unwrap_or_default();
        self.row("verdict", format!("{}: {rule}{line}", robots.verdict));
        self.row("known", &robots.why);
        self.row("file", &robots.url);
        self.some("copy's age", robots.copy_age_s.map(seconds));
        self.some("crawl-delay", robots.crawl_delay_s.map(seconds));
        self.list("sitemap", &robots.sitemaps, Clone::clone);
    }

    fn timings(&mut self, timings: &Timings) {
        let ms = |ms: f64| format!("{ms:.1} ms");
        self.line("timings");
        self.row("robots.txt", ms(timings.robots_ms));
        self.some("waited", timings.wait_ms.map(ms));
        self.some("first byte", timings.first_byte_ms.map(ms));
        self.some("total", timings.total_ms.map(ms));
    }

    fn known(&mut self, known: &Known) {
        self.line("frontier");
        let band = known.band.map(|band| format!(", band {band}")).unwrap_or_default();
        let state = match known.state {
            "pending" => "pending: it waits for its turn, or is being fetched",
            "due" => "waits for its time",
            "settled" => "settled for good",
            _ => "never heard of",
        };
        self.row("state", format!("{state}{band}"));
        self.some("due in", known.due_in_s.map(seconds));
        self.some("seed", known.seed.as_ref());
        self.some("depth", known.depth.filter(|depth| *depth > 0));
        self.some("redirects", known.hops.filter(|hops| *hops > 0));
        self.some("failed", known.failed_attempts.filter(|failed| *failed > 0));
        self.some("listed", known.listed.as_ref());
        self.some("payload of", known.last_payload.as_ref());
        if let Some(hub) = &known.hub {
            self.hub(hub);
        }
    }

    fn hub(&mut self, hub: &HubView) {
        let from = hub.from.as_ref().map(|from| format!(" of {from}")).unwrap_or_default();
        self.row("hub", format!("{}, found: {}{from}", hub.kind, hub.found));
        let barren = match hub.barren {
            0 => String::new(),
            n => format!(", the last {n} of them for nothing"),
        };
        let visits = units::plural(hub.visits.into(), "visit");
        let articles = units::plural(hub.articles, "new article");
        self.row("brought", format!("{articles} in {visits}{barren}"));
        self.row("rate", format!("{:.1} new articles a day", hub.new_per_day));
        self.some("interval", hub.interval_s.map(seconds));
        self.some("last visit", hub.last_visit.as_ref());
        self.some("last new", hub.last_new.as_ref());
        self.some("failures", (hub.failures > 0).then_some(hub.failures));
    }

    fn snapshots(&mut self, report: &Report) {
        self.list("snapshot", &report.snapshots, |snapshot| {
            format!("{}  {} at byte {}", snapshot.date, snapshot.segment, snapshot.offset)
        });
        for (name, value) in report.attempt.iter().flatten() {
            self.row(name, value);
        }
    }

    fn exchange(&mut self, report: &Report) {
        if let Some(failure) = &report.failure {
            self.line(&format!("no answer: {failure}"));
        }
        let Some(answer) = &report.answer else {
            if report.attempt.is_some() {
                self.line("the last attempt brought no response");
            }
            return;
        };
        let Answer { version, status, reason, .. } = answer;
        self.line(format!("{version} {status} {reason}").trim_end());
        if answer.is_revisit {
            self.line("  (a revisit: the payload is in an earlier snapshot)");
        }
        for (name, value) in &answer.headers {
            self.line(&format!("  {name}: {value}"));
        }
        let cut = answer.cut.as_ref().map(|why| format!(", cut: {why}")).unwrap_or_default();
        self.line(&format!("  {} of body{cut}", units::bytes(answer.body_bytes)));
        if let Some(to) = &report.redirect {
            self.line(&format!("it redirects to {to} (not followed here)"));
        }
    }
}

/// URLs are shown whole, so that they can be copied.
fn bytes_max(text: &str) -> usize {
    if text.contains("://") { crawl::url::URL_BYTES_MAX } else { VALUE_BYTES_MAX }
}

fn seconds(secs: f64) -> String {
    units::duration(std::time::Duration::try_from_secs_f64(secs).unwrap_or_default())
}
