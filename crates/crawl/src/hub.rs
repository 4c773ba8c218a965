//! What is remembered of a hub between two visits: what it is, how it was found, what it brings.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::{Fingerprint, UnixMicros};

/// What kind of hub it turned out to be; before its first visit, what it is taken for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum HubKind {
    /// An HTML page: a front page or a section.
    #[default]
    Page,
    /// RSS, Atom or JSON Feed.
    Feed,
    /// A sitemap that lists pages.
    Sitemap,
    /// A sitemap that lists sitemaps.
    Index,
}

impl HubKind {
    /// The word for people and in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Page => "page",
            Self::Feed => "feed",
            Self::Sitemap => "sitemap",
            Self::Index => "sitemap-index",
        }
    }
}

/// How a hub was found: the evidence for it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Found {
    /// The user gave it.
    #[default]
    Seed,
    /// A robots.txt names it in a `Sitemap:` line.
    Robots,
    /// A page's head links it as `rel=alternate`.
    Alternate,
    /// A sitemap index lists it.
    Index,
    /// It answers at a path at which such things often are.
    Path,
    /// It is a page that was found to list articles.
    Listing,
    /// It is the front page of another host of the outlet.
    Front,
}

impl Found {
    /// The words for people and in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Seed => "given",
            Self::Robots => "robots.txt",
            Self::Alternate => "rel=alternate",
            Self::Index => "sitemap index",
            Self::Path => "well-known path",
            Self::Listing => "lists articles",
            Self::Front => "front page",
        }
    }

    /// Whether the user vouches for it: its links may lead to other outlets.
    pub fn is_given(self) -> bool {
        self == Self::Seed
    }
}

/// What is remembered of a hub.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Hub {
    /// What it is.
    pub kind: HubKind,
    /// How it was found.
    pub found: Found,
    /// The URL of the page, index or robots.txt that led to it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// Visits that were answered.
    pub visits: u32,
    /// Visits so far that brought nothing, of a hub that never brought anything since its first.
    pub barren: u32,
    /// Marks of what it listed at its last visit (see [`Hub::mark`]).
    #[serde(skip_serializing_if = "String::is_empty")]
    pub marks: String,
    /// New articles of the outlet that were found up to its last visit.
    pub discovered: u64,
    /// Whether anything appeared here after the first visit.
    pub is_live: bool,
    /// New articles that were first seen here.
    pub articles: u64,
    /// How often something new appears.
    pub rate: Rate,
    /// What it adds to its outlet's sum of shares (see [`crate::revisit::share`]).
    pub share: u64,
    /// When it last brought something new.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_new_at: Option<UnixMicros>,
    /// When it was last visited with an answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub visited_at: Option<UnixMicros>,
    /// The time after which the next visit is due, in milliseconds.
    pub interval_ms: u64,
    /// The place in the list of well-known paths, for one that was only guessed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub guess: Option<u8>,
    /// Refused or failed visits in a row.
    pub failures: u32,
}

impl Hub {
    /// A hub that was not visited yet.
    pub fn new(kind: HubKind, found: Found, from: Option<String>) -> Self {
        Self { kind, found, from, ..Self::default() }
    }

    /// Learns from an answered visit at `now`. `discovered` is how many new articles of the outlet
    /// were found so far, on whatever hub.
    pub fn note(&mut self, brought: Brought, discovered: u64, now: UnixMicros) {
        let Brought { new, echoes } = brought;
        let since = discovered.saturating_sub(self.discovered) + u64::from(new);
        if let Some(last) = self.visited_at {
            self.rate.observe(brought, since, now.since(last));
        }
        self.discovered = discovered + u64::from(new);
        self.visited_at = Some(now);
        self.visits = self.visits.saturating_add(1);
        self.failures = 0;
        self.articles += u64::from(new);
        if new > 0 {
            self.last_new_at = Some(now);
        }
        if self.visits > 1 {
            self.is_live |= new + echoes > 0;
            self.barren = if self.is_live { 0 } else { self.barren.saturating_add(1) };
        }
    }

    /// Notes what it lists, to know what is new here at the next visit: two bytes of each of the
    /// first fingerprints.
    pub fn mark(&mut self, listed: impl Iterator<Item = Fingerprint>) {
        self.marks = listed.take(MARKS_MAX).map(mark_of).collect();
    }

    /// How many of them are remembered.
    pub fn marked(&self) -> usize {
        self.marks.len() / 4
    }

    /// Whether it listed a URL at its last visit, as far as it is remembered.
    pub fn has_marked(&self, url: Fingerprint) -> bool {
        let mark = mark_of(url);
        self.marks.as_bytes().chunks(mark.len()).any(|known| known == mark.as_bytes())
    }
}

/// What a visit of a hub brought.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Brought {
    /// Articles that were not known.
    pub new: u32,
    /// Articles that appeared here since its last visit, and were known from elsewhere.
    pub echoes: u32,
}

/// A decayed count over a decayed time. Whole numbers, so that all backends agree on it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Rate {
    /// Thousandths of events.
    pub events_milli: u64,
    /// The time in which they were seen, in seconds.
    pub span_s: u64,
    /// Thousandths of articles that appeared here.
    pub here_milli: u64,
    /// Thousandths of articles of the outlet that were found meanwhile, on whatever hub.
    pub anywhere_milli: u64,
}

/// Listed URLs that are remembered: more than most feeds and front pages show at once.
const MARKS_MAX: usize = 60;

fn mark_of(url: Fingerprint) -> String {
    format!("{:04x}", url.0 & 0xFFFF)
}

/// After this time an observation counts half.
const HALF_LIFE_S: f64 = 2.0 * 86_400.0;

impl Rate {
    /// Adds an observation of this time, which ends now, and in which so many new articles of the
    /// outlet were found.
    ///
    /// What is new counts. What another hub had told of before counts by how much of its outlet
    /// the hub lists, squared: a hub that lists everything is worth as much as if it were alone, or
    /// it would look barren beside one that is visited a little earlier and lists most; one that
    /// repeats a part is worth next to nothing.
    pub fn observe(&mut self, brought: Brought, anywhere: u64, time: Duration) {
        let kept = 0.5_f64.powf(time.as_secs_f64() / HALF_LIFE_S);
        let decayed = |n: u64| whole(n as f64 * kept);
        let here = u64::from(brought.new) + u64::from(brought.echoes);
        self.here_milli = decayed(self.here_milli) + 1_000 * here;
        self.anywhere_milli = decayed(self.anywhere_milli) + 1_000 * anywhere.max(here);
        let complete = self.completeness();
        let worth =
            f64::from(brought.new) * complete + f64::from(brought.echoes) * complete.powi(2);
        let seen = whole(1_000.0 * worth);
        self.events_milli = decayed(self.events_milli) + seen;
        self.span_s = decayed(self.span_s) + time.as_secs();
    }

    /// What share of the outlet's articles appears here, as far as is known.
    fn completeness(&self) -> f64 {
        // Without knowledge, half.
        (self.here_milli as f64 + 500.0) / (self.anywhere_milli as f64 + 1_000.0)
    }

    /// Events a day, with a weak prior belief of `prior` a day that half an event's worth of time
    /// outweighs.
    pub fn per_day(&self, prior: f64) -> f64 {
        const BELIEF: f64 = 0.15;
        let events = self.events_milli as f64 / 1_000.0 + BELIEF;
        let days = self.span_s as f64 / 86_400.0 + BELIEF / prior.max(1e-6);
        events / days
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "small and positive")]
pub(crate) fn whole(n: f64) -> u64 {
    n.max(0.0).round() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: Duration = Duration::from_hours(1);

    #[test]
    fn the_rate_follows_what_is_seen() {
        let mut rate = Rate::default();
        assert!((rate.per_day(2.0) - 2.0).abs() < 1e-9);
        let one = Brought { new: 1, echoes: 0 };
        for _ in 0..200 {
            rate.observe(one, 1, HOUR);
        }
        assert!((rate.per_day(2.0) - 24.0).abs() < 2.5, "{}", rate.per_day(2.0));
        for _ in 0..200 {
            rate.observe(Brought::default(), 0, HOUR);
        }
        assert!(rate.per_day(2.0) < 3.0, "{}", rate.per_day(2.0));
    }

    #[test]
    fn echoes_count_by_how_much_of_its_outlet_a_hub_lists() {
        let rate = |echoes| {
            let mut rate = Rate::default();
            for _ in 0..300 {
                rate.observe(Brought { new: 0, echoes }, 10, HOUR);
            }
            rate.per_day(4.0)
        };
        assert!((rate(10) - 240.0).abs() < 20.0, "{}", rate(10));
        assert!(rate(1) < 1.0, "a tenth of all, at a tenth of the rate, squared: {}", rate(1));
    }

    #[test]
    fn what_was_listed_is_remembered_up_to_a_bound() {
        let mut hub = Hub::default();
        let url = |n: u64| Fingerprint(n.wrapping_mul(0x9E37_79B9_7F4A_7C15));
        hub.mark((0..100).map(url));
        assert_eq!(hub.marks.len(), 4 * MARKS_MAX);
        assert!(hub.has_marked(url(0)) && hub.has_marked(url(59)) && !hub.has_marked(url(60)));
    }

    #[test]
    fn the_first_visit_says_nothing_about_the_rate() {
        let mut hub = Hub::new(HubKind::Feed, Found::Alternate, None);
        let start = UnixMicros(5);
        let brought = |new, echoes| Brought { new, echoes };
        hub.note(brought(50, 0), 0, start);
        assert_eq!((hub.rate, hub.barren, hub.last_new_at), (Rate::default(), 0, Some(start)));
        hub.note(brought(0, 0), 50, start.after(HOUR));
        assert_eq!((hub.visits, hub.barren, hub.articles), (2, 1, 50));
        hub.note(brought(0, 1), 51, start.after(2 * HOUR));
        hub.note(brought(0, 0), 51, start.after(3 * HOUR));
        assert_eq!((hub.is_live, hub.barren), (true, 0), "a live hub may be quiet");
    }
}
