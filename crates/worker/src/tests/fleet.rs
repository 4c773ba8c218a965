//! Workers that share a frontier: what they hear, and that they do not storm it.

use std::sync::Arc;
use std::time::Duration;

use archive::audit;
use crawl::{Band, CanonicalUrl, Entry, Order};
use frontier::{Beat, Control, Frontier, Given, NewSeed};
use tokio::task::JoinHandle;

use super::sim::{SEC, SimClock, Sites, seeds, worker};
use super::trouble::{Fate, Troubled};
use crate::crawler::Error;
use crate::{Config, Crawler, Ended, StopHandle};

/// A worker that runs, and how to stop it.
type Running = (JoinHandle<Result<Ended, Error>>, StopHandle);

/// A frontier without troubles, a web, and a folder for archives.
pub(super) struct Fleet {
    pub(super) frontier: Troubled,
    pub(super) web: Sites,
    pub(super) folder: tempfile::TempDir,
    config: Config,
}

impl Fleet {
    pub(super) fn new(web: impl FnOnce(Sites) -> Sites, config: Config) -> Self {
        Self::troubled(web, config, |_, _| Fate::Fine)
    }

    pub(super) fn troubled(
        web: impl FnOnce(Sites) -> Sites,
        config: Config,
        trouble: impl FnMut(Duration, &'static str) -> Fate + Send + 'static,
    ) -> Self {
        let clock = SimClock::new();
        let frontier = Troubled::new(clock, trouble);
        let web = web(Sites::new(clock, 30)).under_leases_of(&frontier.model);
        let folder = tempfile::tempdir().unwrap();
        Self { frontier, web, folder, config }
    }

    pub(super) async fn seed(&self, hosts: &[&str]) {
        let member = |host: &str| {
            let url = CanonicalUrl::parse(&format!("https://{host}/")).unwrap();
            Some(url.host_key().outlet().to_string())
        };
        let specs = seeds(hosts).into_iter().zip(hosts);
        let seeds = specs.map(|(spec, host)| NewSeed { spec, member: member(host) }).collect();
        self.frontier.model.add_seeds(seeds).await.unwrap();
    }

    /// Sets workers to work.
    pub(super) async fn start(&self, names: &[&'static str]) -> Vec<Running> {
        let mut running = Vec::new();
        for (number, name) in names.iter().enumerate() {
            let name = (*name, number as u64);
            // Their wall clocks stand apart by seconds.
            let apart = Duration::from_secs(number as u64);
            let web = &self.web.clone().with_clock_ahead(apart);
            let (frontier, folder) = (&self.frontier, self.folder.path());
            let crawler = worker(name, frontier, web, folder, self.config.clone()).await;
            running.push(set_to_work(&crawler));
        }
        running
    }

    /// Lets workers crawl to the end.
    pub(super) async fn finish(&self, names: &[&'static str]) {
        for (running, _) in self.start(names).await {
            assert_eq!(running.await.unwrap().unwrap(), Ended::Idle);
        }
        self.web.assert_polite(SEC);
    }

    pub(super) async fn direct(&self, about: &str, order: Order, lasts: Option<Duration>) {
        let (about, by, why) = (about.into(), "ann".into(), "they asked".into());
        self.frontier.model.direct(Given { about, order, by, why, lasts }).await.unwrap();
    }

    async fn beat_of(&self, name: &str) -> Beat {
        let rows = self.frontier.model.workers().await.unwrap();
        rows.into_iter().find(|row| row.beat.name == name).expect("it has beaten").beat
    }

    pub(super) async fn stop(&self, running: Vec<Running>) {
        for (running, stop) in running {
            stop.drain();
            assert_eq!(running.await.unwrap().unwrap(), Ended::Stopped);
        }
        self.web.assert_polite(SEC);
    }

    /// The archives of all workers together break no rule.
    pub(super) fn assert_audited(&self) -> audit::Report {
        let folders = std::fs::read_dir(self.folder.path()).unwrap();
        let paths: Vec<_> = folders.map(|folder| folder.unwrap().path()).collect();
        let report = audit::run(&paths, &mut |_| {}).unwrap();
        assert_eq!(report.findings, []);
        let figures = &report.figures;
        let all = figures.pages + figures.robots + figures.tdmrep;
        assert_eq!(all, self.web.seen().len() as u64);
        report
    }

    /// When a host was asked for pages.
    fn starts(&self, host: &str) -> Vec<Duration> {
        let seen = self.web.seen().into_iter().filter(|seen| seen.host == host);
        seen.map(|seen| seen.began).collect()
    }
}

fn set_to_work(crawler: &Arc<Crawler<Troubled, Sites>>) -> Running {
    let (crawler, stop) = (Arc::clone(crawler), StopHandle::new());
    let watch = stop.clone();
    (tokio::spawn(async move { crawler.run(&watch).await }), stop)
}

pub(super) fn watching() -> Config {
    Config { watch: true, ..Config::default() }
}

#[tokio::test(start_paused = true)]
async fn workers_without_watch_end_when_nothing_is_leased_anywhere() {
    let fleet = Fleet::new(|web| web, Config::default());
    fleet.seed(&["a.test", "b.test", "c.test", "d.test"]).await;
    fleet.finish(&["v", "w", "x"]).await;
    assert_eq!(fleet.web.paths().iter().filter(|path| path.starts_with("d.test")).count(), 31);
    let stats = fleet.frontier.model.stats().await.unwrap();
    assert_eq!((stats.pending, stats.in_flight), (0, 0));
    fleet.assert_audited();
}

#[tokio::test(start_paused = true)]
async fn workers_that_wait_for_one_host_do_not_come_together() {
    let fleet = Fleet::new(|web| web, watching());
    let url = CanonicalUrl::parse("https://a.test/").unwrap();
    let entry = Entry::new(url, Band::Backfill);
    let lasts = Some(60 * SEC);
    fleet.direct("a.test", Order::Pause, lasts).await;
    fleet.frontier.model.enqueue(vec![entry]).await.unwrap();
    let running = fleet.start(&["u", "v", "w", "x"]).await;
    tokio::time::sleep(120 * SEC).await;
    fleet.stop(running).await;
    let mut asked = fleet.frontier.calls("lease");
    asked.retain(|at| *at < 60 * SEC);
    let together = asked.windows(4).filter(|four| four[0] == four[3]).count();
    assert!(together <= 1, "{asked:?}");
    assert!(asked.len() < 4 * 12, "{}", asked.len());
}

#[tokio::test(start_paused = true)]
async fn a_host_that_waits_for_its_outlet_is_not_asked_for_in_a_storm() {
    let config = Config { outlet_leases_max: 1, ..watching() };
    let fleet =
        Fleet::new(|web| web.with_robots("a.a.test", "User-agent: *\nCrawl-delay: 8"), config);
    fleet.seed(&["a.a.test", "b.a.test"]).await;
    let running = fleet.start(&["v", "w"]).await;
    tokio::time::sleep(60 * SEC).await;
    let asked = fleet.frontier.calls("lease").len();
    fleet.stop(running).await;
    assert!(asked < 60 * 2 * 4, "{asked}");
}

#[tokio::test(start_paused = true)]
async fn a_worker_tells_what_it_does_and_that_it_ends() {
    let fleet = Fleet::new(|web| web, watching());
    fleet.seed(&["a.test", "b.test"]).await;
    let running = fleet.start(&["w"]).await;
    tokio::time::sleep(20 * SEC).await;
    let beat = fleet.beat_of("w").await;
    assert!(beat.leases > 0 && beat.requests > 10 && beat.pages > 5 && beat.bytes > 0, "{beat:?}");
    assert!(beat.pages_per_s_milli > 500 && !beat.is_gone && beat.waits_for.is_none(), "{beat:?}");
    assert!(!beat.version.is_empty() && !beat.place.is_empty());
    fleet.stop(running).await;
    let beat = fleet.beat_of("w").await;
    assert!(beat.is_gone && beat.leases == 0);
    let gaps = fleet.frontier.calls("beat");
    assert!(gaps.windows(2).all(|pair| pair[1] <= pair[0] + 2 * SEC));
}

#[tokio::test(start_paused = true)]
async fn a_pause_ends_the_visit_and_is_obeyed_within_its_time() {
    let fleet = Fleet::new(|web| web, watching());
    fleet.seed(&["a.test", "b.test"]).await;
    let running = fleet.start(&["w"]).await;
    tokio::time::sleep(5 * SEC).await;
    fleet.direct("a.test", Order::Pause, Some(40 * SEC)).await;
    tokio::time::sleep(5 * SEC).await;
    // It says so as soon as it does so.
    assert_eq!(fleet.beat_of("w").await.obeys, 1);
    tokio::time::sleep(60 * SEC).await;
    fleet.stop(running).await;
    let during = |at: &Duration| (8 * SEC..45 * SEC).contains(at);
    assert!(!fleet.starts("a.test").iter().any(during), "{:?}", fleet.starts("a.test"));
    assert!(fleet.starts("a.test").iter().any(|at| *at > 45 * SEC), "it goes on afterwards");
    assert!(fleet.starts("b.test").iter().any(during));
}

#[tokio::test(start_paused = true)]
async fn no_links_are_taken_in_to_what_is_blocked() {
    let link = |web: Sites| web.linking("https://www.b.test/").linking("https://sport.b.test/");
    let fleet = Fleet::new(link, watching());
    fleet.direct("www.b.test", Order::Block, None).await;
    fleet.seed(&["b.test"]).await;
    let running = fleet.start(&["w"]).await;
    tokio::time::sleep(60 * SEC).await;
    let known = async |host: &str| {
        let url = CanonicalUrl::parse(&format!("https://{host}/")).unwrap();
        fleet.frontier.model.place(&url).await.unwrap().is_some()
    };
    assert!(known("b.test").await && known("sport.b.test").await && !known("www.b.test").await);
    fleet.stop(running).await;
}

#[tokio::test(start_paused = true)]
async fn what_is_taken_out_of_the_scope_is_followed_no_more() {
    let fleet = Fleet::new(|web| web, watching());
    fleet.seed(&["a.test", "b.test"]).await;
    let name = ("w", 1);
    let crawler = worker(name, &fleet.frontier, &fleet.web, fleet.folder.path(), watching()).await;
    let a = CanonicalUrl::parse("https://www.a.test/x").unwrap();
    assert!(crawler.scope().contains(&a));
    let running = set_to_work(&crawler);
    tokio::time::sleep(3 * SEC).await;
    let seed = seeds(&["a.test"]).remove(0).seed.to_string();
    fleet.frontier.model.remove_seed(&seed).await.unwrap().expect("it was a seed");
    fleet.seed(&["c.test"]).await;
    tokio::time::sleep(15 * SEC).await;
    let c = CanonicalUrl::parse("https://www.c.test/x").unwrap();
    assert!(!crawler.scope().contains(&a) && crawler.scope().contains(&c));
    fleet.stop(vec![running]).await;
}

/// A visit takes a place into the scope while a list of it, which was read before, is on its way.
#[tokio::test(start_paused = true)]
async fn an_older_list_of_the_scope_throws_nothing_out() {
    let slow = |_, call| if call == "scope_members" { Fate::Slow(2 * SEC) } else { Fate::Fine };
    let fleet = Fleet::troubled(|web| web, watching(), slow);
    fleet.seed(&["a.test"]).await;
    let name = ("w", 1);
    let crawler = worker(name, &fleet.frontier, &fleet.web, fleet.folder.path(), watching()).await;
    let running = set_to_work(&crawler);
    tokio::time::sleep(30 * SEC).await;
    let before = fleet.frontier.calls("scope_members").len();
    // Without a seed, whose visit would read the scope for itself.
    fleet.frontier.model.admit(vec!["c.test".into()]).await.unwrap();
    while fleet.frontier.calls("scope_members").len() == before {
        tokio::time::sleep(SEC / 10).await;
    }
    // The list is read in two seconds, and here in four.
    tokio::time::sleep(3 * SEC).await;
    let x = CanonicalUrl::parse("https://x.test/").unwrap();
    let member = crawler.scope().admit(&x).expect("it is new");
    tokio::time::sleep(2 * SEC).await;
    assert!(crawler.scope().contains(&x), "it was thrown out by a list older than it");
    let c = CanonicalUrl::parse("https://www.c.test/x").unwrap();
    assert!(crawler.scope().contains(&c));
    fleet.frontier.model.admit(vec![member]).await.unwrap();
    tokio::time::sleep(200 * SEC).await;
    assert!(crawler.scope().contains(&x) && crawler.scope().contains(&c));
    fleet.stop(vec![running]).await;
}

#[tokio::test(start_paused = true)]
async fn a_beat_that_fails_is_no_failure_of_the_crawl() {
    let clock = SimClock::new();
    let frontier = Troubled::new(clock, |_, call| match call {
        "beat" | "directives" => Fate::Broken,
        _ => Fate::Fine,
    });
    let (web, folder) = (Sites::new(clock, 3), tempfile::tempdir().unwrap());
    let crawler = worker(("w", 1), &frontier, &web, folder.path(), Config::default()).await;
    crawler.seed(seeds(&["a.test"])).await.unwrap();
    assert_eq!(crawler.run(&StopHandle::new()).await.unwrap(), Ended::Idle);
}

#[tokio::test(start_paused = true)]
async fn a_long_watch_is_a_quiet_one() {
    let fleet = Fleet::new(|web| web, watching());
    fleet.seed(&["a.test"]).await;
    let running = fleet.start(&["w"]).await;
    tokio::time::sleep(4 * 3_600 * SEC).await;
    fleet.stop(running).await;
    // Seeds may be added at any time: it asks every ten seconds.
    let asked = fleet.frontier.calls("lease").len();
    assert!(asked < 4 * 3_600 / 9, "{asked}");
}

#[tokio::test(start_paused = true)]
async fn a_robots_txt_behind_many_redirects_is_reached_however_short_the_visits() {
    const STATIONS: usize = 4;
    for config in [
        Config { visit_max: 2 * SEC, ..Config::default() },
        // Less than the delay: each visit has one request.
        Config { hold_max: SEC / 2, ..Config::default() },
    ] {
        let fleet = Fleet::new(|web| web.with_pages(3).with_stations(STATIONS), config);
        fleet.seed(&["a.test"]).await;
        fleet.finish(&["w"]).await;
        let seen = fleet.web.seen();
        let robots = seen.iter().filter(|seen| seen.path.starts_with("/r"));
        assert_eq!(robots.count(), STATIONS + 1, "{seen:?}");
        assert!(["/0", "/1", "/2"].iter().all(|page| seen.iter().any(|s| s.path == *page)));
        fleet.assert_audited();
    }
}
