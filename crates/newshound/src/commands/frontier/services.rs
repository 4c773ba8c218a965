//! The services of stories of a fleet, and what waits for them, as they are told.

use std::fmt::{self, Write as _};

use frontier::{Backlog, StoriesBeat, WorkerRow};
use serde::Serialize;

use super::status::span;
use crate::units;

/// What is told of a fleet's stories.
#[derive(Serialize)]
pub(super) struct Stories {
    services: Vec<Service>,
    stream: Stream,
}

/// A service as it is told.
#[derive(Serialize)]
struct Service {
    name: String,
    /// `active`, `standing by`, `silent` or `gone`.
    state: &'static str,
    heard_of_s_ago: f64,
    version: String,
    place: String,
    #[serde(flatten)]
    says: Says,
}

/// How far it is, where it has begun.
#[derive(Serialize)]
struct Says {
    articles: u64,
    stories: u64,
    /// Articles that were pushed out of the stream before it took them, and were not caught up.
    missing: u64,
}

/// The articles on their way.
#[derive(Serialize)]
struct Stream {
    kept: u64,
    /// Those that no service has taken.
    waiting: u64,
    /// How long the first of them has waited.
    oldest_waits_s: Option<f64>,
    /// Those that were pushed out since one was taken last.
    pushed_out: u64,
}

impl Stories {
    pub(super) fn of(rows: &[WorkerRow], backlog: Backlog) -> Self {
        let service = |row: &WorkerRow| row.beat.stories.map(|says| Service::of(row, says));
        let Backlog { kept, waiting, oldest_for, pushed_out } = backlog;
        let oldest_waits_s = oldest_for.map(|waits| waits.as_secs_f64());
        Self {
            services: rows.iter().filter_map(service).collect(),
            stream: Stream { kept, waiting, oldest_waits_s, pushed_out },
        }
    }

    pub(super) fn write(&self, text: &mut String) -> fmt::Result {
        let Stream { kept, waiting, oldest_waits_s, pushed_out } = &self.stream;
        if self.services.is_empty() && *kept == 0 {
            return Ok(());
        }
        let count = |state| self.services.iter().filter(|s| s.state == state).count() as u64;
        let states = ["active", "standing by", "silent", "gone"];
        let states = states.map(|state| format!("{} {state}", units::count(count(state))));
        write!(text, "stories  {}; {} on the way", states.join(", "), units::count(*waiting))?;
        if let Some(seconds) = oldest_waits_s {
            write!(text, ", the oldest for {}", span(*seconds))?;
        }
        match pushed_out {
            0 => text.push('\n'),
            pushed_out => writeln!(text, "; {} PUSHED OUT meanwhile", units::count(*pushed_out))?,
        }
        self.services.iter().try_for_each(|service| service.write(text))
    }
}

impl Service {
    fn of(row: &WorkerRow, says: StoriesBeat) -> Self {
        let StoriesBeat { stands_by, documents, stories, missing } = says;
        let state = match super::state_of(row) {
            "alive" if stands_by => "standing by",
            "alive" => "active",
            state => state,
        };
        Self {
            name: row.beat.name.clone(),
            state,
            heard_of_s_ago: row.age.as_secs_f64(),
            version: row.beat.version.clone(),
            place: row.beat.place.clone(),
            says: Says { articles: documents, stories, missing },
        }
    }

    fn write(&self, text: &mut String) -> fmt::Result {
        let Self { name, state, heard_of_s_ago, version, place, says } = self;
        let ago = span(*heard_of_s_ago);
        write!(text, "  {name}  {state}, heard of {ago} ago; {place}, version {version}")?;
        let Says { articles, stories, missing } = says;
        if *state != "standing by" {
            let articles = units::plural(*articles, "article");
            write!(text, "; {articles}, stories of several pages: {}", units::count(*stories))?;
        }
        match missing {
            0 => text.push('\n'),
            missing => writeln!(text, "; {} pushed out, not caught up", units::count(*missing))?,
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use frontier::Beat;

    use super::*;

    fn row(name: &str, age_s: u64, says: StoriesBeat) -> WorkerRow {
        let beat = Beat {
            name: name.into(),
            lasts_ms: 15_000,
            stories: Some(says),
            version: "1.2".into(),
            place: "m7, process 4".into(),
            ..Beat::default()
        };
        WorkerRow { beat, age: Duration::from_secs(age_s) }
    }

    #[test]
    fn services_are_told_by_what_they_do() {
        let says = StoriesBeat { documents: 1_200, stories: 80, missing: 3, stands_by: false };
        let stands_by = StoriesBeat { stands_by: true, ..StoriesBeat::default() };
        let gone = Beat { is_gone: true, ..row("s4", 2, says).beat };
        let rows = [
            row("s1", 1, says),
            row("s2", 1, stands_by),
            row("s3", 60, says),
            WorkerRow { beat: gone, age: Duration::from_secs(2) },
            WorkerRow { beat: Beat::default(), age: Duration::ZERO },
        ];
        let oldest_for = Some(Duration::from_secs(95));
        let backlog = Backlog { kept: 50, waiting: 7, oldest_for, pushed_out: 2 };
        let stories = Stories::of(&rows, backlog);
        let json = serde_json::to_value(&stories).unwrap();
        let states: Vec<_> =
            json["services"].as_array().unwrap().iter().map(|s| s["state"].clone()).collect();
        assert_eq!(states, ["active", "standing by", "silent", "gone"]);
        assert_eq!(
            (&json["services"][0]["articles"], &json["stream"]["waiting"]),
            (&1_200.into(), &7.into())
        );
        let mut text = String::new();
        stories.write(&mut text).unwrap();
        for part in [
            "1 active, 1 standing by, 1 silent, 1 gone; 7 on the way, the oldest for 1 min 35 s",
            "2 PUSHED OUT",
            "s1  active, heard of 1.0 s ago; m7, process 4, version 1.2; 1,200 articles",
            "3 pushed out, not caught up",
        ] {
            assert!(text.contains(part), "{part}: {text}");
        }
    }

    #[test]
    fn a_fleet_without_stories_says_nothing_of_them() {
        let mut text = String::new();
        Stories::of(&[], Backlog::default()).write(&mut text).unwrap();
        assert_eq!(text, "");
    }
}
