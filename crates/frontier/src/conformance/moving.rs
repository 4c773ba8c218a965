//! What a crawl keeps, out of one frontier and into another.

use std::sync::Arc;
use std::time::Duration;

use crawl::politeness::HostState;
use crawl::robots::RobotsState;
use crawl::{Clock, Fingerprint, HostKey, Order, Posting, Seed, SeedSpec, SeedState};

use super::bench::{
    Bench, LEASE, again, article, ask, backfill, copy, done, host, hub, origin, paths, rest,
    seconds, state, url,
};
use super::whole::{all_in_pieces, all_of, in_order};
use crate::time::DURATION_MAX;
use crate::{
    Control, Error, Frontier, Given, HostRecord, HostReply, Lease, LeaseReply, Model, NewSeed,
    Place, Record, Settlement,
};

impl<F: Control> Bench<F> {
    /// A model on the same clock, to be filled and moved here.
    fn other(&self) -> Bench<Model> {
        let clock = Arc::clone(&self.clock);
        Bench { frontier: Model::new(Arc::clone(&clock) as Arc<dyn Clock>), clock }
    }

    async fn load(&self, records: &[Record]) {
        for some in records.chunks(3) {
            self.frontier.load(some.to_vec()).await.expect("load");
        }
    }

    /// The next lease, but for what names it.
    async fn drawn(&self) -> Option<Lease> {
        match self.frontier.lease(ask(100)).await.expect("lease") {
            LeaseReply::Leased(lease) => Some(*lease),
            LeaseReply::Nothing(_) => None,
        }
    }
}

/// Fills a frontier with something of everything, at different times.
async fn fill<F: Control>(b: &Bench<F>) {
    let spec = SeedSpec::new(Seed::parse("a.test").expect("a seed"));
    let seed = NewSeed { spec, member: Some("a.test".into()) };
    b.frontier.add_seeds(vec![seed]).await.expect("seeds");
    b.frontier.set_note("policy", "{}").await.expect("a note");
    b.frontier.admit(vec!["b.test".into()]).await.expect("the scope");
    b.clock.advance(seconds(5));
    b.add([article("https://b.test/2"), article("https://b.test/1")]).await;
    b.add([backfill("https://b.test/4"), backfill("https://b.test/3")]).await;
    b.clock.advance(seconds(5));
    b.add([hub("https://c.test/"), backfill("https://www.c.test/x"), hub("http://d.test:81/")])
        .await;
    let lease = b.take("a.test").await;
    let settlement = Settlement {
        host_ready_in: seconds(30),
        delay: seconds(11),
        state: state(),
        robots: vec![(origin("https://a.test"), copy(RobotsState::AllowAll))],
        posting: Posting { requests: 3, articles: 2, ..Posting::default() },
        seeds: vec![("a.test".into(), SeedState::Moved("https://b.test/".into()))],
        ..again(&lease.urls[0], seconds(90))
    };
    b.settle(&lease, settlement).await;
    let lease = b.take("c.test").await;
    b.settle(&lease, Settlement { host_ready_in: seconds(1), ..done(&lease) }).await;
    let outlet = host("c.test").outlet();
    b.frontier.claim(&outlet, u64::MAX - 1, Fingerprint(7)).await.expect("a claim");
    let pause = Given {
        about: "d.test".into(),
        order: Order::Pause,
        by: "ann".into(),
        why: "asked to".into(),
        lasts: Some(LEASE),
    };
    b.frontier.direct(pause).await.expect("a pause");
    b.clock.advance(seconds(7));
}

/// A dump that is loaded holds what the dump of the other frontier held; loaded a second time, it
/// changes nothing.
pub async fn a_dump_holds_all_that_is_kept<F: Control>(b: Bench<F>) {
    let other = b.other();
    fill(&other).await;
    let records = all_of(&other.frontier).await;
    b.load(&records).await;
    let here = in_order(&all_of(&b.frontier).await);
    assert_eq!(here, in_order(&records));
    b.load(&records).await;
    assert_eq!(in_order(&all_of(&b.frontier).await), here);
    let (here, there) = (b.frontier.stats().await, other.frontier.stats().await);
    let (here, there) = (here.expect("stats"), there.expect("stats"));
    assert_eq!(
        (here.urls_seen, here.pending, here.due),
        (there.urls_seen, there.pending, there.due)
    );
    assert_eq!((here.hosts, here.lanes), (there.hosts, there.lanes));
}

/// A dump holds the same whatever the size of its pieces, and no URL twice.
pub async fn a_dump_is_whole_in_pieces_of_any_size<F: Control>(b: Bench<F>) {
    fill(&b).await;
    for n in 0..7_u64 {
        let name = format!("h{n}.test");
        let url = |path| format!("https://{name}/{path}");
        b.add(["1", "2", "1?a", "2?a"].map(|path| backfill(&url(path)))).await;
        b.add(["2", "2?a", "3", "4"].map(|path| article(&url(path)))).await;
        let outlet = host(if n < 4 { "h0.test" } else { "w.test" }).outlet();
        b.frontier.claim(&outlet, n, Fingerprint(9)).await.expect("a claim");
        let spec = SeedSpec::new(Seed::parse(&name).expect("a seed"));
        b.frontier.add_seeds(vec![NewSeed { spec, member: None }]).await.expect("a seed");
        let lease = b.take(&name).await;
        let robots = ["https", "http"]
            .map(|scheme| (origin(&format!("{scheme}://{name}")), copy(RobotsState::AllowAll)));
        let settlement = Settlement { robots: robots.to_vec(), ..again(&lease.urls[0], LEASE) };
        b.settle(&lease, settlement).await;
        let settlement = again(&lease.urls[1], LEASE + seconds(n));
        b.settle(&b.take(&name).await, settlement).await;
    }
    let whole = all_of(&b.frontier).await;
    let urls = |records: &[Record]| {
        let is_url = |r: &&Record| matches!(r, Record::Url { .. } | Record::Due { .. });
        records.iter().filter(is_url).count()
    };
    for chunk in [1, 2, 3, 5, 8] {
        let records = all_in_pieces(&b.frontier, chunk).await;
        assert_eq!(in_order(&records), in_order(&whole), "{chunk}");
        assert_eq!(urls(&records), urls(&whole), "{chunk}");
    }
}

/// A load that broke off, and is begun again, ends as if it had not.
pub async fn a_load_that_broke_off_is_begun_again<F: Control>(b: Bench<F>) {
    let other = b.other();
    fill(&other).await;
    let records = all_of(&other.frontier).await;
    b.load(&records[..records.len() / 2]).await;
    b.load(&records[..records.len() - 2]).await;
    b.load(&records).await;
    assert_eq!(in_order(&all_of(&b.frontier).await), in_order(&records));
}

/// What was loaded is leased as it would have been where it came from: the same hosts in the same
/// order, with the same URLs in theirs, and all that a lease brings.
pub async fn what_is_loaded_is_leased_again_in_order<F: Control>(b: Bench<F>) {
    let other = b.other();
    fill(&other).await;
    // How often was drawn is no part of a dump.
    let records = all_of(&other.frontier).await;
    b.load(&records).await;
    let mut leases = 0;
    for _ in 0..3 {
        while let Some(there) = other.drawn().await {
            assert_eq!(b.drawn().await.as_ref(), Some(&there));
            leases += 1;
        }
        b.clock.advance(seconds(40));
    }
    assert!(leases > 4, "{leases}");
}

/// A URL that was known stays known, whether it waits, is put aside, or is done.
pub async fn a_loaded_url_stays_known<F: Control>(b: Bench<F>) {
    let other = b.other();
    fill(&other).await;
    b.load(&all_of(&other.frontier).await).await;
    let known = ["https://a.test/", "https://b.test/3", "https://c.test/"].map(url);
    assert_eq!(b.frontier.unknown(known.to_vec()).await.expect("unknown"), []);
    let place = b.frontier.place(&url("https://c.test/")).await.expect("place");
    assert_eq!(place, Some(Place::Settled));
    let links =
        [hub("https://c.test/"), backfill("https://b.test/1"), backfill("https://b.test/9")];
    assert_eq!(b.add(links).await, (1, 2));
}

/// A host is visited no sooner for being loaded: neither before its own time, nor before that which
/// it has where it is loaded.
pub async fn a_loaded_host_comes_no_sooner<F: Control>(b: Bench<F>) {
    let other = b.other();
    for (name, there, here) in [("a.test", 20, 30), ("b.test", 30, 20)] {
        other.settle(&other.take(name).await, rest(seconds(there))).await;
        b.settle(&b.take(name).await, rest(seconds(here))).await;
    }
    other.settle(&other.take("c.test").await, rest(seconds(30))).await;
    b.load(&all_of(&other.frontier).await).await;
    for name in ["a.test", "b.test", "c.test"] {
        assert_eq!(b.by_name(name).await, HostReply::Busy { free_in: seconds(30) }, "{name}");
    }
}

/// The first lease of a loaded host goes by the delay that came with it, not by that which is taken
/// for a host of which nothing is known.
pub async fn a_loaded_host_keeps_its_delay<F: Control>(b: Bench<F>) {
    let other = b.other();
    let settlement = Settlement { delay: seconds(9), state: state(), ..rest(Duration::ZERO) };
    other.settle(&other.take("a.test").await, settlement).await;
    b.load(&all_of(&other.frontier).await).await;
    let lease = b.take("a.test").await;
    assert_eq!((lease.delay, &lease.state), (seconds(9), &state()));
    assert_eq!(lease.token.fence, 2);
}

/// Delay and state of a host that was leased where it is loaded stay, but for a longer delay; its
/// fences go on above both.
pub async fn a_load_leaves_what_was_learnt_of_a_host<F: Control>(b: Bench<F>) {
    let other = b.other();
    let learnt = |delay, state| Settlement { delay, state, ..rest(Duration::ZERO) };
    for (name, there, here) in [("a.test", 3, 9), ("b.test", 9, 3)] {
        for _ in 0..3 {
            let settlement = learnt(seconds(there), HostState::default());
            other.settle(&other.take(name).await, settlement).await;
        }
        b.settle(&b.take(name).await, learnt(seconds(here), state())).await;
    }
    b.load(&all_of(&other.frontier).await).await;
    for name in ["a.test", "b.test"] {
        let lease = b.take(name).await;
        assert_eq!((lease.delay, &lease.state), (seconds(9), &state()), "{name}");
        assert_eq!(lease.token.fence, 4, "{name}");
    }
}

/// A lease in force is settled after a load, whatever fences come with that; until then it heals by
/// the longer delay.
pub async fn a_load_ends_no_lease<F: Control>(b: Bench<F>) {
    let other = b.other();
    for _ in 0..3 {
        let settlement = Settlement { delay: seconds(9), ..rest(Duration::ZERO) };
        other.settle(&other.take("a.test").await, settlement).await;
    }
    let lease = b.take("a.test").await;
    b.load(&all_of(&other.frontier).await).await;
    let free_in = LEASE + seconds(9);
    assert_eq!(b.by_name("a.test").await, HostReply::Busy { free_in });
    b.settle(&lease, rest(Duration::ZERO)).await;
    assert!(b.take("a.test").await.token.fence > lease.token.fence);
}

/// A directive that is loaded takes the place of one that holds already only when it is a pause or
/// block that ends later.
pub async fn a_load_takes_back_no_directive<F: Control>(b: Bench<F>) {
    let other = b.other();
    let delayed = |n| Order::Override { robots: None, delay: Some(seconds(n)) };
    let directives = [
        ("a.test", Order::Block, None, Some(seconds(9)), None),
        ("b.test", Order::Block, Some(seconds(9)), None, None),
        ("c.test", Order::Pause, Some(seconds(5)), Some(seconds(9)), Some(seconds(9))),
        ("d.test", Order::Pause, Some(seconds(9)), Some(seconds(5)), Some(seconds(9))),
    ];
    let given = |about: &str, by: &str, order, lasts| Given {
        about: about.into(),
        order,
        by: by.into(),
        why: "asked to".into(),
        lasts,
    };
    for (about, order, here, there, _) in &directives {
        b.frontier.direct(given(about, "ann", order.clone(), *here)).await.expect("here");
        other.frontier.direct(given(about, "bob", order.clone(), *there)).await.expect("there");
    }
    b.frontier.direct(given("e.test", "ann", delayed(1), Some(seconds(1)))).await.expect("here");
    other.frontier.direct(given("e.test", "bob", delayed(2), None)).await.expect("there");
    b.load(&all_of(&other.frontier).await).await;
    let told = b.frontier.directives().await.expect("directives");
    for (about, _, _, _, lasts) in directives {
        let found = told.iter().find(|found| found.about == about).expect(about);
        assert_eq!(found.until.map(|until| until.since(found.since)), lasts, "{about}");
    }
    assert!(told.iter().any(|found| found.order == delayed(1)), "{told:?}");
    // What has ended here holds nothing back.
    b.clock.advance(seconds(1));
    b.load(&all_of(&other.frontier).await).await;
    let told = b.frontier.directives().await.expect("directives");
    assert!(told.iter().any(|found| found.order == delayed(2)), "{told:?}");
}

/// Of two robots copies of an origin the newer one counts.
pub async fn a_newer_robots_copy_outlives_a_load<F: Control>(b: Bench<F>) {
    let other = b.other();
    let with = |state| Settlement {
        robots: vec![(origin("https://a.test"), copy(state))],
        ..rest(Duration::ZERO)
    };
    other.settle(&other.take("a.test").await, with(RobotsState::DisallowAll)).await;
    b.clock.advance(seconds(5));
    b.settle(&b.take("a.test").await, with(RobotsState::AllowAll)).await;
    b.load(&all_of(&other.frontier).await).await;
    let kept = b.frontier.robots(&origin("https://a.test")).await.expect("robots");
    assert_eq!(kept.expect("a copy").copy, copy(RobotsState::AllowAll));
}

/// A time of a record counts for no more than a hundred years.
pub async fn a_loaded_time_stays_on_the_scale<F: Control>(b: Bench<F>) {
    let far = |host: HostKey, in_us, delay_us| {
        let state = HostState::default();
        Record::Host(HostRecord { host, fence: 1, in_us, delay_us, state, turn: 0 })
    };
    let entry = hub("https://c.test/");
    let records = [
        far(host("a.test"), i64::MAX, 0),
        far(host("b.test"), i64::MIN, i64::MAX),
        Record::Due { entry, in_us: i64::MAX },
    ];
    b.load(&records).await;
    let century = DURATION_MAX;
    assert_eq!(b.by_name("a.test").await, HostReply::Busy { free_in: century });
    assert_eq!(b.take("b.test").await.delay, century);
    let place = b.frontier.place(&url("https://c.test/")).await.expect("place");
    assert!(matches!(place, Some(Place::Due(_, due_in)) if due_in == century), "{place:?}");
    let left = b.by_name("b.test").await;
    assert_eq!(left, HostReply::Busy { free_in: LEASE + century });
}

/// A record with what cannot be is refused, and with it all that was to be loaded together.
pub async fn a_record_that_is_not_in_order_is_refused<F: Control>(b: Bench<F>) {
    let scope = |member: &str| Record::Scope { member: member.into() };
    let (state, host) = (HostState::default(), host("a.test"));
    let fence = u64::MAX;
    let record = HostRecord { host, fence, in_us: 0, delay_us: 0, state, turn: 0 };
    for bad in [scope("a b"), Record::Host(record)] {
        let refused = b.frontier.load(vec![scope("a.test"), bad]).await;
        assert!(matches!(refused, Err(Error::Record { .. })), "{refused:?}");
    }
    assert_eq!(b.frontier.scope_members().await.expect("the scope"), [""; 0]);
    assert_eq!(b.take("a.test").await.token.fence, 1);
}

/// What is in flight stands in a dump at the head of its bands.
pub async fn what_is_in_flight_is_dumped_as_waiting<F: Control>(b: Bench<F>) {
    b.add(["https://a.test/1", "https://a.test/2", "https://a.test/3"].map(hub)).await;
    b.add([backfill("https://a.test/4")]).await;
    let lease = b.lease(3).await;
    assert_eq!(paths(&lease), ["/1", "/2", "/4"]);
    let other = b.other();
    other.load(&all_of(&b.frontier).await).await;
    other.clock.advance(LEASE);
    assert_eq!(paths(&other.lease(9).await), ["/1", "/2", "/4", "/3"]);
}

/// A URL that has moved up from the backfill stands in a dump once, where it waits now.
pub async fn a_url_that_moved_up_is_dumped_once<F: Control>(b: Bench<F>) {
    b.add(["https://a.test/1", "https://a.test/2", "https://a.test/3"].map(backfill)).await;
    b.add([article("https://a.test/2")]).await;
    // In pieces as well between which its dead copy may lie.
    for chunk in [1, 2, 3, 9] {
        let records = all_in_pieces(&b.frontier, chunk).await;
        let urls = records.into_iter().filter_map(|record| match record {
            Record::Url { entry } => Some(entry.url.path_and_query().to_owned()),
            _ => None,
        });
        assert_eq!(urls.collect::<Vec<_>>(), ["/2", "/1", "/3"], "{chunk}");
    }
}
