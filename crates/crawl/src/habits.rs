//! What the URLs of a host have shown so far: which texts come again, which parts do not matter,
//! which forms bring nothing.
//!
//! It travels with the lease of the host, so a fleet shares it, and it outlives a restart. It is
//! small: some 400 bytes for an honest host, and never more than a few thousand.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::account::day_of;
use crate::shape::Shape;
use crate::traps::{self, Budgets, Config, Rule, ShapeKind, Skip};
use crate::variants::{self, Seen, Variants};
use crate::{CanonicalUrl, TextDigest, UnixMicros};

/// Texts of the last pages that are remembered.
const RECENT_MAX: usize = 24;

/// Texts that stand under several URLs.
const REPEATED_MAX: usize = 16;

/// Bits that are remembered of a page's text, and of what its URL has in common with others. That
/// a text is taken for one of 24 others by accident happens once in 700,000 pages, and does little.
const TEXT_BITS: u32 = 24;
const CORE_BITS: u32 = 16;

/// What the URLs of a host have shown.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Habits {
    /// The last pages; the oldest first.
    #[serde(rename = "t", with = "marks", skip_serializing_if = "Vec::is_empty")]
    recent: Vec<Mark>,
    /// Texts that were seen under several URLs, and how many.
    #[serde(rename = "r", skip_serializing_if = "Vec::is_empty")]
    repeated: Vec<(u32, u8)>,
    #[serde(rename = "v", skip_serializing_if = "Variants::is_empty")]
    variants: Variants,
    #[serde(rename = "b", skip_serializing_if = "Budgets::is_empty")]
    budgets: Budgets,
    /// URLs that were not fetched, by the rule.
    #[serde(rename = "s", skip_serializing_if = "BTreeMap::is_empty")]
    skipped: BTreeMap<String, u64>,
    /// Walls that were met, by their kind.
    #[serde(rename = "w", skip_serializing_if = "BTreeMap::is_empty")]
    walls: BTreeMap<String, u64>,
}

/// What is remembered of a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Mark {
    text: u32,
    /// Its URL without the slug.
    slug: u32,
    /// Its URL without the query.
    query: u32,
}

/// A page that was fetched for the first time.
#[derive(Clone, Copy, Debug)]
pub struct Fetched<'a> {
    /// Its URL.
    pub url: &'a CanonicalUrl,
    /// The URL that it calls its own.
    pub canonical: Option<&'a CanonicalUrl>,
    /// Its text.
    pub digest: Option<TextDigest>,
    /// It is an article.
    pub is_article: bool,
    /// It led to something that was not known.
    pub leads_on: bool,
}

impl Habits {
    /// Whether nothing was seen yet.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Whether a URL is not to be fetched, as far as that can be told without asking what is
    /// known: see [`Self::variant_key`] for slugs.
    pub fn skip(&self, config: &Config, url: &CanonicalUrl, now: UnixMicros) -> Option<Skip> {
        if let Some(skip) = traps::by_form(config, url, now) {
            return Some(skip);
        }
        if let Some((bare, name)) = self.variants.stripped(url, config.variant_pages_min) {
            let why = format!("the parameter {name} does not change the page");
            let skip = Skip::new(Rule::FreeParameter, why);
            return Some(Skip { instead: Some(bare), ..skip });
        }
        if self.budgets.is_empty() {
            return None;
        }
        let kind = ShapeKind::of(url);
        let (shape, max) = (Shape::of(url), kind.barren_max(config));
        self.budgets.is_spent(shape, max, day_of(now)).then(|| {
            let form = crate::shape::template(url);
            let why = format!("the last {max} pages of the form {form} brought nothing new");
            Skip::new(kind.rule(), why)
        })
    }

    /// The key that all URLs of an article share whose slugs do not matter: who claims it first is
    /// fetched.
    pub fn variant_key(&self, config: &Config, url: &CanonicalUrl) -> Option<u64> {
        self.variants.key(url, config.variant_pages_min)
    }

    /// Learns from a page that was fetched for the first time. True where its text is what the
    /// host says of places that it does not have: the page is none.
    pub fn note(&mut self, config: &Config, fetched: &Fetched<'_>, now: UnixMicros) -> bool {
        let Fetched { url, canonical, digest, is_article, leads_on } = *fetched;
        let text = digest.map(text_mark);
        let (slug, query) = variants::cores(url);
        let (slug, query) = (slug >> (u32::BITS - CORE_BITS), query >> (u32::BITS - CORE_BITS));
        let twin = self.recent.iter().find(|mark| Some(mark.text) == text).copied();
        let has_slug_twin = twin.is_some_and(|twin| twin.slug == slug);
        let has_query_twin = twin.is_some_and(|twin| twin.query == query);
        let has_twin = has_slug_twin || has_query_twin;
        self.variants.note(&Seen { url, digest, has_slug_twin, has_query_twin, canonical });
        let times = text.map_or(0, |text| self.times(text, twin.is_some() && !has_twin));
        if let (Some(text), None) = (text, twin) {
            self.remember(Mark { text, slug, query });
        }
        let kind = ShapeKind::of(url);
        let is_new = twin.is_none() && times == 0;
        let brings = if kind.is_list() { leads_on || (is_article && is_new) } else { is_new };
        self.budgets.note(Shape::of(url), brings || has_twin, kind.barren_max(config), day_of(now));
        times >= config.same_text_max && !is_article
    }

    /// Learns what the host says of a place that it does not have, because nobody has: a path that
    /// was guessed. The next page with that text is none.
    pub fn note_probe(&mut self, config: &Config, digest: TextDigest) {
        let text = text_mark(digest);
        if !self.repeated.iter().any(|(known, _)| *known == text) {
            self.repeat(text, config.same_text_max.saturating_sub(1));
        }
    }

    /// Under how many URLs a text stood, this one included; zero for one that stood under a single
    /// one.
    fn times(&mut self, text: u32, is_elsewhere: bool) -> u8 {
        if let Some((_, times)) = self.repeated.iter_mut().find(|(known, _)| *known == text) {
            *times = times.saturating_add(1);
            return *times;
        }
        if !is_elsewhere {
            return 0;
        }
        self.repeat(text, 2);
        2
    }

    fn repeat(&mut self, text: u32, times: u8) {
        if self.repeated.len() >= REPEATED_MAX {
            let rarest = self.repeated.iter().enumerate().min_by_key(|(_, (_, times))| *times);
            let at = rarest.map_or(0, |(at, _)| at);
            self.repeated.remove(at);
        }
        self.repeated.push((text, times));
    }

    fn remember(&mut self, mark: Mark) {
        if self.recent.len() >= RECENT_MAX {
            self.recent.remove(0);
        }
        self.recent.push(mark);
    }

    /// Counts a URL that was not fetched.
    pub fn count_skipped(&mut self, rule: Rule) {
        *self.skipped.entry(rule.name().to_owned()).or_default() += 1;
    }

    /// Counts a wall, by the name of its kind.
    pub fn count_wall(&mut self, kind: &'static str) {
        *self.walls.entry(kind.to_owned()).or_default() += 1;
    }

    /// URLs that were not fetched, by the rule.
    pub fn skipped(&self) -> &BTreeMap<String, u64> {
        &self.skipped
    }

    /// Walls that were met, by their kind.
    pub fn walls(&self) -> &BTreeMap<String, u64> {
        &self.walls
    }

    /// The parts of URLs that were learnt not to matter: `slug`, or a parameter.
    pub fn learnt(&self, config: &Config) -> Vec<String> {
        self.variants.learnt(config.variant_pages_min)
    }
}

fn text_mark(digest: TextDigest) -> u32 {
    u32::try_from(digest.0 >> (u64::BITS - TEXT_BITS)).unwrap_or(u32::MAX)
}

/// Marks as text: 14 hexadecimal digits for each.
mod marks {
    use serde::de::Error as _;
    use serde::{Deserialize as _, Deserializer, Serializer};

    use super::Mark;

    const TEXT_DIGITS: usize = 6;
    const CORE_DIGITS: usize = 4;
    const DIGITS: usize = TEXT_DIGITS + 2 * CORE_DIGITS;

    pub(super) fn serialize<S: Serializer>(
        marks: &[Mark],
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        let one = |mark: &Mark| format!("{:06x}{:04x}{:04x}", mark.text, mark.slug, mark.query);
        serializer.serialize_str(&marks.iter().map(one).collect::<String>())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Vec<Mark>, D::Error> {
        let text = String::deserialize(deserializer)?;
        let wrong = || D::Error::custom("marks of pages are hexadecimal digits");
        if !text.is_ascii() || !text.len().is_multiple_of(DIGITS) {
            return Err(wrong());
        }
        let number = |digits: &str| u32::from_str_radix(digits, 16).map_err(|_| wrong());
        let one = |at: usize| {
            let (text, cores) = text[at..at + DIGITS].split_at(TEXT_DIGITS);
            let (slug, query) = cores.split_at(CORE_DIGITS);
            Ok(Mark { text: number(text)?, slug: number(slug)?, query: number(query)? })
        };
        (0..text.len()).step_by(DIGITS).map(one).collect()
    }
}

#[cfg(test)]
mod tests;
