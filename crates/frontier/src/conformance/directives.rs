//! Directives: what operators ask of hosts and outlets, and how long it holds.

use std::time::Duration;

use crawl::{Directive, Order, UnixMicros};

use super::bench::{Bench, LEASE, done, host, hub, paths, rest, seconds};
use crate::{Beat, Control, Given, HostReply, Settlement};

const CENTURY: Duration = Duration::from_hours(100 * 366 * 24);

fn given(about: &str, order: Order, lasts: Option<Duration>) -> Given {
    Given { about: about.into(), order, by: "ann".into(), why: "asked to".into(), lasts }
}

fn override_of(delay: Duration) -> Order {
    Order::Override { robots: Some("User-agent: *".into()), delay: Some(delay) }
}

impl<F: Control> Bench<F> {
    async fn direct(&self, about: &str, order: Order, lasts: Option<u64>) -> Directive {
        let given = given(about, order, lasts.map(seconds));
        self.frontier.direct(given).await.expect("direct")
    }

    async fn lift(&self, about: &str, kind: &str) -> Option<Directive> {
        self.frontier.lift(about, kind).await.expect("lift")
    }

    /// Names and kinds of all directives in force.
    async fn in_force(&self) -> Vec<(String, &'static str)> {
        let all = self.frontier.directives().await.expect("directives");
        all.into_iter().map(|d| (d.about, d.order.kind())).collect()
    }

    async fn changes(&self) -> u64 {
        self.frontier.beat(Beat::default()).await.expect("beat").directives
    }

    async fn is_busy(&self, name: &str, free_in: Duration) -> bool {
        self.by_name(name).await == HostReply::Busy { free_in }
    }
}

/// A directive says what was given, since when and until when.
pub async fn a_directive_is_kept_as_it_was_given<F: Control>(b: Bench<F>) {
    b.take("a.test").await;
    let now = b.frontier.beat(Beat::default()).await.expect("beat").at;
    let told = b.direct("a.test", override_of(seconds(3)), Some(9)).await;
    let expected = Directive {
        about: "a.test".into(),
        order: override_of(seconds(3)),
        by: "ann".into(),
        why: "asked to".into(),
        since: now,
        until: Some(UnixMicros(now.0 + 9_000_000)),
    };
    assert_eq!(told, expected);
    assert_eq!(b.frontier.directives().await.expect("directives"), [expected]);
    assert_eq!(b.direct("a.test", Order::Pause, None).await.until, None);
}

/// At most one directive of a kind holds about a name; the next one replaces it.
pub async fn one_directive_of_a_kind_holds_about_a_name<F: Control>(b: Bench<F>) {
    b.direct("a.test", override_of(seconds(3)), None).await;
    let last = b.direct("a.test", override_of(seconds(5)), None).await;
    assert_eq!(b.in_force().await, [("a.test".to_owned(), "override")]);
    assert_eq!(b.lift("a.test", "override").await, Some(last));
    assert_eq!(b.lift("a.test", "override").await, None);
    b.add([hub("https://b.test/")]).await;
    b.direct("b.test", Order::Pause, None).await;
    b.direct("b.test", Order::Pause, Some(5)).await;
    assert_eq!(b.idle().await.next_ready_in, Some(seconds(5)));
}

/// Directives are told by name, then by kind.
pub async fn directives_are_told_by_name_and_kind<F: Control>(b: Bench<F>) {
    for (about, order) in [
        ("b.test", Order::Pause),
        ("a.test", Order::Pause),
        ("a.test", override_of(seconds(1))),
        ("b.test", Order::Block),
    ] {
        b.direct(about, order, None).await;
    }
    let told =
        [("a.test", "override"), ("a.test", "pause"), ("b.test", "block"), ("b.test", "pause")];
    assert_eq!(b.in_force().await, told.map(|(about, kind)| (about.to_owned(), kind)));
}

/// What has passed its time holds no longer, is not told, and cannot be lifted.
pub async fn a_directive_ends_with_its_time<F: Control>(b: Bench<F>) {
    b.add([hub("https://a.test/")]).await;
    b.direct("a.test", Order::Pause, Some(10)).await;
    b.direct("a.test", override_of(seconds(1)), Some(10)).await;
    b.clock.advance(seconds(9));
    assert_eq!(b.in_force().await.len(), 2);
    assert_eq!(b.idle().await.next_ready_in, Some(seconds(1)));
    b.clock.advance(seconds(1));
    assert_eq!(b.in_force().await, []);
    assert_eq!(b.lift("a.test", "pause").await, None);
    assert_eq!(b.lease(1).await.directives, []);
}

/// A host that is held is not leased, by draw or by name, before all holds have passed.
pub async fn a_held_host_is_not_leased<F: Control>(b: Bench<F>) {
    b.add([hub("https://www.a.test/"), hub("https://b.test/")]).await;
    b.direct("www.a.test", Order::Pause, Some(10)).await;
    b.direct("a.test", Order::Block, Some(20)).await;
    assert_eq!(b.lease(1).await.token.host, host("b.test"));
    assert_eq!(b.idle().await.next_ready_in, Some(seconds(20)));
    assert!(b.is_busy("www.a.test", seconds(20)).await);
    assert!(b.is_busy("a.test", seconds(20)).await);
    b.clock.advance(seconds(10));
    assert!(b.is_busy("www.a.test", seconds(10)).await);
    b.clock.advance(seconds(10));
    assert_eq!(b.lease(1).await.token.host, host("www.a.test"));
}

/// A hold that is lifted holds no longer; the other one does.
pub async fn a_lifted_hold_leaves_the_other<F: Control>(b: Bench<F>) {
    b.add([hub("https://www.a.test/")]).await;
    b.direct("a.test", Order::Block, None).await;
    b.direct("www.a.test", Order::Pause, Some(9)).await;
    assert!(b.lift("a.test", "block").await.is_some());
    assert!(b.is_busy("www.a.test", seconds(9)).await);
    assert!(b.lift("www.a.test", "pause").await.is_some());
    assert_eq!(paths(&b.lease(1).await), ["/"]);
}

/// An override holds nobody back.
pub async fn an_override_holds_nobody_back<F: Control>(b: Bench<F>) {
    b.add([hub("https://a.test/")]).await;
    b.direct("a.test", override_of(seconds(60)), None).await;
    b.lease(1).await;
}

/// Hosts that are heard of later are held as well: with URLs, or by name.
pub async fn hosts_heard_of_later_are_held<F: Control>(b: Bench<F>) {
    b.direct("a.test", Order::Pause, Some(30)).await;
    b.direct("b.test", Order::Block, Some(20)).await;
    b.add([hub("https://www.a.test/"), hub("https://b.test/")]).await;
    assert_eq!(b.idle().await.next_ready_in, Some(seconds(20)));
    assert!(b.is_busy("www.a.test", seconds(30)).await);
    assert!(b.is_busy("news.a.test", seconds(30)).await);
    let stats = b.frontier.stats().await.expect("stats");
    assert_eq!((stats.lanes[0].ready, stats.lanes[0].later), (0, 2));
}

/// A lease in force stays so when its host is held; what comes after it waits.
pub async fn a_lease_in_force_outlives_a_hold<F: Control>(b: Bench<F>) {
    b.add([hub("https://a.test/1"), hub("https://a.test/2")]).await;
    let lease = b.lease(1).await;
    b.direct("a.test", Order::Block, Some(90)).await;
    let links = vec![hub("https://a.test/3")];
    assert_eq!(b.settle(&lease, Settlement { links, ..done(&lease) }).await, (1, 0));
    assert_eq!(b.idle().await.next_ready_in, Some(seconds(90)));
    b.clock.advance(seconds(90));
    assert_eq!(paths(&b.lease(9).await), ["/2", "/3"]);
}

/// A held host is ready when it would be without the hold, but not before.
pub async fn a_hold_shortens_no_rest<F: Control>(b: Bench<F>) {
    b.add([hub("https://a.test/")]).await;
    let lease = b.lease(1).await;
    b.settle(&lease, rest(seconds(50))).await;
    b.direct("a.test", Order::Pause, Some(20)).await;
    assert_eq!(b.idle().await.next_ready_in, Some(seconds(50)));
    b.direct("a.test", Order::Block, Some(70)).await;
    assert_eq!(b.idle().await.next_ready_in, Some(seconds(70)));
}

/// Lifting a hold brings no host forward: rests and healing leases stand.
pub async fn lifting_a_hold_brings_no_host_forward<F: Control>(b: Bench<F>) {
    b.add([hub("https://a.test/"), hub("https://b.test/")]).await;
    let lease = b.lease(1).await;
    b.settle(&lease, rest(seconds(50))).await;
    b.lease(1).await;
    for about in ["a.test", "b.test"] {
        b.direct(about, Order::Pause, None).await;
        assert!(b.lift(about, "pause").await.is_some());
    }
    assert_eq!(b.idle().await.next_ready_in, Some(seconds(50)));
    assert!(b.is_busy("b.test", LEASE).await);
}

/// A hold for good ends a hundred years after it was given.
pub async fn a_hold_for_good_lasts_a_century<F: Control>(b: Bench<F>) {
    b.add([hub("https://a.test/")]).await;
    b.direct("a.test", Order::Block, None).await;
    assert_eq!(b.idle().await.next_ready_in, Some(CENTURY));
    let row = b.frontier.host(&host("a.test")).await.expect("host").expect("known");
    assert_eq!(row.free_in, CENTURY);
    assert!(b.lift("a.test", "block").await.is_some());
    b.lease(1).await;
}

/// Each change of a directive is counted; what changes nothing is not.
pub async fn each_change_of_a_directive_is_counted<F: Control>(b: Bench<F>) {
    assert_eq!(b.changes().await, 0);
    b.direct("a.test", Order::Pause, Some(5)).await;
    b.direct("a.test", Order::Pause, Some(9)).await;
    assert_eq!(b.changes().await, 2);
    b.lift("a.test", "block").await;
    assert_eq!(b.changes().await, 2);
    b.lift("a.test", "pause").await;
    assert_eq!(b.changes().await, 3);
    b.direct("a.test", Order::Pause, Some(5)).await;
    b.clock.advance(seconds(5));
    b.lift("a.test", "pause").await;
    assert_eq!(b.changes().await, 4);
}

/// A lease brings what holds about its host, then what holds about its outlet, by kind.
pub async fn a_lease_brings_the_directives_in_force<F: Control>(b: Bench<F>) {
    b.direct("a.test", override_of(seconds(1)), None).await;
    b.direct("www.a.test", override_of(seconds(2)), None).await;
    b.direct("a.test", Order::Pause, Some(2)).await;
    b.direct("b.test", override_of(seconds(3)), None).await;
    b.clock.advance(seconds(2));
    b.direct("news.a.test", override_of(seconds(4)), None).await;
    let by_host = |directives: &[Directive]| {
        directives.iter().map(|d| (d.about.clone(), d.order.clone())).collect::<Vec<_>>()
    };
    let both = [
        ("www.a.test".to_owned(), override_of(seconds(2))),
        ("a.test".to_owned(), override_of(seconds(1))),
    ];
    assert_eq!(by_host(&b.take("www.a.test").await.directives), both);
    b.add([hub("https://c.test/")]).await;
    assert_eq!(b.lease(1).await.directives, []);
}
