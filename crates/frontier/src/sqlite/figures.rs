//! Figures: sums that are kept, and a few look-ups in indexes.

use std::time::Duration;

use crawl::UnixMicros;

use super::fault::Fault;
use super::tx::Tx;
use crate::Stats;

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
    // A partial index is used only under a condition that implies its own.
    let firsts: [Option<i64>; 2] = tx
        .conn
        .prepare_cached(
            "SELECT (SELECT min(fresh_at) FROM host WHERE fresh_at IS NOT NULL), \
             (SELECT min(backfill_at) FROM host WHERE backfill_at IS NOT NULL)",
        )?
        .query_row([], |row| Ok([row.get(0)?, row.get(1)?]))?;
    let first = firsts.into_iter().flatten().min();
    Ok(first.map(|at| UnixMicros(at).since(tx.now)))
}

pub(super) fn stats(tx: &Tx<'_>) -> Result<Stats, Fault> {
    let [urls_seen, hosts, working, hub, article, backfill, in_flight, due] = sums(tx)?;
    let hosts_ready = count(
        tx,
        "SELECT (SELECT count(*) FROM host WHERE fresh_at <= ?1) + (SELECT count(*) FROM host \
         WHERE backfill_at <= ?1 AND (fresh_at IS NULL OR fresh_at > ?1))",
    )?;
    let leased_with_urls = count(
        tx,
        "SELECT count(*) FROM host WHERE deadline > ?1 \
         AND (fresh_at IS NOT NULL OR backfill_at IS NOT NULL)",
    )?;
    let bytes = count(
        tx,
        "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size WHERE ?1 NOT NULL",
    )?;
    Ok(Stats {
        urls_seen,
        pending: hub + article + backfill,
        pending_by_band: [hub, article, backfill],
        due,
        in_flight,
        hosts,
        hosts_ready,
        hosts_waiting: working.saturating_sub(hosts_ready + leased_with_urls),
        hosts_leased: leased(tx)?,
        next_ready_in: next_ready_in(tx)?,
        bytes,
    })
}

fn sums(tx: &Tx<'_>) -> Result<[u64; 8], Fault> {
    let mut select = tx.conn.prepare_cached(
        "SELECT seen, hosts, working, pending_hub, pending_article, pending_backfill, in_flight, \
         due FROM meta",
    )?;
    let sums = select.query_row([], |row| {
        let mut sums = [0; 8];
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
