//! Tables, version, pragmas.

use std::path::Path;

use rusqlite::{Connection, OpenFlags};

use crate::{Error, Result};

/// The version of the tables, in `PRAGMA user_version`.
pub(super) const VERSION: u32 = 1;

/// "NHFR": says that a database is a frontier (`PRAGMA application_id`).
const APPLICATION_ID: i32 = 0x4E48_4652;

/// Milliseconds for which another process may hold the write lock.
const BUSY_MS: std::time::Duration = std::time::Duration::from_secs(30);

/// Every table is made for one access: by host, in order, or by fingerprint. Times are logical
/// microseconds. Fingerprints are shifted into the signed range, which keeps their order.
const TABLES: &str = "
    CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
    CREATE TABLE note (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
    CREATE TABLE scope (member TEXT PRIMARY KEY) WITHOUT ROWID;
    CREATE TABLE seen (fingerprint INTEGER PRIMARY KEY);
    CREATE TABLE host (
        id INTEGER PRIMARY KEY,
        name TEXT NOT NULL UNIQUE,
        outlet TEXT NOT NULL,
        fence INTEGER NOT NULL,
        deadline INTEGER,
        ready_at INTEGER NOT NULL,
        delay_us INTEGER NOT NULL,
        state TEXT NOT NULL,
        turn INTEGER NOT NULL,
        head INTEGER NOT NULL,
        tail INTEGER NOT NULL,
        pending_hub INTEGER NOT NULL,
        pending_article INTEGER NOT NULL,
        pending_backfill INTEGER NOT NULL,
        flight_fresh INTEGER NOT NULL,
        flight_backfill INTEGER NOT NULL,
        fresh_at INTEGER,
        backfill_at INTEGER
    );
    CREATE INDEX host_fresh ON host (fresh_at, name) WHERE fresh_at IS NOT NULL;
    CREATE INDEX host_backfill ON host (backfill_at, name) WHERE backfill_at IS NOT NULL;
    CREATE INDEX host_deadline ON host (deadline) WHERE deadline IS NOT NULL;
    CREATE TABLE pending (
        host INTEGER NOT NULL,
        band INTEGER NOT NULL,
        place INTEGER NOT NULL,
        entry TEXT NOT NULL,
        PRIMARY KEY (host, band, place)
    ) WITHOUT ROWID;
    CREATE TABLE due (
        host INTEGER NOT NULL,
        fingerprint INTEGER NOT NULL,
        at INTEGER NOT NULL,
        is_fresh INTEGER NOT NULL,
        attempt INTEGER NOT NULL,
        entry TEXT NOT NULL,
        PRIMARY KEY (host, fingerprint)
    ) WITHOUT ROWID;
    CREATE INDEX due_at ON due (host, at);
    CREATE INDEX due_lane ON due (host, is_fresh, at);
    CREATE TABLE flight (
        host INTEGER NOT NULL,
        place INTEGER NOT NULL,
        fingerprint INTEGER NOT NULL,
        entry TEXT NOT NULL,
        PRIMARY KEY (host, place)
    ) WITHOUT ROWID;
    CREATE TABLE robots (
        origin TEXT PRIMARY KEY,
        host INTEGER NOT NULL,
        copy TEXT NOT NULL,
        stored_at INTEGER NOT NULL
    ) WITHOUT ROWID;
    CREATE INDEX robots_host ON robots (host);
";

/// Opens the file, checks whose it is, and makes the tables in a new one.
pub(super) fn open(path: &Path) -> Result<Connection> {
    let failed = |operation| move |source| storage(operation, path, source);
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
        | OpenFlags::SQLITE_OPEN_CREATE
        | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut db = Connection::open_with_flags(path, flags).map_err(failed("open the frontier"))?;
    db.busy_timeout(BUSY_MS).map_err(failed("open the frontier"))?;
    db.set_prepared_statement_cache_capacity(64);
    check(&db, path)?;
    // 64 MB of cache at most; the WAL is cut back after a large transaction.
    let pragmas = "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;
        PRAGMA cache_size = -32768; PRAGMA journal_size_limit = 67108864;
        PRAGMA temp_store = MEMORY;";
    db.execute_batch(pragmas).map_err(failed("set up the frontier"))?;
    make(&mut db).map_err(failed("make the tables"))?;
    Ok(db)
}

/// Refuses a file of a newer version, and one that is somebody else's, before anything is written.
fn check(db: &Connection, path: &Path) -> Result<()> {
    let read = |pragma| {
        db.query_row(&format!("PRAGMA {pragma}"), [], |row| row.get::<_, i64>(0)).map_err(
            |source| match source.sqlite_error_code() {
                Some(rusqlite::ErrorCode::NotADatabase) => Error::Foreign { path: path.into() },
                _ => storage("read the version", path, source),
            },
        )
    };
    let found = read("user_version")?;
    let is_ours = read("application_id")? == i64::from(APPLICATION_ID);
    let is_empty = read("schema_version")? == 0;
    match u32::try_from(found) {
        _ if is_empty => Ok(()),
        _ if !is_ours => Err(Error::Foreign { path: path.into() }),
        Ok(found) if found > VERSION => {
            Err(Error::Newer { path: path.into(), found, supported: VERSION })
        }
        _ => Ok(()),
    }
}

fn make(db: &mut Connection) -> rusqlite::Result<()> {
    let tx = db.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    // Another process may have made them in the meantime.
    let version: u32 = tx.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    if version == 0 {
        tx.execute_batch(TABLES)?;
        tx.pragma_update(None, "application_id", APPLICATION_ID)?;
        tx.pragma_update(None, "user_version", VERSION)?;
    }
    tx.commit()
}

/// Our error for what SQLite says.
pub(super) fn storage(operation: &'static str, path: &Path, source: rusqlite::Error) -> Error {
    match source.sqlite_error_code() {
        Some(rusqlite::ErrorCode::DiskFull) => Error::Full { operation, path: path.into(), source },
        _ => Error::Storage { operation, path: path.into(), source },
    }
}
