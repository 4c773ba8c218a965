//! The URLs of a host queue: pending, in flight, put aside.

use crawl::{Band, Entry, Fingerprint, UnixMicros};
use rusqlite::{Connection, OptionalExtension, params};

use super::entry::{self, band_number, key};
use super::fault::Fault;
use super::host::{Host, lane_index};
use crate::turn::{self, DUE_MOVED_MAX};

/// A URL in flight: its place in `pending`.
pub(super) struct Flying {
    pub(super) fingerprint: Fingerprint,
    band: Band,
    seq: i64,
}

impl Host {
    /// Puts an entry to the tail of its band.
    pub(super) fn append(&mut self, conn: &Connection, entry: &Entry) -> Result<(), Fault> {
        let text = entry::write(entry, &self.name)?;
        self.append_text(conn, entry.band, i64::from(entry.depth), &text)
    }

    fn append_text(
        &mut self,
        conn: &Connection,
        band: Band,
        depth: i64,
        text: &str,
    ) -> Result<(), Fault> {
        let mut insert = conn.prepare_cached(
            "INSERT INTO pending (host, band, seq, depth, entry) VALUES (?1, ?2, ?3, ?4, ?5)",
        )?;
        insert.execute(params![self.id, band_number(band), self.is.tail, depth, text])?;
        self.is.tail += 1;
        self.is.queued[band.index()] += 1;
        Ok(())
    }

    /// Puts the next URLs in flight, in the order of the bands' turns.
    pub(super) fn take(&mut self, conn: &Connection, max: usize) -> Result<Vec<Entry>, Fault> {
        let waiting = self.is.queued.map(|n| u64::try_from(n).unwrap_or(0));
        let turns = turn::take(&mut self.is.turn, waiting, max);
        let mut heads = Vec::with_capacity(Band::ALL.len());
        for band in Band::ALL {
            let count = turns.iter().filter(|turn| **turn == band).count();
            let count = i64::try_from(count).unwrap_or(i64::MAX);
            self.is.flight[band.index()] = count;
            heads.push(self.head(conn, band, count)?.into_iter());
        }
        let next = |band: Band| {
            let entry = heads[band.index()].next();
            entry.ok_or_else(|| Fault::damaged("host", &"it counts more URLs than it has"))
        };
        turns.into_iter().map(next).collect()
    }

    fn head(&self, conn: &Connection, band: Band, count: i64) -> Result<Vec<Entry>, Fault> {
        if count == 0 {
            return Ok(Vec::new());
        }
        let mut select = conn.prepare_cached(
            "SELECT depth, entry FROM pending WHERE host = ?1 AND band = ?2 ORDER BY seq LIMIT ?3",
        )?;
        let mut rows = select.query(params![self.id, band_number(band), count])?;
        let mut entries = Vec::new();
        while let Some(row) = rows.next()? {
            let text = row.get_ref(1)?.as_str().map_err(|e| Fault::damaged("entry", &e))?;
            entries.push(entry::read(text, row.get(0)?, band, &self.name)?);
        }
        Ok(entries)
    }

    /// The URLs in flight, until all of `wanted` are found.
    pub(super) fn flying(
        &self,
        conn: &Connection,
        wanted: &[Fingerprint],
    ) -> Result<Vec<Flying>, Fault> {
        let mut missing = wanted.len();
        let mut flying = Vec::new();
        let mut select = conn.prepare_cached(
            "SELECT seq, entry FROM pending WHERE host = ?1 AND band = ?2 ORDER BY seq LIMIT ?3",
        )?;
        for band in Band::ALL {
            let count = self.is.flight[band.index()];
            let mut rows = select.query(params![self.id, band_number(band), count])?;
            while missing > 0
                && let Some(row) = rows.next()?
            {
                let text = row.get_ref(1)?.as_str().map_err(|e| Fault::damaged("entry", &e))?;
                let fingerprint = entry::fingerprint(text, &self.name)?;
                missing -= usize::from(wanted.contains(&fingerprint));
                flying.push(Flying { fingerprint, band, seq: row.get(0)? });
            }
        }
        Ok(flying)
    }

    /// Forgets a URL that was in flight.
    pub(super) fn remove(&mut self, conn: &Connection, url: &Flying) -> Result<(), Fault> {
        self.remove_row(conn, url.band, url.seq)
    }

    /// Forgets a URL by its place.
    pub(super) fn remove_row(
        &mut self,
        conn: &Connection,
        band: Band,
        seq: i64,
    ) -> Result<(), Fault> {
        let mut delete =
            conn.prepare_cached("DELETE FROM pending WHERE host = ?1 AND band = ?2 AND seq = ?3")?;
        delete.execute(params![self.id, band_number(band), seq])?;
        self.is.queued[band.index()] -= 1;
        Ok(())
    }

    /// The URLs of a band that wait and are not in flight, with their places.
    pub(super) fn waiting(
        &self,
        conn: &Connection,
        band: Band,
    ) -> Result<Vec<(Fingerprint, i64)>, Fault> {
        let mut select = conn.prepare_cached(
            "SELECT seq, entry FROM pending WHERE host = ?1 AND band = ?2 ORDER BY seq \
             LIMIT -1 OFFSET ?3",
        )?;
        let flight = self.is.flight[band.index()];
        let mut rows = select.query(params![self.id, band_number(band), flight])?;
        let mut waiting = Vec::new();
        while let Some(row) = rows.next()? {
            let text = row.get_ref(1)?.as_str().map_err(|e| Fault::damaged("entry", &e))?;
            waiting.push((entry::fingerprint(text, &self.name)?, row.get(0)?));
        }
        Ok(waiting)
    }

    /// Forgets what was put aside; gives the keys of the URLs.
    pub(super) fn drop_due(&mut self, conn: &Connection) -> Result<Vec<i64>, Fault> {
        let mut select = conn.prepare_cached("SELECT fingerprint FROM due WHERE host = ?1")?;
        let keys: Vec<i64> =
            select.query_map([self.id], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
        conn.prepare_cached("DELETE FROM due WHERE host = ?1")?.execute([self.id])?;
        self.due_change -= i64::try_from(keys.len()).unwrap_or(0);
        self.is.due = [None; 2];
        Ok(keys)
    }

    /// All entries of the host, or those of a band; those put aside with their time.
    pub(super) fn entries(
        &self,
        conn: &Connection,
        of: Option<Band>,
    ) -> Result<Vec<(Entry, Option<UnixMicros>)>, Fault> {
        let mut select = conn.prepare_cached(
            "SELECT band, depth, entry, NULL FROM pending \
             WHERE host = ?1 AND band BETWEEN ?2 AND ?3 \
             UNION ALL SELECT band, depth, entry, at FROM due \
             WHERE host = ?1 AND band BETWEEN ?2 AND ?3",
        )?;
        let (low, high) = match of {
            Some(band) => (band_number(band), band_number(band)),
            None => (0, i64::MAX),
        };
        let mut rows = select.query(params![self.id, low, high])?;
        let mut entries = Vec::new();
        while let Some(row) = rows.next()? {
            let text = row.get_ref(2)?.as_str().map_err(|e| Fault::damaged("entry", &e))?;
            let band = entry::band(row.get(0)?)?;
            let at: Option<i64> = row.get(3)?;
            entries.push((entry::read(text, row.get(1)?, band, &self.name)?, at.map(UnixMicros)));
        }
        Ok(entries)
    }

    /// All that is still in flight is at the head of its band: it only has to be counted so.
    pub(super) fn land(&mut self) {
        self.is.flight = [0; Band::ALL.len()];
    }

    /// Puts an entry aside until its time.
    pub(super) fn put_aside(
        &mut self,
        conn: &Connection,
        entry: &Entry,
        at: UnixMicros,
    ) -> Result<(), Fault> {
        let lane = lane_index(entry.band.lane());
        let mut insert = conn.prepare_cached(
            "INSERT INTO due (host, lane, at, fingerprint, band, depth, entry) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        )?;
        insert.execute(params![
            self.id,
            lane_number(lane),
            at.0,
            key(entry.url.fingerprint()),
            band_number(entry.band),
            entry.depth,
            entry::write(entry, &self.name)?
        ])?;
        self.due_change += 1;
        let first = &mut self.is.due[lane];
        *first = Some(first.map_or(at.0, |first| first.min(at.0)));
        Ok(())
    }

    /// Moves entries whose time has come to the tails of their bands.
    pub(super) fn move_due(&mut self, conn: &Connection, now: UnixMicros) -> Result<(), Fault> {
        let mut moved = Vec::new();
        for lane in 0..self.is.due.len() {
            if self.is.due[lane].is_some_and(|first| first <= now.0) {
                moved.extend(self.due_until(conn, lane, now)?);
            }
        }
        moved.sort_unstable_by_key(|due| (due.at, due.key));
        moved.truncate(DUE_MOVED_MAX);
        for due in &moved {
            self.forget_due(conn, due)?;
            if due.band == Band::Backfill {
                self.note_place(conn, due.key)?;
            }
            self.append_text(conn, due.band, due.depth, &due.text)?;
        }
        if !moved.is_empty() {
            self.find_first_due(conn)?;
        }
        Ok(())
    }

    /// Notes that the URL of this key goes to the tail of `Backfill`.
    pub(super) fn note_place(&self, conn: &Connection, key: i64) -> Result<(), Fault> {
        let mut update = conn.prepare_cached("UPDATE seen SET seq = ?2 WHERE fingerprint = ?1")?;
        update.execute((key, self.is.tail))?;
        Ok(())
    }

    fn due_until(
        &self,
        conn: &Connection,
        lane: usize,
        now: UnixMicros,
    ) -> Result<Vec<Due>, Fault> {
        let mut select = conn.prepare_cached(
            "SELECT at, fingerprint, band, depth, entry FROM due \
             WHERE host = ?1 AND lane = ?2 AND at <= ?3 ORDER BY at, fingerprint LIMIT ?4",
        )?;
        let limit = i64::try_from(DUE_MOVED_MAX).unwrap_or(i64::MAX);
        let mut rows = select.query(params![self.id, lane_number(lane), now.0, limit])?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            found.push(Due {
                lane,
                at: row.get(0)?,
                key: row.get(1)?,
                band: entry::band(row.get(2)?)?,
                depth: row.get(3)?,
                text: row.get(4)?,
            });
        }
        Ok(found)
    }

    fn forget_due(&mut self, conn: &Connection, due: &Due) -> Result<(), Fault> {
        let mut delete = conn.prepare_cached(
            "DELETE FROM due WHERE host = ?1 AND lane = ?2 AND at = ?3 AND fingerprint = ?4",
        )?;
        delete.execute(params![self.id, lane_number(due.lane), due.at, due.key])?;
        self.due_change -= 1;
        Ok(())
    }

    fn find_first_due(&mut self, conn: &Connection) -> Result<(), Fault> {
        let mut select =
            conn.prepare_cached("SELECT min(at) FROM due WHERE host = ?1 AND lane = ?2")?;
        for (lane, first) in self.is.due.iter_mut().enumerate() {
            *first = select.query_row(params![self.id, lane_number(lane)], |row| row.get(0))?;
        }
        Ok(())
    }

    /// Takes a URL that waits in `Backfill` out of there. False when it is elsewhere.
    pub(super) fn pull_backfill(
        &mut self,
        conn: &Connection,
        fingerprint: Fingerprint,
    ) -> Result<bool, Fault> {
        Ok(self.pull_pending(conn, fingerprint)? || self.pull_due(conn, fingerprint)?)
    }

    fn pull_pending(&mut self, conn: &Connection, fingerprint: Fingerprint) -> Result<bool, Fault> {
        let (backfill, flight) = (Band::Backfill, self.is.flight[Band::Backfill.index()]);
        let mut select = conn.prepare_cached(
            "SELECT pending.seq, entry FROM seen JOIN pending \
             ON host = ?2 AND band = ?3 AND pending.seq = seen.seq WHERE fingerprint = ?1",
        )?;
        let row = select
            .query_row(params![key(fingerprint), self.id, band_number(backfill)], |row| {
                Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?))
            })
            .optional()?;
        let Some((seq, text)) = row else { return Ok(false) };
        if entry::fingerprint(&text, &self.name)? != fingerprint {
            return Ok(false);
        }
        if flight > 0 {
            let mut last = conn.prepare_cached(
                "SELECT seq FROM pending WHERE host = ?1 AND band = ?2 ORDER BY seq \
                 LIMIT 1 OFFSET ?3",
            )?;
            let last: Option<i64> = last
                .query_row(params![self.id, band_number(backfill), flight - 1], |row| row.get(0))
                .optional()?;
            if last.is_some_and(|last| seq <= last) {
                return Ok(false);
            }
        }
        self.remove_row(conn, backfill, seq)?;
        Ok(true)
    }

    fn pull_due(&mut self, conn: &Connection, fingerprint: Fingerprint) -> Result<bool, Fault> {
        let mut select = conn.prepare_cached(
            "SELECT host, at, depth, entry FROM due WHERE fingerprint = ?1 AND band = ?2",
        )?;
        let place = params![key(fingerprint), band_number(Band::Backfill)];
        let row = select
            .query_row(place, |row| {
                let host: i64 = row.get(0)?;
                Ok((host, row.get(1)?, row.get(2)?, row.get::<_, String>(3)?))
            })
            .optional()?;
        let Some((host, at, depth, text)) = row else { return Ok(false) };
        let read =
            entry::read(&text, u16::try_from(depth).unwrap_or(0), Band::Backfill, &self.name)?;
        if host != self.id || read.attempt > 0 {
            return Ok(false);
        }
        let lane = lane_index(Band::Backfill.lane());
        let key = key(fingerprint);
        self.forget_due(conn, &Due { lane, at, key, band: Band::Backfill, depth, text })?;
        self.find_first_due(conn)?;
        Ok(true)
    }

    /// Makes all due that is put aside for later. Gives how many URLs.
    pub(super) fn hasten_all(&mut self, conn: &Connection, now: UnixMicros) -> Result<u64, Fault> {
        let mut update =
            conn.prepare_cached("UPDATE due SET at = ?2 WHERE host = ?1 AND at > ?2")?;
        let hastened = update.execute((self.id, now.0))?;
        self.find_first_due(conn)?;
        Ok(hastened as u64)
    }

    /// Shows all URLs that wait for their turn or are in flight.
    pub(super) fn each_pending(
        &self,
        conn: &Connection,
        mut show: impl FnMut(Fingerprint),
    ) -> Result<(), Fault> {
        let mut select = conn.prepare_cached("SELECT entry FROM pending WHERE host = ?1")?;
        let mut rows = select.query([self.id])?;
        while let Some(row) = rows.next()? {
            let text = row.get_ref(0)?.as_str().map_err(|e| Fault::damaged("entry", &e))?;
            show(entry::fingerprint(text, &self.name)?);
        }
        Ok(())
    }

    /// Makes a failed URL due at once. False when there is none that waits.
    pub(super) fn hasten(
        &mut self,
        conn: &Connection,
        fingerprint: Fingerprint,
        now: UnixMicros,
    ) -> Result<bool, Fault> {
        let mut select =
            conn.prepare_cached("SELECT entry FROM due WHERE fingerprint = ?1 AND at > ?2")?;
        let found = select.query_row(params![key(fingerprint), now.0], |row| row.get(0));
        let Some(text) = found.optional()? else { return Ok(false) };
        let text: String = text;
        // Band and depth stand in the text where there has been an attempt.
        if entry::read(&text, 0, Band::Hub, &self.name)?.attempt == 0 {
            return Ok(false);
        }
        let mut update = conn.prepare_cached("UPDATE due SET at = ?2 WHERE fingerprint = ?1")?;
        update.execute(params![key(fingerprint), now.0])?;
        self.find_first_due(conn)?;
        Ok(true)
    }
}

/// A row of `due`.
struct Due {
    lane: usize,
    at: i64,
    key: i64,
    band: Band,
    depth: i64,
    text: String,
}

fn lane_number(lane: usize) -> i64 {
    i64::from(lane != 0)
}
