//! What operators ask for, obeyed while a visit goes on.

use std::sync::Arc;

use crawl::robots::Rules;
use crawl::{Directive, Order, UnixMicros, identity};
use fetch::Web;
use frontier::Control;

use super::Visit;

/// An override in force.
pub(crate) struct Overriding {
    pub(crate) directive: Directive,
    /// What counts as the robots.txt of the host's origins, where that is replaced.
    rules: Option<Arc<Rules>>,
}

impl Overriding {
    fn of(directive: &Directive) -> Self {
        let rules = match &directive.order {
            Order::Override { robots: Some(text), .. } => {
                Some(Arc::new(Rules::parse(text.as_bytes(), identity::TOKEN)))
            }
            _ => None,
        };
        Self { directive: directive.clone(), rules }
    }
}

impl<F: Control, W: Web> Visit<F, W> {
    /// Whether the host is to be left alone, by what is heard until now.
    pub(super) fn is_held(&mut self) -> bool {
        self.orders.refresh(&self.crawler.orders);
        self.orders.is_held(self.frontier_now())
    }

    /// Goes by the override that is in force now. True when it is another one than before: what was
    /// decided until now is to be decided again.
    pub(crate) fn obey(&mut self) -> bool {
        self.orders.refresh(&self.crawler.orders);
        let now = self.frontier_now();
        let found = self.orders.overriding(now);
        if found == self.overriding.as_ref().map(|overriding| &overriding.directive) {
            return false;
        }
        self.overriding = found.map(Overriding::of);
        self.rules.clear();
        self.learn_delay();
        true
    }

    /// The rules that an operator has put in the place of robots.txt.
    pub(crate) fn replaced_rules(&self) -> Option<Arc<Rules>> {
        self.overriding.as_ref()?.rules.clone()
    }

    /// Takes the longest crawl-delay that any origin of this host asks for into the pace, or what
    /// an operator has put in its place.
    pub(crate) fn learn_delay(&mut self) {
        let replaced = self.overriding.as_ref().and_then(|overriding| {
            let delay = match &overriding.directive.order {
                Order::Override { delay, .. } => *delay,
                _ => None,
            };
            let in_rules = || overriding.rules.as_ref().map(|rules| rules.crawl_delay());
            delay.map(Some).or_else(in_rules)
        });
        let asked = replaced.unwrap_or_else(|| {
            let visited = self.rules.values().filter_map(|rules| rules.crawl_delay());
            let stored = self.copies.iter().filter(|(of, _)| !self.rules.contains_key(*of));
            let others =
                stored.filter_map(|(_, held)| held.copy.rules(identity::TOKEN).crawl_delay());
            visited.chain(others).max()
        });
        self.state.set_crawl_delay(asked);
    }

    /// The time on the frontier's clock.
    pub(super) fn frontier_now(&self) -> UnixMicros {
        UnixMicros(self.crawler.parts.clock.now().0.saturating_add(self.clock.us))
    }
}
