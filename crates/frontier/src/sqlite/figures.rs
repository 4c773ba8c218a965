//! Figures: sums that are kept, and a few look-ups in indexes.

use std::time::Duration;

use crawl::UnixMicros;

use super::fault::Fault;
use super::tx::Tx;
use crate::{LaneStats, OUTLET_BUSY_FOR, Stats};

/// Successful draws so far.
pub(super) fn drawn(tx: &Tx<'_>) -> Result<u64, Fault> {
    let drawn: i64 =
        tx.conn.prepare_cached("SELECT drawn FROM meta")?.query_row([], |row| row.get(0))?;
    Ok(drawn.unsigned_abs())
}

/// Leases in force.
pub(super) fn leased(tx: &Tx<'_>) -> Result<u64, Fault> {
    count(tx, "SELECT count(*) FROM host INDEXED BY host_leased WHERE deadline > ?1")
}

/// How long a worker that was given nothing should wait; none when no host has URLs.
pub(super) fn idle_for(tx: &Tx<'_>) -> Result<Option<Duration>, Fault> {
    let wait = |at: Option<UnixMicros>| at.map(|at| at.since(tx.now));
    let is_passed_over = first_ready_after(tx, i64::MIN)?.is_some_and(|at| at <= tx.now);
    let next = wait(first_ready_after(tx, tx.now.0)?);
    if is_passed_over {
        return Ok(Some(next.map_or(OUTLET_BUSY_FOR, |next| next.min(OUTLET_BUSY_FOR))));
    }
    Ok(next)
}

/// When the first host is ready of those that are ready after this time.
fn first_ready_after(tx: &Tx<'_>, time: i64) -> Result<Option<UnixMicros>, Fault> {
    // A partial index is used only under a condition that implies its own.
    let firsts: [Option<i64>; 4] = tx
        .conn
        .prepare_cached(
            "SELECT (SELECT min(fresh_at) FROM host WHERE fresh_at > ?1 AND crowded = 0), \
             (SELECT min(backfill_at) FROM host WHERE backfill_at > ?1 AND crowded = 0), \
             (SELECT min((SELECT min(fresh_at) FROM host \
             WHERE outlet = crowd.outlet AND fresh_at > ?1 AND crowded = 1)) FROM crowd), \
             (SELECT min((SELECT min(backfill_at) FROM host \
             WHERE outlet = crowd.outlet AND backfill_at > ?1 AND crowded = 1)) FROM crowd)",
        )?
        .query_row([time], |row| Ok([row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?]))?;
    Ok(firsts.into_iter().flatten().min().map(UnixMicros))
}

/// The hosts of each lane that are ready, and those that are later; those of crowds apart.
const LANES: [[&str; 2]; 2] = [
    [
        "SELECT (SELECT count(*) FROM host WHERE fresh_at <= ?1 AND crowded = 0) \
         + (SELECT coalesce(sum((SELECT count(*) FROM host \
         WHERE outlet = crowd.outlet AND fresh_at <= ?1 AND crowded = 1)), 0) FROM crowd)",
        "SELECT (SELECT count(*) FROM host WHERE fresh_at > ?1 AND crowded = 0) \
         + (SELECT coalesce(sum((SELECT count(*) FROM host \
         WHERE outlet = crowd.outlet AND fresh_at > ?1 AND crowded = 1)), 0) FROM crowd)",
    ],
    [
        "SELECT (SELECT count(*) FROM host WHERE backfill_at <= ?1 AND crowded = 0) \
         + (SELECT coalesce(sum((SELECT count(*) FROM host \
         WHERE outlet = crowd.outlet AND backfill_at <= ?1 AND crowded = 1)), 0) FROM crowd)",
        "SELECT (SELECT count(*) FROM host WHERE backfill_at > ?1 AND crowded = 0) \
         + (SELECT coalesce(sum((SELECT count(*) FROM host \
         WHERE outlet = crowd.outlet AND backfill_at > ?1 AND crowded = 1)), 0) FROM crowd)",
    ],
];

fn lane(tx: &Tx<'_>, [ready, later]: [&str; 2]) -> Result<LaneStats, Fault> {
    Ok(LaneStats { ready: count(tx, ready)?, later: count(tx, later)? })
}

pub(super) fn stats(tx: &Tx<'_>) -> Result<Stats, Fault> {
    let [urls_seen, hosts, hub, article, backfill, in_flight, due] = sums(tx)?;
    let bytes = count(
        tx,
        "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size WHERE ?1 NOT NULL",
    )?;
    let first = first_ready_after(tx, i64::MIN)?;
    Ok(Stats {
        urls_seen,
        pending: hub + article + backfill,
        pending_by_band: [hub, article, backfill],
        due,
        in_flight,
        hosts,
        lanes: [lane(tx, LANES[0])?, lane(tx, LANES[1])?],
        hosts_leased: leased(tx)?,
        next_ready_in: first.map(|at| at.since(tx.now)),
        ready_for: first.filter(|at| *at <= tx.now).map(|at| tx.now.since(at)),
        rests_for: None,
        bytes,
    })
}

fn sums(tx: &Tx<'_>) -> Result<[u64; 7], Fault> {
    let mut select = tx.conn.prepare_cached(
        "SELECT seen, hosts, pending_hub, pending_article, pending_backfill, in_flight, \
         due FROM meta",
    )?;
    let sums = select.query_row([], |row| {
        let mut sums = [0; 7];
        for (column, sum) in sums.iter_mut().enumerate() {
            *sum = row.get::<_, i64>(column)?.unsigned_abs();
        }
        Ok(sums)
    })?;
    Ok(sums)
}

/// A number that depends on the time.
fn count(tx: &Tx<'_>, sql: &str) -> Result<u64, Fault> {
    let count: i64 = tx.conn.prepare_cached(sql)?.query_row([tx.now.0], |row| row.get(0))?;
    Ok(count.unsigned_abs())
}
