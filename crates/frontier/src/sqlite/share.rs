//! Whose the known URLs are, in a file that was made before that was kept.

use crawl::{Fingerprint, HostKey, Share};
use rusqlite::{Connection, params};

use super::entry::{self, key};
use super::fault::Fault;

/// Notes the shares of all URLs that wait: their hosts are known.
pub(super) fn place_waiting(conn: &Connection) -> Result<(), Fault> {
    let mut update = conn.prepare("UPDATE seen SET share = ?2 WHERE fingerprint = ?1")?;
    let mut select = conn.prepare(
        "SELECT name, entry FROM pending JOIN host ON host.id = pending.host \
         UNION ALL SELECT name, entry FROM due JOIN host ON host.id = due.host",
    )?;
    let mut rows = select.query([])?;
    while let Some(row) = rows.next()? {
        let (name, text): (String, String) = (row.get(0)?, row.get(1)?);
        let host = HostKey::parse(&name).map_err(|e| Fault::damaged("host name", &e))?;
        let url = entry::fingerprint(&text, &host)?;
        update.execute(params![key(url), Share::of(&host).number()])?;
    }
    Ok(())
}

/// The fingerprint of this key: see [`key`].
pub(super) fn fingerprint(key: i64) -> Fingerprint {
    Fingerprint(key.cast_unsigned() ^ (1 << 63))
}
