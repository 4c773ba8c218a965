//! What operators do with URLs, and how they see hosts.

use std::time::Duration;

use crawl::robots::RobotsState;
use crawl::{Band, Entry, Order};

use super::bench::{
    Bench, LEASE, again, article, backfill, copy, done, host, hub, origin, paths, rest, seconds,
    state, url,
};
use crate::{Control, Given, HostRow, Place, Settlement, Verdict};

impl<F: Control> Bench<F> {
    async fn requeue(&self, about: &str) -> u64 {
        self.frontier.requeue(about).await.expect("requeue")
    }

    async fn revisit(&self, entries: impl IntoIterator<Item = Entry>) -> u64 {
        self.frontier.revisit(entries.into_iter().collect()).await.expect("revisit")
    }

    async fn purge(&self, about: &str) -> u64 {
        self.frontier.purge(about).await.expect("purge")
    }

    async fn row(&self, name: &str) -> HostRow {
        self.frontier.host(&host(name)).await.expect("host").expect("a host that is known")
    }

    /// Leases a host, and puts all its URLs aside.
    async fn put_aside(&self, name: &str, after: Duration) {
        let lease = self.take(name).await;
        let put = |entry: &Entry| {
            let verdict = Verdict::Again { after, entry: Box::new(entry.clone()) };
            (entry.url.fingerprint(), verdict)
        };
        let verdicts = lease.urls.iter().map(put).collect();
        self.settle(&lease, Settlement { verdicts, ..rest(Duration::ZERO) }).await;
    }
}

/// What a host, or the hosts of an outlet, have put aside for later is due now when requeued.
pub async fn requeue_makes_due_what_is_put_aside<F: Control>(b: Bench<F>) {
    b.add([hub("https://www.a.test/1"), backfill("https://www.a.test/2")]).await;
    b.add([hub("https://a.test/"), hub("https://b.test/")]).await;
    for name in ["www.a.test", "a.test", "b.test"] {
        b.put_aside(name, LEASE).await;
    }
    assert_eq!(b.requeue("c.test").await, 0);
    assert_eq!(b.requeue("www.a.test").await, 2);
    assert_eq!(b.requeue("www.a.test").await, 0);
    assert_eq!(b.requeue("a.test").await, 1);
    assert_eq!(b.row("a.test").await.next_due_in, Some(Duration::ZERO));
    assert_eq!(paths(&b.take("www.a.test").await), ["/1", "/2"]);
    assert_eq!(paths(&b.lease(9).await), ["/"]);
    assert_eq!(b.idle().await.next_ready_in, Some(LEASE));
}

/// Requeuing changes nothing about when a host may be visited.
pub async fn requeue_brings_no_host_forward<F: Control>(b: Bench<F>) {
    b.add([hub("https://a.test/")]).await;
    let lease = b.lease(1).await;
    let settlement = again(&lease.urls[0], LEASE);
    b.settle(&lease, Settlement { host_ready_in: seconds(20), ..settlement }).await;
    assert_eq!(b.requeue("a.test").await, 1);
    assert_eq!(b.idle().await.next_ready_in, Some(seconds(20)));
}

/// URLs that are settled for good are taken in again, to the tail of their band.
pub async fn revisit_takes_settled_urls_in_again<F: Control>(b: Bench<F>) {
    b.add(["https://a.test/1", "https://a.test/2"].map(hub)).await;
    let lease = b.lease(2).await;
    b.settle(&lease, done(&lease)).await;
    b.add([article("https://a.test/3")]).await;
    let once_more =
        [article("https://a.test/2"), article("https://a.test/2"), hub("https://b.test/")];
    assert_eq!(b.revisit(once_more).await, 2);
    let stats = b.frontier.stats().await.expect("stats");
    assert_eq!((stats.urls_seen, stats.pending), (4, 3));
    let lease = b.take("a.test").await;
    assert_eq!(paths(&lease), ["/3", "/2"]);
    assert_eq!(lease.urls[1].band, Band::Article);
    b.settle(&lease, done(&lease)).await;
    assert_eq!(b.revisit([backfill("https://a.test/3")]).await, 1);
    assert_eq!(b.add([article("https://a.test/3")]).await, (0, 1));
    assert_eq!(b.take("a.test").await.urls, [article("https://a.test/3")]);
}

/// URLs that wait, for their turn, a verdict or a time, are left alone as by `enqueue`.
pub async fn revisit_leaves_what_waits_alone<F: Control>(b: Bench<F>) {
    b.add(["https://a.test/1", "https://a.test/2"].map(hub)).await;
    let lease = b.lease(1).await;
    b.settle(&lease, again(&lease.urls[0], LEASE)).await;
    b.lease(1).await;
    b.add([hub("https://a.test/3")]).await;
    let all = ["https://a.test/1", "https://a.test/2", "https://a.test/3"].map(hub);
    assert_eq!(b.revisit(all).await, 0);
    let row = b.row("a.test").await;
    assert_eq!((row.pending_by_band, row.in_flight, row.due), ([1, 0, 0], 1, 1));
    assert_eq!(row.next_due_in, Some(LEASE));
}

/// A failed seed that is offered by a revisit is due at once, and counts as taken in.
pub async fn revisit_hastens_a_failed_seed<F: Control>(b: Bench<F>) {
    let seed = Entry { seed: Some("a.test".into()), ..hub("https://a.test/") };
    b.add([seed.clone()]).await;
    let lease = b.lease(1).await;
    b.settle(&lease, again(&Entry { attempt: 1, ..seed.clone() }, LEASE)).await;
    assert_eq!(b.revisit([hub("https://a.test/")]).await, 0);
    assert_eq!(b.revisit([seed]).await, 1);
    assert_eq!(paths(&b.lease(1).await), ["/"]);
}

/// Purging drops what waits at a host, or at the hosts of an outlet, and forgets these URLs.
pub async fn purge_drops_what_waits_and_forgets_it<F: Control>(b: Bench<F>) {
    b.add(["https://a.test/1", "https://www.a.test/1", "https://b.test/1"].map(hub)).await;
    b.put_aside("a.test", LEASE).await;
    b.add([backfill("https://a.test/2")]).await;
    assert_eq!(b.purge("c.test").await, 0);
    assert_eq!(b.purge("www.a.test").await, 1);
    assert_eq!(b.purge("a.test").await, 2);
    let stats = b.frontier.stats().await.expect("stats");
    assert_eq!((stats.urls_seen, stats.pending, stats.due, stats.hosts), (1, 1, 0, 3));
    assert_eq!(b.add(["https://a.test/1", "https://a.test/2"].map(hub)).await, (2, 0));
}

/// Who remembers which links are known hears of a purge.
pub async fn a_purge_counts_as_a_change<F: Control>(b: Bench<F>) {
    let changes = async || b.frontier.changes().await.expect("changes").directives;
    let before = changes().await;
    b.purge("a.test").await;
    assert!(changes().await > before);
}

/// Purging leaves what is in flight, and what is settled.
pub async fn purge_leaves_what_is_in_flight<F: Control>(b: Bench<F>) {
    b.add(["https://a.test/1", "https://a.test/2", "https://a.test/3"].map(hub)).await;
    let first = b.lease(1).await;
    b.settle(&first, done(&first)).await;
    let lease = b.lease(1).await;
    assert_eq!(b.purge("a.test").await, 1);
    assert_eq!(b.add(["https://a.test/1", "https://a.test/2"].map(hub)).await, (0, 2));
    b.settle(&lease, rest(Duration::ZERO)).await;
    assert_eq!(paths(&b.lease(9).await), ["/2"]);
    let settled = b.frontier.place(&url("https://a.test/1")).await.expect("place");
    assert_eq!(settled, Some(Place::Settled));
}

/// Hosts are listed by name, from after one of them, and never more than asked for.
pub async fn hosts_are_listed_by_name<F: Control>(b: Bench<F>) {
    b.add(["https://c.test/", "https://a.test/", "https://b.test/"].map(hub)).await;
    let names = async |after: Option<&str>, max| {
        let rows = b.frontier.hosts(after.map(host), max).await.expect("hosts");
        rows.iter().map(|row| row.host.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(names(None, 9).await, ["a.test", "b.test", "c.test"]);
    assert_eq!(names(None, 2).await, ["a.test", "b.test"]);
    assert_eq!(names(Some("a.test"), 9).await, ["b.test", "c.test"]);
    assert_eq!(names(Some("bb.test"), 9).await, ["c.test"]);
    assert_eq!(b.frontier.host(&host("d.test")).await.expect("host"), None);
}

/// A host's row tells where the host stands.
pub async fn a_row_tells_where_a_host_stands<F: Control>(b: Bench<F>) {
    b.add(["https://a.test/1", "https://a.test/2"].map(hub)).await;
    b.add([article("https://a.test/3"), backfill("https://a.test/4")]).await;
    let lease = b.lease(1).await;
    let robots = vec![(origin("https://a.test/"), copy(RobotsState::AllowAll))];
    let settlement = again(&lease.urls[0], LEASE * 2);
    let (delay, state) = (seconds(4), state());
    b.settle(&lease, Settlement { robots, delay, state: state.clone(), ..settlement }).await;
    let given = Given {
        about: "a.test".into(),
        order: Order::Override { robots: None, delay: Some(seconds(9)) },
        by: "ann".into(),
        why: "asked to".into(),
        lasts: None,
    };
    let directives = vec![b.frontier.direct(given).await.expect("direct")];
    let lease = b.lease(2).await;
    let (fence, robots) = (2, lease.robots.clone());
    let leased = HostRow {
        host: host("a.test"),
        fence,
        leased: Some(("suite".into(), LEASE)),
        free_in: LEASE + delay,
        delay,
        state,
        pending_by_band: [0, 0, 1],
        in_flight: 2,
        due: 1,
        next_due_in: Some(LEASE * 2),
        robots,
        directives,
    };
    assert_eq!(b.row("a.test").await, leased);
    b.settle(&lease, Settlement { delay, state: leased.state.clone(), ..done(&lease) }).await;
    let free = HostRow { leased: None, free_in: Duration::ZERO, in_flight: 0, ..leased };
    assert_eq!(b.row("a.test").await, free);
}
