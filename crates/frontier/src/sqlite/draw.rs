//! Whose turn it is: the host that has been ready longest and whose outlet may have a lease more.

use std::collections::HashMap;

use crawl::{HostKey, Lane, Outlet};
use rusqlite::OptionalExtension;

use super::fault::Fault;
use super::tx::Tx;

/// Hosts of one outlet that a draw passes over at most; a larger outlet is a crowd from then on.
const PASSED_MAX: u32 = 16;

/// What is known in a call about the leases of outlets.
pub(super) struct Caps {
    leases_max: i64,
    is_capped: HashMap<Outlet, bool>,
}

impl Caps {
    /// Outlets may have so many leases; one at least.
    pub(super) fn new(leases_max: u32) -> Self {
        Self { leases_max: i64::from(leases_max.max(1)), is_capped: HashMap::new() }
    }

    /// The outlet of a host, if that has as many leases as it may have.
    pub(super) fn capped(&mut self, tx: &Tx<'_>, host: &HostKey) -> Result<Option<Outlet>, Fault> {
        if self.leases_max == i64::from(u32::MAX) {
            return Ok(None);
        }
        let outlet = host.outlet();
        Ok(self.is_capped(tx, &outlet)?.then_some(outlet))
    }

    fn is_capped(&mut self, tx: &Tx<'_>, outlet: &Outlet) -> Result<bool, Fault> {
        if let Some(known) = self.is_capped.get(outlet) {
            return Ok(*known);
        }
        let mut count = tx.conn.prepare_cached(
            "SELECT count(*) FROM host \
             WHERE outlet = ?1 AND ready_at > ?2 AND deadline IS NOT NULL",
        )?;
        let leases: i64 = count.query_row((outlet.as_str(), tx.now.0), |row| row.get(0))?;
        let is_capped = leases >= self.leases_max;
        self.is_capped.insert(outlet.clone(), is_capped);
        Ok(is_capped)
    }
}

/// When a host was ready, and its name: the least has been ready longest.
type Ready = (i64, HostKey);

/// What a look along the ready hosts comes to.
enum Look {
    Found(Option<Ready>),
    Crowd(Outlet),
}

/// The host whose turn it is in a lane.
pub(super) fn next(tx: &Tx<'_>, lane: Lane, caps: &mut Caps) -> Result<Option<HostKey>, Fault> {
    let mut ready = loop {
        match look(tx, lane, caps)? {
            Look::Found(found) => break found,
            Look::Crowd(outlet) => make_crowd(tx, &outlet)?,
        }
    };
    for outlet in crowds(tx)? {
        if let Some(first) = first_of_crowd(tx, lane, &outlet)?
            && caps.capped(tx, &first.1)?.is_none()
            && ready.as_ref().is_none_or(|ready| first < *ready)
        {
            ready = Some(first);
        }
    }
    Ok(ready.map(|(_, name)| name))
}

/// Looks along all hosts but those of crowds.
fn look(tx: &Tx<'_>, lane: Lane, caps: &mut Caps) -> Result<Look, Fault> {
    let mut select = tx.conn.prepare_cached(match lane {
        Lane::Fresh => {
            "SELECT fresh_at, name FROM host WHERE fresh_at <= ?1 AND crowded = 0 \
             ORDER BY fresh_at, name"
        }
        Lane::Backfill => {
            "SELECT backfill_at, name FROM host WHERE backfill_at <= ?1 AND crowded = 0 \
             ORDER BY backfill_at, name"
        }
    })?;
    let mut passed: HashMap<Outlet, u32> = HashMap::new();
    let mut rows = select.query([tx.now.0])?;
    while let Some(row) = rows.next()? {
        let name = host_key(&row.get::<_, String>(1)?)?;
        let Some(outlet) = caps.capped(tx, &name)? else {
            return Ok(Look::Found(Some((row.get(0)?, name))));
        };
        let times = passed.entry(outlet.clone()).or_default();
        *times += 1;
        if *times > PASSED_MAX {
            return Ok(Look::Crowd(outlet));
        }
    }
    Ok(Look::Found(None))
}

/// From now on the hosts of this outlet are looked up by it.
fn make_crowd(tx: &Tx<'_>, outlet: &Outlet) -> Result<(), Fault> {
    let mut insert = tx.conn.prepare_cached("INSERT INTO crowd (outlet) VALUES (?1)")?;
    insert.execute([outlet.as_str()])?;
    let mut update = tx.conn.prepare_cached("UPDATE host SET crowded = 1 WHERE outlet = ?1")?;
    update.execute([outlet.as_str()])?;
    Ok(())
}

fn crowds(tx: &Tx<'_>) -> Result<Vec<String>, Fault> {
    let mut select = tx.conn.prepare_cached("SELECT outlet FROM crowd")?;
    let outlets = select.query_map([], |row| row.get(0))?;
    Ok(outlets.collect::<rusqlite::Result<_>>()?)
}

fn first_of_crowd(tx: &Tx<'_>, lane: Lane, outlet: &str) -> Result<Option<Ready>, Fault> {
    let mut select = tx.conn.prepare_cached(match lane {
        Lane::Fresh => {
            "SELECT fresh_at, name FROM host \
             WHERE outlet = ?1 AND fresh_at <= ?2 AND crowded = 1 ORDER BY fresh_at, name LIMIT 1"
        }
        Lane::Backfill => {
            "SELECT backfill_at, name FROM host \
             WHERE outlet = ?1 AND backfill_at <= ?2 AND crowded = 1 \
             ORDER BY backfill_at, name LIMIT 1"
        }
    })?;
    let first: Option<(i64, String)> =
        select.query_row((outlet, tx.now.0), |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
    first.map(|(at, name)| Ok((at, host_key(&name)?))).transpose()
}

/// A host's name as it is stored.
pub(super) fn host_key(name: &str) -> Result<HostKey, Fault> {
    HostKey::parse(name).map_err(|e| Fault::damaged("host name", &e))
}
