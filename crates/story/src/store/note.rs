//! What whoever hands articles in has noted with the last of them: it stands where they do,
//! whatever the machine loses.

use rusqlite::{Connection, OptionalExtension as _};

use super::error::Fault;

/// Notes this in place of what was noted before.
pub(super) fn write(conn: &Connection, text: &str) -> Result<(), Fault> {
    let sql = "INSERT OR REPLACE INTO note (id, text) VALUES (1, ?)";
    conn.prepare_cached(sql)?.execute([text])?;
    Ok(())
}

/// What was noted last.
pub(super) fn read(conn: &Connection) -> Result<Option<String>, Fault> {
    // A file that is only read may be older than the table.
    let sql = "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = 'note'";
    if conn.query_row(sql, [], |row| row.get::<_, u64>(0))? == 0 {
        return Ok(None);
    }
    let mut statement = conn.prepare_cached("SELECT text FROM note")?;
    Ok(statement.query_row([], |row| row.get(0)).optional()?)
}
