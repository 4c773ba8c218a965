//! Caps: leases of an outlet, tokens of an address.

use std::time::Duration;

use super::bench::{Bench, LEASE, ask, backfill, done, extension, host, hub, rest, seconds};
use crate::{
    AddressAsk, Control, HostReply, Idle, LeaseAsk, LeaseReply, LeaseToken, OUTLET_BUSY_FOR,
};

fn capped(outlet_leases_max: u32) -> LeaseAsk {
    LeaseAsk { outlet_leases_max, ..ask(1) }
}

fn token(name: &str, fence: u64) -> LeaseToken {
    LeaseToken { host: host(name), fence }
}

impl<F: Control> Bench<F> {
    /// The host drawn under a cap; or why there is none.
    async fn draw(&self, outlet_leases_max: u32) -> Result<String, Idle> {
        match self.frontier.lease(capped(outlet_leases_max)).await.expect("lease") {
            LeaseReply::Leased(lease) => Ok(lease.token.host.as_str().to_owned()),
            LeaseReply::Nothing(idle) => Err(idle),
        }
    }

    async fn name_under_cap(&self, name: &str, outlet_leases_max: u32) -> HostReply {
        let ask = capped(outlet_leases_max);
        self.frontier.lease_host(&host(name), ask).await.expect("lease by name")
    }

    /// Takes a token of the suite's address; or hears when one is free.
    async fn token(&self, of: &LeaseToken, max: u32, lasts: u64) -> Option<Duration> {
        let ask = AddressAsk { group: "192.0.2.1".into(), max, lasts: seconds(lasts) };
        self.frontier.take_address(of, ask).await.expect("take an address")
    }

    async fn give_back(&self, of: &LeaseToken, groups: &[&str]) {
        let groups = groups.iter().map(|group| (*group).to_owned()).collect();
        self.frontier.free_addresses(of, groups).await.expect("give addresses back");
    }
}

/// Hosts of one outlet have at most so many leases at a time; others are drawn meanwhile.
pub async fn an_outlet_has_at_most_so_many_leases<F: Control>(b: Bench<F>) {
    b.add(["https://1.a.test/", "https://2.a.test/", "https://3.a.test/"].map(hub)).await;
    b.clock.advance(seconds(1));
    b.add([hub("https://b.test/"), backfill("https://4.a.test/")]).await;
    assert_eq!(b.draw(2).await.as_deref(), Ok("1.a.test"));
    let second = b.take("2.a.test").await;
    assert_eq!(b.draw(2).await.as_deref(), Ok("b.test"));
    assert_eq!(b.draw(2).await, Err(Idle { next_ready_in: Some(OUTLET_BUSY_FOR), leased: 3 }));
    b.settle(&second, done(&second)).await;
    assert_eq!(b.draw(2).await.as_deref(), Ok("3.a.test"));
    assert!(b.draw(2).await.is_err());
    assert_eq!(b.draw(3).await.as_deref(), Ok("4.a.test"));
}

/// An outlet may have one lease, whatever is asked for.
pub async fn an_outlet_may_always_have_one_lease<F: Control>(b: Bench<F>) {
    b.add(["https://1.a.test/", "https://2.a.test/"].map(hub)).await;
    assert_eq!(b.draw(0).await.as_deref(), Ok("1.a.test"));
    assert!(b.draw(0).await.is_err());
}

/// An abandoned lease counts for its outlet until it has healed.
pub async fn an_abandoned_lease_counts_until_it_has_healed<F: Control>(b: Bench<F>) {
    b.add(["https://1.a.test/", "https://2.a.test/"].map(hub)).await;
    let lease = b.take("1.a.test").await;
    b.frontier.extend(&lease.token, extension(LEASE, seconds(9))).await.expect("extend");
    b.clock.advance(LEASE + seconds(8));
    assert_eq!(b.draw(1).await, Err(Idle { next_ready_in: Some(seconds(1)), leased: 0 }));
    b.clock.advance(seconds(1));
    assert_eq!(b.draw(1).await.as_deref(), Ok("2.a.test"));
}

/// A host that is settled does not count for its outlet, though it rests.
pub async fn a_resting_host_does_not_count_for_its_outlet<F: Control>(b: Bench<F>) {
    b.add(["https://1.a.test/", "https://2.a.test/"].map(hub)).await;
    let lease = b.take("1.a.test").await;
    b.settle(&lease, rest(LEASE)).await;
    assert_eq!(b.draw(1).await.as_deref(), Ok("2.a.test"));
}

/// A host that waits for its outlet counts as ready, and a worker looks again in a second.
pub async fn a_host_passed_over_counts_as_ready<F: Control>(b: Bench<F>) {
    b.add(["https://1.a.test/", "https://2.a.test/"].map(hub)).await;
    let other = b.take("b.test").await;
    b.settle(&other, rest(Duration::from_millis(300))).await;
    b.take("1.a.test").await;
    b.clock.advance(Duration::from_millis(100));
    assert_eq!(b.draw(1).await, Err(Idle { next_ready_in: Some(OUTLET_BUSY_FOR), leased: 1 }));
    let stats = b.frontier.stats().await.expect("stats");
    assert_eq!((stats.lanes[0].ready, stats.lanes[0].later), (1, 1));
    assert_eq!(stats.next_ready_in, Some(Duration::ZERO));
    assert_eq!(stats.ready_for, Some(Duration::from_millis(100)));
    b.add([hub("https://b.test/")]).await;
    let sooner = Idle { next_ready_in: Some(Duration::from_millis(200)), leased: 1 };
    assert_eq!(b.draw(1).await, Err(sooner));
}

/// By name, a host that waits for its outlet is busy for a second.
pub async fn a_host_that_waits_for_its_outlet_is_busy_for_a_second<F: Control>(b: Bench<F>) {
    b.take("1.a.test").await;
    let busy = HostReply::Busy { free_in: OUTLET_BUSY_FOR };
    assert_eq!(b.name_under_cap("2.a.test", 1).await, busy);
    assert_eq!(b.name_under_cap("1.a.test", 1).await, HostReply::Busy { free_in: LEASE });
    assert!(matches!(b.name_under_cap("2.a.test", 2).await, HostReply::Leased(_)));
}

/// However many hosts of one outlet are passed over, they hide no other host, in no lane, and come
/// in their order when the outlet is free again.
pub async fn hosts_passed_over_hide_no_others<F: Control>(b: Bench<F>) {
    b.add((0..300).map(|n| hub(&format!("https://h{n:03}.a.test/")))).await;
    b.add((0..300).map(|n| backfill(&format!("https://h{n:03}.a.test/b")))).await;
    b.clock.advance(seconds(1));
    b.add([hub("https://b.test/"), backfill("https://c.test/")]).await;
    let first = b.take("h007.a.test").await;
    assert_eq!(b.draw(1).await.as_deref(), Ok("b.test"));
    assert_eq!(b.draw(1).await.as_deref(), Ok("c.test"));
    assert_eq!(b.draw(1).await, Err(Idle { next_ready_in: Some(OUTLET_BUSY_FOR), leased: 3 }));
    b.add([hub("https://h300.a.test/"), hub("https://d.test/")]).await;
    assert_eq!(b.draw(1).await.as_deref(), Ok("d.test"));
    let stats = b.frontier.stats().await.expect("stats");
    assert_eq!((stats.lanes[0].ready, stats.lanes[1].ready), (300, 299));
    assert_eq!(stats.ready_for, Some(seconds(1)));
    b.settle(&first, done(&first)).await;
    assert_eq!(b.draw(2).await.as_deref(), Ok("h000.a.test"));
    assert_eq!(b.draw(2).await.as_deref(), Ok("h001.a.test"));
    assert!(b.draw(2).await.is_err());
}

/// An address gives at most so many tokens; who comes too late hears when one is free at the
/// latest.
pub async fn an_address_gives_at_most_so_many_tokens<F: Control>(b: Bench<F>) {
    let [first, second, third] = ["a.test", "b.test", "c.test"].map(|name| token(name, 1));
    assert_eq!(b.token(&first, 2, 30).await, None);
    assert_eq!(b.token(&second, 2, 20).await, None);
    assert_eq!(b.token(&third, 2, 9).await, Some(seconds(20)));
    assert_eq!(b.token(&third, 1, 9).await, Some(seconds(30)));
    assert_eq!(b.token(&third, 0, 9).await, Some(seconds(30)));
    let elsewhere = AddressAsk { group: "192.0.2.2".into(), max: 1, lasts: seconds(9) };
    let taken = b.frontier.take_address(&third, elsewhere).await.expect("take an address");
    assert_eq!(taken, None);
    assert_eq!(b.token(&third, 3, 9).await, None);
}

/// A token of an address ends with its time.
pub async fn an_address_token_ends_with_its_time<F: Control>(b: Bench<F>) {
    assert_eq!(b.token(&token("a.test", 1), 1, 10).await, None);
    b.clock.advance(seconds(9));
    assert_eq!(b.token(&token("b.test", 1), 1, 10).await, Some(seconds(1)));
    b.clock.advance(seconds(1));
    assert_eq!(b.token(&token("b.test", 1), 1, 10).await, None);
}

/// A token of an address ends when it is given back, by the lease that has it.
pub async fn an_address_token_is_given_back<F: Control>(b: Bench<F>) {
    let (first, second) = (token("a.test", 1), token("b.test", 1));
    assert_eq!(b.token(&first, 1, 10).await, None);
    b.give_back(&second, &["192.0.2.1"]).await;
    b.give_back(&token("a.test", 2), &["192.0.2.1"]).await;
    b.give_back(&first, &["192.0.2.2"]).await;
    assert_eq!(b.token(&second, 1, 10).await, Some(seconds(10)));
    b.give_back(&first, &["192.0.2.2", "192.0.2.1"]).await;
    assert_eq!(b.token(&second, 1, 10).await, None);
}

/// The same lease takes a token of an address once, and makes it last longer the next time.
pub async fn a_lease_takes_one_token_of_an_address<F: Control>(b: Bench<F>) {
    let (first, second) = (token("a.test", 1), token("b.test", 1));
    assert_eq!(b.token(&first, 2, 10).await, None);
    assert_eq!(b.token(&first, 2, 30).await, None);
    assert_eq!(b.token(&first, 1, 20).await, None);
    assert_eq!(b.token(&second, 1, 9).await, Some(seconds(30)));
    assert_eq!(b.token(&second, 2, 9).await, None);
    assert_eq!(b.token(&token("a.test", 2), 2, 9).await, Some(seconds(9)));
}
