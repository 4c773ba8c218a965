//! A place among the requests to an address: a server with hundreds of names is one server.

use std::time::Duration;

use crawl::CanonicalUrl;
use fetch::{Exchange, Failure, Outcome, Peer, Phase, Request, Session, Web};
use frontier::{AddressAsk, Control};

use super::Visit;
use crate::crawler::Error;
use crate::crowds::group_of;

/// Addresses of one name that are tried for one request.
const ADDRESSES_TRIED_MAX: usize = 3;

/// The places of a visit.
#[derive(Debug, Default)]
pub(super) struct Places {
    /// The groups of addresses at which it has one.
    groups: Vec<String>,
    /// One of them is somebody else's now.
    pub(super) is_lost: bool,
}

impl<F: Control, W: Web> Visit<F, W> {
    /// Makes sure of a place at the address that a request goes to. False when there is none: the
    /// host waits.
    pub(super) async fn has_place(&mut self, url: &CanonicalUrl) -> Result<bool, Error> {
        if self.crawler.config.address_requests_max == 0 {
            return Ok(true);
        }
        match self.session.pin(url).await {
            Some(peer) => self.take_place(peer).await,
            None => Ok(true),
        }
    }

    async fn take_place(&mut self, peer: Peer) -> Result<bool, Error> {
        let group = group_of(peer.address);
        let is_counted = !peer.is_allowed || self.crawler.config.address_cap_for_allowed;
        if !is_counted || self.places.groups.contains(&group) {
            return Ok(true);
        }
        let Some(free_in) = self.take_token(&group).await? else {
            self.crawler.crowds.placed(&group);
            self.places.groups.push(group);
            return Ok(true);
        };
        let config = &self.crawler.config;
        let (times, places) = ((free_in, config.visit_max), config.address_requests_max);
        let random = self.crawler.parts.random.next_u64();
        let wait = self.crawler.crowds.refused(&group, times, places, random);
        tracing::debug!(host = %self.host, group, ?wait, "its address is busy");
        self.rest(wait);
        Ok(false)
    }

    /// Takes a token that lasts as long as the lease. None when it was given, otherwise how long
    /// until one is free at the latest.
    async fn take_token(&self, group: &str) -> Result<Option<Duration>, Error> {
        let max = self.crawler.config.address_requests_max;
        let replied = self.call(|frontier| {
            let lasts = self.deadline.saturating_sub(self.now());
            frontier.take_address(&self.token, AddressAsk { group: group.to_owned(), max, lasts })
        });
        Ok(replied.await?.value)
    }

    /// Makes the tokens last as long as the lease, after that was extended.
    pub(super) async fn keep_places(&mut self) -> Result<(), Error> {
        for group in self.places.groups.clone() {
            // One that had ended, and is somebody else's now, has to be asked for again.
            if self.take_token(&group).await?.is_some() {
                self.places.groups.retain(|held| *held != group);
                self.places.is_lost = true;
            }
        }
        Ok(())
    }

    /// Gives the places back. One that is not taken back ends with its time.
    pub(super) async fn leave_places(&mut self) {
        let groups = std::mem::take(&mut self.places.groups);
        if groups.is_empty() {
            return;
        }
        if let Err(error) = self.crawler.parts.frontier.free_addresses(&self.token, groups).await {
            tracing::debug!(host = %self.host, %error, "places at addresses were not given back");
        }
    }

    /// Sends a request. Where no connection can be made, other addresses of the name are tried: no
    /// byte of the request has left until then.
    pub(super) async fn send(&mut self, request: &Request) -> Exchange {
        let mut exchange = self.session.exchange(request).await;
        for _ in 1..ADDRESSES_TRIED_MAX {
            if !is_unreached(&exchange) {
                break;
            }
            let Some(peer) = self.session.pin_next() else { break };
            let has_place = self.take_place(peer).await.unwrap_or(false);
            if !has_place || !self.may_start() {
                break;
            }
            exchange = self.session.exchange(request).await;
        }
        exchange
    }
}

fn is_unreached(exchange: &Exchange) -> bool {
    let failure = match &exchange.outcome {
        Outcome::Failed(failure) => failure,
        Outcome::Response(_) => return false,
    };
    matches!(failure, Failure::Connect(_) | Failure::Timeout(Phase::Connect))
}
