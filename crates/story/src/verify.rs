//! The exact comparison of two texts: the runs they share, and how much of each these cover.
#![allow(clippy::cast_possible_truncation, reason = "pieces of hashes are meant")]

use crate::body::Body;
use crate::signature;
use crate::tokens::flag;

/// Places of one gram that are tried.
const PLACES_MAX: usize = 12;

/// A shared run of tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Run {
    /// Where it begins in the first and in the second text.
    pub(crate) a: usize,
    pub(crate) b: usize,
    /// How many tokens it has.
    pub(crate) len: usize,
}

/// Two texts laid beside one another.
#[derive(Clone, Debug)]
pub(crate) struct Alignment {
    /// In the order of the first text.
    pub(crate) runs: Vec<Run>,
    pub(crate) a: Side,
    pub(crate) b: Side,
}

/// How much of one text the other has.
#[derive(Clone, Debug, Default)]
pub(crate) struct Side {
    /// Its tokens.
    pub(crate) tokens: usize,
    /// Those that are covered.
    pub(crate) covered: usize,
    /// The same outside of quotations.
    pub(crate) plain_tokens: usize,
    pub(crate) plain_covered: usize,
    /// Which tokens are covered.
    pub(crate) is_covered: Vec<bool>,
}

impl Side {
    /// The share that is covered.
    pub(crate) fn coverage(&self) -> f64 {
        ratio(self.covered, self.tokens)
    }

    /// The share that is covered, of what is not quoted.
    pub(crate) fn plain_coverage(&self) -> f64 {
        ratio(self.plain_covered, self.plain_tokens)
    }

    /// The share of a stretch that is covered.
    pub(crate) fn coverage_of(&self, (from, to): (usize, usize)) -> f64 {
        let covered = self.is_covered[from..to].iter().filter(|covered| **covered).count();
        ratio(covered, to - from)
    }

    fn of(body: &Body, runs: impl Iterator<Item = (usize, usize)>) -> Self {
        let mut is_covered = vec![false; body.len()];
        for (from, len) in runs {
            is_covered[from..from + len].fill(true);
        }
        let is_plain = |at: &usize| body.flags[*at] & flag::QUOTED == 0;
        let covered = is_covered.iter().filter(|covered| **covered).count();
        let plain_tokens = (0..body.len()).filter(is_plain).count();
        let plain_covered = (0..body.len()).filter(is_plain).filter(|at| is_covered[*at]).count();
        Self { tokens: body.len(), covered, plain_tokens, plain_covered, is_covered }
    }
}

fn ratio(part: usize, whole: usize) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

/// Working space that is used again.
#[derive(Debug, Default)]
pub(crate) struct Space {
    a: Vec<u64>,
    b: Vec<u64>,
    heads: Vec<u32>,
    next: Vec<u32>,
}

const NONE: u32 = u32::MAX;

/// Finds the runs that two texts share, and what they cover.
pub(crate) fn align(a: &Body, b: &Body, space: &mut Space) -> Alignment {
    let lengths = a.lengths();
    signature::grams(&a.hashes, lengths.exact, &mut space.a);
    signature::grams(&b.hashes, lengths.exact, &mut space.b);
    chain(space);
    let mut runs = raw_runs(a, b, space);
    keep_runs(&mut runs, lengths.run, lengths.gap);
    Alignment {
        a: Side::of(a, runs.iter().map(|run| (run.a, run.len))),
        b: Side::of(b, runs.iter().map(|run| (run.b, run.len))),
        runs,
    }
}

/// Chains the places of each gram of the second text, the first place first.
fn chain(space: &mut Space) {
    let cells = (space.b.len() * 2).next_power_of_two();
    space.heads.clear();
    space.heads.resize(cells, NONE);
    space.next.clear();
    space.next.resize(space.b.len(), NONE);
    for at in (0..space.b.len()).rev() {
        let cell = space.b[at] as usize & (cells - 1);
        space.next[at] = space.heads[cell];
        space.heads[cell] = u32::try_from(at).unwrap_or(NONE);
    }
}

/// The longest run from each place of the first text, one after the other.
fn raw_runs(a: &Body, b: &Body, space: &Space) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    let mut at = 0;
    while at < space.a.len() {
        // Among equally long runs the one that goes on where the last one ended is the passage.
        let expected = runs.last().map_or(at, |run| run.b + (at - run.a));
        let best = places(space.a[at], space)
            .map(|place| Run { a: at, b: place, len: shared(&a.hashes[at..], &b.hashes[place..]) })
            .max_by_key(|run| (run.len, std::cmp::Reverse(run.b.abs_diff(expected))));
        match best.filter(|run| run.len > 0) {
            Some(run) => {
                at += run.len;
                runs.push(run);
            }
            None => at += 1,
        }
    }
    runs
}

fn places(gram: u64, space: &Space) -> impl Iterator<Item = usize> {
    let cells = space.heads.len();
    let first = space.heads.get(gram as usize & cells.wrapping_sub(1)).copied();
    let next = |at: &u32| space.next.get(*at as usize).copied();
    let chain = std::iter::successors(first, next).take_while(|at| *at != NONE);
    let same = chain.map(|at| at as usize).filter(move |at| space.b[*at] == gram);
    same.take(PLACES_MAX)
}

fn shared(a: &[u64], b: &[u64]) -> usize {
    a.iter().zip(b).take_while(|(a, b)| a == b).count()
}

/// Keeps the runs that are long, and short ones that lie beside one that is kept.
fn keep_runs(runs: &mut Vec<Run>, least: usize, gap: usize) {
    let is_near = |x: &Run, y: &Run| {
        let (end_a, end_b) = (x.a + x.len, x.b + x.len);
        y.a >= end_a && y.b >= end_b && y.a - end_a <= gap && y.b - end_b <= gap
    };
    let mut keep: Vec<bool> = runs.iter().map(|run| run.len >= least).collect();
    for at in 1..runs.len() {
        keep[at] |= keep[at - 1] && is_near(&runs[at - 1], &runs[at]);
    }
    for at in (1..runs.len()).rev() {
        keep[at - 1] |= keep[at] && is_near(&runs[at - 1], &runs[at]);
    }
    let mut at = 0;
    runs.retain(|_| {
        at += 1;
        keep[at - 1]
    });
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::body;
    use crate::tokens::Tokens;

    fn read(text: &str) -> Body {
        body::reduce(&Tokens::of(text), None, u8::MAX, &mut body::Space::default()).0
    }

    fn words(numbers: &[u16]) -> String {
        let words: Vec<String> = numbers.iter().map(|n| format!("w{n}")).collect();
        words.join(" ")
    }

    #[test]
    fn coverage_is_told_both_ways_and_short_runs_count_beside_long_ones() {
        let long: Vec<u16> = (0..40).collect();
        // Twenty words, a changed one, six more: too few alone, but of the same passage.
        let edited: Vec<u16> = (0..20).chain([900]).chain(21..27).collect();
        let found = align(&read(&words(&edited)), &read(&words(&long)), &mut Space::default());
        assert_eq!((found.a.covered, found.a.tokens), (26, 27));
        assert_eq!((found.b.covered, found.b.tokens), (26, 40));
        let alone: Vec<u16> = (500..520).chain(21..27).chain(600..620).collect();
        let found = align(&read(&words(&alone)), &read(&words(&long)), &mut Space::default());
        assert_eq!(found.runs, []);
    }

    #[test]
    fn quoted_tokens_are_told_apart() {
        let text =
            "He said \u{201c}we will go there all together before the end of May\u{201d} and left";
        let found = align(&read(text), &read(text), &mut Space::default());
        assert_eq!((found.a.tokens, found.a.plain_tokens, found.a.plain_covered), (15, 4, 4));
    }

    proptest! {
        #[test]
        fn runs_are_shared_disjoint_in_the_first_text_and_in_order(
            a in prop::collection::vec(0_u16..6, 0..120),
            b in prop::collection::vec(0_u16..6, 0..120),
        ) {
            let (a, b) = (read(&words(&a)), read(&words(&b)));
            let found = align(&a, &b, &mut Space::default());
            for run in &found.runs {
                let in_a = &a.hashes[run.a..run.a + run.len];
                prop_assert_eq!(in_a, &b.hashes[run.b..run.b + run.len]);
            }
            prop_assert!(found.runs.windows(2).all(|two| two[0].a + two[0].len <= two[1].a));
            let back = align(&a, &a, &mut Space::default());
            prop_assert!(a.len() < 8 || back.a.covered == a.len());
        }
    }
}
