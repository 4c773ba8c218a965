//! Leases: exclusive, fenced, expiring, healing.

use std::time::Duration;

use crawl::politeness::HostState;
use crawl::robots::RobotsState;

use super::bench::{
    Bench, LEASE, again, article, ask, copy, done, extension, host, hub, origin, paths, rest,
    seconds, state,
};
use crate::{
    Extension, Frontier, HostReply, LeaseAsk, LeaseReply, LeaseToken, Settlement, Verdict,
};

/// A host is leased by at most one worker.
pub async fn a_host_is_leased_by_at_most_one<F: Frontier>(b: Bench<F>) {
    b.add([hub("https://a.test/1"), hub("https://a.test/2")]).await;
    assert_eq!(b.lease(1).await.token.host, host("a.test"));
    assert_eq!(b.idle().await.leased, 1);
}

/// Workers that ask at the same time get different hosts.
pub async fn concurrent_leases_never_share_a_host<F: Frontier>(b: Bench<F>) {
    b.add((0..20).map(|n| hub(&format!("https://h{n:02}.test/")))).await;
    let frontier = std::sync::Arc::new(b.frontier);
    let tasks: Vec<_> = (0..40)
        .map(|_| {
            let frontier = std::sync::Arc::clone(&frontier);
            tokio::spawn(async move { frontier.lease(ask(1)).await.expect("lease") })
        })
        .collect();
    let mut leased = Vec::new();
    for task in tasks {
        if let LeaseReply::Leased(lease) = task.await.expect("no task panics") {
            leased.push(lease.token.host);
        }
    }
    leased.sort();
    leased.dedup();
    assert_eq!(leased.len(), 20);
}

/// The fence of a host grows by one with each lease, drawn or by name.
pub async fn the_fence_grows_by_one_with_each_lease<F: Frontier>(b: Bench<F>) {
    b.add([hub("https://a.test/")]).await;
    for fence in 1..4 {
        let lease = if fence == 2 { b.take("a.test").await } else { b.lease(1).await };
        assert_eq!(lease.token.fence, fence);
        b.settle(&lease, rest(Duration::ZERO)).await;
    }
}

/// Who presents another fence than the current one is refused as stale.
pub async fn another_fence_is_refused_as_stale<F: Frontier>(b: Bench<F>) {
    b.add([hub("https://a.test/")]).await;
    let first = b.lease(1).await;
    b.settle(&first, rest(Duration::ZERO)).await;
    let second = b.lease(1).await;
    assert!(b.is_stale(&first.token).await);
    assert!(b.is_stale(&LeaseToken { fence: 3, ..second.token.clone() }).await);
    assert!(b.is_stale(&LeaseToken { fence: u64::MAX, ..second.token.clone() }).await);
    b.settle(&second, rest(Duration::ZERO)).await;
}

/// A token of a host that was never leased, or never heard of, is stale.
pub async fn a_lease_of_a_host_never_leased_is_stale<F: Frontier>(b: Bench<F>) {
    b.add([hub("https://a.test/")]).await;
    for name in ["a.test", "unknown.test"] {
        for fence in [0, 1] {
            assert!(b.is_stale(&LeaseToken { host: host(name), fence }).await);
        }
    }
}

/// A lease is in force until its deadline, and not at it.
pub async fn a_lease_ends_at_its_deadline<F: Frontier>(b: Bench<F>) {
    b.add([hub("https://a.test/"), hub("https://b.test/")]).await;
    let (a, other) = (b.lease(1).await, b.lease(1).await);
    assert_eq!(a.deadline_in, LEASE);
    b.clock.advance(LEASE.saturating_sub(Duration::from_micros(1)));
    b.settle(&a, rest(Duration::ZERO)).await;
    b.clock.advance(Duration::from_micros(1));
    assert!(b.is_stale(&other.token).await);
}

/// A lease that was settled is no longer in force.
pub async fn a_lease_is_settled_once<F: Frontier>(b: Bench<F>) {
    b.add([hub("https://a.test/")]).await;
    let lease = b.lease(1).await;
    b.settle(&lease, rest(seconds(5))).await;
    assert!(b.is_stale(&lease.token).await);
}

/// A settle is whole or not there: one that is refused leaves nothing behind.
pub async fn a_stale_settle_changes_nothing<F: Frontier>(b: Bench<F>) {
    b.add([hub("https://a.test/1")]).await;
    let lease = b.lease(1).await;
    b.clock.advance(LEASE);
    let before = b.frontier.stats().await.expect("stats");
    let settlement = Settlement {
        links: vec![hub("https://a.test/2"), hub("https://b.test/")],
        robots: vec![(origin("https://a.test/"), copy(RobotsState::AllowAll))],
        ..done(&lease)
    };
    let refused = b.frontier.settle(&lease.token, settlement).await;
    assert!(refused.is_err_and(|error| error.is_stale() && !error.is_transient()));
    let after = b.frontier.stats().await.expect("stats");
    assert_eq!((before.urls_seen, before.hosts), (after.urls_seen, after.hosts));
    assert_eq!(b.frontier.robots(&origin("https://a.test/")).await.expect("robots"), None);
    assert_eq!(paths(&b.lease(9).await), ["/1"]);
}

/// An abandoned lease heals by itself, at its deadline plus the host's delay.
pub async fn an_abandoned_lease_heals_at_its_deadline_plus_the_delay<F: Frontier>(b: Bench<F>) {
    b.add([hub("https://a.test/")]).await;
    let lease = b.lease(1).await;
    b.settle(&lease, Settlement { delay: seconds(9), ..rest(Duration::ZERO) }).await;
    assert_eq!(b.lease(1).await.delay, seconds(9));
    b.clock.advance(LEASE + seconds(8));
    assert_eq!(b.idle().await.next_ready_in, Some(seconds(1)));
    b.clock.advance(seconds(1));
    assert_eq!(b.lease(1).await.token.fence, 3);
}

/// Until the first settle or extension, a host's delay is what the first lease took it to be.
pub async fn an_abandoned_first_lease_heals_by_the_first_delay<F: Frontier>(b: Bench<F>) {
    b.add([hub("https://a.test/")]).await;
    let lease = async |first| {
        let ask = LeaseAsk { first_delay: seconds(first), ..ask(1) };
        match b.frontier.lease(ask).await {
            Ok(LeaseReply::Leased(lease)) => lease,
            reply => panic!("no lease: {reply:?}"),
        }
    };
    assert_eq!(lease(9).await.delay, seconds(9));
    b.clock.advance(LEASE + seconds(8));
    assert_eq!(b.idle().await.next_ready_in, Some(seconds(1)));
    b.clock.advance(seconds(1));
    let again = lease(5).await;
    assert_eq!((again.token.fence, again.delay), (2, seconds(9)));
    b.settle(&again, Settlement { delay: seconds(2), ..rest(Duration::ZERO) }).await;
    assert_eq!(lease(5).await.delay, seconds(2));
}

/// The URLs of an abandoned lease return to the head of their band when the host is leased next.
pub async fn urls_of_an_abandoned_lease_return_to_the_head_in_their_order<F: Frontier>(
    b: Bench<F>,
) {
    let entries = ["1", "2", "3", "4"].map(|n| article(&format!("https://a.test/{n}")));
    b.add(entries).await;
    assert_eq!(paths(&b.lease(3).await), ["/1", "/2", "/3"]);
    b.add([article("https://a.test/5")]).await;
    b.clock.advance(LEASE);
    assert_eq!(paths(&b.lease(2).await), ["/1", "/2"]);
    b.clock.advance(LEASE);
    assert_eq!(paths(&b.lease(9).await), ["/1", "/2", "/3", "/4", "/5"]);
}

/// `extend` moves the deadline, and the time at which the lease heals, by the delay it brings.
pub async fn extend_moves_the_deadline_and_the_healing<F: Frontier>(b: Bench<F>) {
    b.add([hub("https://a.test/")]).await;
    let lease = b.lease(1).await;
    b.clock.advance(LEASE / 2);
    let longer = extension(LEASE * 2, seconds(30));
    let extended = b.frontier.extend(&lease.token, longer).await.expect("extend");
    assert_eq!(extended.deadline_in, LEASE * 2);
    assert_eq!(b.idle().await.next_ready_in, Some(LEASE * 2 + seconds(30)));
    b.clock.advance((LEASE * 2).saturating_sub(seconds(1)));
    assert_eq!(b.idle().await.leased, 1);
    b.settle(&lease, done(&lease)).await;
}

/// `extend` stores delay, state and robots copies at once, whatever becomes of the lease.
pub async fn extend_stores_delay_state_and_robots<F: Frontier>(b: Bench<F>) {
    b.add([hub("https://a.test/")]).await;
    let lease = b.lease(1).await;
    let robots = vec![(origin("https://a.test/"), copy(RobotsState::Rules("x".into())))];
    let extension = Extension { lease_for: LEASE, delay: seconds(3), state: state(), robots };
    b.frontier.extend(&lease.token, extension).await.expect("extend");
    b.clock.advance(LEASE + seconds(3));
    let next = b.lease(1).await;
    assert_eq!((next.delay, next.state), (seconds(3), state()));
    let [(of, stored)] = &next.robots[..] else { panic!("one copy, not {:?}", next.robots) };
    assert_eq!(of.as_str(), "https://a.test");
    assert_eq!(stored.copy, copy(RobotsState::Rules("x".into())));
}

/// A delay raised during a lease holds at once: whoever abandons the lease, and whoever leases the
/// host next, is held to it.
pub async fn a_delay_raised_during_a_lease_holds_at_once<F: Frontier>(b: Bench<F>) {
    b.add([hub("https://a.test/")]).await;
    let lease = b.lease(1).await;
    b.settle(&lease, Settlement { delay: seconds(2), ..rest(Duration::ZERO) }).await;
    let lease = b.lease(1).await;
    for raised in [20, 90] {
        let longer = extension(LEASE / 2, seconds(raised));
        b.frontier.extend(&lease.token, longer).await.expect("extend");
    }
    b.clock.advance(LEASE / 2 + seconds(89));
    assert_eq!(b.by_name("a.test").await, HostReply::Busy { free_in: seconds(1) });
    b.clock.advance(seconds(1));
    assert_eq!(b.lease(1).await.delay, seconds(90));
}

/// A lease past its deadline cannot be extended, though nobody else has the host yet.
pub async fn a_healing_lease_cannot_be_extended<F: Frontier>(b: Bench<F>) {
    b.add([hub("https://a.test/")]).await;
    let lease = b.lease(1).await;
    b.settle(&lease, Settlement { delay: seconds(9), ..rest(Duration::ZERO) }).await;
    let lease = b.lease(1).await;
    b.clock.advance(LEASE + seconds(1));
    assert!(b.is_stale(&lease.token).await);
    assert_eq!(b.idle().await.leased, 0);
}

/// URLs without a verdict, and those that go back, return to the head of their band in order.
pub async fn urls_without_a_verdict_return_to_the_head_in_their_order<F: Frontier>(b: Bench<F>) {
    b.add((1..=6).map(|n| article(&format!("https://a.test/{n}")))).await;
    let lease = b.lease(4).await;
    let mut settlement = done(&lease);
    settlement.verdicts.remove(3);
    settlement.verdicts[1].1 = Verdict::Back;
    settlement.verdicts.remove(0);
    b.settle(&lease, settlement).await;
    assert_eq!(paths(&b.lease(9).await), ["/1", "/2", "/4", "/5", "/6"]);
}

/// `settle` stores the delay, the state, the robots copies and the time of the next visit.
pub async fn settle_stores_delay_state_and_robots<F: Frontier>(b: Bench<F>) {
    b.add([hub("https://a.test/"), hub("https://a.test/2")]).await;
    let lease = b.lease(1).await;
    let settlement = Settlement {
        delay: seconds(4),
        state: state(),
        robots: vec![(origin("https://a.test/"), copy(RobotsState::DisallowAll))],
        ..rest(seconds(20))
    };
    b.settle(&lease, settlement).await;
    assert_eq!(b.idle().await.next_ready_in, Some(seconds(20)));
    b.clock.advance(seconds(20));
    let next = b.lease(1).await;
    assert_eq!((next.delay, next.state, next.robots.len()), (seconds(4), state(), 1));
}

/// The time at which a host may be visited outlives its URLs.
pub async fn the_time_of_a_host_outlives_its_urls<F: Frontier>(b: Bench<F>) {
    b.add([hub("https://a.test/1")]).await;
    let lease = b.lease(1).await;
    b.settle(&lease, Settlement { host_ready_in: seconds(10), ..done(&lease) }).await;
    assert_eq!(b.idle().await.next_ready_in, None);
    b.add([hub("https://a.test/2")]).await;
    assert_eq!(b.idle().await.next_ready_in, Some(seconds(10)));
    b.clock.advance(seconds(10));
    assert_eq!(paths(&b.lease(1).await), ["/2"]);
}

/// A host may be leased by name, with its URLs.
pub async fn a_host_is_leased_by_name<F: Frontier>(b: Bench<F>) {
    b.add([hub("https://a.test/"), hub("https://b.test/b")]).await;
    let lease = b.take("b.test").await;
    assert_eq!(paths(&lease), ["/b"]);
    b.settle(&lease, again(&lease.urls[0], seconds(5))).await;
    assert_eq!(paths(&b.take("b.test").await), [""; 0]);
}

/// A host never heard of may be leased by name too.
pub async fn an_unknown_host_is_leased_by_name<F: Frontier>(b: Bench<F>) {
    let lease = b.take("a.test").await;
    assert_eq!((lease.token.fence, lease.urls.len()), (1, 0));
    assert_eq!((lease.delay, lease.state.clone()), (Duration::ZERO, HostState::default()));
    b.add([hub("https://a.test/")]).await;
    assert_eq!(b.idle().await.leased, 1);
    b.settle(&lease, rest(seconds(2))).await;
    assert_eq!(b.idle().await.next_ready_in, Some(seconds(2)));
}

/// A leased host is busy, also past the deadline, until it has healed.
pub async fn a_leased_host_is_busy_until_it_heals<F: Frontier>(b: Bench<F>) {
    let lease = b.take("a.test").await;
    b.frontier.extend(&lease.token, extension(LEASE, seconds(5))).await.expect("extend");
    assert_eq!(b.by_name("a.test").await, HostReply::Busy { free_in: LEASE + seconds(5) });
    b.clock.advance(LEASE + seconds(4));
    assert_eq!(b.by_name("a.test").await, HostReply::Busy { free_in: seconds(1) });
    b.clock.advance(seconds(1));
    assert_eq!(b.take("a.test").await.token.fence, 2);
}

/// A host that rests is busy until it is ready.
pub async fn a_resting_host_is_busy_until_it_is_ready<F: Frontier>(b: Bench<F>) {
    let lease = b.take("a.test").await;
    b.settle(&lease, rest(seconds(8))).await;
    b.clock.advance(seconds(7));
    assert_eq!(b.by_name("a.test").await, HostReply::Busy { free_in: seconds(1) });
    b.clock.advance(seconds(1));
    b.take("a.test").await;
}

/// A lease may ask for no URLs; it takes none.
pub async fn a_lease_may_have_no_urls<F: Frontier>(b: Bench<F>) {
    b.add([hub("https://a.test/")]).await;
    let reply = b.frontier.lease_host(&host("a.test"), ask(0)).await.expect("lease by name");
    let HostReply::Leased(lease) = reply else { panic!("{reply:?}") };
    assert_eq!(lease.urls, []);
    b.settle(&lease, rest(Duration::ZERO)).await;
    assert_eq!(paths(&b.lease(1).await), ["/"]);
}
