//! Resting while a disk is full.

use std::sync::atomic::Ordering;
use std::time::Duration;

use fetch::Web;
use frontier::Frontier;

use crate::Crawler;
use crate::crawler::{Error, FULL_DISK_LOOK};

impl<F: Frontier, W: Web> Crawler<F, W> {
    pub(crate) fn note_full(&self, reason: &str) {
        if !self.full.swap(true, Ordering::Relaxed) {
            tracing::warn!(
                reason,
                "the disk is full: no new requests until there is space; nothing is lost"
            );
        }
    }

    /// Whether to wait for disk space. `since` remembers when the wait began.
    pub(crate) fn rests_for_disk(&self, since: &mut Option<Duration>) -> Result<bool, Error> {
        let free = self.parts.archive.free_bytes()?;
        let floor = self.parts.free_bytes_min;
        if free < floor {
            self.note_full(&format!("{free} bytes free, the floor is {floor} bytes"));
        } else if self.is_disk_full() {
            // Space is back, or only one write was too large: try again, at the pace of the look.
            let waited = since.is_some_and(|since| self.passed(since) >= FULL_DISK_LOOK);
            if waited {
                self.full.store(false, Ordering::Relaxed);
                *since = None;
                tracing::warn!("there is space again: going on");
                return Ok(false);
            }
        } else {
            *since = None;
            return Ok(false);
        }
        since.get_or_insert_with(|| self.parts.clock.elapsed());
        Ok(true)
    }
}
