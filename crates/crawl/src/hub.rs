//! What is remembered of a hub between two visits: what it is, how it was found, what it brings.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::UnixMicros;

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
    /// Visits in a row, up to the last one, that brought nothing new.
    pub barren: u32,
    /// New articles that were first seen here.
    pub articles: u64,
    /// How often something new appears.
    pub rate: Rate,
    /// What it adds to its outlet's sum of shares (see [`crate::revisit::share`]).
    pub share: u64,
    /// What it adds to its outlet's sum of rates, in thousandths of new articles a day.
    pub rate_milli: u64,
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

    /// Learns from an answered visit at `now`: so many new articles, and so many that are new here
    /// but were known from elsewhere.
    pub fn note(&mut self, new: u32, echoes: u32, now: UnixMicros) {
        if let Some(last) = self.visited_at {
            self.rate.observe(new, echoes, now.since(last));
        }
        self.visited_at = Some(now);
        self.visits = self.visits.saturating_add(1);
        self.failures = 0;
        self.articles += u64::from(new);
        if new > 0 {
            self.barren = 0;
            self.last_new_at = Some(now);
        } else if echoes > 0 {
            self.barren = 0;
        } else {
            self.barren = self.barren.saturating_add(1);
        }
    }
}

/// A decayed count over a decayed time. Whole numbers, so that all backends agree on it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Rate {
    /// Thousandths of events.
    pub events_milli: u64,
    /// The time in which they were seen, in seconds.
    pub span_s: u64,
}

/// What an event counts that another hub had told of before, in thousandths.
const ECHO_MILLI: u64 = 300;

/// After this time an observation counts half.
const HALF_LIFE_S: f64 = 2.0 * 86_400.0;

impl Rate {
    /// Adds an observation of this time, which ends now: so many events, and so many that another
    /// hub had told of before. Those count a part: a hub that lists everything would look barren
    /// beside one that is visited a little earlier and lists most.
    pub fn observe(&mut self, events: u32, echoes: u32, time: Duration) {
        let kept = 0.5_f64.powf(time.as_secs_f64() / HALF_LIFE_S);
        let decayed = |n: u64| whole(n as f64 * kept);
        let seen = 1_000 * u64::from(events) + ECHO_MILLI * u64::from(echoes);
        self.events_milli = decayed(self.events_milli) + seen;
        self.span_s = decayed(self.span_s) + time.as_secs();
    }

    /// Events a day, with a weak prior belief of `prior` a day that half an event's worth of time
    /// outweighs.
    pub fn per_day(&self, prior: f64) -> f64 {
        const BELIEF: f64 = 0.5;
        let events = self.events_milli as f64 / 1_000.0 + BELIEF;
        let days = self.span_s as f64 / 86_400.0 + BELIEF / prior.max(1e-6);
        events / days
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "small and positive")]
fn whole(n: f64) -> u64 {
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
        for _ in 0..200 {
            rate.observe(1, 0, HOUR);
        }
        assert!((rate.per_day(2.0) - 24.0).abs() < 2.5, "{}", rate.per_day(2.0));
        for _ in 0..200 {
            rate.observe(0, 0, HOUR);
        }
        assert!(rate.per_day(2.0) < 3.0, "{}", rate.per_day(2.0));
    }

    #[test]
    fn the_first_visit_says_nothing_about_the_rate() {
        let mut hub = Hub::new(HubKind::Feed, Found::Alternate, None);
        let start = UnixMicros(5);
        hub.note(50, 0, start);
        assert_eq!((hub.rate, hub.barren, hub.last_new_at), (Rate::default(), 0, Some(start)));
        hub.note(0, 0, start.after(HOUR));
        assert_eq!((hub.visits, hub.barren, hub.articles), (2, 1, 50));
        assert_eq!(hub.rate, Rate { events_milli: 0, span_s: 3_600 });
    }
}
