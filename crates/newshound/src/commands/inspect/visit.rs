//! One lease of a host, and the few requests that are sent under it.

use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use crawl::politeness::{self, HostState, Signal, retry_after};
use crawl::robots::Rules;
use crawl::{Clock, HostKey, Origin, Posting, Random, identity};
use fetch::{Exchange, HttpSession, HttpWeb, Outcome, Request, Session, Web};
use frontier::{Extension, Frontier, HostReply, LeaseAsk, LeaseToken, Settlement, StoredRobots};

use super::reading::time;
use crate::units;

/// What a lease lasts beyond the request that it is for.
const LEASE_SLACK: Duration = Duration::from_secs(10);

/// A longer wait for a host is not waited out while somebody looks on.
const WAIT_MAX: Duration = Duration::from_mins(5);

/// A wait from which on it is announced, and the connection closed before it.
const WAIT_LONG: Duration = Duration::from_secs(2);

/// What all visits of a command share.
pub(super) struct Parts<F> {
    pub(super) frontier: F,
    pub(super) web: HttpWeb,
    pub(super) clock: std::sync::Arc<dyn Clock>,
    pub(super) random: std::sync::Arc<dyn Random>,
    pub(super) politeness: politeness::Config,
    /// What one exchange may take.
    pub(super) exchange_max: Duration,
    pub(super) quiet: bool,
}

/// The right to talk to one host, and what is remembered meanwhile.
pub(super) struct Visit<'a, F> {
    parts: &'a Parts<F>,
    pub(super) host: HostKey,
    session: HttpSession,
    token: LeaseToken,
    state: HostState,
    /// The delay that the seeds of the outlet ask for.
    asked_delay: Duration,
    /// The robots copies of the host's origins as the frontier has them.
    pub(super) copies: Vec<(Origin, StoredRobots)>,
    /// The earliest next start, on the clock that counts suspended time.
    next_start: Duration,
    /// From when the delay runs: the last first byte, or the end of a failed attempt.
    paced_from: Option<Duration>,
    requests: u64,
}

impl<'a, F: Frontier> Visit<'a, F> {
    /// Leases a host by name. A host that is leased or rests is an error that says until when.
    pub(super) async fn begin(parts: &'a Parts<F>, host: HostKey) -> Result<Self> {
        let ask = LeaseAsk {
            worker: format!("inspect-{}", std::process::id()),
            lease_for: parts.exchange_max + LEASE_SLACK,
            first_delay: parts.politeness.first_delay,
            urls_max: 0,
            outlet_leases_max: u32::MAX,
        };
        let lease = match parts.frontier.lease_host(&host, ask).await? {
            HostReply::Leased(lease) => *lease,
            HostReply::Busy { free_in } => bail!(
                "{host} is busy: a crawl talks to it, or it rests between two requests. It is free \
                    in {}, at {}; try again then",
                units::duration(free_in),
                time(parts.clock.now().after(free_in))
            ),
        };
        let mut visit = Self {
            session: parts.web.open(&host),
            parts,
            host,
            token: lease.token,
            state: lease.state,
            asked_delay: lease.terms.delay.unwrap_or_default(),
            copies: lease.robots,
            next_start: parts.clock.elapsed(),
            paced_from: None,
            requests: 0,
        };
        if visit.token.fence > 1 {
            // What ours is longer than the delay that the host has rested for.
            visit.next_start += visit.delay().saturating_sub(lease.delay);
        }
        Ok(visit)
    }

    /// Sends a request when its time has come. Gives how long that was waited for, too.
    pub(super) async fn exchange(&mut self, request: &Request) -> Result<(Exchange, Duration)> {
        let wait = self.next_start.saturating_sub(self.now());
        ensure!(
            wait <= WAIT_MAX,
            "{} asks to be left alone for {}, which is too long to wait for here; the next \
                request to it may start at {}",
            self.host,
            units::duration(wait),
            time(self.parts.clock.now().after(wait))
        );
        if wait >= WAIT_LONG {
            self.session.close_idle();
            if !self.parts.quiet {
                let wait = units::duration(wait);
                eprintln!("newshound: waiting {wait} before the next request to {}", self.host);
            }
        }
        let deadline = self.extend(wait).await?;
        while let Some(left) = self.next_start.checked_sub(self.now()).filter(|w| !w.is_zero()) {
            tokio::time::sleep(left).await;
        }
        ensure!(
            self.now() + self.parts.exchange_max <= deadline,
            "the lease of {} ended before the request could start (was this machine asleep?); try \
                again",
            self.host
        );
        self.requests += 1;
        let exchange = self.session.exchange(request).await;
        self.note(&exchange);
        Ok((exchange, wait))
    }

    /// Makes the lease last for the wait and a request, and stores the delay as it is known now.
    /// Gives the deadline. Should a crawl have taken the frontier over, it fails here.
    async fn extend(&mut self, wait: Duration) -> Result<Duration> {
        let extension = Extension {
            lease_for: wait + self.parts.exchange_max + LEASE_SLACK,
            delay: self.delay(),
            state: self.state.clone(),
            robots: Vec::new(),
        };
        // Before the call: the lease must never be thought longer than it is.
        let asked_at = self.now();
        let extended = self.parts.frontier.extend(&self.token, extension).await;
        let lost = || format!("{} is no longer ours to ask; try again", self.host);
        Ok(asked_at + extended.with_context(lost)?.deadline_in)
    }

    /// Learns the pace from an exchange.
    fn note(&mut self, exchange: &Exchange) {
        let (signal, from) = match &exchange.outcome {
            Outcome::Failed(_) => (Signal::Failed, exchange.ended.elapsed),
            Outcome::Response(response) => {
                let answered = exchange.first_byte.unwrap_or(exchange.ended);
                let asked = response.header("retry-after");
                let signal = Signal::Answered {
                    status: response.status,
                    first_byte: answered.elapsed.saturating_sub(exchange.started.elapsed),
                    retry_after: asked.and_then(|value| retry_after(value, answered.wall)),
                };
                (signal, answered.elapsed)
            }
        };
        let random = self.parts.random.next_u64();
        let rest = self.state.note(&self.parts.politeness, &signal, random);
        self.paced_from = Some(from);
        self.next_start = self.next_start.max(from + rest.max(self.delay()));
    }

    /// Takes what a robots.txt of `origin` asks for into the pace.
    pub(super) fn learn_delay(&mut self, origin: &Origin, rules: &Rules) {
        let others = self.copies.iter().filter(|(other, _)| other != origin);
        let others =
            others.filter_map(|(_, stored)| stored.copy.rules(identity::TOKEN).crawl_delay());
        self.state.set_crawl_delay(rules.crawl_delay().into_iter().chain(others).max());
        if let Some(from) = self.paced_from {
            self.next_start = self.next_start.max(from + self.delay());
        }
    }

    /// Hands the lease back. Nothing but the pace is stored, and the requests on the account.
    ///
    /// Not the robots.txt either: a crawl goes by what its own archive can prove.
    pub(super) async fn settle(mut self) -> Result<()> {
        self.session.close_idle();
        let settlement = Settlement {
            verdicts: Vec::new(),
            links: Vec::new(),
            host_ready_in: self.next_start.saturating_sub(self.now()),
            delay: self.delay(),
            state: self.state.clone(),
            robots: Vec::new(),
            posting: Posting { requests: self.requests, ..Posting::default() },
            seeds: Vec::new(),
        };
        match self.parts.frontier.settle(&self.token, settlement).await {
            // Who took it over lets the host rest for its delay first.
            Err(error) if error.is_stale() => {
                tracing::warn!(host = %self.host, %error, "the host was handed back too late");
                Ok(())
            }
            settled => {
                settled.with_context(|| format!("cannot hand {} back", self.host))?;
                Ok(())
            }
        }
    }

    /// The delay in force: of the rules, or longer where a seed asks for it.
    fn delay(&self) -> Duration {
        self.state.delay(&self.parts.politeness).max(self.asked_delay)
    }

    fn now(&self) -> Duration {
        self.parts.clock.elapsed()
    }
}
