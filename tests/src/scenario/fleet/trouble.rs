//! What happens to a fleet, and when: drawn by chance before it begins.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use newsweb::Request;
use serde::Serialize;

use super::crew::Crew;
use super::shared::Shared;
use super::{LEASE_FOR, Setup};
use crate::Web;
use crate::process::Signal;
use crate::wait::Since;

/// A stopped worker goes on when its leases have been over for so long: the longest delay of the
/// simulated web, and time to start.
const BEYOND: Duration = Duration::from_secs(3);

/// What happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A worker is killed, and started again.
    WorkerKilled,
    /// Redis is killed and started again; in a cluster a master, when its replica leads.
    RedisKilled,
    /// A worker is stopped beyond the end of its leases, and goes on.
    WorkerStopped,
}

/// What happens, and when.
#[derive(Clone, Debug, Serialize)]
pub struct Trouble {
    /// What.
    pub kind: Kind,
    /// Requests that the servers had seen.
    pub at_request: u64,
    /// Which worker, or which node of a cluster.
    pub number: usize,
    /// Seconds until it was over.
    pub seconds: f64,
    /// Hosts of a stopped worker that others visited before it went on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub taken_over: Option<usize>,
}

/// A stop of a worker, on the clock of the servers' log.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stop {
    pub(super) worker: usize,
    pub(super) from: f64,
    pub(super) until: f64,
}

/// What is drawn.
#[derive(Clone, Copy, Debug)]
pub(super) struct Plan {
    kind: Kind,
    /// After so many thousandths of what is left to do.
    share: u64,
    random: u64,
}

/// Draws what happens, in any order: all of it while there is something to do.
pub(super) fn plans(setup: &Setup) -> Vec<Plan> {
    let mut dice = fastrand::Rng::with_seed(setup.seed);
    let kinds = [
        (Kind::WorkerKilled, setup.worker_kills),
        (Kind::RedisKilled, setup.redis_kills),
        (Kind::WorkerStopped, setup.stops),
    ];
    let all = kinds.iter().flat_map(|(kind, count)| std::iter::repeat_n(*kind, *count));
    let mut kinds: Vec<Kind> = all.collect();
    dice.shuffle(&mut kinds);
    let count = kinds.len();
    let plans = kinds.into_iter().enumerate().map(|(number, kind)| {
        // Evenly spread in the mean, with something left after the last.
        let share = dice.u64(..2_000) / (count - number + 2) as u64;
        Plan { kind, share, random: dice.u64(..) }
    });
    plans.collect()
}

/// Where it happens.
pub(super) struct Stage<'a> {
    pub(super) web: &'a Web,
    pub(super) shared: &'a mut Shared,
    pub(super) crew: &'a mut Crew,
    /// Requests that the crawl takes when nothing happens.
    pub(super) expected: u64,
    pub(super) stops: Vec<Stop>,
}

impl Stage<'_> {
    /// Waits for the moment, and lets it happen.
    #[track_caller]
    pub(super) fn play(&mut self, plan: Plan) -> Trouble {
        let web = self.web;
        let now = web.get().request_count();
        let left = self.expected.saturating_sub(now);
        let moment = now + left * plan.share / 1_000;
        self.crew.until("the moment of a trouble", || web.get().request_count() >= moment);
        let at_request = web.get().request_count();
        let since = Since::now();
        let (number, taken_over) = match plan.kind {
            Kind::RedisKilled => (self.shared.kill(plan.random), None),
            Kind::WorkerKilled => {
                let number = self.draw(plan.random);
                self.crew.kill(number);
                (number, None)
            }
            Kind::WorkerStopped => {
                let number = self.draw(plan.random);
                (number, Some(self.stop(number)))
            }
        };
        let seconds = since.passed().as_secs_f64();
        Trouble { kind: plan.kind, at_request, number, seconds, taken_over }
    }

    fn draw(&self, random: u64) -> usize {
        usize::try_from(random % self.crew.len() as u64).expect("workers are few")
    }

    /// Stops a worker until its leases are over and others have taken hosts of it over. Says how
    /// many hosts these are.
    fn stop(&mut self, worker: usize) -> usize {
        let Self { web, crew, .. } = self;
        crew.signal(worker, Signal::STOP);
        let (from, since) = (now_s(), Since::now());
        let held = held_by(crew.contact(worker), &web.get().requests());
        let contact = crew.contact(worker).to_owned();
        let mut taken = BTreeSet::new();
        crew.until("a stopped worker's leases end", || {
            if since.passed() < LEASE_FOR + BEYOND {
                return false;
            }
            taken = taken_from(&contact, &held, from, &web.get().requests());
            true
        });
        let until = now_s();
        crew.signal(worker, Signal::CONT);
        self.stops.push(Stop { worker, from, until });
        taken.len()
    }
}

/// The hosts that a worker was the last to visit.
fn held_by(contact: &str, requests: &[Request]) -> BTreeSet<String> {
    let mut last: BTreeMap<&str, &Request> = BTreeMap::new();
    for request in requests {
        let known = last.entry(&request.host).or_insert(request);
        if request.start > known.start {
            *known = request;
        }
    }
    let held = last.into_iter().filter(|(_, request)| request.ua.contains(contact));
    held.map(|(host, _)| host.to_owned()).collect()
}

/// Those of these hosts that somebody else has visited since.
fn taken_from(
    contact: &str,
    held: &BTreeSet<String>,
    from: f64,
    requests: &[Request],
) -> BTreeSet<String> {
    let is_by_other = |request: &&Request| request.start > from && !request.ua.contains(contact);
    let hosts = requests.iter().filter(is_by_other).map(|request| request.host.clone());
    hosts.filter(|host| held.contains(host)).collect()
}

/// Seconds since 1970, as the servers' log has them.
#[expect(clippy::disallowed_methods, reason = "the log of real servers is compared with it")]
pub(super) fn now_s() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0.0, |since| since.as_secs_f64())
}
