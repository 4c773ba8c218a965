//! Places without end cost little, walls are left alone, and the honest pages beside them are all
//! fetched.

use std::collections::BTreeMap;
use std::process::Command;
use std::time::Duration;

use it::process::{self, Finished};
use it::scenario::{self, LIMIT};
use it::{DataDir, Web, newshound};
use newsweb::{Config, Traits};
use serde_json::Value;

const DELAY: Duration = Duration::from_millis(20);

fn crawl_all(web: &Web, data: &DataDir) -> Finished {
    let mut command = newshound();
    command.args(["crawl", "--contact", "tests@example.org", "--json"]);
    command.args(["--delay", "20ms", "--patience", "3s", "--data"]).arg(data.path());
    command.args(web.flags()).args(web.get().seeds());
    for (key, value) in [
        ("RETRY_FIRST", "200ms"),
        ("POLITENESS_BACKOFF_FIRST", "100ms"),
        ("POLITENESS_BACKOFF_MAX", "300ms"),
        ("ARCHIVE_FREE_BYTES_MIN", "0"),
    ] {
        command.env(format!("NEWSHOUND_{key}"), value);
    }
    process::run(&mut command, LIMIT)
}

fn json(command: &mut Command) -> Value {
    let done = process::run(command, LIMIT);
    serde_json::from_str(&done.stdout).unwrap_or_else(|_| panic!("{}{}", done.stdout, done.stderr))
}

fn of_data(data: &DataDir, args: &[&str]) -> Value {
    json(newshound().args(args).args(["--json", "--data"]).arg(data.path()))
}

/// How often each URL was asked for.
fn fetched(web: &Web) -> BTreeMap<String, u64> {
    let mut fetched = BTreeMap::new();
    for request in web.get().requests() {
        *fetched.entry(request.url()).or_default() += 1;
    }
    fetched
}

#[test]
fn places_without_end_cost_little() {
    let traits = Traits { mazes: true, ..Traits::calm() };
    let web = Web::start(Config { articles_per_outlet: 30, traits, ..Config::news(2) });
    let data = DataDir::new();
    let done = crawl_all(&web, &data).expect_code(0);
    let summary: Value = serde_json::from_str(&done.stdout).unwrap();
    let (fetched, truth) = (fetched(&web), web.get().truth());
    let verdict = newsweb::judge(&web.get().requests(), truth, DELAY);
    assert!(verdict.is_clean(), "{verdict:#?}");
    assert!(!truth.mazes.is_empty());
    for maze in &truth.mazes {
        let spent: u64 =
            fetched.iter().filter(|(url, _)| url.starts_with(&maze.prefix)).map(|(_, n)| n).sum();
        assert!(spent <= maze.fetches_max, "{spent} spent of {maze:#?}");
        for needed in &maze.needed {
            assert!(fetched.keys().any(|url| url.starts_with(needed)), "{needed}: {maze:#?}");
        }
    }
    for rule in ["slug-variant", "session-id", "free-parameter", "calendar", "pagination"] {
        let skipped = summary["skipped"][rule].as_u64();
        assert!(skipped.is_some_and(|n| n > 0), "{rule}: {}", summary["skipped"]);
    }
    assert!(summary["skipped"]["slug-variant"].as_u64() > Some(2_000), "{}", summary["skipped"]);
    assert!(summary["errors"]["soft-404"].as_u64() > Some(0), "{}", summary["errors"]);
    assert!(done.stderr.contains("not asked for, as traps or variants"), "{}", done.stderr);

    let status = of_data(&data, &["frontier", "status"]);
    assert_eq!(status["skipped"], summary["skipped"]);
    let main = url_host(&truth.mazes[0].prefix);
    let host = of_data(&data, &["frontier", "host", &main]);
    assert_eq!(host["learnt"], serde_json::json!(["?ref", "slug"]), "{host}");
    for (path, rule) in [
        ("/story/480213/a-slug-that-nobody-wrote", "slug-variant"),
        ("/p/1.html?ref=00", "free-parameter"),
        ("/a;jsessionid=0A", "session-id"),
        ("/x/y/x/y/x/y", "repeated-path"),
        ("/events/2031/05", "future-date"),
        ("/archive/?page=99", "pagination"),
    ] {
        let url = format!("{}{path}", truth.mazes[0].prefix.trim_end_matches("/story/"));
        let seen = of_data(&data, &["inspect", &url]);
        assert_eq!(seen["trap"]["rule"], rule, "{url}: {seen}");
        assert!(seen["trap"]["why"].is_string());
    }
    assert_eq!(scenario::audit(&data.path()).findings, 0);
}

fn url_host(url: &str) -> String {
    let host = url.split('/').nth(2).unwrap_or_default();
    host.split(':').next().unwrap_or_default().to_owned()
}

#[test]
fn walls_are_kept_and_left_alone() {
    let traits = Traits { walls: true, ..Traits::calm() };
    let web = Web::start(Config { articles_per_outlet: 12, traits, ..Config::news(1) });
    let data = DataDir::new();
    let done = crawl_all(&web, &data).expect_code(0);
    let summary: Value = serde_json::from_str(&done.stdout).unwrap();
    let (fetched, truth) = (fetched(&web), web.get().truth());
    let verdict = newsweb::judge(&web.get().requests(), truth, DELAY);
    let wrong = (verdict.missing, verdict.overlaps, verdict.short_gaps, verdict.disallowed);
    assert_eq!(wrong, (0, 0, 0, 0), "{verdict:#?}");
    for url in fetched.keys() {
        assert!(!url.contains("/deeper") && !url.contains("/login?"), "{url}");
    }
    let walls = &summary["walls"];
    for (kind, at_least) in [("consent", 4), ("challenge", 8), ("login", 4), ("geo", 4)] {
        assert!(walls[kind].as_u64() >= Some(at_least), "{kind}: {walls}");
    }
    // Four kinds of wall, four pages each, and the challenge in two forms: 20 URLs, no article.
    let pages = truth.pages.iter().filter(|page| page.expected() && page.kind == "article");
    let articles = pages.count() as u64;
    let read = summary["articles"].as_u64().unwrap();
    assert!((articles..=articles + 2).contains(&read), "{read} of {articles}: {summary}");
    assert_eq!(of_data(&data, &["frontier", "status"])["walls"], *walls);

    for wall in ["consent", "challenge", "check", "login", "geo"] {
        let found = fetched.keys().find(|url| url.contains(&format!("/walled/{wall}-"))).unwrap();
        let seen = of_data(&data, &["inspect", found]);
        assert_eq!(seen["kind"], "wall", "{seen}");
        let kind = if wall == "check" { "challenge" } else { wall };
        assert!(seen["wall"].as_str().unwrap().starts_with(kind), "{seen}");
        assert!(seen["text"].is_null() && seen["paragraphs"].as_array().unwrap().is_empty());
    }
    assert_eq!(scenario::audit(&data.path()).findings, 0);
}
