//! Small files that say how far something has come, beside what it is about.

use std::fs::{self, File};
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use crawl::Fingerprint;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use story::store::Segment;

/// What the service of stories has taken from the stream of a fleet.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Progress {
    /// The stream's frontier and crawl.
    pub(super) stream: String,
    /// The newest entry that was taken.
    pub(super) taken: u64,
    /// What that entry was: another stream has another one there.
    pub(super) entry: u64,
    /// What was not there any more when its turn came, and was not caught up.
    pub(super) gaps: Vec<Gap>,
}

/// Gaps that are kept apart; more become one with what lies between them.
const GAPS_MAX: usize = 1_000;

impl Progress {
    /// Notes what is not there any more.
    pub(super) fn note_gap(&mut self, gap: Gap) {
        let is_full = self.gaps.len() >= GAPS_MAX;
        match self.gaps.last_mut() {
            Some(last) if is_full || last.to + 1 == gap.from => last.to = gap.to,
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

/// What a worker has handed on as a whole.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Sent {
    /// The stream's frontier and crawl.
    pub(super) stream: String,
    /// Files of articles, with what they had then: name, lines, bytes.
    pub(super) segments: Vec<(String, u64, u64)>,
}

impl Sent {
    pub(super) fn segments(&self) -> Vec<Segment> {
        let one = |(name, lines, bytes): &(String, u64, u64)| Segment {
            name: name.clone(),
            lines: *lines,
            bytes: *bytes,
        };
        self.segments.iter().map(one).collect()
    }

    pub(super) fn note(&mut self, segment: &Segment) {
        self.segments.retain(|(name, ..)| *name != segment.name);
        self.segments.push((segment.name.clone(), segment.lines, segment.bytes));
    }
}

/// Tells an entry from another one of the same number.
pub(super) fn mark(article: &[u8]) -> u64 {
    Fingerprint::of(&String::from_utf8_lossy(article)).0
}

/// What a file says. One that is not there, or that a crash has left unreadable, says nothing: what
/// it would have spared is done again.
pub(super) fn read<T: Default + DeserializeOwned>(path: &Path) -> std::io::Result<T> {
    let bytes = match fs::read(path) {
        Ok(bytes) => bytes,
        Err(e) if e.kind() == ErrorKind::NotFound => return Ok(T::default()),
        Err(e) => return Err(e),
    };
    Ok(serde_json::from_slice(&bytes).unwrap_or_else(|error| {
        tracing::warn!(path = %path.display(), %error, "not readable; beginning anew");
        T::default()
    }))
}

/// Puts a file in the place of the old one.
pub(super) fn write(path: &Path, value: &impl Serialize) -> std::io::Result<()> {
    let new = with_suffix(path, ".new");
    let mut file = File::create(&new)?;
    file.write_all(&serde_json::to_vec(value)?)?;
    file.sync_all()?;
    fs::rename(&new, path)
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_and_what_is_damaged_says_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("progress.json");
        assert_eq!(read::<Progress>(&path).unwrap(), Progress::default());
        let gaps = vec![Gap { from: 3, to: 5 }];
        let progress = Progress { stream: "s".into(), taken: 9, entry: mark(b"x"), gaps };
        write(&path, &progress).unwrap();
        assert_eq!(read::<Progress>(&path).unwrap(), progress);
        assert_eq!(progress.gaps[0].count(), 3);
        fs::write(&path, "{\"taken\":").unwrap();
        assert_eq!(read::<Progress>(&path).unwrap(), Progress::default());
    }

    #[test]
    fn gaps_that_touch_are_one() {
        let mut progress = Progress::default();
        for (from, to) in [(3, 5), (6, 6), (9, 10)] {
            progress.note_gap(Gap { from, to });
        }
        assert_eq!(progress.gaps, [Gap { from: 3, to: 6 }, Gap { from: 9, to: 10 }]);
        assert_eq!(progress.missing(), 6);
        for from in (0..2_000).map(|n| 100 + 2 * n) {
            progress.note_gap(Gap { from, to: from });
        }
        assert_eq!((progress.gaps.len(), progress.gaps[GAPS_MAX - 1].to), (GAPS_MAX, 4_098));
    }

    #[test]
    fn a_segment_is_noted_once_as_it_is_now() {
        let segment = |lines| Segment { name: "a".into(), lines, bytes: 10 * lines };
        let mut sent = Sent::default();
        sent.note(&segment(1));
        sent.note(&segment(2));
        assert_eq!(sent.segments(), [segment(2)]);
    }
}
