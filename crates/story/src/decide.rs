//! Whether two aligned texts are one story, and in what way.

use serde::{Deserialize, Serialize};

use crate::body::Body;
use crate::facts;
use crate::verify::{Alignment, Side};

/// How an article belongs to its story.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// The first of its story, as far as is known.
    First,
    /// The same text.
    Identical,
    /// The same text with changes.
    Edited,
    /// A part of the other text.
    Excerpt,
    /// A later version that holds most of the other text.
    Update,
    /// Holds several stories: linked to them, a member of none.
    Digest,
}

impl Kind {
    /// Its name in output.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::First => "first",
            Self::Identical => "identical",
            Self::Edited => "edited",
            Self::Excerpt => "excerpt",
            Self::Update => "update",
            Self::Digest => "digest",
        }
    }
}

/// Share of either text that the other has to cover.
const COVERAGE: f64 = 0.5;
/// The same within an outlet whose furniture is not known yet.
const COVERAGE_OF_YOUNG: f64 = 0.6;
/// The same when it has the other's lede as well: a short excerpt amid much local text.
const COVERAGE_WITH_LEDE: f64 = 0.32;
/// The same of a text whose prose is covered to [`COVERAGE`].
const COVERAGE_WITH_LINKS: f64 = 0.4;
/// Share of both texts from which they are copies, also of a quotation or a list.
const COVERAGE_OF_COPY: f64 = 0.8;
/// Share of the prose of both from which they are the same text: all of it, since one word may be
/// the one that was corrected.
const IDENTICAL: f64 = 1.0;
/// Share of a lede that counts as having it.
const LEDE: f64 = 0.6;
/// Share of a lede that tells a reworked article of an outlet from one with the same insert.
const LEDE_OF_OUTLET: f64 = 0.25;
/// Share of both texts of an outlet from which the lede may differ: explainers with the same
/// inserts share up to 67 % both ways (development set).
const COVERAGE_OF_REWORK: f64 = 0.7;
/// Share of what is not quoted that has to be covered in the same text.
const PLAIN: f64 = 0.35;
/// Tokens outside of quotations that have to be shared, as a multiple of the least length.
const PLAIN_LEAST: f64 = 0.8;
/// A multiple of that which is no mere insert.
const MUCH: f64 = 2.5;

/// Why two texts are one story, or are not.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Verdict {
    /// The share of the first text that the second covers.
    pub(crate) of_new: f64,
    /// The share of the second text that the first covers.
    pub(crate) of_old: f64,
    /// How the first belongs to the second; `None` when it does not.
    pub(crate) kind: Option<Kind>,
}

/// Whose two texts are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// Of two outlets, or of one that is not known; or revisions of one URL.
    Apart,
    /// Of one outlet, under two URLs.
    SameOutlet,
    /// The same, and so few articles of it are known that its furniture is not.
    YoungOutlet,
}

/// Judges a new text beside an older one.
pub(crate) fn judge(new: &Body, old: &Body, found: &Alignment, origin: Origin) -> Verdict {
    let (of_new, of_old) = (found.a.coverage(), found.b.coverage());
    let is_one = is_shared(new, old, found, origin)
        && (origin == Origin::Apart
            || of_new.min(of_old) >= COVERAGE_OF_REWORK
            || has_lede(new, old, found, LEDE_OF_OUTLET))
        && !facts::compare(new, old, found).is_template();
    let kind = is_one.then(|| kind(new, old, found));
    Verdict { of_new, of_old, kind }
}

/// Whether enough is shared, and not in quotations alone.
fn is_shared(new: &Body, old: &Body, found: &Alignment, origin: Origin) -> bool {
    let least = new.lengths().least as f64 * PLAIN_LEAST;
    // What is shared may be a quotation in one text and not in the other: take the smaller.
    let plain = found.a.plain_covered.min(found.b.plain_covered) as f64;
    let share = if origin == Origin::YoungOutlet { COVERAGE_OF_YOUNG } else { COVERAGE };
    let side = |covered: f64, plain: f64| covered >= share && plain >= PLAIN;
    // Lists of links and the like are no part of what a text tells, where it tells enough.
    let is_long = plain >= MUCH * least;
    let told = |covered: f64, prose: f64| {
        is_long && covered >= COVERAGE_WITH_LINKS && prose >= share && origin != Origin::SameOutlet
    };
    let is_covered = |one: &Side| {
        let (covered, prose) = (one.coverage(), one.plain_coverage());
        side(covered, prose) || told(covered, prose)
    };
    let sides = is_covered(&found.a) || is_covered(&found.b);
    // Of one outlet, a shared beginning may be furniture that is not known as such yet.
    let is_partly = origin == Origin::Apart
        && found.a.coverage().max(found.b.coverage()) >= COVERAGE_WITH_LEDE
        && is_long
        && has_lede(new, old, found, LEDE);
    // Nearly all of both is the same text, whatever it is made of.
    let is_same = found.a.coverage().min(found.b.coverage()) >= COVERAGE_OF_COPY;
    is_same || (plain >= least && (sides || is_partly))
}

/// Whether one has the lede of the other, or enough of it.
fn has_lede(new: &Body, old: &Body, found: &Alignment, least: f64) -> bool {
    found.a.coverage_of(new.lede) >= least || found.b.coverage_of(old.lede) >= least
}

fn kind(new: &Body, old: &Body, found: &Alignment) -> Kind {
    let (of_new, of_old) = (found.a.coverage(), found.b.coverage());
    // Links to other stories differ from page to page, and are no part of the text.
    let plain = found.a.plain_coverage().min(found.b.plain_coverage());
    if new.hashes == old.hashes || (plain >= IDENTICAL && of_new.min(of_old) >= COVERAGE_OF_COPY) {
        Kind::Identical
    } else if of_old >= 0.8 && new.len() * 10 >= old.len() * 11 && of_new < 0.95 {
        Kind::Update
    } else if of_new >= COVERAGE && of_old < COVERAGE {
        Kind::Excerpt
    } else {
        Kind::Edited
    }
}
