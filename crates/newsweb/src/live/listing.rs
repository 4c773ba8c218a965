//! Which articles a list shows at a moment, and when it changed last: cheap to ask, so that a
//! server can say "not modified" without writing anything.

use super::calendar::DAY_S;
use super::outlet::Outlet;
use super::sources::{Form, Scope, Source};

/// News sitemaps hold this much, as their protocol says.
const NEWS_S: i64 = 2 * DAY_S;
/// How many entries a list of pages holds.
pub(super) const PAGE_LISTED: usize = 20;
/// How many old articles a still list holds.
const STILL_LISTED: usize = 12;
/// Tags in use, of this many articles each has one.
const TAG_SHARE: usize = 12;

/// An article in a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Item {
    pub(super) number: usize,
    pub(super) published_s: i64,
    /// When it was edited last, as the list knows it.
    pub(super) modified_s: i64,
}

/// What a list shows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Listing {
    /// Newest first.
    pub(super) items: Vec<Item>,
    /// When the list changed last.
    pub(super) modified_s: i64,
}

impl Listing {
    /// A number that changes when the list does.
    pub(super) fn mark(&self) -> u64 {
        let mut mark = self.items.len() as u64;
        for item in &self.items {
            for part in [item.number as u64, item.modified_s.cast_unsigned()] {
                mark = (mark ^ part).wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(29);
            }
        }
        mark
    }
}

impl Outlet {
    /// What a source lists. It is behind the pages by the outlet's lag.
    pub(super) fn listing(&self, source: &Source, elapsed_s: i64) -> Listing {
        let until_s = elapsed_s - self.lag_s;
        // Some formats say when an entry was edited.
        let tells = matches!(source.form, Form::Atom | Form::Json | Form::News | Form::Urls);
        let edits_s = tells.then_some(until_s);
        let newest = self.newest(until_s);
        let listing = match (source.form, source.scope) {
            (Form::News, _) => self.recent(until_s, source.listed),
            (_, Scope::Still) => self.still(),
            (_, Scope::Tag(tag)) => {
                let tagged = newest.filter(|number| self.tag_of(*number) == Some(tag));
                self.listed(tagged.take(source.listed), edits_s)
            }
            (_, Scope::All) => self.listed(newest.take(source.listed), edits_s),
        };
        listing.behind(self.lag_s)
    }

    /// What the front page lists.
    pub(super) fn front(&self, elapsed_s: i64) -> Listing {
        let important = self.newest(elapsed_s).filter(|number| !self.is_minor(*number));
        self.listed(important.take(PAGE_LISTED), None)
    }

    /// What a page of a section lists; pages count from 1.
    pub(super) fn section(&self, section: usize, page: usize, elapsed_s: i64) -> Listing {
        let own = self.newest(elapsed_s).filter(|number| self.section_of(*number) == section);
        self.listed(own.skip(PAGE_LISTED * (page - 1)).take(PAGE_LISTED), None)
    }

    /// The oldest articles, for lists that nobody keeps up.
    pub(super) fn still(&self) -> Listing {
        self.listed((0..self.count(0).min(STILL_LISTED)).rev(), None)
    }

    /// The articles of a span of time.
    pub(super) fn between(&self, from_s: i64, to_s: i64, elapsed_s: i64) -> Listing {
        let until_s = elapsed_s - self.lag_s;
        let (first, end) = (self.count(from_s - 1), self.count((to_s - 1).min(until_s)));
        self.listed((first..end.max(first)).rev(), Some(until_s)).behind(self.lag_s)
    }

    fn recent(&self, until_s: i64, limit: usize) -> Listing {
        let (expired, end) = (self.count(until_s - NEWS_S), self.count(until_s));
        let mut listing = self.listed((expired..end).rev().take(limit), Some(until_s));
        if let Some(last) = expired.checked_sub(1) {
            let dropped_s = self.articles[last].published_s + NEWS_S;
            listing.modified_s = listing.modified_s.max(dropped_s);
        }
        listing
    }

    fn newest(&self, until_s: i64) -> impl Iterator<Item = usize> {
        (0..self.count(until_s)).rev()
    }

    /// These articles, with the edits until a time.
    fn listed(&self, numbers: impl Iterator<Item = usize>, edits_s: Option<i64>) -> Listing {
        let items: Vec<Item> = numbers
            .map(|number| {
                let article = self.articles[number];
                let published_s = article.published_s;
                let modified_s = edits_s.map_or(published_s, |until_s| article.modified_s(until_s));
                Item { number, published_s, modified_s }
            })
            .collect();
        let modified_s = items.iter().map(|item| item.modified_s).max();
        Listing { items, modified_s: modified_s.unwrap_or(-DAY_S) }
    }

    fn tag_of(&self, number: usize) -> Option<usize> {
        Some(self.dice("tag", number).index(TAG_SHARE)).filter(|tag| *tag < 4)
    }
}

impl Listing {
    /// The same, made known that much later.
    fn behind(mut self, lag_s: i64) -> Self {
        self.modified_s += lag_s;
        self
    }
}
