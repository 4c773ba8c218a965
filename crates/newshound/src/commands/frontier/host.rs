//! `frontier host`: one host queue.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Duration;

use anyhow::Result;
use crawl::robots::{RobotsCopy, RobotsState};
use crawl::{Band, Directive, Order, politeness, traps};
use frontier::{Control, HostRow, StoredRobots};
use serde::Serialize;

use super::status::span;
use super::{Common, told};
use crate::config::Config;
use crate::exit::{Exit, usage};
use crate::policy::Policy;
use crate::store::{Place, with_frontier};
use crate::{out, units};

/// Shows one host queue: what waits, its delay and why, robots.txt, failures, the next visit, who
/// has its lease, and what operators have asked for.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// The host: www.example.com
    #[arg(value_name = "HOST")]
    host: String,
    /// Print one JSON object on standard output
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    place: Place,
}

/// All that is told of a host.
#[derive(Serialize)]
struct Queue {
    host: String,
    outlet: String,
    pending: u64,
    pending_by_band: BTreeMap<&'static str, u64>,
    /// URLs that wait for a time, and until the first of them is due.
    due: u64,
    next_due_in_s: Option<f64>,
    in_flight: u64,
    /// Until it may be visited, holds counted.
    free_in_s: f64,
    /// Leases so far.
    fence: u64,
    leased_by: Option<String>,
    lease_ends_in_s: Option<f64>,
    delay: Pace,
    /// Doublings of the back-off in force.
    failures: u32,
    last_response_s: f64,
    /// Walls since the last page, and all of them by their kind.
    walls_in_a_row: u32,
    walls: BTreeMap<String, u64>,
    /// URLs that were not asked for, by the rule.
    skipped: BTreeMap<String, u64>,
    /// Parts of its URLs that do not change the article: `slug`, or `?NAME`.
    learnt: Vec<String>,
    robots: Vec<Robots>,
    directives: Vec<Directive>,
}

/// The delay, and what it is made of.
#[derive(Debug, PartialEq, Serialize)]
struct Pace {
    delay_s: f64,
    /// `configured`, `crawl-delay`, `override`, `adaptive` or `rest`.
    because: &'static str,
    configured_s: f64,
    /// Of robots.txt, or what an operator has put in its place.
    crawl_delay_s: Option<f64>,
    adaptive_s: f64,
}

/// A robots copy.
#[derive(Serialize)]
struct Robots {
    origin: String,
    /// `rules`, `allow-all`, `disallow-all` or `redirected`.
    state: &'static str,
    /// Our lines of the file.
    rules: Option<String>,
    redirects_to: Option<String>,
    age_s: f64,
    fresh_for_s: f64,
    unreachable_for_s: f64,
}

pub(super) async fn run(args: &Args, common: &Common) -> Result<Exit> {
    let config = Config::load(common.config.as_deref())?;
    let name = super::name(&args.host)?;
    let site = args.place.site(&config)?;
    let opened = site.open().await?;
    let found = with_frontier!(&opened, frontier => {
        let policy = Policy::read(frontier).await?;
        frontier.host(&name).await?.map(|row| (row, policy))
    });
    let Some((row, policy)) = found else {
        return Err(usage(format!(
            "{name} is no host of this crawl; `newshound frontier hosts --outlet {} {}` lists \
                those of its outlet",
            name.outlet().as_str(),
            site.flag()
        )));
    };
    let mut pace = config.politeness.clone();
    if let Some(policy) = policy {
        pace.delay = policy.delay;
    }
    let host = Queue::of(&row, &pace, &config.traps);
    if args.json {
        out::json(&host)?;
    } else {
        out::text(&host.text()?)?;
    }
    Ok(Exit::Ok)
}

impl Queue {
    fn of(row: &HostRow, pace: &politeness::Config, traps: &traps::Config) -> Self {
        let seconds = |d: Duration| d.as_secs_f64();
        Self {
            host: row.host.to_string(),
            outlet: row.host.outlet().as_str().to_owned(),
            pending: row.pending_by_band.iter().sum(),
            pending_by_band: super::by_band(&row.pending_by_band),
            due: row.due,
            next_due_in_s: row.next_due_in.map(seconds),
            in_flight: row.in_flight,
            free_in_s: seconds(row.free_in),
            fence: row.fence,
            leased_by: row.leased.as_ref().map(|(worker, _)| worker.clone()),
            lease_ends_in_s: row.leased.as_ref().map(|(_, ends)| seconds(*ends)),
            delay: Pace::of(row, pace),
            failures: row.state.doublings(),
            last_response_s: seconds(row.state.response_time()),
            walls_in_a_row: row.state.walls_in_a_row(),
            walls: row.state.habits.walls().clone(),
            skipped: row.state.habits.skipped().clone(),
            learnt: row.state.habits.learnt(traps),
            robots: row.robots.iter().map(|(origin, kept)| robots(origin.as_str(), kept)).collect(),
            directives: row.directives.clone(),
        }
    }

    fn text(&self) -> Result<String> {
        let mut text = format!("{} (outlet {})\n", self.host, self.outlet);
        let band = |band: Band| {
            let count = self.pending_by_band.get(band.name()).copied().unwrap_or(0);
            format!("{} {}", units::count(count), band.name())
        };
        write!(
            text,
            "queue      {} pending ({}), {} in flight, {} later",
            units::count(self.pending),
            Band::ALL.map(band).join(", "),
            units::count(self.in_flight),
            units::count(self.due)
        )?;
        match self.next_due_in_s {
            Some(s) if self.due > 0 => writeln!(text, " (the first in {})", span(s))?,
            _ => text.push('\n'),
        }
        writeln!(text, "next visit {}", self.next_visit())?;
        writeln!(text, "delay      {}", self.delay.text())?;
        match (self.failures, self.last_response_s) {
            (0, s) if s > 0.0 => writeln!(text, "failures   none; answered in {} last", span(s))?,
            (0, _) => writeln!(text, "failures   none")?,
            (n, _) => writeln!(text, "failures   the back-off was doubled {n} times")?,
        }
        for (name, counts) in [("walls    ", &self.walls), ("skipped  ", &self.skipped)] {
            let words: Vec<_> =
                counts.iter().map(|(what, n)| format!("{} {what}", units::count(*n))).collect();
            if !words.is_empty() {
                writeln!(text, "{name}  {}", words.join(", "))?;
            }
        }
        if !self.learnt.is_empty() {
            let parts = self.learnt.join(", ");
            writeln!(text, "learnt     does not change an article: {parts}")?;
        }
        for robots in &self.robots {
            writeln!(text, "robots     {}", robots.text())?;
        }
        for directive in &self.directives {
            writeln!(text, "asked for  {}", told::directive(directive))?;
        }
        Ok(text)
    }

    fn next_visit(&self) -> String {
        if let (Some(worker), Some(ends)) = (&self.leased_by, self.lease_ends_in_s) {
            let fence = self.fence;
            return format!("{worker} is there (lease {fence}, lasts another {})", span(ends));
        }
        let is_held = self.directives.iter().any(|directive| directive.order.is_hold());
        match (self.free_in_s > 0.0, self.pending > 0) {
            (true, _) if is_held => "not while it is held (see below)".into(),
            (true, _) => format!("in {} at the soonest", span(self.free_in_s)),
            (false, true) => "as soon as its turn comes".into(),
            (false, false) => "when it has URLs again".into(),
        }
    }
}

impl Pace {
    fn of(row: &HostRow, pace: &politeness::Config) -> Self {
        let asked = row.state.crawl_delay();
        let adaptive = row.state.adaptive(pace);
        let overrides = row.directives.iter().any(|d| matches!(d.order, Order::Override { .. }));
        let robots = if overrides { "override" } else { "crawl-delay" };
        let parts = [
            (robots, asked.unwrap_or_default()),
            ("adaptive", adaptive),
            ("configured", pace.delay),
        ];
        // Of equal ones the last counts. What is stored is whole milliseconds.
        let (longest, most) =
            parts.into_iter().max_by_key(|(_, part)| *part).unwrap_or(("configured", pace.delay));
        let because = if row.delay > most + Duration::from_millis(1) { "rest" } else { longest };
        Self {
            // Before the first visit nothing is stored.
            delay_s: row.delay.max(most).as_secs_f64(),
            because,
            configured_s: pace.delay.as_secs_f64(),
            crawl_delay_s: asked.map(|asked| asked.as_secs_f64()),
            adaptive_s: adaptive.as_secs_f64(),
        }
    }

    fn text(&self) -> String {
        let why = match self.because {
            "configured" => "as the crawl is configured",
            "crawl-delay" => "as its robots.txt asks (Crawl-delay)",
            "override" => "as an operator has said",
            "adaptive" => "because it answers slowly",
            _ => {
                "more than the parts ask for: it rests (back-off, Retry-After), its seed asks for \
                    it, or its robots.txt was not known"
            }
        };
        let asked = self.crawl_delay_s.map_or("none".to_owned(), span);
        format!(
            "{}, {why}; configured {}, Crawl-delay {asked}, adaptive {}",
            span(self.delay_s),
            span(self.configured_s),
            span(self.adaptive_s)
        )
    }
}

fn robots(origin: &str, kept: &StoredRobots) -> Robots {
    let StoredRobots { copy: RobotsCopy { state, fresh_for, unreachable_for }, age } = kept;
    let (word, rules, to) = match state {
        RobotsState::Rules(text) => ("rules", Some(text.clone()), None),
        RobotsState::AllowAll => ("allow-all", None, None),
        RobotsState::DisallowAll => ("disallow-all", None, None),
        RobotsState::Redirected { to, .. } => ("redirected", None, Some(to.as_str().to_owned())),
    };
    Robots {
        origin: origin.to_owned(),
        state: word,
        rules,
        redirects_to: to,
        age_s: age.as_secs_f64(),
        fresh_for_s: fresh_for.as_secs_f64(),
        unreachable_for_s: unreachable_for.as_secs_f64(),
    }
}

impl Robots {
    fn text(&self) -> String {
        let what = match self.state {
            "rules" => {
                let lines = self.rules.as_deref().unwrap_or_default().lines().count();
                format!("{} that concern us", units::plural(lines as u64, "line"))
            }
            "allow-all" => "no such file: everything is allowed".into(),
            "disallow-all" => "out of reach: everything is forbidden".into(),
            _ => format!("redirects to {}", self.redirects_to.as_deref().unwrap_or_default()),
        };
        let left = self.fresh_for_s - self.age_s;
        let fresh = if left > 0.0 {
            format!("asked for again in {}", span(left))
        } else {
            "to be asked for again".into()
        };
        let mut text = format!("{}: {what}; {} old, {fresh}", self.origin, span(self.age_s));
        if self.unreachable_for_s > 0.0 {
            let _ = write!(text, "; out of reach for {}", span(self.unreachable_for_s));
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use crawl::HostKey;
    use crawl::politeness::HostState;

    use super::*;

    fn row(delay: u64, state: &str) -> HostRow {
        HostRow {
            host: HostKey::parse("www.a.test").unwrap(),
            fence: 3,
            leased: None,
            free_in: Duration::from_secs(2),
            delay: Duration::from_secs(delay),
            state: serde_json::from_str::<HostState>(state).unwrap(),
            pending_by_band: [1, 0, 4],
            in_flight: 0,
            due: 2,
            next_due_in: Some(Duration::from_mins(2)),
            robots: Vec::new(),
            directives: Vec::new(),
        }
    }

    #[test]
    fn the_reason_of_a_delay_is_told() {
        let pace = politeness::Config { delay: Duration::from_secs(2), ..Default::default() };
        for (delay, state, because) in [
            (2, "{}", "configured"),
            (2, r#"{"crawl_delay_ms":2000}"#, "configured"),
            (5, r#"{"crawl_delay_ms":5000}"#, "crawl-delay"),
            (4, r#"{"response_ms":4000,"crawl_delay_ms":3000}"#, "adaptive"),
            (60, r#"{"backoff":2}"#, "rest"),
            (0, "{}", "configured"),
        ] {
            assert_eq!(Pace::of(&row(delay, state), &pace).because, because, "{state}");
        }
    }

    #[test]
    fn a_host_in_words() {
        let (pace, traps) = (politeness::Config::default(), traps::Config::default());
        let state = r#"{"crawl_delay_ms":5000,"backoff":1,
            "habits":{"s":{"slug-variant":1980},"w":{"consent":2}}}"#;
        let text = Queue::of(&row(5, state), &pace, &traps).text().unwrap();
        for words in [
            "www.a.test (outlet a.test)",
            "5 pending (1 hub, 0 article, 4 backfill)",
            "2 later (the first in 2 min 0 s)",
            "in 2.0 s at the soonest",
            "5.0 s, as its robots.txt asks",
            "doubled 1 times",
            "skipped    1,980 slug-variant",
            "walls      2 consent",
        ] {
            assert!(text.contains(words), "{words:?} is not in: {text}");
        }
    }
}
