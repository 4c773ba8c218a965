//! What operators ask for, as far as this worker has heard.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crawl::{Directive, HostKey, Order, UnixMicros};

/// What was heard with the last beats. A lease brings the same about its host: what is newer holds.
#[derive(Debug, Default)]
pub(crate) struct Orders {
    heard: Mutex<Heard>,
    /// Grows with each hearing.
    hearings: AtomicU64,
}

#[derive(Debug, Default)]
struct Heard {
    all: Vec<Directive>,
    /// Until when links to which hosts and outlets are not taken in.
    blocked: HashMap<String, Option<UnixMicros>>,
    /// What was asked for by then is among it, on the clock that counts suspended time.
    as_of: Duration,
}

impl Orders {
    /// Takes all directives in force, asked for after `as_of`.
    pub(crate) fn hear(&self, all: Vec<Directive>, as_of: Duration) {
        let blocks = all.iter().filter(|directive| directive.order == Order::Block);
        let blocked = blocks.map(|block| (block.about.clone(), block.until)).collect();
        *self.lock() = Heard { all, blocked, as_of };
        self.hearings.fetch_add(1, Ordering::Release);
    }

    /// Whether no links to a host are taken in.
    pub(crate) fn is_blocked(&self, host: &HostKey, now: UnixMicros) -> bool {
        let heard = self.lock();
        if heard.blocked.is_empty() {
            return false;
        }
        let outlet = host.outlet();
        let names = [host.as_str(), outlet.as_str()].into_iter();
        let mut ends = names.filter_map(|name| heard.blocked.get(name));
        ends.any(|until| until.is_none_or(|until| now < until))
    }

    fn lock(&self) -> MutexGuard<'_, Heard> {
        // Replaced as a whole.
        self.heard.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What is asked for about the host of a visit.
#[derive(Debug)]
pub(crate) struct HostOrders {
    host: HostKey,
    /// The host's own come before its outlet's.
    known: Vec<Directive>,
    /// When the lease was asked for that brought them.
    asked: Duration,
    hearings: u64,
}

impl HostOrders {
    /// What a lease has brought that was asked for at `asked`.
    pub(crate) fn new(host: HostKey, brought: Vec<Directive>, asked: Duration) -> Self {
        let mut orders = Self { host, known: Vec::new(), asked, hearings: 0 };
        orders.learn(brought);
        orders
    }

    /// Takes what was heard meanwhile, where that is newer than the lease.
    pub(crate) fn refresh(&mut self, orders: &Orders) {
        let hearings = orders.hearings.load(Ordering::Acquire);
        if hearings == self.hearings {
            return;
        }
        self.hearings = hearings;
        let heard = orders.lock();
        if heard.as_of >= self.asked {
            let known = heard.all.iter().filter(|d| d.concerns(&self.host)).cloned().collect();
            drop(heard);
            self.learn(known);
        }
    }

    fn learn(&mut self, mut known: Vec<Directive>) {
        known.sort_by_key(|d| (d.about != self.host.as_str(), d.order.kind()));
        self.known = known;
    }

    /// Whether the host is to be left alone.
    pub(crate) fn is_held(&self, now: UnixMicros) -> bool {
        self.in_force(now).any(|directive| directive.order.is_hold())
    }

    /// The override in force: one about the host counts before one about its outlet.
    pub(crate) fn overriding(&self, now: UnixMicros) -> Option<&Directive> {
        self.in_force(now).find(|directive| matches!(directive.order, Order::Override { .. }))
    }

    fn in_force(&self, now: UnixMicros) -> impl Iterator<Item = &Directive> {
        self.known.iter().filter(move |directive| directive.is_in_force(now))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn directive(about: &str, order: Order, until: Option<i64>) -> Directive {
        Directive {
            about: about.into(),
            order,
            by: "ann".into(),
            why: "asked to".into(),
            since: UnixMicros(0),
            until: until.map(UnixMicros),
        }
    }

    const fn at(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn what_is_newer_than_the_lease_counts() {
        let (orders, now) = (Orders::default(), UnixMicros(5));
        let host = HostKey::parse("www.a.test").unwrap();
        let pause = || vec![directive("a.test", Order::Pause, Some(9))];
        let mut own = HostOrders::new(host.clone(), pause(), at(10));
        assert!(own.is_held(now) && !own.is_held(UnixMicros(9)));
        orders.hear(Vec::new(), at(9));
        own.refresh(&orders);
        assert!(own.is_held(now), "heard before the lease was asked for");
        orders.hear(Vec::new(), at(11));
        own.refresh(&orders);
        assert!(!own.is_held(now));
        orders.hear([pause(), vec![directive("b.test", Order::Block, None)]].concat(), at(12));
        own.refresh(&orders);
        assert!(own.is_held(now));
    }

    #[test]
    fn the_word_about_the_host_overrides_the_one_about_its_outlet() {
        let host = HostKey::parse("www.a.test").unwrap();
        let order = |s| Order::Override { robots: None, delay: Some(at(s)) };
        let both =
            vec![directive("a.test", order(3), None), directive("www.a.test", order(7), Some(9))];
        let own = HostOrders::new(host, both, at(0));
        assert_eq!(own.overriding(UnixMicros(8)).unwrap().order, order(7));
        assert_eq!(own.overriding(UnixMicros(9)).unwrap().order, order(3));
    }

    #[test]
    fn links_to_what_is_blocked_are_not_taken_in() {
        let orders = Orders::default();
        let blocked =
            |host: &str, now| orders.is_blocked(&HostKey::parse(host).unwrap(), UnixMicros(now));
        assert!(!blocked("a.test", 0));
        let about = [("a.test", None), ("www.b.test", Some(9))];
        let all = about.map(|(about, until)| directive(about, Order::Block, until));
        orders.hear(all.into(), at(0));
        assert!(blocked("www.a.test", 5) && blocked("a.test", 50));
        assert!(blocked("www.b.test", 5) && !blocked("www.b.test", 9) && !blocked("b.test", 5));
    }
}
