//! The part of a text that counts: what its outlet does not repeat everywhere.

use crate::filter::{SEEN, Sketch};
use crate::hash;
use crate::signature::{self, Kept, Lengths, lengths};
use crate::tokens::{Class, Tokens};

/// The tokens of a text that count, and their winnowed hashes.
#[derive(Clone, Debug)]
pub(crate) struct Body {
    pub(crate) class: Class,
    pub(crate) hashes: Vec<u64>,
    pub(crate) flags: Vec<u8>,
    /// Number of each in the whole text.
    pub(crate) origin: Vec<u32>,
    /// Where the first paragraph of prose begins and ends.
    pub(crate) lede: (usize, usize),
}

impl Body {
    pub(crate) fn len(&self) -> usize {
        self.hashes.len()
    }

    pub(crate) fn lengths(&self) -> Lengths {
        lengths(self.class)
    }

    /// Whether it is long enough to be compared.
    pub(crate) fn is_comparable(&self) -> bool {
        self.len() >= self.lengths().least
    }
}

/// What an article adds to its outlet's sketch: its paragraphs and winnowed hashes, each once.
pub(crate) struct Marks(pub(crate) Vec<u64>);

/// Working space that is used again.
#[derive(Debug, Default)]
pub(crate) struct Space {
    grams: Vec<u64>,
    kept: Vec<Kept>,
    is_out: Vec<bool>,
}

/// Takes away what was seen in `seen` articles of the outlet. Gives what is left, its signature,
/// and what the article adds to the sketch.
pub(crate) fn reduce(
    tokens: &Tokens,
    sketch: Option<&Sketch>,
    seen: u8,
    space: &mut Space,
) -> (Body, Vec<u64>, Marks) {
    let lengths = lengths(tokens.class);
    let mut marks = Vec::with_capacity(tokens.paragraphs.len() + tokens.len() / 4);
    space.is_out.clear();
    space.is_out.resize(tokens.len(), false);
    let repeated = |hash: u64| sketch.is_some_and(|sketch| sketch.count(hash) >= seen);
    for range in &tokens.paragraphs {
        let hash = hash::sequence(&tokens.hashes[range.clone()]);
        marks.push(hash);
        if repeated(hash) {
            space.is_out[range.clone()].fill(true);
        }
    }
    signature::grams(&tokens.hashes, lengths.gram, &mut space.grams);
    signature::winnow(&space.grams, lengths.window, &mut space.kept);
    marks.sort_unstable();
    marks.dedup();
    let whole = distinct(&space.kept);
    marks.extend(&whole);
    mask_passages(space, lengths, &repeated);
    let is_whole = !space.is_out.contains(&true);
    let body = body(tokens, &space.is_out);
    if is_whole {
        return (body, whole, Marks(marks));
    }
    signature::grams(&body.hashes, lengths.gram, &mut space.grams);
    signature::winnow(&space.grams, lengths.window, &mut space.kept);
    (body, distinct(&space.kept), Marks(marks))
}

/// The hashes that were kept, each once, the least first.
fn distinct(kept: &[Kept]) -> Vec<u64> {
    let mut hashes: Vec<u64> = kept.iter().map(|kept| kept.hash).collect();
    hashes.sort_unstable();
    hashes.dedup();
    hashes
}

/// Masks the tokens of repeated hashes, and what lies between two that follow one another.
fn mask_passages(space: &mut Space, lengths: Lengths, repeated: &impl Fn(u64) -> bool) {
    let mut end_before = 0;
    for kept in &space.kept {
        if !repeated(kept.hash) {
            continue;
        }
        let is_near = end_before > 0 && kept.at <= end_before + lengths.window;
        let from = if is_near { end_before.min(kept.at) } else { kept.at };
        end_before = (kept.at + lengths.gram).min(space.is_out.len());
        space.is_out[from..end_before].fill(true);
    }
}

fn body(tokens: &Tokens, is_out: &[bool]) -> Body {
    let left = (0..tokens.len()).filter(|at| !is_out[*at]);
    let mut body = Body {
        class: tokens.class,
        hashes: Vec::with_capacity(tokens.len()),
        flags: Vec::with_capacity(tokens.len()),
        origin: Vec::with_capacity(tokens.len()),
        lede: (0, 0),
    };
    for at in left {
        body.hashes.push(tokens.hashes[at]);
        body.flags.push(tokens.flags[at]);
        body.origin.push(u32::try_from(at).unwrap_or(u32::MAX));
    }
    body.lede = lede(tokens, &body);
    body
}

/// The first paragraph that is long enough to be prose; of a text without any, its beginning.
fn lede(tokens: &Tokens, body: &Body) -> (usize, usize) {
    let least = body.lengths().least;
    let place = |token: usize| body.origin.partition_point(|origin| (*origin as usize) < token);
    let paragraphs = tokens.paragraphs.iter();
    let mut places = paragraphs.map(|range| (place(range.start), place(range.end)));
    let (from, to) = places.find(|(from, to)| to - from >= least).unwrap_or((0, body.len()));
    (from, to.min(from + 2 * least))
}

/// The sketch count from which a passage of an article that was itself counted is furniture.
pub(crate) const SEEN_WITH_ITSELF: u8 = SEEN + 1;
