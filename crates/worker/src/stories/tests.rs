//! Stories of a data directory: what is taken in, and what is picked up.

mod fleet;

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use archive::articles::Keeper;
use archive::{About, Archive, Attempt, Opening, RealDisk, Receipt, Snapshot, StoredResponse};
use crawl::{CanonicalUrl, Clock, Labels, UnixMicros};
use extract::{Article, ArticleKind, Paragraph, ParagraphKind};
use rusqlite::Connection;
use story::store::{Error, FILE, Label, Query, Store};

use super::*;
use crate::SystemRandom;
use crate::reader::seen::Seen;
use crate::reader::{Articles, BesideArchive, ReadOutcome, ReadSnapshot, VERSION};

/// A clock that the test moves, in seconds.
#[derive(Default)]
struct Hand(AtomicU64);

impl Clock for Hand {
    fn now(&self) -> UnixMicros {
        UnixMicros(1_750_000_000_000_000).after(self.elapsed())
    }

    fn elapsed(&self) -> Duration {
        Duration::from_secs(self.0.load(Ordering::Relaxed))
    }
}

impl Hand {
    fn forward(&self, seconds: u64) {
        self.0.fetch_add(seconds, Ordering::Relaxed);
    }
}

/// A data directory with an archive that is written to.
struct World {
    data: tempfile::TempDir,
    clock: Arc<Hand>,
    archive: Archive,
}

impl World {
    fn new() -> Self {
        let data = tempfile::tempdir().unwrap();
        let clock = Arc::<Hand>::default();
        let opening = Opening {
            disk: Arc::new(RealDisk),
            clock: Arc::clone(&clock) as _,
            random: Arc::new(SystemRandom::new()),
            config: archive::Config::default(),
            about: About::default(),
            sync_by: archive::SyncBy::default(),
        };
        let (archive, _) = Archive::open(&data.path().join("archive"), opening).unwrap();
        Self { data, clock, archive }
    }

    fn beside(&self) -> BesideArchive {
        BesideArchive::new(Keeper::new(Arc::new(RealDisk), self.clock(), VERSION))
    }

    fn clock(&self) -> Arc<dyn Clock> {
        Arc::clone(&self.clock) as _
    }

    fn start(&self) -> Embedded {
        let config = Config::default();
        Embedded::start(self.path(), &config, self.beside(), self.clock()).unwrap()
    }

    fn path(&self) -> &Path {
        self.data.path()
    }

    fn store(&self) -> Store {
        Store::open(&self.path().join(FILE)).unwrap()
    }

    fn append(&self, url: &str) -> Receipt {
        let response = StoredResponse {
            version: "HTTP/1.1",
            status: 200,
            reason: None,
            headers: &[],
            body: url.as_bytes(),
            decoded_from: None,
            truncated: None,
            revisit_of: None,
        };
        let attempt = Attempt { started: self.clock.now(), ..attempt() };
        let head = b"GET / HTTP/1.1\r\n\r\n";
        let (response, remote) = (Some(response), None);
        let snapshot = Snapshot { url, request_head: head, remote, response, attempt };
        self.archive.append(&snapshot).unwrap()
    }

    /// Keeps a page of which an article was read.
    fn keep(&self, to: &dyn Articles, url: &str, article: Article, flags: &[&str]) {
        let receipt = self.append(url);
        let flags: Vec<String> = flags.iter().map(ToString::to_string).collect();
        let labels = Labels::new(Some("FR"), None, "").unwrap();
        to.keep(&ReadSnapshot {
            url: &CanonicalUrl::parse(url).unwrap(),
            at: self.clock.now(),
            receipt: &receipt,
            flags: &flags,
            fields: &[],
            labels: &labels,
            seen: Seen::Page,
            read: Some(&ReadOutcome::Article(Box::new(article))),
        });
    }
}

fn attempt() -> Attempt {
    Attempt::parse(
        b"outcome: 200\r\npurpose: page\r\nhost: a.test\r\nfence: 1\r\nstarted-us: 0\r\n\
          ended-us: 1\r\ndelay-ms: 1000\r\n",
    )
    .unwrap()
}

fn article(seed: u64) -> Article {
    let word = |n: u64| format!("w{}", (n * 7 + seed * 131) % 9_973);
    let text = (0..120).map(word).collect::<Vec<_>>().join(" ");
    let mut article = Article::default();
    article.paragraphs.push(Paragraph { kind: ParagraphKind::Text, text });
    article
}

#[test]
fn articles_become_documents_and_what_is_none_does_not() {
    let world = World::new();
    let stories = world.start();
    world.keep(&stories, "https://one.test/a", article(1), &[]);
    world.keep(&stories, "https://www.two.test/b", article(1), &["noarchive"]);
    world.keep(&stories, "https://one.test/wall", article(1), &["wall"]);
    world.keep(&stories, "https://one.test/gone", article(1), &["soft-404"]);
    world.keep(&stories, "https://one.test/empty", Article::default(), &[]);
    let mut hub = article(1);
    hub.kind = ArticleKind::Hub;
    world.keep(&stories, "https://one.test/hub", hub, &[]);
    let mut partial = article(2);
    partial.partial = true;
    world.keep(&stories, "https://one.test/c", partial, &[]);
    stories.flush();
    let kept = stories.close(false).unwrap();
    assert_eq!((kept.added, kept.held.documents, kept.held.shared), (3, 3, 1), "{kept:?}");
    assert!(!kept.is_behind && kept.trouble.is_none(), "{kept:?}");
    let documents = world.store().documents_after(0, 9).unwrap();
    let told: Vec<_> =
        documents.iter().map(|d| (&*d.outlet, d.noarchive, d.partial, d.story.0)).collect();
    let story = documents[0].story.0;
    assert_eq!(told[..2], [("one.test", false, false, story), ("two.test", true, false, story)]);
    assert_eq!((told[2].2, told[2].3 == story), (true, false));
    let fr = vec![Label { name: Some("country".into()), value: "FR".into() }];
    let page = world.store().stories(&Query { labels: fr, ..Query::default() }, 9).unwrap();
    assert_eq!(page.stories.len(), 2);
}

#[test]
fn what_was_kept_without_stories_is_picked_up_by_the_next_run() {
    let world = World::new();
    let beside = world.beside();
    for n in 0..5 {
        world.keep(&beside, &format!("https://o{n}.test/"), article(n % 2), &[]);
    }
    beside.flush();
    let kept = world.start().close(false).unwrap();
    assert_eq!((kept.added, kept.held.shared), (5, 2), "{kept:?}");
    // Once more: it is known that nothing is new.
    assert_eq!(world.start().close(false).unwrap().added, 0);
    world.keep(&beside, "https://later.test/", article(0), &[]);
    beside.flush();
    assert_eq!(world.start().close(false).unwrap().added, 1);
}

#[test]
fn a_store_that_fails_stops_nothing_and_what_it_missed_is_picked_up() {
    let world = World::new();
    let stories = world.start();
    let conn = Connection::open(world.path().join(FILE)).unwrap();
    let fails =
        "CREATE TRIGGER fails BEFORE INSERT ON document BEGIN SELECT RAISE(ABORT, 'no'); END";
    conn.execute_batch(fails).unwrap();
    world.keep(&stories, "https://one.test/", article(1), &[]);
    while stories.trouble().is_none() {
        std::thread::yield_now();
    }
    // It is tried again after a while; until then nothing waits.
    world.keep(&stories, "https://two.test/", article(1), &[]);
    conn.execute_batch("DROP TRIGGER fails").unwrap();
    world.clock.forward(60);
    world.keep(&stories, "https://three.test/", article(2), &[]);
    stories.flush();
    let kept = stories.close(false).unwrap();
    assert_eq!((kept.held.documents, kept.held.shared), (3, 1), "{kept:?}");
    assert!(!kept.is_behind && kept.trouble.is_none(), "{kept:?}");
}

#[test]
fn who_is_in_haste_takes_in_what_waits_and_leaves_the_rest_to_the_next_run() {
    let world = World::new();
    let beside = world.beside();
    world.keep(&beside, "https://earlier.test/", article(1), &[]);
    beside.flush();
    let stories = world.start();
    world.keep(&stories, "https://one.test/", article(1), &[]);
    stories.flush();
    let kept = stories.close(true).unwrap();
    assert!(kept.held.documents >= 1, "{kept:?}");
    assert_eq!(world.start().close(false).unwrap().held.documents, 2);
}

#[test]
fn a_file_that_is_none_of_ours_is_refused_at_the_start() {
    let world = World::new();
    std::fs::write(world.path().join(FILE), [7; 4_096]).unwrap();
    let config = Config::default();
    let started = Embedded::start(world.path(), &config, world.beside(), world.clock());
    assert!(matches!(started, Err(Error::Foreign { .. })), "{started:?}");
}
