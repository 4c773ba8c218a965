//! Seeds from the command line, discovery, and how fresh a crawl is on a small budget.

use std::fs;
use std::process::Command;
use std::time::Duration;

use it::scenario::{self, LIMIT, Setup};
use it::{DataDir, Web, bench, newshound, process};
use serde_json::Value;

fn seeds(data: &DataDir, args: &[&str]) -> Command {
    let mut command = newshound();
    command.arg("seeds").args(args).arg("--data").arg(data.path());
    command
}

#[track_caller]
fn said(command: &mut Command, code: i32) -> (String, String) {
    let done = process::run(command, LIMIT).expect_code(code);
    (done.stdout, done.stderr)
}

#[test]
fn added_listed_exported_removed_and_given_again() {
    let data = DataDir::new();
    let add = ["add", "a.test", "https://b.test/x", "--country", "fr", "--tags", "daily"];
    let (_, told) = said(&mut seeds(&data, &add), 0);
    assert!(told.contains("added 2 seeds"), "{told}");
    let (_, told) = said(&mut seeds(&data, &["add", "a.test", "--budget", "9"]), 0);
    assert!(told.contains("1 changed"), "{told}");
    let (list, _) = said(&mut seeds(&data, &["list"]), 0);
    assert!(list.contains("a.test budget=9") && list.contains("country=FR"), "{list}");
    for format in ["txt", "csv", "opml"] {
        let (exported, _) = said(&mut seeds(&data, &["export", "--format", format]), 0);
        let again = DataDir::new();
        let file = tempfile::Builder::new().suffix(&format!(".{format}")).tempfile().unwrap();
        fs::write(file.path(), exported).unwrap();
        said(&mut seeds(&again, &["import", file.path().to_str().unwrap()]), 0);
        assert_eq!(said(&mut seeds(&again, &["list"]), 0).0, list, "{format}");
    }
    let (told, _) = said(&mut seeds(&data, &["remove", "a.test"]), 0);
    assert!(told.contains("1 URL") && told.contains("snapshots kept"), "{told}");
    let (_, told) = said(&mut seeds(&data, &["remove", "a.test"]), 3);
    assert!(told.contains("a.test is no seed here"), "{told}");
    let (_, told) = said(&mut seeds(&data, &["add", "a.test"]), 0);
    assert!(told.contains("added 1 seed"), "{told}");
    let (report, _) = said(&mut seeds(&data, &["report"]), 0);
    assert!(report.contains("2 seeds: 2 not-tried"), "{report}");
}

#[test]
fn bad_lists_are_named_and_nothing_good_is_lost() {
    let data = DataDir::new();
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let csv = file("list.csv", "domain,country\ngood.test,FR\nbad one,FR\nalso.test,XX\n");
    let opml = file("list.opml", "<opml><body><outline xmlUrl=\"https://o.test/f\"/><outline <");
    let (_, told) = said(&mut seeds(&data, &["import", &csv, &opml]), 3);
    for words in ["list.csv:3", "list.csv:4", "XX", "list.opml:1", "added 2 seeds", "3 refused"] {
        assert!(told.contains(words), "{words:?} is not in: {told}");
    }
    let nothing = file("other.csv", "colour,size\nred,5\n");
    let (_, told) = said(&mut seeds(&data, &["import", &nothing]), 2);
    assert!(told.contains("other.csv") && told.contains("colour"), "{told}");
    let (_, told) = said(&mut seeds(&data, &["import", "/no/such.csv"]), 1);
    assert!(told.contains("/no/such.csv"), "{told}");
    let missing = DataDir::new();
    let (_, told) = said(&mut seeds(&missing, &["list"]), 2);
    assert!(told.contains("seeds add"), "{told}");
    let (_, told) = said(&mut seeds(&missing, &["import", &csv, "--dry-run"]), 3);
    assert!(told.contains("would add 1 seed") && !missing.path().exists(), "{told}");
}

#[test]
fn a_long_list_is_imported_in_little_memory() {
    let cost = bench::import(50_000, "csv");
    assert!(cost.memory_peak_mb <= 200.0, "{cost:?}");
}

#[test]
fn discovery_names_its_evidence_and_a_crawl_keeps_labels() {
    let web = Web::start(newsweb::Config::live(20));
    let mut command = newshound();
    command.args(["seeds", "discover", "--json", "--contact", "tests@example.org"]);
    command.args(["--delay", "50ms"]).args(web.flags());
    let truth = web.get().live_truth(0.0..86_400.0).unwrap();
    let outlet = truth.outlets.iter().find(|o| o.crawl_delay_s.is_none()).unwrap();
    let (found, told) = said(command.arg(&outlet.domain), 0);
    let findings: Vec<Value> =
        found.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let is_best = |f: &Value| outlet.best.iter().any(|best| f["url"] == best.as_str());
    assert!(findings.iter().any(is_best), "{:?}\n{found}\n{told}", outlet.best);
    assert!(findings.iter().all(|f| f["evidence"].is_string()), "{found}");

    let data = DataDir::new();
    let labels = ["--country", "FR", "--language", "fr", "--tags", "daily"];
    said(seeds(&data, &["add", &outlet.domain]).args(labels), 0);
    let mut crawl = newshound();
    crawl.args(["crawl", "--contact", "tests@example.org", "--delay", "20ms", "--max-pages", "9"]);
    crawl.env("NEWSHOUND_ARCHIVE_FREE_BYTES_MIN", "0").args(web.flags());
    said(crawl.arg("--data").arg(data.path()), 0);
    let mut inspect = newshound();
    inspect.args(["inspect", &outlet.seed, "--json", "--data"]).arg(data.path());
    let (kept, _) = said(&mut inspect, 0);
    let kept: Value = serde_json::from_str(&kept).unwrap();
    let attempt = kept["attempt"].as_array().unwrap();
    for (name, value) in [("country", "FR"), ("language", "fr"), ("tag", "daily")] {
        let field = serde_json::json!([name, value]);
        assert!(attempt.contains(&field), "{field} is not in: {attempt:?}");
    }
    let (report, _) = said(&mut seeds(&data, &["report", "--json"]), 0);
    let line: Value = serde_json::from_str(report.lines().next().unwrap()).unwrap();
    assert_eq!(line["state"], "alive", "{report}");
}

#[test]
fn new_articles_are_fetched_soon_on_a_small_budget() {
    let setup = Setup { outlets: 30, days: 3, warm_up_days: 1, budget_per_day: 100, seed: 1 };
    let fresh = scenario::freshness(setup, None);
    let run = &fresh.by_rate;
    assert!(run.articles > 200 && run.missed * 50 <= run.articles, "{fresh:#?}");
    assert!(fresh.median_ratio >= 2.0, "{fresh:#?}");
    assert!(run.best_source_found >= 0.95, "{fresh:#?}");
    // Robots files are asked for whatever the budget says, once a day.
    assert!(run.requests_of_an_outlet_and_day_max <= 103, "{fresh:#?}");
    for (kind, (_, most)) in &run.traps {
        assert!(*most <= 70, "{kind}: {fresh:#?}");
    }
}

#[test]
fn a_fresh_link_does_not_wait_for_the_backfill() {
    let delay = Duration::from_secs(1);
    let waited = scenario::fresh_link(10_000, delay);
    // The settle that brings it, the request that is under way, the link itself.
    assert!(waited.fresh_after <= 2 * delay + Duration::from_millis(100), "{waited:?}");
    assert!(waited.backfill_after > 50, "{waited:?}");
}

#[test]
fn the_report_tells_moved_forbidden_and_failed_seeds() {
    let data = DataDir::new();
    let web = Web::start(newsweb::Config::hub(1));
    // Every page of its hosts redirects to the hub, another outlet; the third has no server.
    let moved = web.get().seeds()[0].clone();
    said(&mut seeds(&data, &["add", &moved, "http://127.0.0.1:1/x"]), 0);
    let mut crawl = newshound();
    crawl.args(["crawl", "--contact", "tests@example.org", "--delay", "20ms"]);
    crawl.args(["--patience", "2s", "--data"]).arg(data.path()).args(web.flags());
    crawl.env("NEWSHOUND_ARCHIVE_FREE_BYTES_MIN", "0");
    crawl.env("NEWSHOUND_RETRY_ATTEMPTS_MAX", "0");
    process::run(&mut crawl, LIMIT);
    let (report, _) = said(&mut seeds(&data, &["report", "--json"]), 0);
    let lines: Vec<Value> = report.lines().map(|l| serde_json::from_str(l).unwrap()).collect();
    let of = |seed: &str| lines.iter().find(|line| line["seed"] == seed).unwrap();
    assert_eq!(of(&moved)["state"], "moved", "{report}");
    assert!(of(&moved)["detail"].as_str().unwrap().contains("hub.test"), "{report}");
    let (problems, _) = said(&mut seeds(&data, &["report", "--problems"]), 0);
    assert!(problems.contains("moved to http") && problems.contains("127.0.0.1:1"), "{problems}");
}
