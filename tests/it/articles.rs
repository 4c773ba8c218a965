//! Articles beside the archive: what a crawl keeps there, and what is made again from the archive
//! alone, is the same.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

use archive::articles::{Filter, Folders, sidecar_of, sidecars};
use it::process::{self, Finished, Signal};
use it::scenario::{LIMIT, crawl, crawl_all};
use it::{DataDir, Running, Web, newshound};
use newsweb::Config;
use serde_json::Value;

/// Every line of a data directory by the record that it is of, as it stands.
fn lines(data: &Path) -> BTreeMap<String, String> {
    let mut lines = BTreeMap::new();
    for path in sidecars(data).unwrap() {
        let plain = zstd::stream::decode_all(File::open(&path).unwrap()).unwrap();
        let plain = String::from_utf8(plain).unwrap();
        for line in plain.lines().skip(1) {
            let value: Value = serde_json::from_str(line).unwrap();
            let record = value["record"].as_str().unwrap().to_owned();
            assert_eq!(lines.insert(record, line.to_owned()), None, "{line}");
        }
    }
    lines
}

fn articles(lines: &BTreeMap<String, String>) -> usize {
    lines.values().filter(|line| line.contains(r#","article":{"#)).count()
}

/// The kinds of what is no article, and how often each is there.
fn kinds(lines: &BTreeMap<String, String>) -> BTreeMap<String, u32> {
    let mut kinds = BTreeMap::new();
    for line in lines.values() {
        let value: Value = serde_json::from_str(line).unwrap();
        for key in ["none", "wall", "unreadable"] {
            if let Some(kind) = value[key].as_str() {
                *kinds.entry(format!("{key} {kind}")).or_default() += 1;
            }
        }
    }
    kinds
}

fn archive(command: &str, data: &DataDir, more: &[&str]) -> Command {
    let mut program = newshound();
    program.args(["archive", command, "--json", "--data"]).arg(data.path()).args(more);
    program
}

fn object(done: &Finished) -> Value {
    serde_json::from_str(&done.stdout).unwrap_or_else(|e| panic!("{e}: {done:?}"))
}

/// Reads what is missing; gives the summary.
fn read(data: &DataDir, more: &[&str]) -> Value {
    object(&process::run(&mut archive("read", data, more), LIMIT).expect_code(0))
}

fn stats(data: &DataDir) -> Value {
    object(&process::run(&mut archive("stats", data, &[]), LIMIT).expect_code(0))
}

fn remove_all(data: &DataDir) {
    fs::remove_dir_all(data.path().join("articles")).unwrap();
}

/// A crawl to its end, with segments of a few pages.
fn crawled(web: &Web) -> DataDir {
    let data = DataDir::new();
    let seeds = web.get().seeds();
    let seeds: Vec<&str> = seeds.iter().map(String::as_str).collect();
    let mut command = crawl(web, &data, &seeds);
    command.env("NEWSHOUND_ARCHIVE_SEGMENT_BYTES_MAX", "100000");
    let done = process::run(&mut command, LIMIT);
    assert!(matches!(done.code, Some(0 | 3)), "{}", done.stderr);
    assert_eq!(object(&done)["articles_lost"], 0);
    data
}

#[test]
fn an_archive_read_again_gives_what_the_crawl_kept() {
    let web = Web::start(Config { articles_per_outlet: 8, ..Config::news(8) });
    let data = crawled(&web);
    let segments = data.segments().len();
    assert!(segments > 3, "{segments}");
    let kept = lines(&data.path());
    assert!(articles(&kept) > 20, "{:?}", kinds(&kept));
    // Pages, and what is none: each says why it has no article.
    let kinds = kinds(&kept);
    for kind in ["none hub", "none http-404", "none http-301", "none other"] {
        assert!(kinds.contains_key(kind), "{kind}: {kinds:?}");
    }

    // Nothing is missing; that is looked at once.
    assert_eq!(stats(&data)["unchecked"], segments);
    let first = read(&data, &[]);
    assert_eq!((&first["read"], &first["segments"]), (&0.into(), &segments.into()), "{first}");
    assert_eq!(read(&data, &[])["complete"], segments);
    let known = stats(&data);
    assert_eq!((&known["unchecked"], &known["missing"]), (&0.into(), &0.into()), "{known}");
    assert_eq!((&known["read"], &known["articles"]), (&kept.len().into(), &articles(&kept).into()));

    // From the archive alone: byte for byte the same.
    remove_all(&data);
    assert_eq!(stats(&data)["missing"], segments);
    let again = read(&data, &["--jobs", "3"]);
    assert_eq!(again["read"], kept.len(), "{again}");
    assert_eq!(again["articles"], articles(&kept));
    assert_eq!(lines(&data.path()), kept);
    let all = read(&data, &["--all"]);
    assert_eq!((&all["read"], &all["complete"]), (&kept.len().into(), &0.into()));
    assert_eq!(lines(&data.path()), kept);

    // Killed in the middle, it goes on there.
    remove_all(&data);
    let begun = Running::start(&mut archive("read", &data, &[]), b"");
    while sidecars(&data.path()).unwrap_or_default().is_empty() {
        std::thread::yield_now();
    }
    begun.kill();
    let rest = read(&data, &[]);
    assert!(rest["read"].as_u64() < Some(kept.len() as u64), "{rest}");
    assert_eq!(lines(&data.path()), kept);
    let parts = fs::read_dir(data.path().join("articles")).unwrap();
    let parts =
        parts.filter(|e| e.as_ref().unwrap().path().extension().unwrap_or_default() == "part");
    assert_eq!(parts.count(), 0);

    // One that is lost is made up alone.
    let lost = &data.segments()[1];
    fs::remove_file(sidecar_of(lost)).unwrap();
    let one = read(&data, &["--segment", lost.to_str().unwrap()]);
    assert_eq!((&one["segments"], lines(&data.path()) == kept), (&1.into(), true), "{one}");
}

#[test]
fn killed_at_any_moment_a_crawl_loses_articles_only_until_they_are_made_up() {
    let web = Web::start(Config { articles_per_outlet: 12, ..Config::news(6) });
    let data = DataDir::new();
    let seeds = web.get().seeds();
    let seeds: Vec<&str> = seeds.iter().map(String::as_str).collect();
    for requests in [40, 90] {
        let running = Running::start(&mut crawl(&web, &data, &seeds), b"");
        while web.get().request_count() < requests {
            std::thread::yield_now();
        }
        running.kill();
    }
    // No crawl works there any more: the segment that the last one left open is read as well.
    let made_up = read(&data, &[]);
    assert_eq!((&made_up["open"], &made_up["unread"]), (&0.into(), &0.into()), "{made_up}");
    let kept = lines(&data.path());
    assert!(articles(&kept) > 0);
    remove_all(&data);
    assert_eq!(read(&data, &[])["read"], kept.len());
    assert_eq!(lines(&data.path()), kept);

    // The crawl goes on, and keeps what it reads beside what was made up.
    let done = process::run(&mut crawl(&web, &data, &[]), LIMIT);
    assert!(matches!(done.code, Some(0 | 3)), "{}", done.stderr);
    let more = lines(&data.path());
    assert!(more.len() > kept.len() && kept.iter().all(|(id, line)| more[id] == *line));
    assert_eq!(read(&data, &[])["read"], 0, "a crawl that ends has kept all");
}

#[test]
fn a_damaged_file_is_named_with_its_place_and_remedy_and_made_anew() {
    let web = Web::start(Config { articles_per_outlet: 4, ..Config::news(2) });
    let data = DataDir::new();
    crawl_all(&web, &data);
    read(&data, &[]);
    let kept = lines(&data.path());
    let path = &sidecars(&data.path()).unwrap()[0];
    let whole = fs::read(path).unwrap();
    for (content, is_seen) in [
        (broken(&whole, whole.len() / 2), true),
        (broken(&whole, 9), true),
        (broken(&whole, whole.len() - 20), true),
        // A torn end may be on its way: only what is missing is made up.
        (whole[..whole.len() - 60].to_vec(), false),
        (Vec::new(), false),
    ] {
        fs::write(path, &content).unwrap();
        let mut folders = Folders::open(&[data.path()], Filter::default()).unwrap();
        let error = loop {
            match folders.next_line::<Value>() {
                Ok(Some(_)) => {}
                Ok(None) => break None,
                Err(error) => break Some(error.to_string()),
            }
        };
        assert_eq!(error.is_some(), is_seen);
        for word in [path.to_str().unwrap(), "at byte", "newshound archive read"] {
            assert!(error.iter().all(|error| error.contains(word)), "{error:?}");
        }
        read(&data, &[]);
        assert_eq!(lines(&data.path()), kept);
    }
    fs::write(path, broken(&whole, 20)).unwrap();
    let told = process::run(&mut archive("stats", &data, &[]), LIMIT).expect_code(3);
    let damaged = object(&told)["damaged"][0].as_str().unwrap().to_owned();
    assert!(damaged.contains(path.to_str().unwrap()), "{damaged}");
}

fn broken(content: &[u8], at: usize) -> Vec<u8> {
    let mut content = content.to_vec();
    content[at] ^= 0x55;
    content
}

#[test]
fn beside_a_crawl_its_open_segment_is_left_alone_and_can_be_read() {
    let web = Web::start(Config { articles_per_outlet: 25, ..Config::news(4) });
    let data = DataDir::new();
    let seeds = web.get().seeds();
    let seeds: Vec<&str> = seeds.iter().map(String::as_str).collect();
    let mut running = Running::start(&mut crawl(&web, &data, &seeds), b"");
    running.wait_for("Ctrl-C", LIMIT);
    // What it reads is there after a while, although the segment is open.
    while sidecars(&data.path()).unwrap().is_empty() || lines(&data.path()).is_empty() {
        std::thread::yield_now();
    }
    let beside = read(&data, &[]);
    assert_eq!((&beside["read"], &beside["open"]), (&0.into(), &1.into()), "{beside}");
    running.signal(Signal::TERM);
    running.wait(LIMIT).expect_code(0);
    assert_eq!(read(&data, &[])["open"], 0);
}

#[test]
fn without_articles_none_are_kept_and_all_can_be_read_later() {
    let web = Web::start(Config { articles_per_outlet: 4, ..Config::news(2) });
    let data = DataDir::new();
    let seeds = web.get().seeds();
    let mut command = crawl(&web, &data, &[&seeds[0], "--no-articles"]);
    process::run(&mut command, LIMIT);
    assert!(!data.path().join("articles").exists());
    let later = read(&data, &[]);
    assert!(later["articles"].as_u64() > Some(0), "{later}");
}

#[test]
fn wrong_usage_is_told_with_a_remedy() {
    let none = DataDir::new();
    let done = process::run(&mut archive("read", &none, &[]), LIMIT).expect_code(2);
    assert!(done.stderr.contains("--data DIR"), "{}", done.stderr);
    let done = process::run(&mut archive("stats", &none, &[]), LIMIT).expect_code(2);
    assert!(done.stderr.contains("--data DIR"), "{}", done.stderr);
    let missing = PathBuf::from("/no/such.warc.gz");
    let args = ["--segment", missing.to_str().unwrap()];
    let done = process::run(&mut archive("read", &none, &args), LIMIT).expect_code(2);
    assert!(done.stderr.contains("/no/such.warc.gz"), "{}", done.stderr);
}
