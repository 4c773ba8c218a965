//! Figures: sums that are kept, and a few look-ups in indexes.

use std::time::Duration;

use crawl::UnixMicros;

use super::fault::Fault;
use super::tx::Tx;
use crate::{LaneStats, Stats};

/// Successful draws so far.
pub(super) fn drawn(tx: &Tx<'_>) -> Result<u64, Fault> {
    let drawn: i64 =
        tx.conn.prepare_cached("SELECT drawn FROM meta")?.query_row([], |row| row.get(0))?;
    Ok(drawn.unsigned_abs())
}

/// Leases in force.
pub(super) fn leased(tx: &Tx<'_>) -> Result<u64, Fault> {
    count(tx, "SELECT count(*) FROM host WHERE deadline > ?1")
}

/// Until the earliest host with URLs is ready.
pub(super) fn next_ready_in(tx: &Tx<'_>) -> Result<Option<Duration>, Fault> {
    Ok(first_ready_at(tx)?.map(|at| at.since(tx.now)))
}

fn first_ready_at(tx: &Tx<'_>) -> Result<Option<UnixMicros>, Fault> {
    // A partial index is used only under a condition that implies its own.
    let firsts: [Option<i64>; 2] = tx
        .conn
        .prepare_cached(
            "SELECT (SELECT min(fresh_at) FROM host WHERE fresh_at IS NOT NULL), \
             (SELECT min(backfill_at) FROM host WHERE backfill_at IS NOT NULL)",
        )?
        .query_row([], |row| Ok([row.get(0)?, row.get(1)?]))?;
    Ok(firsts.into_iter().flatten().min().map(UnixMicros))
}

pub(super) fn stats(tx: &Tx<'_>) -> Result<Stats, Fault> {
    let [urls_seen, hosts, hub, article, backfill, in_flight, due] = sums(tx)?;
    let fresh = LaneStats {
        ready: count(tx, "SELECT count(*) FROM host WHERE fresh_at <= ?1")?,
        later: count(tx, "SELECT count(*) FROM host WHERE fresh_at > ?1")?,
    };
    let backfill_lane = LaneStats {
        ready: count(tx, "SELECT count(*) FROM host WHERE backfill_at <= ?1")?,
        later: count(tx, "SELECT count(*) FROM host WHERE backfill_at > ?1")?,
    };
    let bytes = count(
        tx,
        "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size WHERE ?1 NOT NULL",
    )?;
    let first = first_ready_at(tx)?;
    Ok(Stats {
        urls_seen,
        pending: hub + article + backfill,
        pending_by_band: [hub, article, backfill],
        due,
        in_flight,
        hosts,
        lanes: [fresh, backfill_lane],
        hosts_leased: leased(tx)?,
        next_ready_in: first.map(|at| at.since(tx.now)),
        ready_for: first.filter(|at| *at <= tx.now).map(|at| tx.now.since(at)),
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
