//! How far the service of stories is in the stream of a fleet: noted in the store, with the
//! articles that it is about.

use crawl::Fingerprint;
use serde::{Deserialize, Serialize};

/// Gaps that are kept apart; what is more widens the last one.
const GAPS_MAX: usize = 1_000;

/// What the service of stories has taken from the stream of a fleet.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Progress {
    /// The stream, by the name that it was given; empty at the very first.
    pub(super) stream: String,
    /// The newest entry that was taken.
    pub(super) taken: u64,
    /// What that entry was: a stream that has lost its tail has another one there.
    pub(super) entry: u64,
    /// What was not there any more when its turn came, and was not caught up; also of streams that
    /// were there before.
    pub(super) gaps: Vec<Gap>,
}

impl Progress {
    /// What a note says. One that cannot be read says nothing: what it would have spared is done
    /// again.
    pub(super) fn of(note: Option<&str>) -> Self {
        let Some(note) = note else { return Self::default() };
        serde_json::from_str(note).unwrap_or_else(|error| {
            tracing::warn!(%error, "how far the stories are cannot be read; beginning anew");
            Self::default()
        })
    }

    /// As it is noted.
    pub(super) fn note(&self) -> std::io::Result<String> {
        Ok(serde_json::to_string(self)?)
    }

    /// Goes to the beginning of another stream. What is missing of the one before stays missing.
    pub(super) fn go_to(&mut self, stream: &str) {
        let gaps = std::mem::take(&mut self.gaps);
        *self = Self { stream: stream.to_owned(), gaps, ..Self::default() };
    }

    /// Notes what is not there any more.
    pub(super) fn note_gap(&mut self, gap: Gap) {
        let is_full = self.gaps.len() >= GAPS_MAX;
        match self.gaps.last_mut() {
            Some(last) if last.to + 1 == gap.from => last.to = gap.to,
            Some(last) if is_full => last.to = last.to.saturating_add(gap.count()),
            _ => self.gaps.push(gap),
        }
    }

    /// How many articles are in no store that were in the stream.
    pub(super) fn missing(&self) -> u64 {
        self.gaps.iter().map(|gap| gap.count()).sum()
    }
}

/// Articles that the cap had pushed out of the stream when their turn came, by number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gap {
    /// The first of them.
    pub from: u64,
    /// The last of them.
    pub to: u64,
}

impl Gap {
    /// How many they are.
    pub fn count(self) -> u64 {
        self.to.saturating_sub(self.from) + 1
    }
}

/// Tells an entry from another one of the same number.
pub(super) fn mark(article: &[u8]) -> u64 {
    Fingerprint::of(&String::from_utf8_lossy(article)).0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_noted_is_read_and_what_is_damaged_says_nothing() {
        assert_eq!(Progress::of(None), Progress::default());
        let gaps = vec![Gap { from: 3, to: 5 }];
        let progress = Progress { stream: "s".into(), taken: 9, entry: mark(b"x"), gaps };
        assert_eq!(Progress::of(Some(&progress.note().unwrap())), progress);
        assert_eq!(Progress::of(Some("{\"taken\":")), Progress::default());
    }

    #[test]
    fn gaps_stay_listed_whatever_stream_comes_next() {
        let gaps = vec![Gap { from: 3, to: 5 }];
        let mut progress = Progress { stream: "s".into(), taken: 9, entry: 7, gaps };
        progress.go_to("t");
        assert_eq!((&*progress.stream, progress.taken, progress.entry), ("t", 0, 0));
        assert_eq!(progress.gaps, [Gap { from: 3, to: 5 }]);
    }

    #[test]
    fn gaps_that_touch_are_one_and_however_many_there_are_their_sum_is_right() {
        let mut progress = Progress::default();
        for (from, to) in [(3, 5), (6, 6), (9, 10)] {
            progress.note_gap(Gap { from, to });
        }
        assert_eq!(progress.gaps, [Gap { from: 3, to: 6 }, Gap { from: 9, to: 10 }]);
        for from in (0..2_000).map(|n| 100 + 3 * n) {
            progress.note_gap(Gap { from, to: from });
        }
        assert_eq!((progress.gaps.len(), progress.missing()), (GAPS_MAX, 2_006));
    }
}
