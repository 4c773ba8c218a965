//! Articles are read beside the crawl, and whatever comes of it, the crawl goes on.

use std::sync::{Arc, Mutex};

use archive::Attempt;
use extract::{Input, Limits};

use super::fleet::{Fleet, watching};
use super::sim::SEC;
use crate::Config;
use crate::reader::{ReadOutcome, Reader, Reading, ToRead, Unreadable, is_wanted};

/// A reader that takes its time, dies of one page and is not to be had for another.
#[derive(Default)]
struct Moody {
    asked: Mutex<Vec<String>>,
    is_closed: Mutex<bool>,
}

impl Reader for Moody {
    fn read<'a>(&'a self, page: &'a ToRead) -> Reading<'a> {
        assert!(!*self.is_closed.lock().unwrap());
        self.asked.lock().unwrap().push(page.url.path().to_owned());
        Box::pin(async {
            tokio::time::sleep(SEC / 5).await;
            match page.url.path().trim_end_matches('/') {
                "/2026/11/25/bomb" => ReadOutcome::Unreadable(Unreadable::Memory),
                "/2026/11/25/late" => ReadOutcome::Unread,
                "/2026/11/25/none" => ReadOutcome::NoArticle,
                _ => ReadOutcome::Article(Box::default()),
            }
        })
    }

    fn close(&self) -> std::pin::Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        *self.is_closed.lock().unwrap() = true;
        Box::pin(std::future::ready(()))
    }
}

fn fleet(reader: &Arc<Moody>, config: Config) -> Fleet {
    let reader: Arc<dyn Reader> = Arc::clone(reader) as _;
    let linking = |web: super::sim::Sites| {
        ["bomb", "late", "none", "news"]
            .iter()
            .fold(web.with_pages(3), |web, name| web.linking(&format!("/2026/11/25/{name}")))
    };
    Fleet::new(|web| linking(web).read_by(reader), config)
}

/// The metadata of the snapshots of a path on a.test.
fn attempts(fleet: &Fleet, path: &str) -> Vec<Attempt> {
    let folder = fleet.folder.path().join("w/archive");
    let found = archive::find(&folder, &format!("https://a.test{path}")).unwrap();
    found.iter().map(|at| archive::load(at).unwrap().attempt.unwrap()).collect()
}

#[tokio::test(start_paused = true)]
async fn each_article_is_read_once_and_its_snapshot_tells_what_came_of_it() {
    let reader = Arc::new(Moody::default());
    let fleet = fleet(&reader, Config::default());
    fleet.seed(&["a.test"]).await;
    fleet.finish(&["w"]).await;
    let mut asked = reader.asked.lock().unwrap().clone();
    asked.sort();
    let expected = ["bomb", "late", "news", "none"].map(|name| format!("/2026/11/25/{name}"));
    assert_eq!(asked, expected, "neither the front page nor what looks like a section");
    assert!(*reader.is_closed.lock().unwrap());

    let of = |name: &str| attempts(&fleet, &format!("/2026/11/25/{name}")).remove(0);
    assert_eq!(of("bomb").flags, ["unreadable"]);
    assert_eq!(of("bomb").extra, [("unreadable-by".to_owned(), "memory".to_owned())]);
    assert_eq!(of("late").flags, ["unread"]);
    assert!(of("news").flags.is_empty() && of("none").flags.is_empty());
    // The front page, three pages, four articles: what cannot be read is covered all the same.
    assert_eq!(fleet.assert_audited().figures.pages, 8);
}

#[tokio::test(start_paused = true)]
async fn a_page_that_comes_again_unchanged_is_not_read_again() {
    let reader = Arc::new(Moody::default());
    let fleet = fleet(&reader, watching());
    // Given as a seed, it is asked for again and again.
    fleet.seed(&["a.test/2026/11/25/bomb"]).await;
    let running = fleet.start(&["w"]).await;
    tokio::time::sleep(8 * 3_600 * SEC).await;
    fleet.stop(running).await;
    let visits = attempts(&fleet, "/2026/11/25/bomb/").len();
    let asked = reader.asked.lock().unwrap();
    let bombs = asked.iter().filter(|path| path.ends_with("bomb/")).count();
    assert!(visits > 1, "it was visited {visits} times");
    assert_eq!(bombs, 1, "of {visits} visits");
}

#[test]
fn hubs_that_declare_no_article_are_not_worth_a_reader() {
    let wanted = |path: &str, head: &str| {
        let url = crawl::CanonicalUrl::parse(&format!("https://a.test{path}")).unwrap();
        let body = format!("<!doctype html><html><head>{head}</head><body>text</body></html>");
        let (content_type, robots_tags) = (Some("text/html"), &[][..]);
        let body = body.as_bytes();
        let input = Input { url: url.as_url(), content_type, robots_tags, body };
        is_wanted(&url, &extract::read_page(&input, "newshound", &Limits::default()))
    };
    let article = "<meta property='og:type' content='article'>";
    assert!(!wanted("/", "") && !wanted("/politics/", ""));
    assert!(wanted("/2026/11/25/bridge", "") && wanted("/a/b/c", "") && wanted("/n?id=7", ""));
    assert!(wanted("/", article) && wanted("/politics/", article));
}
