//! Plays the scenarios of many workers in full size: `cargo xtask soak`.
#![allow(clippy::print_stdout, reason = "its figures are its purpose")]

use std::time::Duration;

use clap::{Parser, Subcommand};
use it::scenario::fleet::{self, Setup, Shortage, StoriesSetup};
use serde::Serialize;

/// Plays a scenario of many workers on one Redis and prints its figures as JSON; fails when
/// anything is wrong.
#[derive(Parser)]
struct Cli {
    #[command(subcommand)]
    scenario: Scenario,
}

#[derive(Subcommand)]
enum Scenario {
    /// Workers and Redis killed, workers stopped beyond their leases, at random
    Fleet {
        /// How many hosts there are
        #[arg(long, default_value_t = 300)]
        hosts: usize,
        /// How many articles each outlet has
        #[arg(long, default_value_t = 60)]
        articles: usize,
        /// Milliseconds between two requests to a host
        #[arg(long, default_value_t = 1_000)]
        delay_ms: u64,
        /// How many workers there are
        #[arg(long, default_value_t = 6)]
        workers: usize,
        /// A cluster of three masters and three replicas, whose masters are killed
        #[arg(long)]
        cluster: bool,
        /// How often a worker is killed
        #[arg(long, default_value_t = 6)]
        worker_kills: usize,
        /// How often Redis, or a master, is killed
        #[arg(long, default_value_t = 3)]
        redis_kills: usize,
        /// How often a worker is stopped
        #[arg(long, default_value_t = 3)]
        stops: usize,
        /// Where chance comes from
        #[arg(long, default_value_t = 1)]
        seed: u64,
    },
    /// Ever more workers on the same frontier: the delays set the pace
    Scaling {
        /// How many hosts there are
        #[arg(long, default_value_t = 40)]
        hosts: usize,
        /// How many workers there are, one step after the other
        #[arg(long, value_delimiter = ',', default_value = "1,2,4,8")]
        workers: Vec<usize>,
        /// Requests a host in each step
        #[arg(long, default_value_t = 15)]
        rounds: u64,
    },
    /// Many hosts at one address, of which few may be visited at a time
    AddressCap {
        /// How many hosts there are
        #[arg(long, default_value_t = 500)]
        hosts: usize,
        /// How many workers there are
        #[arg(long, default_value_t = 3)]
        workers: usize,
        /// How many hosts may be visited at a time
        #[arg(long, default_value_t = 16)]
        cap: u32,
    },
    /// The service of stories, workers and Redis killed again and again: the same stories as those
    /// that one process makes of the same order, and nothing missing
    Stories {
        /// How many hosts there are
        #[arg(long, default_value_t = 120)]
        hosts: usize,
        /// How many articles each outlet has
        #[arg(long, default_value_t = 40)]
        articles: usize,
        /// Milliseconds between two requests to a host
        #[arg(long, default_value_t = 500)]
        delay_ms: u64,
        /// How many workers there are
        #[arg(long, default_value_t = 4)]
        workers: usize,
        /// A cluster of three masters and three replicas
        #[arg(long)]
        cluster: bool,
        /// How often the service is killed
        #[arg(long, default_value_t = 5)]
        service_kills: u64,
        /// How often a worker is killed
        #[arg(long, default_value_t = 3)]
        worker_kills: u64,
        /// How often Redis is killed
        #[arg(long, default_value_t = 2)]
        redis_kills: u64,
    },
    /// A Redis whose memory is full in the middle
    RedisFull,
    /// A Redis whose disk is full in the middle (mounts a tmpfs: needs root)
    RedisDiskFull,
}

/// The least share of what the delays allow that any number of workers must reach.
const SHARE_MIN: f64 = 0.8;

fn main() {
    match Cli::parse().scenario {
        Scenario::Fleet {
            hosts,
            articles,
            delay_ms,
            workers,
            cluster,
            worker_kills,
            redis_kills,
            stops,
            seed,
        } => print(&fleet::fleet(&Setup {
            hosts,
            articles,
            delay: Duration::from_millis(delay_ms),
            workers,
            cluster,
            worker_kills,
            redis_kills,
            stops,
            seed,
        })),
        Scenario::Scaling { hosts, workers, rounds } => {
            let done = fleet::scaling(hosts, &workers, rounds);
            print(&done);
            assert!(done.share_min() >= SHARE_MIN, "slower than the delays ask: see above");
        }
        Scenario::AddressCap { hosts, workers, cap } => {
            print(&fleet::address_cap(hosts, workers, cap));
        }
        Scenario::Stories {
            hosts,
            articles,
            delay_ms,
            workers,
            cluster,
            service_kills,
            worker_kills,
            redis_kills,
        } => print(&fleet::stories(&StoriesSetup {
            hosts,
            articles,
            delay: Duration::from_millis(delay_ms),
            workers,
            cluster,
            service_kills,
            worker_kills,
            redis_kills,
        })),
        Scenario::RedisFull => print(&fleet::scarce(Shortage::Memory)),
        Scenario::RedisDiskFull => print(&fleet::scarce(Shortage::Disk)),
    }
}

fn print(report: &impl Serialize) {
    println!("{}", serde_json::to_string_pretty(report).expect("reports are plain data"));
}
