//! What a site says of the use of its texts, beside whether they may be fetched: kept with each
//! snapshot as it was seen that day, and judged by whoever uses it.
//!
//! Here is what belongs to an origin: its `/.well-known/tdmrep.json` (W3C Community Group, "TDM
//! Reservation Protocol", 2024). The words of robots.txt are with [`crate::robots`], those of a
//! page with `extract`.

use serde::{Deserialize, Serialize};

use crate::robots::matches_location;
use crate::{CanonicalUrl, Origin, UnixMicros, account};

/// Where an origin keeps its reservations.
pub const TDMREP_PATH: &str = "/.well-known/tdmrep.json";

/// Rules of a file that are kept, and bytes of all of them: a file is a few lines.
const RULES_MAX: usize = 8;
const BYTES_MAX: usize = 1_500;

/// Origins of a host that are kept: it speaks http and https.
const ORIGINS_MAX: usize = 2;

/// A rule of a tdmrep.json.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reservation {
    /// The paths it is about, as robots.txt writes them.
    #[serde(rename = "l")]
    pub location: String,
    /// Whether text and data mining is reserved.
    #[serde(rename = "r")]
    pub is_reserved: bool,
    /// Where its terms are.
    #[serde(rename = "p", default, skip_serializing_if = "Option::is_none")]
    pub policy: Option<String>,
}

/// The reservations of a host's origins, as they were last asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Reservations(Vec<Asked>);

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Asked {
    #[serde(rename = "o")]
    origin: Origin,
    /// The day (UTC) on which it was asked for.
    #[serde(rename = "d")]
    day: i64,
    #[serde(rename = "r", default, skip_serializing_if = "Vec::is_empty")]
    rules: Vec<Reservation>,
}

impl Reservations {
    /// Whether none were asked for.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether an origin is to be asked: once a day, whatever it answers.
    pub fn is_due(&self, origin: &Origin, now: UnixMicros) -> bool {
        let known = self.0.iter().find(|asked| asked.origin == *origin);
        known.is_none_or(|asked| asked.day != account::day_of(now))
    }

    /// Takes what an origin has answered; no rules where it has no such file.
    pub fn learn(&mut self, origin: &Origin, mut rules: Vec<Reservation>, now: UnixMicros) {
        let mut room = BYTES_MAX;
        rules.retain(|rule| {
            let bytes = rule.location.len() + rule.policy.as_ref().map_or(0, String::len);
            room = room.saturating_sub(bytes);
            room > 0
        });
        rules.truncate(RULES_MAX);
        self.0.retain(|asked| asked.origin != *origin);
        if self.0.len() >= ORIGINS_MAX {
            self.0.remove(0);
        }
        self.0.push(Asked { origin: origin.clone(), day: account::day_of(now), rules });
    }

    /// Notes that an origin was asked and has not said: what it had said before holds.
    pub fn not_told(&mut self, origin: &Origin, now: UnixMicros) {
        let known = self.0.iter().find(|asked| asked.origin == *origin);
        let rules = known.map(|asked| asked.rules.clone()).unwrap_or_default();
        self.learn(origin, rules, now);
    }

    /// The rule about a URL: the one with the longest location, the first of equal ones.
    pub fn about(&self, url: &CanonicalUrl) -> Option<&Reservation> {
        let origin = url.origin();
        let rules = &self.0.iter().find(|asked| asked.origin == origin)?.rules;
        let matching = rules.iter().filter(|r| matches_location(&r.location, url.path_and_query()));
        matching.rev().max_by_key(|rule| rule.location.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2026-11-25.
    const NOW: UnixMicros = UnixMicros(1_795_564_800_000_000);
    const DAY: std::time::Duration = std::time::Duration::from_hours(24);

    fn rule(location: &str, is_reserved: bool) -> Reservation {
        Reservation { location: location.into(), is_reserved, policy: None }
    }

    fn url(path: &str) -> CanonicalUrl {
        CanonicalUrl::parse(&format!("https://a.test{path}")).unwrap()
    }

    #[test]
    fn the_longest_location_rules() {
        let mut all = Reservations::default();
        let rules = vec![rule("/", true), rule("/free/*", false), rule("/*.pdf$", false)];
        all.learn(&url("/").origin(), rules, NOW);
        for (path, reserved) in [
            ("/news/x", Some(true)),
            ("/free/x", Some(false)),
            ("/a/b.pdf", Some(false)),
            ("/a/b.pdf?x", Some(true)),
        ] {
            assert_eq!(all.about(&url(path)).map(|rule| rule.is_reserved), reserved, "{path}");
        }
        let other = CanonicalUrl::parse("http://a.test/news/x").unwrap();
        assert_eq!(all.about(&other), None);
    }

    #[test]
    fn once_a_day_and_also_where_there_is_none() {
        let mut all = Reservations::default();
        let origin = url("/").origin();
        assert!(all.is_due(&origin, NOW));
        all.learn(&origin, Vec::new(), NOW);
        assert!(!all.is_due(&origin, NOW.after(DAY / 2)));
        assert!(all.is_due(&origin, NOW.after(DAY)));
    }

    #[test]
    fn what_was_said_holds_while_nothing_is_said() {
        let mut all = Reservations::default();
        let (page, tomorrow) = (url("/news/x"), NOW.after(DAY));
        all.learn(&page.origin(), vec![rule("/", true)], NOW);
        all.not_told(&page.origin(), tomorrow);
        assert!(!all.is_due(&page.origin(), tomorrow));
        assert_eq!(all.about(&page).map(|rule| rule.is_reserved), Some(true));
        all.learn(&page.origin(), Vec::new(), tomorrow);
        assert_eq!(all.about(&page), None);
    }

    #[test]
    fn a_large_file_takes_little_room() {
        let mut all = Reservations::default();
        for port in 1..9 {
            let origin = CanonicalUrl::parse(&format!("https://a.test:{port}/")).unwrap().origin();
            let rules = (0..500).map(|n| rule(&format!("/{n}/{}", "x".repeat(300)), true));
            all.learn(&origin, rules.collect(), NOW);
        }
        assert!(serde_json::to_string(&all).unwrap().len() < 4_000);
        assert_eq!(all.0.len(), 2);
    }
}
