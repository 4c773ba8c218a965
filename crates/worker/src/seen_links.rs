//! Links that were offered lately: most links of a page were on the last one as well.
//!
//! To offer a known link as backfill changes nothing, so it can be left out. What is forgotten here
//! is offered once more, which is harmless.

use std::collections::HashSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crawl::{Band, Entry, Fingerprint};

/// Fingerprints that the frontier is known to know, in two generations: when the younger one has
/// grown to half of the bound, the elder is forgotten.
#[derive(Debug)]
pub(crate) struct SeenLinks {
    max: usize,
    generations: Mutex<[HashSet<u64>; 2]>,
}

impl SeenLinks {
    /// At most so many fingerprints (about 20 bytes each); none for 0.
    pub(crate) fn new(max: usize) -> Self {
        Self { max, generations: Mutex::default() }
    }

    /// Leaves out what need not be offered. Only backfill: what comes from a hub or a seed may move
    /// up, or be tried again.
    pub(crate) fn leave_out(&self, links: &mut Vec<Entry>) {
        if self.max == 0 {
            return;
        }
        let generations = self.lock();
        let is_known =
            |url: Fingerprint| generations.iter().any(|generation| generation.contains(&url.0));
        links.retain(|link| {
            let is_plain = link.band == Band::Backfill && link.seed.is_none();
            !is_plain || !is_known(link.url.fingerprint())
        });
    }

    /// The frontier has answered for these: it knows them.
    pub(crate) fn learn(&self, known: impl Iterator<Item = Fingerprint>) {
        let half = self.max / 2;
        if half == 0 {
            return;
        }
        let mut generations = self.lock();
        for url in known {
            if generations[0].len() >= half {
                generations.swap(0, 1);
                generations[0].clear();
            }
            generations[0].insert(url.0);
        }
    }

    /// Whether a mark was not met before, as far as is remembered; from now on it was.
    pub(crate) fn is_first(&self, url: Fingerprint) -> bool {
        let is_known = self.lock().iter().any(|generation| generation.contains(&url.0));
        if !is_known {
            self.learn([url].into_iter());
        }
        !is_known
    }

    /// Forgets all: the frontier may have lost, or been told to forget, what it knew.
    pub(crate) fn clear(&self) {
        for generation in &mut *self.lock() {
            generation.clear();
        }
    }

    fn lock(&self) -> MutexGuard<'_, [HashSet<u64>; 2]> {
        // A fingerprint that is missing does no harm.
        self.generations.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use crawl::{CanonicalUrl, Hub};

    use super::*;

    fn link(n: usize) -> Entry {
        let url = CanonicalUrl::parse(&format!("https://a.test/{n}")).unwrap();
        Entry::new(url, Band::Backfill)
    }

    fn offered(seen: &SeenLinks, mut links: Vec<Entry>) -> usize {
        seen.leave_out(&mut links);
        links.len()
    }

    #[test]
    fn only_plain_links_are_left_out() {
        let seen = SeenLinks::new(100);
        let plain = link(1);
        let article = Entry { band: Band::Article, ..plain.clone() };
        let hub = Entry::hub(plain.url.clone(), Hub::default());
        let given = Entry { seed: Some("a.test".into()), ..plain.clone() };
        let all = vec![plain.clone(), article, hub, given];
        assert_eq!(offered(&seen, all.clone()), 4);
        seen.learn([plain.url.fingerprint()].into_iter());
        assert_eq!(offered(&seen, all.clone()), 3);
        seen.clear();
        assert_eq!(offered(&seen, all), 4);
    }

    #[test]
    fn the_last_half_is_known_and_never_more_than_the_bound() {
        let seen = SeenLinks::new(100);
        for n in 0..1_000 {
            seen.learn([link(n).url.fingerprint()].into_iter());
            assert!(seen.lock().iter().map(HashSet::len).sum::<usize>() <= 100);
            assert_eq!(offered(&seen, (n.saturating_sub(49)..=n).map(link).collect()), 0);
        }
        assert_eq!(offered(&seen, (0..800).map(link).collect()), 800);
        assert!(seen.is_first(link(5_000).url.fingerprint()));
        assert!(!seen.is_first(link(5_000).url.fingerprint()));
        let off = SeenLinks::new(0);
        off.learn([link(1).url.fingerprint()].into_iter());
        assert_eq!(offered(&off, vec![link(1)]), 1);
    }
}
