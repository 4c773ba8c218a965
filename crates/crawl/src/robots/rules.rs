//! The rules of our group, compiled once a file.

use std::fmt::Write as _;
use std::time::Duration;

use robotstxt::{RobotsParseHandler, parse_robotstxt};

use super::lines;
use super::pattern::{Pattern, normal};

/// Sitemap lines that are kept; more are of no use to a crawler.
const SITEMAPS_MAX: usize = 200;

/// The longest Sitemap line that is kept, in bytes.
const SITEMAP_BYTES_MAX: usize = 2_048;

/// The longest Crawl-delay that is believed: what asks for more means "stay away", once a day.
const CRAWL_DELAY_MAX_S: f64 = 86_400.0;

/// Lines about the use of what is fetched (`Content-Signal`, `License`) that are kept, and the
/// longest of them, in bytes.
const USES_MAX: usize = 8;
const USE_BYTES_MAX: usize = 500;

/// The longest pattern that is kept, in bytes: with its word before it it still is one line.
const PATTERN_BYTES_MAX: usize = lines::LINE_BYTES_MAX - "Disallow: ".len();

/// What a robots.txt says to one product token.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Rules {
    lines: Vec<Rule>,
    crawl_delay: Option<Duration>,
    sitemaps: Vec<String>,
    signals: Vec<String>,
    licences: Vec<String>,
}

/// An `Allow` or `Disallow` line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Whether it allows.
    pub allow: bool,
    /// The pattern as the file has it, percent-encoded where it was not ASCII.
    pub pattern: String,
    /// The line of the file, counted from 1.
    pub line: u32,
    /// The longer pattern wins.
    length: usize,
    compiled: Pattern,
}

/// What the rules say about a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict<'a> {
    /// Whether it may be fetched.
    pub allowed: bool,
    /// The rule that decides; without one everything is allowed.
    pub rule: Option<&'a Rule>,
}

impl Rules {
    /// Reads a file for a product token. What is no rule is passed over, and what our own group
    /// says replaces what `*` says (RFC 9309, section 2.2.1).
    pub fn parse(body: &[u8], token: &str) -> Self {
        Self::of_lines(&lines::clean(body), token)
    }

    /// Reads back what [`Self::compact`] wrote. It may be longer than the file it comes from, and
    /// loses nothing: a rule that fell off the end could allow what was forbidden.
    pub(super) fn of_compact(text: &str, token: &str) -> Self {
        Self::of_lines(&lines::clean_whole(text.as_bytes()), token)
    }

    fn of_lines(text: &str, token: &str) -> Self {
        let mut reader = Reader { token: agent(token).to_owned(), ..Reader::default() };
        parse_robotstxt(text, &mut reader);
        let group = if reader.has_own_group { reader.own } else { reader.global };
        Self {
            lines: group.rules,
            crawl_delay: group.crawl_delay,
            sitemaps: reader.sitemaps,
            signals: group.signals,
            licences: reader.licences,
        }
    }

    /// Rules that forbid everything.
    pub fn disallow_all() -> Self {
        Self { lines: vec![Rule::new(false, "/", 1)], ..Self::default() }
    }

    /// Judges path and query of a URL. The longest pattern wins, `Allow` where two are equally long
    /// (RFC 9309, section 2.2.2). `/robots.txt` itself is always allowed.
    pub fn check(&self, path_and_query: &str) -> Verdict<'_> {
        if path_and_query == "/robots.txt" {
            return Verdict { allowed: true, rule: None };
        }
        let path = match path_and_query {
            query if query.starts_with('?') => normal(&format!("/{query}")),
            path => normal(path),
        };
        let matching = self.lines.iter().filter(|rule| rule.compiled.matches(&path));
        // The first of equal ones: `max_by_key` takes the last.
        let best = matching.rev().max_by_key(|rule| (rule.length, rule.allow));
        Verdict { allowed: best.is_none_or(|rule| rule.allow), rule: best }
    }

    /// The time between two requests that our group asks for.
    pub fn crawl_delay(&self) -> Option<Duration> {
        self.crawl_delay
    }

    /// The sitemaps that the file names, whatever the group.
    pub fn sitemaps(&self) -> &[String] {
        &self.sitemaps
    }

    /// The `Content-Signal` lines of our group: what may be done with what is fetched, as the file
    /// words it (`search=yes, ai-train=no`).
    pub fn content_signals(&self) -> &[String] {
        &self.signals
    }

    /// The `License` lines of the file, whatever the group (Really Simple Licensing): where the
    /// terms of use are.
    pub fn licences(&self) -> &[String] {
        &self.licences
    }

    /// A small robots.txt that says the same to every token. A [`super::RobotsCopy`] reads it back.
    pub fn compact(&self) -> String {
        let mut text = String::from("User-agent: *\n");
        for rule in self.lines.iter().filter(|rule| !rule.is_derived()) {
            let word = if rule.allow { "Allow" } else { "Disallow" };
            // Writing to a string cannot fail.
            let _ = writeln!(text, "{word}: {}", rule.pattern);
        }
        if let Some(delay) = self.crawl_delay {
            let _ = writeln!(text, "Crawl-delay: {}", delay.as_secs_f64());
        }
        let all = [
            ("Content-Signal", &self.signals),
            ("Sitemap", &self.sitemaps),
            ("License", &self.licences),
        ];
        for (name, values) in all {
            for value in values {
                let _ = writeln!(text, "{name}: {value}");
            }
        }
        text
    }
}

impl Rule {
    fn new(allow: bool, pattern: &str, line: u32) -> Self {
        let compiled = Pattern::new(pattern);
        Self { allow, pattern: pattern.to_owned(), line, length: pattern.len(), compiled }
    }

    /// `Allow: /x/index.html` also allows `/x/`: the page is the same to most servers.
    fn of_the_folder(&self) -> Option<Self> {
        let slash = self.pattern.rfind('/')?;
        let is_index = self.allow && self.pattern[slash..].starts_with("/index.htm");
        is_index.then(|| {
            let mut rule = Self::new(true, &format!("{}$", &self.pattern[..=slash]), self.line);
            rule.pattern.clone_from(&self.pattern);
            rule
        })
    }

    fn is_derived(&self) -> bool {
        self.length != self.pattern.len()
    }
}

/// A user-agent as it is compared: up to the first byte that cannot be part of a product token
/// (RFC 9309, section 2.2.1).
fn agent(text: &str) -> &str {
    let end = text.find(|c: char| !(c.is_ascii_alphabetic() || matches!(c, '_' | '-')));
    &text[..end.unwrap_or(text.len())]
}

/// Collects the groups that concern us.
#[derive(Default)]
struct Reader {
    token: String,
    own: Group,
    global: Group,
    has_own_group: bool,
    /// The agents that the current group names.
    named: Named,
    /// The rules of the current group have begun: the next user-agent line begins another one.
    /// Other records end no group (RFC 9309, section 2.2.4).
    has_rules: bool,
    sitemaps: Vec<String>,
    licences: Vec<String>,
}

/// Whether a group is for our token, for everybody, or both.
#[derive(Clone, Copy, Default)]
struct Named {
    own: bool,
    star: bool,
}

#[derive(Default)]
struct Group {
    rules: Vec<Rule>,
    crawl_delay: Option<Duration>,
    signals: Vec<String>,
}

impl Reader {
    fn group(&mut self) -> Option<&mut Group> {
        match (self.named.own, self.named.star) {
            (true, _) => Some(&mut self.own),
            (false, true) => Some(&mut self.global),
            (false, false) => None,
        }
    }

    fn rule(&mut self, allow: bool, pattern: &str, line: u32) {
        let Some(group) = self.group() else { return };
        // An empty pattern matches nothing (RFC 9309, section 2.2.2).
        if !pattern.is_empty() {
            let pattern = lines::head(pattern, PATTERN_BYTES_MAX).trim_end();
            let rule = Rule::new(allow, pattern, line);
            group.rules.extend(rule.of_the_folder());
            group.rules.push(rule);
        }
        self.has_rules = true;
    }
}

impl RobotsParseHandler for Reader {
    fn handle_robots_start(&mut self) {}

    fn handle_robots_end(&mut self) {}

    fn handle_user_agent(&mut self, _line: u32, value: &str) {
        if std::mem::take(&mut self.has_rules) {
            self.named = Named::default();
        }
        let is_star = value.strip_prefix('*').is_some_and(|rest| {
            rest.is_empty() || rest.starts_with(|c: char| c.is_ascii_whitespace())
        });
        if is_star {
            self.named.star = true;
        } else if !self.token.is_empty() && agent(value).eq_ignore_ascii_case(&self.token) {
            (self.named.own, self.has_own_group) = (true, true);
        }
    }

    fn handle_allow(&mut self, line: u32, value: &str) {
        self.rule(true, value, line);
    }

    fn handle_disallow(&mut self, line: u32, value: &str) {
        self.rule(false, value, line);
    }

    fn handle_sitemap(&mut self, _line: u32, value: &str) {
        let is_new = !self.sitemaps.iter().any(|known| known == value);
        if is_new && self.sitemaps.len() < SITEMAPS_MAX && value.len() <= SITEMAP_BYTES_MAX {
            self.sitemaps.push(value.to_owned());
        }
    }

    fn handle_unknown_action(&mut self, _line: u32, action: &str, value: &str) {
        if action.eq_ignore_ascii_case("content-signal") {
            if let Some(group) = self.group() {
                keep_use(&mut group.signals, value);
            }
            return;
        }
        if action.eq_ignore_ascii_case("license") {
            keep_use(&mut self.licences, value);
            return;
        }
        if !action.eq_ignore_ascii_case("crawl-delay") {
            return;
        }
        let Some(asked) = crawl_delay(value) else { return };
        if let Some(group) = self.group() {
            // Several groups of ours, or several lines: the most patient one.
            group.crawl_delay = group.crawl_delay.max(Some(asked));
        }
    }
}

fn keep_use(kept: &mut Vec<String>, value: &str) {
    let is_new = !value.is_empty() && !kept.iter().any(|known| known == value);
    if is_new && kept.len() < USES_MAX && value.len() <= USE_BYTES_MAX {
        kept.push(value.to_owned());
    }
}

/// A number of seconds; negative ones and what is no number are refused.
fn crawl_delay(value: &str) -> Option<Duration> {
    let seconds: f64 = value.parse().ok()?;
    (seconds >= 0.0).then(|| Duration::from_secs_f64(seconds.min(CRAWL_DELAY_MAX_S)))
}

#[cfg(test)]
mod tests;
