//! When the next request of a visit starts, and that the lease lasts for it.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use crawl::WallKind;
use crawl::politeness::{Signal, retry_after};
use fetch::{Exchange, Outcome, Request, Session, Web};
use frontier::{Control, Extension};

use super::Visit;
use crate::crawler::Error;

/// A connection is closed before a wait longer than this: servers drop idle ones soon after.
const IDLE_CONNECTION_MAX: Duration = Duration::from_secs(3);

/// Waits up to this long are waited out even when hosts queue for a place.
const SHORT_WAIT: Duration = Duration::from_millis(50);

impl<F: Control, W: Web> Visit<F, W> {
    /// Sends one request when its time has come. Nothing when the visit has to end first.
    pub(crate) async fn exchange(
        &mut self,
        request: &Request,
    ) -> Result<Option<(Exchange, Duration)>, Error> {
        if !self.wait_for_start().await {
            return Ok(None);
        }
        if !self.has_place(&request.url).await? {
            return Ok(None);
        }
        let crawler = Arc::clone(&self.crawler);
        let Ok(_permit) = crawler.permits.acquire().await else { return Ok(None) };
        self.extend_if_needed().await?;
        if !self.may_start() {
            return Ok(None);
        }
        crawler.tally.request_begins(self.host.as_str());
        self.post(|posting| posting.requests += 1);
        let delay = self.delay();
        let exchange = self.send(request).await;
        crawler.tally.request_ended(body_bytes(&exchange));
        self.note(&exchange);
        Ok(Some((exchange, delay)))
    }

    /// The decision to start: nothing may be awaited between it and the request.
    pub(super) fn may_start(&mut self) -> bool {
        let is_over = self.now() + self.crawler.parts.exchange_max > self.deadline;
        let is_ended = self.stop.is_asked() || is_over || self.places.is_lost;
        // That rules or delay are others now is decided upon by the next visit.
        !is_ended && !self.is_held() && !self.obey()
    }

    /// Waits for the host's next start. False when the visit has to end instead.
    async fn wait_for_start(&mut self) -> bool {
        let wait = self.next_start().saturating_sub(self.now());
        let is_crowded = self.crawler.crowded.load(Ordering::Relaxed);
        // The visit's first request is never put off: it would not get on.
        let is_long = self.paced_from.is_some()
            && self.now().saturating_sub(self.begun) + wait > self.crawler.config.visit_max;
        if self.stop.is_asked()
            || self.is_held()
            || is_long
            || wait > self.crawler.config.hold_max
            || (is_crowded && wait > SHORT_WAIT)
        {
            return false;
        }
        if wait > IDLE_CONNECTION_MAX {
            self.session.close_idle();
        }
        while let Some(wait) = self.next_start().checked_sub(self.now()).filter(|w| !w.is_zero()) {
            tokio::select! {
                () = tokio::time::sleep(wait) => {}
                () = self.stop.asked() => return false,
            }
        }
        true
    }

    /// Stores a longer delay, or a rest that was asked for, as soon as it is known: should this
    /// process die, the lease heals by what is stored.
    pub(crate) async fn store_pace(&mut self) -> Result<(), Error> {
        let rest = self.not_before.saturating_sub(self.paced_from.unwrap_or(self.not_before));
        if self.delay().max(rest) > self.stored_delay {
            self.extend(self.delay().max(rest)).await?;
        }
        Ok(())
    }

    /// Makes the lease last for another exchange, and stores a new robots copy before it.
    async fn extend_if_needed(&mut self) -> Result<(), Error> {
        let is_short = self.now() + self.crawler.parts.exchange_max > self.deadline;
        let delay = self.delay();
        if is_short || delay > self.stored_delay || !self.learned.is_empty() {
            self.extend(delay).await?;
        }
        Ok(())
    }

    /// Makes the lease last. While the frontier does not answer it is tried again, for as long as
    /// the next exchange would still fit into the lease as it stands.
    async fn extend(&mut self, delay: Duration) -> Result<(), Error> {
        let extension = Extension {
            lease_for: self.crawler.config.lease_for,
            delay,
            state: self.state.clone(),
            robots: self.learned.clone(),
        };
        let until = self.deadline.saturating_sub(self.crawler.parts.exchange_max);
        let crawler = &self.crawler;
        let extended = crawler
            .call(Some(until), |frontier| frontier.extend(&self.token, extension.clone()))
            .await?;
        self.learned.clear();
        // Taken before the call: the lease must never be thought longer than it is.
        self.deadline = extended.asked.elapsed + extended.value.deadline_in;
        self.stored_delay = delay;
        self.keep_places().await
    }

    /// Learns the pace from an exchange.
    fn note(&mut self, exchange: &Exchange) {
        let (signal, from) = match &exchange.outcome {
            Outcome::Response(response) => {
                let answered_at = exchange.first_byte.unwrap_or(exchange.ended);
                let first_byte = answered_at.elapsed;
                let retry_after = response
                    .header("retry-after")
                    .and_then(|value| retry_after(value, answered_at.wall));
                let took = first_byte.saturating_sub(exchange.started.elapsed);
                let status = response.status;
                (Signal::Answered { status, first_byte: took, retry_after }, first_byte)
            }
            Outcome::Failed(_) => (Signal::Failed, exchange.ended.elapsed),
        };
        let parts = &self.crawler.parts;
        let rest = self.state.note(&parts.politeness, &signal, parts.random.next_u64());
        self.is_resting = rest > self.state.delay(&parts.politeness);
        self.not_before = self.not_before.max(from + rest);
        self.paced_from = Some(from);
    }

    /// Learns that the answer just noted was a wall: the host may rest for it.
    pub(crate) fn note_wall(&mut self, kind: WallKind, status: u16) {
        let parts = &self.crawler.parts;
        let random = parts.random.next_u64();
        let rest = self.state.note_wall(&parts.politeness, (kind, status), random);
        self.is_resting |= rest > self.state.delay(&parts.politeness);
        let from = self.paced_from.unwrap_or_else(|| self.now());
        self.not_before = self.not_before.max(from + rest);
    }

    /// The earliest next start. A delay that was only just learnt counts from the last first byte;
    /// at the start of a lease, what it is longer than the one that was waited for.
    pub(super) fn next_start(&self) -> Duration {
        let paced = match self.paced_from {
            Some(from) => from + self.delay(),
            None if self.is_first => Duration::ZERO,
            None => self.begun + self.delay().saturating_sub(self.lease_delay),
        };
        self.not_before.max(paced)
    }

    /// The delay in force: of the rules, or longer where a seed asks for it.
    pub(super) fn delay(&self) -> Duration {
        let delay = self.state.delay(&self.crawler.parts.politeness);
        delay.max(self.terms.delay.unwrap_or_default())
    }

    /// Puts the next start off.
    pub(crate) fn rest(&mut self, at_least: Duration) {
        self.not_before = self.not_before.max(self.now() + at_least);
    }

    pub(crate) fn now(&self) -> Duration {
        self.crawler.parts.clock.elapsed()
    }
}

fn body_bytes(exchange: &Exchange) -> u64 {
    match &exchange.outcome {
        Outcome::Response(response) => response.body.len() as u64,
        Outcome::Failed(_) => 0,
    }
}
