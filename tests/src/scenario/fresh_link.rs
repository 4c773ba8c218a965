//! A single fresh link on a host with a long backfill, under simulated time.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crawl::{Band, CanonicalUrl, Entry, HostKey, Seed, SeedSpec, UnixMicros};
use fetch::{Exchange, Moment, Outcome, Request, Response, Session, Web};
use frontier::{Frontier, Model};
use worker::{Crawler, StopHandle};

use crate::sim::{self, SimClock};

/// What came of it.
#[derive(Clone, Copy, Debug)]
pub struct FreshLink {
    /// From the end of the feed's visit to the start of the request for what it listed.
    pub fresh_after: Duration,
    /// Backfill requests after that.
    pub backfill_after: usize,
}

/// When the feed is given, and when the crawl ends.
const GIVEN_AFTER: Duration = Duration::from_secs(45);
const ENDS_AFTER: Duration = Duration::from_mins(3);

/// Crawls a host with so many URLs of backfill; a feed on another host then lists one article.
///
/// # Panics
/// When the article is not fetched at all.
pub fn fresh_link(backfill: usize, delay: Duration) -> FreshLink {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .expect("a runtime without the network needs nothing from the system");
    let seen = runtime.block_on(crawl(backfill, delay));
    let at = |url: &str| {
        let found = seen.iter().find(|(seen, _)| seen == url);
        found.unwrap_or_else(|| panic!("{url} was never fetched")).1
    };
    let (listed, fetched) = (at("https://feeds.test/rss"), at("https://busy.test/fresh"));
    let after = seen.iter().filter(|(url, when)| url.contains("/old/") && *when > fetched);
    FreshLink { fresh_after: fetched.saturating_sub(listed), backfill_after: after.count() }
}

async fn crawl(backfill: usize, delay: Duration) -> Vec<(String, Duration)> {
    let clock = SimClock::new(UnixMicros(1_795_564_800_000_000));
    let frontier = Model::new(Arc::new(clock));
    let old = (0..backfill).map(|n| {
        let url = CanonicalUrl::parse(&format!("https://busy.test/old/{n}")).expect("a URL");
        Entry::new(url, Band::Backfill)
    });
    frontier.enqueue(old.collect()).await.expect("URLs are taken");
    frontier.admit(vec!["busy.test".into()]).await.expect("the scope is taken");
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let web = TwoHosts { clock, seen: Arc::default() };
    let mut parts = sim::parts(frontier, web.clone(), clock, folder.path(), 1);
    parts.politeness.delay = delay;
    let config = worker::Config { time_max: Some(ENDS_AFTER), ..worker::Config::default() };
    let crawler = Arc::new(Crawler::new(parts, config).await.expect("the frontier can be read"));
    let giving = Arc::clone(&crawler);
    let given = tokio::spawn(async move {
        tokio::time::sleep(GIVEN_AFTER).await;
        let url = "https://feeds.test/rss";
        let seed = Seed::parse_as(crawl::SeedKind::Feed, url).expect("a seed");
        giving.seed(vec![SeedSpec::new(seed)]).await
    });
    crawler.run(&StopHandle::new()).await.expect("the crawl goes on to its end");
    given.await.expect("no panic").expect("the seed is taken");
    let seen = web.seen.lock().unwrap_or_else(PoisonError::into_inner);
    seen.clone()
}

/// A host of pages that say nothing, and a host with a feed.
#[derive(Clone)]
struct TwoHosts {
    clock: SimClock,
    seen: Arc<Mutex<Vec<(String, Duration)>>>,
}

impl Web for TwoHosts {
    type Session = Self;

    fn open(&self, _host: &HostKey) -> Self {
        self.clone()
    }
}

impl Session for TwoHosts {
    async fn exchange(&mut self, request: &Request) -> Exchange {
        let started = Moment::of(&self.clock);
        let url = request.url.to_string();
        tokio::time::sleep(Duration::from_millis(20)).await;
        let body = match request.url.path_and_query() {
            "/robots.txt" => None,
            "/rss" => Some(format!(
                "<rss version=\"2.0\"><channel><title>t</title><item>\
                 <link>https://busy.test/fresh</link>\
                 <pubDate>{}</pubDate></item></channel></rss>",
                "Wed, 25 Nov 2026 00:00:30 GMT"
            )),
            _ => Some("<!DOCTYPE html><title>old</title><p>Nothing new.".to_owned()),
        };
        // What counts is the end of the feed's visit, and the start of all others.
        let is_feed = url.ends_with("/rss");
        let now = Moment::of(&self.clock);
        let when = if is_feed { now.elapsed } else { started.elapsed };
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).push((url, when));
        let response = Response {
            status: if body.is_some() { 200 } else { 404 },
            reason: None,
            version: "HTTP/1.1",
            headers: Vec::new(),
            body: body.unwrap_or_default().into_bytes().into(),
            truncated: None,
        };
        Exchange {
            url: request.url.clone(),
            request_head: b"GET / HTTP/1.1\r\n\r\n".to_vec(),
            started,
            first_byte: Some(now),
            ended: now,
            remote: None,
            outcome: Outcome::Response(Box::new(response)),
        }
    }

    fn close_idle(&mut self) {}
}
