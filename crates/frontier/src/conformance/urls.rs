//! URLs: known for ever, put aside and due again.

use std::time::Duration;

use crawl::{Band, Entry, Listed, UnixMicros, Validators};

use super::bench::{Bench, again, article, backfill, done, host, hub, paths, rest, seconds, url};
use crate::turn::DUE_MOVED_MAX;
use crate::{Error, Frontier, LeaseReply, Settlement, Verdict};

/// An unknown URL is added to the tail of its band; a second one like it is known.
pub async fn an_unknown_url_is_added_once<F: Frontier>(b: Bench<F>) {
    let (one, two) = (article("https://a.test/1"), article("https://a.test/2"));
    assert_eq!(b.add([one.clone(), two.clone(), one.clone()]).await, (2, 1));
    assert_eq!(b.add([two, hub("https://a.test/1"), article("http://a.test/1")]).await, (1, 2));
    let lease = b.lease(9).await;
    assert_eq!(lease.urls[..2], [one, article("https://a.test/2")]);
    assert_eq!(lease.urls[2].url.as_str(), "http://a.test/1");
    assert_eq!(b.add([]).await, (0, 0));
}

/// A URL that was settled is never leased again, whoever links to it.
pub async fn a_url_is_known_for_ever<F: Frontier>(b: Bench<F>) {
    b.add([hub("https://a.test/")]).await;
    let lease = b.lease(1).await;
    let links = vec![hub("https://a.test/"), backfill("https://a.test/")];
    assert_eq!(b.settle(&lease, Settlement { links, ..done(&lease) }).await, (0, 2));
    assert_eq!(b.add([hub("https://a.test/")]).await, (0, 1));
    assert_eq!(b.idle().await.next_ready_in, None);
}

/// A host that was unknown is ready at once.
pub async fn a_new_host_is_ready_at_once<F: Frontier>(b: Bench<F>) {
    b.clock.advance(seconds(1_000));
    b.add([backfill("http://[2001:db8::1]:8080/x")]).await;
    assert_eq!(b.lease(1).await.token.host, host("[2001:db8::1]"));
}

/// The links of a settlement go to the tails of their own hosts.
pub async fn links_go_to_their_hosts<F: Frontier>(b: Bench<F>) {
    b.add([hub("https://a.test/1"), hub("https://a.test/2")]).await;
    let lease = b.lease(1).await;
    let links = ["https://a.test/3", "https://b.test/4", "https://a.test/1"].map(hub).to_vec();
    assert_eq!(b.settle(&lease, Settlement { links, ..done(&lease) }).await, (2, 1));
    assert_eq!(paths(&b.lease(9).await), ["/2", "/3"]);
    assert_eq!(paths(&b.lease(9).await), ["/4"]);
}

/// `Again` puts an entry aside until its time, and keeps it as the rules gave it.
pub async fn again_waits_for_its_time_and_keeps_its_entry<F: Frontier>(b: Bench<F>) {
    b.add([hub("https://a.test/")]).await;
    let lease = b.lease(1).await;
    let validators = Validators { etag: Some("\"é\u{1f4f0}\"".into()), ..Validators::default() };
    let entry = Entry {
        band: Band::Article,
        depth: 9,
        hops: 3,
        attempt: 2,
        seed: Some("a.test".into()),
        http_fallback: true,
        revisit: Some(Box::new(validators)),
        ..lease.urls[0].clone()
    };
    b.settle(&lease, again(&entry, seconds(50))).await;
    b.clock.advance(seconds(49));
    assert_eq!(b.idle().await.next_ready_in, Some(seconds(1)));
    b.clock.advance(seconds(1));
    assert_eq!(b.lease(9).await.urls, [entry]);
}

/// An entry that was put aside stays known.
pub async fn an_entry_put_aside_stays_known<F: Frontier>(b: Bench<F>) {
    b.add([hub("https://a.test/")]).await;
    let lease = b.lease(1).await;
    b.settle(&lease, again(&lease.urls[0], seconds(50))).await;
    assert_eq!(b.add([hub("https://a.test/")]).await, (0, 1));
    assert_eq!(b.idle().await.next_ready_in, Some(seconds(50)));
}

/// Entries whose time has come go to the tail of their band by time, then by fingerprint.
pub async fn due_entries_come_by_time_then_by_fingerprint<F: Frontier>(b: Bench<F>) {
    let entries: Vec<Entry> = (0..12).map(|n| hub(&format!("https://a.test/{n}"))).collect();
    b.add(entries.clone()).await;
    let lease = b.lease(20).await;
    let wait = |n: usize| seconds(if n < 4 { 9 } else { 5 });
    let verdict = |n: usize, entry: &Entry| {
        let verdict = Verdict::Again { after: wait(n), entry: Box::new(entry.clone()) };
        (entry.url.fingerprint(), verdict)
    };
    let verdicts = entries.iter().enumerate().map(|(n, entry)| verdict(n, entry)).collect();
    b.settle(&lease, Settlement { verdicts, ..rest(Duration::ZERO) }).await;
    b.clock.advance(seconds(10));
    let mut expected: Vec<_> = entries.into_iter().enumerate().collect();
    expected.sort_by_key(|(n, entry)| (wait(*n), entry.url.fingerprint()));
    let expected: Vec<Entry> = expected.into_iter().map(|(_, entry)| entry).collect();
    assert_eq!(b.lease(20).await.urls, expected);
}

/// Entries whose time has come stand behind what is pending, and before what comes later.
pub async fn due_entries_come_after_what_is_pending<F: Frontier>(b: Bench<F>) {
    b.add([hub("https://a.test/1"), hub("https://a.test/2")]).await;
    let lease = b.lease(1).await;
    b.settle(&lease, again(&lease.urls[0], seconds(5))).await;
    b.clock.advance(seconds(5));
    let lease = b.lease(0).await;
    b.settle(&lease, Settlement { links: vec![hub("https://a.test/3")], ..done(&lease) }).await;
    assert_eq!(paths(&b.lease(9).await), ["/2", "/1", "/3"]);
}

/// One lease moves a bounded number of due entries; the next one goes on.
pub async fn a_lease_moves_a_bounded_number_of_due_entries<F: Frontier>(b: Bench<F>) {
    let count = DUE_MOVED_MAX + 10;
    b.add((0..count).map(|n| hub(&format!("https://a.test/{n}")))).await;
    let lease = b.lease(count).await;
    let verdicts = lease.urls.iter().map(|entry| {
        let verdict = Verdict::Again { after: seconds(1), entry: Box::new(entry.clone()) };
        (entry.url.fingerprint(), verdict)
    });
    b.settle(&lease, Settlement { verdicts: verdicts.collect(), ..rest(Duration::ZERO) }).await;
    b.clock.advance(seconds(1));
    let lease = b.lease(count).await;
    assert_eq!(lease.urls.len(), DUE_MOVED_MAX);
    b.settle(&lease, done(&lease)).await;
    assert_eq!(b.lease(count).await.urls.len(), 10);
}

/// A seed given again whose visit had failed is due at once, and counts as added.
pub async fn a_failed_seed_given_again_is_due_at_once<F: Frontier>(b: Bench<F>) {
    let seed = Entry { seed: Some("a.test".into()), ..hub("https://a.test/") };
    b.add([seed.clone()]).await;
    let lease = b.lease(1).await;
    let failed = Entry { attempt: 3, ..seed.clone() };
    b.settle(&lease, again(&failed, seconds(5_000))).await;
    assert_eq!(b.add([hub("https://a.test/")]).await, (0, 1));
    assert_eq!(b.idle().await.next_ready_in, Some(seconds(5_000)));
    assert_eq!(b.add([seed.clone()]).await, (1, 0));
    assert_eq!(b.add([seed]).await, (0, 1));
    assert_eq!(b.lease(1).await.urls, [failed]);
}

/// A URL that waits in `Backfill` and is offered as `Article` goes there, as it is offered.
pub async fn backfill_offered_as_an_article_moves_up<F: Frontier>(b: Bench<F>) {
    b.add(["1", "2", "3", "4"].map(|n| backfill(&format!("https://a.test/{n}")))).await;
    let lease = b.lease(1).await;
    assert_eq!(paths(&lease), ["/1"]);
    let listed = Some(Listed { at: UnixMicros(7), is_published: true });
    let offered = ["1", "3", "4"].map(|n| Entry {
        depth: 5,
        listed,
        ..article(&format!("https://a.test/{n}"))
    });
    // What is in flight stays; the others are known all the same.
    assert_eq!(b.add(offered.clone()).await, (0, 3));
    let stats = b.frontier.stats().await.expect("stats");
    assert_eq!((stats.pending_by_band, stats.in_flight), ([0, 2, 1], 1));
    b.settle(&lease, again(&lease.urls[0], seconds(50))).await;
    // Put aside without a failure, it moves too; once there, it stays.
    assert_eq!(b.add(offered.clone()).await, (0, 3));
    assert_eq!(b.frontier.stats().await.expect("stats").pending_by_band, [0, 3, 1]);
    let lease = b.lease(9).await;
    let articles: Vec<_> = lease.urls.iter().filter(|e| e.band == Band::Article).collect();
    assert_eq!(articles, [&offered[1], &offered[2], &offered[0]]);
    b.settle(&lease, done(&lease)).await;
    assert_eq!(b.add(offered).await, (0, 3), "what is settled stays settled");
    assert_eq!(b.frontier.stats().await.expect("stats").pending, 0);
}

/// Who offers URLs is told which hosts have something fresh now that they had not before.
pub async fn hosts_with_something_fresh_are_told<F: Frontier>(b: Bench<F>) {
    let offer = async |entries: Vec<Entry>| b.frontier.enqueue(entries).await.expect("enqueue");
    let first = vec![
        backfill("https://b.test/1"),
        article("https://c.test/1"),
        hub("https://a.test/"),
        hub("https://a.test/feed"),
    ];
    assert_eq!(offer(first.clone()).await.fresh, [host("a.test"), host("c.test")]);
    assert_eq!(offer(first).await.fresh, []);
    // What moves up from the backfill is as good as new.
    assert_eq!(offer(vec![article("https://b.test/1")]).await.fresh, [host("b.test")]);
    let lease = b.take("a.test").await;
    let links = vec![article("https://a.test/2"), article("https://c.test/1")];
    let settlement = Settlement { links, ..done(&lease) };
    let settled = b.frontier.settle(&lease.token, settlement).await.expect("settle");
    assert_eq!(settled.fresh, [host("a.test")]);
}

/// A known URL is left alone: a link to a failed one, a seed that waits for its next visit.
pub async fn a_known_url_is_otherwise_left_alone<F: Frontier>(b: Bench<F>) {
    let seed = Entry { seed: Some("a.test".into()), ..hub("https://a.test/") };
    b.add([seed.clone()]).await;
    assert_eq!(b.add([seed.clone()]).await, (0, 1));
    let lease = b.lease(1).await;
    assert_eq!(b.add([seed.clone()]).await, (0, 1));
    b.settle(&lease, again(&seed, seconds(60))).await;
    assert_eq!(b.add([seed.clone()]).await, (0, 1));
    assert_eq!(b.idle().await.next_ready_in, Some(seconds(60)));
    b.clock.advance(seconds(60));
    let lease = b.lease(1).await;
    b.settle(&lease, done(&lease)).await;
    assert_eq!(b.add([seed]).await, (0, 1));
    assert!(matches!(b.reply().await, LeaseReply::Nothing(idle) if idle.next_ready_in.is_none()));
}

/// Verdicts on URLs that are not of the lease are ignored.
pub async fn verdicts_on_other_urls_are_ignored<F: Frontier>(b: Bench<F>) {
    b.add(["https://a.test/1", "https://a.test/2", "https://b.test/3"].map(hub)).await;
    let lease = b.lease(1).await;
    let pending = hub("https://a.test/2");
    let stranger = Verdict::Again { after: seconds(1), entry: Box::new(pending.clone()) };
    let verdicts = vec![
        (pending.url.fingerprint(), stranger),
        (url("https://b.test/3").fingerprint(), Verdict::Done),
        (url("https://a.test/never").fingerprint(), Verdict::Done),
    ];
    b.settle(&lease, Settlement { verdicts, ..rest(Duration::ZERO) }).await;
    assert_eq!(b.add([hub("https://a.test/never")]).await, (1, 0));
    assert_eq!(paths(&b.take("a.test").await), ["/1", "/2", "/never"]);
    assert_eq!(paths(&b.take("b.test").await), ["/3"]);
}

/// A verdict whose entry is for another URL is refused, and with it the whole settlement.
pub async fn a_verdict_with_another_url_is_refused_whole<F: Frontier>(b: Bench<F>) {
    b.add([hub("https://a.test/1")]).await;
    let lease = b.lease(1).await;
    let wrong = Verdict::Again { after: seconds(1), entry: Box::new(hub("https://b.test/1")) };
    let verdicts = vec![(lease.urls[0].url.fingerprint(), wrong)];
    let links = vec![hub("https://a.test/2")];
    let settlement = Settlement { verdicts, links, ..rest(Duration::ZERO) };
    let refused = b.frontier.settle(&lease.token, settlement).await;
    assert!(matches!(refused, Err(Error::WrongEntry { .. })), "{refused:?}");
    assert_eq!(b.frontier.stats().await.expect("stats").urls_seen, 1);
    b.settle(&lease, done(&lease)).await;
}
