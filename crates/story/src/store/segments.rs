//! The files that articles come from, and how much of each is here.

use rusqlite::{Connection, OptionalExtension as _, params};

use super::error::Fault;

/// A file of articles that is known to be here as a whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Segment {
    /// The file name of its segment.
    pub name: String,
    /// Lines that the file had then.
    pub lines: u64,
    /// Bytes that it had.
    pub bytes: u64,
}

/// The number of a segment, which is given to it where it has none.
pub(super) fn number(conn: &Connection, archive: &str, name: &str) -> Result<i64, Fault> {
    let find = "SELECT id FROM segment WHERE archive = ? AND name = ?";
    let row = params![archive, name];
    let found = conn.prepare_cached(find)?.query_row(row, |row| row.get(0)).optional()?;
    if let Some(id) = found {
        return Ok(id);
    }
    let add = "INSERT INTO segment (archive, name) VALUES (?, ?)";
    conn.prepare_cached(add)?.execute(params![archive, name])?;
    Ok(conn.last_insert_rowid())
}

/// The segments of an archive that are here as a whole.
pub(super) fn all(conn: &Connection, archive: &str) -> Result<Vec<Segment>, Fault> {
    let sql = "SELECT name, lines, bytes FROM segment
        WHERE archive = ? AND lines IS NOT NULL AND bytes IS NOT NULL";
    let mut statement = conn.prepare_cached(sql)?;
    let row = |row: &rusqlite::Row<'_>| {
        Ok(Segment { name: row.get(0)?, lines: row.get(1)?, bytes: row.get(2)? })
    };
    Ok(statement.query_map([archive], row)?.collect::<Result<_, _>>()?)
}

/// Notes that a file is here as a whole.
pub(super) fn note(conn: &Connection, archive: &str, segment: &Segment) -> Result<(), Fault> {
    let id = number(conn, archive, &segment.name)?;
    let sql = "UPDATE segment SET lines = ?, bytes = ? WHERE id = ?";
    conn.prepare_cached(sql)?.execute(params![segment.lines, segment.bytes, id])?;
    Ok(())
}
