//! What operators ask for, obeyed while a visit goes on.

use crawl::UnixMicros;
use fetch::Web;
use frontier::Control;

use super::Visit;

impl<F: Control, W: Web> Visit<F, W> {
    /// Whether the host is to be left alone, by what is heard until now.
    pub(super) fn is_held(&mut self) -> bool {
        self.orders.refresh(&self.crawler.orders);
        self.orders.is_held(self.frontier_now())
    }

    /// The time on the frontier's clock.
    pub(super) fn frontier_now(&self) -> UnixMicros {
        UnixMicros(self.crawler.parts.clock.now().0.saturating_add(self.clock_offset_us))
    }
}
