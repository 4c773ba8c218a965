//! The engine: articles in, stories out.

use std::sync::Arc;

use crawl::UnixMicros;
use serde::{Deserialize, Serialize};

use crate::agency;
use crate::article::{Article, Assignment, Moved, Reason, StoryId, Texts};
use crate::body::{self, Body, Marks, SEEN_WITH_ITSELF};
use crate::decide::{self, Kind, Origin};
use crate::documents::{Document, Documents, NONE};
use crate::error::Error;
use crate::estimate::Lookup;
use crate::filter::{Filter, SEEN};
use crate::hash;
use crate::index::{Seq, Table};
use crate::relate::{self, Frequencies};
use crate::resolve::{self, Match, Outcome, Part};
use crate::tokens::{Class, Tokens};
use crate::verify;

/// Hashes of a short and of a long signature that the index holds.
const INDEXED_MIN: usize = 24;
const INDEXED_MAX: usize = 64;
/// Documents of one story that are indexed under one hash: more find nothing that these do not.
const OF_STORY_MAX: usize = 3;
/// Signatures below this are also indexed as a whole, since two hits may be too many to ask.
const SHORT: usize = 8;
/// One in so many documents is counted for the frequencies of words, after the first thousand.
const COUNTED: u32 = 8;
/// Members of a story that are looked at to tell whether another one is a digest.
const WITNESSES_MAX: usize = 4;
/// Articles of an outlet below which its furniture is not known.
const YOUNG: u32 = 4;
/// Texts that are kept as tokens after they were compared.
const CACHED: usize = 64;

/// Bounds of the engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// How long an article is remembered after it was seen, in seconds.
    pub window_s: u64,
    /// How many articles are remembered; the oldest make room.
    pub documents_max: u64,
    /// How many outlets' repeated passages are remembered; the most silent make room.
    pub outlets_max: usize,
}

impl Default for Config {
    fn default() -> Self {
        Self { window_s: 14 * 86_400, documents_max: 16_000_000, outlets_max: 50_000 }
    }
}

/// What an engine holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Figures {
    /// Articles in the window.
    pub documents: u64,
    /// Stories of two and more of them.
    pub stories: u64,
    /// Memory of the table of hashes, in bytes.
    pub table_bytes: u64,
    /// Memory of what is kept of documents and stories, in bytes.
    pub document_bytes: u64,
    /// Memory of what outlets repeat and how frequent words are, in bytes.
    pub sketch_bytes: u64,
}

impl Figures {
    /// All memory of the index, in bytes.
    pub fn bytes(&self) -> u64 {
        self.table_bytes + self.document_bytes + self.sketch_bytes
    }
}

/// Recognises stories in a stream of articles.
#[derive(Debug, Default)]
pub struct Stories {
    pub(crate) config: Config,
    pub(crate) documents: Documents,
    pub(crate) table: Table,
    pub(crate) filter: Filter,
    pub(crate) frequencies: Frequencies,
    /// The number of the next story.
    pub(crate) next_story: u32,
    /// When the newest article was seen, in seconds.
    pub(crate) newest: u32,
    space: Space,
}

/// Working space; none of it is state.
#[derive(Debug, Default)]
struct Space {
    body: body::Space,
    align: verify::Space,
    lookup: Lookup,
    cache: Vec<Option<(Seq, Arc<Tokens>)>>,
}

/// A new article, read.
struct New {
    body: Body,
    signature: Vec<u64>,
    marks: Marks,
    outlet: u32,
    url: u64,
    language: usize,
}

impl Stories {
    /// An empty engine.
    pub fn new(config: Config) -> Self {
        Self { config, ..Self::default() }
    }

    /// Says which story an article belongs to, and remembers the article.
    ///
    /// # Errors
    /// When the text of an older article cannot be read: then nothing was changed but what is known
    /// of outlets' silence.
    pub fn assign(
        &mut self,
        article: &Article<'_>,
        texts: &dyn Texts,
    ) -> Result<Assignment, Error> {
        if self.documents.next == Seq::MAX || self.next_story == u32::MAX {
            return Err(Error::Spent);
        }
        self.expire(article.seen_at);
        let mut new = self.read(article);
        let keys = Self::keys(&new);
        self.space.lookup.run(&keys, &self.table, &self.documents);
        let matches = self.matches(&new, texts)?;
        let mut assignment = self.settle(&new, &matches, texts)?;
        assignment.agency = agency::attribute(article);
        let seq = self.remember(article, &new, &keys, &assignment);
        self.enter(seq, &assignment, &matches);
        self.learn(&mut new, &assignment, &matches);
        Ok(assignment)
    }

    /// What the engine holds now.
    pub fn figures(&self) -> Figures {
        Figures {
            documents: self.documents.len() as u64,
            stories: self.documents.members.len() as u64,
            table_bytes: self.table.bytes() as u64,
            document_bytes: self.documents.bytes() as u64,
            sketch_bytes: (self.filter.bytes() + self.frequencies.bytes()) as u64,
        }
    }

    /// The bounds it keeps to.
    pub fn config(&self) -> &Config {
        &self.config
    }

    fn expire(&mut self, seen_at: UnixMicros) {
        self.newest = self.newest.max(seconds(seen_at));
        let is_old = |document: &Document| {
            u64::from(document.seen_at) + self.config.window_s < u64::from(self.newest)
        };
        while self.documents.len() as u64 >= self.config.documents_max.max(1)
            || self.documents.get(self.documents.oldest).is_some_and(is_old)
        {
            self.documents.expire_one();
        }
    }

    fn read(&mut self, article: &Article<'_>) -> New {
        let tokens = Tokens::of(article.text);
        let outlet = article
            .outlet
            .map_or(NONE, |name| self.filter.outlet(hash::text(name), self.config.outlets_max));
        let sketch = self.filter.sketch(outlet);
        let (body, signature, marks) = body::reduce(&tokens, sketch, SEEN, &mut self.space.body);
        let language = article.hints.language.map_or(body.class as u64, hash::text);
        let language = self.frequencies.language(language);
        let url = article.url.map_or(0, hash::text);
        New { body, signature, marks, outlet, url, language }
    }

    /// What an article is looked up by: its signature, then its URL and, where it is short, its
    /// text as a whole.
    fn keys(new: &New) -> Vec<u64> {
        let mut keys = new.signature.clone();
        if new.url != 0 {
            keys.push(new.url);
        }
        if new.signature.len() < SHORT && new.body.len() > 0 {
            // A whole text counts as much as two hits.
            let whole = hash::sequence(&new.body.hashes);
            keys.extend([whole, hash::mix(whole)]);
        }
        keys
    }

    /// Compares the article with the candidates.
    fn matches(&mut self, new: &New, texts: &dyn Texts) -> Result<Vec<Match>, Error> {
        let mut matches: Vec<Match> = Vec::new();
        if !new.body.is_comparable() {
            return Ok(matches);
        }
        let mut candidates = self.space.lookup.candidates(new.signature.len(), &self.documents);
        if new.url != 0 {
            // Other revisions are compared however little they share.
            let revisions = self.space.lookup.documents_of(new.signature.len());
            candidates.extend(revisions.iter().rev().take(2));
        }
        for seq in candidates {
            let Some(document) = self.documents.get(seq).copied() else { continue };
            // One close member tells enough of a story.
            let is_settled = |m: &Match| m.story == document.story && m.closeness() > 1.5;
            if matches.iter().any(|m| m.seq == seq || is_settled(m)) {
                continue;
            }
            let Some(old) = self.old(seq, &document, texts)? else { continue };
            let origin = self.origin(new, &document);
            matches.extend(self.compare(new, &old, (seq, &document), origin));
        }
        matches.sort_by(|x, y| y.closeness().total_cmp(&x.closeness()).then(x.seq.cmp(&y.seq)));
        Ok(matches)
    }

    fn origin(&self, new: &New, old: &Document) -> Origin {
        let is_revision = new.url != 0 && new.url == old.url;
        if new.outlet == NONE || new.outlet != old.outlet || is_revision {
            return Origin::Apart;
        }
        let articles = self.filter.sketch(new.outlet).map_or(0, |sketch| sketch.articles);
        if articles < YOUNG { Origin::YoungOutlet } else { Origin::SameOutlet }
    }

    fn compare(
        &mut self,
        new: &New,
        old: &Body,
        (seq, document): (Seq, &Document),
        origin: Origin,
    ) -> Option<Match> {
        if old.class != new.body.class || !old.is_comparable() {
            return None;
        }
        let found = verify::align(&new.body, old, &mut self.space.align);
        let verdict = decide::judge(&new.body, old, &found, origin);
        Some(Match {
            seq,
            id: document.id,
            story: document.story,
            is_digest: document.is_digest,
            members: self.documents.members.get(&document.story).map_or(1, Vec::len),
            kind: verdict.kind?,
            of_new: verdict.of_new,
            of_old: verdict.of_old,
            new_covered: found.a.is_covered,
            old_covered: found.b.is_covered,
            units: relate::units(&old.hashes, old.class == Class::Words),
        })
    }

    /// The text of an older document without what its outlet repeats, by what is known now.
    fn old(
        &mut self,
        seq: Seq,
        document: &Document,
        texts: &dyn Texts,
    ) -> Result<Option<Body>, Error> {
        let space = &mut self.space;
        space.cache.resize(CACHED, None);
        let slot = &mut space.cache[seq as usize % CACHED];
        let tokens = match slot {
            Some((cached, tokens)) if *cached == seq => Arc::clone(tokens),
            _ => {
                let article = document.id;
                let text = texts.text(article).map_err(|source| Error::Text { article, source })?;
                let Some(text) = text else { return Ok(None) };
                let tokens = Arc::new(Tokens::of(&text));
                *slot = Some((seq, Arc::clone(&tokens)));
                tokens
            }
        };
        let sketch = self.filter.sketch(document.outlet);
        let (body, ..) = body::reduce(&tokens, sketch, SEEN_WITH_ITSELF, &mut space.body);
        Ok(Some(body))
    }

    /// Decides what the matches make of the article.
    fn settle(
        &mut self,
        new: &New,
        matches: &[Match],
        texts: &dyn Texts,
    ) -> Result<Assignment, Error> {
        let table = &self.frequencies;
        let relation = |x: &[u64], y: &[u64]| table.relation(new.language, x, y);
        let outcome = resolve::outcome(matches, relation);
        let links = |except: &[u32]| {
            let stories = matches.iter().map(|m| m.story).filter(|story| !except.contains(story));
            let mut links: Vec<StoryId> = stories.map(story_id).collect();
            links.sort_unstable();
            links.dedup();
            links
        };
        let mut assignment = Assignment {
            story: story_id(self.next_story),
            kind: Kind::First,
            reasons: reasons(matches),
            links: Vec::new(),
            merged: Vec::new(),
            moved: Vec::new(),
            agency: None,
        };
        match outcome {
            Outcome::Alone => assignment.links = links(&[]),
            Outcome::Digest => {
                assignment.kind = Kind::Digest;
                assignment.links = links(&[]);
            }
            Outcome::Join { best } => {
                let best = &matches[best];
                if let Some(moved) = self.unmask(new, best, matches, texts)? {
                    assignment.links = vec![moved.to];
                    assignment.moved.push(moved);
                    return Ok(assignment);
                }
                assignment.story = story_id(best.story);
                assignment.kind = if best.is_digest { Kind::Digest } else { best.kind };
                assignment.links = links(&[best.story]);
            }
            Outcome::Bridge { best, others } => {
                let of = |n: &usize| matches[*n].story;
                // The story that was there first keeps its number.
                let all: Vec<u32> = others.iter().map(of).chain([of(&best)]).collect();
                let oldest = all.iter().copied().min().unwrap_or(of(&best));
                assignment.story = story_id(oldest);
                assignment.kind = matches[best].kind;
                assignment.merged =
                    all.iter().filter(|story| **story != oldest).map(|s| story_id(*s)).collect();
                assignment.links = links(&all);
            }
        }
        Ok(assignment)
    }

    /// Finds out whether the one member that matches is a digest: the rest of its story is in
    /// another part of it, and speaks of other things.
    fn unmask(
        &mut self,
        new: &New,
        best: &Match,
        matches: &[Match],
        texts: &dyn Texts,
    ) -> Result<Option<Moved>, Error> {
        let is_small_part = best.of_old < 0.6 && !best.is_digest;
        let is_sole = !matches.iter().any(|m| m.story == best.story && m.seq != best.seq);
        if !is_small_part || !is_sole {
            return Ok(None);
        }
        let Some(document) = self.documents.get(best.seq).copied() else { return Ok(None) };
        let Some(suspect) = self.old(best.seq, &document, texts)? else { return Ok(None) };
        let units = relate::units(&new.body.hashes, new.body.class == Class::Words);
        let members = self.documents.members_with(best.story, best.seq);
        let others = members.into_iter().filter(|seq| *seq != best.seq);
        for seq in others.take(WITNESSES_MAX) {
            let Some(other) = self.documents.get(seq).copied() else { continue };
            let Some(witness) = self.old(seq, &other, texts)? else { continue };
            let found = verify::align(&suspect, &witness, &mut self.space.align);
            if !resolve::is_apart(&found.a.is_covered, &best.old_covered) {
                continue;
            }
            let theirs = relate::units(&witness.hashes, witness.class == Class::Words);
            let relation = self.frequencies.relation(new.language, &units, &theirs);
            let theirs = Part { covered: &found.b.is_covered, members: best.members - 1 };
            let ours = Part { covered: &best.new_covered, members: 1 };
            if resolve::is_collection(ours, theirs, relation) {
                let to = story_id(self.next_story.saturating_add(1));
                return Ok(Some(Moved { article: best.id, from: story_id(best.story), to }));
            }
        }
        Ok(None)
    }

    /// Puts the article into the index.
    fn remember(
        &mut self,
        article: &Article<'_>,
        new: &New,
        keys: &[u64],
        assignment: &Assignment,
    ) -> Seq {
        let hashes = new.signature.len();
        // The least hashes: the same ones for each document that has them.
        let indexed = (hashes / 4).clamp(INDEXED_MIN, INDEXED_MAX).min(hashes);
        let story = number(assignment.story);
        let seq = self.documents.push(Document {
            id: article.id,
            story,
            outlet: new.outlet,
            url: new.url,
            seen_at: seconds(article.seen_at),
            published: article.published.map_or(NONE, seconds),
            hashes: u16::try_from(hashes).unwrap_or(u16::MAX),
            indexed: u8::try_from(indexed).unwrap_or(u8::MAX),
            is_digest: assignment.kind == Kind::Digest,
            language: u8::try_from(new.language).unwrap_or(0),
        });
        let is_kept = |n: &usize| *n < indexed || *n >= hashes;
        for n in (0..keys.len()).filter(is_kept) {
            let others = self.space.lookup.documents_of(n);
            let same = |seq: &&Seq| self.documents.get(**seq).is_some_and(|d| d.story == story);
            if n < hashes && others.iter().filter(same).count() >= OF_STORY_MAX
                || others.len() >= crate::index::SAME_MAX
            {
                continue;
            }
            self.table.insert(keys[n], seq, self.documents.oldest);
        }
        seq
    }

    /// Puts the article among the members of its story, and does what it brings about.
    fn enter(&mut self, seq: Seq, assignment: &Assignment, matches: &[Match]) {
        let story = number(assignment.story);
        self.next_story = self.next_story.max(story.saturating_add(1));
        let in_story = |story: u32| matches.iter().find(|m| m.story == story).map(|m| m.seq);
        if let Some(other) = in_story(story) {
            for merged in assignment.merged.iter().map(|id| number(*id)) {
                if let Some(one) = in_story(merged) {
                    self.documents.merge(merged, one, story, other);
                }
            }
            self.documents.join(seq, story, other);
        }
        for moved in &assignment.moved {
            let found = matches.iter().find(|m| m.id == moved.article).map(|m| m.seq);
            let Some(seq) = found else { continue };
            self.documents.leave(seq, number(moved.from));
            if let Some(document) = self.documents.get_mut(seq) {
                document.story = number(moved.to);
                document.is_digest = true;
            }
            self.next_story = self.next_story.max(number(moved.to).saturating_add(1));
        }
    }

    /// Learns what the outlet repeats and how frequent words are.
    fn learn(&mut self, new: &mut New, assignment: &Assignment, matches: &[Match]) {
        let is_known = matches.iter().any(|m| {
            let document = self.documents.get(m.seq);
            // What an outlet publishes again is no furniture of it.
            document.is_some_and(|d| d.outlet == new.outlet && d.story == number(assignment.story))
        });
        if !is_known && let Some(sketch) = self.filter.sketch_mut(new.outlet) {
            sketch.add(new.marks.0.drain(..));
        }
        let seq = self.documents.next;
        if new.body.is_comparable() && (seq < 1_000 || seq.is_multiple_of(COUNTED)) {
            let units = relate::units(&new.body.hashes, new.body.class == Class::Words);
            self.frequencies.add(new.language, units);
        }
    }
}

fn reasons(matches: &[Match]) -> Vec<Reason> {
    let reason =
        |m: &Match| Reason { article: m.id, kind: m.kind, of_new: m.of_new, of_old: m.of_old };
    matches.iter().map(reason).collect()
}

fn story_id(number: u32) -> StoryId {
    StoryId(u64::from(number))
}

fn number(story: StoryId) -> u32 {
    u32::try_from(story.0).unwrap_or(u32::MAX)
}

/// Seconds since 1970, as far as 32 bits tell them (until 2106).
fn seconds(time: UnixMicros) -> u32 {
    u32::try_from(time.0.div_euclid(1_000_000).max(0)).unwrap_or(u32::MAX - 1)
}
