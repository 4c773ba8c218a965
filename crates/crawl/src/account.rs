//! What a crawl has spent on an outlet and got for it.

use serde::{Deserialize, Serialize};

use crate::UnixMicros;
use crate::freshness::Freshness;

/// Hours of a day.
const HOURS: usize = 24;

/// The account of an outlet. Every figure is a sum (or a maximum), so that visits of several hosts
/// of the outlet may post to it at the same time.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Account {
    /// The day (UTC, counted from 1970-01-01) of `spent`.
    pub day: i64,
    /// Requests on that day.
    pub spent: u64,
    /// Those of them that were for nothing new: backfill, and looks for edits.
    pub spent_on_old: u64,
    /// Requests ever, robots files among them.
    pub requests: u64,
    /// Articles that were new when a hub listed them, and that have a snapshot.
    pub articles: u64,
    /// New articles that hubs have listed since their first visits.
    pub discovered: u64,
    /// When the last of them was listed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_new_at: Option<UnixMicros>,
    /// The sum of its hubs' shares (see [`crate::revisit::share`]).
    pub shares: u64,
    /// When it was opened.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub since: Option<UnixMicros>,
    /// New articles by the hour (UTC) in which they appeared.
    pub hours: [u64; HOURS],
    /// Feeds known, doubles left out.
    pub feeds: u64,
    /// Pages that were taken for sections because they list articles.
    pub sections: u64,
    /// Sitemaps that were put to sleep, because nothing in them is recent.
    pub asleep: u64,
    /// From publication to snapshot.
    pub freshness: Freshness,
}

/// What one visit posts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Posting {
    /// Requests sent.
    pub requests: u64,
    /// Those of them that were for nothing new.
    pub requests_for_old: u64,
    /// New articles stored.
    pub articles: u64,
    /// New articles that a hub listed after its first visit.
    pub discovered: u64,
    /// When the last new one was listed.
    pub last_new_at: Option<UnixMicros>,
    /// By how much the sum of shares grows, or shrinks.
    pub shares: i64,
    /// The times at which new articles appeared.
    pub appeared: Vec<UnixMicros>,
    /// Feeds found (or lost).
    pub feeds: i64,
    /// Sections found.
    pub sections: u64,
    /// Sitemaps put to sleep.
    pub asleep: u64,
    /// From publication to snapshot.
    pub freshness: Freshness,
}

/// The day of a time.
pub fn day_of(at: UnixMicros) -> i64 {
    at.0.div_euclid(86_400_000_000)
}

impl Account {
    /// Adds what a visit posts at `now`.
    pub fn post(&mut self, now: UnixMicros, posting: &Posting) {
        let day = day_of(now);
        match day.cmp(&self.day) {
            std::cmp::Ordering::Greater => {
                (self.day, self.spent) = (day, posting.requests);
                self.spent_on_old = posting.requests_for_old;
            }
            std::cmp::Ordering::Equal => {
                self.spent += posting.requests;
                self.spent_on_old += posting.requests_for_old;
            }
            std::cmp::Ordering::Less => {}
        }
        self.requests += posting.requests;
        self.articles += posting.articles;
        self.discovered += posting.discovered;
        self.last_new_at = self.last_new_at.max(posting.last_new_at);
        self.shares = self.shares.saturating_add_signed(posting.shares);
        self.since.get_or_insert(now);
        self.feeds = self.feeds.saturating_add_signed(posting.feeds);
        self.sections += posting.sections;
        self.asleep += posting.asleep;
        for at in &posting.appeared {
            self.hours[hour_of(*at)] += 1;
        }
        self.freshness.merge(&posting.freshness);
    }

    /// New articles to be expected in a day.
    pub fn articles_per_day(&self, now: UnixMicros) -> f64 {
        // Before anything is known, four in half a day's worth of belief.
        let days = self.since.map_or(0.0, |since| now.since(since).as_secs_f64() / 86_400.0);
        (self.discovered as f64 + 2.0) / (days + 0.5)
    }

    /// Requests on the day of `now`: all, and those for nothing new.
    pub fn spent_on_day_of(&self, now: UnixMicros) -> (u64, u64) {
        if day_of(now) == self.day { (self.spent, self.spent_on_old) } else { (0, 0) }
    }

    /// How much more (or less) than on average appears in the hour of `now`. One while little is
    /// known.
    pub fn rhythm(&self, now: UnixMicros) -> f64 {
        const BELIEF: f64 = 2.0;
        let all: u64 = self.hours.iter().sum();
        // Neighbours count half: an hour is no sharp border.
        let hour = hour_of(now);
        let near = [(hour + HOURS - 1) % HOURS, (hour + 1) % HOURS];
        let here = self.hours[hour] as f64 / 2.0
            + near.iter().map(|h| self.hours[*h] as f64 / 4.0).sum::<f64>();
        let average = all as f64 / HOURS as f64;
        (here + BELIEF) / (average + BELIEF)
    }
}

impl Posting {
    /// Takes another posting of the same visit in.
    pub fn add(&mut self, other: &Self) {
        self.requests += other.requests;
        self.requests_for_old += other.requests_for_old;
        self.articles += other.articles;
        self.discovered += other.discovered;
        self.last_new_at = self.last_new_at.max(other.last_new_at);
        self.shares += other.shares;
        self.appeared.extend(&other.appeared);
        self.feeds += other.feeds;
        self.sections += other.sections;
        self.asleep += other.asleep;
        self.freshness.merge(&other.freshness);
    }
}

fn hour_of(at: UnixMicros) -> usize {
    usize::try_from(at.0.div_euclid(3_600_000_000).rem_euclid(24)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const HOUR: Duration = Duration::from_hours(1);

    #[test]
    fn postings_add_up_and_a_new_day_begins_at_nothing() {
        let mut account = Account::default();
        let noon = UnixMicros(0).after(20_000 * 24 * HOUR + 12 * HOUR);
        let post = |requests| Posting { requests, shares: 5, ..Posting::default() };
        account.post(noon, &post(3));
        account.post(noon.after(HOUR), &post(4));
        let spent = account.spent_on_day_of(noon).0;
        assert_eq!((spent, account.requests, account.shares), (7, 7, 10));
        account.post(noon.after(13 * HOUR), &Posting { shares: -20, ..post(1) });
        assert_eq!((account.spent, account.requests, account.shares), (1, 8, 0));
        assert_eq!(account.spent_on_day_of(noon.after(40 * HOUR)), (0, 0));
        // Late news of the day before does not count to today's budget.
        account.post(noon, &post(1));
        assert_eq!((account.spent, account.requests), (1, 9));
    }

    #[test]
    fn the_rhythm_knows_busy_hours() {
        let mut account = Account::default();
        let at = |hour: u32| UnixMicros(0).after(hour * HOUR);
        assert!((account.rhythm(at(3)) - 1.0).abs() < 1e-9);
        let appeared = (0..240).map(|n| at(24 * (n / 8) + 8 + n % 8)).collect();
        account.post(at(0), &Posting { appeared, ..Posting::default() });
        assert!(account.rhythm(at(12)) > 2.0 && account.rhythm(at(2)) < 0.3);
    }
}
