//! A host's row: read, changed in memory, written back with the sums that depend on it.

use std::time::Duration;

use crawl::politeness::HostState;
use crawl::{Band, HostKey, Lane, UnixMicros};
use rusqlite::{Connection, OptionalExtension, Row, named_params};

use super::control;
use super::fault::Fault;
use super::tx::{Sums, Tx};
use crate::time::{after, micros};

const BANDS: usize = Band::ALL.len();

/// The columns of [`read`](Host::read), in its order.
macro_rules! columns {
    () => {
        "id, fence, worker, deadline, ready_at, delay, state, turn, tail, queued_hub, \
         queued_article, queued_backfill, flight_hub, flight_article, flight_backfill, due_fresh, \
         due_backfill, held_until"
    };
}

/// A host's row as it is, and as it was when read.
pub(super) struct Host {
    pub(super) id: i64,
    pub(super) name: HostKey,
    /// The fields that a call changes.
    pub(super) is: Fields,
    was: Fields,
    /// Entries put aside (or taken from there, when negative) since the row was read.
    pub(super) due_change: i64,
}

/// What a call may change.
#[derive(Clone, PartialEq)]
pub(super) struct Fields {
    pub(super) fence: i64,
    pub(super) worker: Option<String>,
    pub(super) deadline: Option<i64>,
    pub(super) ready_at: i64,
    /// When the last hold about it ends.
    pub(super) held_until: i64,
    pub(super) delay: i64,
    /// Kept as text: it is read only with a lease.
    pub(super) state: String,
    pub(super) turn: u8,
    /// The place of the next entry in `pending`, whatever its band.
    pub(super) tail: i64,
    /// Rows in `pending`, by band.
    pub(super) queued: [i64; BANDS],
    /// How many of them, from the head, are in flight.
    pub(super) flight: [i64; BANDS],
    /// The earliest entry put aside, by lane.
    pub(super) due: [Option<i64>; 2],
}

impl Fields {
    /// When the host may be visited, holds counted.
    fn free_at(&self) -> i64 {
        self.ready_at.max(self.held_until)
    }

    /// When the host is ready in each lane.
    fn lanes(&self) -> [Option<i64>; 2] {
        let [hub, article, backfill] = self.queued;
        let at = |queued: i64, due: Option<i64>| {
            if queued > 0 { Some(self.free_at()) } else { due.map(|at| at.max(self.free_at())) }
        };
        [at(hub + article, self.due[0]), at(backfill, self.due[1])]
    }

    fn is_working(&self) -> bool {
        self.lanes() != [None, None]
    }
}

/// The number of a lane.
pub(super) fn lane_index(lane: Lane) -> usize {
    match lane {
        Lane::Fresh => 0,
        Lane::Backfill => 1,
    }
}

impl Host {
    /// The row of this name.
    pub(super) fn named(tx: &Tx<'_>, name: &HostKey) -> Result<Option<Self>, Fault> {
        let sql = concat!("SELECT ", columns!(), " FROM host WHERE name = ?1");
        let mut statement = tx.conn.prepare_cached(sql)?;
        Ok(statement.query_row([name.as_str()], |row| Self::read(row, name.clone())).optional()?)
    }

    /// The row of this name, made if there is none: such a host is ready at once.
    pub(super) fn named_or_new(tx: &mut Tx<'_>, name: &HostKey) -> Result<Self, Fault> {
        if let Some(host) = Self::named(tx, name)? {
            return Ok(host);
        }
        let mut insert = tx.conn.prepare_cached(
            "INSERT INTO host (name, outlet, ready_at, held_until, crowded) \
             VALUES (?1, ?2, ?3, ?4, EXISTS (SELECT 1 FROM crowd WHERE outlet = ?2))",
        )?;
        let held_until = control::hold(tx, name)?.0;
        insert.execute((name.as_str(), name.outlet().as_str(), tx.now.0, held_until))?;
        tx.sums.hosts += 1;
        let made = Self::named(tx, name)?;
        made.ok_or_else(|| Fault::damaged("host", &"a row just made is not there"))
    }

    fn read(row: &Row<'_>, name: HostKey) -> rusqlite::Result<Self> {
        let is = Fields {
            fence: row.get(1)?,
            worker: row.get(2)?,
            deadline: row.get(3)?,
            ready_at: row.get(4)?,
            delay: row.get(5)?,
            state: row.get(6)?,
            turn: row.get(7)?,
            tail: row.get(8)?,
            queued: [row.get(9)?, row.get(10)?, row.get(11)?],
            flight: [row.get(12)?, row.get(13)?, row.get(14)?],
            due: [row.get(15)?, row.get(16)?],
            held_until: row.get(17)?,
        };
        Ok(Self { id: row.get(0)?, name, was: is.clone(), is, due_change: 0 })
    }

    /// Writes the row back, and what it changes in the sums.
    pub(super) fn save(&self, tx: &mut Tx<'_>) -> Result<(), Fault> {
        self.add_up(&mut tx.sums);
        let (is, was) = (&self.is, &self.was);
        if is == was {
            return Ok(());
        }
        let places = |f: &Fields| (f.lanes(), f.deadline, f.ready_at);
        if places(is) != places(was) {
            self.save_places(tx.conn)?;
        }
        self.save_fields(tx.conn)
    }

    fn add_up(&self, sums: &mut Sums) {
        let (is, was) = (&self.is, &self.was);
        sums.due += self.due_change;
        sums.working += i64::from(is.is_working()) - i64::from(was.is_working());
        for band in 0..BANDS {
            let pending = |fields: &Fields| fields.queued[band] - fields.flight[band];
            sums.pending[band] += pending(is) - pending(was);
            sums.in_flight += is.flight[band] - was.flight[band];
        }
    }

    /// The indexed columns: written only when they change, because each costs an index entry.
    fn save_places(&self, conn: &Connection) -> Result<(), Fault> {
        let [fresh_at, backfill_at] = self.is.lanes();
        let mut update = conn.prepare_cached(
            "UPDATE host SET deadline = ?2, ready_at = ?3, fresh_at = ?4, backfill_at = ?5 \
             WHERE id = ?1",
        )?;
        update.execute((self.id, self.is.deadline, self.is.ready_at, fresh_at, backfill_at))?;
        Ok(())
    }

    fn save_fields(&self, conn: &Connection) -> Result<(), Fault> {
        let is = &self.is;
        let mut update = conn.prepare_cached(
            "UPDATE host SET fence = :fence, worker = :worker, held_until = :held_until, \
             delay = :delay, state = :state, turn = :turn, tail = :tail, queued_hub = :q0, \
             queued_article = :q1, queued_backfill = :q2, flight_hub = :f0, flight_article = :f1, \
             flight_backfill = :f2, due_fresh = :d0, due_backfill = :d1 WHERE id = :id",
        )?;
        update.execute(named_params! {
            ":id": self.id, ":fence": is.fence, ":worker": is.worker, ":held_until": is.held_until,
            ":delay": is.delay, ":state": is.state, ":turn": is.turn, ":tail": is.tail,
            ":q0": is.queued[0], ":q1": is.queued[1], ":q2": is.queued[2],
            ":f0": is.flight[0], ":f1": is.flight[1], ":f2": is.flight[2],
            ":d0": is.due[0], ":d1": is.due[1],
        })?;
        Ok(())
    }

    /// When the host may be visited, holds counted.
    pub(super) fn free_at(&self) -> UnixMicros {
        UnixMicros(self.is.free_at())
    }

    /// Whether this is the lease in force.
    pub(super) fn holds(&self, fence: u64, now: UnixMicros) -> bool {
        let is_current = u64::try_from(self.is.fence) == Ok(fence);
        is_current && self.is.deadline.is_some_and(|deadline| now.0 < deadline)
    }

    /// Sets the deadline, and the time at which the lease heals. Gives how long it lasts.
    pub(super) fn hold(&mut self, now: UnixMicros, lease_for: Duration) -> Duration {
        let deadline = after(now, lease_for);
        self.is.deadline = Some(deadline.0);
        self.is.ready_at = after(deadline, self.delay()).0;
        deadline.since(now)
    }

    /// The host's delay.
    pub(super) fn delay(&self) -> Duration {
        Duration::from_micros(self.is.delay.unsigned_abs())
    }

    /// What politeness remembers.
    pub(super) fn state(&self) -> Result<HostState, Fault> {
        serde_json::from_str(&self.is.state).map_err(|e| Fault::damaged("host state", &e))
    }

    /// Sets the delay and what politeness remembers.
    pub(super) fn remember(&mut self, delay: Duration, state: &HostState) -> Result<(), Fault> {
        self.is.delay = micros(delay);
        self.is.state =
            serde_json::to_string(state).map_err(|e| Fault::damaged("new host state", &e))?;
        Ok(())
    }

    /// The lane that a lease by name shows.
    pub(super) fn lane(&self) -> Lane {
        match self.is.lanes()[0] {
            Some(_) => Lane::Fresh,
            None => Lane::Backfill,
        }
    }
}
