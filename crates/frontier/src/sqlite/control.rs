//! The calls of operators and of a fleet's workers, on a transaction.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use crawl::{Band, Directive, Entry, Fingerprint, HostKey, Outlet, UnixMicros, directive};
use rusqlite::{OptionalExtension, params};

use super::calls::{Hosts, enqueue_into, robots_of};
use super::draw::host_key;
use super::entry::key;
use super::fault::Fault;
use super::host::Host;
use super::outlets::{drop_waiting, json, parsed};
use super::tx::Tx;
use crate::control::{ends, held_until};
use crate::dump::DirectiveRecord;
use crate::time::{after, micros};
use crate::{
    AddressAsk, Beat, Beaten, Given, HostRow, LeaseToken, WORKER_FORGOTTEN_AFTER, WorkerRow,
};

pub(super) fn direct(tx: &mut Tx<'_>, given: &Given) -> Result<Directive, Fault> {
    let directive = given.clone().given_at(tx.now);
    put(tx, &directive)?;
    Ok(directive)
}

/// Puts a directive in the place of the one of its kind.
pub(super) fn put(tx: &mut Tx<'_>, directive: &Directive) -> Result<(), Fault> {
    let (kind, text) = (directive.order.kind(), json("new directive", directive)?);
    let mut replace = tx.conn.prepare_cached(
        "INSERT OR REPLACE INTO directive (about, kind, given, ends) VALUES (?1, ?2, ?3, ?4)",
    )?;
    replace.execute(params![directive.about, kind, text, ends(directive).0])?;
    changed(tx, directive)
}

/// Takes in one that was given elsewhere, beside what holds here.
pub(super) fn keep(tx: &mut Tx<'_>, moved: &Directive) -> Result<(), Fault> {
    let mut select =
        tx.conn.prepare_cached("SELECT given FROM directive WHERE about = ?1 AND kind = ?2")?;
    let own: Option<String> =
        select.query_row([&moved.about, moved.order.kind()], |row| row.get(0)).optional()?;
    let own: Option<Directive> = own.map(|text| parsed("directive", &text)).transpose()?;
    let is_left = |own: &Directive| own.is_in_force(tx.now) && DirectiveRecord::leaves(own, moved);
    if own.as_ref().is_some_and(is_left) { Ok(()) } else { put(tx, moved) }
}

pub(super) fn lift(tx: &mut Tx<'_>, about: &str, kind: &str) -> Result<Option<Directive>, Fault> {
    let mut select =
        tx.conn.prepare_cached("SELECT given FROM directive WHERE about = ?1 AND kind = ?2")?;
    let text: Option<String> = select.query_row([about, kind], |row| row.get(0)).optional()?;
    let Some(text) = text else { return Ok(None) };
    tx.conn
        .prepare_cached("DELETE FROM directive WHERE about = ?1 AND kind = ?2")?
        .execute([about, kind])?;
    let lifted: Directive = parsed("directive", &text)?;
    if !lifted.is_in_force(tx.now) {
        return Ok(None);
    }
    changed(tx, &lifted)?;
    Ok(Some(lifted))
}

/// Counts a change, and lets the hosts it concerns know of it.
fn changed(tx: &mut Tx<'_>, directive: &Directive) -> Result<(), Fault> {
    tx.conn.prepare_cached("UPDATE meta SET directives = directives + 1")?.execute([])?;
    if directive.order.is_hold() {
        for mut host in hosts_about(tx, &directive.about)? {
            host.is.held_until = hold(tx, &host.name)?.0;
            host.save(tx)?;
        }
    }
    Ok(())
}

/// When the last hold about a host ends.
pub(super) fn hold(tx: &Tx<'_>, host: &HostKey) -> Result<UnixMicros, Fault> {
    Ok(held_until(&about(tx, host, &host.outlet())?, host, tx.now))
}

/// What holds about a host, and about its outlet.
pub(super) fn concerning(
    tx: &Tx<'_>,
    host: &HostKey,
    outlet: &Outlet,
) -> Result<Vec<Directive>, Fault> {
    let about = about(tx, host, outlet)?;
    Ok(directive::concerning(&about, host, tx.now).into_iter().cloned().collect())
}

/// The directives about a host and its outlet, those that have passed included.
fn about(tx: &Tx<'_>, host: &HostKey, outlet: &Outlet) -> Result<Vec<Directive>, Fault> {
    let mut select =
        tx.conn.prepare_cached("SELECT given FROM directive WHERE about IN (?1, ?2)")?;
    let names = [host.as_str(), outlet.as_str()];
    let texts = select.query_map(names, |row| row.get::<_, String>(0))?;
    texts.map(|text| parsed("directive", &text?)).collect::<Result<_, Fault>>()
}

pub(super) fn directives(tx: &Tx<'_>) -> Result<Vec<Directive>, Fault> {
    let mut select = tx.conn.prepare_cached("SELECT given FROM directive ORDER BY about, kind")?;
    let texts = select.query_map([], |row| row.get::<_, String>(0))?;
    let mut all: Vec<Directive> =
        texts.map(|text| parsed("directive", &text?)).collect::<Result<_, Fault>>()?;
    all.retain(|directive| directive.is_in_force(tx.now));
    Ok(all)
}

pub(super) fn beat(tx: &Tx<'_>, beat: &Beat) -> Result<Beaten, Fault> {
    let forgotten = tx.now.0.saturating_sub(micros(WORKER_FORGOTTEN_AFTER));
    tx.conn.prepare_cached("DELETE FROM worker WHERE at <= ?1")?.execute([forgotten])?;
    let mut replace = tx
        .conn
        .prepare_cached("INSERT OR REPLACE INTO worker (name, at, beat) VALUES (?1, ?2, ?3)")?;
    replace.execute(params![beat.name, tx.now.0, json("new beat", beat)?])?;
    changes(tx)
}

pub(super) fn changes(tx: &Tx<'_>) -> Result<Beaten, Fault> {
    let mut select = tx.conn.prepare_cached("SELECT directives, scope FROM meta")?;
    let (directives, scope): (i64, i64) =
        select.query_row([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let (directives, scope) = (directives.unsigned_abs(), scope.unsigned_abs());
    Ok(Beaten { directives, scope, losses: 0, at: tx.now })
}

pub(super) fn workers(tx: &Tx<'_>) -> Result<Vec<WorkerRow>, Fault> {
    let mut select = tx.conn.prepare_cached("SELECT at, beat FROM worker ORDER BY name")?;
    let mut rows = select.query([])?;
    let mut workers = Vec::new();
    while let Some(row) = rows.next()? {
        let age = tx.now.since(UnixMicros(row.get(0)?));
        workers.push(WorkerRow { beat: parsed("beat", &row.get::<_, String>(1)?)?, age });
    }
    workers.retain(|worker| worker.age < WORKER_FORGOTTEN_AFTER);
    Ok(workers)
}

pub(super) fn hosts(
    tx: &Tx<'_>,
    after: Option<&HostKey>,
    max: usize,
) -> Result<Vec<HostRow>, Fault> {
    let mut select =
        tx.conn.prepare_cached("SELECT name FROM host WHERE name > ?1 ORDER BY name LIMIT ?2")?;
    let after = after.map_or("", HostKey::as_str);
    let max = i64::try_from(max).unwrap_or(i64::MAX);
    let names = select.query_map(params![after, max], |row| row.get::<_, String>(0))?;
    let mut hosts = Vec::new();
    for name in names {
        hosts.extend(host(tx, &host_key(&name?)?)?);
    }
    Ok(hosts)
}

pub(super) fn host(tx: &Tx<'_>, name: &HostKey) -> Result<Option<HostRow>, Fault> {
    let Some(host) = Host::named(tx, name)? else { return Ok(None) };
    let mut count = tx.conn.prepare_cached("SELECT count(*) FROM due WHERE host = ?1")?;
    let due: i64 = count.query_row([host.id], |row| row.get(0))?;
    let lease = host.is.deadline.map(UnixMicros).filter(|deadline| tx.now < *deadline);
    let worker = || host.is.worker.clone().unwrap_or_default();
    let next_due = host.is.due.into_iter().flatten().min();
    let pending = |band: usize| (host.is.queued[band] - host.is.flight[band]).unsigned_abs();
    Ok(Some(HostRow {
        host: name.clone(),
        fence: host.is.fence.unsigned_abs(),
        leased: lease.map(|deadline| (worker(), deadline.since(tx.now))),
        free_in: host.free_at().since(tx.now),
        delay: host.delay(),
        state: host.state()?,
        pending_by_band: [0, 1, 2].map(pending),
        in_flight: host.is.flight.iter().sum::<i64>().unsigned_abs(),
        due: due.unsigned_abs(),
        next_due_in: next_due.map(|at| UnixMicros(at).since(tx.now)),
        robots: robots_of(tx, &host)?,
        directives: concerning(tx, name, &name.outlet())?,
    }))
}

pub(super) fn requeue(tx: &mut Tx<'_>, about: &str) -> Result<u64, Fault> {
    let mut requeued = 0;
    for mut host in hosts_about(tx, about)? {
        requeued += host.hasten_all(tx.conn, tx.now)?;
        host.save(tx)?;
    }
    Ok(requeued)
}

pub(super) fn purge(tx: &mut Tx<'_>, about: &str) -> Result<u64, Fault> {
    let mut dropped = 0;
    for host in hosts_about(tx, about)? {
        dropped += drop_waiting(tx, host)?;
    }
    tx.conn.prepare_cached("UPDATE meta SET directives = directives + 1")?.execute([])?;
    Ok(dropped)
}

/// The rows that a word about this name is about: the host, or the hosts of the outlet.
fn hosts_about(tx: &Tx<'_>, about: &str) -> Result<Vec<Host>, Fault> {
    let mut select =
        tx.conn.prepare_cached("SELECT name FROM host WHERE outlet = ?1 OR name = ?1")?;
    let names = select.query_map([about], |row| row.get::<_, String>(0))?;
    let mut hosts = Vec::new();
    for name in names {
        hosts.extend(Host::named(tx, &host_key(&name?)?)?);
    }
    Ok(hosts)
}

pub(super) fn revisit(tx: &mut Tx<'_>, entries: &[Entry]) -> Result<u64, Fault> {
    let mut settled = settled(tx, entries)?;
    let mut hosts = Hosts::default();
    let mut taken_in = 0;
    for entry in entries {
        let fingerprint = entry.url.fingerprint();
        if !settled.remove(&fingerprint) {
            taken_in += enqueue_into(tx, &mut hosts, std::slice::from_ref(entry))?.added;
            continue;
        }
        let host = hosts.get(tx, entry.url.host_key())?;
        if entry.band == Band::Backfill {
            host.note_place(tx.conn, key(fingerprint))?;
        }
        host.append(tx.conn, entry)?;
        taken_in += 1;
    }
    hosts.save(tx)?;
    Ok(taken_in)
}

/// Those of the URLs that are settled for good. This reads all that waits at their hosts: who
/// offers many at once pays for it once.
fn settled(tx: &Tx<'_>, entries: &[Entry]) -> Result<HashSet<Fingerprint>, Fault> {
    let mut is_known = tx.conn.prepare_cached("SELECT 1 FROM seen WHERE fingerprint = ?1")?;
    let mut is_due = tx.conn.prepare_cached("SELECT 1 FROM due WHERE fingerprint = ?1")?;
    let mut by_host: HashMap<HostKey, HashSet<Fingerprint>> = HashMap::new();
    for entry in entries {
        let fingerprint = entry.url.fingerprint();
        let place = [key(fingerprint)];
        if is_known.exists(place)? && !is_due.exists(place)? {
            by_host.entry(entry.url.host_key()).or_default().insert(fingerprint);
        }
    }
    let mut settled = HashSet::new();
    for (name, mut asked) in by_host {
        if let Some(host) = Host::named(tx, &name)? {
            host.each_pending(tx.conn, |fingerprint| {
                asked.remove(&fingerprint);
            })?;
        }
        settled.extend(asked);
    }
    Ok(settled)
}

pub(super) fn take_address(
    tx: &Tx<'_>,
    token: &LeaseToken,
    ask: &AddressAsk,
) -> Result<Option<Duration>, Fault> {
    let (host, fence) = (token.host.as_str(), token.fence.cast_signed());
    let mut delete =
        tx.conn.prepare_cached("DELETE FROM token WHERE address = ?1 AND ends <= ?2")?;
    delete.execute(params![ask.group, tx.now.0])?;
    let mut select =
        tx.conn.prepare_cached("SELECT host, fence, ends FROM token WHERE address = ?1")?;
    let mut rows = select.query([&ask.group])?;
    let (mut has_one, mut ends) = (false, Vec::new());
    while let Some(row) = rows.next()? {
        let is_its = row.get::<_, String>(0)? == host && row.get::<_, i64>(1)? == fence;
        has_one |= is_its;
        ends.push(UnixMicros(row.get(2)?));
    }
    if !has_one && let Some(free_at) = ask.free_at(ends) {
        return Ok(Some(free_at.since(tx.now)));
    }
    let mut insert = tx.conn.prepare_cached(
        "INSERT INTO token (address, host, fence, ends) VALUES (?1, ?2, ?3, ?4) \
         ON CONFLICT DO UPDATE SET ends = max(ends, excluded.ends)",
    )?;
    insert.execute(params![ask.group, host, fence, after(tx.now, ask.lasts).0])?;
    Ok(None)
}

pub(super) fn free_addresses(
    tx: &Tx<'_>,
    token: &LeaseToken,
    groups: &[String],
) -> Result<(), Fault> {
    let mut delete = tx
        .conn
        .prepare_cached("DELETE FROM token WHERE address = ?1 AND host = ?2 AND fence = ?3")?;
    for group in groups {
        delete.execute(params![group, token.host.as_str(), token.fence.cast_signed()])?;
    }
    Ok(())
}
