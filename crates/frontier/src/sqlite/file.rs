//! Opening the file: whose it is, which version, which tables.

use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, OpenFlags, TransactionBehavior};

use super::Mode;
use super::fault::Fault;
use super::share;
use crate::{Error, Result};

/// The version of the tables, kept as `PRAGMA user_version`.
pub(super) const VERSION: u32 = 4;

/// Says that a database is a frontier, kept as `PRAGMA application_id`: "NHFR".
const APPLICATION_ID: i32 = 0x4E48_4652;

/// How long another process may hold the write lock before a call fails (and may be tried again).
const BUSY_MAX: Duration = Duration::from_secs(10);

/// Statements of all calls together; none is ever compiled twice.
const STATEMENTS_MAX: usize = 128;

/// 48 MB of pages in memory. The WAL goes into the file when it has 32 MB (less would sync more
/// often), and is cut back after a large transaction.
const PRAGMAS: &str = "
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = NORMAL;
    PRAGMA cache_size = -49152;
    PRAGMA wal_autocheckpoint = 8192;
    PRAGMA journal_size_limit = 67108864;
    PRAGMA temp_store = MEMORY;
";

/// Opens the file, checks whose it is, and makes the tables in a new one.
pub(super) fn open(path: &Path, mode: Mode) -> Result<Connection> {
    let mut flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    if mode == Mode::Owner {
        flags |= OpenFlags::SQLITE_OPEN_CREATE;
    }
    let opened = Connection::open_with_flags(path, flags).map_err(Fault::Sql);
    let mut conn = opened.map_err(|fault| match fault {
        Fault::Sql(e) if is_missing(&e, path) => missing(path),
        fault => fault.at("open", path),
    })?;
    conn.busy_timeout(BUSY_MAX).map_err(|e| Fault::Sql(e).at("open", path))?;
    conn.set_prepared_statement_cache_capacity(STATEMENTS_MAX);
    let is_new = check(&conn, path)?;
    if is_new && mode == Mode::Beside {
        return Err(missing(path));
    }
    conn.execute_batch(PRAGMAS).map_err(|e| Fault::Sql(e).at("set up", path))?;
    make(&mut conn).map_err(|fault| fault.at("make the tables", path))?;
    Ok(conn)
}

fn is_missing(error: &rusqlite::Error, path: &Path) -> bool {
    error.sqlite_error_code() == Some(ErrorCode::CannotOpen) && !path.exists()
}

fn missing(path: &Path) -> Error {
    Error::Missing { path: path.to_owned() }
}

/// Refuses a file of a newer version, and one that is somebody else's, before anything is written.
/// Gives whether there is nothing in it yet.
fn check(conn: &Connection, path: &Path) -> Result<bool> {
    let read = |name| conn.query_row(name, [], |row| row.get(0));
    let pragmas = || -> rusqlite::Result<(i64, u32, i32)> {
        let tables = conn.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
        let id = conn.query_row("PRAGMA application_id", [], |row| row.get(0))?;
        Ok((tables, read("PRAGMA user_version")?, id))
    };
    let (tables, found, id) = pragmas().map_err(|e| Fault::Sql(e).at("read the version", path))?;
    if tables == 0 && found == 0 {
        return Ok(true);
    }
    if id != APPLICATION_ID {
        return Err(Error::Foreign { path: path.to_owned() });
    }
    if found > VERSION {
        return Err(Error::Newer { path: path.to_owned(), found, supported: VERSION });
    }
    Ok(false)
}

/// Makes the tables, or those that an older version has not.
fn make(conn: &mut Connection) -> std::result::Result<(), Fault> {
    let version =
        |conn: &Connection| conn.query_row("PRAGMA user_version", [], |row| row.get::<_, u32>(0));
    if version(conn)? >= VERSION {
        return Ok(());
    }
    let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
    // Another process may have made them since.
    let found = version(&tx)?;
    if found == 0 {
        tx.execute_batch(include_str!("schema.sql"))?;
        tx.execute("INSERT INTO meta (id, now) VALUES (1, 0)", [])?;
        tx.pragma_update(None, "application_id", APPLICATION_ID)?;
    }
    if found < 2 {
        tx.execute_batch(include_str!("schema_2.sql"))?;
    }
    if found < 3 {
        tx.execute_batch(include_str!("schema_3.sql"))?;
    }
    tx.execute_batch(include_str!("schema_4.sql"))?;
    share::place_waiting(&tx)?;
    tx.pragma_update(None, "user_version", VERSION)?;
    Ok(tx.commit()?)
}
