//! Facts: numbers and names. Where they differ and the words around them do not, it is a template.

use crate::body::Body;
use crate::tokens::{Class, flag};
use crate::verify::{Alignment, Run};

/// Share of the facts of the shared passages that may differ, where names can be told.
const DIFFERING_MAX: f64 = 0.35;
/// The same where only numbers can be told (no capitals, or on all nouns as in German): of copies
/// at most 30 % differ, of forms half and more (stress sets; numbers agree by chance).
const DIFFERING_MAX_NUMBERS: f64 = 0.4;
/// So few that differ tell nothing.
const DIFFERING_LEAST: usize = 4;
/// A stretch of the same words is looked at up to this multiple of a short gap.
const FORM_GAPS: usize = 5;
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
    for (of_a, of_b) in gaps(a, b, alignment) {
        if !is_form(a, b, (of_a, of_b), gap) {
            continue;
        }
        let (of_a, of_b) = (found(a, of_a, kinds), found(b, of_b, kinds));
        let only = |x: &[u64], y: &[u64]| x.iter().filter(|fact| !y.contains(fact)).count();
        let replaced = only(&of_a, &of_b).min(only(&of_b, &of_a));
        facts.differing += replaced;
        facts.same += of_a.len().saturating_sub(only(&of_a, &of_b));
    }
    facts
}

type Stretch = (usize, usize);

/// What lies before, between and behind the shared runs in both texts.
fn gaps<'a>(
    a: &'a Body,
    b: &'a Body,
    alignment: &'a Alignment,
) -> impl Iterator<Item = (Stretch, Stretch)> {
    let end = Run { a: a.len(), b: b.len(), len: 0 };
    let ends = alignment.runs.iter().copied().chain(std::iter::once(end));
    let mut last = Run { a: 0, b: 0, len: 0 };
    ends.filter_map(move |run| {
        let (from_a, from_b) = (last.a + last.len, last.b + last.len);
        last = run;
        (run.a >= from_a && run.b >= from_b).then_some(((from_a, run.a), (from_b, run.b)))
    })
}

/// Whether what lies between two runs stands in the same place of both texts: it is short, or the
/// words are the same but for the facts.
fn is_form(a: &Body, b: &Body, (of_a, of_b): (Stretch, Stretch), gap: usize) -> bool {
    let (len_a, len_b) = (of_a.1 - of_a.0, of_b.1 - of_b.0);
    if len_a.max(len_b) > gap * FORM_GAPS || len_a.min(len_b) == 0 {
        return false;
    }
    let at_an_end = of_a.0 == 0 || of_a.1 == a.len();
    if len_a.max(len_b) <= gap && !at_an_end {
        return true;
    }
    let words = |body: &Body, (from, to): Stretch| {
        let plain = (from..to).filter(|at| body.flags[*at] & (flag::NUMBER | flag::CAPITAL) == 0);
        plain.map(|at| body.hashes[at]).collect::<Vec<u64>>()
    };
    let (of_a, of_b) = (words(a, of_a), words(b, of_b));
    let both = of_a.iter().filter(|word| of_b.contains(word)).count();
    both * 2 >= of_a.len().max(of_b.len()) && both > 0
}

fn found(body: &Body, (from, to): Stretch, kinds: u8) -> Vec<u64> {
    let facts = (from..to).filter(|at| body.flags[*at] & kinds != 0);
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
