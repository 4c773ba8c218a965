//! How fresh snapshots are: a histogram of the time from publication to snapshot.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// Upper bounds of the histogram's steps, in seconds; beyond the last one there is one step more.
pub const BOUNDS_S: [u64; 15] = [
    30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 14_400, 28_800, 57_600, 86_400, 172_800,
    604_800,
];

/// How many articles took how long from *published* (or first seen) to *snapshot*.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Freshness {
    /// Counts by step; shorter than the steps when the last ones are empty.
    counts: Vec<u64>,
}

impl Freshness {
    /// The histogram with these counts, by step.
    pub fn of(counts: Vec<u64>) -> Self {
        Self { counts }
    }

    /// The counts by step; the last ones may be missing where they are nothing.
    pub fn counts(&self) -> &[u64] {
        &self.counts
    }

    /// Counts an article.
    pub fn add(&mut self, delay: Duration) {
        let step = BOUNDS_S.partition_point(|bound| *bound < delay.as_secs());
        if self.counts.len() <= step {
            self.counts.resize(step + 1, 0);
        }
        self.counts[step] += 1;
    }

    /// Takes another histogram in.
    pub fn merge(&mut self, other: &Self) {
        if self.counts.len() < other.counts.len() {
            self.counts.resize(other.counts.len(), 0);
        }
        for (mine, theirs) in self.counts.iter_mut().zip(&other.counts) {
            *mine += theirs;
        }
    }

    /// How many articles are counted.
    pub fn total(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// Each step that has any: its upper bound (none for the last) and its count.
    pub fn steps(&self) -> impl Iterator<Item = (Option<Duration>, u64)> {
        let bounds = BOUNDS_S.iter().map(|s| Some(Duration::from_secs(*s))).chain([None]);
        bounds.zip(self.counts.iter().copied()).filter(|(_, count)| *count > 0)
    }

    /// The delay that this share of the articles did not pass (0.5 is the median), read linearly
    /// within its step. None without articles; in the open last step, its lower bound.
    pub fn quantile(&self, share: f64) -> Option<Duration> {
        let total = self.total();
        let wanted = share.clamp(0.0, 1.0) * total as f64;
        let mut below = 0.0;
        for (step, count) in self.counts.iter().enumerate().filter(|(_, count)| **count > 0) {
            let count = *count as f64;
            if below + count >= wanted {
                let low = step.checked_sub(1).map_or(0, |before| BOUNDS_S[before]) as f64;
                let high = BOUNDS_S.get(step).map_or(low, |bound| *bound as f64);
                return Some(Duration::from_secs_f64(
                    low + (high - low) * (wanted - below) / count,
                ));
            }
            below += count;
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_and_quantiles() {
        let mut histogram = Freshness::default();
        assert_eq!((histogram.total(), histogram.quantile(0.5)), (0, None));
        for seconds in [10, 45, 45, 100, 100, 100, 100, 10_000_000] {
            histogram.add(Duration::from_secs(seconds));
        }
        let steps: Vec<_> =
            histogram.steps().map(|(bound, n)| (bound.map(|d| d.as_secs()), n)).collect();
        assert_eq!(steps, [(Some(30), 1), (Some(60), 2), (Some(120), 4), (None, 1)]);
        assert_eq!(histogram.quantile(0.5), Some(Duration::from_secs(75)));
        assert_eq!(histogram.quantile(1.0), Some(Duration::from_hours(168)));
        let mut other = Freshness::default();
        other.add(Duration::from_secs(10));
        other.merge(&histogram);
        assert_eq!(other.total(), 9);
    }
}
