//! Records into the file: what [`Control`](crate::Control) says of moving.

use crawl::{Fingerprint, Share, UnixMicros};
use rusqlite::params;

use super::calls::{Hosts, admit, enqueue_into, see, set_note};
use super::control;
use super::fault::Fault;
use super::host::Host;
use super::outlets::{claim, json};
use super::tx::Tx;
use crate::dump::{HostRecord, Record, SeedRecord};
use crate::seeds::name;
use crate::time::{after, ahead, back, from_micros, micros};

pub(super) fn load(tx: &mut Tx<'_>, records: &[Record]) -> Result<(), Fault> {
    let mut hosts = Hosts::default();
    for record in records {
        match record {
            Record::Directive(directive) => {
                // It is about hosts that are still to be saved.
                std::mem::take(&mut hosts).save(tx)?;
                let directive = directive.at(tx.now);
                control::keep(tx, &directive)?;
            }
            Record::Host(host) => load_host(tx, &mut hosts, host)?,
            Record::Url { entry } => {
                enqueue_into(tx, &mut hosts, std::slice::from_ref(entry))?;
            }
            Record::Due { entry, in_us } => load_due(tx, &mut hosts, entry, *in_us)?,
            other => load_other(tx, &mut hosts, other)?,
        }
    }
    hosts.save(tx)
}

fn load_other(tx: &mut Tx<'_>, hosts: &mut Hosts, record: &Record) -> Result<(), Fault> {
    match record {
        Record::Note { key, value } => set_note(tx, key, value),
        Record::Scope { member } => admit(tx, std::slice::from_ref(member)),
        Record::Robots { origin, copy, age_us } => {
            let url = crawl::CanonicalUrl::parse(origin);
            let url = url.map_err(|e| Fault::damaged("origin", &e))?;
            let host = hosts.get(tx, url.host_key())?.id;
            let mut insert = tx.conn.prepare_cached(
                "INSERT INTO robots (host, origin, stored_at, copy) VALUES (?1, ?2, ?3, ?4) \
                 ON CONFLICT DO UPDATE SET stored_at = excluded.stored_at, copy = excluded.copy \
                 WHERE excluded.stored_at >= stored_at",
            )?;
            let text = json("robots copy", copy)?;
            insert.execute(params![host, origin, back(tx.now, *age_us).0, text])?;
            Ok(())
        }
        Record::Seed(seed) => load_seed(tx, seed),
        Record::Account { outlet, account } => {
            let mut replace = tx.conn.prepare_cached(
                "INSERT OR REPLACE INTO account (outlet, figures) VALUES (?1, ?2)",
            )?;
            replace.execute([outlet.as_str(), &json("account", account)?])?;
            Ok(())
        }
        Record::Claim { outlet, key, by } => claim(tx, outlet, *key, Fingerprint(*by)).map(drop),
        Record::Seen { share, urls } => load_seen(tx, urls, Some(*share)),
        Record::Unplaced { urls } => load_seen(tx, urls, None),
        Record::Directive(_) | Record::Host(_) | Record::Url { .. } | Record::Due { .. } => Ok(()),
    }
}

fn load_host(tx: &mut Tx<'_>, hosts: &mut Hosts, record: &HostRecord) -> Result<(), Fault> {
    let is_known = hosts.has(&record.host) || Host::named(tx, &record.host)?.is_some();
    let now = tx.now;
    let host = hosts.get(tx, record.host.clone())?;
    let ready_at = ahead(now, record.in_us).0;
    host.is.ready_at = if is_known { host.is.ready_at.max(ready_at) } else { ready_at };
    let fence = i64::try_from(record.fence).unwrap_or(i64::MAX);
    if host.is.fence == 0 {
        host.is.turn = record.turn % 5;
        if fence > 0 {
            host.is.fence = fence;
            host.remember(from_micros(record.delay_us), &record.state)?;
        }
        return Ok(());
    }
    host.is.delay = host.is.delay.max(micros(from_micros(record.delay_us)));
    match host.is.deadline.filter(|deadline| *deadline > now.0) {
        Some(deadline) => {
            let heals_at = after(UnixMicros(deadline), host.delay()).0;
            host.is.ready_at = host.is.ready_at.max(heals_at);
        }
        None => host.is.fence = host.is.fence.max(fence),
    }
    Ok(())
}

fn load_due(
    tx: &mut Tx<'_>,
    hosts: &mut Hosts,
    entry: &crawl::Entry,
    in_us: i64,
) -> Result<(), Fault> {
    let now = tx.now;
    let name = entry.url.host_key();
    let share = Share::of(&name).number();
    if see(tx, entry.url.fingerprint(), None, Some(share))? {
        let conn = tx.conn;
        hosts.get(tx, name)?.put_aside(conn, entry, ahead(now, in_us))?;
    }
    Ok(())
}

fn load_seed(tx: &mut Tx<'_>, seed: &SeedRecord) -> Result<(), Fault> {
    let mut replace = tx.conn.prepare_cached(
        "INSERT OR REPLACE INTO seed (name, outlet, spec, member, added_at, state, state_at) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    )?;
    let state = seed.state.as_ref().map(|state| json("seed state", state)).transpose()?;
    let state_at = seed.state.as_ref().map(|_| back(tx.now, seed.state_age_us).0);
    replace.execute(params![
        name(&seed.spec),
        seed.spec.seed.outlet().as_str(),
        json("seed", &seed.spec)?,
        seed.member,
        back(tx.now, seed.age_us).0,
        state,
        state_at
    ])?;
    Ok(())
}

fn load_seen(tx: &mut Tx<'_>, urls: &[Fingerprint], share: Option<Share>) -> Result<(), Fault> {
    for url in urls {
        see(tx, *url, None, share.map(Share::number))?;
    }
    Ok(())
}
