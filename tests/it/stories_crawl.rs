//! Stories of a crawl: as the web has them, the same whatever happens, and made again the same.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::fs;
use std::path::Path;
use std::process::Command;

use archive::articles::{Filter, Folders, Found};
use extract::Article;
use it::eval::stories::metrics::{Agreement, agreement};
use it::process::{self, Finished};
use it::scenario::{LIMIT, crawl};
use it::{DataDir, Running, Web, newshound};
use newsweb::{Config, Truth};
use serde_json::Value;
use story::store::{FILE, Query, Store};

fn store(data: &DataDir) -> Store {
    Store::open(&data.path().join(FILE)).unwrap()
}

/// All that a store tells: documents with their reasons in the order of arrival, then stories.
fn told(data: &DataDir) -> Vec<String> {
    let store = store(data);
    let documents = store.documents_after(0, usize::MAX).unwrap();
    let mut told = Vec::new();
    for document in &documents {
        let why = (store.reasons(document.number), store.links(document.number));
        told.push(format!("{document:?} {why:?} {:?}", store.labels(&document.outlet)));
    }
    let stories = store.stories(&Query::default(), usize::MAX).unwrap().stories;
    told.extend(stories.iter().map(|story| format!("{story:?}")));
    told
}

/// The URLs of all articles beside the archive that have a text.
fn beside(data: &DataDir) -> BTreeSet<String> {
    let mut folders = Folders::open(&[data.path()], Filter::default()).unwrap();
    let mut urls = BTreeSet::new();
    while let Some(line) = folders.next_line::<Article>().unwrap() {
        if let Found::Article(article) = line.found
            && !article.text().trim().is_empty()
        {
            urls.insert(line.url);
        }
    }
    urls
}

fn in_store(data: &DataDir) -> BTreeSet<String> {
    store(data).documents_after(0, usize::MAX).unwrap().into_iter().map(|d| d.url).collect()
}

/// The stories of the pages that were to be fetched, beside what the web knows of them.
fn agreement_with(truth: &Truth, data: &DataDir) -> Agreement {
    let documents = store(data).documents_after(0, usize::MAX).unwrap();
    let found: HashMap<&str, u64> = documents.iter().map(|d| (&*d.url, d.story.0)).collect();
    let (mut labels, mut clusters) = (HashMap::new(), HashMap::new());
    let (mut of_truth, mut of_store) = (Vec::new(), Vec::new());
    for page in truth.pages.iter().filter(|page| page.expected()) {
        let story = found.get(&*page.url).copied();
        if page.story.is_some() || story.is_some() {
            let own = page.duplicate_of.as_ref().unwrap_or(&page.url);
            let next = labels.len();
            of_truth.push(*labels.entry(page.story.ok_or(own)).or_insert(next));
            let next = clusters.len();
            of_store.push(*clusters.entry(story.ok_or(&page.url)).or_insert(next));
        }
    }
    agreement(&of_store, &of_truth, &HashSet::new())
}

/// Asserts that the stories are those of the web.
#[track_caller]
fn assert_agrees(truth: &Truth, data: &DataDir) {
    let stored = in_store(data);
    let of_stories = truth.pages.iter().filter(|page| page.expected() && page.story.is_some());
    let missing: Vec<_> = of_stories.filter(|page| !stored.contains(&page.url)).collect();
    assert!(missing.is_empty(), "{missing:?}");
    let found = agreement_with(truth, data);
    assert!(found.right >= 10, "{found:?}");
    assert!(found.precision >= 0.99 && found.recall >= 0.95, "{found:?}");
}

fn seeds(web: &Web) -> Vec<String> {
    web.get().seeds()
}

fn crawling(web: &Web, data: &DataDir, more: &[&str]) -> Command {
    let seeds = seeds(web);
    let args: Vec<&str> = seeds.iter().map(String::as_str).chain(more.iter().copied()).collect();
    crawl(web, data, &args)
}

/// A crawl to its end; its summary.
#[track_caller]
fn crawled(web: &Web, data: &DataDir, more: &[&str]) -> Value {
    let done = process::run(&mut crawling(web, data, more), LIMIT);
    assert!(matches!(done.code, Some(0 | 3)), "{}", done.stderr);
    object(&done)
}

fn object(done: &Finished) -> Value {
    serde_json::from_str(&done.stdout).unwrap_or_else(|e| panic!("{e}: {done:?}"))
}

fn rebuild(data: &DataDir) -> Finished {
    let mut command = newshound();
    command.args(["stories", "rebuild", "--json", "--data"]).arg(data.path());
    process::run(&mut command, LIMIT)
}

fn read_articles(data: &DataDir) {
    let mut command = newshound();
    command.args(["archive", "read", "--json", "--data"]).arg(data.path());
    process::run(&mut command, LIMIT).expect_code(0);
}

#[test]
fn a_crawl_finds_the_stories_of_its_web_and_a_rebuild_finds_the_same() {
    let web = Web::start(Config { articles_per_outlet: 10, ..Config::news(12) });
    let data = DataDir::new();
    let summary = crawled(&web, &data, &[]);
    let truth = web.get().truth();
    assert_agrees(truth, &data);
    assert_eq!(in_store(&data), beside(&data));
    let held = store(&data).held().unwrap();
    assert_eq!(summary["stories"], held.stories, "{summary}");
    agencies_are_right(truth, &data);

    // By the logged order: the same to the last number.
    let before = told(&data);
    let rebuilt = object(&rebuild(&data).expect_code(0));
    assert_eq!(
        (&rebuilt["documents"], &rebuilt["logged"]),
        (&held.documents.into(), &held.documents.into())
    );
    assert_eq!(told(&data), before);
    // A crawl goes on with it, and finds nothing new.
    crawled(&web, &data, &[]);
    assert_eq!(told(&data), before);

    // Without the old store: by the time of the fetch.
    fs::remove_file(data.path().join(FILE)).unwrap();
    let anew = object(&rebuild(&data).expect_code(0));
    assert_eq!((&anew["documents"], &anew["logged"]), (&held.documents.into(), &0.into()));
    assert_agrees(truth, &data);
}

/// Each story of several outlets is attributed to the agency that sent it.
#[track_caller]
fn agencies_are_right(truth: &Truth, data: &DataDir) {
    let sent: HashMap<&str, &str> = truth
        .stories
        .iter()
        .flat_map(|s| s.members.iter().map(|url| (&**url, &*s.agency)))
        .collect();
    let store = store(data);
    let query = Query { outlets_min: 2, ..Query::default() };
    let stories = store.stories(&query, usize::MAX).unwrap().stories;
    assert!(stories.len() > 5, "{stories:?}");
    for story in stories {
        let members = store.members(story.id).unwrap();
        let agency = members.iter().find_map(|member| sent.get(&*member.url));
        assert_eq!(story.agency.as_deref(), agency.copied(), "{story:?}");
    }
}

#[test]
fn killed_in_the_middle_it_goes_on_with_the_same_stories_as_a_rebuild() {
    let web = Web::start(Config { articles_per_outlet: 12, ..Config::news(6) });
    let data = DataDir::new();
    for documents in [5, 25] {
        let running = Running::start(&mut crawling(&web, &data, &[]), b"");
        let path = data.path().join(FILE);
        // The store is looked at beside the crawl.
        while Store::open(&path).and_then(|s| s.held()).map_or(0, |held| held.documents) < documents
        {
            std::thread::yield_now();
        }
        running.kill();
    }
    crawled(&web, &data, &[]);
    // What the kills have cost beside the archive is made up, and picked up from there.
    read_articles(&data);
    crawled(&web, &data, &[]);
    assert_eq!(in_store(&data), beside(&data));
    assert_agrees(web.get().truth(), &data);
    let before = told(&data);
    let rebuilt = object(&rebuild(&data).expect_code(0));
    assert_eq!((&rebuilt["from_store"], &rebuilt["missing"]), (&0.into(), &0.into()), "{rebuilt}");
    assert_eq!(told(&data), before);
}

#[test]
fn what_is_not_beside_the_archive_is_told_with_the_command_that_makes_it_up() {
    let web = Web::start(Config { articles_per_outlet: 4, ..Config::news(4) });
    let data = DataDir::new();
    crawled(&web, &data, &[]);
    let before = told(&data);
    fs::remove_dir_all(data.path().join("articles")).unwrap();
    let done = rebuild(&data).expect_code(3);
    assert!(done.stderr.contains("newshound archive read --data"), "{}", done.stderr);
    let summary = object(&done);
    let documents = store(&data).held().unwrap().documents;
    assert_eq!(
        (&summary["from_store"], &summary["unread_segments"]),
        (&documents.into(), &1.into())
    );
    assert_eq!(told(&data), before);
    read_articles(&data);
    assert_eq!(object(&rebuild(&data).expect_code(0))["from_store"], 0);
    assert_eq!(told(&data), before);
}

#[test]
fn a_store_that_cannot_be_used_is_refused_with_what_to_do() {
    let web = Web::start(Config { articles_per_outlet: 4, ..Config::news(2) });
    let data = DataDir::new();
    crawled(&web, &data, &[]);
    let before = web.get().request_count();
    let path = data.path().join(FILE);
    let whole = fs::read(&path).unwrap();
    // Byte 60 to 63: the version of the tables, big-endian (sqlite.org/fileformat2.html, 1.3).
    let mut newer = whole.clone();
    newer[63] = 99;
    let mut damaged = whole.clone();
    damaged[..16].copy_from_slice(b"not a database.!");
    for (content, word) in [(newer, "version 99"), (damaged, "damaged")] {
        fs::write(&path, &content).unwrap();
        let done = process::run(&mut crawling(&web, &data, &[]), LIMIT).expect_code(1);
        for word in [word, "--no-stories", "newshound stories rebuild", path.to_str().unwrap()] {
            assert!(done.stderr.contains(word), "{word}: {}", done.stderr);
        }
        assert_eq!(web.get().request_count(), before, "{}", done.stderr);
        assert_eq!(fs::read(&path).unwrap(), content, "it is left alone");
        assert_eq!(crawled(&web, &data, &["--no-stories"])["stories"], Value::Null);
        let done = rebuild(&data).expect_code(0);
        assert!(done.stderr.contains("order of arrival is lost"), "{}", done.stderr);
        assert_eq!(in_store(&data), beside(&data));
    }
}

#[test]
fn who_wants_no_stories_gets_none_and_may_have_them_later() {
    let web = Web::start(Config { articles_per_outlet: 4, ..Config::news(3) });
    let data = DataDir::new();
    for flag in ["--no-articles", "--no-stories"] {
        assert_eq!(crawled(&web, &data, &[flag])["stories"], Value::Null);
        assert!(!exists(&data.path()), "{flag}");
    }
    read_articles(&data);
    crawled(&web, &data, &[]);
    assert!(!in_store(&data).is_empty());
    assert_eq!(in_store(&data), beside(&data));
}

fn exists(data: &Path) -> bool {
    data.join(FILE).exists()
}

#[test]
fn a_rebuild_keeps_away_from_a_running_crawl() {
    let none = DataDir::new();
    let done = rebuild(&none).expect_code(2);
    assert!(done.stderr.contains("--data DIR"), "{}", done.stderr);
    let web = Web::start(Config { articles_per_outlet: 12, ..Config::news(2) });
    let data = DataDir::new();
    let mut running = Running::start(&mut crawling(&web, &data, &[]), b"");
    running.wait_for("Ctrl-C", LIMIT);
    let done = rebuild(&data).expect_code(1);
    assert!(done.stderr.contains("process"), "{}", done.stderr);
    running.kill();
}
