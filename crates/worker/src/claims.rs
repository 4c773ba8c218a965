//! Which URL stands for an article that has many: what this worker has heard of it lately.
//!
//! The frontier knows for sure, and for ever; here it is remembered, so that links to further
//! variants need not be offered.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crawl::Fingerprint;

/// Keys that are remembered; beyond that all is forgotten, and asked for again.
const KEYS_MAX: usize = 20_000;

/// Who holds which key.
#[derive(Debug, Default)]
pub(crate) struct Claims {
    holders: Mutex<HashMap<u64, Fingerprint>>,
}

impl Claims {
    /// The frontier has said who holds a key.
    pub(crate) fn learn(&self, key: u64, holder: Fingerprint) {
        let mut holders = self.lock();
        if holders.len() >= KEYS_MAX && !holders.contains_key(&key) {
            holders.clear();
        }
        holders.insert(key, holder);
    }

    /// Who holds a key, as far as that was heard.
    pub(crate) fn holder(&self, key: u64) -> Option<Fingerprint> {
        self.lock().get(&key).copied()
    }

    /// Forgets all: the frontier may have lost what it knew.
    pub(crate) fn clear(&self) {
        self.lock().clear();
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<u64, Fingerprint>> {
        // Only hints, and whole after every call.
        self.holders.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_forgets_rather_than_grow() {
        let claims = Claims::default();
        for key in 0..50_000 {
            claims.learn(key, Fingerprint(key));
            assert_eq!(claims.holder(key), Some(Fingerprint(key)));
            assert!(claims.lock().len() <= KEYS_MAX);
        }
        assert_eq!(claims.holder(0), None);
        claims.clear();
        assert_eq!(claims.holder(49_999), None);
    }
}
