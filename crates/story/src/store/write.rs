//! Documents and stories as rows.

use std::collections::BTreeSet;

use crawl::Labels;
use rusqlite::{Connection, OptionalExtension as _, named_params, params};

use super::arrival::{Arrival, Place};
use super::error::Fault;
use crate::{Assignment, Kind};

/// The number of the document with these keys of URL and text.
pub(super) fn known(conn: &Connection, keys: (i64, i64)) -> Result<Option<u64>, Fault> {
    let sql = "SELECT number FROM document WHERE url_key = ? AND text_key = ?";
    Ok(conn.prepare_cached(sql)?.query_row(keys, |row| row.get(0)).optional()?)
}

/// Adds a document.
pub(super) fn document(
    conn: &Connection,
    number: u64,
    arrival: &Arrival,
    assignment: &Assignment,
) -> Result<(), Fault> {
    let segment = arrival.place.as_ref().map(|place| segment(conn, place)).transpose()?;
    let mut statement = conn.prepare_cached(
        "INSERT INTO document (number, given, story, kind, url, url_key, text_key, outlet,
            seen_at, first_at, published_at, published, headline, byline, language, declared,
            agency, noarchive, partial, digest, segment, record, offset)
         VALUES (:number, :story, :story, :kind, :url, :url_key, :text_key, :outlet,
            :seen_at, :first_at, :published_at, :published, :headline, :byline, :language,
            :declared, :agency, :noarchive, :partial, :digest, :segment, :record, :offset)",
    )?;
    statement.execute(named_params! {
        ":number": number,
        ":story": assignment.story.0,
        ":kind": assignment.kind.as_str(),
        ":url": arrival.url,
        ":url_key": arrival.url_key(),
        ":text_key": arrival.text_key(),
        ":outlet": outlet(conn, &arrival.outlet)?,
        ":seen_at": arrival.seen_at.0,
        ":first_at": arrival.first_at().0,
        ":published_at": arrival.published.as_ref().map(|published| published.at.0),
        ":published": arrival.published.as_ref().map(|published| &published.text),
        ":headline": arrival.headline,
        ":byline": arrival.byline,
        ":language": arrival.language,
        ":declared": arrival.declared,
        ":agency": assignment.agency.map(|agency| agency.0),
        ":noarchive": arrival.noarchive,
        ":partial": arrival.partial,
        ":digest": arrival.digest,
        ":segment": segment,
        ":record": arrival.place.as_ref().map(|place| &place.record),
        ":offset": arrival.place.as_ref().map(|place| place.offset),
    })?;
    Ok(())
}

/// Writes why a document is where it is, and what it has brought about. Stories whose sums change
/// are added to `touched`.
pub(super) fn consequences(
    conn: &Connection,
    number: u64,
    assignment: &Assignment,
    touched: &mut BTreeSet<u64>,
) -> Result<(), Fault> {
    let story = assignment.story.0;
    touched.insert(story);
    for (place, reason) in assignment.reasons.iter().enumerate() {
        let kind = reason.kind.as_str();
        let row = params![number, place, reason.article, kind, reason.of_new, reason.of_old];
        conn.prepare_cached("INSERT INTO reason VALUES (?, ?, ?, ?, ?, ?)")?.execute(row)?;
    }
    for linked in &assignment.links {
        link(conn, number, linked.0)?;
    }
    for merged in &assignment.merged {
        merge(conn, number, merged.0, story)?;
        touched.insert(merged.0);
    }
    for moved in &assignment.moved {
        let (from, to) = (moved.from.0, moved.to.0);
        // What was together through a digest only keeps its kind.
        let kind = moved.is_digest.then_some(Kind::Digest.as_str());
        let set = "UPDATE document SET story = ?, kind = coalesce(?, kind) WHERE number = ?";
        conn.prepare_cached(set)?.execute(params![to, kind, moved.article])?;
        let log = "INSERT OR IGNORE INTO move VALUES (?, ?, ?, ?)";
        conn.prepare_cached(log)?.execute(params![moved.article, number, from, to])?;
        if moved.is_digest {
            link(conn, moved.article, from)?;
            link(conn, moved.article, story)?;
            for part in assignment.moved.iter().filter(|part| !part.is_digest) {
                link(conn, moved.article, part.to.0)?;
            }
        }
        touched.extend([from, to]);
    }
    Ok(())
}

/// Puts all documents of one story into another, those behind the window as well.
fn merge(conn: &Connection, by: u64, from: u64, to: u64) -> Result<(), Fault> {
    for sql in [
        "UPDATE document SET story = ?2 WHERE story = ?1",
        "UPDATE OR REPLACE link SET story = ?2 WHERE story = ?1",
        "UPDATE merge SET into_story = ?2 WHERE into_story = ?1",
    ] {
        conn.prepare_cached(sql)?.execute([from, to])?;
    }
    // Nobody is linked to the story that it is in.
    let own = "DELETE FROM link WHERE story = ?1
        AND document IN (SELECT number FROM document WHERE story = ?1)";
    conn.prepare_cached(own)?.execute([to])?;
    let log = "INSERT OR REPLACE INTO merge (story, into_story, document) VALUES (?, ?, ?)";
    conn.prepare_cached(log)?.execute([from, to, by])?;
    Ok(())
}

fn link(conn: &Connection, document: u64, story: u64) -> Result<(), Fault> {
    let sql = "INSERT OR IGNORE INTO link (document, story) VALUES (?, ?)";
    conn.prepare_cached(sql)?.execute([document, story])?;
    Ok(())
}

/// Makes the sums of a story anew; a story without documents is gone.
pub(super) fn sums(conn: &Connection, story: u64) -> Result<(), Fault> {
    conn.prepare_cached("DELETE FROM story WHERE id = ?")?.execute([story])?;
    let sql = "INSERT INTO story (id, size, documents, outlets, agency, first, first_at,
            seen_first, seen_last)
         SELECT ?1, count(DISTINCT url_key), count(*), count(DISTINCT outlet),
            (SELECT agency FROM document WHERE story = ?1 AND agency IS NOT NULL
                GROUP BY agency ORDER BY count(*) DESC, min(number) LIMIT 1),
            (SELECT number FROM document WHERE story = ?1 ORDER BY first_at, number LIMIT 1),
            min(first_at), min(seen_at), max(seen_at)
         FROM document WHERE story = ?1 HAVING count(*) > 0";
    conn.prepare_cached(sql)?.execute([story])?;
    Ok(())
}

/// Keeps the labels of an outlet, in place of those that it had.
pub(super) fn labels(conn: &Connection, name: &str, labels: &Labels) -> Result<(), Fault> {
    let outlet = outlet(conn, name)?;
    conn.prepare_cached("DELETE FROM label WHERE outlet = ?")?.execute([outlet])?;
    let country = labels.country().map(|code| ("country", code));
    let language = labels.language().map(|tag| ("language", tag));
    let tags = labels.tags().iter().map(|tag| ("tag", tag.as_str()));
    for (name, value) in country.into_iter().chain(language).chain(tags) {
        let sql = "INSERT OR IGNORE INTO label (outlet, name, value) VALUES (?, ?, ?)";
        conn.prepare_cached(sql)?.execute(params![outlet, name, value])?;
    }
    Ok(())
}

fn outlet(conn: &Connection, name: &str) -> Result<i64, Fault> {
    let find = "SELECT id FROM outlet WHERE name = ?";
    let found = conn.prepare_cached(find)?.query_row([name], |row| row.get(0)).optional()?;
    if let Some(id) = found {
        return Ok(id);
    }
    conn.prepare_cached("INSERT INTO outlet (name) VALUES (?)")?.execute([name])?;
    Ok(conn.last_insert_rowid())
}

fn segment(conn: &Connection, place: &Place) -> Result<i64, Fault> {
    super::segments::number(conn, &place.archive, &place.segment)
}
