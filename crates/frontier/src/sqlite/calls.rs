//! Each call of the contract on one transaction.

use std::collections::HashMap;

use crawl::robots::RobotsCopy;
use crawl::{Entry, HostKey, Lane, Origin, UnixMicros};
use rusqlite::{OptionalExtension, params};

use super::host::{Host, column};
use super::queue::signed;
use super::thread::{CallResult, Tx};
use crate::contract::NewRobots;
use crate::time::after;
use crate::turn;
use crate::{
    Enqueued, Error, Extended, Extension, HostReply, Idle, Lease, LeaseAsk, LeaseReply, LeaseToken,
    Settled, Settlement, Stats, StoredRobots, Verdict,
};

pub(super) fn enqueue(tx: &mut Tx<'_>, entries: Vec<Entry>) -> CallResult<Enqueued> {
    let mut enqueued = Enqueued::default();
    let mut hosts: HashMap<HostKey, Host> = HashMap::new();
    for entry in entries {
        let fingerprint = entry.url.fingerprint();
        let sql = "INSERT OR IGNORE INTO seen (fingerprint) VALUES (?1)";
        let is_new = tx.db.prepare_cached(sql)?.execute(params![signed(fingerprint)])? > 0;
        if !is_new && entry.seed.is_none() {
            enqueued.known += 1;
            continue;
        }
        let key = entry.url.host_key();
        if !hosts.contains_key(&key) {
            hosts.insert(key.clone(), Host::find_or_make(tx, &key)?);
        }
        let Some(host) = hosts.get_mut(&key) else { continue };
        if is_new {
            tx.totals.seen += 1;
            host.append(tx, &entry)?;
        }
        let is_added = is_new || host.hasten(tx, fingerprint)?;
        enqueued.added += u64::from(is_added);
        enqueued.known += u64::from(!is_added);
    }
    for host in hosts.values() {
        host.save(tx)?;
    }
    Ok(enqueued)
}

pub(super) fn lease(tx: &mut Tx<'_>, ask: &LeaseAsk) -> CallResult<LeaseReply> {
    for lane in turn::lanes(tx.totals.drawn) {
        if let Some(host) = Host::ready(tx, lane)? {
            tx.totals.drawn += 1;
            return Ok(LeaseReply::Leased(Box::new(lease_now(tx, host, lane, ask)?)));
        }
    }
    let idle = Idle { next_ready_in: next_ready_in(tx)?, leased: leased(tx)? };
    Ok(LeaseReply::Nothing(idle))
}

pub(super) fn lease_host(tx: &mut Tx<'_>, name: &HostKey, ask: &LeaseAsk) -> CallResult<HostReply> {
    let host = Host::find_or_make(tx, name)?;
    if host.ready_at > tx.now {
        return Ok(HostReply::Busy { free_in: host.ready_at.since(tx.now) });
    }
    let lane = if is_in(tx, &host, Lane::Fresh)? { Lane::Fresh } else { Lane::Backfill };
    Ok(HostReply::Leased(Box::new(lease_now(tx, host, lane, ask)?)))
}

/// Whether a host has anything in a lane, by what was saved.
fn is_in(tx: &Tx<'_>, host: &Host, lane: Lane) -> CallResult<bool> {
    let sql = format!("SELECT {} IS NOT NULL FROM host WHERE id = ?1", column(lane));
    Ok(tx.db.prepare_cached(&sql)?.query_row(params![host.id], |row| row.get(0))?)
}

fn lease_now(tx: &mut Tx<'_>, mut host: Host, lane: Lane, ask: &LeaseAsk) -> CallResult<Lease> {
    let landed = host.land(tx)?;
    host.put_back(tx, landed)?;
    host.move_due(tx)?;
    host.fence += 1;
    host.hold(tx.now, ask.lease_for);
    let urls = host.take(tx, ask.urls_max)?;
    host.save(tx)?;
    let robots = robots_of(tx, &host)?;
    Ok(Lease {
        token: LeaseToken { host: host.name, fence: host.fence },
        deadline_in: host.deadline.unwrap_or(tx.now).since(tx.now),
        delay: host.delay,
        state: host.state,
        lane,
        urls,
        robots,
    })
}

pub(super) fn extend(
    tx: &mut Tx<'_>,
    token: &LeaseToken,
    extension: Extension,
) -> CallResult<Extended> {
    let mut host = Host::held(tx, token)?;
    host.delay = extension.delay;
    host.state = extension.state;
    host.hold(tx.now, extension.lease_for);
    host.save(tx)?;
    store_robots(tx, extension.robots)?;
    Ok(Extended { deadline_in: host.deadline.unwrap_or(tx.now).since(tx.now) })
}

pub(super) fn settle(
    tx: &mut Tx<'_>,
    token: &LeaseToken,
    settlement: Settlement,
) -> CallResult<Settled> {
    let mut host = Host::held(tx, token)?;
    let mut landed = host.land(tx)?;
    for (fingerprint, verdict) in settlement.verdicts {
        let Some(place) = landed.iter().position(|p| p.fingerprint == fingerprint) else {
            continue;
        };
        match verdict {
            Verdict::Back => {}
            Verdict::Done => drop(landed.remove(place)),
            Verdict::Again { after: wait, entry } => {
                landed.remove(place);
                host.put_aside(tx, &entry, after(tx.now, wait))?;
            }
        }
    }
    host.put_back(tx, landed)?;
    host.deadline = None;
    host.ready_at = after(tx.now, settlement.host_ready_in);
    host.delay = settlement.delay;
    host.state = settlement.state;
    host.save(tx)?;
    store_robots(tx, settlement.robots)?;
    enqueue(tx, settlement.links)
}

pub(super) fn drop_leases(tx: &mut Tx<'_>) -> CallResult<()> {
    for mut host in Host::leased(tx)? {
        let landed = host.land(tx)?;
        host.put_back(tx, landed)?;
        host.deadline = None;
        host.ready_at = after(tx.now, host.delay);
        host.save(tx)?;
    }
    Ok(())
}

fn store_robots(tx: &mut Tx<'_>, robots: NewRobots) -> CallResult<()> {
    for (origin, copy) in robots {
        let host = Host::find_or_make(tx, &origin.robots_url().host_key())?;
        let text = serde_json::to_string(&copy)
            .map_err(|error| rusqlite::Error::ToSqlConversionFailure(Box::new(error)))?;
        let sql = "INSERT OR REPLACE INTO robots (origin, host, copy, stored_at)
            VALUES (?1, ?2, ?3, ?4)";
        let mut statement = tx.db.prepare_cached(sql)?;
        statement.execute(params![origin.as_str(), host.id, text, tx.now.0])?;
    }
    Ok(())
}

pub(super) fn robots(tx: &Tx<'_>, origin: &Origin) -> CallResult<Option<StoredRobots>> {
    let sql = "SELECT copy, stored_at FROM robots WHERE origin = ?1";
    let mut statement = tx.db.prepare_cached(sql)?;
    let row = statement.query_row(params![origin.as_str()], |row| {
        Ok((row.get::<_, String>(0)?, row.get::<_, i64>(1)?))
    });
    let found = row.optional()?;
    found.map(|(text, stored_at)| stored(tx, &text, stored_at)).transpose()
}

fn robots_of(tx: &Tx<'_>, host: &Host) -> CallResult<Vec<(Origin, StoredRobots)>> {
    let sql = "SELECT origin, copy, stored_at FROM robots WHERE host = ?1 ORDER BY origin";
    let mut statement = tx.db.prepare_cached(sql)?;
    let rows = statement.query_map(params![host.id], |row| {
        Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?, row.get::<_, i64>(2)?))
    })?;
    let mut robots = Vec::new();
    for row in rows {
        let (origin, text, stored_at) = row?;
        let origin = crawl::CanonicalUrl::parse(&origin)
            .map_err(|error| damaged(tx, "origin", &error))?
            .origin();
        robots.push((origin, stored(tx, &text, stored_at)?));
    }
    Ok(robots)
}

fn stored(tx: &Tx<'_>, text: &str, stored_at: i64) -> CallResult<StoredRobots> {
    let copy: RobotsCopy =
        serde_json::from_str(text).map_err(|error| damaged(tx, "robots copy", &error))?;
    Ok(StoredRobots { copy, age: tx.now.since(UnixMicros(stored_at)) })
}

fn damaged(tx: &Tx<'_>, what: &'static str, error: &dyn std::error::Error) -> Error {
    Error::Damaged { path: tx.path.into(), what, reason: error.to_string() }
}

pub(super) fn admit(tx: &Tx<'_>, members: &[String]) -> CallResult<()> {
    let mut statement = tx.db.prepare_cached("INSERT OR IGNORE INTO scope (member) VALUES (?1)")?;
    for member in members {
        statement.execute(params![member])?;
    }
    Ok(())
}

pub(super) fn scope_members(tx: &Tx<'_>) -> CallResult<Vec<String>> {
    let mut statement = tx.db.prepare_cached("SELECT member FROM scope ORDER BY member")?;
    let members = statement.query_map([], |row| row.get(0))?;
    Ok(members.collect::<rusqlite::Result<_>>()?)
}

pub(super) fn note(tx: &Tx<'_>, key: &str) -> CallResult<Option<String>> {
    let mut statement = tx.db.prepare_cached("SELECT value FROM note WHERE key = ?1")?;
    Ok(statement.query_row(params![key], |row| row.get(0)).optional()?)
}

pub(super) fn set_note(tx: &Tx<'_>, key: &str, value: &str) -> CallResult<()> {
    let sql = "INSERT OR REPLACE INTO note (key, value) VALUES (?1, ?2)";
    tx.db.prepare_cached(sql)?.execute(params![key, value])?;
    Ok(())
}

pub(super) fn stats(tx: &Tx<'_>) -> CallResult<Stats> {
    let totals = &tx.totals;
    let ready = count(
        tx,
        "SELECT (SELECT COUNT(*) FROM host WHERE fresh_at <= ?1)
            + (SELECT COUNT(*) FROM host WHERE backfill_at <= ?1
                AND (fresh_at IS NULL OR fresh_at > ?1))",
    )?;
    let leased_with_urls = count(
        tx,
        "SELECT COUNT(*) FROM host WHERE deadline > ?1
            AND (fresh_at IS NOT NULL OR backfill_at IS NOT NULL)",
    )?;
    let bytes = tx.db.query_row(
        "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()",
        [],
        |row| row.get::<_, i64>(0),
    )?;
    Ok(Stats {
        urls_seen: totals.seen,
        pending: totals.pending.iter().sum(),
        pending_by_band: totals.pending,
        due: totals.due,
        in_flight: totals.in_flight,
        hosts: totals.hosts,
        hosts_ready: ready,
        hosts_waiting: totals.hosts_with_urls.saturating_sub(ready + leased_with_urls),
        hosts_leased: leased(tx)?,
        next_ready_in: next_ready_in(tx)?,
        bytes: bytes.cast_unsigned(),
    })
}

fn leased(tx: &Tx<'_>) -> CallResult<u64> {
    count(tx, "SELECT COUNT(*) FROM host WHERE deadline > ?1")
}

fn count(tx: &Tx<'_>, sql: &str) -> CallResult<u64> {
    let mut statement = tx.db.prepare_cached(sql)?;
    Ok(statement.query_row(params![tx.now.0], |row| row.get::<_, i64>(0))?.cast_unsigned())
}

fn next_ready_in(tx: &Tx<'_>) -> CallResult<Option<std::time::Duration>> {
    let mut first: Option<i64> = None;
    for lane in [Lane::Fresh, Lane::Backfill] {
        // The partial index is used only for a condition that implies its own.
        let column = column(lane);
        let sql = format!("SELECT MIN({column}) FROM host WHERE {column} IS NOT NULL");
        let at: Option<i64> = tx.db.prepare_cached(&sql)?.query_row([], |row| row.get(0))?;
        first = match (first, at) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        };
    }
    Ok(first.map(|at| UnixMicros(at).since(tx.now)))
}
