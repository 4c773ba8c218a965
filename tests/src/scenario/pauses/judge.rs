//! What is held against the workers: by what the frontier granted and what the servers saw, on the
//! clock of the world. Nothing that a worker believes counts.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crawl::politeness;
use frontier::LeaseToken;
use serde::Serialize;

/// Findings that are kept in words; the others are counted.
const FINDINGS_MAX: usize = 20;

/// What was seen, in figures.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Seen {
    /// Requests that servers saw.
    pub starts: u64,
    /// Leases that were granted.
    pub leases: u64,
    /// Of these, leases of a host by its name.
    pub leases_by_name: u64,
    /// Leases that ended at their deadline: nobody had settled them.
    pub leases_expired: u64,
    /// Of these, hosts that another worker had next.
    pub leases_taken_over: u64,
    /// Answers of which the frontier never heard: their worker came too late to tell.
    pub answers_untold: u64,
    /// Settles that were refused as stale.
    pub settles_stale: u64,
    /// Extensions that were refused as stale.
    pub extensions_stale: u64,
    /// Hosts that more than one worker talked to.
    pub hosts_contested: u64,
    /// Connections that a stopped worker held beyond the total time of an exchange, because the
    /// server hung: nobody was there to close them.
    pub sockets_held: u64,
    /// Starts while such a connection was held: the exception of guarantee 1.
    pub overlaps_held: u64,
    /// What was done wrong.
    pub findings: u64,
    /// The same in words, the first of them.
    pub what: Vec<String>,
}

/// What the judge goes by.
#[derive(Clone, Debug)]
pub(super) struct Law {
    /// The pace that the workers were given.
    pub(super) politeness: politeness::Config,
    /// What an exchange may take in all.
    pub(super) exchange_max: Duration,
}

/// A request as its server sees it.
#[derive(Clone, Debug)]
pub(super) struct Start<'a> {
    /// Who asks, by number.
    pub(super) worker: usize,
    /// The lease that its session was opened for.
    pub(super) token: &'a LeaseToken,
    /// Path and query.
    pub(super) path: &'a str,
    /// Whether it is a robots.txt, or asked for in its place.
    pub(super) is_robots: bool,
    /// What robots.txt asks for.
    pub(super) crawl_delay: Duration,
    /// What comes of it.
    pub(super) fate: Fate,
}

/// What comes of a request.
#[derive(Clone, Copy, Debug)]
pub(super) enum Fate {
    /// An answer.
    Answered {
        /// Until its first byte.
        first_byte: Duration,
        /// Until its last byte.
        whole: Duration,
        /// How long it asks to be left alone, by `Retry-After` or by a status alone.
        rest: Duration,
    },
    /// A failure after this time.
    Fails(Duration),
    /// Nothing, until the client closes the connection.
    Hangs,
}

/// The judge. It is told of everything at the moment at which it happens.
pub(super) struct Judge {
    law: Law,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    hosts: BTreeMap<String, Host>,
    seen: Seen,
}

#[derive(Default)]
struct Host {
    lease: Option<Lease>,
    last: Option<Exchange>,
    /// The frontier was told something about the host.
    is_known: bool,
    /// The frontier has its robots copy.
    has_robots: bool,
    /// The adaptive delay after the last answer of which the frontier was told.
    adaptive: Duration,
    crawl_delay: Duration,
    workers: BTreeSet<usize>,
}

struct Lease {
    worker: usize,
    fence: u64,
    deadline: Duration,
    is_settled: bool,
}

struct Exchange {
    fence: u64,
    began: Duration,
    /// From when the delay runs; none while it hangs.
    from: Option<Duration>,
    /// Nothing is in flight any more from here on; none while it hangs.
    over: Option<Duration>,
    /// What the answer asks for from then on, beside what always holds.
    rest: Duration,
    adaptive: Duration,
    /// The frontier was called with it in mind.
    is_told: bool,
}

impl Judge {
    /// A judge who has seen nothing.
    pub(super) fn new(law: Law) -> Self {
        Self { law, state: Mutex::default() }
    }

    /// What was seen so far.
    pub(super) fn seen(&self) -> Seen {
        let state = self.lock();
        let contested = state.hosts.values().filter(|host| host.workers.len() > 1).count();
        Seen { hosts_contested: contested as u64, ..state.seen.clone() }
    }

    /// The frontier grants a lease.
    pub(super) fn granted(
        &self,
        worker: usize,
        token: &LeaseToken,
        now: Duration,
        deadline: Duration,
    ) {
        let mut state = self.lock();
        let State { hosts, seen } = &mut *state;
        let host = hosts.entry(token.host.to_string()).or_default();
        seen.leases += 1;
        if let Some(before) = host.lease.as_ref().filter(|lease| !lease.is_settled) {
            seen.leases_expired += 1;
            seen.leases_taken_over += u64::from(before.worker != worker);
            let heals_at = before.deadline + host.held(&self.law);
            if now < heals_at {
                let what = format!(
                    "{now:?}: lease {} of {} before the one before it has healed at {heals_at:?}",
                    token.fence, token.host
                );
                seen.find(what);
            }
        }
        let fence = token.fence;
        host.lease = Some(Lease { worker, fence, deadline, is_settled: false });
    }

    /// A lease was granted by name.
    pub(super) fn by_name(&self) {
        self.lock().seen.leases_by_name += 1;
    }

    /// The frontier extends a lease.
    pub(super) fn extended(&self, token: &LeaseToken, deadline: Duration, has_robots: bool) {
        self.told(token, has_robots, |lease| lease.deadline = deadline);
    }

    /// The frontier takes a settlement in.
    pub(super) fn settled(&self, token: &LeaseToken, has_robots: bool) {
        self.told(token, has_robots, |lease| lease.is_settled = true);
    }

    /// The frontier refuses a settlement.
    pub(super) fn settle_refused(&self) {
        self.lock().seen.settles_stale += 1;
    }

    /// The frontier refuses an extension.
    pub(super) fn extension_refused(&self) {
        self.lock().seen.extensions_stale += 1;
    }

    fn told(&self, token: &LeaseToken, has_robots: bool, change: impl FnOnce(&mut Lease)) {
        let mut state = self.lock();
        let host = state.hosts.entry(token.host.to_string()).or_default();
        if let Some(lease) = host.lease.as_mut().filter(|lease| lease.fence == token.fence) {
            change(lease);
        }
        host.is_known = true;
        host.has_robots |= has_robots;
        if let Some(last) = host.last.as_mut().filter(|last| last.fence == token.fence) {
            last.is_told = true;
            host.adaptive = last.adaptive;
        }
    }

    /// A request leaves. Gives the number of it, for [`closed`](Self::closed).
    pub(super) fn starts(&self, start: &Start<'_>, now: Duration) {
        let mut state = self.lock();
        let State { hosts, seen } = &mut *state;
        let host = hosts.entry(start.token.host.to_string()).or_default();
        seen.starts += 1;
        host.crawl_delay = start.crawl_delay;
        host.workers.insert(start.worker);
        let wrongs = [
            host.wrong_lease(start, now, self.law.exchange_max),
            host.wrong_overlap(now, self.law.exchange_max, seen),
            host.wrong_pace(start, now, &self.law),
            (!start.is_robots && !host.has_robots)
                .then(|| "a page before the host's robots.txt was stored".to_owned()),
        ];
        for wrong in wrongs.into_iter().flatten() {
            let (worker, LeaseToken { host, fence }) = (start.worker, start.token);
            seen.find(format!(
                "{now:?}: worker {worker}, lease {fence}, {host}{}: {wrong}",
                start.path
            ));
        }
        if host.last.as_ref().is_some_and(|last| !last.is_told && last.fence != start.token.fence) {
            seen.answers_untold += 1;
        }
        host.last = Some(Exchange::of(start, now, &self.law.politeness));
    }

    /// The client gives a request up that hangs.
    pub(super) fn closed(&self, token: &LeaseToken, began: Duration, now: Duration) {
        let mut state = self.lock();
        let State { hosts, seen } = &mut *state;
        // A worker that runs closes it in time; from there on nobody waits for a stopped one.
        let in_time = began + self.law.exchange_max;
        seen.sockets_held += u64::from(now > in_time);
        let host = hosts.entry(token.host.to_string()).or_default();
        if let Some(last) = host.last.as_mut().filter(|last| last.began == began) {
            (last.from, last.over) = (Some(in_time), Some(now));
        }
    }

    /// The client has given an answer up before it read it, so it knows nothing of what it asks.
    pub(super) fn unread(&self, token: &LeaseToken, began: Duration) {
        let mut state = self.lock();
        let host = state.hosts.entry(token.host.to_string()).or_default();
        if let Some(last) = host.last.as_mut().filter(|last| last.began == began) {
            (last.rest, last.adaptive) = (Duration::ZERO, Duration::ZERO);
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Seen {
    /// Takes what was seen with another seed of chance.
    pub(super) fn add(&mut self, seed: u64, one: Self) {
        for (sum, more) in [
            (&mut self.starts, one.starts),
            (&mut self.leases, one.leases),
            (&mut self.leases_by_name, one.leases_by_name),
            (&mut self.leases_expired, one.leases_expired),
            (&mut self.leases_taken_over, one.leases_taken_over),
            (&mut self.answers_untold, one.answers_untold),
            (&mut self.settles_stale, one.settles_stale),
            (&mut self.extensions_stale, one.extensions_stale),
            (&mut self.hosts_contested, one.hosts_contested),
            (&mut self.sockets_held, one.sockets_held),
            (&mut self.overlaps_held, one.overlaps_held),
            (&mut self.findings, one.findings),
        ] {
            *sum += more;
        }
        let free = FINDINGS_MAX.saturating_sub(self.what.len());
        let what = one.what.into_iter().map(|what| format!("seed {seed}, {what}"));
        self.what.extend(what.take(free));
    }

    /// Notes what was done wrong.
    pub(super) fn find(&mut self, what: String) {
        self.findings += 1;
        if self.what.len() < FINDINGS_MAX {
            self.what.push(what);
        }
    }
}

impl Host {
    /// The least by which an abandoned lease of this host outlives its deadline.
    fn held(&self, law: &Law) -> Duration {
        let crawl_delay = if self.has_robots { self.crawl_delay } else { Duration::ZERO };
        let delay = law.politeness.delay.max(crawl_delay).max(self.adaptive);
        if self.is_known { delay } else { delay.max(law.politeness.first_delay) }
    }

    fn wrong_lease(&self, start: &Start<'_>, now: Duration, max: Duration) -> Option<String> {
        let Some(lease) = &self.lease else { return Some("there was never a lease".into()) };
        let Lease { worker, fence, deadline, is_settled } = *lease;
        if (worker, fence) != (start.worker, start.token.fence) {
            Some(format!("the host is that of worker {worker}, by lease {fence}"))
        } else if is_settled {
            Some("the lease is settled".into())
        } else if now + max > deadline {
            Some(format!("the lease ends at {deadline:?}, before the request must have ended"))
        } else {
            None
        }
    }

    fn wrong_overlap(&self, now: Duration, max: Duration, seen: &mut Seen) -> Option<String> {
        let last = self.last.as_ref()?;
        if last.over.is_some_and(|over| over <= now) {
            return None;
        }
        if last.over.is_none() && last.began + max <= now {
            seen.overlaps_held += 1;
            return None;
        }
        Some(format!("the request of {:?} is in flight", last.began))
    }

    fn wrong_pace(&self, start: &Start<'_>, now: Duration, law: &Law) -> Option<String> {
        let last = self.last.as_ref()?;
        let mut delay = law.politeness.delay;
        if self.has_robots || !start.is_robots {
            delay = delay.max(start.crawl_delay);
        }
        // What a worker could not tell before its lease ended, the next one cannot know: the lease
        // healed by what the frontier had (see `granted`).
        if last.is_told || last.fence == start.token.fence {
            delay = delay.max(last.adaptive).max(last.rest);
        }
        let from = last.from.unwrap_or(last.began + law.exchange_max);
        let ready = from + delay;
        (now < ready).then(|| format!("it comes before {ready:?}, {delay:?} after {from:?}"))
    }
}

impl Exchange {
    fn of(start: &Start<'_>, now: Duration, politeness: &politeness::Config) -> Self {
        let (from, over, rest, adaptive) = match start.fate {
            Fate::Answered { first_byte, whole, rest } => {
                let adaptive = first_byte.mul_f64(politeness.adaptive_factor);
                let adaptive = adaptive.min(politeness.adaptive_max);
                (Some(now + first_byte), Some(now + whole), rest, adaptive)
            }
            Fate::Fails(after) => {
                let over = Some(now + after);
                (over, over, politeness.backoff_first, Duration::ZERO)
            }
            Fate::Hangs => (None, None, politeness.backoff_first, Duration::ZERO),
        };
        let fence = start.token.fence;
        Self { fence, began: now, from, over, rest, adaptive, is_told: false }
    }
}
