//! Opening the file: whose it is, which version, which tables.

use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags, TransactionBehavior};

use super::error::{Error, Fault};
use crate::Config;

/// The version of the tables, kept as `PRAGMA user_version`.
pub(super) const VERSION: u32 = 1;

/// Says that a database holds stories, kept as `PRAGMA application_id`: "NHST".
const APPLICATION_ID: i32 = 0x4E48_5354;

/// How long another process may hold the lock before a call fails.
const BUSY_MAX: Duration = Duration::from_secs(10);

/// Statements that are kept compiled: more than there are.
const STATEMENTS_MAX: usize = 64;

/// What a crash of the machine takes from the tail is caught up from the archive, so nothing waits
/// for the disk. 32 MB of pages in memory.
const PRAGMAS: &str = "
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = NORMAL;
    PRAGMA cache_size = -32768;
    PRAGMA wal_autocheckpoint = 4096;
    PRAGMA journal_size_limit = 67108864;
    PRAGMA temp_store = MEMORY;
";

/// What came later: a file that has it can be used by a program that does not know it, and the
/// other way round. One row: what whoever hands articles in has noted with the last of them.
const LATER: &str = "
    CREATE TABLE IF NOT EXISTS note (
        id INTEGER PRIMARY KEY CHECK (id = 1),
        text TEXT NOT NULL
    ) STRICT;
";

/// Opens a file to write in it, and makes it where it is missing.
pub(super) fn own(path: &Path, config: &Config) -> Result<Connection, Error> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
        | OpenFlags::SQLITE_OPEN_CREATE
        | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut conn = connect(path, flags)?;
    let is_new = check(&conn, path)?;
    conn.execute_batch(PRAGMAS).map_err(|e| Fault::Sql(e).at("set up", path))?;
    if is_new {
        make(&mut conn, config).map_err(|fault| fault.at("make the tables", path))?;
    }
    conn.execute_batch(LATER).map_err(|e| Fault::Sql(e).at("make the tables", path))?;
    Ok(conn)
}

/// Opens a file to read beside whoever writes in it.
pub(super) fn beside(path: &Path) -> Result<Connection, Error> {
    if !path.is_file() {
        return Err(Error::Missing { path: path.to_owned() });
    }
    // A reader of a WAL needs the memory file beside it, which may have to be made.
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let conn = connect(path, flags)?;
    if check(&conn, path)? {
        return Err(Error::Missing { path: path.to_owned() });
    }
    conn.pragma_update(None, "query_only", true).map_err(|e| Fault::Sql(e).at("open", path))?;
    Ok(conn)
}

fn connect(path: &Path, flags: OpenFlags) -> Result<Connection, Error> {
    let failed = |e| Fault::Sql(e).at("open the stories", path);
    let conn = Connection::open_with_flags(path, flags).map_err(failed)?;
    conn.busy_timeout(BUSY_MAX).map_err(failed)?;
    conn.set_prepared_statement_cache_capacity(STATEMENTS_MAX);
    Ok(conn)
}

/// Refuses a file of a newer version, and one that is somebody else's, before anything is written.
/// Gives whether there is nothing in it yet.
fn check(conn: &Connection, path: &Path) -> Result<bool, Error> {
    let pragmas = || -> rusqlite::Result<(i64, u32, i32)> {
        let tables = conn.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
        let version = conn.query_row("PRAGMA user_version", [], |row| row.get(0))?;
        let id = conn.query_row("PRAGMA application_id", [], |row| row.get(0))?;
        Ok((tables, version, id))
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

fn make(conn: &mut Connection, config: &Config) -> Result<(), Fault> {
    let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
    tx.execute_batch(include_str!("schema.sql"))?;
    let config = serde_json::to_string(config).map_err(Fault::damaged)?;
    tx.execute("INSERT INTO meta (id, config) VALUES (1, ?)", [config])?;
    tx.pragma_update(None, "application_id", APPLICATION_ID)?;
    tx.pragma_update(None, "user_version", VERSION)?;
    Ok(tx.commit()?)
}
