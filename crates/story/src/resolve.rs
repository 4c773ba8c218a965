//! What an article's matches make of it: a member of a story, a bridge of two, or a digest.

use crate::decide::Kind;
use crate::index::Seq;

/// Likeness below which two texts have nothing to do with one another.
pub(crate) const UNRELATED: f64 = 0.12;
/// Overlap of two parts of a text from which they are one part.
const OVERLAP_MAX: f64 = 0.3;
/// Both coverages of what is the same digest once more.
const SAME_DIGEST: f64 = 0.7;

/// An older document that an article shares its text with.
#[derive(Clone, Debug)]
pub(crate) struct Match {
    pub(crate) seq: Seq,
    pub(crate) id: u64,
    pub(crate) story: u32,
    pub(crate) is_digest: bool,
    pub(crate) kind: Kind,
    pub(crate) of_new: f64,
    pub(crate) of_old: f64,
    /// Tokens of the new and of the old document that are shared.
    pub(crate) new_covered: Vec<bool>,
    pub(crate) old_covered: Vec<bool>,
    /// What the older one is compared by.
    pub(crate) units: Vec<u64>,
}

impl Match {
    /// How close the two are, both ways.
    pub(crate) fn closeness(&self) -> f64 {
        self.of_new + self.of_old
    }

    fn is_same_digest(&self) -> bool {
        self.is_digest && self.of_new.min(self.of_old) >= SAME_DIGEST
    }
}

/// What becomes of an article.
#[derive(Debug, PartialEq)]
pub(crate) enum Outcome {
    /// Nothing is shared.
    Alone,
    /// It joins the story of the match of this number; the others are of its story.
    Join { best: usize },
    /// It joins, and shows that these matches' stories are one with it.
    Bridge { best: usize, others: Vec<usize> },
    /// It holds several stories.
    Digest,
}

/// Judges the matches, closest first; `likeness` compares two of them by their words.
pub(crate) fn outcome(matches: &[Match], likeness: impl Fn(&Match, &Match) -> f64) -> Outcome {
    let Some(best) = matches.iter().position(|m| !m.is_digest || m.is_same_digest()) else {
        return Outcome::Alone;
    };
    if matches[best].is_digest {
        return Outcome::Join { best };
    }
    let firsts = first_of_stories(matches);
    let mut bridged = Vec::new();
    for (n, x) in firsts.iter().enumerate() {
        for y in &firsts[n + 1..] {
            let (x, y) = (&matches[*x], &matches[*y]);
            if is_apart(&x.new_covered, &y.new_covered) && likeness(x, y) < UNRELATED {
                return Outcome::Digest;
            }
        }
    }
    for other in firsts.into_iter().filter(|other| *other != best) {
        let (x, y) = (&matches[best], &matches[other]);
        // It has to hold most of both, or what it is an excerpt of would pull strangers in.
        let holds = |m: &Match| m.of_old >= 0.5;
        if holds(x) && holds(y) && likeness(x, y) >= UNRELATED {
            bridged.push(other);
        }
    }
    if bridged.is_empty() {
        Outcome::Join { best }
    } else {
        Outcome::Bridge { best, others: bridged }
    }
}

/// The closest match of each story, digests left out.
fn first_of_stories(matches: &[Match]) -> Vec<usize> {
    let mut firsts: Vec<usize> = Vec::new();
    for (n, found) in matches.iter().enumerate() {
        let is_known = firsts.iter().any(|first| matches[*first].story == found.story);
        if !found.is_digest && !is_known {
            firsts.push(n);
        }
    }
    firsts
}

/// Whether two parts of one text hardly overlap.
pub(crate) fn is_apart(x: &[bool], y: &[bool]) -> bool {
    let count = |part: &[bool]| part.iter().filter(|covered| **covered).count();
    let both = x.iter().zip(y).filter(|(x, y)| **x && **y).count();
    let less = count(x).min(count(y));
    (both as f64) < less as f64 * OVERLAP_MAX
}
