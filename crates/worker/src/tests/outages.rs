//! A frontier that does not answer for a while ends nothing and loses nothing.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock, Weak};
use std::time::Duration;

use frontier::{Control, Frontier};

use super::sim::{SEC, SimClock, Sites, seeds, worker};
use super::trouble::{Fate, Troubled};
use crate::{Config, Crawler, Ended, Full, StopHandle};

const HOSTS: [&str; 3] = ["a.test", "b.test", "c.test"];
const PAGES: usize = 12;

/// Crawls three sites to the end with such troubles, and gives the web as it saw it.
async fn crawl(
    trouble: impl FnMut(Duration, &'static str) -> Fate + Send + 'static,
) -> (Sites, Troubled) {
    let clock = SimClock::new();
    let (frontier, web) = (Troubled::new(clock, trouble), Sites::new(clock, PAGES));
    let folder = tempfile::tempdir().unwrap();
    let crawler = worker(("w", 1), &frontier, &web, folder.path(), Config::default()).await;
    crawler.seed(seeds(&HOSTS)).await.unwrap();
    let ended = crawler.run(&StopHandle::new()).await.unwrap();
    assert_eq!(ended, Ended::Idle);
    assert_eq!(crawler.stats().await.unwrap().in_flight, 0);
    web.assert_polite(SEC);
    (web, frontier)
}

fn assert_complete(web: &Sites) {
    for host in HOSTS {
        let paths = web.paths();
        let of_host = paths.iter().filter(|path| path.starts_with(host));
        assert!(of_host.count() > PAGES, "{host}: {paths:?}");
    }
}

fn is_between(now: Duration, from: u32, to: u32) -> bool {
    (from * SEC..to * SEC).contains(&now)
}

#[tokio::test(start_paused = true)]
async fn an_outage_of_every_call_ends_no_crawl() {
    let (web, frontier) = crawl(|now, call| match call {
        "add_seeds" | "scope_members" => Fate::Fine,
        _ if is_between(now, 3, 40) => Fate::Away,
        _ => Fate::Fine,
    })
    .await;
    assert_complete(&web);
    // Leases are long: what was done before is settled after the outage, not done again.
    let paths = web.seen().iter().filter(|seen| seen.path == "/3").count();
    assert_eq!(paths, HOSTS.len());
    assert!(web.seen().iter().all(|seen| seen.began < 14 * SEC || seen.began > 40 * SEC));
    // Three settlements, the leases and the beats: with pauses, not in a storm.
    let asked = frontier.calls("lease").into_iter().filter(|at| is_between(*at, 10, 40));
    assert!(asked.count() < 20);
    let settled = frontier.calls("settle").into_iter().filter(|at| is_between(*at, 20, 40));
    assert!(settled.count() < 3 * 10);
}

#[tokio::test(start_paused = true)]
async fn an_outage_longer_than_the_leases_costs_repeated_work_only() {
    let (web, _) = crawl(|now, call| match call {
        "add_seeds" | "scope_members" => Fate::Fine,
        _ if is_between(now, 3, 400) => Fate::Away,
        _ => Fate::Fine,
    })
    .await;
    assert_complete(&web);
}

#[tokio::test(start_paused = true)]
async fn answers_that_are_lost_lose_nothing() {
    let mut calls = 0;
    let (web, _) = crawl(move |_, call| {
        calls += 1;
        let is_early = matches!(call, "add_seeds" | "scope_members" | "stats");
        if calls % 3 == 0 && !is_early { Fate::ReplyLost } else { Fate::Fine }
    })
    .await;
    assert_complete(&web);
}

#[tokio::test(start_paused = true)]
async fn calls_that_fail_now_and_then_lose_nothing() {
    let mut calls = 0;
    let (web, _) = crawl(move |_, call| {
        calls += 1;
        let is_early = matches!(call, "add_seeds" | "scope_members" | "stats");
        if calls % 2 == 0 && !is_early { Fate::Away } else { Fate::Fine }
    })
    .await;
    assert_complete(&web);
}

#[tokio::test(start_paused = true)]
async fn a_full_frontier_is_waited_for() {
    let (web, _) = crawl(|now, call| match call {
        "lease" | "extend" | "settle" if is_between(now, 2, 60) => Fate::Full,
        _ => Fate::Fine,
    })
    .await;
    assert_complete(&web);
}

#[tokio::test(start_paused = true)]
async fn a_frontier_without_room_counts_as_full_until_it_takes_a_call() {
    let clock = SimClock::new();
    let asking: Arc<OnceLock<Weak<Crawler<Troubled, Sites>>>> = Arc::default();
    let (known, seen) = (Arc::clone(&asking), Arc::new(Mutex::new(Vec::new())));
    let log = Arc::clone(&seen);
    let trouble = move |now, call: &str| {
        if call == "lease" && is_between(now, 2, 70) {
            let crawler = known.get().and_then(Weak::upgrade).unwrap();
            log.lock().unwrap().push((now, crawler.full()));
        }
        let is_full = matches!(call, "lease" | "extend" | "settle") && is_between(now, 2, 60);
        if is_full { Fate::NoRoom } else { Fate::Fine }
    };
    let (frontier, web) = (Troubled::new(clock, trouble), Sites::new(clock, PAGES));
    let folder = tempfile::tempdir().unwrap();
    let crawler = worker(("w", 1), &frontier, &web, folder.path(), Config::default()).await;
    asking.set(Arc::downgrade(&crawler)).unwrap();
    crawler.seed(seeds(&HOSTS)).await.unwrap();
    assert_eq!(crawler.run(&StopHandle::new()).await.unwrap(), Ended::Idle);
    assert_complete(&web);
    let seen = seen.lock().unwrap();
    let (full, later): (Vec<_>, Vec<_>) = seen.iter().partition(|(at, _)| *at < 60 * SEC);
    // The first call may be the one that finds it full; each later one finds that noted.
    assert!(full.len() > 20, "{full:?}");
    assert!(full[1..].iter().all(|(_, full)| *full == Some(Full::Frontier)), "{full:?}");
    // The first that is taken ends it.
    assert!(later.len() > 1 && later[1..].iter().all(|(_, full)| full.is_none()), "{later:?}");
}

#[tokio::test(start_paused = true)]
async fn a_frontier_that_refuses_for_good_ends_the_crawl() {
    let clock = SimClock::new();
    let trouble = |now, call| match call {
        "lease" | "settle" if now > 5 * SEC => Fate::Broken,
        _ => Fate::Fine,
    };
    let (frontier, web) = (Troubled::new(clock, trouble), Sites::new(clock, PAGES));
    let folder = tempfile::tempdir().unwrap();
    let crawler = worker(("w", 1), &frontier, &web, folder.path(), Config::default()).await;
    crawler.seed(seeds(&HOSTS)).await.unwrap();
    let error = crawler.run(&StopHandle::new()).await.unwrap_err();
    assert!(matches!(error, crate::Error::Frontier(_)), "{error}");
    let settled = frontier.calls("settle").into_iter().filter(|at| *at > 5 * SEC);
    assert!(settled.count() <= HOSTS.len(), "tried once each");
}

#[tokio::test(start_paused = true)]
async fn a_stop_in_an_outage_leaves_the_rest_leased_within_the_bound() {
    let clock = SimClock::new();
    let is_away = Arc::new(AtomicBool::new(false));
    let away = Arc::clone(&is_away);
    let trouble = move |_, _| if away.load(Ordering::Relaxed) { Fate::Away } else { Fate::Fine };
    let (frontier, web) = (Troubled::new(clock, trouble), Sites::new(clock, PAGES));
    let folder = tempfile::tempdir().unwrap();
    let crawler = worker(("w", 1), &frontier, &web, folder.path(), Config::default()).await;
    crawler.seed(seeds(&HOSTS)).await.unwrap();
    let stop = StopHandle::new();
    let running = tokio::spawn({
        let (crawler, stop) = (Arc::clone(&crawler), stop.clone());
        async move { crawler.run(&stop).await }
    });
    tokio::time::sleep(3 * SEC).await;
    is_away.store(true, Ordering::Relaxed);
    let asked_at = tokio::time::Instant::now();
    stop.drain();
    assert_eq!(running.await.unwrap().unwrap(), Ended::Stopped);
    assert!(asked_at.elapsed() <= Config::default().drain_max + 3 * SEC);
    assert_eq!(crawler.left_leased(), HOSTS.len() as u64);
    // They heal, and another worker ends the crawl.
    is_away.store(false, Ordering::Relaxed);
    let second = worker(("v", 2), &frontier, &web, folder.path(), Config::default()).await;
    assert_eq!(second.run(&StopHandle::new()).await.unwrap(), Ended::Idle);
    assert_complete(&web);
    web.assert_polite(SEC);
    assert_eq!(frontier.model.stats().await.unwrap().in_flight, 0);
    assert!(frontier.model.workers().await.unwrap().iter().any(|row| row.beat.is_gone));
}
