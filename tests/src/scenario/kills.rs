//! A crawl that is killed again and again.

use newsweb::{Config, Verdict};
use serde::Serialize;

use super::{Audited, DELAY, LIMIT, audit, crawl};
use crate::{DataDir, Running, Web, peers, process};

/// What a crawl came to that was killed.
#[derive(Debug, Serialize)]
pub struct Kills {
    /// How often it was killed.
    pub kills: u64,
    /// Requests that the servers had seen at each kill.
    pub moments: Vec<u64>,
    /// The judge's verdict on the servers' log. Repeated requests are the price of the kills.
    pub verdict: Verdict,
    /// Pages that the truth expects; each was found in the archive.
    pub found: u64,
    /// What the archive says.
    pub audit: Audited,
}

/// Crawls a web, killed at so many random moments and resumed each time. `seed` is where chance
/// comes from.
///
/// # Panics
/// When anything is lost, damaged or impolite.
#[track_caller]
pub fn kills(config: Config, kills: u64, seed: u64) -> Kills {
    let web = Web::start(config);
    let data = DataDir::new();
    let moments = moments(&web, kills, seed);
    let seeds = web.get().seeds();
    let mut args: Vec<&str> = seeds.iter().map(String::as_str).collect();
    for moment in &moments {
        let running = Running::start(&mut crawl(&web, &data, &args), b"");
        while web.get().request_count() < *moment {
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
    let audit = audit(&data.path());
    peers::judge(&data.segments()).assert_clean();
    let mut found = 0;
    for url in web.get().truth().expected_urls() {
        let kept = archive::find(&data.path().join("archive"), url).expect("the archive is whole");
        assert!(!kept.is_empty(), "{url} was settled but is not in the archive");
        found += 1;
    }
    Kills { kills, moments, verdict, found, audit }
}

/// When to kill: at numbers of requests drawn at random, in order, all before the end.
fn moments(web: &Web, kills: u64, seed: u64) -> Vec<u64> {
    let expected = web.get().truth().expected_urls().count() as u64;
    let mut random = fastrand::Rng::with_seed(seed);
    let mut moments: Vec<u64> = (0..kills).map(|_| random.u64(1..expected * 9 / 10)).collect();
    moments.sort_unstable();
    moments
}
