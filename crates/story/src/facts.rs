//! Facts: numbers and names. Where they differ and the words around them do not, it is a template.

use crate::body::Body;
use crate::tokens::{Class, flag};
use crate::verify::{Alignment, Run};

/// Share of the facts of the shared passages that may differ, where names can be told.
const DIFFERING_MAX: f64 = 0.35;
/// The same where only numbers can be told (no capitals, or on all nouns as in German).
const DIFFERING_MAX_NUMBERS: f64 = 0.5;
/// So few that differ tell nothing.
const DIFFERING_LEAST: usize = 4;
/// Share of tokens with a capital from which capitals mark no names.
const CAPITALS_MAX: f64 = 0.2;
/// The same below which a text has too few to go by.
const CAPITALS_LEAST: f64 = 0.005;

/// What two texts say in the same words.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Facts {
    /// Facts of the shared runs.
    pub(crate) same: usize,
    /// Facts that stand in the place of others, in the gaps between shared runs.
    pub(crate) differing: usize,
    /// Whether names count.
    pub(crate) has_names: bool,
}

impl Facts {
    /// Whether the shared words are a form that was filled in twice.
    pub(crate) fn is_template(self) -> bool {
        let all = self.same + self.differing;
        let most = if self.has_names { DIFFERING_MAX } else { DIFFERING_MAX_NUMBERS };
        self.differing >= DIFFERING_LEAST && self.differing as f64 > all as f64 * most
    }
}

/// Compares the facts of two aligned texts.
pub(crate) fn compare(a: &Body, b: &Body, alignment: &Alignment) -> Facts {
    let has_names = has_names(a) && has_names(b);
    let kinds = if has_names { flag::NUMBER | flag::CAPITAL } else { flag::NUMBER };
    let gap = a.lengths().gap;
    let mut facts = Facts { has_names, ..Facts::default() };
    for run in &alignment.runs {
        facts.same += a.flags[run.a..run.a + run.len].iter().filter(|f| **f & kinds != 0).count();
    }
    for pair in alignment.runs.windows(2) {
        let Some(((a_from, a_to), (b_from, b_to))) = gap_between(&pair[0], &pair[1], gap) else {
            continue;
        };
        let (of_a, of_b) = (found(a, a_from..a_to, kinds), found(b, b_from..b_to, kinds));
        let only = |x: &[u64], y: &[u64]| x.iter().filter(|fact| !y.contains(fact)).count();
        let replaced = only(&of_a, &of_b).min(only(&of_b, &of_a));
        facts.differing += replaced;
        facts.same += of_a.len().saturating_sub(only(&of_a, &of_b));
    }
    facts
}

type Stretch = (usize, usize);

/// What lies between two runs in both texts, when it is short.
fn gap_between(x: &Run, y: &Run, most: usize) -> Option<(Stretch, Stretch)> {
    let (end_a, end_b) = (x.a + x.len, x.b + x.len);
    let is_short = y.a >= end_a && y.b >= end_b && y.a - end_a <= most && y.b - end_b <= most;
    is_short.then_some(((end_a, y.a), (end_b, y.b)))
}

fn found(body: &Body, range: std::ops::Range<usize>, kinds: u8) -> Vec<u64> {
    let facts = range.filter(|at| body.flags[*at] & kinds != 0);
    facts.map(|at| body.hashes[at]).collect()
}

fn has_names(body: &Body) -> bool {
    if body.class != Class::Words {
        return false;
    }
    let capitals = body.flags.iter().filter(|f| **f & flag::CAPITAL != 0).count() as f64;
    let tokens = body.len().max(1) as f64;
    (CAPITALS_LEAST..CAPITALS_MAX).contains(&(capitals / tokens))
}
