//! Parts of a URL that do not change the article: they are learnt from what pages say and show.
//!
//! Two sorts of parts come into question: the words of a slug beside the number of the article, and
//! a parameter. That one does not matter is believed after several pages that differed in nothing
//! else had the same text, or named a URL without it as their own; one page that had another text
//! outweighs all of them.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};
use url::Url;

use crate::shape::{self, Shape, short_hash};
use crate::url::QueryRule;
use crate::{CanonicalUrl, Fingerprint, TextDigest};

/// Parts that are watched at a host.
const TRIALS_MAX: usize = 16;

/// Longest name of a parameter that is watched, in bytes.
const NAME_BYTES_MAX: usize = 32;

/// Parameters of a URL that are watched.
const PARAMETERS_MAX: usize = 6;

/// Digits in a row that may be the number of an article.
const ID_DIGITS: usize = 3;

/// Pages that spoke against a part, after which it is watched no more.
const AGAINST_MAX: u8 = 3;

/// A part of a URL.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Part {
    /// The words beside the number of the article.
    #[serde(rename = "s")]
    Slug,
    /// A parameter, by its name in lower case.
    #[serde(rename = "p")]
    Parameter(String),
}

/// What speaks for and against a part of the URLs of a form.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Trial {
    /// The form.
    #[serde(rename = "f")]
    shape: u32,
    #[serde(rename = "p")]
    part: Part,
    /// Pages that agreed with another one.
    #[serde(rename = "n")]
    pairs: u8,
    /// Pages that did not.
    #[serde(rename = "a", default, skip_serializing_if = "is_zero")]
    against: u8,
    /// The page that others are compared with: its URL without the part, and its text.
    #[serde(rename = "k")]
    key: u32,
    #[serde(rename = "d")]
    digest: u32,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "as serde calls it")]
fn is_zero(n: &u8) -> bool {
    *n == 0
}

/// The parts that are watched at a host, and what is known of them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Variants {
    trials: Vec<Trial>,
}

/// A page as it is compared.
pub(crate) struct Seen<'a> {
    pub(crate) url: &'a CanonicalUrl,
    pub(crate) digest: Option<TextDigest>,
    /// A page with the same text was seen lately, whose URL differs in the slug alone.
    pub(crate) has_slug_twin: bool,
    /// The same, in the query alone.
    pub(crate) has_query_twin: bool,
    pub(crate) canonical: Option<&'a CanonicalUrl>,
}

impl Variants {
    /// Whether nothing is watched.
    pub fn is_empty(&self) -> bool {
        self.trials.is_empty()
    }

    /// What is known not to matter, in words: the form is not told.
    pub fn learnt(&self, pairs_min: u8) -> Vec<String> {
        let free = self.trials.iter().filter(|trial| trial.pairs >= pairs_min);
        let word = |trial: &Trial| match &trial.part {
            Part::Slug => "slug".to_owned(),
            Part::Parameter(name) => format!("?{name}"),
        };
        let words: std::collections::BTreeSet<String> = free.map(word).collect();
        words.into_iter().collect()
    }

    /// Learns from a page.
    pub(crate) fn note(&mut self, seen: &Seen<'_>) {
        if let Some(digest) = seen.digest {
            self.compare(seen, low(digest));
        }
        if let Some(canonical) = seen.canonical.filter(|canonical| *canonical != seen.url) {
            self.compare_names(seen, canonical);
        }
    }

    /// By its text.
    fn compare(&mut self, seen: &Seen<'_>, digest: u32) {
        let shape = Shape::of_article(seen.url);
        let mut judged = HashSet::new();
        for (at, trial) in self.trials.iter_mut().enumerate() {
            let is_same_form = trial.shape == shape.0;
            let Some(key) = trial.part.key(seen.url).filter(|_| is_same_form) else { continue };
            if key != trial.key {
                continue;
            }
            judged.insert(at);
            if trial.digest == digest {
                trial.pairs = trial.pairs.saturating_add(1);
            } else {
                trial.against = trial.against.saturating_add(1);
                (trial.pairs, trial.digest) = (0, digest);
            }
        }
        let slug = seen.has_slug_twin.then_some(Part::Slug);
        let names = watched_names(seen.url).filter(|_| seen.has_query_twin);
        let names: Vec<String> = names.collect();
        let is_alone = names.len() == 1;
        for part in slug.into_iter().chain(names.into_iter().map(Part::Parameter)) {
            let Some(key) = part.key(seen.url) else { continue };
            // Of several parameters, the next pages tell which one it is.
            let is_sure = part == Part::Slug || is_alone;
            let at = self.place(shape, part);
            let trial = &mut self.trials[at];
            let is_new = (trial.key, trial.pairs) == (0, 0);
            if is_new || !judged.contains(&at) {
                (trial.key, trial.digest) = (key, digest);
                trial.pairs = trial.pairs.saturating_add(u8::from(is_sure));
            }
        }
    }

    /// By the URL that it calls its own.
    fn compare_names(&mut self, seen: &Seen<'_>, canonical: &CanonicalUrl) {
        let key = masked(seen.url);
        let mut agreed = Vec::new();
        if key.is_some() && key == masked(canonical) {
            agreed.push(Part::Slug);
        }
        let kept: HashSet<String> = shape::parameters(canonical).map(|(name, _)| name).collect();
        let gone: Vec<String> =
            watched_names(seen.url).filter(|name| !kept.contains(name)).collect();
        let bare = gone.iter().try_fold(seen.url.clone(), |url, name| without(&url, name));
        if !gone.is_empty() && bare.as_ref() == Some(canonical) {
            agreed.extend(gone.into_iter().map(Part::Parameter));
        }
        for part in agreed {
            let at = self.place(Shape::of_article(seen.url), part);
            self.trials[at].pairs = self.trials[at].pairs.saturating_add(1);
        }
    }

    /// The trial of a part; a new one takes the place of the one with the least to say.
    fn place(&mut self, shape: Shape, part: Part) -> usize {
        let known = self.trials.iter().position(|t| t.shape == shape.0 && t.part == part);
        if let Some(at) = known {
            return at;
        }
        let trial = Trial { shape: shape.0, part, pairs: 0, against: 0, key: 0, digest: 0 };
        if self.trials.len() < TRIALS_MAX {
            self.trials.push(trial);
            return self.trials.len() - 1;
        }
        let weakest = self.trials.iter().enumerate().min_by_key(|(_, trial)| trial.pairs);
        let at = weakest.map_or(0, |(at, _)| at);
        self.trials[at] = trial;
        at
    }

    fn is_free(&self, shape: Shape, part: &Part, pairs_min: u8) -> bool {
        self.trials.iter().any(|trial| {
            trial.shape == shape.0
                && trial.part == *part
                && trial.pairs >= pairs_min
                && trial.against < AGAINST_MAX
        })
    }

    /// The URL without the parameters that are known not to matter; none where there are none.
    pub(crate) fn stripped(
        &self,
        url: &CanonicalUrl,
        pairs_min: u8,
    ) -> Option<(CanonicalUrl, String)> {
        if self.trials.is_empty() {
            return None;
        }
        let shape = Shape::of_article(url);
        let mut names = watched_names(url);
        names.find_map(|name| {
            let part = Part::Parameter(name.clone());
            let is_free = self.is_free(shape, &part, pairs_min);
            let bare = without(url, &name).filter(|_| is_free)?;
            Some((bare, name))
        })
    }

    /// The key that all slugs of an article share, where slugs are known not to matter.
    pub fn key(&self, url: &CanonicalUrl, pairs_min: u8) -> Option<u64> {
        if self.trials.is_empty() || !self.is_free(Shape::of_article(url), &Part::Slug, pairs_min) {
            return None;
        }
        let host = url.host_key();
        let text = format!("variant\n{}\n{}", host.as_str(), masked(url)?);
        Some(Fingerprint::of(&text).0)
    }
}

impl Part {
    /// What is left of a URL without this part.
    fn key(&self, url: &CanonicalUrl) -> Option<u32> {
        match self {
            Self::Slug => masked(url).map(|text| short_hash(&text)),
            Self::Parameter(name) => without(url, name).map(|url| short_hash(url.as_str())),
        }
    }
}

/// What a URL is without its slug, and without its query: by these, twins are known. Two that have
/// no slug that may be left out are never twins by it.
pub(crate) fn cores(url: &CanonicalUrl) -> (u32, u32) {
    let text = url.as_str();
    let path = &text[..text.find('?').unwrap_or(text.len())];
    let slug = masked(url).map_or_else(|| format!("={text}"), |masked| format!("*{masked}"));
    (short_hash(&slug), short_hash(path))
}

/// Names of parameters that may not matter. The number of a page always does.
fn watched_names(url: &CanonicalUrl) -> impl Iterator<Item = String> {
    let mut names: Vec<String> = Vec::new();
    for (name, _) in shape::parameters(url) {
        let is_watched = name.len() <= NAME_BYTES_MAX && !is_paging(&name);
        if is_watched && names.len() < PARAMETERS_MAX && !names.contains(&name) {
            names.push(name);
        }
    }
    names.into_iter()
}

/// Whether a parameter says which part of a list is shown.
pub(crate) fn is_paging(name: &str) -> bool {
    const NAMES: [&str; 7] = ["p", "offset", "start", "from", "skip", "cursor", "pn"];
    shape::is_page_word(name) || NAMES.contains(&name)
}

/// The path and query with all words taken out that stand beside the number of an article; none
/// where there is no such number, or no such word.
fn masked(url: &CanonicalUrl) -> Option<String> {
    let is_number = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    let segments = shape::segments(url);
    let is_numbered = segments.iter().any(|segment| is_number(segment) && is_id(segment))
        || shape::parameters(url).any(|(_, value)| is_number(value) && is_id(value));
    let mut out = String::new();
    let (mut has_id, mut has_words) = (is_numbered, false);
    for (at, segment) in segments.iter().enumerate() {
        out.push('/');
        let is_last = at + 1 == segments.len();
        if is_number(segment) || (!is_last && shape::is_short_word(segment)) {
            out.push_str(segment);
            continue;
        }
        has_words = true;
        out.push('*');
        // Beside a number of its own, numbers in words are words.
        let numbers = segment.split(|c: char| !c.is_ascii_digit()).filter(|digits| is_id(digits));
        if let Some(longest) = numbers.max_by_key(|digits| digits.len()).filter(|_| !is_numbered) {
            has_id = true;
            out.push_str(longest);
        }
    }
    let query = url.as_url().query().unwrap_or_default();
    (has_id && has_words).then(|| format!("{out}?{query}"))
}

/// Whether digits may be the number of an article: enough of them, and no year.
fn is_id(digits: &str) -> bool {
    digits.len() >= ID_DIGITS && !shape::is_year(digits)
}

/// The URL without a parameter.
pub(crate) fn without(url: &CanonicalUrl, name: &str) -> Option<CanonicalUrl> {
    let query = url.as_url().query()?;
    let is_it =
        |pair: &&str| pair.split('=').next().is_some_and(|own| own.eq_ignore_ascii_case(name));
    let kept: Vec<&str> = query.split('&').filter(|pair| !is_it(pair)).collect();
    if kept.len() == query.split('&').count() {
        return None;
    }
    let mut bare: Url = url.as_url().clone();
    let kept = kept.join("&");
    bare.set_query((!kept.is_empty()).then_some(kept.as_str()));
    CanonicalUrl::from_url(bare, QueryRule::Keep).ok()
}

fn low(digest: TextDigest) -> u32 {
    u32::try_from(digest.0 & u64::from(u32::MAX)).unwrap_or_default()
}

#[cfg(test)]
mod tests;
