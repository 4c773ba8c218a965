//! The stories of a fleet, whose service and whose Redis are killed: the same as those that one
//! process makes of the same articles in the same order.

use std::collections::BTreeSet;
use std::fs;
use std::process::Command;
use std::time::Duration;

use archive::articles::{Found, Reader, sidecars};
use extract::{Article, ArticleKind};
use frontier::testing::Options;
use serde::Serialize;
use story::store::{Document, FILE, Rebuild, Store};

use super::crew::{Crew, Ended};
use super::shared::Shared;
use super::web_of;
use crate::process::{self, Signal};
use crate::scenario::LIMIT;
use crate::{DataDir, Running, Web, newshound};

/// More documents than any web here has.
const MANY: usize = 1_000_000;

/// What is played.
#[derive(Clone, Debug)]
pub struct StoriesSetup {
    /// Hosts of the web, at least.
    pub hosts: usize,
    /// Articles of each outlet.
    pub articles: usize,
    /// The delay between two requests to a host.
    pub delay: Duration,
    /// Worker processes.
    pub workers: usize,
    /// How often the service that is at work is killed.
    pub service_kills: u64,
    /// Whether Redis is killed in the middle.
    pub kills_redis: bool,
}

/// What came of it.
#[derive(Clone, Debug, Serialize)]
pub struct Stories {
    /// Articles in the store.
    pub documents: usize,
    /// Stories of several pages.
    pub stories: u64,
    /// Stories of several outlets.
    pub shared: u64,
    /// How often a service took over from one that was killed.
    pub taken_over: u64,
    /// How often Redis was killed.
    pub redis_kills: u64,
}

/// Crawls a web with a fleet whose stories are kept meanwhile.
///
/// # Panics
/// When an article is missing, or one process makes other stories of them.
#[track_caller]
pub fn stories(setup: &StoriesSetup) -> Stories {
    let web = Web::start(web_of(setup.hosts, setup.articles));
    let mut shared = Shared::one(Options::default());
    shared.prepare(&web, setup.delay, &[]);
    let store = DataDir::new();
    let mut services = Services::start(&shared, &store);
    let mut crew = Crew::start(&web, &shared, setup.workers);
    let expected = web.get().truth().expected_urls().count() as u64;
    let moments = setup.service_kills + 2;
    let mut redis_kills = 0;
    for moment in 1..=setup.service_kills {
        let requests = expected * moment / moments;
        crew.until("the moment of a kill", || web.get().request_count() >= requests);
        services.kill();
        if setup.kills_redis && moment == setup.service_kills.div_ceil(2) {
            shared.kill(0);
            redis_kills += 1;
        }
    }
    let workers = crew.wait();
    let mut said: Vec<String> = workers.iter().map(|worker| worker.said.clone()).collect();
    said.extend(services.end());
    let mut last = serve(&shared, &store);
    last.args(["--until-idle", "--json"]).args(archives(&workers));
    let done = process::run(&mut last, LIMIT).expect_code(0);
    let summary: serde_json::Value =
        serde_json::from_str(&done.stdout).expect("--json writes JSON");
    said.push(done.stderr);
    assert_eq!(summary["missing"], 0, "{summary}");
    let path = store.path().join(FILE);
    let found = documents(&path);
    assert_eq!(keys(&found), beside(&workers), "what was read is not what the stories have");
    assert_same_as_of_one_process(&path, &found);
    // The way through Redis has lost nothing by itself: archives had nothing to add.
    assert_eq!(summary["from_archives"], 0, "{summary}\n{}", said.join("---\n"));
    Stories {
        documents: found.len(),
        stories: summary["stories"].as_u64().unwrap_or_default(),
        shared: summary["shared"].as_u64().unwrap_or_default(),
        taken_over: setup.service_kills,
        redis_kills,
    }
}

/// What came of a stream that was too short.
#[derive(Clone, Debug, Serialize)]
pub struct Overflow {
    /// Articles that were pushed out.
    pub missing: u64,
    /// Articles that archives had.
    pub from_archives: u64,
    /// All articles.
    pub documents: usize,
    /// Bytes of Redis for each article that the stream keeps.
    pub bytes_per_article: u64,
}

/// Crawls a web with a fleet whose stream keeps few articles, and nobody takes them meanwhile.
///
/// # Panics
/// When what is pushed out is not told, or not caught up once the archives are there.
#[track_caller]
pub fn overflow(setup: &StoriesSetup, keep: u64) -> Overflow {
    let web = Web::start(web_of(setup.hosts, setup.articles));
    let shared = Shared::one(Options::default());
    shared.prepare(&web, setup.delay, &[]);
    let store = DataDir::new();
    let few = [("NEWSHOUND_STORIES_STREAM_ARTICLES_MAX", keep.to_string())];
    let workers = Crew::start_with(&web, &shared, setup.workers, &few).wait();
    let key = "nh:{stories:main}:articles";
    let bytes: u64 = shared.ask(&["MEMORY", "USAGE", key, "SAMPLES", "0"]);
    let kept: u64 = shared.ask(&["XLEN", key]);
    let run = |more: &[String], code| -> serde_json::Value {
        let mut command = serve(&shared, &store);
        let done = process::run(command.args(["--until-idle", "--json"]).args(more), LIMIT);
        serde_json::from_str(&done.expect_code(code).stdout).expect("--json writes JSON")
    };
    // One archive is not enough, and it is told which are missing.
    let all = archives(&workers);
    let first = run(&all[..2], 3);
    let missing = first["missing"].as_u64().unwrap_or_default();
    assert!(missing > 0, "{first}");
    let names: Vec<String> = (2..=workers.len()).map(|n| format!("w{n}")).collect();
    assert_eq!(first["out_of_reach"], serde_json::json!(names));
    let last = run(&all, 0);
    assert_eq!(last["missing"], 0, "{last}");
    let path = store.path().join(FILE);
    let found = documents(&path);
    assert_eq!(keys(&found), beside(&workers), "what was read is not what the stories have");
    assert_same_as_of_one_process(&path, &found);
    let from = |summary: &serde_json::Value| summary["from_archives"].as_u64().unwrap_or_default();
    Overflow {
        missing,
        from_archives: from(&first) + from(&last),
        documents: found.len(),
        bytes_per_article: bytes / kept.max(1),
    }
}

/// The service that is at work, and the one that stands by.
struct Services {
    command: Command,
    at_work: Running,
    stands_by: Running,
}

impl Services {
    #[track_caller]
    fn start(shared: &Shared, store: &DataDir) -> Self {
        let mut command = serve(shared, store);
        let mut at_work = Running::start(&mut command, b"");
        at_work.wait_for("stories of", LIMIT);
        let stands_by = Self::stand_by(&mut command);
        Self { command, at_work, stands_by }
    }

    #[track_caller]
    fn stand_by(command: &mut Command) -> Running {
        let mut running = Running::start(command, b"");
        running.wait_for("standing by", LIMIT);
        running
    }

    /// Kills the one that is at work, and waits until the other one has taken over.
    #[track_caller]
    fn kill(&mut self) {
        self.at_work.signal(Signal::KILL);
        self.at_work.ended();
        self.stands_by.wait_for("stories of", LIMIT);
        let next = Self::stand_by(&mut self.command);
        self.at_work = std::mem::replace(&mut self.stands_by, next);
    }

    #[track_caller]
    fn end(self) -> Vec<String> {
        let mut said = Vec::new();
        for running in [self.stands_by, self.at_work] {
            running.signal(Signal::TERM);
            said.push(running.wait(LIMIT).expect_code(0).stderr);
        }
        said
    }
}

fn serve(shared: &Shared, store: &DataDir) -> Command {
    let mut command = newshound();
    command.args(["stories", "serve", "--frontier", &shared.url(), "--data"]);
    command.arg(store.path());
    command
}

fn archives(workers: &[Ended]) -> Vec<String> {
    let archive = |(number, worker): (usize, &Ended)| {
        let of = format!("w{}={}", number + 1, worker.data.path().display());
        ["--archive".to_owned(), of]
    };
    workers.iter().enumerate().flat_map(archive).collect()
}

fn documents(store: &std::path::Path) -> Vec<Document> {
    let store = Store::open(store).expect("there are stories");
    store.documents_after(0, MANY).expect("stories can be read")
}

/// Articles by URL and headline.
type Keys = BTreeSet<(String, Option<String>)>;

fn keys(documents: &[Document]) -> Keys {
    documents.iter().map(|one| (one.url.clone(), one.headline.clone())).collect()
}

/// What workers have kept beside their archives and belongs into stories.
fn beside(workers: &[Ended]) -> Keys {
    let mut keys = Keys::new();
    for path in workers.iter().flat_map(|worker| sidecars(&worker.data.path()).expect("a folder")) {
        let mut reader = Reader::open(&path).expect("it can be read").expect("it has a header");
        while let Some(line) = reader.next_line::<Article>().expect("lines can be read") {
            let Found::Article(article) = line.found else { continue };
            if article.kind != ArticleKind::Hub && !article.text().trim().is_empty() {
                keys.insert((line.url, article.headline));
            }
        }
    }
    keys
}

/// Makes the stories of the same articles in the same order at one go, and compares.
#[track_caller]
fn assert_same_as_of_one_process(store: &std::path::Path, found: &[Document]) {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let copy = folder.path().join(FILE);
    fs::copy(store, &copy).expect("it can be copied");
    let config = worker::stories::Config::default().engine();
    let rebuild = Rebuild::begin(&copy, config).expect("the copy can be read");
    let made = rebuild.finish(&[], &mut |_, _| ()).expect("it can be made anew");
    assert_eq!((made.documents, made.missing), (found.len() as u64, 0), "{made:?}");
    let again = documents(&copy);
    for (one, other) in found.iter().zip(&again) {
        assert_eq!(one, other);
    }
}
