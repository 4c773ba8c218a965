//! The state of the engine in the store: as large as it is, in parts that a row can hold.

use std::io::{self, Read, Write};

use rusqlite::{Connection, OptionalExtension as _};

use super::error::Fault;
use crate::{Config, Stories};

/// Bytes of a part.
const PART_BYTES: usize = 1 << 20;

/// Writes the state, up to and with this document.
pub(super) fn write(conn: &Connection, engine: &Stories, document: u64) -> Result<(), Fault> {
    let mut parts = PartsOut { conn, part: 0, buffer: Vec::with_capacity(PART_BYTES) };
    written(engine.checkpoint(&mut parts))?;
    parts.put()?;
    conn.execute("DELETE FROM checkpoint WHERE part >= ?", [parts.part])?;
    let config = serde_json::to_string(engine.config()).map_err(Fault::damaged)?;
    conn.execute("UPDATE meta SET checkpoint = ?, config = ?", (document, config))?;
    Ok(())
}

/// Reads the state, and up to which document it goes: an empty one where there is none. It has the
/// bounds that it was written with.
pub(super) fn read(conn: &Connection) -> Result<(Stories, u64), Fault> {
    let row = |row: &rusqlite::Row<'_>| Ok((row.get::<_, u64>(0)?, row.get::<_, String>(1)?));
    let (document, config) = conn.query_row("SELECT checkpoint, config FROM meta", [], row)?;
    let config: Config = serde_json::from_str(&config)
        .map_err(|e| Fault::Damaged(format!("the bounds of its checkpoint: {e}")))?;
    if document == 0 {
        return Ok((Stories::new(config), 0));
    }
    let mut parts = PartsIn { conn, part: 0, bytes: Vec::new(), used: 0 };
    let engine = written(Stories::restore(config, &mut parts))?;
    Ok((engine, document))
}

/// What the database has said, out of what the engine made of it.
fn written<T>(done: Result<T, crate::Error>) -> Result<T, Fault> {
    done.map_err(|error| match error {
        crate::Error::Checkpoint { what, source } => match source.downcast::<rusqlite::Error>() {
            Ok(sql) => Fault::Sql(sql),
            Err(source) => Fault::Engine(crate::Error::Checkpoint { what, source }),
        },
        error => Fault::Engine(error),
    })
}

struct PartsOut<'a> {
    conn: &'a Connection,
    part: i64,
    buffer: Vec<u8>,
}

impl PartsOut<'_> {
    fn put(&mut self) -> rusqlite::Result<()> {
        if self.buffer.is_empty() {
            return Ok(());
        }
        let sql = "INSERT OR REPLACE INTO checkpoint (part, bytes) VALUES (?, ?)";
        self.conn.prepare_cached(sql)?.execute((self.part, &self.buffer))?;
        self.part += 1;
        self.buffer.clear();
        Ok(())
    }
}

impl Write for PartsOut<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.buffer.extend_from_slice(bytes);
        if self.buffer.len() >= PART_BYTES {
            self.put().map_err(io::Error::other)?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

struct PartsIn<'a> {
    conn: &'a Connection,
    part: i64,
    bytes: Vec<u8>,
    used: usize,
}

impl Read for PartsIn<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.used == self.bytes.len() {
            let sql = "SELECT bytes FROM checkpoint WHERE part = ?";
            let next = || {
                let mut statement = self.conn.prepare_cached(sql)?;
                statement.query_row([self.part], |row| row.get(0)).optional()
            };
            let Some(bytes) = next().map_err(io::Error::other)? else { return Ok(0) };
            (self.bytes, self.used) = (bytes, 0);
            self.part += 1;
        }
        let count = into.len().min(self.bytes.len() - self.used);
        into[..count].copy_from_slice(&self.bytes[self.used..self.used + count]);
        self.used += count;
        Ok(count)
    }
}
