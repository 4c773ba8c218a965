//! Members of a story that turn out to hold several, and what was in it only through them.

use crate::article::{Moved, Texts};
use crate::body::Body;
use crate::decide;
use crate::error::Error;
use crate::index::Seq;
use crate::relate;
use crate::resolve::{self, Match, Piece};
use crate::stories::{New, Stories, story_id};
use crate::tokens::Class;
use crate::verify;

/// Share of a member that a new article has from which it is no mere item of it.
const ITEM: f64 = 0.6;
/// Matches of a new article that are suspected to be digests.
const SUSPECTS_MAX: usize = 2;
/// Members of a story that are looked at to tell whether another one is a digest.
const WITNESSES_MAX: usize = 6;
/// Members of a story up to which all its parts are told when a digest leaves it.
const SPLIT_MAX: usize = 16;
/// The newest members of a larger one of which the new article's part is told, and how many of them
/// make that part the story.
const NEWEST: usize = 64;
const PART_MAX: usize = 8;
/// Share of either text from which two have something to do with one another.
const SOMETHING: f64 = 0.1;

/// The story that a new article joins all the same, and who is moved.
type Unmasked = (Option<u32>, Vec<(Seq, Moved)>);

/// A text of the story in question.
struct Node {
    outlet: u32,
    url: u64,
    body: Body,
}

/// What is left of a story, as far as it hangs together.
struct Part {
    members: Vec<Seq>,
    has_new: bool,
}

impl New {
    fn node(&self) -> Node {
        Node { outlet: self.outlet, url: self.url, body: self.body.clone() }
    }
}

impl Stories {
    /// Finds out whether a document that a new article shares an item with is a digest: others of
    /// its story have another part of it, and have nothing to do with the article. `story` is the
    /// one that the article is to join.
    pub(crate) fn unmask(
        &mut self,
        new: &New,
        story: Option<u32>,
        matches: &[Match],
        texts: &dyn Texts,
    ) -> Result<Option<Unmasked>, Error> {
        let mut suspects: Vec<&Match> =
            matches.iter().filter(|m| m.of_old < ITEM && !m.is_digest && m.members > 1).collect();
        suspects.sort_by(|x, y| x.of_old.total_cmp(&y.of_old).then(x.seq.cmp(&y.seq)));
        for suspect in suspects.into_iter().take(SUSPECTS_MAX) {
            let is_ours = |m: &&Match| Some(m.story) == story && m.seq != suspect.seq;
            let ours: Vec<&Match> = matches.iter().filter(is_ours).collect();
            if self.is_digest(new, suspect, &ours, texts)? {
                let unmasked = self.split(new, suspect, story, texts)?;
                if unmasked.is_some() {
                    return Ok(unmasked);
                }
            }
        }
        Ok(None)
    }

    fn is_digest(
        &mut self,
        new: &New,
        suspect: &Match,
        ours: &[&Match],
        texts: &dyn Texts,
    ) -> Result<bool, Error> {
        let is_other = |seq: &Seq| *seq != suspect.seq && !ours.iter().any(|m| m.seq == *seq);
        let members = self.documents.members_with(suspect.story, suspect.seq);
        let others: Vec<Seq> = members.into_iter().filter(is_other).collect();
        if others.is_empty() {
            return Ok(false);
        }
        let Some((_, digest)) = self.member(suspect.seq, texts)? else { return Ok(false) };
        let (mut theirs, mut is_cut_off, mut is_whole, mut count) = (Vec::new(), false, true, 0);
        for seq in others.into_iter().take(WITNESSES_MAX) {
            let Some((_, witness)) = self.member(seq, texts)? else { continue };
            let found = verify::align(&digest.body, &witness.body, &mut self.space.align);
            if found.runs.is_empty()
                || !resolve::is_apart(&found.a.is_covered, &suspect.old_covered)
                || !self.is_stranger(&new.body, &witness.body)
            {
                continue;
            }
            count += 1;
            is_cut_off |= resolve::is_cut_off(&found.b.is_covered);
            is_whole &= found.b.plain_coverage() >= resolve::WHOLE;
            theirs.extend(units(&witness.body));
        }
        if count == 0 {
            return Ok(false);
        }
        let mut own = units(&new.body);
        own.extend(ours.iter().flat_map(|m| m.units.iter().copied()));
        let relation = self.frequencies.relation(new.language, &distinct(own), &distinct(theirs));
        let own = Piece {
            is_cut_off: resolve::is_cut_off(&suspect.new_covered),
            is_whole: suspect.is_new_whole,
            members: 1 + ours.len(),
        };
        let theirs = Piece { is_cut_off, is_whole, members: count };
        Ok(resolve::is_collection(own, theirs, relation))
    }

    fn is_stranger(&mut self, a: &Body, b: &Body) -> bool {
        let found = verify::align(a, b, &mut self.space.align);
        found.a.coverage().max(found.b.coverage()) < SOMETHING
    }

    /// Takes a digest out, and cuts its story where nothing else holds it together. The part whose
    /// first member came first keeps the number.
    fn split(
        &mut self,
        new: &New,
        digest: &Match,
        story: Option<u32>,
        texts: &dyn Texts,
    ) -> Result<Option<Unmasked>, Error> {
        let from = digest.story;
        let rest = self.documents.members_with(from, digest.seq);
        let rest: Vec<Seq> = rest.into_iter().filter(|seq| *seq != digest.seq).collect();
        // The next number is the new article's, should it be alone.
        let mut next = self.next_story.saturating_add(1);
        let (mut joined, mut moving) = (story, Vec::new());
        let of_new = (story == Some(from)).then(|| new.node());
        let is_ours = of_new.is_some();
        let parts = self.parts(of_new, &rest, texts)?;
        if is_ours && parts.len() < 2 {
            // Versions that followed one another hold together without any one of them.
            return Ok(None);
        }
        for (n, part) in parts.into_iter().enumerate() {
            let to = if n == 0 { from } else { next };
            next = next.saturating_add(u32::from(n > 0));
            if part.has_new {
                joined = (!part.members.is_empty()).then_some(to);
            }
            if n > 0 {
                moving.extend(part.members.iter().map(|seq| (*seq, self.moved(*seq, to, false))));
            }
        }
        moving.push((digest.seq, self.moved(digest.seq, next, true)));
        Ok(Some((joined, moving)))
    }

    fn moved(&self, seq: Seq, to: u32, is_digest: bool) -> Moved {
        let document = self.documents.get(seq);
        let (article, from) = document.map_or((0, to), |document| (document.id, document.story));
        Moved { article, from: story_id(from), to: story_id(to), is_digest }
    }

    /// The parts of a story that hang together, the new article among them; by first members.
    fn parts(
        &mut self,
        new: Option<Node>,
        rest: &[Seq],
        texts: &dyn Texts,
    ) -> Result<Vec<Part>, Error> {
        let mut left = Vec::new();
        for seq in &rest[rest.len().saturating_sub(NEWEST)..] {
            left.extend(self.member(*seq, texts)?);
        }
        let is_large = rest.len() > SPLIT_MAX;
        let mut parts = Vec::new();
        if let Some(new) = new {
            let members = self.reach(new, &mut left, if is_large { PART_MAX } else { SPLIT_MAX });
            if is_large && members.len() >= PART_MAX {
                return Ok(vec![Part { members, has_new: true }]);
            }
            parts.push(Part { members, has_new: true });
        }
        if is_large {
            let members = left.iter().map(|(seq, _)| *seq).collect();
            parts.insert(0, Part { members, has_new: false });
            return Ok(parts);
        }
        while !left.is_empty() {
            let (seq, first) = left.remove(0);
            let mut members = self.reach(first, &mut left, SPLIT_MAX);
            members.push(seq);
            members.sort_unstable();
            parts.push(Part { members, has_new: false });
        }
        parts.sort_by_key(|part| part.members.first().copied().unwrap_or(Seq::MAX));
        Ok(parts)
    }

    /// Takes those out of `left` that are one story with a text, or with one that is; until there
    /// are `most`.
    fn reach(&mut self, from: Node, left: &mut Vec<(Seq, Node)>, most: usize) -> Vec<Seq> {
        let (mut reached, mut open) = (Vec::new(), vec![from]);
        while let Some(node) = open.pop().filter(|_| reached.len() < most) {
            let mut at = 0;
            while at < left.len() {
                if self.is_one(&node, &left[at].1) {
                    let (seq, next) = left.remove(at);
                    reached.push(seq);
                    open.push(next);
                } else {
                    at += 1;
                }
            }
        }
        reached.sort_unstable();
        reached
    }

    fn is_one(&mut self, a: &Node, b: &Node) -> bool {
        let origin = self.origin((a.outlet, a.url), (b.outlet, b.url));
        let found = verify::align(&a.body, &b.body, &mut self.space.align);
        a.body.class == b.body.class
            && decide::judge(&a.body, &b.body, &found, origin).kind.is_some()
    }

    fn member(&mut self, seq: Seq, texts: &dyn Texts) -> Result<Option<(Seq, Node)>, Error> {
        let Some(document) = self.documents.get(seq).copied() else { return Ok(None) };
        let body = self.old(seq, &document, texts)?;
        let node = |body| (seq, Node { outlet: document.outlet, url: document.url, body });
        Ok(body.map(node))
    }
}

fn units(body: &Body) -> Vec<u64> {
    relate::units(&body.hashes, body.class == Class::Words)
}

fn distinct(mut units: Vec<u64>) -> Vec<u64> {
    units.sort_unstable();
    units.dedup();
    units
}
