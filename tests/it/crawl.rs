//! A crawl of the simulated web: complete, polite, obedient, and kept so that everybody can read
//! it.

use std::process::Command;
use std::time::Duration;

use it::process::{self, Signal};
use it::{DataDir, Finished, Running, Web, newshound, peers};

const DELAY: Duration = Duration::from_millis(200);
const LIMIT: Duration = Duration::from_mins(5);

/// A crawl of `web` into `data`, with short waits: the hosts are simulated.
fn crawl(web: &Web, data: &DataDir, more: &[&str]) -> Command {
    let mut command = newshound();
    command.args(["crawl", "--contact", "tests@example.org", "--delay", "200ms", "--json"]);
    command.args(["--patience", "6s", "--data"]).arg(data.path()).args(web.flags()).args(more);
    command.env("NEWSHOUND_RETRY_FIRST", "1s").env("NEWSHOUND_POLITENESS_BACKOFF_FIRST", "1s");
    command.env("NEWSHOUND_ARCHIVE_FREE_BYTES_MIN", "0");
    command
}

/// Crawls from every seed of the web to the end.
fn crawl_all(web: &Web, data: &DataDir) -> Finished {
    let seeds = web.get().seeds();
    let seeds: Vec<&str> = seeds.iter().map(String::as_str).collect();
    process::run(&mut crawl(web, data, &seeds), LIMIT)
}

fn audit(data: &DataDir) {
    let audit = process::run(newshound().arg("audit").arg(data.path()), LIMIT);
    assert_eq!(audit.code, Some(0), "{}{}", audit.stdout, audit.stderr);
}

#[test]
fn every_allowed_page_once_and_no_other_politely() {
    let web = Web::start(newsweb::Config::news(20));
    let data = DataDir::new();
    let done = crawl_all(&web, &data);
    let verdict = newsweb::judge(&web.get().requests(), web.get().truth(), DELAY);
    assert!(verdict.is_clean(), "{verdict:#?}\n{}", done.stderr);
    assert!(matches!(done.code, Some(0 | 3)), "{}", done.stderr);
    let summary: serde_json::Value = serde_json::from_str(&done.stdout).unwrap();
    assert!(summary["pages"].as_u64().unwrap() > 100, "{summary}");
    audit(&data);

    let segments = data.segments();
    peers::judge(&segments).assert_clean();
    let page =
        web.get().truth().pages.iter().find(|p| p.kind == "article" && p.expected()).unwrap();
    peers::assert_replays(&segments, &page.url, "<article");

    // Again without seeds: nothing is left to do, and it says so.
    let before = web.get().request_count();
    let again = process::run(&mut crawl(&web, &data, &[]), LIMIT).expect_code(0);
    assert_eq!(web.get().request_count(), before, "{}", again.stderr);
    assert!(again.stderr.contains("nothing was fetched"), "{}", again.stderr);

    let inspect = process::run(
        newshound().args(["inspect", &page.url, "--json", "--data"]).arg(data.path()),
        LIMIT,
    )
    .expect_code(0);
    let kept: serde_json::Value = serde_json::from_str(&inspect.stdout).unwrap();
    let program = it::binary::built("newshound");
    let shell = "\"$0\" inspect \"$1\" --content --data \"$2\" | head -c 1";
    let mut piped = Command::new("sh");
    piped.args(["-c", shell]).arg(program).arg(&page.url).arg(data.path());
    let piped = process::run(&mut piped, LIMIT).expect_code(0);
    assert_eq!((piped.stdout.len(), piped.stderr.as_str()), (1, ""), "a reader that leaves");
    assert_eq!((&kept["kind"], &kept["status"]), (&"page".into(), &200.into()), "{kept}");
}

#[test]
fn killed_at_any_moment_it_loses_nothing() {
    let web = Web::start(newsweb::Config { articles_per_outlet: 15, ..newsweb::Config::news(8) });
    let data = DataDir::new();
    let seeds = web.get().seeds();
    let mut args: Vec<&str> = seeds.iter().map(String::as_str).collect();
    let expected = web.get().truth().expected_urls().count() as u64;
    for round in 1..=5 {
        let running = Running::start(&mut crawl(&web, &data, &args), b"");
        let goal = expected * round / 7;
        while web.get().request_count() < goal {
            std::thread::yield_now();
        }
        running.kill();
        args.clear();
    }
    let done = process::run(&mut crawl(&web, &data, &[]), LIMIT);
    assert!(matches!(done.code, Some(0 | 3)), "{}", done.stderr);
    let verdict = newsweb::judge(&web.get().requests(), web.get().truth(), DELAY);
    let breaches = (verdict.overlaps, verdict.short_gaps, verdict.disallowed, verdict.missing);
    assert_eq!(breaches, (0, 0, 0, 0), "{verdict:#?}");
    audit(&data);
    peers::judge(&data.segments()).assert_clean();
    for url in web.get().truth().expected_urls() {
        let found = archive::find(&data.path().join("archive"), url).unwrap();
        assert!(!found.is_empty(), "{url} was settled but is not in the archive");
    }
}

#[test]
fn a_kill_costs_the_pages_of_the_last_visits_only() {
    let web = Web::start(newsweb::Config { articles_per_outlet: 25, ..newsweb::Config::news(4) });
    let data = DataDir::new();
    let seeds = web.get().seeds();
    let seeds: Vec<&str> = seeds.iter().map(String::as_str).collect();
    let short_visits = ("NEWSHOUND_CRAWL_VISIT_MAX", "500ms");
    let mut first = crawl(&web, &data, &seeds);
    let running = Running::start(first.env(short_visits.0, short_visits.1), b"");
    let half = web.get().truth().expected_urls().count() as u64 / 2;
    while web.get().request_count() < half {
        std::thread::yield_now();
    }
    running.kill();
    let mut second = crawl(&web, &data, &[]);
    process::run(second.env(short_visits.0, short_visits.1), LIMIT);
    let verdict = newsweb::judge(&web.get().requests(), web.get().truth(), DELAY);
    // Half a second holds three requests with a delay of 200 ms, and one may be under way.
    let bound = verdict.hosts * 4;
    assert!(verdict.repeated <= bound && bound < half, "{bound} {half} {verdict:#?}");
    assert_eq!((verdict.missing, verdict.overlaps, verdict.short_gaps), (0, 0, 0), "{verdict:#?}");
}

#[test]
fn a_hub_that_many_hosts_redirect_to_sees_one_request_at_a_time() {
    let web = Web::start(newsweb::Config::hub(20));
    let data = DataDir::new();
    let done = crawl_all(&web, &data);
    let verdict = newsweb::judge(&web.get().requests(), web.get().truth(), DELAY);
    assert!(verdict.is_clean(), "{verdict:#?}\n{}", done.stderr);
    audit(&data);
}

#[test]
fn an_interrupt_drains_and_the_next_run_resumes() {
    let web = Web::start(newsweb::Config { articles_per_outlet: 15, ..newsweb::Config::news(4) });
    let data = DataDir::new();
    let seeds = web.get().seeds();
    let seeds: Vec<&str> = seeds.iter().map(String::as_str).collect();
    for (signal, code) in [(Signal::INT, 130), (Signal::TERM, 0)] {
        let mut running = Running::start(&mut crawl(&web, &data, &seeds), b"");
        running.wait_for("Ctrl-C", LIMIT);
        let before = web.get().request_count();
        while web.get().request_count() < before + 5 {
            std::thread::yield_now();
        }
        running.signal(signal);
        running.wait(LIMIT).expect_code(code);
    }
    let done = process::run(&mut crawl(&web, &data, &[]), LIMIT);
    let verdict = newsweb::judge(&web.get().requests(), web.get().truth(), DELAY);
    assert!(verdict.is_clean(), "{verdict:#?}\n{}", done.stderr);
}
