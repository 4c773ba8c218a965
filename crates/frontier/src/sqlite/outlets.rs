//! The calls about seeds, outlets and single URLs, on a transaction.

use crawl::{
    Account, Band, CanonicalUrl, Fingerprint, HostKey, Outlet, Posting, SeedSpec, SeedState, Terms,
    UnixMicros,
};
use rusqlite::{OptionalExtension, params};

use super::calls::{self, Hosts};
use super::entry::key;
use super::fault::Fault;
use super::host::Host;
use super::tx::Tx;
use crate::seeds::name;
use crate::{HubRow, NewSeed, Place, SeedRemoved, SeedRow, SeedsAdded};

pub(super) fn add_seeds(tx: &mut Tx<'_>, seeds: &[NewSeed]) -> Result<SeedsAdded, Fault> {
    let mut added = SeedsAdded::default();
    let mut entries = Vec::with_capacity(seeds.len());
    for seed in seeds {
        add(tx, seed, &mut added)?;
        entries.push(seed.spec.seed.entry());
    }
    let members: Vec<String> = seeds.iter().filter_map(|seed| seed.member.clone()).collect();
    calls::admit(tx, &members)?;
    let mut hosts = Hosts::default();
    calls::enqueue_into(tx, &mut hosts, &entries)?;
    hosts.save(tx)?;
    Ok(added)
}

fn add(tx: &Tx<'_>, seed: &NewSeed, added: &mut SeedsAdded) -> Result<(), Fault> {
    let name = name(&seed.spec);
    let spec = json("new seed", &seed.spec)?;
    let mut select = tx.conn.prepare_cached("SELECT spec FROM seed WHERE name = ?1")?;
    let known: Option<String> = select.query_row([&name], |row| row.get(0)).optional()?;
    match known {
        None => {
            let mut insert = tx.conn.prepare_cached(
                "INSERT INTO seed (name, outlet, spec, member, added_at) \
                 VALUES (?1, ?2, ?3, ?4, ?5)",
            )?;
            let outlet = seed.spec.seed.outlet();
            insert.execute(params![name, outlet.as_str(), spec, seed.member, tx.now.0])?;
            added.added += 1;
        }
        Some(known) if known == spec => added.known += 1,
        Some(_) => {
            let mut update =
                tx.conn.prepare_cached("UPDATE seed SET spec = ?2, member = ?3 WHERE name = ?1")?;
            update.execute(params![name, spec, seed.member])?;
            added.changed += 1;
        }
    }
    Ok(())
}

pub(super) fn seeds(tx: &Tx<'_>, after: Option<&str>, max: usize) -> Result<Vec<SeedRow>, Fault> {
    let mut select = tx.conn.prepare_cached(
        "SELECT spec, added_at, state, state_at, figures FROM seed LEFT JOIN account \
         ON account.outlet = seed.outlet WHERE ?1 IS NULL OR name > ?1 ORDER BY name LIMIT ?2",
    )?;
    let max = i64::try_from(max).unwrap_or(i64::MAX);
    let mut rows = select.query(params![after, max])?;
    let mut seeds = Vec::new();
    while let Some(row) = rows.next()? {
        let (spec, figures): (String, Option<String>) = (row.get(0)?, row.get(4)?);
        let state: Option<String> = row.get(2)?;
        let state_at: Option<i64> = row.get(3)?;
        let state = match (state, state_at) {
            (Some(state), Some(at)) => {
                Some((parsed("seed state", &state)?, tx.now.since(UnixMicros(at))))
            }
            _ => None,
        };
        seeds.push(SeedRow {
            spec: parsed("seed", &spec)?,
            age: tx.now.since(UnixMicros(row.get(1)?)),
            state,
            account: figures.map_or_else(|| Ok(Account::default()), |f| parsed("account", &f))?,
        });
    }
    Ok(seeds)
}

pub(super) fn remove_seed(tx: &mut Tx<'_>, name: &str) -> Result<Option<SeedRemoved>, Fault> {
    let mut select = tx.conn.prepare_cached("SELECT outlet, member FROM seed WHERE name = ?1")?;
    let found: Option<(String, Option<String>)> =
        select.query_row([name], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
    let Some((outlet, member)) = found else { return Ok(None) };
    tx.conn.prepare_cached("DELETE FROM seed WHERE name = ?1")?.execute([name])?;
    if let Some(member) = member {
        let mut delete = tx.conn.prepare_cached(
            "DELETE FROM scope WHERE member = ?1 \
             AND NOT EXISTS (SELECT 1 FROM seed WHERE member = ?1)",
        )?;
        let left = delete.execute([member])?;
        calls::scope_changed(tx, left)?;
    }
    let mut count = tx.conn.prepare_cached("SELECT count(*) FROM seed WHERE outlet = ?1")?;
    let others: i64 = count.query_row([&outlet], |row| row.get(0))?;
    let mut removed = SeedRemoved { urls: 0, others: others.unsigned_abs() };
    if others == 0 {
        for host in hosts_of(tx, &outlet)? {
            removed.urls += drop_waiting(tx, host)?;
        }
    }
    Ok(Some(removed))
}

/// Drops what waits at a host, but not what is in flight.
pub(super) fn drop_waiting(tx: &mut Tx<'_>, mut host: Host) -> Result<u64, Fault> {
    let (conn, mut urls) = (tx.conn, 0);
    let mut forget = conn.prepare_cached("DELETE FROM seen WHERE fingerprint = ?1")?;
    for band in Band::ALL {
        for (fingerprint, seq) in host.waiting(conn, band)? {
            forget.execute([key(fingerprint)])?;
            tx.sums.seen -= 1;
            host.remove_row(conn, band, seq)?;
            urls += 1;
        }
    }
    for fingerprint in host.drop_due(conn)? {
        forget.execute([fingerprint])?;
        tx.sums.seen -= 1;
        urls += 1;
    }
    host.save(tx)?;
    Ok(urls)
}

fn hosts_of(tx: &Tx<'_>, outlet: &str) -> Result<Vec<Host>, Fault> {
    let mut select = tx.conn.prepare_cached("SELECT name FROM host WHERE outlet = ?1")?;
    let names = select.query_map([outlet], |row| row.get::<_, String>(0))?;
    let mut hosts = Vec::new();
    for name in names {
        let name = HostKey::parse(&name?).map_err(|e| Fault::damaged("host name", &e))?;
        hosts.extend(Host::named(tx, &name)?);
    }
    Ok(hosts)
}

pub(super) fn unknown(tx: &Tx<'_>, urls: &[Fingerprint]) -> Result<Vec<Fingerprint>, Fault> {
    let mut select = tx.conn.prepare_cached("SELECT 1 FROM seen WHERE fingerprint = ?1")?;
    let mut unknown = Vec::new();
    for url in urls {
        if !select.exists([key(*url)])? {
            unknown.push(*url);
        }
    }
    Ok(unknown)
}

pub(super) fn claim(
    tx: &Tx<'_>,
    outlet: &Outlet,
    claimed: u64,
    by: Fingerprint,
) -> Result<Fingerprint, Fault> {
    let claimed = claimed.cast_signed();
    let mut insert = tx.conn.prepare_cached(
        "INSERT INTO claim (outlet, key, holder) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
    )?;
    insert.execute(params![outlet.as_str(), claimed, by.0.cast_signed()])?;
    let mut select =
        tx.conn.prepare_cached("SELECT holder FROM claim WHERE outlet = ?1 AND key = ?2")?;
    let holder: i64 = select.query_row(params![outlet.as_str(), claimed], |row| row.get(0))?;
    Ok(Fingerprint(holder.cast_unsigned()))
}

pub(super) fn hubs(tx: &Tx<'_>, outlet: &Outlet) -> Result<Vec<HubRow>, Fault> {
    let mut hubs = Vec::new();
    for host in hosts_of(tx, outlet.as_str())? {
        for (entry, at) in host.entries(tx.conn, Some(Band::Hub))? {
            let due_in = at.map(|at| at.since(tx.now)).unwrap_or_default();
            hubs.push(HubRow { entry, due_in });
        }
    }
    hubs.sort_by(|a, b| a.entry.url.cmp(&b.entry.url));
    Ok(hubs)
}

pub(super) fn place(tx: &Tx<'_>, url: &CanonicalUrl) -> Result<Option<Place>, Fault> {
    if !unknown(tx, &[url.fingerprint()])?.is_empty() {
        return Ok(None);
    }
    let Some(host) = Host::named(tx, &url.host_key())? else { return Ok(Some(Place::Settled)) };
    let found = host.entries(tx.conn, None)?.into_iter().find(|(entry, _)| entry.url == *url);
    Ok(Some(match found {
        None => Place::Settled,
        Some((entry, None)) => Place::Pending(Box::new(entry)),
        Some((entry, Some(at))) => Place::Due(Box::new(entry), at.since(tx.now)),
    }))
}

/// What the seeds of an outlet ask for, and its account.
pub(super) fn terms_and_account(tx: &Tx<'_>, outlet: &Outlet) -> Result<(Terms, Account), Fault> {
    let mut select =
        tx.conn.prepare_cached("SELECT spec FROM seed WHERE outlet = ?1 ORDER BY name")?;
    let texts = select.query_map([outlet.as_str()], |row| row.get::<_, String>(0))?;
    let mut specs: Vec<SeedSpec> = Vec::new();
    for text in texts {
        specs.push(parsed("seed", &text?)?);
    }
    Ok((Terms::of(&specs), account(tx, outlet)?))
}

fn account(tx: &Tx<'_>, outlet: &Outlet) -> Result<Account, Fault> {
    let mut select = tx.conn.prepare_cached("SELECT figures FROM account WHERE outlet = ?1")?;
    let text: Option<String> = select.query_row([outlet.as_str()], |row| row.get(0)).optional()?;
    text.map_or_else(|| Ok(Account::default()), |text| parsed("account", &text))
}

/// Posts to the account of an outlet, and notes what came of seeds.
pub(super) fn settle(
    tx: &Tx<'_>,
    outlet: &Outlet,
    posting: &Posting,
    seeds: &[(String, SeedState)],
) -> Result<(), Fault> {
    if *posting != Posting::default() {
        let mut account = account(tx, outlet)?;
        account.post(tx.now, posting);
        let mut replace = tx
            .conn
            .prepare_cached("INSERT OR REPLACE INTO account (outlet, figures) VALUES (?1, ?2)")?;
        replace.execute([outlet.as_str(), &json("new account", &account)?])?;
    }
    for (name, state) in seeds {
        let mut update =
            tx.conn.prepare_cached("UPDATE seed SET state = ?2, state_at = ?3 WHERE name = ?1")?;
        update.execute(params![name, json("new seed state", state)?, tx.now.0])?;
    }
    Ok(())
}

pub(super) fn json<T: serde::Serialize>(what: &'static str, value: &T) -> Result<String, Fault> {
    serde_json::to_string(value).map_err(|e| Fault::damaged(what, &e))
}

pub(super) fn parsed<T: serde::de::DeserializeOwned>(
    what: &'static str,
    text: &str,
) -> Result<T, Fault> {
    serde_json::from_str(text).map_err(|e| Fault::damaged(what, &e))
}
