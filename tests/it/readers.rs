//! The pool of reader processes: what it does when a reader dies, and of what.

use std::fs;
use std::time::Duration;

use it::process::Signal;
use it::{binary, hostile, wait};
use rustix::process::{Pid, kill_process};
use worker::reader::{Config, Launch, Pool, ReadOutcome, Reader, ToRead, Unreadable};

const LIMIT: Duration = Duration::from_mins(2);

fn launch() -> Launch {
    Launch { program: binary::built("newshound"), args: vec!["read-pages".into()] }
}

/// A pool whose processes are known by their memory limit.
fn pool(memory: u64, change: impl FnOnce(Config) -> Config) -> Pool {
    let time_max = Duration::from_mins(2);
    let config = Config { processes: 1, memory_bytes_max: memory, time_max, ..Config::default() };
    Pool::new(change(config), launch())
}

fn page(body: impl Into<Vec<u8>>) -> ToRead {
    ToRead {
        url: "https://www.paper.test/2026/11/25/flood".parse().unwrap(),
        content_type: Some("text/html; charset=utf-8".into()),
        robots_tags: Vec::new(),
        body: body.into(),
    }
}

fn honest(n: usize) -> ToRead {
    let paragraph = "<p>The river rose by two metres in one night, and the lower bridge is closed \
                     until further notice, said the mayor, who was there on Tuesday morning.</p>";
    let head =
        "<!doctype html><html lang=en><title>Flood</title><meta property=og:type content=article>";
    page(format!("{head}<article><h1>Flood {n}</h1>{}</article>", paragraph.repeat(5)))
}

fn hostile(name: &str) -> ToRead {
    page((hostile::named(name).body)())
}

/// The processes of a pool.
fn pids(memory: u64) -> Vec<Pid> {
    let words = format!("read-pages\0--memory\0{memory}\0");
    let processes = fs::read_dir("/proc").unwrap().flatten();
    let pids = processes.filter_map(|process| process.file_name().to_str()?.parse().ok());
    let ours = pids.filter(|pid: &i32| {
        let line = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        String::from_utf8_lossy(&line).contains(&words)
    });
    ours.filter_map(Pid::from_raw).collect()
}

#[track_caller]
fn assert_read(outcome: &ReadOutcome) {
    let ReadOutcome::Article(article) = outcome else { panic!("{outcome:?}") };
    assert!(article.text().contains("The river rose"), "{article:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_reader_reads_many_pages_and_is_replaced_after_so_many() {
    let memory = 300_000_001;
    let pool = pool(memory, |config| Config { pages_max: 3, ..config });
    for n in 0..7 {
        assert_read(&pool.read(&honest(n)).await);
    }
    assert_eq!(pool.started(), 3);
    assert!(pool.cpu() > Duration::ZERO);
    assert!((1_000_000..memory).contains(&pool.memory_peak_bytes()));
    pool.close().await;
    assert_eq!(pids(memory), []);
    assert_eq!(pool.read(&honest(0)).await, ReadOutcome::Unread, "nothing is read after the end");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_takes_all_time_is_killed_once_and_not_tried_again() {
    let time_max = Duration::from_millis(500);
    let pool = pool(300_000_002, |config| Config { time_max, untamed: true, ..config });
    let deep = hostile("200,000 deep");
    let unreadable = ReadOutcome::Unreadable(Unreadable::Time);
    assert_eq!(pool.read(&deep).await, unreadable);
    assert_eq!(pool.read(&deep).await, unreadable);
    assert_eq!(pool.started(), 1, "the second time is known without a reader");
    assert!(pool.cpu() > Duration::ZERO, "what a killed reader took is counted");
    assert_read(&pool.read(&honest(0)).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_takes_all_memory_is_tried_on_a_fresh_reader_before_it_is_blamed() {
    let memory = 120_000_003;
    let pool = pool(memory, |config| config);
    let bomb = hostile("cloned formatting");
    assert_eq!(pool.read(&bomb).await, ReadOutcome::Unreadable(Unreadable::Memory));
    assert_eq!(pool.started(), 1);
    assert_read(&pool.read(&honest(0)).await);
    // Another bomb meets a reader that has read before: that may be its undoing.
    let mut other = bomb.clone();
    other.body.extend(b"<p>other");
    assert_eq!(pool.read(&other).await, ReadOutcome::Unreadable(Unreadable::Memory));
    assert_eq!(pool.started(), 3);
    assert!(pool.memory_peak_bytes() < memory);
}

/// Waits until the reader of a pool works on a page, then sends it a signal.
fn strike(memory: u64, signal: Signal) -> std::thread::JoinHandle<()> {
    std::thread::spawn(move || {
        let is_busy = |pid: &Pid| {
            let stat = fs::read_to_string(format!("/proc/{}/stat", pid.as_raw_nonzero()));
            let times = stat.unwrap_or_default();
            let times = times.rsplit_once(')').map(|(_, rest)| rest.to_owned()).unwrap_or_default();
            times.split_whitespace().nth(11).is_some_and(|ticks| ticks.parse().unwrap_or(0) > 20)
        };
        assert!(wait::until(LIMIT, || pids(memory).iter().any(is_busy)), "no reader is busy");
        for pid in pids(memory) {
            kill_process(pid, signal).unwrap();
        }
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crash_is_the_pages_fault_and_a_kill_from_outside_is_not() {
    let memory = 300_000_004;
    let pool = pool(memory, |config| Config { untamed: true, ..config });
    // What an overflow of the stack ends with.
    let crash = strike(memory, Signal::ABORT);
    let deep = hostile("200,000 deep");
    assert_eq!(pool.read(&deep).await, ReadOutcome::Unreadable(Unreadable::Crashed));
    crash.join().unwrap();

    assert_read(&pool.read(&honest(1)).await);
    let idle = pids(memory);
    assert_eq!(idle.len(), 1);
    for signal in [Signal::KILL, Signal::TERM] {
        for pid in pids(memory) {
            kill_process(pid, signal).unwrap();
        }
        assert_read(&pool.read(&honest(2)).await);
    }
    assert_ne!(pids(memory), idle);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_whose_page_is_no_longer_wanted_is_killed() {
    let memory = 300_000_005;
    let pool = std::sync::Arc::new(pool(memory, |config| Config { untamed: true, ..config }));
    let asking = {
        let pool = std::sync::Arc::clone(&pool);
        tokio::spawn(async move { pool.read(&hostile("200,000 deep")).await })
    };
    assert!(wait::until(LIMIT, || !pids(memory).is_empty()));
    asking.abort();
    assert!(asking.await.unwrap_err().is_cancelled());
    assert!(wait::until(LIMIT, || pids(memory).is_empty()), "it works for nobody");
    assert_read(&pool.read(&honest(3)).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_reader_leaves_pages_unread() {
    for (program, args) in [("/no/such/program", &[][..]), ("/bin/false", &[]), ("/bin/cat", &[])] {
        let launch = Launch { program: program.into(), args: args.to_vec() };
        let pool = Pool::new(Config { processes: 1, ..Config::default() }, launch);
        assert_eq!(pool.read(&honest(0)).await, ReadOutcome::Unread, "{program}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_waits_too_long_for_a_reader_stays_unread() {
    let memory = 300_000_006;
    let wait_max = Duration::from_millis(50);
    let busy = pool(memory, |config| Config { untamed: true, wait_max, ..config });
    let busy = std::sync::Arc::new(busy);
    let asking = {
        let busy = std::sync::Arc::clone(&busy);
        tokio::spawn(async move { busy.read(&hostile("200,000 deep")).await })
    };
    assert!(wait::until(LIMIT, || !pids(memory).is_empty()));
    assert_eq!(busy.read(&honest(4)).await, ReadOutcome::Unread);
    asking.abort();
}
