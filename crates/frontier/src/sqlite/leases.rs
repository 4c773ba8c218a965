//! The calls about leases, on a transaction.

use std::time::Duration;

use crawl::{Fingerprint, HostKey, Lane};

use super::calls::{Hosts, enqueue_into, robots_of, store_robots};
use super::control;
use super::draw::{self, Caps};
use super::fault::Fault;
use super::figures;
use super::host::Host;
use super::outlets;
use super::tx::Tx;
use crate::time::{after, micros};
use crate::turn;
use crate::{
    Extended, Extension, HostReply, Idle, Lease, LeaseAsk, LeaseReply, LeaseToken, OUTLET_BUSY_FOR,
    Settled, Settlement, Verdict,
};

pub(super) fn lease(tx: &mut Tx<'_>, ask: &LeaseAsk) -> Result<LeaseReply, Fault> {
    let mut caps = Caps::new(ask.outlet_leases_max);
    for lane in turn::lanes(figures::drawn(tx)?) {
        if let Some(name) = draw::next(tx, lane, &mut caps)? {
            let host = Host::named_or_new(tx, &name)?;
            tx.sums.drawn += 1;
            return Ok(LeaseReply::Leased(Box::new(lease_now(tx, host, lane, ask)?)));
        }
    }
    Ok(LeaseReply::Nothing(Idle {
        next_ready_in: figures::idle_for(tx)?,
        leased: figures::leased(tx)?,
    }))
}

pub(super) fn lease_host(
    tx: &mut Tx<'_>,
    name: &HostKey,
    ask: &LeaseAsk,
) -> Result<HostReply, Fault> {
    let host = Host::named_or_new(tx, name)?;
    if host.free_at() > tx.now {
        return Ok(HostReply::Busy { free_in: host.free_at().since(tx.now) });
    }
    if Caps::new(ask.outlet_leases_max).capped(tx, name)?.is_some() {
        return Ok(HostReply::Busy { free_in: OUTLET_BUSY_FOR });
    }
    let lane = host.lane();
    Ok(HostReply::Leased(Box::new(lease_now(tx, host, lane, ask)?)))
}

fn lease_now(tx: &mut Tx<'_>, mut host: Host, lane: Lane, ask: &LeaseAsk) -> Result<Lease, Fault> {
    // What an abandoned lease left in flight is at the head of its band: it is simply taken again.
    host.move_due(tx.conn, tx.now)?;
    if host.is.fence == 0 {
        host.is.delay = micros(ask.first_delay);
    }
    host.is.fence += 1;
    host.is.worker = Some(ask.worker.clone());
    let deadline_in = host.hold(tx.now, ask.lease_for);
    let urls = host.take(tx.conn, ask.urls_max)?;
    host.save(tx)?;
    let outlet = host.name.outlet();
    let (terms, account) = outlets::terms_and_account(tx, &outlet)?;
    Ok(Lease {
        token: LeaseToken { host: host.name.clone(), fence: host.is.fence.unsigned_abs() },
        at: tx.now,
        deadline_in,
        delay: host.delay(),
        state: host.state()?,
        lane,
        urls,
        robots: robots_of(tx, &host)?,
        terms,
        account,
        directives: control::concerning(tx, &host.name, &outlet)?,
    })
}

pub(super) fn extend(
    tx: &mut Tx<'_>,
    token: &LeaseToken,
    extension: &Extension,
) -> Result<Extended, Fault> {
    let mut host = held(tx, token)?;
    host.remember(extension.delay, &extension.state)?;
    let deadline_in = host.hold(tx.now, extension.lease_for);
    let mut hosts = Hosts::default();
    hosts.insert(host);
    store_robots(tx, &mut hosts, &extension.robots)?;
    hosts.save(tx)?;
    Ok(Extended { deadline_in })
}

pub(super) fn settle(
    tx: &mut Tx<'_>,
    token: &LeaseToken,
    settlement: &Settlement,
) -> Result<Settled, Fault> {
    let mut host = held(tx, token)?;
    judge(tx, &mut host, &settlement.verdicts)?;
    host.land();
    host.is.deadline = None;
    host.is.worker = None;
    host.is.ready_at = after(tx.now, settlement.host_ready_in).0;
    host.remember(settlement.delay, &settlement.state)?;
    outlets::settle(tx, &host.name.outlet(), &settlement.posting, &settlement.seeds)?;
    let mut hosts = Hosts::default();
    hosts.insert(host);
    store_robots(tx, &mut hosts, &settlement.robots)?;
    let settled = enqueue_into(tx, &mut hosts, &settlement.links)?;
    hosts.save(tx)?;
    Ok(settled)
}

/// Carries out the verdicts on URLs in flight. What goes back stays where it is.
fn judge(tx: &Tx<'_>, host: &mut Host, verdicts: &[(Fingerprint, Verdict)]) -> Result<(), Fault> {
    let is_judged = |(_, verdict): &&(Fingerprint, Verdict)| *verdict != Verdict::Back;
    let judged: Vec<_> = verdicts.iter().filter(is_judged).collect();
    let wanted: Vec<Fingerprint> = judged.iter().map(|(fingerprint, _)| *fingerprint).collect();
    let mut flying = host.flying(tx.conn, &wanted)?;
    for (fingerprint, verdict) in judged {
        let is_it = flying.iter().position(|url| url.fingerprint == *fingerprint);
        let Some(url) = is_it.map(|place| flying.swap_remove(place)) else { continue };
        host.remove(tx.conn, &url)?;
        if let Verdict::Again { after: wait, entry } = verdict {
            host.put_aside(tx.conn, entry, after(tx.now, *wait))?;
        }
    }
    Ok(())
}

/// The host of a lease that is in force.
fn held(tx: &Tx<'_>, token: &LeaseToken) -> Result<Host, Fault> {
    match Host::named(tx, &token.host)? {
        Some(host) if host.holds(token.fence, tx.now) => Ok(host),
        _ => Err(Fault::Refused(token.stale())),
    }
}

/// What a new owner does: see [`Mode::Owner`](super::Mode::Owner).
pub(super) fn drop_all(tx: &mut Tx<'_>) -> Result<(), Fault> {
    let now = after(tx.now, Duration::ZERO).0;
    tx.conn.execute("DELETE FROM token", [])?;
    tx.conn.execute(
        "UPDATE host SET ready_at = iif(deadline IS NULL, max(ready_at, ?1 + delay), ?1 + delay), \
         deadline = NULL, worker = NULL, flight_hub = 0, flight_article = 0, flight_backfill = 0 \
         WHERE deadline IS NOT NULL OR ready_at < ?1 + delay",
        [now],
    )?;
    tx.conn.execute(
        "UPDATE host SET \
         fresh_at = max(ready_at, held_until, \
         iif(queued_hub + queued_article > 0, ready_at, due_fresh)), \
         backfill_at = max(ready_at, held_until, iif(queued_backfill > 0, ready_at, due_backfill)) \
         WHERE fresh_at IS NOT NULL OR backfill_at IS NOT NULL",
        [],
    )?;
    tx.conn.execute(
        "UPDATE meta SET in_flight = 0, (pending_hub, pending_article, pending_backfill) = \
         (SELECT coalesce(sum(queued_hub), 0), coalesce(sum(queued_article), 0), \
         coalesce(sum(queued_backfill), 0) FROM host)",
        [],
    )?;
    Ok(())
}
