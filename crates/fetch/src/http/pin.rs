//! One address for all requests of a session: whoever counts requests by address has to know it.

use std::net::IpAddr;

use crawl::CanonicalUrl;
use tokio::time::Instant;

use super::session::{HttpSession, literal};
use crate::{Failure, Peer, Phase};

/// What a session remembers of its pin.
#[derive(Default)]
pub(super) struct Pin {
    /// Only the first of the vetted addresses is used.
    pub(super) is_set: bool,
    /// The vetted addresses after one that could not be connected to.
    rest: Vec<IpAddr>,
    /// Why there was no address to pin: the next exchange ends with it.
    pub(super) failure: Option<Failure>,
}

impl HttpSession {
    /// Pins the address of a URL, looked up and vetted.
    pub(super) async fn pin_address(&mut self, url: &CanonicalUrl) -> Option<Peer> {
        if url.host_key() != self.host {
            return None;
        }
        if !self.pin.is_set {
            self.pin.is_set = true;
            self.clients.clear();
        }
        self.pin.rest.clear();
        if let Some(target) = self.target(url) {
            return Some(self.peer(target.ip()));
        }
        if let Some(address) = literal(url) {
            return Some(self.peer(address)).filter(|_| self.shared.guard.check(address).is_ok());
        }
        let deadline = Instant::now() + self.shared.config.limits.lookup;
        match self.vetted(deadline).await {
            Ok(vetted) => {
                let first = vetted.first().copied();
                first.map(|address| self.peer(address))
            }
            Err(failure) => {
                self.pin.failure = Some(failure);
                None
            }
        }
    }

    /// Pins the next address of the name, after one that could not be connected to.
    pub(super) fn pin_next_address(&mut self) -> Option<Peer> {
        let rest = std::mem::take(&mut self.pin.rest);
        let first = rest.first().copied()?;
        self.addresses = Some(rest);
        Some(self.peer(first))
    }

    /// After a failed exchange: no byte of a request went to an address that was not reached.
    pub(super) fn unpin(&mut self, failure: &Failure) {
        let is_unreached =
            matches!(failure, Failure::Connect(_) | Failure::Timeout(Phase::Connect));
        if self.pin.is_set && is_unreached {
            let tried = self.addresses.take().unwrap_or_default();
            self.pin.rest = tried.into_iter().skip(1).collect();
        }
    }

    fn peer(&self, address: IpAddr) -> Peer {
        Peer { address, is_allowed: self.shared.guard.is_opened(address) }
    }
}
