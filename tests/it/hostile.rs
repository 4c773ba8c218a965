//! Answers that are made to hurt: the crawl lives, keeps them, says what came of them, and covers
//! the rest of the site.

use std::collections::BTreeSet;
use std::process::Command;
use std::time::Duration;

use it::hostile::robots::{self, Hosts};
use it::hostile::{self, Hostile, site};
use it::process::{self, Signal};
use it::site::Site;
use it::{DataDir, Running, newshound, wait};

const LIMIT: Duration = Duration::from_mins(5);

/// Hostile answers of these names.
fn named(names: &[&str]) -> Vec<Hostile> {
    names.iter().map(|name| hostile::named(name)).collect()
}

/// A crawl of the site, all of whose requests come without a delay.
fn crawl(site: &Site, data: &DataDir) -> Command {
    let mut command = newshound();
    command.args(["crawl", "http://www.hostile.test/", "--contact", "tests@example.org"]);
    command.args(["--delay", "0s", "--patience", "2s", "--json"]).args(site.flags());
    command.arg("--data").arg(data.path());
    command.env("NEWSHOUND_POLITENESS_ADAPTIVE_FACTOR", "0");
    command.env("NEWSHOUND_ARCHIVE_FREE_BYTES_MIN", "0");
    command
}

/// The metadata of the only snapshot of a path.
#[track_caller]
fn kept(data: &DataDir, path: &str) -> archive::Attempt {
    let found = archive::find(&data.path().join("archive"), &site::url(path)).unwrap();
    assert_eq!(found.len(), 1, "snapshots of {path}");
    let kept = archive::load(&found[0]).unwrap();
    assert!(kept.response.is_some(), "{path}");
    kept.attempt.unwrap()
}

/// Everything was asked for once, is kept and proved; the honest pages are read.
#[track_caller]
fn assert_whole(site: &Site, data: &DataDir, names: &[&str], summary: &serde_json::Value) {
    let asked = site.asked();
    let once: BTreeSet<&String> = asked.iter().collect();
    assert_eq!(once.len(), asked.len(), "asked for twice: {asked:?}");
    for number in 0..names.len() {
        let attempt = kept(data, &site::path(&format!("honest {number}")));
        assert!(attempt.flags.is_empty(), "{:?}", attempt.flags);
    }
    assert!(summary["articles"].as_u64().unwrap() >= names.len() as u64, "{summary}");
    assert_eq!(summary["unread"], 0, "{summary}");
    process::run(newshound().arg("audit").arg(data.path()), LIMIT).expect_code(0);
}

#[test]
fn hostile_answers_end_as_recorded_outcomes_and_the_site_is_covered() {
    let names = [
        "20,000 deep",
        "50,000 attributes",
        "200,000 paragraphs",
        "cloned formatting",
        "JSON-LD 1,000,000 deep",
        "articleBody 300,000 deep",
        "NULs",
        "feed of a billion laughs",
        "sitemap of a billion laughs",
        "feed 300,000 deep",
        "page that unpacks to 1 GB",
        "page that is no gzip",
    ];
    let site = site::start(named(&names));
    let data = DataDir::new();
    let done = process::run(&mut crawl(&site, &data), LIMIT).expect_code(0);
    let summary = serde_json::from_str(&done.stdout).unwrap();
    assert_whole(&site, &data, &names, &summary);
    let flags = |name: &str| kept(&data, &site::path(name)).flags;
    assert_eq!(flags("20,000 deep"), ["links-only"]);
    assert_eq!(flags("50,000 attributes"), ["links-only"]);
    assert_eq!(flags("page that unpacks to 1 GB"), ["links-only"]);
    assert_eq!(flags("page that is no gzip"), ["undecodable"]);
    assert!(!flags("articleBody 300,000 deep").iter().any(|flag| flag.starts_with("un")));
    // It gets past every guard, and then takes all memory or all time that a reader has.
    assert_eq!(flags("cloned formatting"), ["unreadable"]);
    let unreadable = summary["unreadable"].as_object().unwrap();
    assert_eq!(unreadable.values().filter_map(serde_json::Value::as_u64).sum::<u64>(), 1);
    assert!(summary["reader_memory_peak_bytes"].as_u64().unwrap() < 268_435_456, "{summary}");
}

#[test]
fn hostile_robots_files_are_obeyed_as_far_as_they_can_be_read() {
    let files = robots::all();
    let hosts = Hosts::start(&files);
    let data = DataDir::new();
    let mut command = newshound();
    command.args(["crawl", "--contact", "tests@example.org", "--delay", "0s", "--json"]);
    command.args(["--patience", "2s", "--no-articles"]).args(hosts.flags());
    command.args(files.iter().map(|file| format!("http://{}/", file.host())));
    command.arg("--data").arg(data.path());
    command.env("NEWSHOUND_POLITENESS_ADAPTIVE_FACTOR", "0");
    command.env("NEWSHOUND_ARCHIVE_FREE_BYTES_MIN", "0");
    command.env("NEWSHOUND_FETCH_LIMITS_RATE_GRACE", "1s");
    // The seed whose robots.txt never ends is a finding.
    let done = process::run(&mut command, LIMIT).expect_code(3);
    let summary: serde_json::Value = serde_json::from_str(&done.stdout).unwrap();
    for file in &files {
        let (pages, requests_for_robots) = hosts.asked(&file.host());
        assert_eq!(pages, file.allowed(), "{}", file.name);
        let expected = if file.how == robots::How::Redirects { 6 } else { 1 };
        assert_eq!(requests_for_robots, expected, "{}", file.name);
    }
    assert!(summary["memory_peak_bytes"].as_u64().unwrap() < 268_435_456, "{summary}");
    process::run(newshound().arg("audit").arg(data.path()), LIMIT).expect_code(0);
}

#[test]
fn a_page_that_kills_its_reader_costs_its_limits_and_nothing_else() {
    let names = ["200,000 deep", "20,000 deep", "cloned formatting"];
    let site = site::start(named(&names));
    let data = DataDir::new();
    let mut command = crawl(&site, &data);
    // The guard is lifted: now the readers get what they must die of.
    command.env("NEWSHOUND_READER_UNTAMED", "true").env("NEWSHOUND_READER_PROCESSES", "1");
    command.env("NEWSHOUND_READER_TIME_MAX", "1s");
    let done = process::run(&mut command, LIMIT).expect_code(0);
    let summary = serde_json::from_str(&done.stdout).unwrap();
    assert_whole(&site, &data, &names, &summary);
    let attempt = kept(&data, &site::path("200,000 deep"));
    assert_eq!(attempt.flags, ["links-only", "unreadable"]);
    let by = attempt.extra.iter().find(|(name, _)| name == "unreadable-by").unwrap();
    assert_eq!(by.1, "time");
    assert!(summary["unreadable"]["time"].as_u64().unwrap() >= 1, "{summary}");
    assert!(done.stderr.contains("not to be read as articles"), "{}", done.stderr);
}

/// Processes whose command line holds these words, zombies apart.
fn running(words: &str) -> Vec<i32> {
    let processes = std::fs::read_dir("/proc").unwrap().flatten();
    let pids = processes.filter_map(|process| process.file_name().to_str()?.parse::<i32>().ok());
    let has_words = |pid: &i32| {
        let line = std::fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        String::from_utf8_lossy(&line).replace('\0', " ").contains(words)
    };
    pids.filter(has_words).collect()
}

#[test]
fn readers_end_with_their_crawler_however_that_ends() {
    for (signal, memory) in [(Signal::KILL, "268435457"), (Signal::TERM, "268435458")] {
        let site = site::start(named(&["200,000 deep"]));
        let data = DataDir::new();
        let mut command = crawl(&site, &data);
        command.env("NEWSHOUND_READER_UNTAMED", "true");
        command.env("NEWSHOUND_READER_MEMORY_BYTES_MAX", memory);
        // Longer than anybody waits: who ends the reader is not its limit.
        let is_kill = signal == Signal::KILL;
        command.env("NEWSHOUND_READER_TIME_MAX", if is_kill { "1h" } else { "2s" });
        let crawl = Running::start(&mut command, b"");
        let words = format!("read-pages --memory {memory}");
        let bad = site::path("200,000 deep");
        assert!(wait::until(LIMIT, || site.asked().contains(&bad)), "never asked for");
        assert!(wait::until(LIMIT, || !running(&words).is_empty()), "no reader");
        crawl.signal(signal);
        if is_kill {
            crawl.kill();
        } else {
            crawl.wait(LIMIT).expect_code(0);
            assert!(running(&words).is_empty(), "a drain leaves no reader");
        }
        assert!(wait::until(LIMIT, || running(&words).is_empty()), "a reader outlives its crawler");
    }
}

#[test]
fn a_crawl_without_articles_starts_no_reader() {
    let names = ["cloned formatting", "50,000 attributes"];
    let site = site::start(named(&names));
    let data = DataDir::new();
    let mut command = crawl(&site, &data);
    // A reader could not be started here: nobody tries.
    command.arg("--no-articles").env("NEWSHOUND_READER_MEMORY_BYTES_MAX", "1");
    let done = process::run(&mut command, LIMIT).expect_code(0);
    let summary: serde_json::Value = serde_json::from_str(&done.stdout).unwrap();
    assert_eq!((&summary["articles"], &summary["unread"]), (&0.into(), &0.into()));
    assert_eq!(site.asked().len(), 2 + 2 * names.len());
}

#[test]
fn readers_that_cannot_start_are_our_fault_and_lose_no_page() {
    let names = ["50,000 attributes"];
    let site = site::start(named(&names));
    let data = DataDir::new();
    let mut command = crawl(&site, &data);
    command.env("NEWSHOUND_READER_MEMORY_BYTES_MAX", "1000000");
    let done = process::run(&mut command, LIMIT).expect_code(0);
    let summary: serde_json::Value = serde_json::from_str(&done.stdout).unwrap();
    assert_eq!((&summary["articles"], &summary["unread"]), (&0.into(), &1.into()), "{summary}");
    assert_eq!(kept(&data, &site::path("honest 0")).flags, ["unread"]);
    assert!(done.stderr.contains("reader.memory_bytes_max"), "{}", done.stderr);
}
