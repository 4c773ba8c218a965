//! Many workers on one frontier in Redis: killed, stopped, their Redis killed under them.
//!
//! Everything is real: the processes, the server (or cluster) with its append-only file, the
//! sockets. What is judged is the servers' own log, the truth about the web, and the archives.
//! A worker that was stopped between its decision to send a request and the sending sends it when
//! it goes on, whoever has the host by then: the one exception of guarantee 1. Such requests are
//! told by the archive and counted apart.

mod address_cap;
mod crew;
mod judge;
mod scaling;
mod scarce;
mod shared;
mod stories;
mod trouble;

use std::collections::BTreeMap;
use std::time::Duration;

use frontier::testing::Options;
use newsweb::{Config, Truth, Verdict};
use serde::Serialize;

pub use address_cap::{AddressCap, address_cap};
use crew::Crew;
use judge::Halt;
pub use judge::Held;
pub use scaling::{Scaling, Step, scaling};
pub use scarce::{Scarce, Shortage, scarce};
use shared::Shared;
pub use stories::{Overflow, Stories, StoriesSetup, overflow, stories};
use trouble::Stage;
pub use trouble::{Kind, Trouble};

use super::Audited;
use crate::wait::Since;
use crate::{Web, peers};

/// How long a lease lasts: what is stopped for longer loses it.
const LEASE_FOR: Duration = Duration::from_secs(12);

/// A worker ends when nothing is to be had within this time: longer than any rest of a partition.
const PATIENCE: Duration = Duration::from_secs(40);

/// Whom the frontier's policy names; each worker has a contact of its own.
const CONTACT: &str = "tests@fleet.example";

/// Parts of the frontier.
const PARTITIONS: usize = 16;

/// What is played.
#[derive(Clone, Debug)]
pub struct Setup {
    /// Hosts of the web, at least.
    pub hosts: usize,
    /// Articles of each outlet.
    pub articles: usize,
    /// The delay between two requests to a host: the longer, the more happens meanwhile.
    pub delay: Duration,
    /// Worker processes.
    pub workers: usize,
    /// Whether the frontier is a cluster of three masters and three replicas.
    pub cluster: bool,
    /// How often a worker is killed.
    pub worker_kills: usize,
    /// How often Redis is killed, or a master of the cluster.
    pub redis_kills: usize,
    /// How often a worker is stopped beyond its leases.
    pub stops: usize,
    /// Where chance comes from.
    pub seed: u64,
}

/// What came of it.
#[derive(Debug, Serialize)]
pub struct Fleet {
    /// Hosts of the web.
    pub hosts: usize,
    /// Worker processes.
    pub workers: usize,
    /// Whether the frontier was a cluster.
    pub cluster: bool,
    /// What happened.
    pub troubles: Vec<Trouble>,
    /// Seconds from the first worker to the last.
    pub seconds: f64,
    /// Requests by worker.
    pub requests: BTreeMap<String, u64>,
    /// Hosts that more than one worker talked to.
    pub hosts_contested: usize,
    /// The judge's verdict on the servers' log. Repeated requests are the price of the troubles.
    pub verdict: Verdict,
    /// Requests that stopped workers held.
    pub held: Held,
    /// Pages that the truth expects; each was found in one of the archives.
    pub found: u64,
    /// What the archives say together.
    pub audit: Audited,
    /// Records by kind, as all readers of the world count them.
    pub records: peers::Counts,
}

/// Crawls a web with a fleet that is troubled at random moments.
///
/// # Panics
/// When anything is lost, damaged or impolite.
#[track_caller]
pub fn fleet(setup: &Setup) -> Fleet {
    let web = Web::start(web_of(setup.hosts, setup.articles));
    let mut shared =
        if setup.cluster { Shared::cluster() } else { Shared::one(Options::default()) };
    shared.prepare(&web, setup.delay, &[]);
    let since = Since::now();
    let mut crew = Crew::start(&web, &shared, setup.workers);
    let expected = web.get().truth().expected_urls().count() as u64;
    let mut stage =
        Stage { web: &web, shared: &mut shared, crew: &mut crew, expected, stops: Vec::new() };
    let troubles: Vec<Trouble> =
        trouble::plans(setup).into_iter().map(|plan| stage.play(plan)).collect();
    let stops = stage.stops;
    let contacts: Vec<String> = (0..crew.len()).map(|n| crew.contact(n).to_owned()).collect();
    let workers = crew.wait();
    let seconds = since.passed().as_secs_f64();
    let data: Vec<_> = workers.iter().map(|worker| worker.data.path()).collect();
    let segments: Vec<_> = workers.iter().flat_map(|worker| worker.data.segments()).collect();
    let halts: Vec<Halt<'_>> = stops
        .into_iter()
        .map(|stop| {
            let archive = data[stop.worker].join("archive");
            Halt { stop, contact: &contacts[stop.worker], archive }
        })
        .collect();
    let (verdict, held) = judge::log(&web, setup.delay, &halts, &troubles);
    let requests = web.get().requests();
    Fleet {
        hosts: web.get().truth().hosts.len(),
        workers: setup.workers,
        cluster: setup.cluster,
        troubles,
        seconds,
        requests: judge::shares(&requests, &contacts),
        hosts_contested: judge::contested(&requests),
        held,
        found: judge::archives(&web, &data),
        audit: judge::audit(&data, verdict.requests),
        records: judge::peers(&segments),
        verdict,
    }
}

/// The smallest web of at least so many hosts.
fn web_of(hosts: usize, articles_per_outlet: usize) -> Config {
    let of = |outlets| Config { articles_per_outlet, ..Config::news(outlets) };
    let has_enough = |outlets: &usize| {
        Truth::of(&Config { articles_per_outlet: 1, ..of(*outlets) }).hosts.len() >= hosts
    };
    // An outlet has one to three hosts.
    of((hosts.div_ceil(3)..=hosts).find(has_enough).unwrap_or(hosts))
}
