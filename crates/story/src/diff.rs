//! Two texts as aligned passages: what one took from the other, what it cut, what it added.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::body::{self, Body};
use crate::tokens::Tokens;
use crate::verify;

/// A stretch of two texts, in bytes of each.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum Passage {
    /// The same words stand in both, in the same order among the passages or moved.
    Same {
        /// Where in the first text.
        a: Range<usize>,
        /// Where in the second text.
        b: Range<usize>,
        /// Whether it stands in the second text before what it follows in the first.
        moved: bool,
    },
    /// Only the first text has it.
    Cut {
        /// Where.
        a: Range<usize>,
    },
    /// Only the second text has it.
    Added {
        /// Where.
        b: Range<usize>,
    },
    /// Both have something else between two passages that they share.
    Changed {
        /// Where in the first text.
        a: Range<usize>,
        /// Where in the second text.
        b: Range<usize>,
    },
}

/// How two texts compare, nothing of them left out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Diff {
    /// The share of the first text that the second has.
    pub of_a: f64,
    /// The share of the second text that the first has.
    pub of_b: f64,
    /// The passages, in the order of the first text.
    pub passages: Vec<Passage>,
}

/// Lays two texts beside one another.
pub fn diff(a: &str, b: &str) -> Diff {
    let (of_a, of_b) = (Tokens::of(a), Tokens::of(b));
    let mut space = body::Space::default();
    let (body_a, ..) = body::reduce(&of_a, None, u8::MAX, &mut space);
    let (body_b, ..) = body::reduce(&of_b, None, u8::MAX, &mut space);
    let found = verify::align(&body_a, &body_b, &mut verify::Space::default());
    let mut runs = found.runs;
    let moved = moved(&runs);
    // Moved passages stand where the first text has them; the rest is in the order of both.
    let mut passages = Vec::new();
    let (mut at_a, mut at_b) = (0, 0);
    runs.push(verify::Run { a: body_a.len(), b: body_b.len(), len: 0 });
    for (n, run) in runs.iter().enumerate() {
        let is_moved = moved.get(n).copied().unwrap_or(false);
        let to_b = if is_moved { at_b } else { run.b.max(at_b) };
        let gap_b = uncovered(&found.b.is_covered, at_b, to_b);
        passages.extend(between(span(&of_a, at_a, run.a), &gap_b, &of_b));
        if run.len > 0 {
            let a = span(&of_a, run.a, run.a + run.len);
            let b = span(&of_b, run.b, run.b + run.len);
            if let (Some(a), Some(b)) = (a, b) {
                passages.push(Passage::Same { a, b, moved: is_moved });
            }
        }
        at_a = run.a + run.len;
        at_b = if is_moved { at_b } else { to_b.max(run.b + run.len) };
    }
    Diff { of_a: share(&body_a, &found.a), of_b: share(&body_b, &found.b), passages }
}

fn share(body: &Body, side: &verify::Side) -> f64 {
    if body.len() == 0 { 1.0 } else { side.coverage() }
}

/// Which runs do not stand in the order of the longest (by tokens) sequence that both texts have.
fn moved(runs: &[verify::Run]) -> Vec<bool> {
    // The heaviest increasing sequence; texts have few runs.
    let mut best: Vec<(usize, Option<usize>)> = Vec::with_capacity(runs.len());
    for (n, run) in runs.iter().enumerate() {
        let before = (0..n).filter(|m| runs[*m].b + runs[*m].len <= run.b);
        let last = before.max_by_key(|m| best[*m].0);
        best.push((run.len + last.map_or(0, |m| best[m].0), last));
    }
    let mut moved = vec![true; runs.len()];
    let mut at = (0..runs.len()).max_by_key(|n| best[*n].0);
    while let Some(n) = at {
        moved[n] = false;
        at = best[n].1;
    }
    moved
}

/// The stretches between two places that no passage covers.
fn uncovered(is_covered: &[bool], from: usize, to: usize) -> Vec<Range<usize>> {
    let mut stretches: Vec<Range<usize>> = Vec::new();
    for at in (from..to).filter(|at| !is_covered[*at]) {
        match stretches.last_mut() {
            Some(last) if last.end == at => last.end = at + 1,
            _ => stretches.push(at..at + 1),
        }
    }
    stretches
}

/// What lies between two shared passages.
fn between(a: Option<Range<usize>>, b: &[Range<usize>], of_b: &Tokens) -> Vec<Passage> {
    let mut b = b.iter().filter_map(|range| span(of_b, range.start, range.end));
    let first = match (a, b.next()) {
        (Some(a), Some(b)) => Some(Passage::Changed { a, b }),
        (Some(a), None) => Some(Passage::Cut { a }),
        (None, Some(b)) => Some(Passage::Added { b }),
        (None, None) => None,
    };
    first.into_iter().chain(b.map(|b| Passage::Added { b })).collect()
}

/// The bytes of some tokens.
fn span(tokens: &Tokens, from: usize, to: usize) -> Option<Range<usize>> {
    let first = tokens.spans.get(from)?.0 as usize;
    let last = tokens.spans.get(to.checked_sub(1)?)?.1 as usize;
    (from < to).then_some(first..last)
}

#[cfg(test)]
mod tests {
    use super::*;

    const WIRE: &str = "The ferry ran aground off the northern coast early on Monday, officials \
        said.\nRescue boats from three villages took all the passengers off before the storm \
        came.\nAn inquiry into the cause has been opened by the ministry of transport this week.";

    #[test]
    fn every_token_of_both_texts_is_in_exactly_one_passage() {
        let other = "A new lede from the local desk.\nRescue boats from three villages took all \
            the passengers off before the storm came.\nThe mayor thanked everybody.";
        let found = diff(WIRE, other);
        let mut seen = [vec![0_u8; WIRE.len()], vec![0_u8; other.len()]];
        let mut mark = |text: usize, range: &Range<usize>| {
            seen[text][range.clone()].iter_mut().for_each(|byte| *byte += 1);
        };
        for passage in &found.passages {
            match passage {
                Passage::Same { a, b, .. } | Passage::Changed { a, b } => {
                    mark(0, a);
                    mark(1, b);
                }
                Passage::Cut { a } => mark(0, a),
                Passage::Added { b } => mark(1, b),
            }
        }
        for (text, seen) in [WIRE, other].iter().zip(&seen) {
            for (from, to) in &Tokens::of(text).spans {
                assert!(seen[*from as usize..*to as usize].iter().all(|n| *n == 1), "{found:?}");
            }
        }
    }

    #[test]
    fn shared_passages_carry_the_same_words() {
        let lines: Vec<&str> = WIRE.lines().collect();
        let turned = [lines[1], lines[0], lines[2]].join("\n");
        let found = diff(WIRE, &turned);
        assert!((found.of_a - 1.0).abs() < 1e-9 && (found.of_b - 1.0).abs() < 1e-9);
        assert!(found.passages.iter().any(|p| matches!(p, Passage::Same { moved: true, .. })));
        for passage in &found.passages {
            let Passage::Same { a, b, .. } = passage else { panic!("{passage:?}") };
            assert_eq!(
                crate::tokens::fold(&WIRE[a.clone()]),
                crate::tokens::fold(&turned[b.clone()])
            );
        }
    }
}
