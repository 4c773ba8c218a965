//! A crawl of the simulated web: complete, polite, obedient, and kept so that everybody can read
//! it.

use std::process::Command;

use it::process::{self, Signal};
use it::scenario::{self, DELAY, LIMIT, crawl};
use it::{DataDir, Running, Web, newshound, peers};

#[test]
fn every_allowed_page_once_and_no_other_politely() {
    let done = scenario::complete(newsweb::Config::news(20));
    let (web, data) = (&done.web, &done.data);
    assert!(done.summary["pages"].as_u64().unwrap() > 100, "{}", done.summary);
    let page =
        web.get().truth().pages.iter().find(|p| p.kind == "article" && p.expected()).unwrap();
    peers::assert_replays(&data.segments(), &page.url, "<article");

    // Again without seeds: nothing is left to do, and it says so.
    let before = web.get().request_count();
    let again = process::run(&mut crawl(web, data, &[]), LIMIT).expect_code(0);
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
    assert_eq!((&kept["kind"], &kept["status"]), (&"article".into(), &200.into()), "{kept}");
}

#[test]
fn killed_at_any_moment_it_loses_nothing() {
    let web = newsweb::Config { articles_per_outlet: 15, ..newsweb::Config::news(8) };
    let kills = scenario::kills(web, 5, 1);
    assert_eq!(kills.moments.len(), 5);
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
    scenario::hub(20);
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

#[test]
fn a_crawl_that_does_not_watch_ends_and_one_that_watches_goes_on() {
    let traits = newsweb::Traits::calm();
    let few = newsweb::Config { articles_per_outlet: 3, traits, ..newsweb::Config::news(1) };
    let web = Web::start(few);
    let data = DataDir::new();
    let seeds = web.get().seeds();
    let seeds: Vec<&str> = seeds.iter().map(String::as_str).collect();
    let mut once = newshound();
    once.args(["crawl", "--contact", "tests@example.org", "--delay", "50ms"]).args(&seeds);
    // An only hub would be due again within the patience.
    once.args(["--patience", "10m"]).args(web.flags()).arg("--data").arg(data.path());
    once.env("NEWSHOUND_ARCHIVE_FREE_BYTES_MIN", "0");
    let done = process::run(&mut once, LIMIT).expect_code(0);
    assert!(done.stderr.contains("done: "), "{}", done.stderr);
    let watching = ["--watch", "--max-time", "2s"];
    let done = process::run(&mut crawl(&web, &data, &watching), LIMIT).expect_code(0);
    assert!(done.stderr.contains("time limit reached"), "{}", done.stderr);
}

#[test]
fn a_server_that_stands_still_sees_no_breach_that_was_none() {
    let standstill = scenario::standstill(12, 12);
    assert!(standstill.audit.attempts >= standstill.verdict.requests);
}
