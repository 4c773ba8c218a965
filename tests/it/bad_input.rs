//! Bad input gets a clear error that names the thing, the place and the remedy.

use std::time::Duration;

use it::{DataDir, Running, newshound, process};

const LIMIT: Duration = Duration::from_mins(1);

/// Runs `newshound crawl` with these arguments and a data directory; gives code and messages.
fn crawl(data: &DataDir, args: &[&str]) -> (Option<i32>, String) {
    let mut command = newshound();
    command.arg("crawl").args(args).arg("--data").arg(data.path());
    let done = process::run(&mut command, LIMIT);
    (done.code, done.stderr)
}

#[track_caller]
fn refused(data: &DataDir, args: &[&str], code: i32, words: &[&str]) {
    let (got, said) = crawl(data, args);
    assert_eq!(got, Some(code), "{said}");
    for word in words {
        assert!(said.contains(word), "{word:?} is not in: {said}");
    }
}

const CONTACT: [&str; 2] = ["--contact", "tests@example.org"];

#[test]
fn usage_and_config() {
    let data = DataDir::new();
    refused(&data, &["example.com"], 2, &["contact", "--contact"]);
    refused(&data, &["example.com", "--contact", "me"], 2, &["me", "you@example.org"]);
    refused(&data, &CONTACT, 2, &["nothing to crawl", "seeds"]);
    refused(&data, &["a.test", "--delay", "fast"], 2, &["fast", "500ms"]);
    let rule = "*.test=127.0.0.1:80";
    let args = ["a.test", CONTACT[0], CONTACT[1], "--connect-to", rule];
    refused(&data, &args, 2, &[rule, "--allow-network 127.0.0.0/8"]);

    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("c.toml");
    std::fs::write(&config, "[politeness]\ndeley = \"1s\"\n").unwrap();
    let path = config.to_str().unwrap();
    refused(&data, &["a.test", "--config", path], 2, &[path, "deley", "line 2", "newshound.toml"]);
    refused(&data, &["a.test", "--config", "/no/such.toml"], 2, &["/no/such.toml"]);
}

#[test]
fn a_bad_seed_line_is_named_and_the_others_go_on() {
    let data = DataDir::new();
    let folder = tempfile::tempdir().unwrap();
    let seeds = folder.path().join("seeds.txt");
    std::fs::write(&seeds, "not a seed\nhttp://127.0.0.1:1/\n").unwrap();
    let path = seeds.to_str().unwrap();
    let args = [CONTACT[0], CONTACT[1], "--patience", "1s", "--seeds", path];
    refused(&data, &args, 3, &["seeds.txt:1", "not a seed", "seeds without a page: 1"]);
    refused(&data, &[CONTACT[0], CONTACT[1], "--seeds", "/no/such.txt"], 1, &["/no/such.txt"]);
}

#[test]
fn directories() {
    let data = DataDir::new();
    std::fs::create_dir_all(data.path()).unwrap();
    std::fs::write(data.path().join("format"), "7\n").unwrap();
    refused(&data, &["a.test", CONTACT[0], CONTACT[1]], 1, &["newer", "layout 7"]);

    let file = DataDir::new();
    std::fs::create_dir_all(file.path().parent().unwrap()).unwrap();
    std::fs::write(file.path(), "in the way").unwrap();
    refused(&file, &["a.test", CONTACT[0], CONTACT[1]], 1, &["data directory", "--data"]);
}

#[test]
fn an_audit_of_nothing() {
    let done = process::run(newshound().args(["audit", "/no/such"]), LIMIT).expect_code(2);
    assert!(done.stderr.contains("/no/such") && done.stderr.contains("data directory"));
}

#[test]
fn two_crawls_on_one_directory_and_a_full_disk() {
    let data = DataDir::new();
    let mut first = newshound();
    first.args(["crawl", "http://127.0.0.1:1/", "--contact", "tests@example.org", "--data"]);
    first.arg(data.path()).env("NEWSHOUND_ARCHIVE_FREE_BYTES_MIN", "1000000000000000");
    let mut running = Running::start(&mut first, b"");
    running.wait_for("disk is full", LIMIT);
    refused(&data, &["a.test", CONTACT[0], CONTACT[1]], 1, &["another crawl", "--data"]);
    running.kill();
}
