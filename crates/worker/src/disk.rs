//! Resting while a disk is full, or the frontier.

use std::sync::PoisonError;
use std::time::Duration;

use fetch::Web;
use frontier::Frontier;

use crate::Crawler;
use crate::crawler::{Error, FULL_DISK_LOOK, Full};

impl<F: Frontier, W: Web> Crawler<F, W> {
    pub(crate) fn note_full(&self, full: Full, reason: &str) {
        let before = self.set_full(Some(full));
        if before == Some(full) {
            return;
        }
        match full {
            Full::Disk => tracing::warn!(
                reason,
                "the disk is full: no new requests until there is space; nothing is lost"
            ),
            Full::Frontier => tracing::warn!(
                reason,
                "the frontier is full: no new requests until it has room; nothing is lost"
            ),
        }
    }

    /// Gives what was full before.
    fn set_full(&self, full: Option<Full>) -> Option<Full> {
        std::mem::replace(&mut *self.full.lock().unwrap_or_else(PoisonError::into_inner), full)
    }

    /// The frontier has taken a call that it would have refused while it was full.
    pub(crate) fn note_room(&self) {
        let mut full = self.full.lock().unwrap_or_else(PoisonError::into_inner);
        if *full == Some(Full::Frontier) {
            *full = None;
            tracing::warn!("the frontier has room again: going on");
        }
    }

    /// Whether to wait for space on the disk or room in the frontier. `since` remembers when the
    /// wait began.
    pub(crate) fn rests_for_disk(&self, since: &mut Option<Duration>) -> Result<bool, Error> {
        let free = self.parts.archive.free_bytes()?;
        let floor = self.parts.free_bytes_min;
        if free < floor {
            self.note_full(Full::Disk, &format!("{free} bytes free, the floor is {floor} bytes"));
        } else if let Some(full) = self.full() {
            // Try again, at the pace of the look.
            let waited = since.is_some_and(|since| self.passed(since) >= FULL_DISK_LOOK);
            if waited {
                *since = None;
                // Space is back, or only one write was too large. Whether a frontier has room, only
                // a call can tell.
                if full == Full::Disk {
                    self.set_full(None);
                    tracing::warn!("there is space again: going on");
                }
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
