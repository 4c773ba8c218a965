//! News for hosts that are being visited: fresh links end the backfill of a lease.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use crawl::HostKey;

/// Who is being visited, and may be told.
#[derive(Debug, Default)]
pub(crate) struct Fresh {
    visited: Mutex<HashMap<HostKey, Weak<AtomicBool>>>,
}

/// Whether fresh links arrived for the host of a visit. It is forgotten with the visit.
#[derive(Debug)]
pub(crate) struct FreshFlag(Arc<AtomicBool>);

impl FreshFlag {
    /// The visit has found some itself.
    pub(crate) fn set(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    pub(crate) fn is_set(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

impl Fresh {
    /// A flag for a visit that begins.
    pub(crate) fn watch(&self, host: &HostKey) -> FreshFlag {
        let flag = Arc::new(AtomicBool::new(false));
        let mut visited = self.visited.lock().unwrap_or_else(PoisonError::into_inner);
        // Visits that are over leave nothing but their names; these go here.
        if visited.len() > 1_024 && visited.len() == visited.capacity() {
            visited.retain(|_, flag| flag.strong_count() > 0);
        }
        visited.insert(host.clone(), Arc::downgrade(&flag));
        FreshFlag(flag)
    }

    /// Fresh links for these hosts are in the frontier now.
    pub(crate) fn arrived(&self, hosts: &[HostKey]) {
        let visited = self.visited.lock().unwrap_or_else(PoisonError::into_inner);
        let flags = hosts.iter().filter_map(|host| visited.get(host)?.upgrade());
        flags.for_each(|flag| flag.store(true, Ordering::Relaxed));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_who_is_visited_is_told() {
        let fresh = Fresh::default();
        let host = |name| HostKey::parse(name).unwrap();
        let flag = fresh.watch(&host("a.test"));
        fresh.arrived(&[host("b.test")]);
        assert!(!flag.is_set());
        fresh.arrived(&[host("b.test"), host("a.test")]);
        assert!(flag.is_set());
        assert!(!fresh.watch(&host("a.test")).is_set());
    }
}
