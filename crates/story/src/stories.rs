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
use crate::filter::{Filter, SEEN, Sketch};
use crate::hash;
use crate::index::{Seq, Table};
use crate::relate::{self, Frequencies};
use crate::resolve::{self, Match, Outcome};
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
/// Older articles of one URL that a new one is compared with, and that are known by it.
const REVISIONS: usize = 2;
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
    pub(crate) space: Space,
}

/// Working space; none of it is state.
#[derive(Debug, Default)]
pub(crate) struct Space {
    body: body::Space,
    pub(crate) align: verify::Space,
    lookup: Lookup,
    cache: Vec<Option<(Seq, Arc<Tokens>)>>,
}

/// A new article, read.
pub(crate) struct New {
    pub(crate) body: Body,
    pub(crate) signature: Vec<u64>,
    pub(crate) marks: Marks,
    pub(crate) outlet: u32,
    pub(crate) url: u64,
    pub(crate) language: usize,
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
        let (mut assignment, moving) = self.settle(&new, &matches, texts)?;
        assignment.agency = agency::attribute(article);
        let seq = self.remember(article, &new, &keys, &assignment);
        self.move_out(&moving, &assignment.moved);
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
        std::hint::black_box(sketch.map_or(0, Sketch::warm));
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
            candidates.extend(self.revisions(new));
        }
        for seq in candidates {
            let Some(document) = self.documents.get(seq).copied() else { continue };
            // One close member tells enough of a story.
            let is_settled = |m: &Match| m.story == document.story && m.closeness() > 1.5;
            if matches.iter().any(|m| m.seq == seq || is_settled(m)) {
                continue;
            }
            let Some(old) = self.old(seq, &document, texts)? else { continue };
            let origin = self.origin((new.outlet, new.url), (document.outlet, document.url));
            matches.extend(self.compare(new, &old, (seq, &document), origin));
        }
        matches.sort_by(|x, y| y.closeness().total_cmp(&x.closeness()).then(x.seq.cmp(&y.seq)));
        Ok(matches)
    }

    /// The older articles of its URL that the index has, the newest first.
    fn revisions(&self, new: &New) -> Vec<Seq> {
        let known = self.space.lookup.documents_of(new.signature.len()).iter().copied();
        let is_one = |seq: &Seq| self.documents.get(*seq).is_some_and(|old| old.url == new.url);
        let mut revisions: Vec<Seq> = known.filter(is_one).collect();
        revisions.sort_unstable_by(|x, y| y.cmp(x));
        revisions.truncate(REVISIONS);
        revisions
    }

    /// Whose two texts are, by their outlets and URLs.
    pub(crate) fn origin(&self, new: (u32, u64), old: (u32, u64)) -> Origin {
        let is_revision = new.1 != 0 && new.1 == old.1;
        if new.0 == NONE || new.0 != old.0 || is_revision {
            return Origin::Apart;
        }
        let articles = self.filter.sketch(new.0).map_or(0, |sketch| sketch.articles);
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
            is_new_whole: found.a.plain_coverage() >= resolve::WHOLE,
            is_old_whole: found.b.plain_coverage() >= resolve::WHOLE,
            new_covered: found.a.is_covered,
            old_covered: found.b.is_covered,
            units: relate::units(&old.hashes, old.class == Class::Words),
        })
    }

    /// The text of an older document without what its outlet repeats, by what is known now.
    pub(crate) fn old(
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

    /// Decides what the matches make of the article, and which older ones move.
    fn settle(
        &mut self,
        new: &New,
        matches: &[Match],
        texts: &dyn Texts,
    ) -> Result<(Assignment, Vec<Seq>), Error> {
        let table = &self.frequencies;
        let relation = |x: &[u64], y: &[u64]| table.relation(new.language, x, y);
        let outcome = resolve::outcome(matches, relation);
        let joined = match &outcome {
            Outcome::Join { best } | Outcome::Bridge { best, .. } => Some(&matches[*best]),
            Outcome::Alone | Outcome::Digest => None,
        };
        let is_digest = outcome == Outcome::Digest || joined.is_some_and(|best| best.is_digest);
        let story = joined.map(|best| best.story);
        let (mut story, moved) = if is_digest {
            (story, Vec::new())
        } else {
            self.unmask(new, story, matches, texts)?.unwrap_or((story, Vec::new()))
        };
        // A merger waits where something had to move.
        let others = match outcome {
            Outcome::Bridge { others, .. } if moved.is_empty() => others,
            _ => Vec::new(),
        };
        let mut all: Vec<u32> = others.iter().map(|n| matches[*n].story).chain(story).collect();
        // The story that was there first keeps its number.
        story = all.iter().copied().min();
        all.retain(|other| Some(*other) != story);
        let is_moved = |seq: Seq| moved.iter().find(|(moved, _)| *moved == seq);
        let now = |m: &Match| is_moved(m.seq).map_or(m.story, |(_, moved)| number(moved.to));
        let closest = matches.iter().find(|m| Some(now(m)) == story);
        let mut links: Vec<u32> = matches.iter().map(now).collect();
        links.retain(|link| Some(*link) != story && !all.contains(link));
        links.sort_unstable();
        links.dedup();
        let kind = match closest {
            _ if is_digest => Kind::Digest,
            Some(closest) => closest.kind,
            None => Kind::First,
        };
        let assignment = Assignment {
            story: story_id(story.unwrap_or(self.next_story)),
            kind,
            reasons: if story.is_some() || is_digest { reasons(matches) } else { Vec::new() },
            links: links.into_iter().map(story_id).collect(),
            merged: all.into_iter().map(story_id).collect(),
            moved: moved.iter().map(|(_, moved)| *moved).collect(),
            agency: None,
        };
        Ok((assignment, moved.into_iter().map(|(seq, _)| seq).collect()))
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
        if new.url != 0 {
            // A page that changes all day long is known by its last versions.
            match self.revisions(new).get(REVISIONS - 1) {
                Some(old) => self.table.replace(new.url, *old, seq),
                None => self.table.insert(new.url, seq, self.documents.oldest),
            }
        }
        let first_other = hashes + usize::from(new.url != 0);
        let is_kept = |n: &usize| *n < indexed || *n >= first_other;
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

    /// Moves older articles into stories of their own.
    fn move_out(&mut self, moving: &[Seq], moved: &[Moved]) {
        let mut all: Vec<(u32, Seq, &Moved)> = Vec::new();
        all.extend(moving.iter().zip(moved).map(|(seq, moved)| (number(moved.to), *seq, moved)));
        for together in all.chunk_by(|x, y| x.0 == y.0) {
            let (to, _, first) = together[0];
            let seqs: Vec<Seq> = together.iter().map(|(_, seq, _)| *seq).collect();
            self.documents.split(number(first.from), to, &seqs);
            for seq in seqs {
                if let Some(document) = self.documents.get_mut(seq) {
                    document.is_digest |= first.is_digest;
                }
            }
            self.next_story = self.next_story.max(to.saturating_add(1));
        }
    }

    /// Puts the article among the members of its story, and does what it brings about.
    fn enter(&mut self, seq: Seq, assignment: &Assignment, matches: &[Match]) {
        let story = number(assignment.story);
        self.next_story = self.next_story.max(story.saturating_add(1));
        let in_story = |story: u32| {
            let of_story = |m: &&Match| self.documents.get(m.seq).is_some_and(|d| d.story == story);
            matches.iter().find(of_story).map(|m| m.seq)
        };
        if let Some(other) = in_story(story) {
            for merged in assignment.merged.iter().map(|id| number(*id)) {
                let one = matches.iter().find(|m| m.story == merged).map(|m| m.seq);
                if let Some(one) = one {
                    self.documents.merge(merged, one, story, other);
                }
            }
            self.documents.join(seq, story, other);
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

pub(crate) fn story_id(number: u32) -> StoryId {
    StoryId(u64::from(number))
}

pub(crate) fn number(story: StoryId) -> u32 {
    u32::try_from(story.0).unwrap_or(u32::MAX)
}

/// Seconds since 1970, as far as 32 bits tell them (until 2106).
fn seconds(time: UnixMicros) -> u32 {
    u32::try_from(time.0.div_euclid(1_000_000).max(0)).unwrap_or(u32::MAX - 1)
}
