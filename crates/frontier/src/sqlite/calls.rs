//! The calls that need no lease, on a transaction.

use std::collections::HashMap;

use crawl::robots::RobotsCopy;
use crawl::{Band, CanonicalUrl, Entry, Fingerprint, HostKey, Origin, Share, UnixMicros};
use rusqlite::{OptionalExtension, params};

use super::entry::key;
use super::fault::Fault;
use super::host::Host;
use super::tx::Tx;
use crate::{Enqueued, StoredRobots};

/// The rows that a call has read: each is read once, and written once.
#[derive(Default)]
pub(super) struct Hosts {
    rows: HashMap<HostKey, Host>,
}

impl Hosts {
    pub(super) fn insert(&mut self, host: Host) {
        self.rows.insert(host.name.clone(), host);
    }

    /// Whether the row of this name has been read.
    pub(super) fn has(&self, name: &HostKey) -> bool {
        self.rows.contains_key(name)
    }

    pub(super) fn get(&mut self, tx: &mut Tx<'_>, name: HostKey) -> Result<&mut Host, Fault> {
        match self.rows.entry(name) {
            std::collections::hash_map::Entry::Occupied(row) => Ok(row.into_mut()),
            std::collections::hash_map::Entry::Vacant(place) => {
                let host = Host::named_or_new(tx, place.key())?;
                Ok(place.insert(host))
            }
        }
    }

    pub(super) fn save(&self, tx: &mut Tx<'_>) -> Result<(), Fault> {
        self.rows.values().try_for_each(|host| host.save(tx))
    }
}

pub(super) fn enqueue(tx: &mut Tx<'_>, entries: &[Entry]) -> Result<Enqueued, Fault> {
    let mut hosts = Hosts::default();
    let enqueued = enqueue_into(tx, &mut hosts, entries)?;
    hosts.save(tx)?;
    Ok(enqueued)
}

/// Takes entries in; the rows of their hosts are left to be saved.
pub(super) fn enqueue_into(
    tx: &mut Tx<'_>,
    hosts: &mut Hosts,
    entries: &[Entry],
) -> Result<Enqueued, Fault> {
    let mut enqueued = Enqueued::default();
    for entry in entries {
        let fingerprint = entry.url.fingerprint();
        let host = hosts.get(tx, entry.url.host_key())?;
        let share = Share::of(&host.name).number();
        let seq = (entry.band == Band::Backfill).then_some(host.is.tail);
        let is_new = see(tx, fingerprint, seq, Some(share))?;
        let is_hastened =
            !is_new && entry.seed.is_some() && host.hasten(tx.conn, fingerprint, tx.now)?;
        let is_appended =
            is_new || (entry.band == Band::Article && host.pull_backfill(tx.conn, fingerprint)?);
        if is_appended {
            host.append(tx.conn, entry)?;
        }
        enqueued.count(entry, is_new || is_hastened, is_appended);
    }
    Ok(enqueued)
}

/// Takes a URL for known, which waits in the backfill at this place, if anywhere there, and whose
/// host is in this share, where that is known. Gives whether it is new.
pub(super) fn see(
    tx: &mut Tx<'_>,
    url: Fingerprint,
    seq: Option<i64>,
    share: Option<u16>,
) -> Result<bool, Fault> {
    let mut insert = tx.conn.prepare_cached(
        "INSERT INTO seen (fingerprint, seq, share) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
    )?;
    let is_new = insert.execute((key(url), seq, share))? > 0;
    tx.sums.seen += i64::from(is_new);
    Ok(is_new)
}

pub(super) fn store_robots(
    tx: &mut Tx<'_>,
    hosts: &mut Hosts,
    robots: &[(Origin, RobotsCopy)],
) -> Result<(), Fault> {
    for (origin, copy) in robots {
        let host = hosts.get(tx, origin.robots_url().host_key())?.id;
        let text = serde_json::to_string(copy).map_err(|e| Fault::damaged("robots copy", &e))?;
        let mut insert = tx.conn.prepare_cached(
            "INSERT OR REPLACE INTO robots (host, origin, stored_at, copy) VALUES (?1, ?2, ?3, ?4)",
        )?;
        insert.execute(params![host, origin.as_str(), tx.now.0, text])?;
    }
    Ok(())
}

pub(super) fn robots(tx: &Tx<'_>, origin: &Origin) -> Result<Option<StoredRobots>, Fault> {
    let mut select = tx.conn.prepare_cached(
        "SELECT stored_at, copy FROM robots \
         WHERE host = (SELECT id FROM host WHERE name = ?1) AND origin = ?2",
    )?;
    let host = origin.robots_url().host_key();
    let found: Option<(i64, String)> = select
        .query_row([host.as_str(), origin.as_str()], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    found.map(|(stored_at, text)| stored(tx, stored_at, &text)).transpose()
}

/// The copies of all origins of a host, by origin.
pub(super) fn robots_of(tx: &Tx<'_>, host: &Host) -> Result<Vec<(Origin, StoredRobots)>, Fault> {
    let mut select = tx.conn.prepare_cached(
        "SELECT origin, stored_at, copy FROM robots WHERE host = ?1 ORDER BY origin",
    )?;
    let mut rows = select.query([host.id])?;
    let mut robots = Vec::new();
    while let Some(row) = rows.next()? {
        let (origin, text): (String, String) = (row.get(0)?, row.get(2)?);
        let url = CanonicalUrl::parse(&origin).map_err(|e| Fault::damaged("origin", &e))?;
        robots.push((url.origin(), stored(tx, row.get(1)?, &text)?));
    }
    Ok(robots)
}

fn stored(tx: &Tx<'_>, stored_at: i64, text: &str) -> Result<StoredRobots, Fault> {
    let copy = serde_json::from_str(text).map_err(|e| Fault::damaged("robots copy", &e))?;
    Ok(StoredRobots { copy, age: tx.now.since(UnixMicros(stored_at)) })
}

pub(super) fn admit(tx: &Tx<'_>, members: &[String]) -> Result<(), Fault> {
    let mut insert =
        tx.conn.prepare_cached("INSERT INTO scope (member) VALUES (?1) ON CONFLICT DO NOTHING")?;
    let mut joined = 0;
    for member in members {
        joined += insert.execute([member])?;
    }
    scope_changed(tx, joined)
}

/// Counts members that have joined or left the scope.
pub(super) fn scope_changed(tx: &Tx<'_>, members: usize) -> Result<(), Fault> {
    if members > 0 {
        let mut update = tx.conn.prepare_cached("UPDATE meta SET scope = scope + ?1")?;
        update.execute([i64::try_from(members).unwrap_or(0)])?;
    }
    Ok(())
}

pub(super) fn scope_members(tx: &Tx<'_>) -> Result<Vec<String>, Fault> {
    let mut select = tx.conn.prepare_cached("SELECT member FROM scope ORDER BY member")?;
    let members = select.query_map([], |row| row.get(0))?;
    Ok(members.collect::<rusqlite::Result<_>>()?)
}

pub(super) fn note(tx: &Tx<'_>, key: &str) -> Result<Option<String>, Fault> {
    let mut select = tx.conn.prepare_cached("SELECT value FROM note WHERE key = ?1")?;
    Ok(select.query_row([key], |row| row.get(0)).optional()?)
}

pub(super) fn set_note(tx: &Tx<'_>, key: &str, value: &str) -> Result<(), Fault> {
    let mut insert =
        tx.conn.prepare_cached("INSERT OR REPLACE INTO note (key, value) VALUES (?1, ?2)")?;
    insert.execute([key, value])?;
    Ok(())
}
