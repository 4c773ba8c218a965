//! All that is kept, as records: each call reads a piece, from one key on.

use crawl::{Account, HostKey, Outlet, Share};
use rusqlite::{Params, Row};
use serde::de::DeserializeOwned;

use super::draw::host_key;
use super::entry;
use super::fault::Fault;
use super::outlets::parsed;
use super::share::fingerprint;
use super::tx::Tx;
use super::{calls, control};
use crate::dump::{Cursor, DirectiveRecord, Dumped, HostRecord, Record, Section, SeedRecord};

/// A record, and the key behind which the next one is found.
type Found = (Record, String);

pub(super) fn dump(tx: &Tx<'_>, from: &Cursor) -> Result<Dumped, Fault> {
    match from.section {
        Section::Notes => Ok(whole(from, notes(tx)?)),
        Section::Scope => {
            let members = calls::scope_members(tx)?.into_iter();
            Ok(whole(from, members.map(|member| Record::Scope { member }).collect()))
        }
        Section::Directives => {
            let all = control::directives(tx)?.into_iter();
            let of = |directive| Record::Directive(DirectiveRecord::of(directive, tx.now));
            Ok(whole(from, all.map(of).collect()))
        }
        Section::Hosts => hosts(tx, from),
        Section::Seeds => Ok(piece(from, seeds(tx, from)?)),
        Section::Outlets => outlets(tx, from),
        Section::Urls => Ok(piece(from, urls(tx, from)?)),
        Section::Due => Ok(piece(from, due(tx, from)?)),
        Section::Seen => seen(tx, from),
    }
}

/// All of a section.
fn whole(from: &Cursor, records: Vec<Record>) -> Dumped {
    Dumped { records, next: from.next_section() }
}

/// A piece of a section: the last one when it is not full.
fn piece(from: &Cursor, found: Vec<Found>) -> Dumped {
    let is_last = found.len() < from.chunk;
    let last = found.last().map(|(_, key)| key.clone()).unwrap_or_default();
    let records = found.into_iter().map(|(record, _)| record).collect();
    let next = if is_last { from.next_section() } else { Some(from.clone().behind(last)) };
    Dumped { records, next }
}

/// Reads up to a chunk of rows.
fn read<T>(
    tx: &Tx<'_>,
    sql: &str,
    place: impl Params,
    mut row_of: impl FnMut(&Row<'_>) -> Result<T, Fault>,
) -> Result<Vec<T>, Fault> {
    let mut select = tx.conn.prepare_cached(sql)?;
    let mut rows = select.query(place)?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(row_of(row)?);
    }
    Ok(found)
}

/// The numbers of a key: the beginning of time where there is none yet.
fn numbers<const N: usize>(after: &str) -> [i64; N] {
    let mut numbers = [i64::MIN; N];
    for (number, text) in numbers.iter_mut().zip(after.split(' ')) {
        *number = text.parse().unwrap_or(i64::MIN);
    }
    numbers
}

fn json<T: DeserializeOwned>(row: &Row<'_>, column: usize, what: &'static str) -> Result<T, Fault> {
    parsed(what, &row.get::<_, String>(column)?)
}

fn notes(tx: &Tx<'_>) -> Result<Vec<Record>, Fault> {
    read(tx, "SELECT key, value FROM note ORDER BY key", [], |row| {
        Ok(Record::Note { key: row.get(0)?, value: row.get(1)? })
    })
}

/// Hosts by name, each before its robots copies.
fn hosts(tx: &Tx<'_>, from: &Cursor) -> Result<Dumped, Fault> {
    let sql = "SELECT name, fence, ready_at, delay, state, turn, id FROM host WHERE name > ?1 \
               ORDER BY name LIMIT ?2";
    let hosts = read(tx, sql, (from.after.as_str(), limit(from)), |row| {
        let host = HostRecord {
            host: host_key(&row.get::<_, String>(0)?)?,
            fence: row.get::<_, i64>(1)?.unsigned_abs(),
            in_us: row.get::<_, i64>(2)? - tx.now.0,
            delay_us: row.get(3)?,
            state: json(row, 4, "host state")?,
            turn: row.get(5)?,
        };
        Ok((host, row.get::<_, i64>(6)?))
    })?;
    let is_last = hosts.len() < from.chunk;
    let mut records = Vec::new();
    let mut last = String::new();
    for (host, id) in hosts {
        host.host.as_str().clone_into(&mut last);
        records.push(Record::Host(host));
        let sql = "SELECT origin, copy, stored_at FROM robots WHERE host = ?1 ORDER BY origin";
        records.extend(read(tx, sql, [id], |row| {
            Ok(Record::Robots {
                origin: row.get(0)?,
                copy: json(row, 1, "robots copy")?,
                age_us: tx.now.0 - row.get::<_, i64>(2)?,
            })
        })?);
    }
    let next = if is_last { from.next_section() } else { Some(from.clone().behind(last)) };
    Ok(Dumped { records, next })
}

fn seeds(tx: &Tx<'_>, from: &Cursor) -> Result<Vec<Found>, Fault> {
    let sql = "SELECT spec, member, added_at, state, state_at, name FROM seed WHERE name > ?1 \
               ORDER BY name LIMIT ?2";
    read(tx, sql, (from.after.as_str(), limit(from)), |row| {
        let state: Option<String> = row.get(3)?;
        let seed = SeedRecord {
            spec: json(row, 0, "seed")?,
            member: row.get(1)?,
            age_us: tx.now.0 - row.get::<_, i64>(2)?,
            state: state.map(|state| parsed("seed state", &state)).transpose()?,
            state_age_us: row.get::<_, Option<i64>>(4)?.map_or(0, |at| tx.now.0 - at),
        };
        Ok((Record::Seed(seed), row.get(5)?))
    })
}

/// Accounts by outlet, then (behind `claim`) claims by outlet and key.
fn outlets(tx: &Tx<'_>, from: &Cursor) -> Result<Dumped, Fault> {
    if from.band == 0 {
        let sql = "SELECT outlet, figures FROM account WHERE outlet > ?1 ORDER BY outlet LIMIT ?2";
        let found = read(tx, sql, (from.after.as_str(), limit(from)), |row| {
            let name: String = row.get(0)?;
            let account: Account = json(row, 1, "account")?;
            Ok((Record::Account { outlet: outlet(&name)?, account }, name))
        })?;
        let dumped = piece(from, found);
        let is_last = dumped.next.as_ref().is_none_or(|next| next.section != from.section);
        let claims = Cursor { section: from.section, band: 1, ..from.begin() };
        let next = if is_last { Some(claims) } else { dumped.next };
        return Ok(Dumped { next, ..dumped });
    }
    let (name, key) = from.after.rsplit_once(' ').unwrap_or(("", ""));
    let key: i64 = key.parse().unwrap_or(i64::MIN);
    let sql = "SELECT outlet, key, holder FROM claim WHERE (outlet, key) > (?1, ?2) \
               ORDER BY outlet, key LIMIT ?3";
    let found = read(tx, sql, (name, key, limit(from)), |row| {
        let (name, key): (String, i64) = (row.get(0)?, row.get(1)?);
        let by = row.get::<_, i64>(2)?.cast_unsigned();
        let record = Record::Claim { outlet: outlet(&name)?, key: key.cast_unsigned(), by };
        Ok((record, format!("{name} {key}")))
    })?;
    Ok(piece(from, found))
}

/// An outlet as it is stored.
fn outlet(name: &str) -> Result<Outlet, Fault> {
    serde_json::from_value(name.into()).map_err(|e| Fault::damaged("outlet", &e))
}

fn urls(tx: &Tx<'_>, from: &Cursor) -> Result<Vec<Found>, Fault> {
    let [host, band, seq] = numbers(&from.after);
    let sql = "SELECT name, band, depth, entry, host, seq FROM pending \
               CROSS JOIN host ON host.id = pending.host \
               WHERE (host, band, seq) > (?1, ?2, ?3) ORDER BY host, band, seq LIMIT ?4";
    read(tx, sql, (host, band, seq, limit(from)), |row| {
        let [host, band, seq] = [row.get::<_, i64>(4)?, row.get(1)?, row.get(5)?];
        let record = Record::Url { entry: read_entry(row)? };
        Ok((record, format!("{host} {band} {seq}")))
    })
}

fn due(tx: &Tx<'_>, from: &Cursor) -> Result<Vec<Found>, Fault> {
    let [host, lane, at, key] = numbers(&from.after);
    let sql = "SELECT name, band, depth, entry, host, lane, at, fingerprint FROM due \
               CROSS JOIN host ON host.id = due.host \
               WHERE (host, lane, at, fingerprint) > (?1, ?2, ?3, ?4) \
               ORDER BY host, lane, at, fingerprint LIMIT ?5";
    read(tx, sql, (host, lane, at, key, limit(from)), |row| {
        let [host, lane, at, key] = [row.get::<_, i64>(4)?, row.get(5)?, row.get(6)?, row.get(7)?];
        let record = Record::Due { entry: read_entry(row)?, in_us: at - tx.now.0 };
        Ok((record, format!("{host} {lane} {at} {key}")))
    })
}

/// The entry of a row that begins with host, band, depth, text.
fn read_entry(row: &Row<'_>) -> Result<crawl::Entry, Fault> {
    let host: HostKey = host_key(&row.get::<_, String>(0)?)?;
    let band = entry::band(row.get(1)?)?;
    entry::read(&row.get::<_, String>(3)?, row.get(2)?, band, &host)
}

/// Known URLs, by fingerprint; those of a piece by share.
fn seen(tx: &Tx<'_>, from: &Cursor) -> Result<Dumped, Fault> {
    let first = from.after.parse().map_or(i64::MIN, |after: i64| after.saturating_add(1));
    let sql = "SELECT fingerprint, share FROM seen WHERE fingerprint >= ?1 \
               ORDER BY fingerprint LIMIT ?2";
    let chunk = 32 * from.chunk;
    let place = (first, i64::try_from(chunk).unwrap_or(i64::MAX));
    let mut rows: Vec<(Option<u16>, i64)> =
        read(tx, sql, place, |row| Ok((row.get(1)?, row.get(0)?)))?;
    let last = rows.last().map(|(_, key)| key.to_string()).unwrap_or_default();
    let is_last = rows.len() < chunk;
    rows.sort_unstable();
    let mut records = Vec::new();
    for of_share in rows.chunk_by(|a, b| a.0 == b.0) {
        for some in of_share.chunks(from.seen_chunk()) {
            let urls = some.iter().map(|(_, key)| fingerprint(*key)).collect();
            records.push(match some.first().and_then(|(share, _)| *share) {
                Some(number) => {
                    let share = Share::try_from(number).map_err(|e| Fault::damaged("share", &e))?;
                    Record::Seen { share, urls }
                }
                None => Record::Unplaced { urls },
            });
        }
    }
    let next = if is_last { from.next_section() } else { Some(from.clone().behind(last)) };
    Ok(Dumped { records, next })
}

fn limit(from: &Cursor) -> i64 {
    i64::try_from(from.chunk).unwrap_or(i64::MAX)
}
