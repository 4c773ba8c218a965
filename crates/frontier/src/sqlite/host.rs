//! The row of a host queue.

use std::time::Duration;

use crawl::politeness::HostState;
use crawl::{Band, HostKey, Lane, UnixMicros};
use rusqlite::{OptionalExtension, Row, params};

use super::thread::{CallResult, Tx};
use crate::time::after;
use crate::{Error, LeaseToken};

/// A host queue and the lease on it.
pub(super) struct Host {
    pub(super) id: i64,
    pub(super) name: HostKey,
    pub(super) fence: u64,
    pub(super) deadline: Option<UnixMicros>,
    pub(super) ready_at: UnixMicros,
    pub(super) delay: Duration,
    pub(super) state: HostState,
    pub(super) turn: u8,
    /// Places before this one are taken by what returned to the head.
    pub(super) head: i64,
    /// The next place at the tail.
    pub(super) tail: i64,
    pub(super) pending: [u64; 3],
    /// In flight, by lane: fresh, backfill.
    pub(super) flight: [u64; 2],
    /// Whether it had URLs when it was read.
    had_urls: bool,
}

const COLUMNS: &str = "id, name, fence, deadline, ready_at, delay_us, state, turn, head, tail,
    pending_hub, pending_article, pending_backfill, flight_fresh, flight_backfill,
    fresh_at IS NOT NULL OR backfill_at IS NOT NULL";

impl Host {
    /// Reads a host by its name.
    pub(super) fn find(tx: &Tx<'_>, name: &HostKey) -> CallResult<Option<Self>> {
        let sql = format!("SELECT {COLUMNS} FROM host WHERE name = ?1");
        let mut statement = tx.db.prepare_cached(&sql)?;
        let found = statement.query_row(params![name.as_str()], read).optional()?;
        found.map(|row| row.host(tx)).transpose()
    }

    /// Reads a host, or makes it: ready at once.
    pub(super) fn find_or_make(tx: &mut Tx<'_>, name: &HostKey) -> CallResult<Self> {
        if let Some(host) = Self::find(tx, name)? {
            return Ok(host);
        }
        let sql =
            "INSERT INTO host (name, outlet, fence, ready_at, delay_us, state, turn, head, tail,
                pending_hub, pending_article, pending_backfill, flight_fresh, flight_backfill)
            VALUES (?1, ?2, 0, ?3, 0, '{}', 0, 0, 0, 0, 0, 0, 0, 0)";
        let outlet = name.outlet();
        let mut statement = tx.db.prepare_cached(sql)?;
        statement.execute(params![name.as_str(), outlet.as_str(), tx.now.0])?;
        tx.totals.hosts += 1;
        Ok(Self {
            id: tx.db.last_insert_rowid(),
            name: name.clone(),
            fence: 0,
            deadline: None,
            ready_at: tx.now,
            delay: Duration::ZERO,
            state: HostState::default(),
            turn: 0,
            head: 0,
            tail: 0,
            pending: [0; 3],
            flight: [0; 2],
            had_urls: false,
        })
    }

    /// Reads the host of a lease that is in force.
    pub(super) fn held(tx: &Tx<'_>, token: &LeaseToken) -> CallResult<Self> {
        match Self::find(tx, &token.host)? {
            Some(host) if host.fence == token.fence && host.is_leased(tx.now) => Ok(host),
            _ => Err(token.stale().into()),
        }
    }

    /// The host that has been ready longest in a lane.
    pub(super) fn ready(tx: &Tx<'_>, lane: Lane) -> CallResult<Option<Self>> {
        let column = column(lane);
        let sql = format!(
            "SELECT {COLUMNS} FROM host WHERE {column} <= ?1 ORDER BY {column}, name LIMIT 1"
        );
        let mut statement = tx.db.prepare_cached(&sql)?;
        let found = statement.query_row(params![tx.now.0], read).optional()?;
        found.map(|row| row.host(tx)).transpose()
    }

    /// Every host whose lease was not settled.
    pub(super) fn leased(tx: &Tx<'_>) -> CallResult<Vec<Self>> {
        let sql = format!("SELECT {COLUMNS} FROM host WHERE deadline IS NOT NULL ORDER BY name");
        let mut statement = tx.db.prepare_cached(&sql)?;
        let rows = statement.query_map([], read)?.collect::<rusqlite::Result<Vec<_>>>()?;
        rows.into_iter().map(|row| row.host(tx)).collect()
    }

    pub(super) fn is_leased(&self, now: UnixMicros) -> bool {
        self.deadline.is_some_and(|deadline| now < deadline)
    }

    /// Sets the deadline, and the time at which the lease heals.
    pub(super) fn hold(&mut self, now: UnixMicros, lease_for: Duration) {
        let deadline = after(now, lease_for);
        self.deadline = Some(deadline);
        self.ready_at = after(deadline, self.delay);
    }

    /// Whether something of a lane is pending or in flight.
    pub(super) fn has_now(&self, lane: Lane) -> bool {
        let pending =
            Band::ALL.iter().filter(|b| b.lane() == lane).map(|b| self.pending[b.index()]);
        pending.sum::<u64>() + self.flight[place(lane)] > 0
    }

    /// When the host is ready in a lane; none when it has nothing there.
    fn ready_in_lane(&self, tx: &Tx<'_>, lane: Lane) -> CallResult<Option<UnixMicros>> {
        if self.has_now(lane) {
            return Ok(Some(self.ready_at));
        }
        let sql = "SELECT MIN(at) FROM due WHERE host = ?1 AND is_fresh = ?2";
        let mut statement = tx.db.prepare_cached(sql)?;
        let is_fresh = lane == Lane::Fresh;
        let first: Option<i64> = statement.query_row(params![self.id, is_fresh], |r| r.get(0))?;
        Ok(first.map(|at| self.ready_at.max(UnixMicros(at))))
    }

    /// Writes the row, and where the host stands in both lanes.
    pub(super) fn save(&self, tx: &mut Tx<'_>) -> CallResult<()> {
        let fresh_at = self.ready_in_lane(tx, Lane::Fresh)?;
        let backfill_at = self.ready_in_lane(tx, Lane::Backfill)?;
        let has_urls = fresh_at.is_some() || backfill_at.is_some();
        tx.totals.hosts_with_urls += u64::from(has_urls);
        tx.totals.hosts_with_urls -= u64::from(self.had_urls);
        let sql = "UPDATE host SET fence = ?2, deadline = ?3, ready_at = ?4, delay_us = ?5,
                state = ?6, turn = ?7, head = ?8, tail = ?9, pending_hub = ?10,
                pending_article = ?11, pending_backfill = ?12, flight_fresh = ?13,
                flight_backfill = ?14, fresh_at = ?15, backfill_at = ?16
            WHERE id = ?1";
        let state = serde_json::to_string(&self.state)
            .map_err(|error| rusqlite::Error::ToSqlConversionFailure(Box::new(error)))?;
        tx.db.prepare_cached(sql)?.execute(params![
            self.id,
            self.fence.cast_signed(),
            self.deadline.map(|at| at.0),
            self.ready_at.0,
            i64::try_from(self.delay.as_micros()).unwrap_or(i64::MAX),
            state,
            self.turn,
            self.head,
            self.tail,
            self.pending[0].cast_signed(),
            self.pending[1].cast_signed(),
            self.pending[2].cast_signed(),
            self.flight[0].cast_signed(),
            self.flight[1].cast_signed(),
            fresh_at.map(|at| at.0),
            backfill_at.map(|at| at.0),
        ])?;
        Ok(())
    }
}

/// The column that says when a host is ready in a lane.
pub(super) fn column(lane: Lane) -> &'static str {
    match lane {
        Lane::Fresh => "fresh_at",
        Lane::Backfill => "backfill_at",
    }
}

/// The place of a lane in [`Host::flight`].
pub(super) fn place(lane: Lane) -> usize {
    usize::from(lane == Lane::Backfill)
}

/// A row as it is read, before what is text in it is understood.
struct RawHost {
    host: Host,
    name: String,
    state: String,
}

impl RawHost {
    fn host(self, tx: &Tx<'_>) -> CallResult<Host> {
        let damaged = |what, reason: String| Error::Damaged { path: tx.path.into(), what, reason };
        let name = HostKey::parse(&self.name).map_err(|e| damaged("host name", e.to_string()))?;
        let state =
            serde_json::from_str(&self.state).map_err(|e| damaged("host state", e.to_string()))?;
        Ok(Host { name, state, ..self.host })
    }
}

fn read(row: &Row<'_>) -> rusqlite::Result<RawHost> {
    let count = |column: usize| row.get::<_, i64>(column).map(i64::cast_unsigned);
    let placeholder = HostKey::parse("0.0.0.0").map_err(|_| rusqlite::Error::InvalidQuery)?;
    let host = Host {
        id: row.get(0)?,
        name: placeholder,
        fence: count(2)?,
        deadline: row.get::<_, Option<i64>>(3)?.map(UnixMicros),
        ready_at: UnixMicros(row.get(4)?),
        delay: Duration::from_micros(count(5)?),
        state: HostState::default(),
        turn: row.get(7)?,
        head: row.get(8)?,
        tail: row.get(9)?,
        pending: [count(10)?, count(11)?, count(12)?],
        flight: [count(13)?, count(14)?],
        had_urls: row.get(15)?,
    };
    Ok(RawHost { host, name: row.get(1)?, state: row.get(6)? })
}
