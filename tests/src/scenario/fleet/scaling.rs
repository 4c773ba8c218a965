//! Ever more workers on the same frontier: the delays set the pace, not the workers.

use std::time::Duration;

use newsweb::{Config, Request, Traits, Verdict};
use serde::Serialize;

use super::crew::Crew;
use super::shared::Shared;
use crate::Web;

/// The delay of every host.
const DELAY: Duration = Duration::from_secs(1);

/// Requests a host that pass before the measurement of a step begins.
const WARM_UP: u64 = 3;

/// What ever more workers came to.
#[derive(Debug, Serialize)]
pub struct Scaling {
    /// Hosts of the web.
    pub hosts: usize,
    /// The most that the delays allow: hosts / delay.
    pub allowed_per_s: f64,
    /// Each number of workers.
    pub steps: Vec<Step>,
    /// The judge's verdict on all of it.
    pub verdict: Verdict,
}

/// What a number of workers came to.
#[derive(Debug, Serialize)]
pub struct Step {
    /// How many they were.
    pub workers: usize,
    /// Requests a second, by the servers' log.
    pub per_s: f64,
    /// Share of what the delays allow.
    pub share: f64,
}

impl Scaling {
    /// The share that the slowest number of workers reached.
    pub fn share_min(&self) -> f64 {
        self.steps.iter().map(|step| step.share).fold(f64::INFINITY, f64::min)
    }
}

/// Crawls a web of equal hosts with each number of workers in turn, on the same frontier, and
/// measures how fast they are over `rounds` requests a host.
///
/// # Panics
/// When they are impolite.
#[track_caller]
pub fn scaling(hosts: usize, workers: &[usize], rounds: u64) -> Scaling {
    let steps = workers.len() as u64;
    let pages = usize::try_from(2 * steps * (WARM_UP + rounds)).expect("pages are few");
    let web = Web::start(Config {
        articles_per_outlet: pages,
        subdomain_share: 0.0,
        https_share: 0.0,
        traits: Traits::calm(),
        ..Config::news(hosts)
    });
    let shared = Shared::one(frontier::testing::Options::default());
    shared.prepare(&web, DELAY, &[]);
    let allowed_per_s = hosts as f64 / DELAY.as_secs_f64();
    let step = |count: &usize| {
        let per_s = measure(&web, &shared, *count, hosts as u64, rounds);
        Step { workers: *count, per_s, share: per_s / allowed_per_s }
    };
    let steps = workers.iter().map(step).collect();
    let verdict = newsweb::judge(&web.get().requests(), web.get().truth(), DELAY);
    let breaches = (verdict.overlaps, verdict.short_gaps, verdict.disallowed);
    assert_eq!(breaches, (0, 0, 0), "{verdict:#?}");
    Scaling { hosts, allowed_per_s, steps, verdict }
}

/// Requests a second of so many workers, which are started for it and asked to end after it.
#[track_caller]
fn measure(web: &Web, shared: &Shared, workers: usize, hosts: u64, rounds: u64) -> f64 {
    let before = web.get().request_count();
    let mut crew = Crew::start(web, shared, workers);
    let from = before + hosts * WARM_UP;
    let until = from + hosts * rounds;
    crew.until("a step of the measurement", || web.get().request_count() >= until);
    let requests = web.get().requests();
    crew.terminate();
    rate(&requests, from, until)
}

/// Requests a second between two of them, counted by their ends as the log has them.
fn rate(requests: &[Request], from: u64, until: u64) -> f64 {
    let end = |number: u64| {
        let at = usize::try_from(number - 1).expect("requests are few");
        requests[at].end
    };
    (until - from) as f64 / (end(until) - end(from))
}
