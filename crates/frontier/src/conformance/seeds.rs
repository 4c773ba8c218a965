//! Seeds, the accounts of outlets, and what is known of single URLs.

use std::time::Duration;

use crawl::{Fingerprint, HostKey, Posting, Seed, SeedSpec, SeedState, SpecField};

use super::bench::{Bench, article, backfill, done, hub, paths, rest, seconds, url};
use crate::{Frontier, NewSeed, Place, SeedRemoved, SeedRow, SeedsAdded, Settlement};

fn seed(text: &str) -> NewSeed {
    let spec = SeedSpec::new(Seed::parse(text).expect("the suite's seeds are valid"));
    let member = Some(spec.seed.outlet().as_str().to_owned());
    NewSeed { spec, member }
}

fn outlet(name: &str) -> crawl::Outlet {
    HostKey::parse(name).expect("a valid host").outlet()
}

impl<F: Frontier> Bench<F> {
    async fn sow(&self, seeds: impl IntoIterator<Item = NewSeed>) -> SeedsAdded {
        self.frontier.add_seeds(seeds.into_iter().collect()).await.expect("add seeds")
    }

    async fn rows(&self) -> Vec<SeedRow> {
        self.frontier.seeds(None, 99).await.expect("seeds")
    }
}

/// A seed is kept under its text; given again, what is said of it is replaced.
pub async fn a_seed_given_again_is_replaced<F: Frontier>(b: Bench<F>) {
    let first = b.sow([seed("a.test"), seed("b.test"), seed("a.test")]).await;
    assert_eq!(first, SeedsAdded { added: 2, changed: 0, known: 1 });
    b.clock.advance(seconds(5));
    let mut changed = seed("a.test");
    changed.spec.set(SpecField::Country, "FR").expect("a country");
    let second = b.sow([changed.clone(), seed("b.test")]).await;
    assert_eq!(second, SeedsAdded { added: 0, changed: 1, known: 1 });
    let rows = b.rows().await;
    assert_eq!((&rows[0].spec, rows[0].age), (&changed.spec, seconds(5)));
    assert_eq!((rows.len(), &rows[0].state), (2, &None));
    assert_eq!(b.frontier.scope_members().await.expect("scope"), ["a.test", "b.test"]);
    // Its entry waits once.
    assert_eq!(b.frontier.stats().await.expect("stats").pending, 2);
}

/// Seeds are listed by name, from a name on.
pub async fn seeds_are_listed_by_name<F: Frontier>(b: Bench<F>) {
    b.sow(["c.test", "https://b.test/x", "a.test", "b.test"].map(seed)).await;
    let names = async |after: Option<&str>, max| {
        let rows = b.frontier.seeds(after.map(str::to_owned), max).await.expect("seeds");
        rows.iter().map(|row| row.spec.seed.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(names(None, 2).await, ["a.test", "b.test"]);
    assert_eq!(names(Some("b.test"), 9).await, ["c.test", "https://b.test/x"]);
    assert_eq!(names(Some("https://b.test/x"), 9).await, [""; 0]);
}

/// A settlement tells what came of a seed; names that are not kept are ignored.
pub async fn a_settlement_tells_what_came_of_a_seed<F: Frontier>(b: Bench<F>) {
    b.sow([seed("a.test")]).await;
    let lease = b.lease(9).await;
    let seeds = vec![
        ("a.test".to_owned(), SeedState::Moved("https://b.test/".into())),
        ("unheard-of.test".to_owned(), SeedState::Alive),
    ];
    b.settle(&lease, Settlement { seeds, ..done(&lease) }).await;
    b.clock.advance(seconds(3));
    let rows = b.rows().await;
    let state = Some((SeedState::Moved("https://b.test/".into()), seconds(3)));
    assert_eq!((rows.len(), &rows[0].state), (1, &state));
}

/// Removing the last seed of an outlet drops what waits there, and forgets it; not before.
pub async fn removing_the_last_seed_drops_what_waits<F: Frontier>(b: Bench<F>) {
    b.sow(["a.test", "https://www.a.test/x", "b.test"].map(seed)).await;
    b.add([article("https://a.test/1"), article("https://a.test/2")]).await;
    let lease = b.take("a.test").await;
    b.settle(&lease, super::bench::again(&lease.urls[1], seconds(60))).await;
    let remove = async |name: &str| b.frontier.remove_seed(name).await.expect("remove");
    assert_eq!(remove("nobody.test").await, None);
    assert_eq!(remove("a.test").await, Some(SeedRemoved { urls: 0, others: 1 }));
    let members = async || b.frontier.scope_members().await.expect("scope");
    assert_eq!(members().await, ["a.test", "b.test"]);
    let last = remove("https://www.a.test/x").await;
    // The front page, two articles (one of them due later), and the other seed.
    assert_eq!(last, Some(SeedRemoved { urls: 4, others: 0 }));
    assert_eq!((members().await, b.rows().await.len()), (vec!["b.test".to_owned()], 1));
    let stats = b.frontier.stats().await.expect("stats");
    assert_eq!((stats.pending, stats.due, stats.in_flight), (1, 0, 0));
    assert_eq!(b.add([article("https://a.test/1")]).await, (1, 0), "it can be given again");
}

/// What is in flight when its seed is removed is settled as ever.
pub async fn a_removed_seed_leaves_what_is_in_flight<F: Frontier>(b: Bench<F>) {
    b.sow([seed("a.test")]).await;
    b.add([article("https://a.test/1"), article("https://a.test/2")]).await;
    let lease = b.lease(2).await;
    let removed = b.frontier.remove_seed("a.test").await.expect("remove");
    assert_eq!(removed, Some(SeedRemoved { urls: 1, others: 0 }));
    b.settle(&lease, rest(Duration::ZERO)).await;
    assert_eq!(paths(&b.take("a.test").await), paths(&lease));
}

/// A lease brings the terms of its outlet's seeds and its account, to which settlements post.
pub async fn a_lease_brings_the_terms_and_the_account_of_its_outlet<F: Frontier>(b: Bench<F>) {
    let mut first = seed("a.test");
    first.spec.set(SpecField::Delay, "9s").expect("a delay");
    let mut second = seed("https://www.a.test/");
    second.spec.set(SpecField::Budget, "70").expect("a budget");
    b.sow([first, second, seed("b.test")]).await;
    let lease = b.take("a.test").await;
    assert_eq!((lease.terms.delay, lease.terms.budget_per_day), (Some(seconds(9)), Some(70)));
    assert_eq!(lease.account, crawl::Account::default());
    let posting = Posting { requests: 3, shares: 5, ..Posting::default() };
    b.settle(&lease, Settlement { posting, ..done(&lease) }).await;
    let lease = b.take("www.a.test").await;
    assert_eq!((lease.account.requests, lease.account.shares), (3, 5));
    let posting = Posting { requests: 4, shares: -2, ..Posting::default() };
    b.settle(&lease, Settlement { posting, ..done(&lease) }).await;
    let rows = b.rows().await;
    assert_eq!((rows[0].account.requests, rows[0].account.shares), (7, 3));
    assert_eq!(rows[1].account, crawl::Account::default(), "b.test has its own");
}

/// Of many URLs, those that are not known are told, in their order.
pub async fn unknown_urls_are_told<F: Frontier>(b: Bench<F>) {
    b.add([article("https://a.test/1"), article("https://b.test/2")]).await;
    let ask =
        ["https://c.test/3", "https://a.test/1", "https://a.test/3", "https://b.test/2"].map(url);
    let unknown = b.frontier.unknown(ask.to_vec()).await.expect("unknown");
    assert_eq!(unknown, [ask[0].fingerprint(), ask[2].fingerprint()]);
    assert_eq!(b.frontier.stats().await.expect("stats").urls_seen, 2, "asking adds nothing");
}

/// The first to claim a key within an outlet holds it.
pub async fn the_first_claim_holds<F: Frontier>(b: Bench<F>) {
    let claim = async |name: &str, key, by| {
        b.frontier.claim(&outlet(name), key, Fingerprint(by)).await.expect("claim").0
    };
    assert_eq!(claim("a.test", u64::MAX, u64::MAX - 1).await, u64::MAX - 1);
    assert_eq!(claim("a.test", u64::MAX, 5).await, u64::MAX - 1);
    assert_eq!((claim("b.test", u64::MAX, 5).await, claim("a.test", 1, 7).await), (5, 7));
}

/// The hubs of an outlet are told, on all its hosts, with the time until their next visit.
pub async fn the_hubs_of_an_outlet_are_listed<F: Frontier>(b: Bench<F>) {
    b.add([hub("https://www.a.test/"), hub("https://a.test/feed"), hub("https://b.test/")]).await;
    b.add([article("https://a.test/1"), backfill("https://a.test/2")]).await;
    let lease = b.take("a.test").await;
    b.settle(&lease, super::bench::again(&lease.urls[0], seconds(60))).await;
    b.clock.advance(seconds(20));
    let hubs = b.frontier.hubs(&outlet("a.test")).await.expect("hubs");
    let told: Vec<_> = hubs.iter().map(|row| (row.entry.url.as_str(), row.due_in)).collect();
    let expected = [("https://a.test/feed", seconds(40)), ("https://www.a.test/", seconds(0))];
    assert_eq!(told, expected);
}

/// The place of a URL is told.
pub async fn the_place_of_a_url_is_told<F: Frontier>(b: Bench<F>) {
    b.add(["1", "2", "3"].map(|n| article(&format!("https://a.test/{n}")))).await;
    let lease = b.lease(2).await;
    let settlement = super::bench::again(&lease.urls[1], seconds(60));
    let mut verdicts = settlement.verdicts.clone();
    verdicts.push((lease.urls[0].url.fingerprint(), crate::Verdict::Done));
    b.settle(&lease, Settlement { verdicts, ..settlement }).await;
    let place = async |text: &str| b.frontier.place(&url(text)).await.expect("place");
    assert_eq!(place("https://a.test/1").await, Some(Place::Settled));
    let due = Place::Due(Box::new(article("https://a.test/2")), seconds(60));
    assert_eq!(place("https://a.test/2").await, Some(due));
    let pending = Place::Pending(Box::new(article("https://a.test/3")));
    assert_eq!(place("https://a.test/3").await, Some(pending));
    assert_eq!(place("https://a.test/4").await, None);
    assert_eq!(place("https://nobody.test/").await, None);
}
