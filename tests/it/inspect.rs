//! What `newshound inspect` says of a file, of what a crawl left, and of a host that it asks.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use archive::RealDisk;
use archive::articles::{Filling, Found, Line, sidecar_of, sidecars};
use it::process::{self, Finished};
use it::{DataDir, Web, hostile, newshound, scenario};
use newsweb::{Config, Truth, TruthPage};
use serde_json::Value;

const LIMIT: Duration = Duration::from_mins(2);

/// The keys that are held fixed, in their order.
const KEYS: [&str; 13] = [
    "url",
    "kind",
    "title",
    "authors",
    "published",
    "modified",
    "language",
    "agency",
    "text",
    "paragraphs",
    "links",
    "entries",
    "robots_meta",
];

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates/extract/fixtures").join(name)
}

fn inspect(args: &[&str]) -> Command {
    let mut command = newshound();
    command.arg("inspect").args(args);
    command
}

fn object(done: &Finished) -> Value {
    serde_json::from_str(&done.stdout).unwrap_or_else(|e| panic!("{e}: {done:?}"))
}

/// Reads a fixture as the body of a URL.
fn of_file(name: &str, url: &str) -> Value {
    let path = fixture(name);
    let args = ["--file", path.to_str().unwrap(), "--url", url, "--json"];
    let done = process::run(&mut inspect(&args), LIMIT).expect_code(0);
    let places = KEYS.map(|key| done.stdout.find(&format!("\"{key}\":")).unwrap());
    assert!(places.is_sorted(), "{places:?}");
    object(&done)
}

#[test]
fn a_feed_in_a_file() {
    let read = of_file("feeds/rss_2.0_bbc.xml", "http://a.test/feed");
    assert_eq!((&read["kind"], &read["language"]), (&"feed".into(), &"en".into()));
    assert_eq!(read["title"], "In Our Time");
    let index = fs::read_to_string(fixture("feeds/index.json")).unwrap();
    let index: Value = serde_json::from_str(&index).unwrap();
    assert_eq!(index[0]["file"], "rss_2.0_bbc.xml");
    assert_eq!(read["entries"], index[0]["expected"]["entries"]);
    for null in ["agency", "text", "robots", "frontier", "status"] {
        assert!(read[null].is_null(), "{null}");
    }
}

#[test]
fn sitemaps_and_pages_in_packed_files() {
    let read = of_file("sitemaps/traf_sitemap.xml.gz", "http://a.test/sitemap.xml.gz");
    assert_eq!((&read["kind"], &read["format"]), (&"sitemap".into(), &"urls".into()));
    assert_eq!(read["entries"].as_array().unwrap().len(), 84);
    assert_eq!(read["entries"][0]["updated"], "2016-11-21T00:00:00Z");

    let name = "pages/fundus_de_WinFuture_2024_04_29.html.gz";
    let read = of_file(name, "https://a.test/news,142489.html");
    assert_eq!((&read["kind"], &read["charset"]), (&"article".into(), &"windows-1252".into()));
    assert_eq!(read["published"], "2024-04-26T10:00:00+02:00", "the zone is kept");
    assert_eq!(read["language"], "de");
    let paragraphs = read["paragraphs"].as_array().unwrap();
    assert!(paragraphs.len() > 3 && paragraphs.iter().all(Value::is_string), "{paragraphs:?}");
    let first = paragraphs[0].as_str().unwrap();
    assert!(read["text"].as_str().unwrap().starts_with(first));
    assert_eq!(read["article"]["kind"], "article");
    assert_eq!(read["article"]["text_from"], "structure");
    assert!(read["article"]["paragraphs"][0]["kind"].is_string());
    assert!(read["canonical"].as_str().unwrap().ends_with("/news,142489.html"));
    assert!(read["links"].as_array().unwrap().len() > 70 && read["links"][0]["rel"].is_string());
    assert_eq!(read["feeds"].as_array().unwrap().len(), 2);
}

#[test]
fn standard_input_content_types_and_text_for_people() {
    let page = b"<html><a href=/politics/talks-end-without-a-result rel=NoOpener>x</a>\x1b[2J";
    let args = ["--file", "-", "--url", "a.test", "--content-type", "text/html"];
    let done = it::Running::start(&mut inspect(&args), page).wait(LIMIT).expect_code(0);
    for words in ["kind            hub", "1 link\n", "talks-end-without-a-result noopener"] {
        assert!(done.stdout.contains(words), "{words}: {}", done.stdout);
    }
    let args = ["--file", "-", "--url", "a.test/x", "--content-type", "image/png", "--json"];
    let done = it::Running::start(&mut inspect(&args), page).wait(LIMIT).expect_code(0);
    assert_eq!(object(&done)["kind"], "other");
}

#[test]
fn wrong_usage_names_thing_and_remedy() {
    let fixture = fixture("feeds/rss_2.0_bbc.xml");
    let file = fixture.to_str().unwrap();
    let folder = fixture.parent().unwrap().to_str().unwrap();
    for (args, code, words) in [
        (&["--file", file][..], 2, &[file, "--url"][..]),
        (&["--file", file, "--url", "not a url"], 2, &["not a url", "example.com"]),
        (&["--file", folder, "--url", "a.test"], 2, &[folder, "folder"]),
        (&["--file", "/no/such", "--url", "a.test"], 1, &["/no/such", "cannot read"]),
        (&["a.test", "--fetch"], 2, &["contact", "you@example.org"]),
        (&["a.test", "--fetch", "--contact", "me"], 2, &["me", "you@example.org"]),
        (&["a.test", "--data", "/no/such"], 2, &["/no/such", "--data"]),
        (&[], 2, &["URL"]),
    ] {
        let done = process::run(&mut inspect(args), LIMIT);
        assert_eq!(done.code, Some(code), "{args:?}: {}", done.stderr);
        for word in words {
            assert!(done.stderr.contains(word), "{word:?} is not in: {}", done.stderr);
        }
    }
}

/// A page that takes all memory of whoever builds a tree of it.
fn bomb() -> Vec<u8> {
    let head = b"<!doctype html><meta property=og:type content=article>\
        <meta property=og:title content=Flood><a href=/2026/11/24/other>x</a>";
    [&head[..], &(hostile::named("cloned formatting").body)()].concat()
}

#[test]
fn a_page_that_kills_its_reader_costs_the_article_only() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bomb.html");
    fs::write(&path, bomb()).unwrap();
    let url = "https://www.hostile.test/2026/11/25/bomb";
    let args = ["--file", path.to_str().unwrap(), "--url", url];
    for (memory, time, code, word, words) in [
        ("120000000", "2m", 3, "memory", "NEWSHOUND_READER_MEMORY_BYTES_MAX"),
        ("2000000000", "10ms", 3, "time", "NEWSHOUND_READER_TIME_MAX"),
        ("1000000", "2m", 1, "unread", "reader.memory_bytes_max"),
    ] {
        let limited = |command: &mut Command| {
            command.env("NEWSHOUND_READER_MEMORY_BYTES_MAX", memory);
            command.env("NEWSHOUND_READER_TIME_MAX", time);
            process::run(command, LIMIT).expect_code(code)
        };
        let done = limited(inspect(&args).arg("--json"));
        let read = object(&done);
        assert_eq!((&read["kind"], &read["title"]), (&"article".into(), &"Flood".into()));
        assert_eq!(read["links"].as_array().unwrap().len(), 1);
        assert_eq!((&read["unreadable"], &read["article_from"]), (&word.into(), &"now".into()));
        assert_eq!((&read["article"], &read["text"]), (&Value::Null, &Value::Null));
        for part in [url, words, "All else is shown"] {
            assert!(done.stderr.contains(part), "{word}: {part:?} is not in: {}", done.stderr);
        }
        let text = limited(&mut inspect(&args)).stdout;
        assert!(text.contains("Flood") && text.contains("not to be read"), "{text}");
    }
}

/// Asks for a URL of the simulated web.
fn fetch(web: &Web, url: &str, data: &DataDir) -> Command {
    let mut command = inspect(&[url, "--fetch", "--json", "--contact", "tests@example.org"]);
    command.args(web.flags()).arg("--data").arg(data.path());
    command.env("NEWSHOUND_POLITENESS_DELAY", "200ms");
    command
}

/// A page of a host whose robots.txt has rules.
fn page(truth: &Truth, is_it: impl Fn(&TruthPage) -> bool) -> TruthPage {
    let has_rules =
        |url: &str| truth.hosts.iter().any(|h| url.contains(&h.host) && h.robots == "Plain");
    truth.pages.iter().find(|p| p.status == 200 && is_it(p) && has_rules(&p.url)).unwrap().clone()
}

#[test]
fn a_host_is_asked_politely_and_nothing_is_stored() {
    let web = Web::start(Config::news(2));
    let data = DataDir::new();
    let truth = web.get().truth();
    let article = page(truth, |p| p.kind == "article" && p.expected());
    let done = process::run(&mut fetch(&web, &article.url, &data), LIMIT).expect_code(0);
    let said = object(&done);
    assert_eq!((&said["kind"], &said["status"]), (&"article".into(), &200.into()), "{said}");
    assert_eq!((&said["url"], &said["robots"]["verdict"]), (&article.url.into(), &"allow".into()));
    assert!(said["published"].is_string() && !said["headers"].as_array().unwrap().is_empty());
    let timings = &said["timings"];
    for name in ["robots_ms", "wait_ms", "first_byte_ms", "total_ms"] {
        assert!(timings[name].as_f64().unwrap() > 0.0, "{timings}");
    }
    let verdict = newsweb::judge(&web.get().requests(), truth, scenario::DELAY);
    assert_eq!((verdict.requests, verdict.overlaps, verdict.short_gaps), (2, 0, 0), "{verdict:#?}");
    assert!(!data.path().exists());
}

#[test]
fn a_forbidden_url_is_not_fetched_and_the_rule_is_told() {
    let web = Web::start(Config::news(2));
    let data = DataDir::new();
    let page = page(web.get().truth(), |p| !p.allowed);
    let done = process::run(&mut fetch(&web, &page.url, &data), LIMIT).expect_code(3);
    let said = object(&done);
    let robots = &said["robots"];
    assert_eq!(
        (&robots["verdict"], &robots["status"]),
        (&"disallow".into(), &200.into()),
        "{said}"
    );
    let rule = robots["rule"].as_str().unwrap();
    assert!(rule.starts_with("Disallow: ") && robots["line"].as_u64() > Some(1), "{robots}");
    assert!(done.stderr.contains(rule) && done.stderr.contains(&page.url), "{}", done.stderr);
    // The server writes its log after it has answered.
    while web.get().request_count() == 0 {
        std::thread::yield_now();
    }
    assert_eq!((web.get().request_count(), &said["timings"]["total_ms"]), (1, &Value::Null));
}

#[test]
fn robots_files_that_move_fail_or_are_not_there() {
    let web = Web::start(Config::news(16));
    let truth = web.get().truth();
    for (robots, code, rule, file) in [
        ("MovedWithin", 3, Some("Disallow: /private/"), Some("/robots/final.txt")),
        ("MovedAcross", 3, Some("Disallow: /private/"), None),
        ("NotFound", 0, None, Some("/robots.txt")),
        ("ServerError", 3, None, Some("/robots.txt")),
        ("TooManyRequests", 3, None, Some("/robots.txt")),
    ] {
        let host = truth.hosts.iter().find(|host| host.robots == robots).unwrap();
        let url = format!("{}://{}/private/desk.html", host.scheme, host.host);
        let done = process::run(&mut fetch(&web, &url, &DataDir::new()), LIMIT).expect_code(code);
        let said = &object(&done)["robots"];
        assert_eq!(said["rule"].as_str(), rule, "{robots}: {said}");
        let found = said["url"].as_str().unwrap();
        match file {
            Some(file) => assert_eq!(found, format!("{}://{}{file}", host.scheme, host.host)),
            None => assert!(found.starts_with("http://rules.test/"), "{found}"),
        }
    }
    let verdict = newsweb::judge(&web.get().requests(), truth, scenario::DELAY);
    assert_eq!((verdict.short_gaps, verdict.disallowed), (0, 0), "{verdict:#?}");
}

#[test]
fn a_host_that_does_not_answer() {
    let data = DataDir::new();
    let args = ["http://127.0.0.1:1/x", "--fetch", "--json", "--contact", "tests@example.org"];
    let mut command = inspect(&args);
    command.arg("--data").arg(data.path());
    command.args(["--allow-network", "127.0.0.0/8"]);
    let done = process::run(&mut command, LIMIT).expect_code(1);
    let said = object(&done);
    assert_eq!(said["robots"]["verdict"], "disallow");
    assert!(done.stderr.contains("http://127.0.0.1:1/x was not fetched"), "{}", done.stderr);
    let why = said["robots"]["why"].as_str().unwrap();
    assert!(why.contains("cannot be reached") && why.contains("connection"), "{why}");
}

/// A small crawl of the first seed.
fn crawled(web: &Web) -> DataDir {
    let data = DataDir::new();
    let seeds = web.get().seeds();
    process::run(&mut scenario::crawl(web, &data, &[&seeds[0], "--max-pages", "6"]), LIMIT)
        .expect_code(0);
    data
}

fn kept(data: &Path, url: &str) -> Finished {
    let mut command = inspect(&[url, "--json"]);
    process::run(command.arg("--data").arg(data), LIMIT)
}

#[test]
fn what_a_crawl_left_behind() {
    let web = Web::start(Config::news(2));
    let data = crawled(&web);
    let seed = &web.get().seeds()[0];
    let front = object(&kept(&data.path(), seed).expect_code(0));
    assert_eq!((&front["kind"], &front["status"]), (&"hub".into(), &200.into()), "{front}");
    assert_eq!(front["snapshots"].as_array().unwrap().len(), 1);
    let known = &front["frontier"];
    assert_eq!((&known["state"], &known["band"]), (&"due".into(), &"hub".into()), "{front}");
    assert!(known["due_in_s"].as_f64().unwrap() > 0.0);
    let hub = &known["hub"];
    assert_eq!((&hub["kind"], &hub["found"]), (&"page".into(), &"given".into()), "{hub}");
    assert_eq!((&hub["visits"], hub["new_per_day"].as_f64() > Some(0.0)), (&1.into(), true));
    assert_eq!(front["robots"]["verdict"], "allow");
    assert!(front["robots"]["copy_age_s"].is_f64() && front["timings"].is_null(), "{front}");

    // Some link waits for its turn: it has no snapshot yet.
    let links: Vec<&str> =
        front["links"].as_array().unwrap().iter().filter_map(|l| l["url"].as_str()).collect();
    let states: Vec<Value> = links.iter().map(|url| object(&kept(&data.path(), url))).collect();
    let pending = states.iter().find(|said| said["frontier"]["state"] == "pending").unwrap();
    assert!(pending["snapshots"].as_array().unwrap().is_empty() && pending["status"].is_null());

    let done = kept(&data.path(), "https://nobody.test/").expect_code(1);
    assert_eq!(object(&done)["frontier"]["state"], "unknown");
    assert!(done.stderr.contains("no snapshot of https://nobody.test/"), "{}", done.stderr);

    // For people; then the archive without a frontier, and the frontier without an archive.
    let text = process::run(inspect(&[seed, "--data"]).arg(data.path()), LIMIT).expect_code(0);
    for words in ["frontier\n", "found: given", "1 snapshot\n", "robots.txt\n", "HTTP/1.1 200"] {
        assert!(text.stdout.contains(words), "{words}: {}", text.stdout);
    }
    let other = DataDir::new();
    fs::create_dir_all(other.path()).unwrap();
    fs::rename(data.path().join("frontier.sqlite"), other.path().join("frontier.sqlite")).unwrap();
    let said = object(&kept(&data.path(), seed).expect_code(0));
    assert_eq!((&said["kind"], said["frontier"].is_null()), (&"hub".into(), true));
    let said = object(&kept(&other.path(), seed).expect_code(0));
    assert_eq!((&said["frontier"]["state"], &said["kind"]), (&"due".into(), &"hub".into()));
}

/// Makes a sidecar anew, as another version of the reader would.
fn fill_as(segment: &Path, reader: u32) {
    let filling = Filling::begin(Arc::new(RealDisk), segment, reader, true);
    let mut filling = filling.unwrap().unwrap();
    while let Some(kept) = filling.next_snapshot().unwrap() {
        let header = kept.response.map(|response| response.header).unwrap();
        let uri = |name| header.uri(name).unwrap().to_owned();
        let line = Line {
            record: uri("WARC-Record-ID"),
            url: uri("WARC-Target-URI"),
            fetched: kept.location.date,
            offset: kept.location.offset,
            digest: header.get("WARC-Payload-Digest").map(str::to_owned),
            reader,
            noarchive: false,
            found: Found::Article("it has another form"),
        };
        filling.put(&line).unwrap();
    }
    filling.finish().unwrap();
}

#[test]
fn an_article_is_shown_as_the_crawl_kept_it_and_else_read_again() {
    let web = Web::start(Config::news(2));
    let data = crawled(&web);
    let path = sidecars(&data.path()).unwrap().remove(0);
    let mut lines = archive::articles::Reader::open(&path).unwrap().unwrap();
    let url = loop {
        let line: Line<Value> = lines.next_line().unwrap().expect("the crawl read an article");
        if matches!(line.found, Found::Article(_)) {
            break line.url;
        }
    };
    let shown = |memory: &str| {
        let mut command = inspect(&[&url, "--json", "--data"]);
        command.arg(data.path()).env("NEWSHOUND_READER_MEMORY_BYTES_MAX", memory);
        object(&process::run(&mut command, LIMIT).expect_code(0))
    };
    // No reader could be started: it is not read again.
    let mut kept = shown("1000000");
    assert_eq!((&kept["kind"], &kept["article_from"]), (&"article".into(), &"crawl".into()));
    let file = path.file_name().unwrap().to_str().unwrap();
    assert!(kept["article_note"].as_str().unwrap().contains(file), "{}", kept["article_note"]);
    assert!(kept["text"].as_str().unwrap().len() > 100);

    let mut is_same = |words: &str| {
        let mut read = shown("268435456");
        let note = read["article_note"].as_str().unwrap().to_owned();
        assert_eq!(read["article_from"], "now", "{words}");
        assert!(note.contains(words), "{words}: {note}");
        for field in ["article_from", "article_note"] {
            (read[field], kept[field]) = (Value::Null, Value::Null);
        }
        for seconds in ["due_in_s", "copy_age_s"] {
            for place in ["frontier", "robots"] {
                if let Some(place) = read[place].as_object_mut() {
                    place.remove(seconds);
                }
                if let Some(place) = kept[place].as_object_mut() {
                    place.remove(seconds);
                }
            }
        }
        assert_eq!(read, kept, "{words}");
    };
    let segment = data.segments().into_iter().find(|s| sidecar_of(s) == path).unwrap();
    fill_as(&segment, worker::reader::VERSION + 1);
    is_same("newshound archive read");
    let mut bytes = fs::read(&path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 0x55;
    fs::write(&path, bytes).unwrap();
    is_same("damaged");
    fs::remove_file(&path).unwrap();
    is_same("kept none");
}

#[test]
fn beside_a_frontier_the_host_is_asked_under_its_lease() {
    let web = Web::start(Config::news(2));
    let data = crawled(&web);
    let truth = web.get().truth();
    let host_of = |url: &str| url.split('/').nth(2).unwrap().to_owned();
    let host = host_of(&web.get().seeds()[0]);
    let article = page(truth, |p| p.kind == "article" && p.expected() && p.url.contains(&host));
    // The host may still rest from the crawl.
    let said = loop {
        let done = process::run(&mut fetch(&web, &article.url, &data), LIMIT);
        if !done.stderr.contains("is busy") {
            break object(&done.expect_code(0));
        }
        assert_eq!(done.code, Some(1));
    };
    assert_eq!((&said["kind"], said["frontier"].is_object()), (&"article".into(), true));
    // The crawl goes on as if nothing had been, and neither the server nor the archive objects.
    process::run(&mut scenario::crawl(&web, &data, &[]), LIMIT).expect_code(0);
    let verdict = newsweb::judge(&web.get().requests(), truth, scenario::DELAY);
    assert_eq!(
        (verdict.overlaps, verdict.short_gaps, verdict.disallowed),
        (0, 0, 0),
        "{verdict:#?}"
    );
    scenario::audit(&data.path());
}

#[test]
fn a_busy_host_says_until_when() {
    let web = Web::start(Config::news(2));
    let data = crawled(&web);
    let host = web.get().truth().hosts.iter().find(|h| !web.get().seeds()[0].contains(&h.host));
    let host = host.unwrap();
    let url = format!("{}://{}/private/desk.html", host.scheme, host.host);
    let slow = |command: &mut Command| {
        process::run(command.env("NEWSHOUND_POLITENESS_DELAY", "1h"), LIMIT)
    };
    // Nothing of a page is seen: it would have to wait for an hour.
    let first = slow(&mut fetch(&web, &url, &data));
    let before = web.get().request_count();
    assert!(first.code == Some(3) || first.stderr.contains("too long to wait"), "{first:?}");
    let second = slow(&mut fetch(&web, &url, &data)).expect_code(1);
    for words in ["is busy", &host.host, "59 min", "try again"] {
        assert!(second.stderr.contains(words), "{words}: {}", second.stderr);
    }
    assert_eq!(web.get().request_count(), before);
}
