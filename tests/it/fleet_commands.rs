//! The commands of a fleet against a real Redis: making a frontier, working on it, watching and
//! steering it; and what they say when something is wrong.

use std::fs;
use std::io::Read;
use std::process::Command;

use flate2::read::MultiGzDecoder;
use frontier::testing::{Authority, Options, RedisServer, User};
use it::process::{self, Signal};
use it::scenario::{DELAY, LIMIT};
use it::{DataDir, Running, Web, newshound};
use newsweb::Traits;
use serde_json::Value;
use tokio::runtime::Runtime;

/// A server for as long as the test lasts.
struct Server {
    redis: RedisServer,
    runtime: Runtime,
}

impl Server {
    fn start(options: Options) -> Self {
        let runtime = Runtime::new().expect("threads can be started");
        let started = runtime.block_on(RedisServer::start(options));
        let redis = started.unwrap_or_else(|error| panic!("{error}"));
        Self { redis, runtime }
    }

    /// With a frontier in it.
    fn ready() -> Self {
        let server = Self::start(Options::default());
        said(server.run(&["frontier", "init", "--delay", "200ms"]).args(CONTACT), 0);
        server
    }

    fn url(&self) -> String {
        self.redis.url()
    }

    /// A command on the frontier there.
    fn run(&self, args: &[&str]) -> Command {
        on(&self.url(), args)
    }

    /// What a command says in JSON.
    #[track_caller]
    fn json(&self, args: &[&str]) -> Value {
        let (out, _) = said(self.run(args).arg("--json"), 0);
        serde_json::from_str(&out).unwrap()
    }

    /// A worker into `data`, with short waits: the hosts are simulated.
    fn worker(&self, web: &Web, data: &DataDir, more: &[&str]) -> Command {
        let mut command = self.run(&["worker", "--json"]);
        command.args(["--patience", "6s", "--data"]).arg(data.path()).args(web.flags()).args(more);
        command.env("NEWSHOUND_RETRY_FIRST", "1s").env("NEWSHOUND_POLITENESS_BACKOFF_FIRST", "1s");
        command.env("NEWSHOUND_POLITENESS_FIRST_DELAY", "2s");
        command.env("NEWSHOUND_ARCHIVE_FREE_BYTES_MIN", "0");
        command
    }

    fn seed(&self, web: &Web) {
        let seeds = web.get().seeds();
        let mut add = self.run(&["seeds", "add"]);
        said(add.args(&seeds), 0);
    }
}

const CONTACT: [&str; 2] = ["--contact", "fleet@example.org"];

fn on(url: &str, args: &[&str]) -> Command {
    let mut command = newshound();
    command.args(args).args(["--frontier", url]).env("USER", "ann");
    command
}

#[track_caller]
fn said(command: &mut Command, code: i32) -> (String, String) {
    let done = process::run(command, LIMIT).expect_code(code);
    (done.stdout, done.stderr)
}

#[track_caller]
fn refused(command: &mut Command, code: i32, words: &[&str]) {
    let (_, told) = said(command, code);
    for word in words {
        assert!(told.contains(word), "{word:?} is not in: {told}");
    }
}

fn small(outlets: usize, articles: usize) -> Web {
    let traits = Traits::calm();
    let base = newsweb::Config::news(outlets);
    Web::start(newsweb::Config { articles_per_outlet: articles, traits, ..base })
}

/// Requests that have arrived at a host.
fn requests_to(web: &Web, host: &str) -> usize {
    web.get().requests().iter().filter(|request| request.host == host).count()
}

#[test]
fn a_frontier_is_made_once_and_says_where_it_stands() {
    let server = Server::start(Options::default());
    let url = server.url();
    let init = "newshound frontier init --frontier redis://127.0.0.1";
    for args in [
        &["worker"][..],
        &["frontier", "status"],
        &["frontier", "pause", "a.test", "--why", "x"],
        &["seeds", "add", "a.test"],
        &["seeds", "list"],
    ] {
        refused(&mut server.run(args), 2, &["there is no frontier", init]);
    }
    let made = ["frontier", "init", "--partitions", "4", "--delay", "2s", "--scope", "host"];
    let made = server.json(&made);
    assert_eq!((&made["made"], &made["policy"]["delay"]), (&true.into(), &"2s".into()), "{made}");
    let status = server.json(&["frontier", "status"]);
    for key in ["urls_seen", "pending", "leased", "hosts"] {
        assert_eq!(status[key], 0, "{status}");
    }
    assert!(status["memory_bytes"].as_u64().unwrap() > 0, "{status}");
    assert_eq!(status["pending_by_band"]["hub"], 0, "{status}");

    let again = server.json(&["frontier", "init"]);
    assert_eq!((&again["made"], &again["policy"]), (&false.into(), &made["policy"]), "{again}");
    let changing = ["frontier", "init", "--delay", "3s", "--scope", "any"];
    let words = ["delay: 2s -> 3s", "scope: host -> any", "--change"];
    refused(&mut server.run(&changing), 2, &words);
    assert_eq!(server.json(&["frontier", "init"])["policy"], made["policy"]);
    said(server.run(&changing).arg("--change"), 0);
    assert_eq!(server.json(&["frontier", "status"])["policy"]["delay"], "3s");
    let partitions = ["frontier", "init", "--partitions", "8"];
    refused(&mut server.run(&partitions), 2, &["has 4 partitions", "--partitions"]);

    // It has no contact yet: a worker has to say who it is.
    let words = ["--contact", "frontier init --change --contact"];
    refused(&mut server.run(&["worker"]), 2, &words);
    // Another crawl in the same Redis.
    let other = format!("{url}?crawl=other");
    refused(
        &mut on(&other, &["seeds", "list"]),
        2,
        &["no crawl named other", "init", "crawl=other"],
    );
    said(&mut on(&other, &["frontier", "init"]), 0);
    said(&mut on(&other, &["seeds", "add", "a.test"]), 0);
    assert_eq!(server.json(&["frontier", "status"])["pending"], 0);
}

#[test]
fn what_is_wrong_with_a_server_is_said_with_the_remedy() {
    refused(
        &mut on("redis://127.0.0.1:1", &["frontier", "status"]),
        1,
        &["127.0.0.1:1", "running"],
    );
    refused(&mut on("http://h", &["frontier", "status"]), 2, &["redis://", "--frontier"]);
    refused(newshound().args(["worker"]), 2, &["--frontier redis://", "newshound crawl"]);
    for (setting, value, flag) in [
        ("maxmemory-policy", "allkeys-lru", "--allow-eviction"),
        ("appendonly", "no", "--allow-no-persistence"),
    ] {
        let server = Server::start(Options::default().with(setting, value));
        refused(&mut server.run(&["frontier", "init"]), 2, &[setting, flag]);
        said(server.run(&["frontier", "init"]).arg(flag), 0);
    }
}

#[test]
fn passwords_come_from_the_environment_or_a_file() {
    let mut options = Options::default();
    options.password = Some("se cret".to_owned());
    let server = Server::start(options);
    let open = format!("redis://127.0.0.1:{}", server.redis.port());
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("password");
    fs::write(&file, "se cret\n").unwrap();
    let init = || on(&open, &["frontier", "init"]);
    let words = ["does not let us in", "NEWSHOUND_REDIS_PASSWORD", "--password-file"];
    refused(&mut init(), 2, &words);
    refused(init().env("NEWSHOUND_REDIS_PASSWORD", "wrong"), 2, &words);
    let (_, told) = said(init().env("NEWSHOUND_REDIS_PASSWORD", "se cret"), 0);
    assert!(!told.contains("NEWSHOUND_REDIS_PASSWORD"), "it is known, and no key: {told}");
    said(init().arg("--password-file").arg(&file), 0);
    said(init().env("NEWSHOUND_REDIS_PASSWORD_FILE", &file), 0);
    let (_, told) = said(&mut on(&server.url(), &["frontier", "init"]), 0);
    assert!(!told.contains("cret"), "{told}");
    fs::write(&file, "").unwrap();
    refused(init().arg("--password-file").arg(&file), 2, &["password", "first line"]);
    // The frontier itself may stand in the environment too.
    let mut status = newshound();
    status.args(["frontier", "status"]).env("NEWSHOUND_FRONTIER", &open);
    said(status.env("NEWSHOUND_REDIS_PASSWORD", "se cret"), 0);
}

#[test]
fn a_user_comes_in_over_tls() {
    let user = User { name: "news".to_owned(), password: "right".to_owned() };
    let authority = Authority::new().unwrap();
    let mut options = Options::default();
    (options.user, options.tls) = (Some(user), Some(authority.clone()));
    let server = Server::start(options);
    let folder = tempfile::tempdir().unwrap();
    let ca = folder.path().join("ca.pem");
    fs::write(&ca, authority.pem()).unwrap();
    refused(&mut server.run(&["frontier", "init"]), 1, &["does not answer"]);
    said(server.run(&["frontier", "init"]).arg("--frontier-ca").arg(&ca), 0);
    said(server.run(&["frontier", "status"]).env("NEWSHOUND_REDIS_CA", &ca), 0);
    let missing = ["frontier", "status", "--frontier-ca", "/no/ca.pem"];
    refused(&mut server.run(&missing), 2, &["/no/ca.pem"]);
}

#[test]
fn a_fleet_crawls_the_seeds_that_it_is_given() {
    let server = Server::ready();
    let web = Web::start(newsweb::Config { articles_per_outlet: 8, ..newsweb::Config::news(6) });
    let folder = tempfile::tempdir().unwrap();
    let list = folder.path().join("seeds.txt");
    fs::write(&list, web.get().seeds().join("\n")).unwrap();
    let mut import = server.run(&["seeds", "import"]);
    let (_, told) = said(import.arg(&list), 0);
    assert!(told.contains("added 6 seeds"), "{told}");
    let (listed, _) = said(&mut server.run(&["seeds", "list"]), 0);
    assert_eq!(listed.lines().count(), 6, "{listed}");

    let data = [DataDir::new(), DataDir::new()];
    let names = ["north", "south"];
    let start = |n: usize| {
        let more = ["--until-idle", "--name", names[n], "--contact", "own@example.org"];
        Running::start(&mut server.worker(&web, &data[n], &more), b"")
    };
    for worker in [start(0), start(1)] {
        worker.wait(LIMIT).expect_code(0);
    }
    let verdict = newsweb::judge(&web.get().requests(), web.get().truth(), DELAY);
    assert!(verdict.is_clean(), "{verdict:#?}");
    // Each has the robots files that it asked for, all together have all of them.
    said(newshound().arg("audit").args(data.iter().map(DataDir::path)), 0);
    // One that is quick may leave nothing to the other.
    let kept: Vec<_> = data.iter().map(DataDir::segments).zip(names).collect();
    assert!(kept.iter().any(|(segments, _)| !segments.is_empty()));
    for (segment, name) in
        kept.iter().filter_map(|(segments, name)| Some((segments.first()?, name)))
    {
        let mut about = Vec::new();
        let segment = fs::File::open(segment).unwrap();
        MultiGzDecoder::new(segment).take(2_000).read_to_end(&mut about).unwrap();
        let about = String::from_utf8_lossy(&about);
        assert!(about.contains(&format!("worker: {name}\r\n")), "{about}");
        assert!(about.contains("own@example.org"), "{about}");
    }
    let status = server.json(&["frontier", "status"]);
    let workers = status["workers"].as_array().unwrap();
    let told: Vec<_> = workers.iter().map(|w| (&w["name"], &w["state"])).collect();
    assert_eq!(told, [(&"north".into(), &"gone".into()), (&"south".into(), &"gone".into())]);
    assert!(status["memory_bytes_per_url"].as_f64().unwrap() > 0.0, "{status}");
    let (report, _) = said(&mut server.run(&["seeds", "report"]), 0);
    assert!(report.contains("6 seeds"), "{report}");
    steer(&server, &web);
}

/// What can be seen and done once a crawl is over.
fn steer(server: &Server, web: &Web) {
    let (lines, _) = said(&mut server.run(&["frontier", "hosts", "--json", "--limit", "0"]), 0);
    let page = web.get().truth().pages.iter().find(|p| p.kind == "article" && p.expected());
    let url = page.unwrap().url.as_str();
    let host = url.split('/').nth(2).unwrap().split(':').next().unwrap();
    assert!(lines.lines().count() >= 6 && lines.contains(&format!("\"host\":\"{host}\"")));
    let row = server.json(&["frontier", "host", host]);
    assert_eq!((&row["host"], &row["leased_by"]), (&host.into(), &Value::Null), "{row}");
    assert!(row["fence"].as_u64() > Some(0) && row["robots"][0]["origin"].is_string(), "{row}");
    assert!(row["delay"]["because"].is_string(), "{row}");
    refused(&mut server.run(&["frontier", "host", "no.such.test"]), 2, &["no host", "--outlet"]);

    let pending = |server: &Server| server.json(&["frontier", "status"])["pending"].clone();
    let before = pending(server).as_u64().unwrap();
    // Some pages are to be visited again by themselves, the others are done with.
    let mut requeue = |url: &&str| {
        let done = process::run(&mut server.run(&["frontier", "requeue", url]), LIMIT);
        assert!(done.code == Some(0) || done.stderr.contains("waits for its time"), "{done:?}");
        done.code == Some(0)
    };
    let of_host = |url: &&str| url.contains(&format!("//{host}/"));
    let again = web.get().truth().expected_urls().filter(of_host).find(&mut requeue).unwrap();
    assert_eq!(pending(server), before + 1);
    refused(&mut server.run(&["frontier", "requeue", again]), 2, &[again, "already"]);
    let unknown = ["frontier", "requeue", "https://no.such.test/x"];
    refused(&mut server.run(&unknown), 2, &["not known", "seeds add"]);
    refused(&mut server.run(&["frontier", "purge", host]), 2, &["would drop", host, "--yes"]);
    assert_eq!(pending(server), before + 1);
    let purged = server.json(&["frontier", "purge", host, "--yes"]);
    assert!(purged["purged"].as_u64() > Some(0) && purged["hosts"] == 1, "{purged}");
    assert!(pending(server).as_u64() <= Some(before));
}

#[test]
fn a_worker_keeps_to_the_policy() {
    let server = Server::ready();
    let (web, data) = (small(1, 2), DataDir::new());
    server.seed(&web);
    let laxer = |more: &[&str], words: &[&str]| {
        refused(&mut server.worker(&web, &data, more), 2, words);
    };
    laxer(&["--delay", "50ms"], &["--delay 50ms", "200ms", "--change"]);
    laxer(&["--scope", "any"], &["--scope any", "outlet", "--change"]);
    laxer(&["--name", "a b"], &["a name has"]);
    assert_eq!(web.get().request_count(), 0);
    let stricter = ["--delay", "400ms", "--until-idle"];
    said(&mut server.worker(&web, &data, &stricter), 0);
    let slower = newsweb::judge(&web.get().requests(), web.get().truth(), 2 * DELAY);
    assert_eq!((slower.short_gaps, slower.missing), (0, 0), "{slower:#?}");
}

#[test]
fn nobody_takes_the_name_of_a_worker_that_lives() {
    let server = Server::ready();
    let web = small(1, 2);
    let (one, two) = (DataDir::new(), DataDir::new());
    let named = ["--name", "north"];
    let mut first = Running::start(&mut server.worker(&web, &one, &named), b"");
    first.wait_for("Ctrl-C", LIMIT);
    while server.json(&["frontier", "status"])["workers"][0]["state"] != "alive" {}
    refused(&mut server.worker(&web, &two, &named), 2, &["called north", "--name"]);
    refused(&mut server.worker(&web, &one, &[]), 1, &["another crawl", "--data"]);
    // One that was killed is no hindrance.
    first.kill();
    let mut again = Running::start(&mut server.worker(&web, &two, &named), b"");
    again.wait_for("Ctrl-C", LIMIT);
    again.signal(Signal::TERM);
    again.wait(LIMIT).expect_code(0);
}

#[test]
fn what_operators_say_holds_when_it_is_said_to() {
    let server = Server::ready();
    let web = small(3, 60);
    let data = DataDir::new();
    server.seed(&web);
    let mut worker = Running::start(&mut server.worker(&web, &data, &[]), b"");
    worker.wait_for("Ctrl-C", LIMIT);
    let seeds = web.get().seeds();
    let host = |n: usize| {
        let url = &seeds[n];
        url.split("//").last().unwrap().split(['/', ':']).next().unwrap().to_owned()
    };
    let (paused, blocked, overridden) = (host(0), host(1), host(2));
    let until = |name: &str, more: usize| {
        let before = requests_to(&web, name);
        while requests_to(&web, name) < before + more {
            std::thread::yield_now();
        }
    };
    until(&paused, 3);
    let pause = ["frontier", "pause", &paused, "--why", "asked to", "--for", "1h"];
    let told = server.json(&pause);
    assert_eq!(told["everywhere"], true, "{told}");
    assert!(told["after_s"].as_f64() < Some(5.0), "{told}");
    let given = &told["given"];
    assert_eq!((&given["by"], &given["order"]["order"]), (&"ann".into(), &"pause".into()));
    let then = requests_to(&web, &paused);
    until(&blocked, 5);
    assert_eq!(requests_to(&web, &paused), then, "nothing was asked of it since");
    let (held, _) = said(&mut server.run(&["frontier", "hosts", "--held"]), 0);
    assert!(held.contains(&paused) && held.contains("PAUSED"), "{held}");
    let (status, _) = said(&mut server.run(&["frontier", "status"]), 0);
    assert!(status.contains("pause, by ann") && status.contains("1 alive"), "{status}");

    let (_, told) = said(&mut server.run(&["frontier", "block", &blocked, "--why", "no"]), 0);
    assert!(told.contains("holds everywhere after"), "{told}");
    let then = requests_to(&web, &blocked);
    until(&overridden, 3);
    let folder = tempfile::tempdir().unwrap();
    let robots = folder.path().join("robots.txt");
    fs::write(&robots, "User-agent: *\nDisallow: /\n").unwrap();
    let mut change = server.run(&["frontier", "override", &overridden, "--why", "broken"]);
    said(change.arg("--robots").arg(&robots), 0);
    let last = requests_to(&web, &overridden);
    let resume = ["frontier", "resume", &paused];
    said(&mut server.run(&resume), 0);
    until(&paused, 3);
    assert_eq!(requests_to(&web, &blocked), then);
    assert_eq!(requests_to(&web, &overridden), last, "all of it is forbidden now");
    refused(&mut server.run(&resume), 2, &["no pause or block"]);
    let nothing = ["frontier", "override", &paused, "--why", "x"];
    refused(&mut server.run(&nothing), 2, &["--robots", "--delay", "--lift"]);
    said(&mut server.run(&["frontier", "override", &overridden, "--lift"]), 0);
    worker.signal(Signal::TERM);
    worker.wait(LIMIT).expect_code(0);
}

#[test]
fn who_is_silent_and_has_a_lease_is_named() {
    let server = Server::ready();
    let web = small(1, 60);
    let data = DataDir::new();
    server.seed(&web);
    let mut worker = Running::start(&mut server.worker(&web, &data, &["--name", "north"]), b"");
    worker.wait_for("Ctrl-C", LIMIT);
    let host = web.get().truth().hosts[0].host.clone();
    while requests_to(&web, &host) < 3 {
        std::thread::yield_now();
    }
    worker.signal(Signal::STOP);
    let pause = ["frontier", "pause", &host, "--why", "x", "--wait", "1s"];
    refused(&mut server.run(&pause), 3, &["does not hold everywhere", "north"]);
    worker.signal(Signal::CONT);
    worker.signal(Signal::INT);
    worker.wait(LIMIT).expect_code(130);
    assert_eq!(server.json(&["frontier", "pause", &host, "--why", "x"])["everywhere"], true);
}

#[test]
fn a_data_directory_is_watched_and_steered_in_the_same_way() {
    let data = DataDir::new();
    let run = |args: &[&str]| {
        let mut command = newshound();
        command.args(args).arg("--data").arg(data.path()).env("USER", "ann");
        command
    };
    refused(&mut run(&["frontier", "status"]), 2, &["holds no frontier", "seeds add"]);
    refused(&mut run(&["frontier", "init", "--partitions", "4"]), 2, &["--frontier"]);
    said(run(&["frontier", "init", "--delay", "2s"]).args(CONTACT), 0);
    said(&mut run(&["seeds", "add", "a.test"]), 0);
    let (told, _) = said(&mut run(&["frontier", "status", "--json"]), 0);
    let status: Value = serde_json::from_str(&told).unwrap();
    assert_eq!((&status["pending"], &status["hosts"]), (&1.into(), &1.into()), "{status}");
    let (_, told) = said(&mut run(&["frontier", "pause", "a.test", "--why", "x"]), 0);
    assert!(told.contains("holds everywhere"), "{told}");
    let (host, _) = said(&mut run(&["frontier", "host", "a.test"]), 0);
    assert!(host.contains("not while it is held") && host.contains("by ann"), "{host}");
    said(&mut run(&["frontier", "resume", "a.test"]), 0);
    said(&mut run(&["frontier", "purge", "a.test", "--yes"]), 0);
    refused(&mut run(&["crawl", "--delay", "1s"]), 2, &["--delay 1s", "2s", "init --change"]);
    let both = ["frontier", "status", "--frontier", "redis://h"];
    refused(&mut run(&both), 2, &["--data", "--frontier"]);
}

#[test]
fn a_crawl_on_one_machine_obeys_as_well() {
    let (web, data) = (small(2, 60), DataDir::new());
    let seeds = web.get().seeds();
    let seeds: Vec<&str> = seeds.iter().map(String::as_str).collect();
    let mut crawl = Running::start(&mut it::scenario::crawl(&web, &data, &seeds), b"");
    crawl.wait_for("Ctrl-C", LIMIT);
    let hosts = &web.get().truth().hosts;
    let (paused, other) = (hosts[0].host.as_str(), hosts[1].host.as_str());
    let until = |name: &str, count: usize| {
        while requests_to(&web, name) < count {
            std::thread::yield_now();
        }
    };
    until(paused, 3);
    let mut pause = newshound();
    pause.args(["frontier", "pause", paused, "--why", "x", "--by", "ann", "--data"]);
    let (_, told) = said(pause.arg(data.path()), 0);
    assert!(told.contains("holds everywhere"), "{told}");
    let then = requests_to(&web, paused);
    until(other, requests_to(&web, other) + 5);
    assert_eq!(requests_to(&web, paused), then);
    crawl.signal(Signal::TERM);
    let done = crawl.wait(LIMIT);
    assert!(matches!(done.code, Some(0 | 3)), "{done:?}");
}

#[test]
fn a_worker_waits_for_a_redis_that_is_not_there_yet() {
    let (web, data) = (small(1, 2), DataDir::new());
    let mut server = Server::ready();
    server.seed(&web);
    let mut command = server.worker(&web, &data, &[]);
    server.redis.kill9();
    let mut worker = Running::start(&mut command, b"");
    let told = worker.wait_for("trying again in", LIMIT);
    assert!(told.contains("does not answer"), "{told}");
    server.runtime.block_on(server.redis.restart()).unwrap();
    worker.wait_for("Ctrl-C", LIMIT);
    worker.signal(Signal::TERM);
    worker.wait(LIMIT).expect_code(0);
}

/// The lines of an export, without its head.
fn lines(path: &std::path::Path) -> Vec<String> {
    let bytes = fs::read(path).unwrap();
    let text = String::from_utf8(bytes).unwrap();
    text.lines().skip(1).map(str::to_owned).collect()
}

#[test]
fn a_crawl_stopped_in_the_middle_moves_to_a_fleet_and_is_finished_there() {
    let web = small(6, 12);
    let (first, second) = (DataDir::new(), DataDir::new());
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("crawl.jsonl.zst");
    let seeds = web.get().seeds();
    let seeds: Vec<&str> = seeds.iter().map(String::as_str).collect();
    let crawl = Running::start(&mut it::scenario::crawl(&web, &first, &seeds), b"");
    let half = web.get().truth().expected_urls().count() as u64 / 2;
    while web.get().request_count() < half {
        std::thread::yield_now();
    }
    let export = |file: &std::path::Path| {
        let mut export = newshound();
        export.args(["frontier", "export"]).arg(file).arg("--data").arg(first.path());
        export
    };
    refused(&mut export(&file), 1, &["another crawl", "works in"]);
    crawl.signal(Signal::TERM);
    crawl.wait(LIMIT).expect_code(0);
    let (told, _) = said(export(&file).arg("--json"), 0);
    let moved: Value = serde_json::from_str(&told).unwrap();
    assert!(moved["pending"].as_u64() > Some(10), "{moved}");
    assert!(moved["known"].as_u64() > moved["pending"].as_u64(), "{moved}");

    let server = Server::ready();
    let import = ["frontier", "import", file.to_str().unwrap()];
    assert_eq!(server.json(&import), moved);
    let status = server.json(&["frontier", "status"]);
    for count in ["pending", "hosts"] {
        assert_eq!(status[count], moved[count], "{status}");
    }
    assert_eq!(status["urls_seen"], moved["known"], "{status}");
    refused(&mut server.run(&import), 2, &["there is a crawl already", "?crawl=NAME"]);
    said(&mut server.worker(&web, &second, &["--until-idle"]), 0);
    let verdict = newsweb::judge(&web.get().requests(), web.get().truth(), DELAY);
    assert!(verdict.is_clean(), "{verdict:#?}");
    assert_eq!(verdict.repeated, 0, "nothing that was done is fetched again: {verdict:#?}");
    let done = server.json(&["frontier", "status"]);
    assert_eq!(done["pending"], 0, "{done}");
}

#[test]
fn an_import_that_broke_off_is_begun_again_and_nobody_works_before() {
    let (web, data) = (small(1, 3), DataDir::new());
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let server = Server::ready();
    server.seed(&web);
    let whole = path("whole.jsonl");
    let name = whole.to_str().unwrap();
    said(&mut server.run(&["frontier", "export", name]), 0);
    let text = fs::read_to_string(&whole).unwrap();
    let cut = text.lines().take(text.lines().count() - 2).map(|line| format!("{line}\n"));
    let cut: String = cut.collect();
    let cut_file = path("cut.jsonl");
    fs::write(&cut_file, &cut).unwrap();

    let other = Server::ready();
    let of_file = ["frontier", "import", cut_file.to_str().unwrap()];
    refused(&mut other.run(&of_file), 2, &["cut.jsonl", "not the whole export"]);
    assert_eq!(other.json(&["frontier", "status"])["hosts"], 0, "it was looked at before");
    // What comes through a pipe is taken in as it comes.
    let piped = Running::start(&mut other.run(&["frontier", "import", "-"]), cut.as_bytes());
    assert!(piped.wait(LIMIT).expect_code(2).stderr.contains("not the whole export"));
    for command in [&["worker"][..], &["frontier", "export", "-"]] {
        refused(&mut other.run(command), 1, &["the rest is missing", "frontier import"]);
    }
    let import = ["frontier", "import", name];
    said(&mut other.run(&import), 0);
    let copy = path("copy.jsonl");
    said(&mut other.run(&["frontier", "export", copy.to_str().unwrap()]), 0);
    assert_eq!(kinds(&lines(&copy)), kinds(&lines(&whole)));

    // A worker is at work: neither comes to a half.
    let mut worker = Running::start(&mut other.worker(&web, &data, &["--name", "north"]), b"");
    worker.wait_for("Ctrl-C", LIMIT);
    while other.json(&["frontier", "status"])["workers"][0]["state"] != "alive" {}
    let export = ["frontier", "export", "-"];
    refused(&mut other.run(&export), 1, &["a worker is at work", "north"]);
    worker.signal(Signal::TERM);
    worker.wait(LIMIT).expect_code(0);
    said(&mut other.run(&export), 0);
}

/// What kinds of records there are, how many of each.
fn kinds(lines: &[String]) -> std::collections::BTreeMap<String, usize> {
    let mut kinds = std::collections::BTreeMap::new();
    for line in lines {
        let record: Value = serde_json::from_str(line).unwrap();
        *kinds.entry(record["kind"].to_string()).or_default() += 1;
    }
    kinds
}
