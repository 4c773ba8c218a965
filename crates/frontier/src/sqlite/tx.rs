//! A transaction as a call sees it.

use crawl::{Band, UnixMicros};
use rusqlite::{Connection, named_params};

use super::fault::Fault;

/// The transaction that a call runs in.
pub(super) struct Tx<'c> {
    pub(super) conn: &'c Connection,
    /// Logical time; the same for all calls of a transaction.
    pub(super) now: UnixMicros,
    /// What the call changes in the sums.
    pub(super) sums: Sums,
}

/// Changes of the sums in `meta`.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Sums {
    pub(super) drawn: i64,
    pub(super) seen: i64,
    pub(super) hosts: i64,
    /// Hosts with URLs of any kind.
    pub(super) working: i64,
    pub(super) pending: [i64; Band::ALL.len()],
    pub(super) in_flight: i64,
    pub(super) due: i64,
}

impl<'c> Tx<'c> {
    pub(super) fn new(conn: &'c Connection, now: UnixMicros) -> Self {
        Self { conn, now, sums: Sums::default() }
    }

    /// Does a call whole or not at all, whatever else the transaction holds.
    pub(super) fn whole<T>(
        &mut self,
        call: impl FnOnce(&mut Self) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        self.sums = Sums::default();
        self.run("SAVEPOINT call")?;
        let done = call(self).and_then(|value| self.add_up().map(|()| value));
        // Some failures undo the whole transaction, and the savepoint with it.
        if !self.conn.is_autocommit() {
            if done.is_err() {
                self.run("ROLLBACK TO call")?;
            }
            self.run("RELEASE call")?;
        }
        done
    }

    fn run(&self, sql: &str) -> Result<(), Fault> {
        self.conn.prepare_cached(sql)?.execute([])?;
        Ok(())
    }

    fn add_up(&self) -> Result<(), Fault> {
        let sums = &self.sums;
        if *sums == Sums::default() {
            return Ok(());
        }
        let mut update = self.conn.prepare_cached(
            "UPDATE meta SET drawn = drawn + :drawn, seen = seen + :seen, hosts = hosts + :hosts, \
             working = working + :working, pending_hub = pending_hub + :hub, \
             pending_article = pending_article + :article, \
             pending_backfill = pending_backfill + :backfill, in_flight = in_flight + :in_flight, \
             due = due + :due",
        )?;
        update.execute(named_params! {
            ":drawn": sums.drawn, ":seen": sums.seen, ":hosts": sums.hosts,
            ":working": sums.working, ":hub": sums.pending[0], ":article": sums.pending[1],
            ":backfill": sums.pending[2], ":in_flight": sums.in_flight, ":due": sums.due,
        })?;
        Ok(())
    }
}
