//! A host's row: read, changed in memory, written back with the sums that depend on it.

use std::time::Duration;

use crawl::politeness::HostState;
use crawl::{Band, HostKey, Lane, UnixMicros};
use rusqlite::{Connection, OptionalExtension, Row, named_params};

use super::fault::Fault;
use super::tx::{Sums, Tx};
use crate::time::{after, micros};

const BANDS: usize = Band::ALL.len();

/// The columns of [`read`](Host::read), in its order.
macro_rules! columns {
    () => {
        "id, fence, worker, deadline, ready_at, delay, state, turn, tail, queued_hub, \
         queued_article, queued_backfill, flight_hub, flight_article, flight_backfill, due_fresh, \
         due_backfill"
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
    /// When the host is ready in each lane.
    fn lanes(&self) -> [Option<i64>; 2] {
        let [hub, article, backfill] = self.queued;
        let at = |queued: i64, due: Option<i64>| {
            if queued > 0 { Some(self.ready_at) } else { due.map(|at| at.max(self.ready_at)) }
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
        let mut insert = tx
            .conn
            .prepare_cached("INSERT INTO host (name, outlet, ready_at) VALUES (?1, ?2, ?3)")?;
        insert.execute((name.as_str(), name.outlet().as_str(), tx.now.0))?;
        tx.sums.hosts += 1;
        let made = Self::named(tx, name)?;
        made.ok_or_else(|| Fault::damaged("host", &"a row just made is not there"))
    }

    /// The host that has been ready longest in a lane, if any is ready.
    pub(super) fn ready_longest(tx: &Tx<'_>, lane: Lane) -> Result<Option<HostKey>, Fault> {
        let mut statement = tx.conn.prepare_cached(match lane {
            Lane::Fresh => {
                "SELECT name FROM host WHERE fresh_at <= ?1 ORDER BY fresh_at, name LIMIT 1"
            }
            Lane::Backfill => {
                "SELECT name FROM host WHERE backfill_at <= ?1 ORDER BY backfill_at, name LIMIT 1"
            }
        })?;
        let name: Option<String> = statement.query_row([tx.now.0], |row| row.get(0)).optional()?;
        name.map(|n| HostKey::parse(&n).map_err(|e| Fault::damaged("host name", &e))).transpose()
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
        if is.lanes() != was.lanes() || is.deadline != was.deadline {
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
            "UPDATE host SET deadline = ?2, fresh_at = ?3, backfill_at = ?4 WHERE id = ?1",
        )?;
        update.execute((self.id, self.is.deadline, fresh_at, backfill_at))?;
        Ok(())
    }

    fn save_fields(&self, conn: &Connection) -> Result<(), Fault> {
        let is = &self.is;
        let mut update = conn.prepare_cached(
            "UPDATE host SET fence = :fence, worker = :worker, ready_at = :ready_at, \
             delay = :delay, state = :state, turn = :turn, tail = :tail, queued_hub = :q0, \
             queued_article = :q1, queued_backfill = :q2, flight_hub = :f0, flight_article = :f1, \
             flight_backfill = :f2, due_fresh = :d0, due_backfill = :d1 WHERE id = :id",
        )?;
        update.execute(named_params! {
            ":id": self.id, ":fence": is.fence, ":worker": is.worker, ":ready_at": is.ready_at,
            ":delay": is.delay, ":state": is.state, ":turn": is.turn, ":tail": is.tail,
            ":q0": is.queued[0], ":q1": is.queued[1], ":q2": is.queued[2],
            ":f0": is.flight[0], ":f1": is.flight[1], ":f2": is.flight[2],
            ":d0": is.due[0], ":d1": is.due[1],
        })?;
        Ok(())
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
