//! The URLs of a host queue: pending, due, in flight.

use crawl::{Band, Entry, Fingerprint, Lane, UnixMicros};
use rusqlite::params;

use super::host::{Host, place};
use super::thread::{CallResult, Tx};
use crate::Error;
use crate::turn::{self, DUE_MOVED_MAX};

/// Fingerprints in SQLite's signed range, in their order.
pub(super) fn signed(fingerprint: Fingerprint) -> i64 {
    (fingerprint.0 ^ (1 << 63)).cast_signed()
}

/// An entry at a place of a queue.
pub(super) struct Placed {
    pub(super) place: i64,
    pub(super) fingerprint: Fingerprint,
    pub(super) entry: Entry,
}

impl Host {
    /// Puts an entry to the tail of its band.
    pub(super) fn append(&mut self, tx: &mut Tx<'_>, entry: &Entry) -> CallResult<()> {
        let place = self.tail;
        self.tail += 1;
        self.put(tx, entry, place)
    }

    /// Puts an entry to the head of its band.
    pub(super) fn push_front(&mut self, tx: &mut Tx<'_>, entry: &Entry) -> CallResult<()> {
        self.head -= 1;
        self.put(tx, entry, self.head)
    }

    fn put(&mut self, tx: &mut Tx<'_>, entry: &Entry, place: i64) -> CallResult<()> {
        let sql = "INSERT INTO pending (host, band, place, entry) VALUES (?1, ?2, ?3, ?4)";
        let band = entry.band.index();
        tx.db.prepare_cached(sql)?.execute(params![self.id, band_id(band), place, text(entry)?])?;
        self.pending[band] += 1;
        tx.totals.pending[band] += 1;
        Ok(())
    }

    /// Takes the next URLs in the order of the bands' turns, and puts them in flight.
    pub(super) fn take(&mut self, tx: &mut Tx<'_>, urls_max: usize) -> CallResult<Vec<Entry>> {
        let turns = turn::take(&mut self.turn, self.pending, urls_max);
        let mut queues = Vec::new();
        for band in Band::ALL {
            let wanted = turns.iter().filter(|b| **b == band).count();
            queues.push(self.take_band(tx, band, wanted)?.into_iter());
        }
        let mut taken = Vec::with_capacity(turns.len());
        for band in turns {
            let Some(entry) = queues[band.index()].next() else { continue };
            self.fly(tx, &entry, taken.len())?;
            taken.push(entry);
        }
        Ok(taken)
    }

    fn take_band(&mut self, tx: &mut Tx<'_>, band: Band, wanted: usize) -> CallResult<Vec<Entry>> {
        if wanted == 0 {
            return Ok(Vec::new());
        }
        let sql = "SELECT place, entry FROM pending WHERE host = ?1 AND band = ?2
            ORDER BY place LIMIT ?3";
        let (id, limit) = (band_id(band.index()), i64::try_from(wanted).unwrap_or(i64::MAX));
        let mut statement = tx.db.prepare_cached(sql)?;
        let rows = statement.query_map(params![self.id, id, limit], |row| {
            Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?))
        })?;
        let rows = rows.collect::<rusqlite::Result<Vec<_>>>()?;
        if let Some((last, _)) = rows.last() {
            let sql = "DELETE FROM pending WHERE host = ?1 AND band = ?2 AND place <= ?3";
            tx.db.prepare_cached(sql)?.execute(params![self.id, id, last])?;
        }
        self.pending[band.index()] -= rows.len() as u64;
        tx.totals.pending[band.index()] -= rows.len() as u64;
        rows.iter().map(|(_, text)| parse(tx, text)).collect()
    }

    fn fly(&mut self, tx: &mut Tx<'_>, entry: &Entry, index: usize) -> CallResult<()> {
        let sql = "INSERT INTO flight (host, place, fingerprint, entry) VALUES (?1, ?2, ?3, ?4)";
        let index = i64::try_from(index).unwrap_or(i64::MAX);
        let fingerprint = signed(entry.url.fingerprint());
        tx.db.prepare_cached(sql)?.execute(params![self.id, index, fingerprint, text(entry)?])?;
        self.flight[place(entry.band.lane())] += 1;
        tx.totals.in_flight += 1;
        Ok(())
    }

    /// Takes everything out of flight, in its order.
    pub(super) fn land(&mut self, tx: &mut Tx<'_>) -> CallResult<Vec<Placed>> {
        if self.flight == [0, 0] {
            return Ok(Vec::new());
        }
        let sql = "SELECT place, entry FROM flight WHERE host = ?1 ORDER BY place";
        let mut statement = tx.db.prepare_cached(sql)?;
        let rows = statement
            .query_map(params![self.id], |row| {
                Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?))
            })?
            .collect::<rusqlite::Result<Vec<_>>>()?;
        tx.db.prepare_cached("DELETE FROM flight WHERE host = ?1")?.execute(params![self.id])?;
        tx.totals.in_flight -= rows.len() as u64;
        self.flight = [0, 0];
        let placed = rows.into_iter().map(|(place, text)| {
            let entry = parse(tx, &text)?;
            Ok(Placed { place, fingerprint: entry.url.fingerprint(), entry })
        });
        placed.collect()
    }

    /// Puts entries back to the head of their bands, in their order.
    pub(super) fn put_back(&mut self, tx: &mut Tx<'_>, mut landed: Vec<Placed>) -> CallResult<()> {
        landed.sort_by_key(|placed| placed.place);
        landed.iter().rev().try_for_each(|placed| self.push_front(tx, &placed.entry))
    }

    /// Puts an entry aside until its time.
    pub(super) fn put_aside(
        &mut self,
        tx: &mut Tx<'_>,
        entry: &Entry,
        at: UnixMicros,
    ) -> CallResult<()> {
        let sql = "INSERT OR REPLACE INTO due (host, fingerprint, at, is_fresh, attempt, entry)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
        let is_fresh = entry.band.lane() == Lane::Fresh;
        tx.db.prepare_cached(sql)?.execute(params![
            self.id,
            signed(entry.url.fingerprint()),
            at.0,
            is_fresh,
            entry.attempt,
            text(entry)?
        ])?;
        tx.totals.due += 1;
        Ok(())
    }

    /// Moves entries whose time has come to their bands.
    pub(super) fn move_due(&mut self, tx: &mut Tx<'_>) -> CallResult<()> {
        let sql = "SELECT fingerprint, entry FROM due WHERE host = ?1 AND at <= ?2
            ORDER BY at, fingerprint LIMIT ?3";
        let limit = i64::try_from(DUE_MOVED_MAX).unwrap_or(i64::MAX);
        let mut statement = tx.db.prepare_cached(sql)?;
        let rows = statement
            .query_map(params![self.id, tx.now.0, limit], |row| {
                Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?))
            })?
            .collect::<rusqlite::Result<Vec<_>>>()?;
        for (fingerprint, text) in rows {
            let sql = "DELETE FROM due WHERE host = ?1 AND fingerprint = ?2";
            tx.db.prepare_cached(sql)?.execute(params![self.id, fingerprint])?;
            tx.totals.due -= 1;
            let entry = parse(tx, &text)?;
            self.append(tx, &entry)?;
        }
        Ok(())
    }

    /// Makes a failed URL due at once. False when there is none that waits.
    pub(super) fn hasten(&self, tx: &Tx<'_>, fingerprint: Fingerprint) -> CallResult<bool> {
        let sql = "UPDATE due SET at = ?3
            WHERE host = ?1 AND fingerprint = ?2 AND at > ?3 AND attempt > 0";
        let mut statement = tx.db.prepare_cached(sql)?;
        Ok(statement.execute(params![self.id, signed(fingerprint), tx.now.0])? > 0)
    }
}

fn band_id(index: usize) -> i64 {
    i64::try_from(index).unwrap_or(i64::MAX)
}

fn text(entry: &Entry) -> rusqlite::Result<String> {
    serde_json::to_string(entry)
        .map_err(|error| rusqlite::Error::ToSqlConversionFailure(Box::new(error)))
}

fn parse(tx: &Tx<'_>, text: &str) -> CallResult<Entry> {
    let damaged =
        |reason: String| Error::Damaged { path: tx.path.into(), what: "URL entry", reason };
    Ok(serde_json::from_str(text).map_err(|error| damaged(error.to_string()))?)
}
