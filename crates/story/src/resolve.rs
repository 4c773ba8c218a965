//! What an article's matches make of it: a member of a story, a bridge of two, or a digest.

use crate::decide::Kind;
use crate::index::Seq;

/// Texts that share less than this multiple of what strangers share have nothing to do with one
/// another, by the number of signs that a third one, which has parts of both, is a digest. Halves
/// of
/// a news article share 6 times as much in the median, 1.7 times in the lowest twentieth (measured
/// on 200 words each); 95 % of unrelated texts are below 2.3.
const UNRELATED: [f64; 5] = [0.8, 1.5, 2.2, 2.8, 3.5];
/// What is left of that by how many of the two are excerpts of the third as a whole: so are the
/// parts of an article that were published apart.
const AGAINST: [f64; 3] = [1.0, 0.75, 0.5];
/// Share of a text that is left out behind its beginning when a digest cuts it off.
const CUT_OFF: f64 = 0.2;
/// Overlap of two parts of a text from which they are one part.
const OVERLAP_MAX: f64 = 0.3;
/// Both coverages of what is the same digest once more.
const SAME_DIGEST: f64 = 0.7;

/// Share of its prose from which a text is an excerpt of another one, whatever stands around it.
pub(crate) const WHOLE: f64 = 0.8;
/// Shares of older texts that an article has to have for their stories to be one: of parts that do
/// not overlap, and of the same part.
const MOST: f64 = 0.5;
const GOOD_DEAL: f64 = 0.35;

/// An older document that an article shares its text with.
#[derive(Clone, Debug)]
pub(crate) struct Match {
    pub(crate) seq: Seq,
    pub(crate) id: u64,
    pub(crate) story: u32,
    pub(crate) is_digest: bool,
    /// How many members its story has.
    pub(crate) members: usize,
    pub(crate) kind: Kind,
    pub(crate) of_new: f64,
    pub(crate) of_old: f64,
    /// Whether all prose of the new and of the old document is shared.
    pub(crate) is_new_whole: bool,
    pub(crate) is_old_whole: bool,
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

/// Judges the matches, closest first; `relation` compares two texts by their units.
pub(crate) fn outcome(matches: &[Match], relation: impl Fn(&[u64], &[u64]) -> f64) -> Outcome {
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
            if is_apart(&x.new_covered, &y.new_covered)
                && is_collection(
                    piece(matches, x),
                    piece(matches, y),
                    relation(&pooled(matches, x.story), &pooled(matches, y.story)),
                )
            {
                return Outcome::Digest;
            }
        }
    }
    for other in firsts.into_iter().filter(|other| *other != best) {
        let (x, y) = (&matches[best], &matches[other]);
        // It has to hold most of both, or what it is an excerpt of would pull strangers in; or the
        // same part of both, and a good deal of each.
        let holds = |share: f64| x.of_old >= share && y.of_old >= share;
        let is_same_part = || !is_apart(&x.new_covered, &y.new_covered);
        if holds(MOST) || (holds(GOOD_DEAL) && is_same_part()) {
            bridged.push(other);
        }
    }
    if bridged.is_empty() {
        Outcome::Join { best }
    } else {
        Outcome::Bridge { best, others: bridged }
    }
}

/// What an article has of a story, by its closest match and the others.
fn piece(matches: &[Match], first: &Match) -> Piece {
    let mut of_story = matches.iter().filter(|m| m.story == first.story);
    Piece {
        is_cut_off: is_cut_off(&first.old_covered),
        is_whole: of_story.all(|m| m.is_old_whole),
        members: first.members,
    }
}

/// The units of all matches of a story: the more text, the surer what it speaks of.
fn pooled(matches: &[Match], story: u32) -> Vec<u64> {
    let of_story = matches.iter().filter(|m| m.story == story);
    let mut units: Vec<u64> = of_story.flat_map(|m| m.units.iter().copied()).collect();
    units.sort_unstable();
    units.dedup();
    units
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

/// What another text has a part of: whether that is its beginning only, and how many others tell
/// its story.
#[derive(Clone, Copy)]
pub(crate) struct Piece {
    pub(crate) is_cut_off: bool,
    /// Whether it is all that the others tell.
    pub(crate) is_whole: bool,
    pub(crate) members: usize,
}

/// Whether a text that has these parts of two others is a collection of both.
///
/// A digest has beginnings of stories that have nothing to do with one another, and that others
/// have as well. Of an article whose parts were published apart the same is rarely true.
pub(crate) fn is_collection(x: Piece, y: Piece, relation: f64) -> bool {
    let signs = [x.is_cut_off, y.is_cut_off, x.members > 1, y.members > 1];
    let signs = signs.into_iter().filter(|sign| *sign).count();
    let against = [x.is_whole, y.is_whole].into_iter().filter(|is_whole| *is_whole).count();
    relation < UNRELATED[signs] * AGAINST[against]
}

/// Whether the covered part of a text is its beginning, and a good deal behind it is left out.
pub(crate) fn is_cut_off(covered: &[bool]) -> bool {
    let len = covered.len() as f64;
    let end = covered.iter().rposition(|covered| *covered).map_or(0, |last| last + 1);
    let inside = covered[..end].iter().filter(|covered| **covered).count();
    len - end as f64 >= len * CUT_OFF && inside as f64 >= end as f64 * 0.7
}

/// Whether two parts of one text hardly overlap.
pub(crate) fn is_apart(x: &[bool], y: &[bool]) -> bool {
    let count = |part: &[bool]| part.iter().filter(|covered| **covered).count();
    let both = x.iter().zip(y).filter(|(x, y)| **x && **y).count();
    let less = count(x).min(count(y));
    (both as f64) < less as f64 * OVERLAP_MAX
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(story: u32, new: std::ops::Range<usize>, of_old: f64) -> Match {
        let covered =
            |range: std::ops::Range<usize>| (0..100).map(|n| range.contains(&n)).collect();
        Match {
            seq: story,
            id: u64::from(story),
            story,
            is_digest: false,
            members: 2,
            kind: Kind::Edited,
            of_new: new.len() as f64 / 100.0,
            of_old,
            is_new_whole: false,
            is_old_whole: false,
            new_covered: covered(new),
            old_covered: covered(0..60),
            units: vec![u64::from(story)],
        }
    }

    #[test]
    fn parts_of_strangers_make_a_digest_and_parts_of_relatives_a_bridge() {
        let matches = [found(1, 0..40, 0.6), found(2, 50..90, 0.6)];
        assert_eq!(outcome(&matches, |_, _| 0.1), Outcome::Digest);
        assert_eq!(outcome(&matches, |_, _| 9.0), Outcome::Bridge { best: 0, others: vec![1] });
    }

    #[test]
    fn the_same_part_of_two_stories_is_no_digest_and_little_of_one_no_bridge() {
        let same = [found(1, 0..40, 0.6), found(2, 0..40, 0.6)];
        assert_eq!(outcome(&same, |_, _| 0.1), Outcome::Bridge { best: 0, others: vec![1] });
        let little = [found(1, 0..40, 0.6), found(2, 0..40, 0.3)];
        assert_eq!(outcome(&little, |_, _| 0.1), Outcome::Join { best: 0 });
        let enough = [found(1, 0..40, 0.6), found(2, 0..40, 0.4)];
        assert_eq!(outcome(&enough, |_, _| 0.1), Outcome::Bridge { best: 0, others: vec![1] });
        let elsewhere = [found(1, 0..40, 0.6), found(2, 50..90, 0.4)];
        assert_eq!(outcome(&elsewhere, |_, _| 9.0), Outcome::Join { best: 0 });
    }

    #[test]
    fn excerpts_as_a_whole_are_parts_of_an_article_sooner_than_items_of_a_digest() {
        let part = |story, range, is_old_whole| Match { is_old_whole, ..found(story, range, 0.8) };
        let alike = |_: &[u64], _: &[u64]| 3.0;
        let items = [part(1, 0..40, false), part(2, 50..90, false)];
        assert_eq!(outcome(&items, alike), Outcome::Digest);
        let excerpts = [part(1, 0..40, true), part(2, 50..90, false)];
        assert_eq!(outcome(&excerpts, alike), Outcome::Bridge { best: 0, others: vec![1] });
    }

    #[test]
    fn a_digest_is_joined_by_its_copy_only() {
        let digest = |of_old: f64| Match { is_digest: true, ..found(1, 0..80, of_old) };
        assert_eq!(outcome(&[digest(0.3)], |_, _| 9.0), Outcome::Alone);
        assert_eq!(outcome(&[digest(0.9)], |_, _| 9.0), Outcome::Join { best: 0 });
    }
}
