//! The stories of a fleet, whose service and whose Redis are killed: the same as those that one
//! process makes of the same articles in the same order.

mod judged;
mod services;

use std::time::Duration;

use frontier::testing::Options;
use serde::Serialize;
use story::store::FILE;

use self::judged::{
    assert_same_as_of_one_process, beside, documents, keys, read_archives, rebuild,
};
use self::services::{Services, archives, serve, states, told};
use super::crew::Crew;
use super::shared::Shared;
use super::{judge, web_of};
use crate::process;
use crate::scenario::LIMIT;
use crate::{DataDir, Web};

/// The slot of the stream in a cluster: `CLUSTER KEYSLOT {stories:main}`.
const SLOT: u64 = 13_317;

/// What is played.
#[derive(Clone, Debug)]
pub struct StoriesSetup {
    /// Hosts of the web, at least.
    pub hosts: usize,
    /// Articles of each outlet.
    pub articles: usize,
    /// The delay between two requests to a host.
    pub delay: Duration,
    /// Worker processes.
    pub workers: usize,
    /// Whether Redis is a cluster of three masters and three replicas.
    pub cluster: bool,
    /// How often the service that is at work is killed.
    pub service_kills: u64,
    /// How often a worker is killed, each in its turn, and started again.
    pub worker_kills: u64,
    /// How often Redis is killed and started again; in a cluster the master that has the stream,
    /// when its replica leads.
    pub redis_kills: u64,
}

/// Who is killed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Victim {
    Service,
    Worker,
    Redis,
}

impl StoriesSetup {
    /// Who is killed one after the other: each kind evenly spread.
    fn victims(&self) -> Vec<Victim> {
        let kinds = [
            (Victim::Service, self.service_kills),
            (Victim::Worker, self.worker_kills),
            (Victim::Redis, self.redis_kills),
        ];
        let places = kinds.iter().flat_map(|&(victim, count)| {
            (0..count).map(move |n| ((2 * n + 1) * 1_000 / (2 * count), victim))
        });
        let mut places: Vec<(u64, Victim)> = places.collect();
        places.sort_by_key(|(place, _)| *place);
        places.into_iter().map(|(_, victim)| victim).collect()
    }
}

/// What came of it.
#[derive(Clone, Debug, Serialize)]
pub struct Stories {
    /// Articles in the store.
    pub documents: usize,
    /// Stories of several pages.
    pub stories: u64,
    /// Stories of several outlets.
    pub shared: u64,
    /// How often a service took over from one that was killed.
    pub taken_over: u64,
    /// How often a worker was killed.
    pub worker_kills: u64,
    /// How often Redis was killed.
    pub redis_kills: u64,
    /// Articles that only archives had in the end: killed workers had not handed them on.
    pub from_archives: u64,
}

/// Crawls a web with a fleet whose stories are kept meanwhile.
///
/// # Panics
/// When an article is missing, or one process makes other stories of them.
#[track_caller]
pub fn stories(setup: &StoriesSetup) -> Stories {
    let web = Web::start(web_of(setup.hosts, setup.articles));
    let mut shared =
        if setup.cluster { Shared::cluster() } else { Shared::one(Options::default()) };
    shared.prepare(&web, setup.delay, &[]);
    let store = DataDir::new();
    let mut services = Services::start(&shared, &store);
    let mut crew = Crew::start(&web, &shared, setup.workers);
    let expected = web.get().truth().expected_urls().count() as u64;
    let victims = setup.victims();
    let mut worker = 0;
    for (number, victim) in victims.iter().enumerate() {
        let requests = expected * (number as u64 + 1) / (victims.len() as u64 + 2);
        crew.until("the moment of a kill", || web.get().request_count() >= requests);
        match victim {
            Victim::Service => services.kill(),
            Victim::Redis => drop(shared.kill(SLOT)),
            Victim::Worker => {
                crew.kill(worker);
                worker = (worker + 1) % crew.len();
            }
        }
    }
    let workers = crew.wait();
    let mut said: Vec<String> = workers.iter().map(|worker| worker.said.clone()).collect();
    said.extend(services.end());
    read_archives(&workers);
    let archives = archives(&workers);
    let mut last = serve(&shared, &store);
    last.args(["--name", "last", "--until-idle", "--json"]).args(&archives);
    let done = process::run(&mut last, LIMIT).expect_code(0);
    let summary: serde_json::Value =
        serde_json::from_str(&done.stdout).expect("--json writes JSON");
    said.push(done.stderr);
    assert_eq!(summary["missing"], 0, "{summary}");
    let found = documents(&store.path().join(FILE));
    // Nothing settled is missing from the archives, and nothing archived from the stories.
    let data: Vec<_> = workers.iter().map(|worker| worker.data.path()).collect();
    judge::archives(&web, &data);
    assert_eq!(keys(&found), beside(&workers), "what was read is not what the stories have");
    assert_same_as_of_one_process(&store, &archives);
    let from_archives = summary["from_archives"].as_u64().unwrap_or_default();
    // Without killed workers, the way through a Redis that keeps what it has written loses nothing
    // by itself.
    let is_whole = from_archives == 0 || setup.worker_kills > 0 || setup.cluster;
    assert!(is_whole, "{summary}\n{}", said.join("---\n"));
    assert_told(&told(&shared), found.len(), setup.service_kills);
    Stories {
        documents: found.len(),
        stories: summary["stories"].as_u64().unwrap_or_default(),
        shared: summary["shared"].as_u64().unwrap_or_default(),
        taken_over: setup.service_kills,
        worker_kills: setup.worker_kills,
        redis_kills: setup.redis_kills,
        from_archives,
    }
}

/// The status tells which services there were, and that nothing waits.
#[track_caller]
fn assert_told(told: &serde_json::Value, documents: usize, kills: u64) {
    let services = told["services"].as_array().expect("services are told");
    let last = services.iter().find(|service| service["name"] == "last").expect("the last one");
    assert_eq!((&last["state"], &last["articles"]), (&"gone".into(), &documents.into()), "{told}");
    let silent = states(told).iter().filter(|state| **state == "silent").count() as u64;
    // Those that were killed last may count as alive still.
    assert!(silent <= kills && services.len() as u64 == kills + 3, "{told}");
    assert_eq!((&told["stream"]["waiting"], &told["stream"]["pushed_out"]), (&0.into(), &0.into()));
}

/// What came of a stream that was too short.
#[derive(Clone, Debug, Serialize)]
pub struct Overflow {
    /// Articles that were pushed out.
    pub missing: u64,
    /// Articles that archives had.
    pub from_archives: u64,
    /// All articles.
    pub documents: usize,
    /// Bytes of Redis for each article that the stream keeps.
    pub bytes_per_article: u64,
}

/// Crawls a web with a fleet whose stream keeps few articles, and nobody takes them meanwhile.
///
/// # Panics
/// When what is pushed out is not told, or not caught up once the archives are there.
#[track_caller]
pub fn overflow(setup: &StoriesSetup, keep: u64) -> Overflow {
    let web = Web::start(web_of(setup.hosts, setup.articles));
    let shared = Shared::one(Options::default());
    shared.prepare(&web, setup.delay, &[]);
    let store = DataDir::new();
    let few = [("NEWSHOUND_STORIES_STREAM_ARTICLES_MAX", keep.to_string())];
    let workers = Crew::start_with(&web, &shared, setup.workers, &few).wait();
    let key = "nh:{stories:main}:articles";
    let bytes: u64 = shared.ask(&["MEMORY", "USAGE", key, "SAMPLES", "0"]);
    let kept: u64 = shared.ask(&["XLEN", key]);
    let waits = told(&shared);
    let pushed_out = waits["stream"]["pushed_out"].as_u64().unwrap_or_default();
    assert!(pushed_out > 0 && waits["stream"]["waiting"] == kept, "{waits}");
    assert!(waits["stream"]["oldest_waits_s"].is_number(), "{waits}");
    let run = |more: &[String], code| -> serde_json::Value {
        let mut command = serve(&shared, &store);
        let done = process::run(command.args(["--until-idle", "--json"]).args(more), LIMIT);
        serde_json::from_str(&done.expect_code(code).stdout).expect("--json writes JSON")
    };
    // One archive is not enough, and it is told which are missing.
    let all = archives(&workers);
    let first = run(&all[..2], 3);
    let missing = first["missing"].as_u64().unwrap_or_default();
    assert!(missing > 0, "{first}");
    let names: Vec<String> = (2..=workers.len()).map(|n| format!("w{n}")).collect();
    assert_eq!(first["out_of_reach"], serde_json::json!(names));
    let last = run(&all, 0);
    assert_eq!(last["missing"], 0, "{last}");
    let found = documents(&store.path().join(FILE));
    assert_eq!(keys(&found), beside(&workers), "what was read is not what the stories have");
    // From the archives that the service was given: it remembers where they are.
    let made = rebuild(&store, &[], 0);
    assert_eq!((&made["logged"], &made["from_store"]), (&found.len().into(), &0.into()), "{made}");
    assert_eq!(documents(&store.path().join(FILE)), found);
    let from = |summary: &serde_json::Value| summary["from_archives"].as_u64().unwrap_or_default();
    Overflow {
        missing,
        from_archives: from(&first) + from(&last),
        documents: found.len(),
        bytes_per_article: bytes / kept.max(1),
    }
}
