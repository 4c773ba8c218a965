//! How a visit ends: what came of it is handed back once, when all it relies on is on the disk.

use std::time::Duration;

use fetch::{Session, Web};
use frontier::{Control, Settled, Settlement};

use super::Visit;
use crate::crawler::{Error, FULL_DISK_LOOK, Full};

impl<F: Control, W: Web> Visit<F, W> {
    /// Hands the lease back, after everything it relies on is on the disk. While the frontier does
    /// not answer, the settlement is kept: there is one for each open lease at most.
    pub(crate) async fn settle(mut self) -> Result<(), Error> {
        for receipt in std::mem::take(&mut self.receipts) {
            self.crawler.parts.archive.durable(receipt).await?;
        }
        // Connections do not outlive the lease.
        self.session.close_idle();
        let settlement = self.settlement();
        let settled = self.settle_as(&settlement).await;
        self.leave_places().await;
        settled
    }

    async fn settle_as(&mut self, settlement: &Settlement) -> Result<(), Error> {
        loop {
            match self.hand_back(settlement).await {
                Err(error) if error.is_stale() => {
                    let host = &self.token.host;
                    tracing::warn!(%host, %error, "settled too late; it is done again");
                    self.crawler.tally.error("stale-lease");
                    return Ok(());
                }
                Err(error) if error.is_full() && !self.stop.is_asked() => {
                    self.crawler.note_full(Full::of(&error), &error.to_string());
                    self.wait_for_space().await;
                }
                settled => {
                    self.crawler.fresh.arrived(&settled?.fresh);
                    let links = settlement.links.iter().map(|link| link.url.fingerprint());
                    let own = settlement.verdicts.iter().map(|(url, _)| *url);
                    self.crawler.seen_links.learn(links.chain(own));
                    return Ok(());
                }
            }
        }
    }

    fn settlement(&mut self) -> Settlement {
        let mut links = std::mem::take(&mut self.links);
        let (orders, now) = (&self.crawler.orders, self.frontier_now());
        links.retain(|link| !orders.is_blocked(&link.url.host_key(), now));
        self.crawler.seen_links.leave_out(&mut links);
        Settlement {
            verdicts: std::mem::take(&mut self.verdicts),
            links,
            host_ready_in: Duration::ZERO,
            delay: self.delay(),
            state: self.state.clone(),
            robots: std::mem::take(&mut self.learned),
            posting: std::mem::take(&mut self.posting),
            seeds: std::mem::take(&mut self.seeds),
        }
    }

    /// One settle, tried until the frontier answers.
    async fn hand_back(&self, settlement: &Settlement) -> Result<Settled, frontier::Error> {
        let next_start = self.next_start();
        let settled = self.crawler.call(None, |frontier| {
            // Told anew with each try: time goes on.
            let host_ready_in = next_start.saturating_sub(self.now());
            frontier.settle(&self.token, Settlement { host_ready_in, ..settlement.clone() })
        });
        Ok(settled.await?.value)
    }

    /// A while in which a full disk may get space: what was fetched is not given up for it.
    async fn wait_for_space(&mut self) {
        tokio::select! {
            () = tokio::time::sleep(FULL_DISK_LOOK) => {}
            () = self.stop.asked() => {}
        }
    }

    /// Leaves a lease that is no longer ours.
    pub(super) async fn abandon(mut self, error: &frontier::Error) {
        tracing::warn!(host = %self.host, %error, "the lease ended early; its URLs come again");
        self.crawler.tally.error("stale-lease");
        self.session.close_idle();
        self.leave_places().await;
    }
}
