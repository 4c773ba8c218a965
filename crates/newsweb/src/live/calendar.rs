//! When an outlet publishes: its own rate, a day's rhythm in its time zone, bursts, and edits.
//!
//! Days are independent, so that what appears on one does not depend on how far we look.

use crate::config::Config;
use crate::dice::Dice;

pub(super) const DAY_S: i64 = 86_400;
/// An article at most appears in a slot; short enough that this hardly shows.
const SLOT_S: i64 = 180;
const SLOTS: u32 = 480;
/// How much of the mean rate falls into each hour of local time; the mean is 1.
const RHYTHM: [f64; 24] = [
    0.2, 0.15, 0.1, 0.1, 0.2, 0.5, 0.9, 1.3, 1.6, 1.7, 1.7, 1.6, 1.5, 1.4, 1.5, 1.6, 1.6, 1.5, 1.3,
    1.0, 0.8, 0.7, 0.65, 0.4,
];
/// Share of the articles that come in bursts, and the mean size of one.
const BURST_SHARE: f64 = 0.25;
const BURST_MEAN: f64 = 10.0;
const BURST_S: u64 = 600;
/// How far back the past of an outlet may reach.
const PAST_DAYS_MAX: i64 = 2_000;

/// An article in time. Seconds count from time 0 of the web.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Article {
    pub(super) published_s: i64,
    /// When its text changed.
    pub(super) edited_s: Option<i64>,
}

impl Article {
    /// Whether it has changed by then.
    pub(super) fn is_edited(&self, elapsed_s: i64) -> bool {
        self.edited_s.is_some_and(|edited_s| edited_s <= elapsed_s)
    }

    /// When it changed last, as seen then.
    pub(super) fn modified_s(&self, elapsed_s: i64) -> i64 {
        self.edited_s.filter(|_| self.is_edited(elapsed_s)).unwrap_or(self.published_s)
    }
}

/// The habits of an outlet.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Habits {
    pub(super) per_day: f64,
    /// Hours by which its clock is ahead of UTC.
    pub(super) zone_hours: i8,
}

impl Habits {
    pub(super) fn of(config: &Config, domain: &str) -> Self {
        let mut dice = Dice::new(config.seed, "habits", domain, 0);
        let (slow, fast) = (config.live.slowest_per_day, config.live.fastest_per_day);
        // 65 steps, equally far apart as factors. Square roots and products are exact everywhere.
        let step = (0..6).fold(fast / slow, |factor, _| factor.sqrt());
        let per_day = (0..dice.below(65)).fold(slow, |rate, _| rate * step);
        let zone_hours = i8::try_from(dice.below(19)).unwrap_or(0) - 8;
        Self { per_day, zone_hours }
    }

    fn weight(&self, unix_s: i64) -> f64 {
        let hour = unix_s.div_euclid(3_600) + i64::from(self.zone_hours);
        RHYTHM[usize::try_from(hour.rem_euclid(24)).unwrap_or(0)]
    }
}

/// All articles of an outlet, oldest first: those of its past, and those of all days to come.
pub(super) fn articles(config: &Config, domain: &str, habits: &Habits) -> Vec<Article> {
    let day = |day: i64| published(config, domain, habits, day);
    let mut times: Vec<i64> = Vec::new();
    let wanted = config.live.old_articles;
    let mut back = 1;
    while times.len() < wanted && back <= PAST_DAYS_MAX {
        times.extend(day(-back));
        back += 1;
    }
    times.sort_unstable();
    // A burst of the last evening may reach into the first day.
    let old = times.partition_point(|published_s| *published_s < 0);
    times.drain(..old.saturating_sub(wanted));
    for next in 0..i64::from(config.live.days) {
        times.extend(day(next));
    }
    times.sort_unstable();
    (0..).zip(times).map(|(number, at_s)| article(config, domain, number, at_s)).collect()
}

fn article(config: &Config, domain: &str, number: u64, published_s: i64) -> Article {
    let mut dice = Dice::new(config.seed, "edits", domain, number);
    let edited = dice.chance(config.live.edited_share);
    // 3 minutes to 13 hours, shorter ones more often.
    let shortest = 180_u64 << dice.below(8);
    let after_s = shortest + dice.below(shortest);
    let edited_s = edited.then(|| published_s.saturating_add_unsigned(after_s));
    Article { published_s, edited_s }
}

/// What one day brings, in no order.
fn published(config: &Config, domain: &str, habits: &Habits, day: i64) -> Vec<i64> {
    let mut dice = Dice::new(config.seed, "day", domain, day.cast_unsigned());
    let start_s = day * DAY_S;
    let unix_s = i64::try_from(config.live.starts_at).unwrap_or(0) + start_s;
    let weight = |slot: u32| habits.weight(unix_s + i64::from(slot) * SLOT_S);
    let at = |slot: u32| start_s + i64::from(slot) * SLOT_S;
    let per_slot = habits.per_day * (1.0 - BURST_SHARE) / f64::from(SLOTS);
    let mut times = Vec::new();
    for slot in 0..SLOTS {
        if dice.chance(per_slot * weight(slot)) {
            times.push(at(slot).saturating_add_unsigned(dice.below(SLOT_S.unsigned_abs())));
        }
    }
    if dice.chance(habits.per_day * BURST_SHARE / BURST_MEAN) {
        // News breaks when people are awake: the first slot that the rhythm favours.
        let slots = std::iter::repeat_with(|| u32::try_from(dice.below(480)).unwrap_or(0));
        let slot = slots.take(16).find(|slot| weight(*slot) >= 1.0).unwrap_or(0);
        let size = 5 + dice.below(11);
        times.extend((0..size).map(|_| at(slot).saturating_add_unsigned(dice.below(BURST_S))));
    }
    times
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(config: &Config, outlet: &str) -> (Habits, Vec<Article>) {
        let habits = Habits::of(config, outlet);
        let articles = articles(config, outlet, &habits);
        (habits, articles)
    }

    #[test]
    fn rates_are_as_configured() {
        let config = Config::live(200);
        let mut logs = Vec::new();
        let (mut expected, mut found) = (0.0, 0.0);
        for outlet in 0..200 {
            let (habits, articles) = all(&config, &format!("outlet-{outlet}.test"));
            assert!((0.999..24.01).contains(&habits.per_day), "{}", habits.per_day);
            logs.push(habits.per_day.ln() / 24_f64.ln());
            let new = articles.iter().filter(|a| a.published_s >= 0).count();
            assert_eq!(articles.len() - new, 200);
            (expected, found) = (expected + habits.per_day * 30.0, found + new as f64);
        }
        assert!((0.95..1.05).contains(&(found / expected)), "{found} of {expected}");
        let mean: f64 = logs.iter().sum::<f64>() / 200.0;
        assert!((0.42..0.58).contains(&mean), "{mean}");
    }

    #[test]
    fn nights_are_quiet_and_news_comes_in_bursts() {
        let config = Config::live(1);
        let (mut night, mut day, mut bursts) = (0, 0, 0);
        for outlet in 0..40 {
            let (habits, articles) = all(&config, &format!("outlet-{outlet}.test"));
            for article in &articles {
                let unix_s = 1_795_564_800 + article.published_s;
                match habits.weight(unix_s) {
                    weight if weight <= 0.2 => night += 1,
                    weight if weight >= 1.5 => day += 1,
                    _ => {}
                }
            }
            let apart = |w: &[Article]| w[4].published_s - w[0].published_s;
            bursts += articles.windows(5).filter(|w| apart(w) < 300).count();
        }
        assert!(night * 10 < day && night > 0, "{night} {day}");
        assert!(bursts > 40, "{bursts}");
    }

    #[test]
    fn edits_follow_within_hours() {
        let (_, articles) = all(&Config::live(1), "a.test");
        let edits: Vec<i64> =
            articles.iter().filter_map(|a| Some(a.edited_s? - a.published_s)).collect();
        let share = edits.len() as f64 / articles.len() as f64;
        assert!((0.15..0.35).contains(&share), "{share}");
        assert!(edits.iter().all(|after_s| (180..=46_800).contains(after_s)));
    }

    #[test]
    fn what_comes_does_not_depend_on_how_far_we_look() {
        let mut config = Config::live(1);
        let (_, long) = all(&config, "a.test");
        config.live.days = 3;
        let (_, short) = all(&config, "a.test");
        assert!(short.len() > 200 && long.starts_with(&short[..short.len() - 15]));
    }
}
