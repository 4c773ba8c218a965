//! What a crawl has done so far: counters that a display and a summary read.

use std::collections::{BTreeMap, HashSet};
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crawl::traps::Rule;
use crawl::{Freshness, WallKind};
use serde::Serialize;

use crate::reader::ReadOutcome;

/// Counters of one run.
#[derive(Debug, Default)]
pub struct Tally {
    pages: AtomicU64,
    requests: AtomicU64,
    bytes: AtomicU64,
    forbidden: AtomicU64,
    in_flight: AtomicU64,
    unchanged: AtomicU64,
    articles: AtomicU64,
    unread: AtomicU64,
    pages_left: Option<AtomicI64>,
    named: Mutex<Named>,
    freshness: Mutex<Freshness>,
}

#[derive(Debug, Default)]
struct Named {
    errors: BTreeMap<String, u64>,
    unreadable: BTreeMap<&'static str, u64>,
    walls: BTreeMap<&'static str, u64>,
    skipped: BTreeMap<&'static str, u64>,
    hosts: HashSet<u64>,
}

/// The counters at one moment.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Totals {
    /// Stored 2xx HTML pages.
    pub pages: u64,
    /// Requests sent, robots.txt and failed attempts included.
    pub requests: u64,
    /// Body bytes as they came over the wire.
    pub bytes: u64,
    /// URLs that robots.txt forbade; no request was sent for them.
    pub forbidden: u64,
    /// Revisits whose content had not changed.
    pub unchanged: u64,
    /// Pages whose article was read.
    pub articles: u64,
    /// Pages that no article can be read of, by what reading them ran into.
    pub unreadable: BTreeMap<&'static str, u64>,
    /// Pages whose article is still to be read, because no reader was to be had.
    pub unread: u64,
    /// Walls that were served instead of pages, by their kind.
    pub walls: BTreeMap<&'static str, u64>,
    /// URLs that were not asked for, by the rule: traps, and variants of what is known.
    pub skipped: BTreeMap<&'static str, u64>,
    /// What went wrong, by kind.
    pub errors: BTreeMap<String, u64>,
    /// Distinct hosts that were asked.
    pub hosts: u64,
    /// Requests in flight now.
    pub in_flight: u64,
}

impl Tally {
    /// Counters for a run that stores so many pages at most.
    pub fn new(pages_max: Option<u64>) -> Self {
        let left = |n: u64| AtomicI64::new(i64::try_from(n).unwrap_or(i64::MAX));
        Self { pages_left: pages_max.map(left), ..Self::default() }
    }

    /// The counters now.
    pub fn totals(&self) -> Totals {
        let named = self.named();
        Totals {
            pages: self.pages.load(Ordering::Relaxed),
            requests: self.requests.load(Ordering::Relaxed),
            bytes: self.bytes.load(Ordering::Relaxed),
            forbidden: self.forbidden.load(Ordering::Relaxed),
            unchanged: self.unchanged.load(Ordering::Relaxed),
            articles: self.articles.load(Ordering::Relaxed),
            unreadable: named.unreadable.clone(),
            unread: self.unread.load(Ordering::Relaxed),
            walls: named.walls.clone(),
            skipped: named.skipped.clone(),
            errors: named.errors.clone(),
            hosts: named.hosts.len() as u64,
            in_flight: self.in_flight.load(Ordering::Relaxed),
        }
    }

    /// From publication (or first sight) to snapshot, of the new articles of this run.
    pub fn freshness(&self) -> Freshness {
        self.freshness.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn fresh(&self, delay: Duration) {
        self.freshness.lock().unwrap_or_else(PoisonError::into_inner).add(delay);
    }

    /// Reserves one page of the limit; false when the limit is reached. What turns out not to be a
    /// page gives it back with [`Self::release_page`].
    pub(crate) fn reserve_page(&self) -> bool {
        let Some(left) = &self.pages_left else { return true };
        if left.fetch_sub(1, Ordering::Relaxed) > 0 {
            return true;
        }
        left.fetch_add(1, Ordering::Relaxed);
        false
    }

    pub(crate) fn release_page(&self) {
        if let Some(left) = &self.pages_left {
            left.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Whether every page of the limit is stored or on its way.
    pub(crate) fn is_spent(&self) -> bool {
        self.pages_left.as_ref().is_some_and(|left| left.load(Ordering::Relaxed) <= 0)
    }

    pub(crate) fn request_begins(&self, host: &str) {
        self.requests.fetch_add(1, Ordering::Relaxed);
        self.in_flight.fetch_add(1, Ordering::Relaxed);
        self.named().hosts.insert(crawl::Fingerprint::of(host).0);
    }

    pub(crate) fn request_ended(&self, body_bytes: u64) {
        self.in_flight.fetch_sub(1, Ordering::Relaxed);
        self.bytes.fetch_add(body_bytes, Ordering::Relaxed);
    }

    pub(crate) fn page_stored(&self) {
        self.pages.fetch_add(1, Ordering::Relaxed);
    }

    /// Counts what came of reading a page's article.
    pub(crate) fn read(&self, read: &ReadOutcome) {
        match read {
            ReadOutcome::Article(_) => drop(self.articles.fetch_add(1, Ordering::Relaxed)),
            ReadOutcome::NoArticle => {}
            ReadOutcome::Unreadable(why) => {
                *self.named().unreadable.entry(why.word()).or_default() += 1;
            }
            ReadOutcome::Unread => drop(self.unread.fetch_add(1, Ordering::Relaxed)),
        }
    }

    pub(crate) fn wall(&self, kind: WallKind) {
        *self.named().walls.entry(kind.name()).or_default() += 1;
    }

    pub(crate) fn skipped(&self, rule: Rule) {
        *self.named().skipped.entry(rule.name()).or_default() += 1;
    }

    pub(crate) fn unchanged(&self) {
        self.unchanged.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn forbidden(&self) {
        self.forbidden.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn error(&self, kind: &str) {
        let mut named = self.named();
        match named.errors.get_mut(kind) {
            Some(n) => *n += 1,
            None => drop(named.errors.insert(kind.to_owned(), 1)),
        }
    }

    fn named(&self) -> MutexGuard<'_, Named> {
        // Counters stay right even if a thread panicked between two of them.
        self.named.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_limit_is_exact() {
        let tally = Tally::new(Some(2));
        assert!(tally.reserve_page() && tally.reserve_page());
        assert!(!tally.reserve_page() && tally.is_spent());
        tally.release_page();
        assert!(!tally.is_spent() && tally.reserve_page());
    }

    #[test]
    fn errors_are_counted_by_kind() {
        let tally = Tally::new(None);
        tally.error("dns");
        tally.error("dns");
        tally.error("http-404");
        let errors = tally.totals().errors;
        assert_eq!((errors["dns"], errors["http-404"]), (2, 1));
    }
}
