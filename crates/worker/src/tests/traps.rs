//! What is left alone as a trap, and that the request that taught it has its record.

use std::sync::Arc;
use std::time::Duration;

use super::fleet::{Fleet, watching};
use super::sim::{SEC, Sites};
use super::trouble::Fate;
use crate::Config;
use crate::reader::{ReadOutcome, Reader, Reading, ToRead};

const LIST: &str = "/section/page/2";

/// Longer than a lease.
const AWAY: Duration = Duration::from_secs(400);

/// A page of links to so many pages of a list, which lead to nothing.
fn maze(web: Sites, pages: usize) -> Sites {
    let link = |n| format!("<a href='/section/page/{n}'>{n}</a>");
    let links: String = (2..2 + pages).map(link).collect();
    let page = format!("<!doctype html><title>l</title>{links}");
    web.with_pages(0).linking("/contents").with_file("/contents", ("text/html", &page))
}

fn pages_of_the_list(fleet: &Fleet) -> usize {
    fleet.web.paths().iter().filter(|path| path.contains("/section/page/")).count()
}

#[tokio::test(start_paused = true)]
async fn what_is_left_alone_for_the_day_waits_for_the_next() {
    let tried = usize::from(crawl::traps::Config::default().pagination_barren_max);
    let fleet = Fleet::new(|web| maze(web, 2 * tried), watching());
    fleet.seed(&["a.test"]).await;
    let running = fleet.start(&["w"]).await;
    tokio::time::sleep(600 * SEC).await;
    assert_eq!(pages_of_the_list(&fleet), tried);
    // The next day it is tried again, and left alone at once where nothing has changed.
    tokio::time::sleep(30 * 3_600 * SEC).await;
    fleet.stop(running).await;
    assert_eq!(pages_of_the_list(&fleet), tried + 1);
    fleet.assert_audited();
}

#[tokio::test(start_paused = true)]
async fn a_request_has_its_record_when_the_frontier_is_away_while_its_page_is_learnt_from() {
    // The front page asks first, for what is new.
    let (mut asked, mut since) = (0, None);
    let trouble = move |now: Duration, call: &'static str| {
        asked += usize::from(call == "unknown");
        let is_away = call == "unknown" && asked > 1 && now < *since.get_or_insert(now) + AWAY;
        if is_away { Fate::Away } else { Fate::Fine }
    };
    let articles = "<!doctype html><title>l</title><a href='/2026/11/25/bridge-opens-today'>b</a>";
    let web = |web: Sites| web.with_pages(0).linking(LIST).with_file(LIST, ("text/html", articles));
    let fleet = Fleet::troubled(web, Config::default(), trouble);
    fleet.seed(&["a.test"]).await;
    fleet.finish(&["w"]).await;
    assert!(!fleet.frontier.calls("unknown").is_empty());
    let lists = fleet.web.seen().iter().filter(|seen| seen.path == LIST).count();
    assert!(lists >= 2, "it was asked for again, since nothing was settled");
    // As many attempts as requests.
    fleet.assert_audited();
}

/// Never ends.
struct Stuck;

impl Reader for Stuck {
    fn read<'a>(&'a self, _page: &'a ToRead) -> Reading<'a> {
        Box::pin(std::future::pending::<ReadOutcome>())
    }

    fn close(&self) -> std::pin::Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(std::future::ready(()))
    }
}

#[tokio::test(start_paused = true)]
async fn a_request_has_its_record_when_its_page_is_still_read_at_the_end() {
    let article = "/2026/11/25/bridge-opens-today";
    let web = |web: Sites| web.with_pages(0).linking(article).read_by(Arc::new(Stuck));
    let fleet = Fleet::new(web, Config { tdmrep: false, ..watching() });
    fleet.seed(&["a.test"]).await;
    let running = fleet.start(&["w"]).await;
    tokio::time::sleep(10 * SEC).await;
    assert!(fleet.web.seen().iter().any(|seen| seen.path == article));
    fleet.stop(running).await;
    fleet.assert_audited();
}
