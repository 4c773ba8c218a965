//! The texts of the window.

use std::io::Read as _;
use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension as _};

use super::error::Fault;
use crate::article::{Texts, TextsError};

/// zstd's default.
const LEVEL: i32 = 3;

/// Bytes of a text at most: what says more is damaged.
const BYTES_MAX: u64 = 256 << 20;

/// The texts of a store, as the engine asks for them.
pub(super) struct StoredTexts<'a>(pub(super) &'a Connection);

impl Texts for StoredTexts<'_> {
    fn text(&self, id: u64) -> Result<Option<Arc<str>>, TextsError> {
        let Some(packed) = packed(self.0, id)? else { return Ok(None) };
        Ok(Some(unpack(&packed)?.into()))
    }
}

/// The text of a document; nothing when it was given up.
pub(super) fn read(conn: &Connection, document: u64) -> Result<Option<String>, Fault> {
    let Some(packed) = packed(conn, document)? else { return Ok(None) };
    let damaged = |e| Fault::Damaged(format!("the text of document {document}: {e}"));
    unpack(&packed).map(Some).map_err(damaged)
}

fn packed(conn: &Connection, document: u64) -> rusqlite::Result<Option<Vec<u8>>> {
    let mut statement = conn.prepare_cached("SELECT packed FROM text WHERE document = ?")?;
    statement.query_row([document], |row| row.get(0)).optional()
}

/// Keeps a text.
pub(super) fn write(conn: &Connection, document: u64, text: &str) -> Result<(), Fault> {
    let packed = zstd::bulk::compress(text.as_bytes(), LEVEL).map_err(Fault::damaged)?;
    let mut statement = conn.prepare_cached("INSERT INTO text (document, packed) VALUES (?, ?)")?;
    statement.execute(rusqlite::params![document, packed])?;
    Ok(())
}

/// Gives up the texts of all documents before this one.
pub(super) fn drop_before(conn: &Connection, document: u64) -> Result<(), Fault> {
    conn.prepare_cached("DELETE FROM text WHERE document < ?")?.execute([document])?;
    conn.prepare_cached("UPDATE meta SET texts_from = max(texts_from, ?)")?.execute([document])?;
    Ok(())
}

fn unpack(packed: &[u8]) -> std::io::Result<String> {
    let mut text = String::new();
    zstd::Decoder::new(packed)?.take(BYTES_MAX).read_to_string(&mut text)?;
    Ok(text)
}
